"""Touches over all accounts, by touchpoint, kind, mode and the stage the account stood in; and how each touchpoint fares.

A constant number of statements, whatever the number of touches.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate

from accounts import selectors as accounts
from accounts.models import Actor, Persona, Tenant, Touch
from csplatform.selectors.entries import Entry, touch_entry
from journeys import selectors as journeys
from relationships import selectors as relationships

PAGE = 40
QUARTER = dt.timedelta(days=90)


@dataclass(frozen=True)
class Use(accounts.TouchpointUse):
    """How a touchpoint was used, and what was felt there."""

    felt: relationships.Felt


@dataclass(frozen=True)
class TouchesPage:
    """One page of touches, where older ones follow, and each touchpoint's use in the last 90 days; the choices of the
    filters as (value, words)."""

    entries: list[Entry]
    older: str
    uses: list[Use]
    stages: list[tuple[str, str]]
    owners: list[tuple[str, str]]


def touches_page(
    *,
    actor: Actor,
    wanted: accounts.TouchFilter,
    stage: UUID | None,
    before: tuple[dt.datetime, UUID] | None,
    at: dt.datetime,
) -> TouchesPage:
    """The page of all touches, newest first."""
    found = accounts.touches(wanted, at=at)
    if stage:
        found = in_stage_then(found, stage_id=stage, tenant=actor.tenant, at=at)
    rows = _newest(found, before, PAGE + 1)
    uses = touchpoint_uses(since=at - QUARTER, until=at)
    labels = {use.touchpoint.key: use.touchpoint.label for use in uses}
    members = accounts.members(tenant_id=actor.tenant_id)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return TouchesPage(
        entries=[touch_entry(touch, labels) for touch in rows[:PAGE]],
        older=f"{last.at.astimezone(dt.UTC).isoformat().replace('+00:00', 'Z')}~{last.pk}" if last else "",
        uses=uses,
        stages=[(str(one.pk), one.name) for one in journeys.stages()],
        owners=[(str(member.pk), str(member.user)) for member in members],
    )


def in_stage_then(
    found: QuerySet[Touch], *, stage_id: UUID, tenant: Tenant, at: dt.datetime
) -> QuerySet[Touch]:
    """Those of these touches whose account stood in a stage on their day."""
    found = found.annotate(day=TruncDate("at", tzinfo=ZoneInfo(tenant.time_zone)))
    return found.filter(journeys.stood_in(stage_id=stage_id, account="account", day="day", at=at))


def touchpoint_uses(*, since: dt.datetime, until: dt.datetime) -> list[Use]:
    """How each touchpoint fared in this time, in their order: three statements."""
    felt = relationships.felt_at_touchpoints(since=since, until=until)
    return [
        Use(**vars(one), felt=felt.get(one.touchpoint.key, relationships.Felt()))
        for one in accounts.touchpoint_uses(since=since, until=until)
    ]


def person_touches(
    *, persona_id: UUID, kind: str = "", touchpoint: str = "", at: dt.datetime, most: int = 10
) -> tuple[list[Entry], list[tuple[str, str]]]:
    """The newest touches with a person, and the touchpoints they may be narrowed to."""
    wanted = accounts.TouchFilter(persona_id=persona_id, kind=kind, touchpoint=touchpoint)
    labels = accounts.touchpoint_labels()
    rows = _newest(accounts.touches(wanted, at=at), None, most)
    return [touch_entry(touch, labels) for touch in rows], list(labels.items())


def _newest(found: QuerySet[Touch], before: tuple[dt.datetime, UUID] | None, most: int) -> list[Touch]:
    if before is not None:
        found = found.filter(Q(at__lt=before[0]) | Q(at=before[0], pk__lt=before[1]))
    return list(found.order_by("-at", "-pk")[:most])


class NoTouch(LookupError):
    """The account has no such touch, or it was removed."""


def touch_of(account_id: UUID, touch_id: UUID) -> Touch:
    """One touch with who was there. Raises NoTouch."""
    touch = accounts.touch_rows().filter(pk=touch_id, account_id=account_id, deleted_at=None).first()
    if touch is None:
        raise NoTouch(str(touch_id))
    return touch


def who_may_be_there(
    people: Collection[Persona], there: Collection[UUID], today: dt.date, most: int = 40
) -> list[Persona]:
    """Whom a form about a touch lists: who was there, then those who count and work there now, the weightiest first;
    everyone else up to ``most``."""
    present = [person for person in people if person.left_on is None or person.left_on > today]
    rank = {role: place for place, role in enumerate(Persona.Role.values)}
    ordered = sorted(
        {*present, *(person for person in people if person.pk in there)},
        key=lambda one: (one.pk not in there, not one.tracked, rank[one.role], one.name),
    )
    return ordered[: max(most, len(there))]
