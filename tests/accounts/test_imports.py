"""Imports: columns matched, rows previewed, written, taken back; the files are shaped as two well-known CRMs write them."""

import io
from pathlib import Path

import pytest

from accounts.models import Account, AccountFact, Import, Job
from accounts.services import imports
from accounts.services.outbox import claim_work, do_work

FILES = Path(__file__).parent / "files"


def upload(cast, kind, content, now, **options):
    content = content.encode() if isinstance(content, str) else content
    actor = options.pop("actor", cast.adam)
    return imports.upload_import(
        kind=kind, filename="file.csv", file=io.BytesIO(content), size=len(content), actor=actor, at=now, **options
    )  # fmt: skip


def previewed(cast, kind, content, now, **options):
    one = upload(cast, kind, content, now, **options)
    return imports.preview_import(id=one.pk, actor=cast.adam, at=now)


def work_off(now):
    """Do what waits in the outbox, as a worker would, until nothing is left."""
    for _ in range(200):
        claims = claim_work(at=now)
        if not claims:
            return
        do_work(claims=claims, at=now)


def ran(cast, one, now):
    imports.run_import(id=one.pk, actor=cast.adam, at=now)
    work_off(now)
    return Import.objects.select_related("job").get(pk=one.pk)


def undone(cast, one, now):
    imports.undo_import(id=one.pk, actor=cast.adam, at=now)
    work_off(now)
    return Import.objects.select_related("job").get(pk=one.pk)


def faults(one):
    """(row number, field, code) of every wrong row."""
    rows = imports.rows_of(one=one, status="failed", limit=1000, actor=None, at=one.created_at)
    return [(row.number, fault["field"], fault["code"]) for row in rows for fault in row.faults]


@pytest.fixture
def accounts_of_the_crm(northwind, now):
    content = (FILES / "salesforce-accounts.csv").read_bytes()
    one = previewed(northwind, "accounts", content, now, mapping=None)
    one = imports.change_mapping(id=one.pk, mapping={"unknown_owner": "empty"}, actor=northwind.adam, at=now)
    return ran(northwind, imports.preview_import(id=one.pk, actor=northwind.adam, at=now), now)


def test_the_columns_of_a_salesforce_report_match_by_themselves(northwind, now):
    one = upload(northwind, "accounts", (FILES / "salesforce-accounts.csv").read_bytes(), now)
    assert one.mapping["columns"] == {
        "Account ID": "external_id", "Account Name": "name", "Account Owner": "owner_email", "Type": "status",
        "Industry": "segment", "ARR": "arr", "Account Currency": "currency", "Website": "domain",
        "Billing Country": "region", "Parent Account ID": "parent_external_id", "Parent Account": "parent_name",
        "Contract End Date": "renewal_on", "Customer Since": "started_on", "Licensed Seats": "seats",
    }  # fmt: skip
    assert one.mapping["key"] == "external_id"


def test_the_columns_of_a_hubspot_export_match_by_themselves(northwind, now):
    one = upload(northwind, "personas", (FILES / "hubspot-contacts.csv").read_bytes(), now)
    assert one.mapping["columns"] == {
        "Record ID": "external_id", "First Name": "first_name", "Last Name": "last_name", "Email": "email",
        "Phone Number": "phone", "Job Title": "title", "Buying Role": "role", "Preferred language": "language",
        "Time Zone": "time_zone", "Associated Company IDs": "account_external_id",
        "Associated Company": "account_name", "Email Domain": "account_domain",
    }  # fmt: skip
    assert one.mapping["key"] == "external_id"


def test_a_preview_counts_and_names_the_unknown_owner_and_writes_nothing(northwind, now):
    one = previewed(northwind, "accounts", (FILES / "salesforce-accounts.csv").read_bytes(), now)
    assert one.counts == {"created": 4, "failed": 1}
    assert [(i["field"], i["code"], i["rows"], i["first"]) for i in one.issues] == [
        ("owner_email", "unknown_member", 1, 6)
    ]
    assert "Bob Nobody" in one.issues[0]["detail"]
    assert Account.objects.count() == 0


def test_the_crm_accounts_are_written_with_their_facts_and_the_parent_of_the_same_file(accounts_of_the_crm):
    one = accounts_of_the_crm
    assert one.counts == {"created": 5}
    assert one.job.state == Job.State.DONE
    nordic = Account.objects.get(external_id="001Hs00003Lark02")
    assert nordic.parent.name == "Larkspur GmbH"
    assert (str(nordic.arr), nordic.currency, nordic.seats, nordic.domain) == (
        "18500.50", "EUR", 35, "nordic.larkspur.test",
    )  # fmt: skip
    assert (str(nordic.renewal_on), str(nordic.started_on)) == ("2027-06-30", "2024-07-01")
    assert nordic.owner.user.email == "alice@northwind.test"
    assert Account.objects.get(external_id="001Hs00003Wren01").status == "churned"
    assert (
        AccountFact.objects.filter(account=nordic, key="arr", value="18500.50", source="import").count() == 1
    )
