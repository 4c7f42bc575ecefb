"""What is said of many people, narrow: the database sorts, filters and counts, and only whom a page shows is read whole.

It is what ``spoken`` says, held by a test on the same people: there one row per person with all that is said, here
numbers alone, found in one pass over the ratings. Levels are their places, 0 the lowest.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from relationships.models import Sentiment, Strength
from relationships.selectors.spoken import (
    IN_ORDER,
    PEOPLE,
    SAID_HERE,
    SELVES,
    SINCE,
    STALE_AFTER,
    RatedPerson,
    heard_at,
    people_where,
)

STRENGTHS = tuple(Strength.values)
SENTIMENTS = tuple(Sentiment.values)


FACETS = (
    ("strength", "strength", STRENGTHS),
    ("brand", "sentiment_brand", SENTIMENTS),
    ("product", "sentiment_product", SENTIMENTS),
    ("service", "sentiment_service", SENTIMENTS),
    ("observed", "observed", SENTIMENTS),
)


def _level(name: str, column: str, words: Sequence[str]) -> str:
    levels = " ".join(f"WHEN '{word}' THEN {level}" for level, word in enumerate(words))
    return f"CASE r.{column} {levels} END AS {name}"


# The account is compared in a way that the planner does not weigh: it takes person and account for independent, and would
# expect a handful of ratings where there are all.
# A rating's number is its place (8, 16, ... in the order in which they speak) + 4 if somebody said it before the present
# owner came. With a level (0..3) added, the least number of a facet tells who speaks, what, and whether it was taken over.
HEARD = (
    "WITH"
    + PEOPLE
    + ","
    + SELVES
    + ","
    + SINCE
    + """,
    placed AS (
        SELECT people.id AS persona_id, r.rated_at, r.recorded_at, r.id, r.driver, r.area,
               coalesce(r.rated_by_id = people.owner_id AND r.rated_at >= %(owner_from)s, false) AS by_owner,
               CASE WHEN r.rated_at < since.effective_at AND r.rated_by_id IS DISTINCT FROM people.owner_id
                   THEN 4 ELSE 0 END AS taken_over,
"""
    + ", ".join(_level(*facet) for facet in FACETS)
    + """
        FROM people
        JOIN selves ON selves.id = people.id
        JOIN relationships_rating r
          ON r.tenant_id = %(tenant)s AND r.persona_id = selves.said_of AND coalesce("""
    + SAID_HERE
    + """, false)
        LEFT JOIN since ON since.account_id = people.account_id AND people.owner_id IS NOT NULL
        WHERE r.rated_at <= %(at)s AND r.recorded_at <= %(at)s
          AND (people.id <> ALL(%(withheld)s::uuid[]) OR r.rated_by_id = %(reader)s)
          AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
                          WHERE w.tenant_id = %(tenant)s AND w.rating_id = r.id AND w.recorded_at <= %(at)s)
    ),
    ranked AS (
        SELECT placed.*, taken_over + 8 * row_number() OVER (
            PARTITION BY persona_id ORDER BY by_owner DESC, rated_at DESC, recorded_at DESC, id DESC
        )::int AS number
        FROM placed
    ),
    numbers AS (
        SELECT persona_id,
               array_agg(rated_at ORDER BY by_owner DESC, rated_at DESC, recorded_at DESC, id DESC) AS moments,
               {driver} AS driver, {area} AS area,
"""
    + ", ".join(f"min(number + {name}) AS {name}" for name, _column, _words in FACETS)
    + """
        FROM ranked GROUP BY persona_id
    ),
    words AS (
        SELECT persona_id, driver, area, strength & 3 AS strength, brand & 3 AS brand, product & 3 AS product,
               service & 3 AS service, observed & 3 AS observed, moments[observed >> 3] AS observed_at,
               strength + brand + product + service IS NOT NULL AS complete,
               (coalesce(strength, 0) | coalesce(brand, 0) | coalesce(product, 0) | coalesce(service, 0)) & 4 > 0
                   AS inherited,
               least(moments[strength >> 3], moments[brand >> 3], moments[product >> 3], moments[service >> 3])
                   AS oldest_at,
               greatest(moments[strength >> 3], moments[brand >> 3], moments[product >> 3], moments[service >> 3])
                   AS rated_at
        FROM numbers
    ),
    moods AS (
        SELECT words.*, CASE WHEN least(brand, product, service) = 0 THEN 0 ELSE greatest(brand, product, service) END
            AS overall
        FROM words
    ),
    people_heard AS (
        SELECT people.id, people.account_id, people.name, people.account_name, people.owner_id, people.role,
               people.tracked, moods.strength, moods.brand, moods.product, moods.service, moods.overall, moods.driver,
               moods.area,
               moods.rated_at, moods.oldest_at, moods.rated_at IS NOT NULL AS rated,
               coalesce(moods.inherited, false) AS inherited,
               coalesce(NOT moods.complete OR moods.inherited OR moods.oldest_at < %(due_before)s, true) AS due,
               coalesce(moods.oldest_at < %(stale_before)s, false) AS stale,
               CASE WHEN moods.observed_at >= %(stale_before)s THEN coalesce(moods.observed - moods.overall, 0) ELSE 0 END
                   AS gap
        FROM people LEFT JOIN moods ON moods.persona_id = people.id
    )
"""
)

# A book of 40,000 people is sorted and joined in memory; until the end of the transaction.
ROOM = "SET LOCAL work_mem = '32MB'; "
# Of the newest rating by anyone; only who asks for it pays for it.
NEWEST = "(array_agg({column} ORDER BY rated_at DESC, recorded_at DESC, id DESC))[1]"
ORDER = IN_ORDER.replace("people.", "")
# Who shows worse than is said of them goes before others, then who shows better.
ATTENTION = "CASE WHEN gap < 0 THEN 2 WHEN gap > 0 THEN 1 ELSE 0 END DESC"


def heard(
    select: str, *, condition: str, at: datetime, driver: bool = False, **params: Any
) -> list[tuple[Any, ...]]:
    """The rows of a SELECT on ``people_heard``: those whom a SQL condition on ``p`` (persona) and ``a`` (account) names;
    driver and area are known only with ``driver``."""
    statement = (HEARD + select).replace("{condition}", condition)
    given = {"stale_before": at - STALE_AFTER, **heard_at(at), **params}
    with connection.cursor() as cursor:
        for column in ("driver", "area"):
            said = NEWEST.replace("{column}", column) if driver else "NULL::text"
            statement = statement.replace(f"{{{column}}}", said)
        cursor.execute(ROOM + statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def read_whole(ids: Collection[UUID], *, at: datetime) -> dict[UUID, RatedPerson]:
    """These people with all that is said of them, by id. One query."""
    people = people_where("p.id = ANY(%(ids)s::uuid[])", at=at, ids=[str(one) for one in ids])
    return {person.id: person for person in people}
