"""The rows behind each REST resource, tombstones included, with what their serializers read beside them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, Window

from accounts.models import (
    Account,
    AccountTeam,
    Case,
    Initiative,
    Outcome,
    Persona,
    PersonaTemplate,
    Step,
    Touch,
    TouchAttendee,
    Touchpoint,
)

IN_ALL = Window(Count("pk"))  # how many rows there are, on each of them, wherever a slice ends


def in_all(rows: Sequence[Any]) -> int:
    """How many there are of rows that were read with ``in_all=IN_ALL``, as dicts or not."""
    if not rows:
        return 0
    first = rows[0]
    return int(first["in_all"] if isinstance(first, dict) else first.in_all)


def account_rows() -> QuerySet[Account]:
    """Accounts with owner and team."""
    team = AccountTeam.objects.select_related("membership__user").order_by("membership__user__email")
    return Account.objects.select_related("owner__user").prefetch_related(Prefetch("team", queryset=team))


def persona_rows() -> QuerySet[Persona]:
    """Personas with their profile facts."""
    return Persona.objects.prefetch_related("profile")


def step_rows() -> QuerySet[Step]:
    """Steps with their owner."""
    return Step.objects.select_related("owner__user")


def case_rows() -> QuerySet[Case]:
    """Cases."""
    return Case.objects.all()


def initiative_rows() -> QuerySet[Initiative]:
    """Initiatives."""
    return Initiative.objects.all()


def outcome_rows() -> QuerySet[Outcome]:
    """Outcomes."""
    return Outcome.objects.all()


def touch_rows() -> QuerySet[Touch]:
    """Touches with who of ours had them and who was there."""
    there = TouchAttendee.objects.order_by("pk")
    return Touch.objects.select_related("owner__user").prefetch_related(Prefetch("attendees", queryset=there))


def persona_template_rows() -> QuerySet[PersonaTemplate]:
    """The tenant's persona templates in order, those switched off included."""
    return PersonaTemplate.objects.order_by("position", "key")


def touchpoint_rows() -> QuerySet[Touchpoint]:
    """The tenant's touchpoints in order, those switched off included."""
    return Touchpoint.objects.order_by("position", "key")
