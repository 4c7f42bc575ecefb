"""Moments of people: those that are remembered most. Memory keeps the peak and the end, so these two are pinned."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from accounts.tenancy import TenantQuerySet
from relationships.models import Moment

SHOWN = 20


@dataclass(frozen=True)
class Remembered:
    """Moments of a person, newest first, and the two that count most: ``peak``, the strongest (the later of two equal
    ones), and ``latest``; None without any."""

    moments: list[Moment] = field(default_factory=list)

    @property
    def peak(self) -> Moment | None:
        return max(self.moments, key=lambda one: (weight(one), one.happened_at), default=None)

    @property
    def latest(self) -> Moment | None:
        return self.moments[0] if self.moments else None


def weight(moment: Moment) -> int:
    """How much of a moment stays: valence (size alone) times intensity, 0..6."""
    return abs(moment.valence) * moment.intensity


def moment_rows() -> TenantQuerySet:
    """Moments, tombstones included."""
    rows: TenantQuerySet = Moment.objects.all()
    return rows


def remembered(*, persona_ids: Iterable[UUID], at: dt.datetime) -> dict[UUID, Remembered]:
    """What each of these people remembers of us until ``at``; who has no moment is absent. One statement."""
    rows = Moment.objects.filter(
        persona_id__in=list(persona_ids), deleted_at=None, happened_at__lte=at
    ).order_by("-happened_at", "-pk")
    found: dict[UUID, Remembered] = {}
    for moment in rows:
        found.setdefault(moment.persona_id, Remembered()).moments.append(moment)
    return found
