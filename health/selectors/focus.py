"""Where a look at an account may save most: the model's focus, and how often accounts of a band were lost before.

The chances come from the tenant's own outcomes as soon as there are 40 of them, else from the scorecard.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from health import formulas
from health.formulas import value
from health.selectors.cases import rows
from health.selectors.losses import SHOWN_BEFORE
from health.selectors.scorecards import current_scorecard

# The band shown 90 days before each outcome; a snapshot from the week before will do, as for surprises.
DECIDED = """SELECT s.band, count(*), count(*) FILTER (WHERE o.kind = 'churned')
FROM accounts_outcome o
JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = o.account_id AND a.status <> 'internal'
JOIN LATERAL (
    SELECT band FROM health_scoresnapshot s WHERE s.tenant_id = %(tenant)s AND s.account_id = o.account_id
        AND s.at <= (o.happened_on - %(before)s) + interval '1 day'
        AND s.at > (o.happened_on - %(before)s) - interval '7 days'
    ORDER BY s.at DESC LIMIT 1
) s ON true
WHERE o.tenant_id = %(tenant)s AND o.deleted_at IS NULL AND o.recorded_at <= %(at)s AND o.happened_on <= %(day)s
GROUP BY s.band"""


@dataclass(frozen=True)
class Chances:
    """How likely accounts of each band are lost. ``decided`` and ``lost`` count own outcomes by the band 90 days before;
    ``own``: the rates come from them, else from ``card``."""

    card: formulas.Card
    rates: dict[str, float]
    decided: dict[str, int]
    lost: dict[str, int]
    own: bool


class FocusRow(NamedTuple):
    """The factors of one account's focus: points = worth x loss_rate x hurry x ability."""

    loss_rate: float
    hurry: float
    ability: float
    points: float


def loss_chances(*, today: dt.date, at: dt.datetime) -> Chances:
    """The chance of loss by band, as known at ``at``. One statement, and the scorecard's."""
    found = rows(DECIDED, {"before": SHOWN_BEFORE, "day": today, "at": at})
    decided = dict.fromkeys(formulas.BANDS, 0) | {band: count for band, count, _lost in found}
    lost = dict.fromkeys(formulas.BANDS, 0) | {band: count for band, _decided, count in found}
    card = current_scorecard().card
    rates = value.loss_rates(
        card,
        np.array([lost[band] for band in formulas.BANDS]),
        np.array([decided[band] for band in formulas.BANDS]),
    )
    own = sum(decided.values()) >= value.ENOUGH_OUTCOMES
    return Chances(card, dict(zip(formulas.BANDS, map(float, rates), strict=True)), decided, lost, own)


def focus(
    *,
    worth: Sequence[Decimal | float],
    bands: Sequence[str],
    renewal_days: Sequence[float | None],
    can_act: Sequence[bool],
    chances: Chances,
) -> list[FocusRow]:
    """How much money a look at each account may save, with its factors, in the order given."""
    if not bands:
        return []
    found = value.focus(
        chances.card,
        np.array([chances.rates[band] for band in formulas.BANDS]),
        np.array([float(one) for one in worth]),
        np.array([formulas.BANDS.index(band) for band in bands]),
        np.array([np.nan if days is None else days for days in renewal_days], dtype=np.float64),
        np.array(can_act, dtype=bool),
    )
    factors = (found.loss_rate, found.hurry, found.ability, found.points)
    return [FocusRow(*map(float, one)) for one in zip(*factors, strict=True)]
