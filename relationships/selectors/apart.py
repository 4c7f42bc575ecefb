"""Where a rater's word and what happened lie far apart: found in the whole book, read whole for those who are shown.

One statement sums the touches of everybody who was rated and leaves out who cannot be apart whatever they use; the formula
(formulas/inferred.py) decides about the rest, by the same numbers that a person's own page shows.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _

from health import selectors as health
from relationships.formulas import inferred as formulas
from relationships.models import Strength
from relationships.selectors.grid import MINE
from relationships.selectors.heard import heard, read_whole
from relationships.selectors.inferred import OF_ACCOUNTS, WINDOW, InferredStrength, inferred_of
from relationships.selectors.spoken import COUNTED, RatedPerson

NEARLY = 1e-6  # by which the database may compute otherwise than numpy without leaving anybody out


def _cases(column: str, values: dict[str, float], otherwise: float) -> str:
    words = " ".join(f"WHEN '{word}' THEN {value}" for word, value in values.items())
    return f"CASE {column} {words} ELSE {otherwise} END"


FROM_THEM = (
    f"CASE WHEN t.kind IN {formulas.BOTH!r} THEN 0.5 ELSE {_cases('t.direction', formulas.SHARE, 0.5)} END"
)
DEPTH = _cases("t.kind", formulas.DEPTH, formulas.DEPTH["mail"])
CUTS = "(ARRAY[{}, {}, {}])".format(*formulas.CUTS)
# Most that may be left of a difference: the word lies so many levels above the lowest, or below the highest.
HELD = (
    f"greatest(strength, 3 - strength) * power(0.5, greatest(0, age - {formulas.GRACE}) / {formulas.HALVES})"
)
# Here the days in the product are not known: they add up to ten points.
VALUE = f"""90 * (0.35 * coalesce(power(0.5, days / {formulas.RECENT}), 0)
    + 0.25 * least(weight / {formulas.ENOUGH}, 1)
    + 0.20 * coalesce((1 - abs(2 * theirs / nullif(weight, 0) - 1)) * power(0.5, days / {formulas.LASTING}), 0)
    + 0.20 * (0.75 * depth + 0.25 * least(topics / {formulas.TOPICS}.0, 1)))"""
SURE = f"1 - exp(-(touches + greatest(0, least(of_account - touches, {formulas.OTHERS})) / 3.0::float8) / 3)"
FAR = f"""(strength >= {formulas.APART} AND value < {CUTS}[strength - {formulas.APART} + 1] + {NEARLY}
    OR strength <= 3 - {formulas.APART} AND value + 10 > {CUTS}[strength + {formulas.APART}] - {NEARLY})
    AND sure * {HELD} > {formulas.ORDINARY} - {NEARLY}"""

# Touches of a person, also under an entry that was merged into theirs, summed as ``met_of`` does.
APART = f""", chosen AS MATERIALIZED (
    SELECT * FROM (
        SELECT id, account_id, name, account_name, strength,
            extract(epoch FROM %(at)s - oldest_at)::float8 / 86400 AS age
        FROM people_heard WHERE strength IS NOT NULL
    ) rated WHERE {HELD} > {formulas.ORDINARY} - {NEARLY}
), them AS (
    SELECT id, id AS whose FROM chosen
    UNION ALL
    SELECT p.id, chosen.id FROM accounts_persona p JOIN chosen ON chosen.id = p.merged_into_id
    WHERE p.tenant_id = %(tenant)s AND p.merged_into_id IS NOT NULL
), met AS (
    SELECT whose, min(age) AS days, sum(weight) AS weight, sum(weight * from_them) AS theirs, max(depth) AS depth,
        count(DISTINCT topic) AS topics, count(*) AS touches
    FROM (
        SELECT whose, age, power(0.5, age / {formulas.OFTEN}) AS weight, from_them,
            depth * power(0.5, age / {formulas.LASTING}) AS depth, topic
        FROM (
            SELECT them.whose, extract(epoch FROM %(at)s - t.at)::float8 / 86400 AS age, {FROM_THEM} AS from_them,
                {DEPTH} AS depth, nullif(t.touchpoint, '') AS topic
            FROM them
            JOIN accounts_touchattendee e ON e.tenant_id = %(tenant)s AND e.persona_id = them.id
            JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = e.touch_id
            WHERE t.deleted_at IS NULL AND t.at > %(since)s AND t.at <= %(at)s AND t.created_at <= %(at)s
        ) touch
    ) weighed GROUP BY whose
), of_accounts (account_id, of_account) AS MATERIALIZED (
    {OF_ACCOUNTS.replace("ANY(%(accounts)s)", "ANY(SELECT account_id FROM chosen)")}
), told AS (
    SELECT chosen.*, days, coalesce(weight, 0) AS weight, coalesce(theirs, 0) AS theirs, coalesce(depth, 0) AS depth,
        coalesce(topics, 0) AS topics, coalesce(touches, 0) AS touches, coalesce(of_account, 0) AS of_account
    FROM chosen LEFT JOIN met ON met.whose = chosen.id LEFT JOIN of_accounts USING (account_id)
)
SELECT told.id, told.account_id, p.email, told.account_name, told.name, told.strength, told.age, told.of_account,
    told.days, told.weight, told.theirs, told.depth, told.topics, told.touches
FROM (SELECT told.*, {VALUE} AS value, {SURE} AS sure FROM told) told
JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = told.id
WHERE {FAR}"""


@dataclass(frozen=True)
class Divergence:
    """A person of whom the rater and the touches say what lies two levels or more apart (``apart`` > 0: the rater says
    more); ``weight`` is what is left of that by the evidence of both."""

    person: RatedPerson
    inferred: InferredStrength
    apart: int
    weight: float

    def reason(self, reader: UUID | None = None) -> str:
        """Both sides in one sentence, as the member ``reader`` is told."""
        said = str(dict(Strength.choices).get(self.person.strength or "", "")).lower()
        words = {"level": said, "name": self.person.rater or _("Somebody"), "reason": self.inferred.reason}
        if reader is not None and self.person.rater_id == reader:
            return _("You say %(level)s; %(reason)s") % words
        return _("%(name)s says %(level)s; %(reason)s") % words


@dataclass(frozen=True)
class Divergences:
    """How many people there are, of how many of them the rater says more, and the first of them."""

    total: int
    above: int
    rows: list[Divergence]


def divergences(
    *,
    at: dt.datetime,
    today: dt.date,
    member: UUID | None = None,
    account_ids: Collection[UUID] | None = None,
    most: int | None = None,
) -> Divergences:
    """The divergences of the live book, of the accounts that ``member`` owns or works on, or of these accounts; the most
    telling first, and of equals those of whom the rater says more; at most ``most``. Eight queries."""
    condition = [COUNTED]
    if member:
        condition.append(MINE)
    if account_ids is not None:
        condition.append("a.id = ANY(%(accounts)s::uuid[])")
    far = heard(
        APART,
        condition=" AND ".join(condition),
        at=at,
        today=today,
        member=member,
        accounts=[str(one) for one in account_ids or ()],
        since=at - WINDOW,
    )
    apart, weights = _judged(far, at)
    places = np.flatnonzero(apart)
    first = sorted(
        places,
        key=lambda i: (-round(weights[i], 2), -apart[i], far[i][3].lower(), far[i][4], far[i][0]),
    )[:most]
    people = read_whole([far[i][0] for i in first], at=at) if first else {}
    inferred = inferred_of([far[i][:3] for i in first], at=at)
    return Divergences(
        total=len(places),
        above=int((apart > 0).sum()),
        rows=[
            Divergence(people[far[i][0]], inferred[far[i][0]], int(apart[i]), float(weights[i]))
            for i in first
        ],
    )


def _judged(far: list[tuple[Any, ...]], at: dt.datetime) -> tuple[Any, Any]:
    """How many levels apart each row is, 0 for not far enough, and the weight of that."""
    active = health.people_active_days(people=[row[:3] for row in far], at=at)
    numbers = np.array([row[5:] for row in far], dtype=np.float64).reshape(len(far), 9)
    said, age, of_account, days, weight, theirs, depth, topics, touches = numbers.T
    found = formulas.strength_of(
        formulas.Met(days, weight, theirs, depth, topics, touches.astype(np.int64)),
        account_touches=of_account,
        active_days=[active.get(row[0], 0) for row in far],
    )
    weights = formulas.weights(said, found.value, found.sure, age)
    return formulas.divergences(said, found.level, weights), weights
