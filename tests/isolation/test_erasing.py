"""Erasing a person reaches every text of every table, whatever tables come: each is filled with their name first."""

import datetime as dt

import pytest
from django.db import connection, transaction

from accounts import services
from accounts.models import Job, Persona
from accounts.scope import tenant_scope
from tests.isolation.test_walk import as_owner
from tests.isolation.world import make_side

__all__ = ["as_owner"]
pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

NAME, EMAIL = "Dana Ortiz", "dana.ortiz@lark.test"
# What an account or another person is called, what a member is called by, the names of stored files; and what steps of
# an import read, which tests/accounts/test_erasing.py fills with true ones.
LEFT = {
    ("accounts_account", "name"), ("accounts_account", "domain"), ("accounts_account", "external_id"),
    ("accounts_persona", "name"), ("accounts_persona", "email"), ("accounts_notemention", "words"),
    ("accounts_import", "file"), ("accounts_import", "errors_file"), ("accounts_import", "columns"),
    ("accounts_import", "mapping"), ("accounts_import", "kind"), ("accounts_importchunk", "statuses"),
}  # fmt: skip
COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid = 'jsonb'::regtype
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)
        AND (a.atttypmod = -1 OR a.atttypmod > 60) AND c.relrowsecurity
        AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id')
    ORDER BY 1, 2"""


def test_no_text_of_any_table_names_who_was_erased(as_owner):
    side = make_side("erasing")
    tenant, dana = side.tenant.pk, side.rows["accounts.persona"][0]
    as_owner("UPDATE accounts_persona SET name = %s, email = %s WHERE id = %s", [NAME, EMAIL, dana.pk])
    columns = [row for row in as_owner(COLUMNS) if row[:2] not in LEFT]
    assert len(columns) > 60
    for table, name, type, is_json in columns:
        said = f"'\n{NAME}, {EMAIL.upper()}; ' || left(md5(ctid::text), 6)"
        said = f"jsonb_build_object('a', jsonb_build_array({said}))" if is_json else f"({said})::{type}"
        as_owner(f'UPDATE {table} SET "{name}" = {said} WHERE tenant_id = %s', [tenant])
    as_owner(
        "UPDATE accounts_idempotentreply SET body = convert_to(%s, 'UTF8') WHERE tenant_id = %s",
        [f'"{NAME}"', tenant],
    )
    at = dt.datetime.now(dt.UTC)
    with tenant_scope(tenant), transaction.atomic():
        services.erase_persona(id=dana.pk, actor=side.members["admin"], at=at)
        job = Job.objects.get(kind="erase_traces")
        while Job.objects.get(pk=job.pk).state not in (Job.State.DONE, Job.State.FAILED):
            services.run_job(ref={"job": str(job.pk)}, at=at)
        assert Job.objects.get(pk=job.pk).params == {}
        assert Persona.objects.get(pk=dana.pk).name == "Erased person"
    left = [
        (table, name)
        for table, name, _type, _json in columns
        for (count,) in as_owner(
            f'SELECT count(*) FROM {table} WHERE tenant_id = %s AND "{name}"::text ~* %s',
            [tenant, "dana.?ortiz|lark.test"],
        )
        if count
    ]
    assert left == []
    assert as_owner("SELECT body FROM accounts_idempotentreply WHERE body LIKE '%%Dana%%'::bytea") == []


def test_the_application_may_take_words_out_only_for_who_was_erased(as_owner):
    side = make_side("sparing")
    dana = side.rows["accounts.persona"][0]
    with (
        tenant_scope(side.tenant.pk),
        transaction.atomic(),
        connection.cursor() as cursor,
        pytest.raises(Exception, match="this person was not erased"),
    ):
        cursor.execute("SELECT erase_words('accounts_note', %s, %s, %s)", [dana.pk, ["a"], ["b"]])
