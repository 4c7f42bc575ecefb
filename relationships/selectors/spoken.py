"""Who speaks for a person, and what they say: one row per person, in one query whatever their number.

Per facet the newest rating by the account's owner speaks if it is within 120 days, else the newest by anyone (the
model's section 1). What was withdrawn, or not yet recorded at the moment asked for, is not heard.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona, Tenant
from accounts.scope import current_tenant, reader
from accounts.selectors import planned
from health import selectors as health
from relationships.formulas import gap
from relationships.models import Sentiment

OWNER_SPEAKS = timedelta(days=120)
DUE_AFTER = timedelta(
    days=30
)  # from here on a rating loses evidence: the grace of relationship and sentiment
FRESH = timedelta(hours=1)  # so long a key takes a rating back that was not said on this page
STALE_AFTER = timedelta(days=120)  # half of its evidence is gone, and its owner no longer speaks by right
ROLE_LABELS = dict(Persona.Role.choices)
SENTIMENT_LABELS = dict(Sentiment.choices)
FACET_LABELS = (("brand", _("Brand")), ("product", _("Product")), ("service", _("Service")))

# What was said of a merged person, or of a person of a merged account, is never rewritten: it is said of the one that
# remains, where they are now. Whom a rating may name when it means one of ``people``, and which account. Two people are
# one from when they were merged; whoever came along with an account was always the same. Hardly anybody is merged, and
# the index knows who: it is asked first, so that nobody else is looked at.
SELVES = """
    homes AS MATERIALIZED (
        SELECT f.id, f.merged_into_id FROM accounts_account f
        WHERE f.tenant_id = %(tenant)s AND f.merged_into_id IS NOT NULL
    ),
    selves AS MATERIALIZED (
        SELECT id, account_id, owner_id, id AS said_of FROM people
        UNION ALL
        SELECT people.id, people.account_id, people.owner_id, m.id
        FROM people
        JOIN accounts_persona m
          ON m.tenant_id = %(tenant)s AND m.merged_into_id IS NOT NULL AND m.merged_into_id = people.id
            AND m.deleted_at <= %(at)s
    )"""
SAID_HERE = """(r.account_id = selves.account_id
                 OR (r.account_id, selves.account_id) IN (SELECT id, merged_into_id FROM homes))"""
FENCE = "OFFSET 0"  # keeps the part it ends on the index of the person, whatever the planner believes of the table
# Parts are materialised: on tables without statistics the planner would else run them once per person.
# Ratings as they were known at a moment, one row per part that was said. Needs the relation ``selves``, and {fence}: what
# FENCE says where people are few, else nothing.
SAID = (
    """
    said AS MATERIALIZED (
        SELECT selves.id AS persona_id, selves.account_id, selves.owner_id, part.facet, part.value, r.rated_at,
               r.recorded_at, r.id, r.rated_by_id, r.driver, r.area, r.note, r.confidence,
               coalesce(r.rated_by_id = selves.owner_id AND r.rated_at >= %(owner_from)s, false) AS by_owner
        FROM selves
        CROSS JOIN LATERAL (
            SELECT * FROM relationships_rating r
            WHERE r.tenant_id = %(tenant)s AND r.persona_id = selves.said_of AND """
    + SAID_HERE
    + """ {fence}
        ) r
        CROSS JOIN LATERAL (VALUES ('strength', r.strength), ('brand', r.sentiment_brand),
            ('product', r.sentiment_product), ('service', r.sentiment_service), ('observed', r.observed))
            part (facet, value)
        WHERE part.value IS NOT NULL AND r.rated_at <= %(at)s AND r.recorded_at <= %(at)s
          AND (selves.id <> ALL(%(withheld)s::uuid[]) OR r.rated_by_id = %(reader)s)
          AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
                          WHERE w.tenant_id = %(tenant)s AND w.rating_id = r.id AND w.recorded_at <= %(at)s)
    )"""
)

PEOPLE = """
    people AS MATERIALIZED (
        SELECT p.id, p.account_id, p.name, p.title, p.role, p.influence, p.tracked,
               a.name AS account_name, a.owner_id
        FROM accounts_persona p
        JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id
        WHERE p.tenant_id = %(tenant)s AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
          AND a.deleted_at IS NULL AND {condition}
    )"""

# Since when each account has its owner: what others said before is taken over.
SINCE = """
    since AS MATERIALIZED (
        SELECT DISTINCT ON (f.account_id) f.account_id, f.effective_at
        FROM accounts_accountfact f
        WHERE f.tenant_id = %(tenant)s AND f.key = 'owner' AND f.effective_at <= %(at)s
          AND f.recorded_at <= %(at)s AND f.account_id IN (SELECT account_id FROM people)
        ORDER BY f.account_id, f.effective_at DESC, f.recorded_at DESC, f.id DESC
    )"""

# In this order people stand wherever nothing else is asked for.
IN_ORDER = """lower(people.account_name), people.account_id, people.tracked DESC,
             array_position(%(roles)s, people.role::text), people.name, people.id"""

SPOKEN = (
    "WITH"
    + PEOPLE
    + ","
    + SELVES
    + ","
    + SAID
    + """,
    newest AS (
        SELECT said.*, first_value(id) OVER last AS last_id, first_value(driver) OVER last AS last_driver,
               first_value(area) OVER last AS last_area,
               first_value(rated_by_id) OVER last AS last_by_id,
               first_value(recorded_at) OVER last AS last_recorded_at,
               first_value(note) OVER (PARTITION BY persona_id
                   ORDER BY note = '', rated_at DESC, recorded_at DESC, id DESC) AS last_note,
               first_value(confidence) OVER (PARTITION BY persona_id
                   ORDER BY confidence IS NULL, rated_at DESC, recorded_at DESC, id DESC) AS last_confidence
        FROM said
        WINDOW last AS (PARTITION BY persona_id ORDER BY rated_at DESC, recorded_at DESC, id DESC)
    ),
    spoken AS (
        SELECT DISTINCT ON (persona_id, facet) * FROM newest
        ORDER BY persona_id, facet, by_owner DESC, rated_at DESC, recorded_at DESC, id DESC
    ),
    """
    + SINCE
    + """,
    heard AS MATERIALIZED (
        SELECT s.persona_id,
               max(s.value) FILTER (WHERE s.facet = 'strength') AS strength,
               max(s.value) FILTER (WHERE s.facet = 'brand') AS brand,
               max(s.value) FILTER (WHERE s.facet = 'product') AS product,
               max(s.value) FILTER (WHERE s.facet = 'service') AS service,
               max(s.value) FILTER (WHERE s.facet = 'observed') AS observed,
               max(s.rated_at) FILTER (WHERE s.facet = 'observed') AS observed_at,
               (array_agg(s.id) FILTER (WHERE s.facet = 'observed'))[1] AS observed_id,
               max(s.rated_at) FILTER (WHERE s.facet <> 'observed') AS rated_at,
               min(s.rated_at) FILTER (WHERE s.facet <> 'observed') AS oldest_at,
               (array_agg(s.rated_by_id ORDER BY s.rated_at DESC, s.recorded_at DESC, s.id DESC)
                   FILTER (WHERE s.facet <> 'observed'))[1] AS rater_id,
               bool_or(s.rated_at < since.effective_at AND s.rated_by_id IS DISTINCT FROM s.owner_id)
                   FILTER (WHERE s.facet <> 'observed') AS inherited,
               array_agg(s.facet ORDER BY s.facet) FILTER (WHERE s.facet <> 'observed' AND (s.rated_at < %(due_before)s
                   OR s.rated_at < since.effective_at AND s.rated_by_id IS DISTINCT FROM s.owner_id)) AS past,
               (array_agg(s.last_id))[1] AS last_id, (array_agg(s.last_driver))[1] AS driver,
               (array_agg(s.last_area))[1] AS area,
               (array_agg(s.last_note))[1] AS note, (array_agg(s.last_confidence))[1] AS confidence,
               (array_agg(s.last_by_id))[1] AS last_by_id,
               (array_agg(s.last_recorded_at))[1] AS last_recorded_at
        FROM spoken s
        LEFT JOIN since ON since.account_id = s.account_id AND s.owner_id IS NOT NULL
        GROUP BY s.persona_id
    )
    SELECT people.id, people.account_id, people.name, people.title, people.role, people.influence,
           people.tracked, people.account_name, people.owner_id,
           coalesce(nullif(ou.name, ''), ou.email, '') AS owner, heard.strength,
           heard.brand, heard.product, heard.service, heard.rated_at, heard.oldest_at, heard.rater_id,
           u.name AS rater_name, u.email AS rater_email, coalesce(heard.inherited, false) AS inherited, heard.past,
           heard.last_id, heard.driver, d.label AS driver_label, heard.area, pa.label AS area_label,
           heard.note, heard.last_by_id, heard.last_recorded_at, heard.confidence, heard.observed, heard.observed_at,
           (SELECT array_agg(g.label ORDER BY g.position, g.key)
            FROM relationships_rating o
            JOIN relationships_sign g ON g.tenant_id = %(tenant)s AND g.key = ANY(o.signs)
            WHERE o.tenant_id = %(tenant)s AND o.id = heard.observed_id) AS signs
    FROM people
    LEFT JOIN heard ON heard.persona_id = people.id
    LEFT JOIN relationships_driver d ON d.tenant_id = %(tenant)s AND d.key = heard.driver
    LEFT JOIN relationships_productarea pa ON pa.tenant_id = %(tenant)s AND pa.key = heard.area
    LEFT JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.id = heard.rater_id
    LEFT JOIN accounts_user u ON u.id = m.user_id
    LEFT JOIN accounts_membership om ON om.tenant_id = %(tenant)s AND om.id = people.owner_id
    LEFT JOIN accounts_user ou ON ou.id = om.user_id
    ORDER BY """
    + IN_ORDER
)


@dataclass(frozen=True)
class RatedPerson:
    """One person and what is said of them now; a part nobody rated is None.

    ``rated_at`` is the newest of the parts that speak, ``oldest_at`` the oldest, ``past`` names those that are past
    their grace or taken over; ``last_*`` is the newest rating by anyone, with the driver and its product area carried to
    it; ``note`` is the newest note that anyone wrote, ``confidence`` the newest word of how sure they were. ``observed``
    is what the newest signs lean to, ``signs`` their labels: beside the stated, never in the score.
    """

    id: UUID
    account_id: UUID
    name: str
    title: str
    role: str
    influence: int | None
    tracked: bool
    account_name: str
    owner_id: UUID | None
    owner: str
    strength: str | None
    brand: str | None
    product: str | None
    service: str | None
    rated_at: datetime | None
    oldest_at: datetime | None
    rater_id: UUID | None
    rater_name: str | None
    rater_email: str | None
    inherited: bool
    past: list[str] | None
    last_id: UUID | None
    driver: str | None
    driver_label: str | None
    area: str | None
    area_label: str | None
    note: str | None
    last_by_id: UUID | None
    last_recorded_at: datetime | None
    confidence: str | None
    observed: str | None
    observed_at: datetime | None
    signs: list[str] | None
    at: datetime

    @cached_property
    def overall(self) -> str | None:
        return overall(self.brand, self.product, self.service)

    @property
    def sentiment(self) -> dict[str, str | None]:
        return {
            "brand": self.brand,
            "product": self.product,
            "service": self.service,
            "overall": self.overall,
        }

    @cached_property
    def mixed(self) -> bool:
        """Whether the facets differ, so that one word does not say it."""
        return len({self.brand, self.product, self.service}) > 1

    @property
    def rated(self) -> bool:
        return self.rated_at is not None

    @property
    def complete(self) -> bool:
        """Whether strength and every facet have been rated."""
        return None not in (self.strength, self.brand, self.product, self.service)

    @property
    def stale(self) -> bool:
        return self.oldest_at is not None and self.at - self.oldest_at > STALE_AFTER

    @property
    def due(self) -> bool:
        """Whether to rate again: something unrated, taken over from a former owner, or past its grace."""
        return not self.complete or self.inherited or self.at - (self.oldest_at or self.at) > DUE_AFTER

    @property
    def still_due(self) -> list[tuple[str, str]]:
        """What of it is due, and why, in words: (the part, the reason) for strength and for sentiment."""
        halves = ((_("strength"), {"strength"}), (_("sentiment"), {"brand", "product", "service"}))
        found = []
        for name, parts in halves:
            if any(getattr(self, part) is None for part in parts):
                found.append((str(name), str(_("%(part)s not rated") % {"part": name})))
            elif parts & {*(self.past or ())}:
                found.append((str(name), str(_("%(part)s to rate again") % {"part": name})))
        return found

    @property
    def fresh(self) -> bool:
        """Whether the newest rating was recorded just now."""
        return self.last_recorded_at is not None and self.at - self.last_recorded_at <= FRESH

    @property
    def gap(self) -> int:
        """How many levels what they show lies above what they are said to feel; 0 too where either is unknown, or the
        signs are older than 120 days."""
        if self.observed_at is None or self.at - self.observed_at > STALE_AFTER:
            return 0
        return gap(self.overall, self.observed) or 0

    @property
    def diverges(self) -> bool:
        """Whether what they show contradicts what they are said to feel."""
        return self.gap != 0

    @property
    def advocate(self) -> bool:
        """Whether they would speak well of us: very good and positive, by a word that is not stale, and nothing that
        they show says otherwise."""
        said = self.strength == "very_good" and self.overall == "positive"
        return said and not self.stale and self.gap >= 0

    @property
    def attention(self) -> int:
        """How far before others they go among those who are due: who shows worse than they say comes first."""
        return 2 if self.gap < 0 else 1 if self.gap > 0 else 0

    @property
    def observed_label(self) -> str:
        return str(SENTIMENT_LABELS[self.observed]) if self.observed else ""

    @property
    def overall_label(self) -> str:
        return str(SENTIMENT_LABELS[self.overall]) if self.overall else ""

    @cached_property
    def facets(self) -> list[tuple[str, str, str | None, str]]:
        """(facet, its name, what is said of it or None, that in words) for brand, product and service."""
        return [
            (facet, str(name), value, str(SENTIMENT_LABELS[value] if value else _("Not rated")))
            for (facet, name), value in zip(
                FACET_LABELS, (self.brand, self.product, self.service), strict=True
            )
        ]

    @property
    def role_label(self) -> str:
        return str(ROLE_LABELS[self.role])

    @property
    def rater(self) -> str:
        return self.rater_name or self.rater_email or ""


def overall(*facets: str | None) -> str | None:
    """The overall sentiment: negative if any facet is, else positive if any is, else neutral; None if unrated."""
    said = [facet for facet in facets if facet]
    for word in ("negative", "positive", "neutral"):
        if word in said:
            return word
    return None


def veil() -> dict[str, Any]:
    """What SAID asks of the reader: who they are, and of whom they may hear nobody else yet."""
    who = reader()
    return {"reader": who.member_id, "withheld": health.sql_array(who.people)}


def local_day(*, tenant: Tenant, at: datetime) -> date:
    """The day it is at the tenant."""
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()


def people_where(condition: str, *, at: datetime, few: bool = False, **params: Any) -> list[RatedPerson]:
    """The people that a SQL condition on ``p`` (persona) and ``a`` (account) names, with what is said of them; ``few``
    where they are those of one account, and the condition is always the same."""
    sql = SPOKEN.replace("{condition}", condition).replace("{fence}", FENCE if few else "")
    with connection.cursor() as cursor:
        cursor.execute(planned(sql) if few else sql, {**heard_at(at), **params})
        # mypy takes *row for every field.
        return [RatedPerson(*row, at) for row in cursor.fetchall()]  # type: ignore[call-arg]


def heard_at(at: datetime) -> dict[str, Any]:
    """What the parts above are executed with, besides what their condition asks for."""
    return {
        "tenant": current_tenant(),
        "at": at,
        "owner_from": at - OWNER_SPEAKS,
        "due_before": at - DUE_AFTER,
        "roles": [role.value for role in Persona.Role],
        **veil(),
    }


WORKING = "(p.left_on IS NULL OR p.left_on > %(today)s)"
COUNTED = f"{WORKING} AND p.tracked AND a.status IN ('active', 'trial')"  # who count, of the live book


def rated_people(
    *, tenant: Tenant, at: datetime, account_ids: Collection[UUID] | None = None, counted: bool = True
) -> list[RatedPerson]:
    """Who works at these accounts (None: every live account), by account and role; ``counted`` leaves out untracked."""
    condition = [WORKING]
    if counted:
        condition.append("p.tracked")
    if account_ids is None:
        condition.append("a.status IN ('active', 'trial')")
    else:
        condition.append("p.account_id = ANY(%(accounts)s)")
    return people_where(
        " AND ".join(condition),
        at=at,
        today=local_day(tenant=tenant, at=at),
        accounts=list(account_ids or []),
    )
