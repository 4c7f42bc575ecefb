"""Cases assessed: loads what was known of them and asks the formulas, with the scorecard of their moment.

The one way from rows to scores, for one account or a book, now or on any past day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from health import formulas
from health.formulas.usage import not_live
from health.selectors.cases import Cases, Zones, make_cases
from health.selectors.people import Observed, observed, people, renumbered
from health.selectors.scorecards import ScorecardVersion, scorecards_at
from health.selectors.states import Asking, HandFlag, Memory, StandingOverride, states
from health.selectors.usage_windows import usage_counts

NO_MEMORY = Memory()


@dataclass(frozen=True, slots=True)
class Known:
    """Everything loaded for cases: what the formulas need, and what is shown beside their result.

    Where cases were assessed together, ``observed`` is of all of them: the speakers of a roster are its rows.
    """

    cases: Cases
    facts: dict[str, list[Any]]
    people: dict[str, Any]
    observed: Observed
    usage: dict[str, Any] | None
    escalated: dict[int, dt.datetime]
    overrides: dict[int, StandingOverride]
    raised: dict[int, list[HandFlag]]
    asking: dict[int, Asking]
    memories: Mapping[int, Memory]

    def take(self, positions: Sequence[int]) -> Known:
        """What is known of some of the cases, numbered anew in ascending order."""
        if list(positions) == list(range(self.cases.n)):
            return self
        number = np.full(self.cases.n, -1)
        number[list(positions)] = np.arange(len(positions))
        seen = self.observed
        return Known(
            cases=self.cases.take(positions),
            facts={key: [values[i] for i in positions] for key, values in self.facts.items()},
            people=renumbered(self.people, number),
            observed=Observed(
                ratings=renumbered(seen.ratings, number),
                observations=renumbered(seen.observations, number),
                answers=renumbered(seen.answers, number),
            ),
            usage=None
            if self.usage is None
            else {name: column[list(positions)] for name, column in self.usage.items()},
            escalated=_picked(self.escalated, positions),
            overrides=_picked(self.overrides, positions),
            raised=_picked(self.raised, positions),
            asking=_picked(self.asking, positions),
            memories=_picked(self.memories, positions),
        )


@dataclass(frozen=True, slots=True)
class Assessed:
    """Cases under one scorecard version, with what was known and what the model says.

    `positions` are their places among the cases that were asked for.
    """

    positions: list[int]
    known: Known
    version: ScorecardVersion
    result: formulas.Assessment

    @property
    def cases(self) -> Cases:
        return self.known.cases


def assess_cases(cases: Cases) -> list[Assessed]:
    """The assessment of cases, one for each scorecard version among them."""
    if not cases.n:
        return []
    known, in_force = load(cases), scorecards_at(cases.moments)
    groups: dict[int, list[int]] = {}
    for i, moment in enumerate(cases.moments):
        groups.setdefault(in_force[moment].version, []).append(i)
    found = []
    for positions in groups.values():
        version, part = in_force[cases.moments[positions[0]]], known.take(positions)
        found.append(Assessed(positions, part, version, assess(part, version)))
    return found


def assess_pairs(
    pairs: Sequence[tuple[UUID, dt.datetime, dt.datetime]], zones: Zones
) -> list[tuple[Assessed, Assessed]]:
    """Accounts at two moments each (account, before, after), loaded together; grouped by both scorecards."""
    if not pairs:
        return []
    n = len(pairs)
    cases = make_cases(
        [(account, before) for account, before, _ in pairs]
        + [(account, after) for account, _, after in pairs],
        zones,
    )
    known, in_force = load(cases), scorecards_at(cases.moments)
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (_, before, after) in enumerate(pairs):
        groups.setdefault((in_force[before].version, in_force[after].version), []).append(i)
    return [_assessed_pairs(known, positions, n, in_force) for positions in groups.values()]


def _assessed_pairs(
    known: Known, positions: list[int], n: int, in_force: Mapping[dt.datetime, ScorecardVersion]
) -> tuple[Assessed, Assessed]:
    """Cases at these positions, and those n further on: assessed in one call where they share a scorecard."""
    sides = positions, [i + n for i in positions]
    versions = [in_force[known.cases.moments[side[0]]] for side in sides]
    if versions[0] is versions[1]:
        both = known.take([*sides[0], *sides[1]])
        results = formulas.halves(assess(both, versions[0]))
        parts = [replace(known.take(side), observed=both.observed) for side in sides]
    else:
        parts = [known.take(side) for side in sides]
        results = assess(parts[0], versions[0]), assess(parts[1], versions[1])
    first, second = (Assessed(positions, *one) for one in zip(parts, versions, results, strict=True))
    return first, second


def load(cases: Cases) -> Known:
    """What was known of cases, in a constant number of statements."""
    found = states(cases)
    return Known(
        cases=cases,
        facts=found.facts,
        people=people(cases),
        observed=observed(cases, found.facts["owner"]),
        usage=usage_counts(cases, found.facts["seats"], found.facts["entitlements"]),
        escalated=found.escalated,
        overrides=found.overrides,
        raised=found.raised,
        asking=found.asking,
        memories=found.memories,
    )


def _picked(values: Mapping[int, Any], positions: Sequence[int]) -> dict[int, Any]:
    return {new: values[old] for new, old in enumerate(positions) if old in values}


def assess(known: Known, version: ScorecardVersion) -> formulas.Assessment:
    """What the model says of loaded cases under one version of the scorecard."""
    n, card = known.cases.n, version.card
    observations: Any = known.observed.observations
    facts = _facts_frame(known, version)
    if known.usage is not None:
        computed = formulas.usage_rows(card, n, known.usage)
        own = {name: observations[name] for name in ("case", "measure", "value", "age_days")}
        observations = formulas.stack_frames(own, computed)
        facts["not_live"] = not_live(known.usage["days_since_first"])
    return formulas.assess(
        card,
        n,
        people=known.people,
        ratings=known.observed.ratings,
        observations=observations,
        answers=known.observed.answers,
        facts=facts,
    )


def _facts_frame(known: Known, version: ScorecardVersion) -> dict[str, Any]:
    n, cases = known.cases.n, known.cases
    days = [
        (dt.date.fromisoformat(renewal) - day).days if renewal else np.nan
        for renewal, day in zip(known.facts["renewal_on"], cases.days, strict=True)
    ]
    remembered = [known.memories.get(i, NO_MEMORY) for i in range(n)]
    return {
        "critical_escalation": [i in known.escalated for i in range(n)],
        "renewal_days": days,
        "tier": known.facts["tier"],
        "override": [known.overrides[i].band if i in known.overrides else None for i in range(n)],
        "previous_band": [memory.band for memory in remembered],
        "previous_quadrant": [memory.quadrant for memory in remembered],
        "new_version": [memory.version not in (None, version.version) for memory in remembered],
    }
