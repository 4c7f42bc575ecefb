"""How often people leave, in the tenant's own book: the yearly chance behind the probability that no thread is left.

Departures and person-years are counted over everyone tracked in the 24 months before a moment, as known at it, with
the model's own start (2 departures in 10 years) until there is history enough.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from health import formulas
from health.selectors.cases import rows

REACH = dt.timedelta(days=730.5)
MONTH_DAYS = 365.25 / 12

# A person is observed from the day the tenant had them, so that somebody entered as a leaver is no departure, until they
# leave or their account churns: who leaves afterwards leaves nobody of ours.
COUNTED = """WITH known AS (
    SELECT persona_id, min(effective_at) FILTER (WHERE key = 'account') AS since,
        (array_agg(value #>> '{}' ORDER BY effective_at DESC, recorded_at DESC, id DESC)
            FILTER (WHERE key = 'tracked'))[1] AS tracked,
        (array_agg(value #>> '{}' ORDER BY effective_at DESC, recorded_at DESC, id DESC)
            FILTER (WHERE key = 'left_on'))[1]::date::timestamp AT TIME ZONE 'UTC' AS gone
    FROM accounts_personafact
    WHERE tenant_id = %(tenant)s AND key IN ('tracked', 'left_on', 'account')
        AND effective_at <= %(at)s AND recorded_at <= %(at)s
    GROUP BY persona_id
), lost AS (
    SELECT account_id, coalesce(
        (array_agg(value #>> '{}' ORDER BY effective_at DESC, recorded_at DESC, id DESC)
            FILTER (WHERE key = 'churned_on'))[1]::date::timestamp AT TIME ZONE 'UTC',
        max(effective_at) FILTER (WHERE key = 'status')) AS gone
    FROM accounts_accountfact
    WHERE tenant_id = %(tenant)s AND key IN ('status', 'churned_on')
        AND effective_at <= %(at)s AND recorded_at <= %(at)s
    GROUP BY account_id
    HAVING (array_agg(value #>> '{}' ORDER BY effective_at DESC, recorded_at DESC, id DESC)
        FILTER (WHERE key = 'status'))[1] = 'churned'
)
SELECT count(*) FILTER (WHERE gone = until AND until < %(at)s),
    coalesce(sum(extract(epoch FROM until - start)), 0)::float8
FROM (
    SELECT greatest(k.since, %(at)s - %(reach)s) AS start, least(%(at)s, k.gone, l.gone) AS until, k.gone
    FROM known k
    JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = k.persona_id
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id AND a.status <> 'internal'
    LEFT JOIN lost l ON l.account_id = a.id
    WHERE k.tracked IS DISTINCT FROM 'false' AND (p.deleted_at IS NULL OR p.deleted_at > %(at)s)
) seen WHERE until > start"""


@dataclass(frozen=True, slots=True)
class Departures:
    """How many left in how many person-years; ``yearly`` is the chance that a person leaves within a year."""

    departures: int
    person_years: float

    @property
    def yearly(self) -> float:
        return float(formulas.yearly_departure(self.departures, self.person_years))

    def no_thread(self, threads: Any, months: Any) -> list[float | None]:
        """P(no thread left in so many months) for threads and months of equal length; None where months are NaN."""
        found = formulas.no_thread_probability(
            np.asarray(threads, dtype=np.int64), self.departures, self.person_years,
            np.asarray(months, dtype=np.float64),
        )  # fmt: skip
        return [None if np.isnan(month) else float(p) for p, month in zip(found, months, strict=True)]

    def document(self) -> dict[str, Any]:
        return {
            "yearly": self.yearly,
            "departures": self.departures,
            "person_years": round(self.person_years, 2),
        }


def departures(at: dt.datetime) -> Departures:
    """The tenant's departures in the 24 months before ``at``, as known at it. One query."""
    gone, seconds = rows(COUNTED, {"at": at, "reach": REACH})[0]
    return Departures(gone, seconds / (365.25 * 86400))


def months_until(renewal_on: dt.date | None, today: dt.date) -> float:
    """Months until a renewal; NaN without one, or where it is past."""
    if renewal_on is None or renewal_on < today:
        return float("nan")
    return (renewal_on - today).days / MONTH_DAYS
