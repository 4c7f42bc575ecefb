"""What each rater said of a person over time, and where two of them disagree."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q

from accounts.models import Membership
from accounts.scope import current_tenant
from accounts.selectors import planned
from relationships.models import Rating
from relationships.selectors.lists import visible
from relationships.selectors.spoken import FENCE, OWNER_SPEAKS, PEOPLE, SAID, SELVES, overall, veil

APART = 2  # levels between two raters from which on they disagree: okay and none, positive and negative


@dataclass(frozen=True)
class PastRating:
    """One rating of a person, with who gave it and whether it was taken back."""

    rating: Rating
    rater: str
    overall: str | None
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Disagreement:
    """Two raters who see one facet of a person at least two levels apart."""

    persona_id: UUID
    account_id: UUID
    name: str
    account_name: str
    facet: str
    low: str
    low_rater: str
    low_at: datetime
    high: str
    high_rater: str
    high_at: datetime


def rating_history(*, persona_id: UUID, at: datetime) -> list[PastRating]:
    """Every rating of this person, and of those merged into them by then, known at ``at``, newest first."""
    of_them = Q(persona_id=persona_id) | Q(persona__merged_into_id=persona_id, persona__deleted_at__lte=at)
    ratings = (
        Rating.objects.filter(visible(), of_them, recorded_at__lte=at)
        .annotate(withdrawn_at=Min("withdrawals__recorded_at"))
        .order_by("-rated_at", "-recorded_at", "-id")
    )
    found = list(ratings)
    members = Membership.objects.select_related("user").filter(
        tenant_id=current_tenant(), pk__in={rating.rated_by_id for rating in found}
    )
    names = {member.pk: str(member) for member in members}
    return [
        PastRating(
            rating=rating,
            rater=names.get(rating.rated_by_id, "") if rating.rated_by_id else "",
            overall=overall(rating.sentiment_brand, rating.sentiment_product, rating.sentiment_service),
            withdrawn_at=rating.withdrawn_at if rating.withdrawn_at and rating.withdrawn_at <= at else None,
        )
        for rating in found
    ]


# The two ends are found in one pass: a join of a materialised part with itself has no statistics, and of a book of 40,000
# people it compares everyone with everyone.
DISAGREEMENTS = (
    "WITH"
    + PEOPLE
    + ","
    + SELVES
    + ","
    + SAID.replace("said AS MATERIALIZED", "said AS")  # read once, and only the ratings of late
    + """,
    newest AS MATERIALIZED (
        SELECT DISTINCT ON (persona_id, facet, rated_by_id) persona_id, facet, rated_by_id, value, rated_at,
               coalesce(array_position(ARRAY['none', 'weak', 'okay', 'very_good'], value),
                        array_position(ARRAY['negative', 'neutral', 'positive'], value)) AS level
        FROM said
        WHERE rated_at >= %(owner_from)s AND rated_by_id IS NOT NULL AND facet <> 'observed'
        ORDER BY persona_id, facet, rated_by_id, rated_at DESC, recorded_at DESC, id DESC
    ),
    ends AS MATERIALIZED (
        SELECT DISTINCT ON (persona_id, facet) persona_id, facet,
               first_value(value) OVER low AS low, first_value(rated_by_id) OVER low AS low_by,
               first_value(rated_at) OVER low AS low_at, first_value(level) OVER low AS low_level,
               first_value(value) OVER high AS high, first_value(rated_by_id) OVER high AS high_by,
               first_value(rated_at) OVER high AS high_at, first_value(level) OVER high AS high_level
        FROM newest
        WINDOW low AS (PARTITION BY persona_id, facet ORDER BY level, rated_at DESC),
               high AS (PARTITION BY persona_id, facet ORDER BY level DESC, rated_at DESC)
    )
    SELECT p.id, p.account_id, p.name, a.name, ends.facet,
           ends.low, coalesce(nullif(lu.name, ''), lu.email), ends.low_at,
           ends.high, coalesce(nullif(hu.name, ''), hu.email), ends.high_at
    FROM ends
    JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = ends.persona_id
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id
    JOIN accounts_membership lm ON lm.tenant_id = %(tenant)s AND lm.id = ends.low_by
    JOIN accounts_user lu ON lu.id = lm.user_id
    JOIN accounts_membership hm ON hm.tenant_id = %(tenant)s AND hm.id = ends.high_by
    JOIN accounts_user hu ON hu.id = hm.user_id
    WHERE ends.high_level - ends.low_level >= %(apart)s
    ORDER BY ends.high_level - ends.low_level DESC, lower(a.name), p.name, p.id, ends.facet
    LIMIT %(most)s
    """
)
# Of a whole book only whom two members rated of late are looked at.
BY_TWO = """p.id IN (SELECT coalesce(m.merged_into_id, x.persona_id) FROM relationships_rating x
    LEFT JOIN accounts_persona m ON m.tenant_id = %(tenant)s AND m.id = x.persona_id AND m.merged_into_id IS NOT NULL
    WHERE x.tenant_id = %(tenant)s AND x.rated_at >= %(owner_from)s AND x.rated_by_id IS NOT NULL
    GROUP BY 1 HAVING count(DISTINCT x.rated_by_id) > 1)"""


def disagreements(
    *, at: datetime, account_ids: Collection[UUID] | None = None, most: int | None = None
) -> list[Disagreement]:
    """Where two raters' newest words of the last 120 days lie two levels apart, widest first; at most ``most``.

    ``account_ids`` None means every live account.
    """
    live = f"a.status IN ('active', 'trial') AND {BY_TWO}"
    condition = live if account_ids is None else "a.id = ANY(%(accounts)s)"
    fence = "" if account_ids is None else FENCE
    sql = DISAGREEMENTS.replace("{condition}", condition).replace("{fence}", fence)
    return _disagreements(sql, at=at, most=most, accounts=list(account_ids or []))


OF_ONE = DISAGREEMENTS.replace("{condition}", "p.id = %(persona)s").replace("{fence}", FENCE)


def disagreements_of(*, persona_id: UUID, at: datetime) -> list[Disagreement]:
    """The same for one person."""
    return _disagreements(planned(OF_ONE), at=at, most=None, persona=persona_id)


def _disagreements(sql: str, *, at: datetime, **params: Any) -> list[Disagreement]:
    values = {"tenant": current_tenant(), "at": at, "owner_from": at - OWNER_SPEAKS, "apart": APART, **veil()}
    with connection.cursor() as cursor:
        cursor.execute(sql, values | params)
        return [Disagreement(*row) for row in cursor.fetchall()]
