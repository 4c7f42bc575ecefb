"""Who was there, and what had been observed of them: the people, ratings, answers and own measures of cases.

One statement for the people, one for all observations, for any number of cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from health.selectors.cases import CASES, HOMES, Cases, columns, fence, rows_of, sql_array

# A persona belongs to the account that its dated fact names; a deleted one is gone from then on.
PEOPLE = f"""WITH {CASES}, candidates AS MATERIALIZED (
    SELECT a.account_id, f.persona_id
    FROM (SELECT DISTINCT account_id FROM cases) a CROSS JOIN LATERAL (
        SELECT DISTINCT persona_id FROM accounts_personafact
        WHERE tenant_id = %(tenant)s AND home_id = a.account_id
    ) f
), latest AS (
    SELECT DISTINCT ON (c.n, p.persona_id, f.key)
        c.n, c.at, c.account_id, p.persona_id, f.key, f.value #>> '{{}}' AS value,
        min(f.effective_at) OVER (PARTITION BY c.n, p.persona_id, f.key) AS since
    FROM cases c JOIN candidates p ON p.account_id = c.account_id
    JOIN accounts_personafact f ON f.tenant_id = %(tenant)s AND f.persona_id = p.persona_id
        AND f.effective_at <= c.at AND f.recorded_at <= c.at
        AND f.key IN ('role', 'influence', 'tracked', 'left_on', 'account')
    ORDER BY c.n, p.persona_id, f.key, f.effective_at DESC, f.recorded_at DESC, f.id DESC
), known AS (
    SELECT n, at, account_id, persona_id,
        max(value) FILTER (WHERE key = 'role') AS role,
        max(value) FILTER (WHERE key = 'influence')::float8 AS influence,
        max(value) FILTER (WHERE key = 'tracked') AS tracked,
        max(value) FILTER (WHERE key = 'left_on') AS left_on,
        max(value) FILTER (WHERE key = 'account') AS home,
        max(since) FILTER (WHERE key = 'account') AS since
    FROM latest GROUP BY n, at, account_id, persona_id
)
SELECT k.n, k.persona_id::text, coalesce(k.role, 'other'), k.influence,
    coalesce(k.tracked, 'true') = 'true', k.left_on::date, k.since
FROM known k JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = k.persona_id
WHERE k.home = k.account_id::text AND (p.deleted_at IS NULL OR p.deleted_at > k.at)
ORDER BY k.n, k.persona_id"""

# The newest by the owner and the newest by others, per persona, measure and facet; later rows win ties of age. What
# was said of a merged persona or account is said of the one that remains, from when they were merged.
OBSERVATIONS = """WITH {cases}, owners AS (
    SELECT (place - 1)::int AS n, owner_id
    FROM unnest(%(owners)s::uuid[]) WITH ORDINALITY AS given (owner_id, place)
), {homes}, merged AS MATERIALIZED (
    SELECT id, merged_into_id, deleted_at FROM accounts_persona
    WHERE tenant_id = %(tenant)s AND merged_into_id IS NOT NULL
), said AS (
    SELECT c.n, c.at, o.id, coalesce(m.merged_into_id, o.persona_id) AS persona_id, o.measure, o.facet, o.value,
        o.observed_at, o.recorded_at, o.author_id, coalesce(o.author_id = w.owner_id, false) AS by_owner
    FROM homes c JOIN owners w ON w.n = c.n
    CROSS JOIN LATERAL (
        SELECT * FROM health_observation WHERE tenant_id = %(tenant)s AND account_id = c.account_id
            AND observed_at <= c.at AND recorded_at <= c.at AND observed_at <= %(last)s {fence}
    ) o
    LEFT JOIN merged m ON m.id = o.persona_id AND m.deleted_at <= c.at
    WHERE NOT EXISTS (
        SELECT 1 FROM health_observationwithdrawal x
        WHERE x.tenant_id = %(tenant)s AND x.observation_id = o.id AND x.recorded_at <= c.at
    )
), latest AS (
    SELECT DISTINCT ON (n, persona_id, measure, facet, by_owner) * FROM said
    ORDER BY n, persona_id, measure, facet, by_owner, observed_at DESC, recorded_at DESC, id DESC
)
SELECT n, coalesce(persona_id::text, ''), measure, facet, value,
    (extract(epoch FROM at - observed_at) / 86400.0)::float8, by_owner, author_id, observed_at
FROM latest ORDER BY recorded_at, id"""


@dataclass(frozen=True, slots=True)
class Observed:
    """The frames of the formulas; `author_id` and `observed_at` of the ratings frame say who spoke, and when."""

    ratings: dict[str, Any]
    observations: dict[str, Any]
    answers: dict[str, Any]


def people(cases: Cases) -> dict[str, Any]:
    """The people frame: everyone known at each case, those who left included.

    Beside the formulas' columns: `left_on` (date or None) and `since`, when the account first had the persona.
    """
    n, persona, role, influence, tracked, left_on, since = columns(rows_of(cases, PEOPLE), 7)
    active = [day is None or day > cases.days[i] for i, day in zip(n, left_on, strict=True)]
    return {
        "case": np.array(n, dtype=np.int64),
        "persona": np.array(persona, dtype=object),
        "role": np.array(role, dtype=object),
        "influence": np.array(influence, dtype=np.float64),
        "active": np.array(active, dtype=np.bool_),
        "tracked": np.array(tracked, dtype=np.bool_),
        "left_on": np.array(left_on, dtype=object),
        "since": np.array(since, dtype=object),
    }


def observed(cases: Cases, owners: Sequence[str | None]) -> Observed:
    """Every observation that may speak at each case; owners: the account's owner at each, or None."""
    sql = OBSERVATIONS.format(cases=CASES, homes=HOMES, fence=fence(cases))
    found = rows_of(cases, sql, {"owners": sql_array(owners)})
    n, persona, measure, facet, value, age, by_owner, author, observed_at = columns(found, 9)
    frame = {
        "case": np.array(n, dtype=np.int64),
        "persona": np.array(persona, dtype=object),
        "measure": np.array(measure, dtype=object),
        "slot": np.array([f or m for m, f in zip(measure, facet, strict=True)], dtype=object),
        "value": np.array(value, dtype=np.float64),
        "age_days": np.array(age, dtype=np.float64),
        "by_owner": np.array(by_owner, dtype=np.bool_),
        "author_id": np.array(author, dtype=object),
        "observed_at": np.array(observed_at, dtype=object),
    }
    sentiment = frame["measure"] == "sentiment"
    frame["value"][sentiment] -= 1.0  # stored 0, 1, 2; the formulas speak of -1, 0, 1
    rating = (sentiment & (frame["slot"] != "sentiment")) | (frame["measure"] == "relationship")
    own = frame["persona"] == ""
    return Observed(
        ratings=chosen(frame, rating & ~own),
        observations=chosen(frame, own),
        answers=chosen(frame, ~rating & ~own),
    )


def chosen(frame: dict[str, Any], mask: Any) -> dict[str, Any]:
    """The rows of a frame that a mask names."""
    return {name: column[mask] for name, column in frame.items()}


def renumbered(frame: dict[str, Any], number: Any) -> dict[str, Any]:
    """The rows of the cases that `number` (n,) gives a new number; -1 leaves a case out."""
    found = chosen(frame, number[frame["case"]] >= 0)
    return found | {"case": number[found["case"]]}
