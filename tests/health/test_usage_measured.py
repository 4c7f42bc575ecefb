"""What usage says of an account: the measures that its days give, as they were known."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Account
from health import selectors
from health.models import UsageDay
from tests.health.builders import DAY, close, flags_of, heard, make_account, measure


def use(
    account: Account, day: dt.date, users: int, recorded_at: dt.datetime, feature: str = "boards"
) -> None:
    UsageDay.objects.bulk_create(
        [
            UsageDay(account_id=account.pk, day=day, user_key=f"u{n}", feature=feature, count=1, recorded_at=recorded_at)
            for n in range(users)
        ]
    )  # fmt: skip


@pytest.fixture
def used(northwind, now):
    """Six of ten seats and one of two features used on every day of the last 120, in a live feed."""
    account = make_account(at=now - 130 * DAY, seats=10, entitlements=["boards", "reports"])
    for ago in range(1, 121):
        use(account, (now - ago * DAY).date(), 6, now - ago * DAY)
    heard(account, now - dt.timedelta(hours=12))
    return account


def usage_of(account: Account, at: dt.datetime) -> dict[str, float | None]:
    rows = {row["key"]: row["raw"] for row in selectors.health(account.pk, at=at)["measures"]}
    return {key: rows[key] for key in ("frequency", "breadth", "trend")}


def test_usage_is_read_from_28_complete_days_and_the_three_windows_before(used, now):
    assert usage_of(used, now) == {"frequency": 0.6, "breadth": 0.5, "trend": 0.0}
    row = {row["key"]: row for row in selectors.health(used.pk, at=now)["measures"]}["frequency"]
    assert row["age_days"] == close(0.5)


def test_usage_that_becomes_known_late_counts_from_now_on_only(used, now):
    use(used, (now - 2 * DAY).date(), 1, now, feature="reports")
    assert usage_of(used, now)["breadth"] == 1.0
    assert usage_of(used, now - dt.timedelta(seconds=1))["breadth"] == 0.5


def test_usage_sent_by_api_wins_if_it_is_newer_than_the_feed(used, now):
    measure(used, "frequency", 0.2, at=now - dt.timedelta(hours=13))
    assert usage_of(used, now)["frequency"] == 0.6
    measure(used, "frequency", 0.3, at=now - dt.timedelta(hours=1))
    assert usage_of(used, now)["frequency"] == 0.3


def test_usage_of_many_nights_at_once_is_the_usage_of_each(used, now):
    for ago, feature in ((40, "reports"), (3, "boards"), (90, "reports")):
        use(
            used, (now - ago * DAY).date(), 8, now - (ago // 2) * DAY, feature=feature if ago != 3 else "late"
        )
    new = make_account(at=now - 60 * DAY, seats=4, entitlements=["boards"])
    for ago in (50, 20, 19, 2):
        use(new, (now - ago * DAY).date(), 2, now - ago * DAY)
    moments = [now - ago * DAY for ago in range(70, -1, -1)]
    zones = selectors.read_zones()
    pairs = [(account.pk, moment) for moment in moments for account in (used, new)]
    together = selectors.assess_cases(selectors.make_cases(pairs, zones))[0]
    for i in range(0, len(pairs), 7):
        alone = selectors.assess_cases(selectors.make_cases([pairs[i]], zones))[0]
        for one, other in zip(together.result.readings[:4], alone.result.readings[:4], strict=True):
            assert one.raw[i] == pytest.approx(other.raw[0], nan_ok=True), pairs[i]


def test_a_silent_account_in_a_live_feed_is_evidence_of_no_use(northwind, now):
    silent = make_account(at=now - 300 * DAY, seats=10, entitlements=["boards"])
    use(silent, (now - 200 * DAY).date(), 3, now - 200 * DAY)
    heard(make_account(at=now, name="Loud"), now - DAY)
    rows = {row["key"]: row for row in selectors.health(silent.pk, at=now)["measures"]}
    assert (rows["frequency"]["raw"], rows["frequency"]["evidence"]) == (0, 1)


def test_an_account_in_its_first_28_days_is_not_live(northwind, now):
    fresh = make_account(at=now - 20 * DAY, seats=10)
    use(fresh, (now - 10 * DAY).date(), 3, now - 10 * DAY)
    heard(fresh, now - DAY)
    health = selectors.health(fresh.pk, at=now)
    assert "not_live" in flags_of(health)
    assert usage_of(fresh, now) == {"frequency": None, "breadth": None, "trend": None}
