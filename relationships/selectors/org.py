"""Who stands how to whom at an account on a day: edges and pairings, with the touches behind them.

What was said of a persona that was merged into another is said of the one that remains; what names somebody who is
gone is left out. Every read costs a constant number of statements.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Persona, PersonaFact, Tenant
from accounts.scope import current_tenant
from relationships.models import Edge, Pairing

QUIET = timedelta(days=90)
# Whom one of ours should be paired with.
EXECUTIVES = ("executive_sponsor", "economic_buyer", "decision_maker")


def edge_list() -> QuerySet[Edge]:
    """Edges with the personas that they name."""
    rows: QuerySet[Edge] = Edge.objects.select_related("persona", "target")
    return rows


def pairing_list() -> QuerySet[Pairing]:
    """Pairings with the persona and the member."""
    rows: QuerySet[Pairing] = Pairing.objects.select_related("persona", "member__user")
    return rows


@dataclass(frozen=True)
class Standing:
    """An edge as it is drawn: between the personas that remain. ``open`` holds still."""

    id: UUID
    source: UUID
    target: UUID
    kind: str
    strength: int
    from_on: date
    until_on: date | None

    @property
    def open(self) -> bool:
        return self.until_on is None


def account_edges(*, account_id: UUID) -> list[Standing]:
    """Every edge that ever was between two personas of an account, the newest first. One query."""
    here = Q(persona__account_id=account_id, target__account_id=account_id)
    return _standing(edge_list().filter(here))


def persona_edges(*, persona_id: UUID) -> list[Standing]:
    """Every edge from or to a persona, also under a name that was merged into it, the newest first. One query."""
    mine = Q(persona_id=persona_id) | Q(target_id=persona_id)
    merged = Q(persona__merged_into_id=persona_id) | Q(target__merged_into_id=persona_id)
    return _standing(edge_list().filter(mine | merged))


def _standing(rows: QuerySet[Edge]) -> list[Standing]:
    found: dict[Any, Standing] = {}
    for row in rows.filter(deleted_at=None).order_by("-from_on", "-pk"):
        source, target = remaining(row.persona), remaining(row.target)
        if source is None or target is None or source == target:
            continue
        key = (source, target, row.kind, row.from_on, row.until_on)  # two that became one say the same once
        found.setdefault(
            key, Standing(row.pk, source, target, row.kind, row.strength, row.from_on, row.until_on)
        )
    return list(found.values())


def remaining(persona: Persona) -> UUID | None:
    """The persona that stands for this one; None where nobody does."""
    if persona.merged_into_id is not None:
        merged: UUID = persona.merged_into_id
        return merged
    return persona.pk if persona.deleted_at is None else None


def holds_on(row: Any, day: date) -> bool:
    """Whether an edge or a pairing holds on a day."""
    return bool(row.from_on <= day and (row.until_on is None or row.until_on > day))


@dataclass(frozen=True)
class Paired:
    """One of ours beside one of theirs. ``last_at``: when the two last spoke, ``anyone_at`` when anybody of ours did."""

    id: UUID
    persona_id: UUID
    member_id: UUID
    member: str
    from_on: date
    until_on: date | None
    last_at: datetime | None
    anyone_at: datetime | None

    def quiet(self, at: datetime) -> bool:
        """Whether the two have not spoken for 90 days."""
        return self.last_at is None or at - self.last_at > QUIET


@dataclass(frozen=True)
class Contact:
    """The touches of one of theirs: the last one with each of ours (None: nobody named), how many in a year."""

    last: Mapping[UUID | None, datetime]
    year: int

    @property
    def last_at(self) -> datetime:
        return max(self.last.values())


TOUCHED = """SELECT coalesce(p.merged_into_id, p.id), t.owner_id, max(t.at), count(*) FILTER (WHERE t.at > %(year)s)
FROM accounts_persona p
JOIN accounts_touchattendee d ON d.tenant_id = %(tenant)s AND d.persona_id = p.id
JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = d.touch_id AND t.deleted_at IS NULL AND t.at <= %(at)s
WHERE p.tenant_id = %(tenant)s AND (p.account_id = ANY(%(accounts)s) OR p.id = ANY(%(personas)s))
GROUP BY 1, 2"""


def contacts(
    *, account_ids: Collection[UUID] = (), persona_ids: Collection[UUID] = (), at: datetime
) -> dict[UUID, Contact]:
    """The touches of the personas of these accounts, or of these personas, up to a moment; the untouched are absent."""
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "accounts": list(account_ids),
        "personas": list(persona_ids),
        "at": at,
        "year": at - timedelta(days=365),
    }
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, params)
        rows = cursor.fetchall()
    last: dict[UUID, dict[UUID | None, datetime]] = {}
    year: dict[UUID, int] = {}
    for persona_id, owner_id, moment, count in rows:
        last.setdefault(persona_id, {})[owner_id] = moment
        year[persona_id] = year.get(persona_id, 0) + count
    return {persona_id: Contact(moments, year[persona_id]) for persona_id, moments in last.items()}


def account_pairings(*, account_id: UUID, touched: Mapping[UUID, Contact]) -> list[Paired]:
    """Every pairing that ever was at an account, the newest first. One query."""
    rows = pairing_list().filter(persona__account_id=account_id, deleted_at=None)
    return paired_rows(rows.order_by("-from_on", "-pk"), touched)


def paired_rows(rows: Iterable[Pairing], touched: Mapping[UUID, Contact]) -> list[Paired]:
    """Pairings of personas that remain, with their touches."""
    found = []
    for row in rows:
        persona_id = remaining(row.persona)
        if persona_id is None:
            continue
        contact = touched.get(persona_id)
        found.append(
            Paired(
                id=row.pk,
                persona_id=persona_id,
                member_id=row.member_id,
                member=str(row.member.user),
                from_on=row.from_on,
                until_on=row.until_on,
                last_at=contact.last.get(row.member_id) if contact else None,
                anyone_at=contact.last_at if contact else None,
            )
        )
    return found


def last_contacts(ids: Iterable[UUID], *, at: datetime, today: date) -> dict[UUID, datetime]:
    """When the two of each of these pairings last spoke; those who never did are absent. Two queries."""
    rows = list(pairing_list().filter(pk__in=list(ids)))
    touched = contacts(persona_ids=[row.persona_id for row in rows], at=at)
    return {pair.id: pair.last_at for pair in paired_rows(rows, touched) if pair.last_at is not None}


@dataclass(frozen=True)
class Gap:
    """What is missing between our executives and theirs: ``unpaired`` (nobody of ours) or ``quiet`` (not spoken for 90
    days, or never: then ``last_at`` is None)."""

    kind: str
    account_id: UUID
    account: str
    owner_id: UUID | None
    persona_id: UUID
    persona: str
    role: str
    member_id: UUID | None
    member: str
    last_at: datetime | None


GAPS = """WITH theirs AS MATERIALIZED (
    SELECT p.id, p.name, p.role, p.tracked, p.account_id, a.name AS account, a.owner_id, a.arr
    FROM accounts_persona p
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id AND a.deleted_at IS NULL
        AND a.status IN ('active', 'trial')
    WHERE p.tenant_id = %(tenant)s AND p.deleted_at IS NULL
        AND (p.left_on IS NULL OR p.left_on > %(today)s)
        AND (%(accounts)s IS NULL OR p.account_id = ANY(%(accounts)s::uuid[]))
        AND (%(owner)s IS NULL OR a.owner_id = %(owner)s)
), pairs AS (
    SELECT t.id AS persona_id, r.member_id
    FROM theirs t
    JOIN accounts_persona m ON m.tenant_id = %(tenant)s AND (m.id = t.id OR m.merged_into_id = t.id)
    JOIN relationships_pairing r ON r.tenant_id = %(tenant)s AND r.persona_id = m.id AND r.deleted_at IS NULL
        AND r.from_on <= %(today)s AND (r.until_on IS NULL OR r.until_on > %(today)s)
    GROUP BY 1, 2
), spoken AS (
    SELECT p.persona_id, p.member_id, max(x.at) AS last_at
    FROM pairs p
    LEFT JOIN LATERAL (
        SELECT t.at FROM accounts_touchattendee d
        JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = d.touch_id AND t.deleted_at IS NULL
            AND t.owner_id = p.member_id AND t.at <= %(at)s
        WHERE d.tenant_id = %(tenant)s AND d.persona_id = p.persona_id
    ) x ON true
    GROUP BY 1, 2
)
SELECT CASE WHEN s.persona_id IS NULL THEN 'unpaired' ELSE 'quiet' END, t.account_id, t.account, t.owner_id, t.id,
    t.name, t.role, s.member_id, coalesce(nullif(u.name, ''), u.email, ''), s.last_at
FROM theirs t
LEFT JOIN spoken s ON s.persona_id = t.id
LEFT JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.id = s.member_id
LEFT JOIN accounts_user u ON u.id = m.user_id
WHERE (s.persona_id IS NULL AND t.tracked AND t.role = ANY(%(roles)s))
    OR (s.persona_id IS NOT NULL AND (s.last_at IS NULL OR s.last_at < %(before)s))
ORDER BY t.arr DESC NULLS LAST, t.account, t.name, t.id, s.member_id LIMIT %(limit)s"""


def pairing_gaps(
    *,
    tenant: Tenant,
    at: datetime,
    account_ids: Collection[UUID] | None = None,
    owner_id: UUID | None = None,
    limit: int = 1000,
) -> list[Gap]:
    """Executives of live accounts without one of ours, and pairs who have not spoken for 90 days; the accounts that are
    worth most first. One query."""
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "at": at,
        "today": at.astimezone(ZoneInfo(tenant.time_zone)).date(),
        "before": at - QUIET,
        "roles": list(EXECUTIVES),
        "accounts": None if account_ids is None else [str(one) for one in account_ids],
        "owner": owner_id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(GAPS, params)
        return [Gap(*row) for row in cursor.fetchall()]


def people_on(*, persona_ids: Collection[UUID], day: date, tenant: Tenant) -> dict[UUID, dict[str, Any]]:
    """Role, title, reports_to and influence of each of these people at the end of a day, as we know it today. One query."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(tenant.time_zone))
    rows = (
        PersonaFact.objects.filter(
            persona_id__in=persona_ids,
            key__in=("role", "title", "reports_to", "influence"),
            effective_at__lt=end,
        )
        .order_by("persona_id", "key", "-effective_at", "-recorded_at", "-pk")
        .distinct("persona_id", "key")
        .values_list("persona_id", "key", "value")
    )
    found: dict[UUID, dict[str, Any]] = {}
    for persona_id, key, value in rows:
        found.setdefault(persona_id, {})[key] = UUID(value) if key == "reports_to" and value else value
    return found
