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
TIE = 0.01 + NEARLY  # weights that differ by more are different once they are rounded to two places


def _cases(column: str, values: dict[str, float], otherwise: float) -> str:
    words = " ".join(f"WHEN '{word}' THEN {value}::float8" for word, value in values.items())
    return f"CASE {column} {words} ELSE {otherwise}::float8 END"


# Everything is reckoned in float8, and each step once: a fence (OFFSET 0) keeps the planner from writing a step out
# wherever the next ones use it. Numbers of the type numeric would take ten times as long.
HALF = "0.5::float8"
FROM_THEM = (
    f"CASE WHEN t.kind IN {formulas.BOTH!r} THEN {HALF} ELSE {_cases('t.direction', formulas.SHARE, 0.5)} END"
)
DEPTH = _cases("t.kind", formulas.DEPTH, formulas.DEPTH["mail"])
CUTS = "(ARRAY[{}, {}, {}]::float8[])".format(*formulas.CUTS)
# What is left of a rating's evidence, and the most that may be left of a difference: the word lies so many levels above
# the lowest, or below the highest.
HELD = f"power({HALF}, greatest(0, age - {formulas.GRACE}) / {formulas.HALVES})"
MOST = "greatest(strength, 3 - strength) * held"
# Here the days in the product are not known: they add up to ten points.
VALUE = f"""90 * (0.35::float8 * coalesce(power({HALF}, days / {formulas.RECENT}), 0)
    + 0.25::float8 * least(weight / {formulas.ENOUGH}, 1)
    + 0.20::float8 * coalesce((1 - abs(2 * theirs / nullif(weight, 0) - 1)) * power({HALF}, days / {formulas.LASTING}), 0)
    + 0.20::float8 * (0.75::float8 * depth + 0.25::float8 * least(topics::float8 / {formulas.TOPICS}, 1)))"""
SURE = f"1 - exp(-(touches + greatest(0, least(of_account - touches, {formulas.OTHERS})) / 3::float8) / 3)"


def _weight(value: str) -> str:
    """The weight of a difference where the touches and the usage come to ``value``: place is linear between middles."""
    rises = zip(formulas.MIDDLES, formulas.MIDDLES[1:], strict=False)
    place = " + ".join(f"least(greatest(({value} - {low}) / {high - low}, 0), 1)" for low, high in rises)
    return f"abs(strength - ({place})) * sure * held"


# Days in the product only raise the value: who is rated high is furthest apart without any, and who is rated low with the
# most. ``far`` is the value that lets them be apart, ``near`` the one at which they are hardly so; what holds at both
# holds in between, and those people need not be looked at one by one.
NEAR = f"value + CASE WHEN strength >= {formulas.APART} THEN 10 ELSE 0 END"
FAR = f"value + CASE WHEN strength >= {formulas.APART} THEN 0 ELSE 10 END"


def _apart(value: str, margin: float) -> str:
    """Whether the level of ``value`` lies two or more from the rating's; by ``margin`` at least."""
    return f"""CASE WHEN strength >= {formulas.APART}
        THEN {value} < {CUTS}[strength - {formulas.APART} + 1] - ({margin})::float8
        ELSE {value} >= {CUTS}[strength + {formulas.APART}] + ({margin})::float8 END"""


OF_THEIRS = "AND account_id = ANY(SELECT account_id FROM chosen)"  # of a whole book it is quicker not to ask
# Touches of a person, also under an entry that was merged into theirs, summed as ``met_of`` does: first by topic, then
# together, which spares a sort for the count of topics.
APART = f""", chosen AS MATERIALIZED (
    SELECT * FROM (
        SELECT rated.*, {HELD} AS held FROM (
            SELECT id, account_id, strength, date_part('epoch', %(at)s - oldest_at) / 86400 AS age
            FROM people_heard WHERE strength IS NOT NULL OFFSET 0
        ) rated OFFSET 0
    ) rated WHERE {MOST} > {formulas.ORDINARY} - {NEARLY}::float8
), them AS (
    SELECT id, id AS whose FROM chosen
    UNION ALL
    SELECT p.id, chosen.id FROM accounts_persona p JOIN chosen ON chosen.id = p.merged_into_id
    WHERE p.tenant_id = %(tenant)s AND p.merged_into_id IS NOT NULL
), met AS MATERIALIZED (
    SELECT whose, min(days) AS days, sum(weight) AS weight, sum(theirs) AS theirs, max(depth) AS depth,
        count(topic) AS topics, sum(touches)::int AS touches
    FROM (
        SELECT whose, topic, min(age) AS days, sum(weight) AS weight, sum(weight * from_them) AS theirs,
            max(depth * power({HALF}, age / {formulas.LASTING})) AS depth, count(*) AS touches
        FROM (
            SELECT whose, age, power({HALF}, age / {formulas.OFTEN}) AS weight, from_them, depth, topic
            FROM (
                SELECT them.whose, date_part('epoch', %(at)s - t.at) / 86400 AS age, {FROM_THEM} AS from_them,
                    {DEPTH} AS depth, nullif(t.touchpoint, '') AS topic
                FROM them
                JOIN accounts_touchattendee e ON e.tenant_id = %(tenant)s AND e.persona_id = them.id
                JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = e.touch_id
                WHERE t.deleted_at IS NULL AND t.at > %(since)s AND t.at <= %(at)s AND t.created_at <= %(at)s
                OFFSET 0
            ) touch OFFSET 0
        ) weighed GROUP BY whose, topic
    ) by_topic GROUP BY whose
), of_accounts (account_id, of_account) AS MATERIALIZED (
    {OF_ACCOUNTS.replace("AND account_id = ANY(%(accounts)s)", OF_THEIRS)}
), told AS (
    SELECT chosen.*, days, coalesce(weight, 0) AS weight, coalesce(theirs, 0) AS theirs, coalesce(depth, 0) AS depth,
        coalesce(topics, 0) AS topics, coalesce(touches, 0) AS touches, coalesce(of_account, 0) AS of_account
    FROM chosen LEFT JOIN met ON met.whose = chosen.id LEFT JOIN of_accounts USING (account_id)
), reckoned AS (
    SELECT told.*, {VALUE} AS value, {SURE} AS sure FROM told OFFSET 0
), bounded AS (
    SELECT reckoned.*, {NEAR} AS near, {FAR} AS far FROM reckoned OFFSET 0
), weighed AS (
    SELECT bounded.*, {_weight("near")} AS least_weight, {_weight("far")} AS most_weight
    FROM bounded WHERE {_apart("far", -NEARLY)} OFFSET 0
), judged AS MATERIALIZED (
    SELECT weighed.*, {_apart("near", NEARLY)} AND least_weight > {formulas.ORDINARY} + {NEARLY}::float8 AS certain
    FROM weighed WHERE most_weight > {formulas.ORDINARY} - {NEARLY}::float8
), bar AS MATERIALIZED (
    SELECT count(*) AS certain, count(*) FILTER (WHERE strength >= {formulas.APART}) AS above,
        (array_agg(least_weight ORDER BY least_weight DESC))[%(most)s] - {TIE}::float8 AS weight
    FROM judged WHERE certain
)
SELECT told.id, told.account_id, p.email, a.name, p.name, told.strength, told.age, told.of_account, told.days, told.weight,
    told.theirs, told.depth, told.topics, told.touches, told.certain, bar.certain, bar.above
FROM bar
JOIN judged told ON NOT told.certain OR bar.weight IS NULL OR told.most_weight >= bar.weight
JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = told.id
JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = told.account_id"""


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
    telling first, and of equals those of whom the rater says more; at most ``most``. Six queries."""
    condition = [COUNTED]
    if member:
        condition.append(MINE)
    if account_ids is not None:
        condition.append("a.id = ANY(%(accounts)s::uuid[])")
    far = heard(
        APART if member or account_ids is not None else APART.replace(OF_THEIRS, ""),
        condition=" AND ".join(condition),
        at=at,
        today=today,
        member=member,
        accounts=[str(one) for one in account_ids or ()],
        since=at - WINDOW,
        most=most,
    )
    active = health.people_active_days(people=[row[:3] for row in far], at=at)
    apart, weights, unsure = _judged(far, active)
    first = sorted(
        np.flatnonzero(apart).tolist(),
        key=lambda i: (-round(weights[i], 2), -apart[i], far[i][3].lower(), far[i][4], far[i][0]),
    )[:most]
    people = read_whole([far[i][0] for i in first], at=at) if first else {}
    inferred = inferred_of([far[i][:3] for i in first], at=at, active=active)
    certain, above = far[0][-2:] if far else (0, 0)
    return Divergences(
        total=certain + int((apart[unsure] != 0).sum()),
        above=above + int((apart[unsure] > 0).sum()),
        rows=[
            Divergence(people[far[i][0]], inferred[far[i][0]], int(apart[i]), float(weights[i]))
            for i in first
        ],
    )


def _judged(far: list[tuple[Any, ...]], active: dict[UUID, int]) -> tuple[Any, Any, Any]:
    """Of each row how many levels it is apart, 0 for not far enough, the weight of that, and whether that was unsure."""
    numbers = np.array([row[5:15] for row in far], dtype=np.float64).reshape(len(far), 10)
    said, age, of_account, days, weight, theirs, depth, topics, touches, certain = numbers.T
    found = formulas.strength_of(
        formulas.Met(days, weight, theirs, depth, topics, touches.astype(np.int64)),
        account_touches=of_account,
        active_days=[active.get(row[0], 0) for row in far],
    )
    weights = formulas.weights(said, found.value, found.sure, age)
    return formulas.divergences(said, found.level, weights), weights, certain == 0
