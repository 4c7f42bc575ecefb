"""Usage as people look at it: an account's days, features and users, one person's habits, and what waits unmatched.

All days are those of the daily roll-up, in the tenant's time zone; the window is the 28 complete days before today.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from accounts.models import Account, Tenant
from accounts.scope import current_tenant
from health.models import TrackedUser, UsageDay, UsageEvent

WINDOW = dt.timedelta(days=28)
SHOWN = dt.timedelta(days=112)
TOP_USERS = 10


@dataclass(frozen=True)
class DayOfUsage:
    """How many users acted on one day, and how often."""

    day: dt.date
    users: int
    events: int


@dataclass(frozen=True)
class FeatureUse:
    """One feature in the window; an entitled feature that nobody used has no last day."""

    name: str
    entitled: bool
    people: int
    events: int
    last_on: dt.date | None


@dataclass(frozen=True)
class UserOfProduct:
    """One user in the window, by the key that the product sends; ``email`` in lower case, where it is known."""

    user_key: str
    email: str
    active_days: int
    events: int
    last_on: dt.date


@dataclass(frozen=True)
class AccountUsage:
    """All that the Usage tab shows. ``weekdays``: mean active users on Monday to Sunday of the window."""

    first_on: dt.date | None
    last_on: dt.date | None
    days: list[DayOfUsage]
    features: list[FeatureUse]
    top_users: list[UserOfProduct]
    weekdays: list[float]


@dataclass(frozen=True)
class PersonUsage:
    """What one user did in the window; ``last_on`` is ever."""

    active_days: int
    last_on: dt.date
    features: list[str]


def today_of_tenant(*, at: dt.datetime) -> dt.date:
    """The day that it is for the current tenant."""
    zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
    return at.astimezone(ZoneInfo(zone)).date()


def account_usage(*, account: Account, at: dt.datetime) -> AccountUsage:
    """The usage of one account, as known now."""
    today = today_of_tenant(at=at)
    rows = UsageDay.objects.filter(account_id=account.pk)
    ends = rows.aggregate(first=Min("day"), last=Max("day"))
    days = [
        DayOfUsage(**row)
        for row in rows.filter(day__gte=today - SHOWN, day__lt=today)
        .values("day")
        .annotate(users=Count("user_key", distinct=True), events=Sum("count"))
        .order_by("day")
    ]
    window = rows.filter(day__gte=today - WINDOW, day__lt=today)
    return AccountUsage(
        first_on=ends["first"],
        last_on=ends["last"],
        days=days,
        features=_features(window, entitled=set(account.entitlements)),
        top_users=_top_users(window),
        weekdays=_weekdays([day for day in days if day.day >= today - WINDOW]),
    )


def person_usage(*, account_id: object, user_key: str, at: dt.datetime) -> PersonUsage | None:
    """What the user with this key (an e-mail address, in any case) did at the account; None if never seen there.

    A user of a tracking library has this e-mail if an identify call said so, by every id that it was known by.
    """
    today = today_of_tenant(at=at)
    keys = Q(user_key__iexact=user_key) | Q(user_key__in=_keys_of(user_key.lower()))
    rows = UsageDay.objects.filter(keys, account_id=account_id)
    recent = Q(day__gte=today - WINDOW, day__lt=today)
    found = rows.aggregate(last_on=Max("day"), active_days=Count("day", distinct=True, filter=recent))
    if found["last_on"] is None:
        return None
    features = rows.filter(recent).values_list("feature", flat=True).distinct().order_by("feature")
    return PersonUsage(**found, features=list(features))


def unmatched_usage() -> QuerySet[UsageEvent]:
    """External ids of accounts that nobody knows, with how many events wait under each and their first and last.

    Rows are dicts: account_external_id, events, first_at, last_at; in the order of the id.
    """
    waiting: QuerySet[UsageEvent] = (
        UsageEvent.objects.filter(account_id=None)
        .exclude(account_external_id="")
        .values("account_external_id")
        .annotate(events=Count("pk"), first_at=Min("occurred_at"), last_at=Max("occurred_at"))
        .order_by("account_external_id")
    )
    return waiting


def _features(window: QuerySet[UsageDay], *, entitled: set[str]) -> list[FeatureUse]:
    used: dict[str, Any] = {
        row["feature"]: row
        for row in window.values("feature").annotate(
            people=Count("user_key", distinct=True), events=Sum("count"), last_on=Max("day")
        )
    }
    found = [
        FeatureUse(name, name in entitled, row["people"], row["events"], row["last_on"])
        for name, row in used.items()
    ]
    found += [FeatureUse(name, True, 0, 0, None) for name in entitled - used.keys()]
    return sorted(found, key=lambda feature: (-feature.people, -feature.events, feature.name))


def _top_users(window: QuerySet[UsageDay]) -> list[UserOfProduct]:
    rows = window.values("user_key").annotate(
        active_days=Count("day", distinct=True), events=Sum("count"), last_on=Max("day")
    )
    top = list(rows.order_by("-active_days", "-events", "user_key")[:TOP_USERS])
    emails = _emails_of([row["user_key"] for row in top])
    return [UserOfProduct(email=emails.get(row["user_key"], row["user_key"].lower()), **row) for row in top]


def _keys_of(email: str) -> QuerySet[TrackedUser]:
    """The ids under which tracking libraries know the user with this e-mail, as rows to look them up in."""
    own = TrackedUser.objects.filter(email=email).exclude(email="")
    former = Q(alias_of__in=own.values("user_key")) & ~Q(alias_of="")
    return TrackedUser.objects.filter(Q(pk__in=own.values("pk")) | former).values("user_key")


def _emails_of(user_keys: list[str]) -> dict[str, str]:
    """The e-mails of those users of whom a tracking library has told one, also by a former id."""
    told = TrackedUser.objects.filter(user_key__in=user_keys).values_list("user_key", "email", "alias_of")
    meant = {alias or key: key for key, _, alias in told}
    emails = {key: email for key, email, _ in told if email}
    later = TrackedUser.objects.filter(user_key__in=meant).exclude(email="") if meant else ()
    return emails | {meant[user.user_key]: user.email for user in later}


def _weekdays(days: list[DayOfUsage]) -> list[float]:
    weeks = WINDOW.days // 7
    return [sum(day.users for day in days if day.day.weekday() == weekday) / weeks for weekday in range(7)]
