"""What was said and done with customers: touches as pages list them, the last one of each account, and how each
touchpoint fares."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Touch, TouchAttendee, Touchpoint


@dataclass(frozen=True)
class TouchFilter:
    """Which touches: of an account, with a person (also under an entry merged into theirs), of a kind, at a
    touchpoint (its key), in a mode, had by a member. Empty is no filter."""

    account_id: UUID | None = None
    persona_id: UUID | None = None
    kind: str = ""
    touchpoint: str = ""
    mode: str = ""
    owner_id: UUID | None = None


@dataclass(frozen=True)
class LastTouch:
    """The newest touch of an account."""

    at: datetime
    kind: str


@dataclass(frozen=True)
class TouchpointUse:
    """A touchpoint, how many touches it had in a time, how many of them we began before anything went wrong, and at
    how many accounts."""

    touchpoint: Touchpoint
    touches: int
    proactive: int
    accounts: int


def touches(wanted: TouchFilter, *, at: datetime) -> QuerySet[Touch]:
    """The live touches until ``at``, with account, owner and who was there; in no order yet."""
    there = TouchAttendee.objects.select_related("persona").order_by("pk")
    found = Touch.objects.filter(deleted_at=None, account__deleted_at=None, at__lte=at)
    for name in ("account_id", "kind", "touchpoint", "mode", "owner_id"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.persona_id:
        person = Q(persona_id=wanted.persona_id) | Q(persona__merged_into_id=wanted.persona_id)
        found = found.filter(Exists(TouchAttendee.objects.filter(person, touch=OuterRef("pk"))))
    return found.select_related("account", "owner__user").prefetch_related(
        Prefetch("attendees", queryset=there)
    )


def last_touches(*, account_ids: Iterable[UUID], at: datetime) -> dict[UUID, LastTouch]:
    """The newest touch of each of these accounts until ``at``; one that never had any is absent. One statement."""
    rows = (
        Touch.objects.filter(account_id__in=list(account_ids), deleted_at=None, at__lte=at)
        .order_by("account_id", "-at")
        .distinct("account_id")
        .values_list("account_id", "at", "kind")
    )
    return {account_id: LastTouch(moment, kind) for account_id, moment, kind in rows}


def touchpoint_uses(*, since: datetime, until: datetime) -> list[TouchpointUse]:
    """Every touchpoint in order with its touches in this time: two statements."""
    counted = {
        row["touchpoint"]: row
        for row in Touch.objects.filter(deleted_at=None, at__gte=since, at__lte=until)
        .exclude(touchpoint="")
        .order_by()
        .values("touchpoint")
        .annotate(
            n=Count("pk"),
            proactive=Count("pk", filter=Q(mode=Touch.Mode.PROACTIVE)),
            accounts=Count("account", distinct=True),
        )
    }
    none = {"n": 0, "proactive": 0, "accounts": 0}
    return [
        TouchpointUse(touchpoint, used["n"], used["proactive"], used["accounts"])
        for touchpoint in Touchpoint.objects.order_by("position", "key")
        for used in [counted.get(touchpoint.key, none)]
    ]


def touchpoint_labels() -> dict[str, str]:
    """What each touchpoint is called, by key."""
    return dict(Touchpoint.objects.order_by("position", "key").values_list("key", "label"))
