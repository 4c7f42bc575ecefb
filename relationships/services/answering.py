"""What a rating does to the rounds that asked for it, and what a second rater may see.

An assignment is done once its rater has said strength and all three sentiments since they were asked; a withdrawal may
open it again. A second rater stays blind to the person until they are done: ``Membership`` keeps for whom, so that every
door knows it without asking.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import services as accounts
from accounts.models import Actor
from accounts.scope import current_tenant
from accounts.selectors import planned
from relationships.models import Rating
from relationships.selectors.asked import asked_of
from relationships.services.rating_rows import FEW

# Whether the rater of assignment ``a`` has said everything since they were asked, and when they had.
SAID = """SELECT greatest(min(x.recorded_at) FILTER (WHERE x.strength IS NOT NULL),
        min(x.recorded_at) FILTER (WHERE x.sentiment_brand IS NOT NULL),
        min(x.recorded_at) FILTER (WHERE x.sentiment_product IS NOT NULL),
        min(x.recorded_at) FILTER (WHERE x.sentiment_service IS NOT NULL))
    FROM relationships_rating x
    WHERE x.tenant_id = %(tenant)s AND x.persona_id = a.persona_id AND x.rated_by_id = a.rater_id
        AND x.rated_at >= a.asked_at AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
            WHERE w.tenant_id = %(tenant)s AND w.rating_id = x.id)
    HAVING count(x.strength) > 0 AND count(x.sentiment_brand) > 0 AND count(x.sentiment_product) > 0
        AND count(x.sentiment_service) > 0"""
OPEN = f"""SELECT a.id, ({SAID}) AS said_at
    FROM relationships_assignment a
    JOIN relationships_round r ON r.tenant_id = %(tenant)s AND r.id = a.round_id
    WHERE a.tenant_id = %(tenant)s AND r.closed_at IS NULL AND r.deleted_at IS NULL
        AND (a.persona_id, a.rater_id) IN (SELECT * FROM unnest(%(personas)s::uuid[], %(raters)s::uuid[]))"""
SETTLE = f"""WITH asked AS ({OPEN})
UPDATE relationships_assignment a SET done_at = asked.said_at,
    unsealed_at = coalesce(a.unsealed_at, CASE WHEN a.blind THEN asked.said_at END)
FROM asked WHERE a.tenant_id = %(tenant)s AND a.id = asked.id
    AND (a.done_at IS NULL) <> (asked.said_at IS NULL)
RETURNING a.rater_id, a.blind"""


def settle_assignments(*, ratings: Iterable[Rating]) -> None:
    """Mark what these ratings, made or taken back, did to the open assignments of their raters. One statement, and one
    more where somebody is blind no longer."""
    pairs = {(rating.persona_id, rating.rated_by_id) for rating in ratings if rating.rated_by_id}
    if not pairs:
        return
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "personas": [persona for persona, _rater in pairs],
        "raters": [rater for _persona, rater in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(planned(SETTLE) if len(pairs) <= FEW else SETTLE, params)
        unsealed = {rater for rater, blind in cursor.fetchall() if blind}
    if unsealed:
        seal(member_ids=unsealed)


SEAL = """UPDATE accounts_membership m SET blind_to = s.people, blind_at = s.homes
FROM (
    SELECT m.id, coalesce(array_agg(DISTINCT p.id) FILTER (WHERE p.id IS NOT NULL), '{}') AS people,
        coalesce(array_agg(DISTINCT p.account_id) FILTER (WHERE p.id IS NOT NULL), '{}') AS homes
    FROM accounts_membership m
    LEFT JOIN relationships_assignment a ON a.tenant_id = %(tenant)s AND a.rater_id = m.id AND a.blind
        AND a.unsealed_at IS NULL AND EXISTS (SELECT 1 FROM relationships_round r WHERE r.tenant_id = %(tenant)s
            AND r.id = a.round_id AND r.closed_at IS NULL AND r.deleted_at IS NULL)
    LEFT JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = a.persona_id
    WHERE m.tenant_id = %(tenant)s AND (%(members)s::uuid[] IS NULL OR m.id = ANY(%(members)s::uuid[]))
    GROUP BY m.id
) s
WHERE m.tenant_id = %(tenant)s AND m.id = s.id AND (m.blind_to <> s.people OR m.blind_at <> s.homes)"""


def seal(*, member_ids: Collection[UUID] | None = None) -> None:
    """Keep for these members (None: all) to whom they are blind, from their assignments. One statement."""
    members = None if member_ids is None else [str(one) for one in member_ids]
    with connection.cursor() as cursor:
        cursor.execute(SEAL, {"tenant": current_tenant(), "members": members})


def require_rating(*, actor: Actor | None, homes: dict[UUID, UUID]) -> None:
    """Raise NotYours unless the actor may rate every one of these people ({person: account}): because they may write the
    account, or because a round asks them for that person."""
    if actor is None or actor.writes_all or not actor.writes_some:
        accounts.require_write(actor=actor, account_ids=homes.values())
        return
    theirs = accounts.writable_accounts(actor=actor, account_ids=set(homes.values()))
    others = {persona: account for persona, account in homes.items() if account not in theirs}
    asked = asked_of(member_id=actor.member_id, persona_ids=others)
    accounts.require_write(
        actor=actor, account_ids=[account for persona, account in others.items() if persona not in asked]
    )
