"""Exports: files written by a worker, part by part, that an import reads back exactly."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Job
from accounts.scope import tenant_scope
from accounts.services import (
    Item,
    Mode,
    exports,
    save_accounts,
    save_cases,
    save_outcomes,
    save_personas,
    save_touches,
    start_export,
)
from accounts.services.items import Refused
from tests.accounts.importing import FILES, previewed, ran, work_off


def exported(cast, kind, now, form="csv"):
    job = start_export(kind=kind, format=form, actor=cast.adam, at=now)
    work_off(now)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    with default_storage.open(job.result["file"]) as file:
        return job, file.read()


SAVERS = {"cases": save_cases, "outcomes": save_outcomes, "touches": save_touches}
NASTY = [
    "=1+1",
    "+49 30",
    "-x",
    "@home",
    "'=1+1",
    "''+1",
    "'quoted'",
    'say "hi", ok',
    "two\nlines",
    "Müller;Söhne",
    "line\r\nbreaks\rof\nall kinds",
    "a\ttab",
    "'\tx",
    "007",
    "-1.50",
    "1e5",
    "2026-01-02",
    "true",
    "[1]",
    "🦉 👩‍🚀",
    "ﷺ" + "x" * 199,
    "#N/A, they said",
]


@pytest.fixture
def book(northwind, now):
    """Accounts and people whose words a spreadsheet would run, or whose separators stand in the words."""
    items = [
        Item(
            values={
                "external_id": f"a{n}", "name": name, "segment": name[:100], "arr": None if n % 2 else Decimal(f"{n}.05"),
                "entitlements": ["reports", "a,b"] if n == 0 else [], "team": ["alice@northwind.test"] if n == 1 else [],
                "owner_email": "lena@northwind.test" if n == 2 else None,
                "renewal_on": dt.date(2027, 1, n + 1) if n else None,
                "parent_external_id": "a0" if n == 3 else None, "seats": 0 if n == 5 else None,
                "custom": {"level": name, "small": -1.5, "none": None, "many": [name, 7]} if n % 2 else {},
            }
        )
        for n, name in enumerate(NASTY)
    ]  # fmt: skip
    assert not any(saved.faults for saved in save_accounts(items=items, mode=Mode.CREATE, actor=None, at=now))
    people = [
        Item(
            values={
                "external_id": f"p{n}", "account_external_id": "a0", "name": name, "title": name,
                "phone": "+49 30 1" if n % 2 else "0049 30",
                "tracked": n % 2 == 0, "influence": n % 5 + 1, "reports_to_external_id": "p0" if n else None,
            }
        )
        for n, name in enumerate(NASTY)
    ]  # fmt: skip
    assert not any(
        saved.faults for saved in save_personas(items=people, mode=Mode.CREATE, actor=None, at=now)
    )
    return northwind


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", ["accounts", "personas"])
def test_an_export_is_read_back_as_it_was(book, now, kind, form):
    _, content = exported(book, kind, now, form)
    one = previewed(book, kind, content, now)
    assert one.issues == []
    assert one.counts == {"unchanged": len(NASTY)}


def test_what_an_export_lost_is_brought_back_by_it(book, now):
    _, content = exported(book, "accounts", now)
    Account.objects.all().update(segment="", renewal_on=None)
    done = ran(book, previewed(book, "accounts", content, now), now)
    assert done.counts == {"updated": len(NASTY)}
    assert sorted(Account.objects.values_list("segment", flat=True)) == sorted(name[:100] for name in NASTY)


def test_no_cell_of_an_export_begins_like_a_formula(book, now):
    _, content = exported(book, "accounts", now)
    text = content.decode("utf-8-sig")
    assert "\n=1+1" not in text
    assert ",=1+1" not in text
    assert ",'=1+1" in text


def test_an_export_of_many_parts_holds_every_row_once(book, now, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 2)
    monkeypatch.setattr(exports, "PART", 4)
    job, content = exported(book, "accounts", now)
    assert (job.done, job.total, len(job.params["parts"])) == (len(NASTY), len(NASTY), 6)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert sorted(row["external_id"] for row in rows) == sorted(f"a{n}" for n in range(len(NASTY)))
    assert not any(default_storage.exists(name) for name in job.params["parts"])


def test_cases_outcomes_and_touches_are_read_back(northwind, now):
    content = (FILES / "salesforce-accounts.csv").read_bytes()
    ran(northwind, previewed(northwind, "accounts", content, now), now)
    files = {
        "cases": "external_id,account_name,kind,opened_at\n1,Larkspur GmbH,problem,2026-10-01T10:00:30Z\n",
        "outcomes": "external_id,account_name,kind,happened_on,arr_after\n1,Larkspur GmbH,renewed,2026-10-01,12.5\n",
        "touches": "external_id,account_name,kind,at,summary\n1,Larkspur GmbH,call,2026-10-01T10:00:00Z,=Hello\n",
    }
    for kind, rows in files.items():
        assert ran(northwind, previewed(northwind, kind, rows, now), now).counts == {"created": 1}
        _, written = exported(northwind, kind, now)
        assert (kind, previewed(northwind, kind, written, now).counts) == (kind, {"unchanged": 1})


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_words_of_work_that_a_spreadsheet_would_run_are_read_back(book, now, form):
    at = now - dt.timedelta(days=3, microseconds=-120_000)
    of_all = [{"external_id": f"w{n}", "account_external_id": f"a{n}"} for n in range(len(NASTY))]
    files = {
        "cases": [
            {"kind": "problem", "subject": said, "opened_at": at, "solved": None if n % 2 else n % 4 == 0,
             "persona_external_id": "p0" if n == 0 else None, "resolved_at": at if n % 3 else None}
            for n, said in enumerate(NASTY)
        ],
        "outcomes": [
            {"kind": "renewed", "reason": said, "happened_on": at.date(), "arr_after": Decimal(0),
             "arr_before": Decimal(f"{n}.50") if n % 2 else None}
            for n, said in enumerate(NASTY)
        ],
        "touches": [
            {"kind": "call", "summary": said, "at": at,
             "attendees": [{"persona_external_id": "p0"}] if n == 0 else []}
            for n, said in enumerate(NASTY)
        ],
    }  # fmt: skip
    for kind, rows in files.items():
        items = [Item(values={**home, **row}) for home, row in zip(of_all, rows, strict=True)]
        saved = SAVERS[kind](items=items, mode=Mode.CREATE, actor=None, at=now)
        assert [one.faults for one in saved if one.faults] == []
        _, written = exported(book, kind, now, form)
        one = previewed(book, kind, written, now)
        assert (kind, one.issues, one.counts) == (kind, [], {"unchanged": len(NASTY)})


def test_the_files_of_old_exports_are_removed(book, now):
    job, _ = exported(book, "accounts", now)
    exports.prune_exports(before=now + dt.timedelta(days=8))
    assert not default_storage.exists(job.result["file"])


def test_an_unknown_kind_or_format_is_refused(northwind, now):
    for kind, form in (("planets", "csv"), ("accounts", "pdf")):
        with pytest.raises(Refused):
            start_export(kind=kind, format=form, actor=northwind.adam, at=now)
    assert Job.objects.count() == 0


def test_a_reading_key_has_a_file_written_and_another_tenant_does_not_get_it(rest, cast):
    rest.write.post("/accounts", {"external_id": "a", "name": "Lark"})
    answer = rest.read.post("/exports", {"kind": "accounts"})
    assert answer.status_code == 202, answer.content
    with tenant_scope(cast.northwind.pk):
        work_off(timezone.now())
    job = rest.read.get(answer["Location"].removeprefix("/api/v1")).json()
    path = job["result"]["url"].removeprefix("/api/v1")
    assert b"a,Lark" in b"".join(rest.read.get(path).streaming_content)
    assert rest.globex.get(path).status_code == 404
    assert rest.read.post("/exports", {"kind": "planets"}).status_code == 400


def test_a_viewer_has_a_file_written_in_the_browser(cast, rest):
    rest.write.post("/accounts", {"external_id": "a", "name": "Lark"})
    browser = Client()
    browser.force_login(
        cast.vera.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    path = "/t/northwind/settings/exports"
    assert browser.post(path, {"kind": "accounts", "format": "csv"}).status_code == 302
    assert 'role="progressbar"' in browser.get(path).content.decode()
    with tenant_scope(cast.northwind.pk):
        work_off(timezone.now())
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        job = Job.objects.get(kind="export")
    assert browser.get(f"{path}/{job.pk}/progress")["HX-Refresh"] == "true"
    assert b"a,Lark" in b"".join(browser.get(f"{path}/{job.pk}/file").streaming_content)
