"""From the first signal to the first action: what is noted as a signal, once, and how long anybody took to act on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Step, Touch
from health import selectors, services
from health.formulas.waiting import median_until
from health.models import ScoreSnapshot, Signal
from health.selectors import PortfolioFilter
from tests.health.builders import DAY, escalate, make_account, make_persona, measure, rate

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("happened", "waiting", "median"),
    [
        ([3.0, 1.0, 2.0], [], 2.0),
        ([1.0, 3.0], [], 2.0),
        ([], [], None),
        ([], [4.0], None),
        ([1.0], [9.0, 9.0], None),
        ([1.0, 2.0], [5.0, 6.0], 2.0),
        ([2.0, 8.0], [1.0], 5.0),
    ],
)
def test_who_still_waits_counts_in_the_median_as_at_least_so_long(happened, waiting, median):
    assert median_until(happened, waiting) == median


def live(now, name="Acme", **fields):
    account = make_account(at=now - 300 * DAY, name=name, arr=Decimal(1000), **fields)
    services.rescore(account_ids=[account.pk], at=now - 300 * DAY)
    return account


def signal(account, at):
    return Signal.objects.create(account=account, at=at, kind="flag", code="unrated")


def touch(account, at, mode="reactive", **fields):
    return Touch.objects.create(
        account=account, kind="call", at=at, mode=mode, **{"created_at": at, "updated_at": at, **fields}
    )


def step(account, at, **fields):
    return Step.objects.create(account=account, title="Call", created_at=at, updated_at=at, **fields)


def found(at, **chosen):
    return selectors.portfolio(PortfolioFilter(**chosen), at=at).get("first_action")


def test_the_wait_runs_from_the_first_of_several_signals_to_the_next_touch(northwind, now):
    account = live(now)
    for ago in (30, 28, 21):
        signal(account, now - ago * DAY)
    touch(account, now - 20 * DAY)
    touch(account, now - 19 * DAY)
    document = found(now)
    assert (document["signals"], document["answered"], document["waiting"]) == (1, 1, 0)
    assert document["median_days"] == 10


def test_a_step_made_or_done_is_an_action_and_one_made_with_the_signal_takes_no_time(northwind, now):
    account = live(now)
    earlier = step(account, now - 100 * DAY)
    signal(account, now - 60 * DAY)
    earlier.done_at = now - 58 * DAY
    earlier.save()
    signal(account, now - 30 * DAY)
    step(account, now - 30 * DAY)
    document = found(now)
    assert (document["signals"], document["answered"], document["median_days"]) == (2, 2, 1)


def test_a_step_that_opened_by_itself_is_no_action_until_it_is_done(northwind, now):
    account = live(now)
    signal(account, now - 30 * DAY)
    opened = step(account, now - 30 * DAY, source="automatic")
    assert (found(now)["answered"], found(now)["waiting"]) == (0, 1)
    opened.done_at = now - 26 * DAY
    opened.save()
    assert (found(now)["answered"], found(now)["median_days"]) == (1, 4)


def test_what_nobody_acted_on_waits_and_neither_an_earlier_nor_a_removed_touch_ends_it(northwind, now):
    account = live(now)
    touch(account, now - 41 * DAY)
    signal(account, now - 40 * DAY)
    touch(account, now - 5 * DAY, deleted_at=now - 4 * DAY)
    document = found(now)
    assert (document["signals"], document["answered"], document["waiting"]) == (1, 0, 1)
    assert document["longest_waiting_days"] == 39.5  # noon to the last midnight
    assert "median_days" not in document
    (row,) = selectors.portfolio(at=now)["accounts"]
    assert (row["waiting"], row["longest_waiting_days"]) == (1, 39.5)


def test_the_past_is_answered_as_it_was_known_then(northwind, now):
    account = live(now)
    signal(account, now - 40 * DAY)
    touch(account, now - 35 * DAY, created_at=now - 10 * DAY)
    then = selectors.portfolio(at=now - 20 * DAY, stored=False)["first_action"]
    assert (then["waiting"], then["answered"]) == (1, 0)
    assert selectors.portfolio(at=now, stored=False)["first_action"] == found(now)
    assert found(now)["median_days"] == 5


def test_owners_and_parts_of_the_book_have_their_own_figures(northwind, now):
    mine = live(now, owner=northwind.alice.membership)
    hers = live(now, "Other", owner=northwind.lena.membership)
    for account, waited in ((mine, 2), (hers, 8)):
        signal(account, now - 20 * DAY)
        touch(account, now - (20 - waited) * DAY, "proactive" if account == mine else "reactive")
    touch(mine, now - DAY)
    document = found(now)
    assert document["proactive_share"] == 0.3333
    owners = {row["owner"]: row for row in document["owners"]}
    assert owners[str(northwind.alice.member_id)]["median_days"] == 2
    assert owners[str(northwind.lena.member_id)]["proactive_share"] == 0
    assert found(now, owner=northwind.alice.member_id)["median_days"] == 2


def test_of_a_book_without_signals_and_touches_nothing_is_said(northwind, now):
    account = live(now)
    assert "first_action" not in selectors.portfolio(at=now)
    touch(account, now - DAY, None)
    assert "first_action" not in selectors.portfolio(at=now)
    touch(account, now - 200 * DAY)
    assert "first_action" not in selectors.portfolio(at=now)


def test_one_statement_serves_any_number_of_signals(northwind, now):
    counts = []
    for n in range(3):
        account = live(now, f"A{n}")
        signal(account, now - (n + 2) * DAY)
        touch(account, now - DAY)
        with CaptureQueriesContext(connection) as queries:
            selectors.portfolio(at=now)
        counts.append(len([one for one in queries if "accounts_touch" in one["sql"]]))
    assert counts == [1, 1, 1]


def rated(now, mood="positive"):
    """An account that is used and liked by three people who matter."""
    account = make_account(at=now - 100 * DAY)
    for role in ("champion", "economic_buyer", "technical_owner"):
        person = make_persona(account, role, at=now - 100 * DAY)
        rate(person, at=now - 2 * DAY, by=None, strength="very_good", mood=mood)
    for key, value in (("frequency", 0.5), ("effectiveness", 0.9), ("breadth", 0.6)):
        measure(account, key, value, at=now - 2 * DAY)
    return account


def noted():
    return set(Signal.objects.values_list("kind", "code"))


def test_a_score_that_turns_for_the_worse_is_noted_at_its_moment(northwind, now):
    account = rated(now)
    services.rescore(account_ids=[account.pk], at=now)
    assert noted() == set()
    for person in account.personas.all():
        rate(person, at=now, by=None, strength="none", mood="negative")
    services.rescore(account_ids=[account.pk], at=now + HOUR)
    assert {("flag", "buyer_negative"), ("sentiment", "")} <= noted()
    assert {kind for kind, _code in noted()} >= {"flag", "band", "sentiment"}
    assert set(Signal.objects.values_list("at", flat=True)) == {now + HOUR}
    kept = Signal.objects.count()
    for person in account.personas.all():
        rate(person, at=now + 2 * HOUR, by=None, strength="very_good", mood="positive")
    services.rescore(account_ids=[account.pk], at=now + 3 * HOUR)
    assert Signal.objects.count() == kept


def test_nights_note_what_turned_and_not_again_what_the_day_before_noted(northwind, now):
    account = rated(now)
    services.take_snapshots(account_ids=[account.pk], at=now)
    assert noted() == set()
    escalate(account, at=now + HOUR)
    services.take_snapshots(account_ids=[account.pk], at=now + DAY)
    night = ScoreSnapshot.objects.latest("at").at
    assert Signal.objects.filter(at=night, kind="flag", code="critical_escalation").count() == 1
    services.take_snapshots(account_ids=[account.pk], at=now + DAY)
    assert Signal.objects.filter(kind="flag").count() == 1
    other = rated(now)
    services.rescore(account_ids=[other.pk], at=now)
    escalate(other, at=now + HOUR)
    services.rescore(account_ids=[other.pk], at=now + 2 * HOUR)
    services.take_snapshots(account_ids=[other.pk], at=now + DAY)
    mine = Signal.objects.filter(account=other, at__gt=now)
    assert set(mine.filter(kind="flag").values_list("at", flat=True)) == {now + 2 * HOUR}
