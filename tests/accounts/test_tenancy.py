"""Each of the inner walls alone: the manager, row level security, composite keys."""

import copy
import pickle
import uuid

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Count
from uuid_utils.compat import uuid7

from accounts.models import Account, Activity, Membership, Persona, Step
from accounts.scope import NoTenant, OtherTenant, tenant_scope


@pytest.fixture
def two(cast, now):
    """One account with one persona in each tenant."""
    made = {"created_at": now, "updated_at": now}
    for name, tenant in (("north", cast.northwind), ("glob", cast.globex)):
        with tenant_scope(tenant.pk), transaction.atomic():
            account = Account.objects.create(external_id="1", name=f"{name}co", currency="EUR", **made)
            persona = Persona.objects.create(account=account, name=f"{name} person", **made)
        setattr(cast, name, account)
        setattr(cast, f"{name}_persona", persona)
    return cast


def rows_in_plain_sql():
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(name, ',') FROM accounts_account")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "read",
    [
        lambda two: Account.objects.count(),
        lambda two: list(Account.objects.all()),
        lambda two: Account.objects.update(name="x"),
        lambda two: Account.objects.all().delete(),
        lambda two: two.north.refresh_from_db(),
        lambda two: two.north.personas.count(),
        lambda two: two.north_persona.save(),
        lambda two: Persona.objects.filter(account__name="x").first(),
        lambda two: Account.objects.bulk_create([Account(name="n", currency="EUR")]),
    ],
)
def test_the_manager_refuses_to_work_without_a_tenant(two, read):
    with pytest.raises(NoTenant), transaction.atomic():
        read(two)


@pytest.mark.django_db(transaction=True)
def test_the_manager_refuses_to_work_outside_a_transaction(db):
    with tenant_scope(1), pytest.raises(NoTenant):
        Account.objects.count()


def test_plain_sql_sees_only_the_tenant_of_the_scope(two):
    assert rows_in_plain_sql() is None
    with tenant_scope(two.northwind.pk):
        assert rows_in_plain_sql() == "northco"
        assert Account.unscoped.count() == 1
    with tenant_scope(two.globex.pk):
        assert rows_in_plain_sql() == "globco"


@pytest.mark.parametrize(
    "write",
    [
        lambda two, made: Persona.objects.create(account=two.glob, name="no", **made),
        lambda two, made: Persona.objects.bulk_create([Persona(account_id=two.glob.pk, name="no", **made)]),
        lambda two, made: Persona.objects.update(account_id=two.glob.pk),
        lambda two, made: Account.objects.update(parent_id=two.glob.pk),
        lambda two, made: Account.objects.update(owner_id=two.charlie.member_id),
        lambda two, made: Step.objects.create(
            account=two.north, title="t", owner_id=two.charlie.member_id, **made
        ),
    ],
)
def test_no_row_can_refer_to_a_row_of_another_tenant(two, now, write):
    with tenant_scope(two.northwind.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            write(two, {"created_at": now, "updated_at": now})
        assert Persona.objects.count() == 1


def test_a_row_of_another_tenant_cannot_be_saved(two):
    with tenant_scope(two.northwind.pk):
        two.glob.name = "taken"
        with pytest.raises(OtherTenant):
            two.glob.save()
    with tenant_scope(two.globex.pk):
        assert Account.objects.get().name == "globco"


def test_plain_sql_cannot_write_a_row_for_another_tenant(two, now):
    with (
        tenant_scope(two.northwind.pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO accounts_activity (id, tenant_id, verb, object_type, at, data) "
            "VALUES (%s, %s, 'x', 'x', %s, '{}')",
            [uuid.uuid4(), two.globex.pk, now],
        )


def test_nested_scopes_restore_the_outer_one_also_after_errors(two):
    with tenant_scope(two.northwind.pk):
        with tenant_scope(two.globex.pk):
            assert rows_in_plain_sql() == "globco"
        assert rows_in_plain_sql() == "northco"
        with (
            pytest.raises(ZeroDivisionError),
            transaction.atomic(),
            tenant_scope(two.globex.pk),
        ):
            raise ZeroDivisionError
        assert rows_in_plain_sql() == "northco"
        with pytest.raises(ProgrammingError), tenant_scope(two.globex.pk), transaction.atomic():
            connection.cursor().execute("SELECT no_such_column FROM accounts_account")
        assert rows_in_plain_sql() == "northco"
    assert rows_in_plain_sql() is None


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_activity SET verb = 'x'", "DELETE FROM accounts_activity"]
)
def test_the_application_cannot_change_what_is_append_only(two, now, statement):
    with tenant_scope(two.northwind.pk):
        Activity.objects.create(verb="v", object_type="account", at=now)
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_partition_cannot_be_reached_around_its_parent(two):
    with (
        tenant_scope(two.northwind.pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM health_observation_202610")


def test_counting_per_account_groups_by_the_whole_key(two):
    with tenant_scope(two.northwind.pk):
        assert Account.objects.annotate(n=Count("personas")).get().n == 1


def test_the_application_role_owns_nothing_and_bypasses_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid) "
            "FROM pg_roles r WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False,)


def test_a_membership_of_another_tenant_is_not_a_key_of_mine(two):
    assert Membership.objects.filter(tenant=two.northwind).count() == 4


def test_ids_come_from_the_database_as_the_ids_they_are(db):
    given = [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid7(), uuid.uuid4()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT x, NULL::uuid FROM unnest(%s::uuid[]) AS x", [given])
        found = cursor.fetchall()
        cursor.execute("SELECT %s::uuid[], '{}'::uuid[], ARRAY[NULL]::uuid[]", [given])
        lists = cursor.fetchone()
    assert found == [(one, None) for one in given]
    assert lists == (given, [], [None])
    for one, (other, _none) in zip(given, found, strict=True):
        assert (hash(one), str(one), pickle.dumps(one), copy.copy(other)) == (
            hash(other), str(other), pickle.dumps(other), one,
        )  # fmt: skip
