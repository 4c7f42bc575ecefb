"""Observations in: what somebody above, or the API, says about an account or one of its people.

Append-only. Every write marks its accounts dirty, so that a worker scores them unless the writer does so itself.
"""

import datetime as dt
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from accounts import services as accounts
from accounts.scope import current_tenant
from accounts.selectors import planned
from health.selectors.cases import FEW

MEASURE = re.compile(r"[a-z][a-z0-9_]{0,49}")
FACETS = ("brand", "product", "service")
SCALES = {"relationship": (0.0, 3.0), "sentiment": (0.0, 2.0)}
AHEAD = dt.timedelta(days=1)
REACH = dt.timedelta(days=84 * 30)  # months that are sure to have a partition


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObservation:
    """One dated value of a measure. A value of None clears; ``recorded_at`` is the moment of writing if not given.

    relationship: 0..3 (none to very good); sentiment, per facet: 0 negative, 1 neutral, 2 positive; other measures
    in their own unit.
    """

    account_id: UUID
    measure: str
    value: float | None
    observed_at: dt.datetime
    source: str
    persona_id: UUID | None = None
    facet: str = ""
    author_id: UUID | None = None
    recorded_at: dt.datetime | None = None
    id: UUID = field(default_factory=uuid7)


class BadObservation(ValueError):
    """An observation is not one that a score could use; ``errors`` names the fields."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['pointer']} {error['detail']}" for error in errors))
        self.errors = errors


class UnknownAccount(LookupError):
    """An observation names an account or persona that this tenant does not have."""


def observation_errors(observation: NewObservation, *, at: dt.datetime) -> list[dict[str, str]]:
    """What is wrong with an observation, field by field, as {"pointer", "code", "detail"}; empty if it is sound."""
    found: list[dict[str, str]] = []

    def add(pointer: str, code: str, detail: str) -> None:
        found.append({"pointer": f"/{pointer}", "code": code, "detail": detail})

    recorded_at = observation.recorded_at or at
    if not MEASURE.fullmatch(observation.measure):
        add("measure", "invalid", "must be 1 to 50 of a-z, 0-9 and _, a letter first")
    if observation.observed_at > recorded_at + AHEAD:
        add("observed_at", "future", "lies more than a day after it was recorded")
    if observation.observed_at < at - REACH:
        add("observed_at", "too_old", "lies more than 84 months back")
    if recorded_at > at:
        add("recorded_at", "future", "lies in the future")
    if (observation.measure == "sentiment") != bool(observation.facet) or (
        observation.facet and observation.facet not in FACETS
    ):
        add("facet", "invalid", "is brand, product or service for sentiment, and empty for all else")
    if observation.measure in SCALES and observation.persona_id is None:
        add("persona", "required", "is needed for relationship and sentiment")
    if observation.value is not None:
        low, high = SCALES.get(observation.measure, (-1e12, 1e12))
        if not math.isfinite(observation.value) or not low <= observation.value <= high:
            add("value", "range", f"must lie in {low:g}..{high:g}")
    return found


def observe(*, observations: Sequence[NewObservation], at: dt.datetime, mark: bool = True) -> None:
    """Write observations and mark their accounts dirty (``mark`` False: the caller scores them in this transaction).

    Raises BadObservation or UnknownAccount, and writes nothing.
    """
    if not observations:
        return
    errors = [
        {**error, "pointer": f"/{i}{error['pointer']}"}
        for i, observation in enumerate(observations)
        for error in observation_errors(observation, at=at)
    ]
    if errors:
        raise BadObservation(errors)
    _insert(observations, at)
    if mark:
        mark_dirty(account_ids={observation.account_id for observation in observations}, at=at)


# Partitioned rows carry no foreign key but the tenant: the join on their parents stands in for it.
INSERT = """INSERT INTO health_observation
    (id, tenant_id, account_id, persona_id, measure, facet, value, observed_at, recorded_at, source, author_id)
SELECT g.id, %(tenant)s, a.id, g.persona, g.measure, g.facet, g.value, g.observed_at, g.recorded_at, g.source, g.author
FROM unnest(
    %(ids)s::uuid[], %(accounts)s::uuid[], %(personas)s::uuid[], %(measures)s::text[], %(facets)s::text[],
    %(values)s::float8[], %(observed)s::timestamptz[], %(recorded)s::timestamptz[], %(sources)s::text[],
    %(authors)s::uuid[]
) AS g (id, account, persona, measure, facet, value, observed_at, recorded_at, source, author)
JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = g.account
LEFT JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = g.persona
WHERE g.persona IS NULL OR p.id IS NOT NULL"""


def _insert(observations: Sequence[NewObservation], at: dt.datetime) -> None:
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "ids": [one.id for one in observations],
        "accounts": [one.account_id for one in observations],
        "personas": [one.persona_id for one in observations],
        "measures": [one.measure for one in observations],
        "facets": [one.facet for one in observations],
        "values": [one.value for one in observations],
        "observed": [one.observed_at for one in observations],
        "recorded": [one.recorded_at or at for one in observations],
        "sources": [one.source for one in observations],
        "authors": [one.author_id for one in observations],
    }
    with connection.cursor() as cursor:
        cursor.execute(planned(INSERT) if len(observations) <= FEW else INSERT, params)
        if cursor.rowcount != len(observations):
            raise UnknownAccount("an observation names an account or persona that is not here")


def withdraw_observations(
    *,
    observation_ids: Collection[UUID],
    account_ids: Collection[UUID],
    author_id: UUID | None,
    at: dt.datetime,
) -> None:
    """Take observations back from ``at`` on, and mark their accounts dirty. Taking one back twice changes nothing."""
    ids = list(observation_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_observationwithdrawal "
            "(id, tenant_id, observation_id, account_id, recorded_at, author_id) "
            "SELECT g.id, o.tenant_id, o.id, o.account_id, %(at)s, %(author)s "
            "FROM unnest(%(ids)s::uuid[], %(observations)s::uuid[]) AS g (id, observation) "
            "JOIN health_observation o ON o.tenant_id = %(tenant)s AND o.id = g.observation "
            "AND o.account_id = ANY(%(accounts)s::uuid[]) "
            "ON CONFLICT DO NOTHING",
            {
                "tenant": current_tenant(),
                "at": at,
                "author": author_id,
                "ids": [uuid7() for _ in ids],
                "observations": ids,
                "accounts": list(account_ids),
            },
        )
    mark_dirty(account_ids=account_ids, at=at)


def mark_dirty(*, account_ids: Collection[UUID], at: dt.datetime) -> None:
    """Leave accounts to be scored again. Marks are only added, so that a writer never waits for a scorer."""
    if not account_ids:
        return
    ids = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_dirtymark (id, tenant_id, account_id, marked_at) "
            "SELECT g.id, %(tenant)s, g.account, %(at)s FROM unnest(%(ids)s::uuid[], %(accounts)s::uuid[]) "
            "AS g (id, account)",
            {"tenant": current_tenant(), "at": at, "ids": [uuid7() for _ in ids], "accounts": ids},
        )
    accounts.wake()


def mark_all_dirty(*, at: dt.datetime) -> None:
    """Leave every account of the tenant to be scored again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_dirtymark (id, tenant_id, account_id, marked_at) "
            "SELECT gen_random_uuid(), tenant_id, id, %(at)s FROM accounts_account "
            "WHERE tenant_id = %(tenant)s AND deleted_at IS NULL",
            {"tenant": current_tenant(), "at": at},
        )
    accounts.wake()
