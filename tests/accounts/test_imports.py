"""Imports: columns matched, rows previewed, written, taken back; the files are shaped as two well-known CRMs write them."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from openpyxl import Workbook

from accounts.models import Account, AccountFact, Import, ImportChunk, Job, Persona, Step
from accounts.services import cancel_job, imports
from accounts.services.imports import staging
from accounts.services.outbox import claim_work, do_work
from accounts.services.rights import NotYours
from tests.accounts.importing import (
    FILES,
    faults,
    faults_codes,
    previewed,
    ran,
    undone,
    upload,
    work_off,
)


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


def test_owners_who_are_no_members_yet_are_named_and_not_left_out_in_silence(northwind, now):
    one = previewed(northwind, "accounts", "Account Name,Account Owner\nLark,Bea\nWren,Cem\n", now)
    assert one.mapping["columns"] == {"Account Name": "name", "Account Owner": "owner_email"}
    assert one.counts == {"failed": 2}
    assert {issue["code"] for issue in one.issues} == {"unknown_member"}


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


def test_the_contacts_of_the_crm_find_their_accounts_by_id_name_domain_and_mail(
    northwind, accounts_of_the_crm, now
):
    content = (FILES / "hubspot-contacts.csv").read_bytes()
    one = previewed(northwind, "personas", content, now)
    assert one.counts == {"created": 6, "failed": 1, "to_check": 1}
    assert faults(one) == [(7, "account_name", "missing")]
    twice = [issue for issue in one.issues if issue["level"] == "warning"]
    assert [(issue["code"], issue["field"], issue["rows"], issue["first"]) for issue in twice] == [
        ("looks_same", "email", 1, 8),
        ("looks_same", "name", 1, 8),
    ]
    done = ran(northwind, one, now)
    assert done.counts == {"created": 6, "failed": 1, "to_check": 1}
    dana = Persona.objects.get(external_id="151")
    assert (dana.name, dana.account.name, dana.role, dana.time_zone) == (
        "Dana Ortiz", "Larkspur GmbH", "champion", "Europe/Berlin",
    )  # fmt: skip
    assert dana.phone == "+49 30 5550 101"
    assert Persona.objects.get(external_id="152").role == "economic_buyer"
    assert Persona.objects.get(external_id="155").account.name == "Larkspur GmbH"
    assert Persona.objects.get(external_id="153").tracked is False


def test_the_same_file_again_is_the_same(northwind, accounts_of_the_crm, now):
    content = (FILES / "salesforce-accounts.csv").read_bytes()
    one = previewed(northwind, "accounts", content, now)
    assert one.counts == {"unchanged": 4, "failed": 1}


def test_undoing_an_import_takes_back_what_it_made_and_what_it_changed(northwind, now):
    ran(
        northwind, previewed(northwind, "accounts", "external_id,name,tier\na,Lark,gold\nb,Wren,\n", now), now
    )
    second = previewed(
        northwind, "accounts", "external_id,name,tier,arr\na,Larkspur,silver,10\nc,Jay,,\n", now
    )
    done = ran(northwind, second, now)
    assert done.counts == {"updated": 1, "created": 1}
    back = undone(northwind, done, now)
    assert back.counts == {"updated": 1, "created": 1, "undone": 2, "kept": 0}
    lark = Account.objects.get(external_id="a")
    assert (lark.name, lark.tier, lark.arr) == ("Lark", "gold", None)
    assert Account.objects.get(external_id="c").deleted_at is not None
    assert Account.objects.get(external_id="b").deleted_at is None
    assert imports.state_of(back) == "undone"


def test_undoing_leaves_what_somebody_changed_since(northwind, now):
    done = ran(northwind, previewed(northwind, "accounts", "external_id,name\na,Lark\nb,Wren\n", now), now)
    Account.objects.filter(external_id="a").update(name="Lark Ltd", updated_at=now.replace(hour=13))
    back = undone(northwind, done, now)
    assert (back.counts["undone"], back.counts["kept"]) == (1, 1)
    assert Account.objects.get(external_id="a").deleted_at is None
    assert faults_codes(back) == [(2, "kept")]


PEOPLE = "email,name,account,reports to\n"


def test_people_of_one_file_may_name_each_other_in_any_order(northwind, lark, now):
    rows = "a@lark.test,Ann,Lark,Bea\nb@lark.test,Bea,Lark,Cleo\nc@lark.test,Cleo,Lark,\n"
    one = previewed(northwind, "personas", PEOPLE + rows, now)
    assert one.mapping["key"] == "email"
    assert one.counts == {"created": 3}
    done = ran(northwind, one, now)
    assert faults(done) == []
    assert Persona.objects.get(name="Ann").reports_to.name == "Bea"
    assert Persona.objects.get(name="Bea").reports_to.name == "Cleo"
    back = undone(northwind, done, now)
    assert (back.counts["undone"], back.counts["kept"]) == (3, 0)
    assert Persona.objects.filter(deleted_at=None).count() == 0


def test_a_circle_of_reports_is_told_before_the_run_and_only_by_those_on_it(northwind, lark, now):
    rows = "a@lark.test,Ann,Lark,Bea\nb@lark.test,Bea,Lark,Cleo\nc@lark.test,Cleo,Lark,Bea\n"
    one = previewed(northwind, "personas", PEOPLE + rows, now)
    assert [(number, code) for number, _, code in faults(one)] == [(3, "circle"), (4, "circle")]


def test_emails_that_differ_by_case_are_one_person(northwind, lark, now):
    ran(northwind, previewed(northwind, "personas", "email,name,account\nAnn@Lark.test,Ann,Lark\n", now), now)
    rows = "ANN@LARK.TEST,Anna,Lark\nann@lark.test,Annie,Lark\n"
    one = previewed(northwind, "personas", "email,name,account\n" + rows, now)
    assert one.counts == {"updated": 1, "failed": 1}
    assert faults(one) == [(3, "email", "repeated")]


def test_a_person_who_leaves_before_joining_is_refused_and_the_others_are_not(northwind, lark, now):
    rows = "a@lark.test,Ann,Lark,2026-05-01,2026-04-01\nb@lark.test,Bea,Lark,2026-04-01,2026-05-01\n"
    one = previewed(northwind, "personas", "email,name,account,joined on,left on\n" + rows, now)
    assert faults(one) == [(2, "left_on", "before_joining")]
    done = ran(northwind, one, now)
    assert done.counts == {"failed": 1, "created": 1}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("windows-1252"),
        lambda text: text.replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace(",", "\t").replace("\n", "\r").encode(),
        lambda text: b"sep=,\r\n" + text.encode(),
    ],
)
def test_every_encoding_and_separator_gives_the_same_rows(northwind, now, encode):
    one = previewed(
        northwind, "accounts", encode("external_id,name,region\na,Müller & Söhne,Köln\nb,Wren,\n"), now
    )
    assert one.counts == {"created": 2}
    rows = imports.rows_of(one=one, actor=northwind.adam, at=now)
    assert [row.after["name"] for row in rows] == ["Müller & Söhne", "Wren"]
    assert rows[0].after["region"] == "Köln"


@pytest.mark.parametrize(
    ("content", "wrong", "right"),
    [
        (b'external_id,name\na,"Lark\nb,"Wren"\nc,Jay\n', [(2, "", "unclosed_quote")], ["b", "c"]),
        (b'external_id,name\na,Lark\nb,"Wren\nc,Jay\n', [(3, "", "unclosed_quote")], ["a", "c"]),
        (b'external_id,name\na,"La"rk\nb,Wren\n', [(2, "", "bad_quote")], ["b"]),
        (b"external_id,name\na,La\x00rk\nb,Wren\n", [(2, "name", "nul")], ["b"]),
        (b"external_id,name\na,Lark,what,is,this\nb,Wren,,\n", [(2, "", "too_many_cells")], ["b"]),
        (b"external_id,name\na\n\n,,\nb,Wren\n", [(2, "name", "required")], ["b"]),
        (b"external_id,name\n" + b"a," + b"x" * 300 + b"\nb,Wren\n", [(2, "name", "too_long")], ["b"]),
        (b"external_id,name\n" + b"a," + b"x" * 200_000 + b"\nb,Wren\n", [(2, "", "too_long")], ["b"]),
        (b"external_id,name\na,#REF!\nb,Wren\n", [(2, "name", "formula_error")], ["b"]),
        (b"external_id,name,arr\na,Lark,=1+1\nb,Wren,5\n", [(2, "arr", "not_a_number")], ["b"]),
        (b"external_id,name,status\na,Lark,blue\nb,Wren,Active\n", [(2, "status", "invalid_choice")], ["b"]),
        (b'{"external_id":"a","name":"Lark"}\n{broken\n{"external_id":"b","name":"Wren"}\n',
         [(3, "", "not_json")], ["a", "b"]),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_by_its_number_and_takes_no_other_with_it(northwind, now, content, wrong, right):
    one = previewed(northwind, "accounts", content, now)
    assert faults(one) == wrong
    ran(northwind, one, now)
    assert sorted(Account.objects.values_list("external_id", flat=True)) == right


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n", "no_head"),
        (b",,,\na,b,c\n", "no_head"),
        (b"%PDF-1.4 nothing", "not_a_table"),
        (b"\xd0\xcf\x11\xe0 old", "old_excel"),
        (b"PK\x03\x04 broken", "damaged"),
        (b'[{"name": "Lark"}]', "not_lines"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n", "too_many_columns"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_says_why(northwind, now, content, code):
    with pytest.raises(imports.Unreadable) as refusal:
        upload(northwind, "accounts", content, now)
    assert refusal.value.code == code
    assert Import.objects.count() == 0


def test_columns_with_the_same_name_are_told_apart(northwind, now):
    one = upload(northwind, "accounts", "id,name,name,,name\na,Lark,Wren,x,Jay\n", now)
    assert [column["name"] for column in one.columns] == ["id", "name", "name (2)", "Column 4", "name (3)"]
    assert one.mapping["columns"] == {"id": "external_id", "name": "name"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-04", "2026-03-04"), ("04.03.2026;25.12.2025", "2026-03-04"), ("03/04/2026;12/25/2025", "2026-03-04"),
        ("4 March 2026", "2026-03-04"), ("Mar 4, 2026", "2026-03-04"), ("20260304", "2026-03-04"),
        ("2026-03-04T23:30:00Z", "2026-03-04"), ("04/03/26 10:15;25/12/25 10:15", "2026-03-04"),
    ],
)  # fmt: skip
def test_dates_are_read_in_many_formats(northwind, now, written, meant):
    first, _, second = written.partition(";")
    content = f'external_id,name,renewal_on\na,Lark,"{first}"\nb,Wren,"{second or first}"\n'
    ran(northwind, previewed(northwind, "accounts", content, now), now)
    assert str(Account.objects.get(external_id="a").renewal_on) == meant


def test_a_date_that_may_be_read_in_two_ways_is_asked_about(northwind, now):
    content = "external_id,name,renewal_on\na,Lark,03/04/2026\n"
    one = previewed(northwind, "accounts", content, now)
    assert faults(one) == [(2, "renewal_on", "ambiguous_date")]
    imports.change_mapping(id=one.pk, mapping={"date_order": "dmy"}, actor=northwind.adam, at=now)
    ran(northwind, imports.preview_import(id=one.pk, actor=northwind.adam, at=now), now)
    assert str(Account.objects.get().renewal_on) == "2026-04-03"


def test_a_key_that_means_two_rows_is_told(northwind, now):
    ran(northwind, previewed(northwind, "accounts", "external_id,name\na,Lark\nb,LARK\n", now), now)
    one = previewed(northwind, "accounts", "name,tier\nlark,gold\n", now)
    assert one.mapping["key"] == "name"
    assert faults(one) == [(2, "name", "ambiguous")]


def test_rows_are_matched_by_any_declared_key(northwind, lark, now):
    one = previewed(northwind, "accounts", "website,tier\nhttps://www.LARK.test/home,gold\n", now)
    assert one.mapping["key"] == "domain"
    assert one.counts == {"updated": 1}
    ran(northwind, one, now)
    lark.refresh_from_db()
    assert (lark.tier, lark.domain) == ("gold", "lark.test")


def test_promises_are_imported_as_they_stand_and_taken_back(northwind, lark, now):
    people = "external_id,email,name,account\np1,a@lark.test,Ann,Lark\n"
    ran(northwind, previewed(northwind, "personas", people, now), now)
    head = "Id,Contact Email,Promise,Owner,Due date,Status,Completed date,Why\n"
    rows = (
        "1,a@lark.test,Send the figures,Alice,2026-10-01,done,2026-09-30 10:00,\n"
        "2,a@lark.test,Fix the export,,2026-12-01,pending,,\n"
        "3,a@lark.test,Match the price,,2026-10-05,missed,2026-10-06 09:00,Finance said no\n"
    )
    done = ran(northwind, previewed(northwind, "promises", head + rows, now), now)
    assert done.counts == {"created": 3}
    made = Step.objects.filter(source="promise").order_by("external_id")
    assert [(one.title, one.done_at is not None, one.broken) for one in made] == [
        ("Send the figures", True, False), ("Fix the export", False, False), ("Match the price", True, True),
    ]  # fmt: skip
    assert previewed(northwind, "promises", head + rows, now).counts == {"unchanged": 3}
    moved = previewed(
        northwind, "promises", head + "2,a@lark.test,Fix the export,,2027-01-01,pending,,\n", now
    )
    assert faults(moved) == [(2, "reason", "required")]
    later = head + "2,a@lark.test,Fix the export,,2027-01-01,pending,,The format is new\n"
    changed = ran(northwind, previewed(northwind, "promises", later, now), now)
    assert Step.objects.get(external_id="2").due_on == dt.date(2027, 1, 1)
    assert undone(northwind, changed, now).counts["undone"] == 1
    assert Step.objects.get(external_id="2").due_on == dt.date(2026, 12, 1)
    assert undone(northwind, done, now).counts["undone"] == 2  # what has changed since stays
    assert [one.title for one in Step.objects.filter(deleted_at=None)] == ["Fix the export"]


def test_a_workbook_is_read_with_its_dates_numbers_and_results(northwind, now):
    book = Workbook()
    page = book.active
    page.append(["External ID", "Name", "Renewal", "Seats", "ARR"])
    page.append([1001, "Lark", dt.date(2026, 12, 31), 5.0, 10.5])
    page.append(["b", "Wren", "2026-12-31", "7", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    one = previewed(northwind, "accounts", out.getvalue(), now)
    assert one.format == "xlsx"
    assert faults(one) == [(3, "", "formula")]
    ran(northwind, one, now)
    lark = Account.objects.get()
    assert (lark.external_id, str(lark.renewal_on), lark.seats, str(lark.arr)) == (
        "1001", "2026-12-31", 5, "10.50",
    )  # fmt: skip


def test_a_cancelled_import_stops_goes_on_and_doubles_nothing(northwind, now, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    content = "external_id,name\n" + "".join(f"a{n},Account {n}\n" for n in range(6))
    one = previewed(northwind, "accounts", content, now)
    assert ImportChunk.objects.filter(of_import=one).count() == 3
    one = imports.run_import(id=one.pk, actor=northwind.adam, at=now)
    do_work(claims=claim_work(at=now), at=now)
    do_work(claims=claim_work(at=now, limit=1), at=now)
    assert 0 < Account.objects.count() < 6
    cancel_job(job=Job.objects.get(pk=one.job_id), actor=northwind.adam, at=now)
    work_off(now)
    assert imports.state_of(Import.objects.select_related("job").get()) == "cancelled"
    assert Account.objects.count() < 6
    done = ran(northwind, one, now)
    assert done.counts == {"created": 6}
    assert Account.objects.count() == 6


def test_a_csm_may_not_import_and_nothing_is_kept(northwind, now):
    with pytest.raises(NotYours):
        upload(northwind, "accounts", "external_id,name\na,Lark\n", now, actor=northwind.alice)
    assert Import.objects.count() == 0


def test_a_file_of_old_is_forgotten_with_its_rows_and_what_it_did_stays(northwind, now):
    done = ran(
        northwind, previewed(northwind, "accounts", "external_id,name,arr\na,Lark,\nb,Wren,x\n", now), now
    )
    file, errors = done.file, done.errors_file
    assert default_storage.exists(file)
    assert default_storage.exists(errors)
    imports.prune_imports(before=now + dt.timedelta(days=31))
    assert not default_storage.exists(file)
    assert not default_storage.exists(errors)
    assert ImportChunk.objects.count() == 0
    assert Import.objects.get().counts == {"created": 1, "failed": 1}
    assert Account.objects.count() == 1
