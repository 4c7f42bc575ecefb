"""What the model says of a case, as plain data: the health and coverage documents of REST, pages and stored scores.

Numbers are not rounded; what is missing is null, never 0. Personas are ids: names are looked up where they are shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from health import formulas
from health.selectors.assessing import Assessed
from health.selectors.flags import flag_documents

SENTIMENTS = ("negative", "neutral", "positive")
ATTRITION_DAYS = 730.5
YEAR = dt.timedelta(days=365.25)


def health_documents(assessed: Assessed) -> list[dict[str, Any]]:
    """One document per case, in order, in the shape of the health resource."""
    result, known = assessed.result, assessed.known
    health, (behavioural, emotional) = result.health, result.axes
    measures, flags = formulas.measure_rows(result), flag_documents(assessed)
    band, shown = result.band.tolist(), result.band_shown.tolist()
    quadrant = result.quadrant.tolist()
    return [
        {
            "score": float(health.score[i]),
            "evidence": float(health.evidence[i]),
            "band": formulas.BANDS[shown[i]],
            "band_computed": formulas.BANDS[band[i]],
            "quadrant": formulas.QUADRANTS[quadrant[i]],
            "behavioural": _scored(behavioural, i),
            "emotional": _scored(emotional, i),
            "age_days": number(result.age_days[i]),
            "measures": measures[i],
            "flags": flags[i],
            "override": _override(assessed, i),
            "scorecard_version": assessed.version.version,
            "at": known.cases.moments[i],
        }
        for i in range(result.n)
    ]


def number(value: float) -> float | None:
    """A float, or None for NaN."""
    return None if np.isnan(value) else float(value)


def _scored(axis: formulas.Combined, i: int) -> dict[str, float]:
    return {"score": float(axis.score[i]), "evidence": float(axis.evidence[i])}


def _override(assessed: Assessed, i: int) -> dict[str, Any] | None:
    standing = assessed.known.overrides.get(i)
    if standing is None:
        return None
    return {
        "band": standing.band,
        "reason": standing.reason,
        "author": str(standing.author_id) if standing.author_id else None,
        "set_at": _time(standing.recorded_at),
        "expires_at": _time(standing.expires_at),
    }


def _time(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else None


def coverage_documents(assessed: Assessed) -> list[dict[str, Any]]:
    """One document per case, in order, in the shape of the coverage resource."""
    result, roster = assessed.result, assessed.result.roster
    departures, years = _attrition(assessed)
    documents = formulas.coverage_rows(result, departures, years)
    vacant = _roles_by_case(
        result.n, roster.seat_case[roster.seat_vacant], roster.seat_role[roster.seat_vacant]
    )
    unknown = _roles_by_case(
        result.n, roster.seat_case[~roster.seat_vacant], roster.seat_role[~roster.seat_vacant]
    )
    for document, roles, nobody, people, moment in zip(
        documents, vacant, unknown, _people(assessed), assessed.cases.moments, strict=True
    ):
        document["vacant_roles"] = roles
        document["unknown_roles"] = nobody
        document["people"] = [
            {**row, "held": row["strength"], **person}
            for row, person in zip(document["people"], people, strict=True)
        ]
        document["at"] = moment
    return documents


def _roles_by_case(n: int, cases: Any, roles: Any) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(n)]
    for case, role in zip(cases.tolist(), roles.tolist(), strict=True):
        found[case].append(formulas.ROLES[role])
    return found


def _people(assessed: Assessed) -> list[list[dict[str, Any]]]:
    """Per case, everyone who counts: how strong, in what mood, how old that is, and who said it."""
    roster = assessed.result.roster
    mood, said = roster.overall_sentiment(), assessed.known.observed.ratings
    author, observed_at = said["author_id"], said["observed_at"]
    owner, since = assessed.known.facts["owner"], assessed.known.facts["owner_since"]
    found: list[list[dict[str, Any]]] = [[] for _ in range(roster.n)]
    for row in np.flatnonzero(roster.counts).tolist():
        case, strength = int(roster.case[row]), roster.value[0, row]
        speakers = roster.speaker[:, row][~np.isnan(roster.value[:, row])].tolist()
        newest = max(speakers, key=lambda speaker: observed_at[speaker], default=None)
        by = None if newest is None or author[newest] is None else str(author[newest])
        found[case].append(
            {
                "persona": roster.persona[row],
                "role": formulas.ROLES[roster.role[row]],
                "influence": float(roster.influence[row]),
                "strength": None if np.isnan(strength) else formulas.STRENGTHS[round(strength)],
                "sentiment": None if np.isnan(mood[row]) else SENTIMENTS[int(mood[row]) + 1],
                "rated_at": None if newest is None else _time(observed_at[newest]),
                "rated_by": by,
                "age_days": number(roster.age[0, row]),
                "inherited": newest is not None
                and owner[case] not in (None, by)
                and observed_at[newest] < since[case],
            }
        )
    return found


def _attrition(assessed: Assessed) -> tuple[Any, Any]:
    """(n,) departures and person-years of tracked people in the 24 months before each case.

    A person is observed from the day the account had them, so that somebody entered as a leaver is no departure.
    """
    people, cases = assessed.known.people, assessed.cases
    departures, years = np.zeros(cases.n), np.zeros(cases.n)
    reach = dt.timedelta(days=ATTRITION_DAYS)
    for case, tracked, since, left_on in zip(
        people["case"].tolist(), people["tracked"].tolist(), people["since"], people["left_on"], strict=True
    ):
        if not tracked:
            continue
        moment, until = cases.moments[case], cases.moments[case]
        if left_on is not None:
            until = min(until, dt.datetime.combine(left_on, dt.time(), dt.UTC))
        start = max(since, moment - reach)
        if until > start:
            years[case] += (until - start) / YEAR
            departures[case] += until < moment
    return departures, years


def sides_of(quadrant: str) -> dict[str, str | None]:
    """The sides of both axes that a quadrant stands for."""
    place = formulas.QUADRANTS.index(quadrant) - 1
    if place < 0:
        return {"behavioural": None, "emotional": None}
    return {
        "behavioural": "high" if place // 2 else "low",
        "emotional": "high" if place % 2 else "low",
    }
