"""The rows of ratings as a write needs them: what was said before of the people concerned, and the new ones stored.

Both are one statement whatever their number, written once: a rating in the browser waits for them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce
from uuid_utils.compat import uuid7

from accounts import services as accounts
from accounts.scope import current_tenant
from accounts.selectors import planned
from relationships.models import Rating
from relationships.services.evidence import uuid_of

FEW = 16  # people up to which planning costs more than running


class Rateable(NamedTuple):
    """A person who is there to be rated."""

    id: UUID
    account_id: UUID
    owner_id: UUID | None
    tracked: bool


class Earlier(NamedTuple):
    """What one rating said that stands."""

    persona_id: UUID
    id: UUID
    account_id: UUID
    strength: str | None
    sentiment_brand: str | None
    sentiment_product: str | None
    sentiment_service: str | None
    driver: str
    area: str
    rated_at: datetime
    recorded_at: datetime
    rated_by_id: UUID | None
    observed: str | None


# Of a merged person, or account, ratings are said of the one that remains.
RATED = """SELECT p.account_id, a.owner_id, p.tracked, p.id, r.id, coalesce(f.merged_into_id, r.account_id), r.strength,
    r.sentiment_brand, r.sentiment_product, r.sentiment_service, r.driver, r.area, r.rated_at, r.recorded_at, r.rated_by_id,
    r.observed
FROM accounts_persona p
JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id AND a.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT p.id UNION ALL
    SELECT m.id FROM accounts_persona m WHERE m.tenant_id = %(tenant)s AND m.merged_into_id = p.id
) selves (said_of)
LEFT JOIN LATERAL (
    SELECT * FROM relationships_rating x WHERE x.tenant_id = %(tenant)s AND x.persona_id = selves.said_of
        AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
                        WHERE w.tenant_id = %(tenant)s AND w.rating_id = x.id)
    OFFSET 0  -- on the index of the person, whatever the planner believes of the table
) r ON true
LEFT JOIN accounts_account f ON f.tenant_id = %(tenant)s AND f.id = r.account_id
WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(personas)s::uuid[]) AND p.deleted_at IS NULL
    AND p.merged_into_id IS NULL"""


def people_rated(
    persona_ids: Collection[UUID],
) -> tuple[dict[UUID, Rateable], dict[UUID, list[Earlier | Rating]]]:
    """These people, those who are there, and the ratings of each that were not taken back."""
    personas: dict[UUID, Rateable] = {}
    history: dict[UUID, list[Earlier | Rating]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            planned(RATED) if len(persona_ids) <= FEW else RATED,
            {"tenant": current_tenant(), "personas": list(persona_ids)},
        )
        for account_id, owner_id, tracked, persona_id, rating_id, *said in cursor.fetchall():
            if persona_id not in personas:
                personas[persona_id] = Rateable(persona_id, account_id, owner_id, tracked)
                history[persona_id] = []
            if rating_id is not None:
                history[persona_id].append(Earlier(persona_id, rating_id, *said))
    return personas, history


class Known(NamedTuple):
    """A rating that has an external id already, and the person it is said of now: the one that remains of two."""

    rating: Rating
    whose: UUID


def known_ratings(given: Collection[str]) -> dict[str, Known]:
    """The ratings that have these external ids, or that a file names by their own id because they have none."""
    own = {id for id in map(uuid_of, given) if id is not None}
    found = Rating.objects.filter(Q(external_id__in=given) | Q(external_id=None, pk__in=own))
    found = found.annotate(whose=Coalesce("persona__merged_into_id", "persona_id"))
    return {rating.external_id or str(rating.pk): Known(rating, rating.whose) for rating in found}


COLUMNS = [field.attname for field in Rating._meta.concrete_fields]
INSERT = f"""INSERT INTO relationships_rating ({", ".join(COLUMNS)})
SELECT {", ".join(f"g.{column}" for column in COLUMNS)}
FROM jsonb_populate_recordset(NULL::relationships_rating, %(records)s::jsonb) AS g"""


def insert_ratings(ratings: Sequence[Rating]) -> None:
    """Store new ratings, as one document in the place of a parameter for each value. Raises OtherTenant."""
    for rating in ratings:
        rating.stamp()
    records = [{column: getattr(rating, column) for column in COLUMNS} for rating in ratings]
    with connection.cursor() as cursor:
        cursor.execute(planned(INSERT), {"records": msgspec.json.encode(records).decode()})


def leave_shown(
    *,
    ratings: Iterable[Rating],
    past: Collection[UUID],
    history: Mapping[UUID, Sequence[Earlier | Rating]],
    at: datetime,
) -> None:
    """Leave whom these ratings are about to whoever prescribes what to do where somebody shows another mood than is said of
    them; of whom no sign was ever seen, that cannot be. ``past``: ratings of migrated history, which are no news."""
    about = {one.persona_id for one in ratings if one.pk not in past}
    prescribe(persona_ids=[id for id in about if any(one.observed for one in history[id])], at=at)


def prescribe(*, persona_ids: Collection[UUID], at: datetime) -> None:
    """Let a worker see whether something is to be done about these people."""
    if persona_ids:
        ref = {"people": sorted(map(str, persona_ids)), "at": at.isoformat()}
        accounts.enqueue(kind="prescribe_steps", ref=ref, dedupe_key=str(uuid7()), at=at)
