"""What an import asks to check before it runs: rows that look the same as others, and warnings that stay in sight."""

from django.core.files.storage import default_storage

from accounts.models import ImportChunk
from accounts.services import imports
from accounts.services.imports import staging
from tests.accounts.importing import previewed, ran


def notes(one):
    """(row number, field, detail) of every row to check."""
    rows = imports.rows_of(one=one, status="to_check", limit=1000, actor=None, at=one.created_at)
    return [(row.number, note["field"], note["detail"]) for row in rows for note in row.notes]


def told(one):
    return [
        (issue["level"], issue["field"], issue["detail"], issue["rows"], issue["first"])
        for issue in one.issues
    ]


def test_accounts_that_look_the_same_are_told_however_far_apart_they_stand(northwind, now, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    rows = "a,Lark,lark.test\nb,Wren,\nc,Jay,jay.test\nd,Heron,\ne,LARK,\nf,Plover,www.Lark.test\ng,Lark,\n"
    one = previewed(northwind, "accounts", "external_id,name,website\n" + rows, now)
    assert ImportChunk.objects.filter(of_import=one).count() == 4
    assert notes(one) == [
        (6, "name", "Row 2 of the file has the same name."),
        (7, "domain", "Row 2 of the file has the same domain."),
        (8, "name", "Row 2 of the file has the same name."),
    ]
    assert told(one) == [
        ("warning", "name", "The same name stands in an earlier row.", 2, 6),
        ("warning", "domain", "The same domain stands in an earlier row.", 1, 7),
    ]
    assert one.counts == {"created": 7, "to_check": 3}


def test_people_look_the_same_by_email_or_name_at_one_account_only(northwind, lark, now, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    ran(northwind, previewed(northwind, "accounts", "external_id,name\nwren,Wren\n", now), now)
    head = "external_id,email,name,account,account_external_id\n"
    rows = (
        "p1,ann@lark.test,Ann Bell,Lark,\np2,bea@lark.test,Bea,Lark,\n"
        "p3,ANN@lark.test,A. Bell,,L1\np4,ann@lark.test,Ann Bell,Wren,\n"
        "p5,,bea,Lark,\np6,,,Lark,\n"
    )
    one = previewed(northwind, "personas", head + rows, now)
    assert notes(one) == [
        (4, "email", "Row 2 of the file has the same e-mail."),
        (6, "name", "Row 3 of the file has the same name."),
    ]


def test_what_looks_like_something_that_is_there_is_told_in_one_line_and_once_for_each_row(
    northwind, lark, now
):
    rows = "a,Lark,\nb,lark,\nc,Wren,https://lark.test\n"
    one = previewed(northwind, "accounts", "external_id,name,website\n" + rows, now)
    assert told(one)[0] == ("warning", "name", "Something with this name is there already.", 2, 2)
    assert notes(one) == [
        (2, "name", "Something with this name is there already."),
        (3, "name", "Something with this name is there already."),
        (3, "name", "Row 2 of the file has the same name."),
        (4, "domain", "Something with this domain is there already."),
    ]
    assert one.counts["to_check"] == 3


def test_rows_that_are_met_or_wrong_are_no_twins(northwind, now):
    ran(northwind, previewed(northwind, "accounts", "external_id,name\na,Lark\nb,Lark\n", now), now)
    one = previewed(
        northwind, "accounts", "external_id,name,arr\na,Lark,1\nb,Lark,2\nc,Wren,x\nd,Wren,1\n", now
    )
    assert one.counts == {"updated": 2, "failed": 1, "created": 1}
    assert notes(one) == []


def test_what_is_to_check_stays_to_be_found_after_the_run_and_a_new_preview_begins_anew(northwind, now):
    one = previewed(northwind, "accounts", "external_id,name\na,Lark\nb,Lark\n", now)
    again = imports.preview_import(id=one.pk, actor=northwind.adam, at=now)
    assert again.counts == {"created": 2, "to_check": 1}
    done = ran(northwind, one, now)
    assert done.counts == {"created": 2, "to_check": 1}
    assert [number for number, *_ in notes(done)] == [3]
    assert [issue["level"] for issue in done.issues] == ["warning"]


def test_the_file_of_issues_says_which_are_errors_and_which_warnings(northwind, now):
    content = "external_id,name,arr\na,Lark,1\nb,Lark,2\nc,Wren,x\n"
    one = previewed(northwind, "accounts", content, now)
    with default_storage.open(one.errors_file) as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    assert lines[0] == "external_id,name,arr,Row,Level,Field,Reason"
    assert lines[1] == "b,Lark,2,3,warning,name,Row 2 of the file has the same name."
    assert lines[2].startswith("c,Wren,x,4,error,arr,")
