"""Support contacts against staying: a difference with its interval, kept when unexpected, or that it cannot be told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Case, Outcome
from health import selectors
from health.formulas.support import Decided, Share, difference_of_shares, support_and_retention
from tests.health.builders import DAY, make_account


def rows(stayed, lost, contacts, *, kind="question"):
    return [Decided(False, 180, {kind: contacts})] * stayed + [Decided(True, 180, {kind: contacts})] * lost


def share(stayed, n):
    return support_and_retention(rows(stayed, n - stayed, 1)).groups[1][1]


def test_the_interval_of_a_difference_is_newcombes():
    """The first example of Newcombe (1998): 56 of 70 against 48 of 80, method 10: 0.2000 (0.0524 to 0.3339)."""
    found = difference_of_shares(share(56, 70), share(48, 80))
    assert found == pytest.approx((20.0, 5.24, 33.39), abs=0.005)


def test_nothing_is_concluded_from_nine_losses():
    found = support_and_retention([*rows(50, 0, 4), *rows(0, 9, 0)])
    assert (found.enough, found.findings, found.lost) == (False, [], 9)
    assert dict(found.groups)["none"] == Share(9, 0, 0.0, pytest.approx(0), pytest.approx(29.9, abs=0.1))


def test_more_contacts_may_go_with_staying_and_that_is_said():
    found = support_and_retention([*rows(40, 2, 4), *rows(30, 18, 0)])
    whole, question = found.findings[:2]
    assert (whole.about, whole.says) == ("contacts", "more_stay")
    assert whole.difference == pytest.approx(100 * (40 / 42 - 30 / 48))
    assert 0 < whole.low < whole.difference < whole.high
    assert question.with_it.n == 42
    assert {one.about: one.says for one in found.findings}["escalation"] == "too_few"


def test_an_interval_that_holds_zero_says_no_difference():
    found = support_and_retention([*rows(20, 5, 4), *rows(20, 6, 0)])
    assert found.findings[0].says == "no_difference"
    worse = support_and_retention([*rows(5, 20, 4), *rows(40, 3, 0)])
    assert worse.findings[0].says == "fewer_stay"


def test_contacts_of_a_short_time_count_as_those_of_half_a_year():
    assert Decided(False, 90, {"problem": 2, "question": 1}).often() == 6
    assert Decided(False, 90, {"problem": 2}).often("problem") == 4


def opened(account, at, kind="question", **fields):
    return Case.objects.create(
        account=account, kind=kind, severity="low", opened_at=at, created_at=at, updated_at=at, **fields
    )


def ended(account, kind, at):
    return Outcome.objects.create(
        account=account, kind=kind, happened_on=at.date(), arr_before=Decimal(1), arr_after=Decimal(1),
        currency="EUR", recorded_at=at, created_at=at, updated_at=at,
    )  # fmt: skip


def test_only_contacts_before_the_last_decision_count(northwind, now):
    start = (now - 900 * DAY).date()
    gone = make_account(
        at=now - 900 * DAY, started_on=start, status="churned", churned_on=(now - 30 * DAY).date()
    )
    ended(gone, "renewed", now - 400 * DAY)
    ended(gone, "churned", now - 30 * DAY)
    for ago in (29, 31, 60, 211):
        opened(gone, now - ago * DAY)
    opened(gone, now - 40 * DAY, "problem", deleted_at=now)
    stays = make_account(at=now - 900 * DAY, name="Stays", started_on=start)
    opened(stays, now - 10 * DAY, "escalation")
    renewed = make_account(at=now - 900 * DAY, name="Renewed", started_on=start)
    ended(renewed, "renewed", now - 100 * DAY)
    opened(renewed, now - 10 * DAY)
    make_account(at=now, name="New", started_on=(now - 20 * DAY).date())
    make_account(at=now - 900 * DAY, name="Ours", started_on=start, status="internal")
    with CaptureQueriesContext(connection) as queries:
        found = selectors.support_contacts(at=now)
    assert len(queries) == 2
    groups = {name: (one.n, one.stayed) for name, one in found.groups}
    assert groups == {"none": (1, 1), "one_or_two": (2, 1), "three_to_five": (0, 0), "more": (0, 0)}


def test_the_report_over_rest_says_when_it_cannot_tell(rest):
    body = rest.read.get("/portfolio/support").json()
    assert (body["accounts"], body["enough"], body["findings"]) == (0, False, [])
    assert [group["contacts"] for group in body["groups"]] == ["none", "one_or_two", "three_to_five", "more"]
    assert rest.read.get("/portfolio/support?by=x").status_code == 400
    assert rest.nobody.get("/portfolio/support").status_code == 401
