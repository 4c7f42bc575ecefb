"""Files of promises, moments, asks and situations: what was written in the browser or over REST is read back as it is."""

import csv
import datetime as dt
import io
import json

import pytest
from openpyxl import Workbook

from accounts.models import Touch, TouchAttendee
from accounts.services import (
    Item,
    Mode,
    delete_persona,
    imports,
    merge_personas,
    save_cases,
    save_initiatives,
    save_personas,
    save_promises,
    save_touches,
)
from accounts.services.accounts import save_accounts
from relationships import services
from relationships.models import AdvocateAsk, Moment, Situation
from tests.accounts.importing import faults, faults_codes, previewed, ran, undone
from tests.accounts.test_exports import NASTY, exported

DAY = dt.timedelta(days=1)


def saved(save, rows, cast, at):
    results = save(items=[Item(values=row) for row in rows], mode=Mode.CREATE, actor=cast.adam, at=at)
    assert [one.faults for one in results if one.faults] == []
    return [one.id for one in results]


@pytest.fixture
def book(northwind, now):
    """Larkspur with Dana, who has neither e-mail nor id, and Eli; Plover. Nothing has an id of yours unless it is said."""
    then = now - 200 * DAY
    lark, plover = saved(save_accounts, [{"name": "Larkspur"}, {"name": "Plover"}], northwind, then)
    people = [{"account": lark, "name": "Dana"}, {"account": lark, "name": "Eli", "email": "eli@lark.test"}]
    northwind.lark, northwind.plover = lark, plover
    northwind.dana, northwind.eli = saved(save_personas, people, northwind, then)
    return northwind


def promises(book, now):
    day = now.date()
    rows = [{"account": book.lark, "title": f"Send {said}"[:300], "persona": book.dana} for said in NASTY]
    rows[0] |= {"external_id": "p-1", "due_on": day, "owner_email": "lena@northwind.test", "state": "kept"}
    rows[1] |= {"due_on": day - 9 * DAY, "state": "broken", "reason": "=No time"}
    rows[2] |= {"persona": None}
    saved(save_promises, rows, book, now - DAY)


def initiatives(book, now):
    rows = [{"account": book.lark, "title": f"Grow {said}"[:300], "note": said} for said in NASTY]
    rows[0] |= {"external_id": "i-1", "due_on": now.date(), "persona": book.dana, "state": "running"}
    rows[1] |= {"persona": book.eli, "state": "dropped"}
    saved(save_initiatives, rows, book, now - DAY)


def moments(book, now):
    moment = {"persona": book.eli, "happened_at": now - DAY - dt.timedelta(microseconds=7)}
    words = zip(NASTY, (-2, -1, 0, 1, 2) * 9, (1, 2, 3) * 9, strict=False)
    saved(
        services.save_moments,
        [moment | {"what": s, "valence": v, "intensity": i} for s, v, i in words],
        book,
        now,
    )


def asks(book, now):
    day = now.date()
    rows = [
        {"persona": book.eli, "kind": "talk", "what": said, "asked_on": day - (40 + n) * DAY}
        for n, said in enumerate(NASTY)
    ]
    rows[0] |= {"answer": "yes", "answered_on": day - 9 * DAY, "done_on": day - DAY, "external_id": "a-1"}
    rows[1] |= {"answer": "no"}
    saved(services.save_advocate_asks, rows, book, now)
    recent = {"persona": book.dana, "kind": "reference", "asked_on": day - DAY}
    saved(
        services.save_advocate_asks,
        [recent, recent | {"asked_on": day, "despite": "They offered"}],
        book,
        now,
    )


def situations(book, now):
    met = {"persona": book.dana, "type": "silent_sponsor", "reason": "never_met"}
    rows = [met | {"what": said, "learned": said, "began_on": now.date() - 9 * DAY} for said in NASTY]
    rows[0] |= {"external_id": "s-1", "remedy": "visit", "result": "partly", "ended_on": now.date() - DAY}
    rows[1] |= {"account": book.plover, "persona": None, "owner_email": "lena@northwind.test"}
    saved(services.save_situations, rows, book, now)


def cases(book, now):
    saved(save_cases, [{"account": book.lark, "kind": "problem", "opened_at": now - DAY}], book, now)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("kind", "write", "count"),
    [
        ("promises", promises, len(NASTY)),
        ("initiatives", initiatives, len(NASTY)),
        ("moments", moments, len(NASTY)),
        ("advocate_asks", asks, len(NASTY) + 2),
        ("situations", situations, len(NASTY)),
        ("cases", cases, 1),
    ],
)
def test_a_file_is_read_back_as_it_was_also_where_rows_have_no_id_of_yours(
    book, now, kind, write, count, form
):
    write(book, now)
    one = previewed(book, kind, exported(book, kind, now, form)[1], now)
    assert (one.issues, one.counts) == ([], {"unchanged": count})


def test_who_left_the_account_or_was_removed_is_not_named_and_the_row_stays_theirs(book, now):
    moments(book, now)
    asks(book, now)
    moved = Item(values={"account": book.plover}, id=book.eli)
    save_personas(items=[moved], mode=Mode.UPDATE, actor=book.adam, at=now)
    for kind, model in (("moments", Moment), ("advocate_asks", AdvocateAsk)):
        before = set(model.objects.values_list("pk", "account_id", "persona_id"))
        one = previewed(book, kind, exported(book, kind, now)[1], now)
        assert (kind, one.issues, set(one.counts)) == (kind, [], {"unchanged"})
        assert set(model.objects.values_list("pk", "account_id", "persona_id")) == before


def test_a_file_of_touches_and_cases_takes_no_word_and_nobody_away(book, now):
    people = [
        {"account": book.lark, "name": n, "email": f"{n}@lark.test"} for n in ("ann", "bob", "cy", "di")
    ]
    ann, bob, cy, di = saved(save_personas, people, book, now - 100 * DAY)
    there = [
        {"persona": one, "thought": "Not bad", "feeling": "=Glad"}
        for one in (book.dana, book.eli, ann, bob, cy)
    ]
    touch = {"account": book.lark, "kind": "call", "at": now - DAY, "attendees": there}
    (met,) = saved(save_touches, [touch], book, now)
    case = {"account": book.lark, "kind": "problem", "opened_at": now - DAY}
    saved(save_cases, [case | {"persona": one} for one in (book.dana, ann, bob, cy)], book, now)
    merge_personas(id=ann, into=di, actor=book.adam, at=now)
    save_personas(items=[Item({"account": book.plover}, id=bob)], mode=Mode.UPDATE, actor=book.adam, at=now)
    delete_persona(id=cy, actor=book.adam, at=now)
    for kind, count in (("touches", 1), ("cases", 4)):
        one = previewed(book, kind, exported(book, kind, now)[1], now)
        assert (kind, one.issues, one.counts) == (kind, [], {"unchanged": count})
    said = (
        "external_id,account_name,kind,at,attendee_emails,persona_email,thought\n"
        f"{met},Larkspur,call,{(now - DAY).isoformat()},di@lark.test,eli@lark.test,Better\n"
    )
    assert ran(book, previewed(book, "touches", said, now), now).counts == {"updated": 1}
    words = dict(TouchAttendee.objects.values_list("persona_id", "thought"))
    assert words == dict.fromkeys((book.dana, ann, bob, cy), "Not bad") | {book.eli: "Better", di: ""}
    assert TouchAttendee.objects.get(persona_id=book.eli).feeling == "=Glad"


def as_workbook(content):
    """A file of CSV as a spreadsheet program saves it."""
    sheet = Workbook()
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        sheet.active.append(row)
    out = io.BytesIO()
    sheet.save(out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_touches_come_back_with_what_everybody_there_thought_felt_and_did(book, now, form):
    (zoe,) = saved(save_personas, [{"account": book.lark, "name": "Zoë", "external_id": "z"}], book, now)
    there = [
        {"persona": book.dana, "thought": "Not bad;", "feeling": "=Glad"},
        {"persona": book.eli, "behaviour": "Wrote, then\nleft"},
        {"persona": zoe, "thought": "'=1+1", "feeling": "“So-so” — Ümit"},
    ]
    touches = [
        {"account": book.lark, "kind": "call", "at": now - DAY, "attendees": there},
        {"account": book.lark, "kind": "mail", "at": now - DAY, "external_id": "t", "attendees": there[:1]},
        {"account": book.plover, "kind": "chat", "at": now - DAY},
    ]
    saved(save_touches, touches, book, now)
    words = ("touch__kind", "persona_id", "thought", "feeling", "behaviour")
    before = set(TouchAttendee.objects.values_list(*words))
    assert len(before) == 4
    written = exported(book, "touches", now, "csv" if form == "xlsx" else form)[1]
    written = as_workbook(written) if form == "xlsx" else written
    one = previewed(book, "touches", written, now)
    assert (one.issues, one.counts) == ([], {"unchanged": 3})
    TouchAttendee.objects.all().delete()
    Touch.objects.all().delete()
    assert ran(book, previewed(book, "touches", written, now), now).counts == {"created": 3}
    assert set(TouchAttendee.objects.values_list(*words)) == before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('[{"name": "Nobody"}]', "missing"),
        ('[{"email": "no@lark.test"}]', "missing"),
        ('[{"external_id": "none"}]', "missing"),
        ("[{}]", "missing"),
        ("Dana and Eli", "not_people"),
        ('{"name": "Dana"}', "not_people"),
        ('[{"name": 7}]', "not_people"),
        ('[{"name": "Dana", "mood": "good"}]', "unknown"),
        ('[{"name": "Dana", "thought": "a\\u0000"}]', "nul"),
        (json.dumps([{"name": "Dana", "thought": "x" * 10_001}]), "too_long"),
    ],
)
def test_who_was_there_in_full_is_refused_by_its_field_when_it_makes_no_sense(book, now, said, code):
    row = {"external_id": "t", "account_name": "Larkspur", "kind": "call", "at": "2026-01-02T10:00:00Z"}
    content = json.dumps({**row, "attendees_in_full": said})
    assert faults(previewed(book, "touches", content, now)) == [(2, "attendees_in_full", code)]


def test_somebody_of_a_name_that_two_have_there_is_not_guessed(book, now):
    saved(save_personas, [{"account": book.lark, "name": "dana"}], book, now)
    row = {"external_id": "t", "account_name": "Larkspur", "kind": "call", "at": "2026-01-02T10:00:00Z"}
    content = json.dumps({**row, "attendees_in_full": [{"name": "Dana"}]})
    assert faults(previewed(book, "touches", content, now)) == [(2, "attendees_in_full", "ambiguous")]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_accounts_and_people_with_and_without_an_id_of_yours_are_read_back_together(book, now, form):
    saved(save_accounts, [{"external_id": "x", "name": "Plover"}], book, now)
    saved(save_personas, [{"account": book.lark, "name": "Dana", "external_id": "y"}], book, now)
    for kind, count in (("accounts", 3), ("personas", 3)):
        one = previewed(book, kind, exported(book, kind, now, form)[1], now)
        assert (kind, one.issues, one.counts) == (kind, [], {"unchanged": count})


def test_what_a_file_lost_is_brought_back_by_it(book, now):
    moments(book, now)
    _, content = exported(book, "moments", now)
    Moment.objects.update(what="?", valence=0)
    assert ran(book, previewed(book, "moments", content, now), now).counts == {"updated": len(NASTY)}
    assert set(Moment.objects.values_list("what", flat=True)) == set(NASTY)


def test_situations_come_from_a_file_are_seen_by_name_and_taken_back(book, now):
    head = "Id,Account,Email,Situation,Reason,Remedy,Status,Since\n"
    first = "1,Larkspur,eli@lark.test,silent_sponsor,never_met,,,2026-01-05\n"
    assert ran(book, previewed(book, "situations", head + first, now), now).counts == {"created": 1}
    second = head + first.replace(",,,2026", ",visit,resolved,2026") + "2,Larkspur,,nothing,,,,\n"
    one = previewed(book, "situations", second, now)
    assert (one.counts, faults_codes(one)) == ({"updated": 1, "failed": 1}, [(3, "missing")])
    (row,) = imports.rows_of(one=one, status="updated", actor=book.adam, at=now)
    assert (row.before["remedy"], row.after["remedy"]) == (None, "Visit them")
    done = ran(book, one, now)
    kept = Situation.objects.get()
    assert (kept.persona_id, kept.remedy.key, kept.result) == (book.eli, "visit", "solved")
    assert undone(book, done, now).counts["undone"] == 1
    kept.refresh_from_db()
    assert (kept.remedy, kept.result, kept.ended_on) == (None, None, None)


def test_situations_leave_with_what_was_behind_them_and_what_helped(book, now):
    met = {
        "account": book.lark, "persona": book.dana, "type": "silent_sponsor", "reason": "never_met", "remedy": "visit",
        "what": "=Silent", "began_on": now.date() - 9 * DAY, "result": "partly", "learned": "Go there",
        "owner_email": "lena@northwind.test",
    }  # fmt: skip
    (id,) = saved(services.save_situations, [met], book, now)
    _, content = exported(book, "situations", now)
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert row["external_id"] == str(id)
    told = (
        "account_name",
        "persona_name",
        "type",
        "reason",
        "remedy",
        "what",
        "result",
        "learned",
        "owner_email",
    )
    assert [row[name] for name in told] == [
        "Larkspur", "Dana", "silent_sponsor", "never_met", "visit", "'=Silent", "partly", "Go there",
        "lena@northwind.test",
    ]  # fmt: skip
