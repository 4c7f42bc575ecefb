"""Imports of what stands on accounts and people: ratings, usage, happenings, moments, asks; written and taken back."""

import datetime as dt

from django.db import connection

from accounts.models import Activity
from accounts.services.imports import cells
from relationships.models import AdvocateAsk, Moment
from tests.accounts.importing import (
    faults,
    previewed,
    ran,
    undone,
)


def test_ratings_are_recorded_and_withdrawn_again(northwind, lark, now):
    people = "external_id,email,name,account\np1,a@lark.test,Ann,Lark\n"
    ran(northwind, previewed(northwind, "personas", people, now), now)
    rows = (
        "r1,a@lark.test,very good,positive,value,2026-10-01\n"
        "r2,a@lark.test,weak,,,2030-01-01\n"
        "r3,nobody@lark.test,weak,,,2026-10-01\n"
        "r4,a@lark.test,weak,negative,,2026-10-02\n"
    )
    one = previewed(
        northwind, "ratings", "external_id,email,strength,sentiment,driver,rated at\n" + rows, now
    )
    assert faults(one) == [
        (3, "rated_at", "in_future"), (4, "persona_email", "missing"), (5, "driver", "needs_driver"),
    ]  # fmt: skip
    done = ran(northwind, one, now)
    assert done.counts == {"created": 1, "failed": 3}
    assert Activity.objects.filter(verb="rating.recorded").count() == 1
    undone(northwind, done, now)
    assert Activity.objects.filter(verb="rating.withdrawn").count() == 1


def test_usage_counts_once_and_is_taken_back(northwind, lark, now):
    rows = (
        "L1,ann,plan,2026-10-01T10:00:00Z\nL1,ann,plan,2026-10-01T11:00:00Z\n"
        "L1,ann,plan,2031-01-01\nL1,,plan,2026-10-01\n"
    )
    content = "account id,user,feature,timestamp\n" + rows
    one = previewed(northwind, "usage", content, now)
    assert faults(one) == [(4, "occurred_at", "in_the_future"), (5, "user_key", "required")]
    done = ran(northwind, one, now)
    assert done.counts == {"created": 2, "failed": 2}
    assert usage_of(lark) == [("plan", 2)]
    assert previewed(northwind, "usage", content, now).counts == {"unchanged": 2, "failed": 2}
    undone(northwind, done, now)
    assert usage_of(lark) == []
    assert previewed(northwind, "usage", content, now).counts == {"created": 2, "failed": 2}


def usage_of(account):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT feature, sum(count)::int FROM health_usageday WHERE account_id = %s GROUP BY 1",
            [account.pk],
        )
        return cursor.fetchall()


def test_cases_outcomes_and_touches_are_written_and_taken_back(northwind, lark, now):
    people = "external_id,email,name,account\np1,a@lark.test,Ann,Lark\np2,b@lark.test,Bea,Lark\n"
    ran(northwind, previewed(northwind, "personas", people, now), now)
    files = {
        "cases": "Case Number,Account Name,Contact Email,Type,Priority,Subject,Opened Date\n"
        "1,Lark,a@lark.test,Escalation,Urgent,Down,2026-10-01 10:00\n",
        "outcomes": "Opportunity ID,Account Name,Type,Close Date,ARR before,ARR after\n1,Lark,Renewal,2026-10-01,10,12\n",
        "touches": "Activity ID,Account,Type,Date,Subject,Attendees,Owner\n"
        "1,Lark,Phone call,2026-10-01 10:00,Hello,a@lark.test; b@lark.test,Alice\n",
    }
    for kind, content in files.items():
        done = ran(northwind, previewed(northwind, kind, content, now), now)
        assert (kind, done.counts) == (kind, {"created": 1})
        again = previewed(northwind, kind, content, now)
        assert (kind, again.counts) == (kind, {"unchanged": 1})
        back = undone(northwind, done, now)
        assert (kind, back.counts["undone"]) == (kind, 1)


def test_a_word_that_is_a_number_below_zero_keeps_its_sign():
    read = cells.word(("negative", "positive"), {"-1": "negative", "1": "positive"})
    assert [read(cell, None) for cell in ("-1", -1, "1", 1)] == ["negative"] * 2 + ["positive"] * 2


def test_moments_are_written_in_words_or_numbers_and_taken_back(northwind, lark, now):
    people = "external_id,email,name,account\np1,a@lark.test,Ann,Lark\n"
    ran(northwind, previewed(northwind, "personas", people, now), now)
    head = "Id,Contact Email,What happened,Valence,Intensity,Date\n"
    rows = (
        "1,a@lark.test,The outage,awful,Unforgettably,2026-10-01\n2,a@lark.test,Late again,-1,2,2026-10-02\n"
    )
    done = ran(northwind, previewed(northwind, "moments", head + rows, now), now)
    assert done.counts == {"created": 2}
    kept = Moment.objects.order_by("happened_at").values_list("what", "valence", "intensity")
    assert list(kept) == [("The outage", -2, 3), ("Late again", -1, 2)]
    assert previewed(northwind, "moments", head + rows, now).counts == {"unchanged": 2}
    wrong = (
        head
        + "3,a@lark.test,X,so so,2,2026-10-01\n4,a@lark.test,X,bad,1,2199-01-01\n5,a@lark.test,X,bad,,2026-10-01\n"
        "6,a@lark.test,X,bad,-2,2026-10-01\n"
    )
    assert faults(previewed(northwind, "moments", wrong, now)) == [
        (2, "valence", "invalid_choice"), (3, "happened_at", "in_future"), (4, "intensity", "required"),
        (5, "intensity", "invalid_choice"),
    ]  # fmt: skip
    assert undone(northwind, done, now).counts["undone"] == 2
    assert not Moment.objects.filter(deleted_at=None).exists()


def test_a_day_that_nobody_means_is_told_of_its_row(northwind, lark, now):
    files = {
        "accounts": ("renewal_on", "external_id,name,renewal_on\nL2,Wren,{}\n"),
        "personas": ("joined_on", "external_id,name,account,joined_on\np9,Ann,Lark,{}\n"),
        "outcomes": ("happened_on", "external_id,account,kind,happened_on\no1,Lark,renewed,{}\n"),
    }
    for kind, (field, rows) in files.items():
        for day in ("0001-01-01", "9999-12-31"):
            assert faults(previewed(northwind, kind, rows.format(day), now)) == [(2, field, "out_of_range")]


def test_asks_of_advocates_are_imported_with_their_answers_and_taken_back(northwind, lark, now):
    people = "external_id,email,name,account\np1,a@lark.test,Ann,Lark\n"
    ran(northwind, previewed(northwind, "personas", people, now), now)
    head = "Id,Contact Email,Request type,Description,Requested on,Owner,Status,Completed on\n"
    rows = (
        "1,a@lark.test,Reference call,A bank asks,2024-03-01,Alice,accepted,2024-03-09\n"
        "2,a@lark.test,speaking,Our user day,2025-03-01,,declined,\n"
    )
    done = ran(northwind, previewed(northwind, "advocate_asks", head + rows, now), now)
    assert done.counts == {"created": 2}
    kept = AdvocateAsk.objects.order_by("asked_on").values_list("kind", "what", "answer", "done_on")
    day = dt.date(2024, 3, 9)
    assert list(kept) == [("reference", "A bank asks", "yes", day), ("talk", "Our user day", "no", None)]
    assert previewed(northwind, "advocate_asks", head + rows, now).counts == {"unchanged": 2}
    wrong = head + "3,a@lark.test,kiss,X,2024-03-01,,,\n4,a@lark.test,talk,X,2024-03-01,,no,2024-03-02\n"
    assert faults(previewed(northwind, "advocate_asks", wrong, now)) == [
        (2, "kind", "invalid_choice"), (3, "answer", "not_yes"),
    ]  # fmt: skip
    assert undone(northwind, done, now).counts["undone"] == 2
