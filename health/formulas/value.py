"""Words with numbers: the 4 x 3 matrix in people and in money, money at risk, focus and surprise.

The model's section 8. Money is in the tenant's currency; an account without a rate is NaN and is listed by
the caller, not added here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from health.formulas.frames import Bools, Floats, Ints, over, segment_sum
from health.formulas.people import Roster
from health.formulas.scorecard import BANDS, Card

DIGITS = 9
AT_RISK, UNKNOWN, HEALTHY = BANDS.index("at_risk"), BANDS.index("unknown"), BANDS.index("healthy")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Strength (rows, none to very good) by overall sentiment (columns, negative to positive)."""

    people: Ints  # (4, 3)
    money: Floats  # (4, 3)
    unrated_people: int  # people who count without both a strength and a sentiment
    unrated_money: float  # theirs, and that of accounts where nobody counts
    cell: Ints  # (p,) by roster row: 3 strength + sentiment column, 12 unrated, -1 for those who do not count
    share: Floats  # (p,) of the account's money, by influence
    # money.sum() + unrated_money is the book


def arr_matrix(roster: Roster, arr: Floats) -> Matrix:
    """The matrix of n cases with their ARR (n,), shared by influence over the personas who count."""
    strength, mood = roster.value[0], roster.overall_sentiment()
    both = ~np.isnan(strength) & ~np.isnan(mood)
    row = np.clip(np.rint(np.nan_to_num(strength)), 0, 3).astype(np.int64)
    place = np.where(both, 3 * row + np.nan_to_num(mood).astype(np.int64) + 1, 12)
    cell = np.where(roster.counts, place, -1)
    known = np.nan_to_num(arr)
    weight = roster.influence * roster.counts
    share = over(weight * known[roster.case], segment_sum(roster.case, weight, roster.n)[roster.case])
    counted = roster.counts
    people = np.bincount(cell[counted], minlength=13)
    money = segment_sum(cell[counted], share[counted], 13)
    nobody = float(known[roster.counted == 0].sum())
    return Matrix(
        people=people[:12].reshape(4, 3),
        money=money[:12].reshape(4, 3),
        unrated_people=int(people[12]),
        unrated_money=float(money[12]) + nobody,
        cell=cell,
        share=share,
    )


def money_at_risk(band_shown: Ints, arr: Floats) -> float:
    """The ARR of the accounts shown at_risk."""
    return float(np.nansum(arr[band_shown == AT_RISK]))


ENOUGH_OUTCOMES = 40
NOTHING_TO_DO = 0.5


def loss_rates(card: Card, lost: Ints, decided: Ints) -> Floats:
    """(4,) by band: the share of the tenant's own outcomes that were losses, the scorecard's rate until there are 40.

    lost and decided (4,): churns, and all outcomes, by the band shown 90 days before. A band that no outcome came from
    keeps the scorecard's rate.
    """
    if decided.sum() < ENOUGH_OUTCOMES:
        return card.loss_rates
    return np.where(decided > 0, lost / np.maximum(decided, 1), card.loss_rates)


@dataclass(frozen=True, slots=True)
class Focus:
    """The factors of the focus of n accounts, each (n,), and their product with the ARR."""

    loss_rate: Floats
    hurry: Floats
    ability: Floats
    points: Floats


def focus(
    card: Card, rates: Floats, arr: Floats, band_shown: Ints, renewal_days: Floats, can_act: Bools
) -> Focus:
    """ARR x loss rate of the band x the renewal factor inside its days x 1, or .5 with nothing to do.

    rates: (4,) by band, as ``loss_rates`` gives them; renewal_days: days until the renewal, NaN for none; can_act:
    whether something can be done this week.
    """
    days = np.round(renewal_days, DIGITS)
    near = (days >= 0) & (days <= card.renewal_days)
    hurry = np.where(near, card.renewal_factor, 1.0)
    ability = np.where(can_act, 1.0, NOTHING_TO_DO)
    return Focus(rates[band_shown], hurry, ability, arr * rates[band_shown] * hurry * ability)


def surprises(band_shown: Ints, flags: Bools) -> Bools:
    """(n,) whether a bad outcome was unforeseen: shown healthy or unknown then, and no flag up.

    band_shown (n,) and flags (8, n) as they stood N days before a churn, downsell or escalation.
    """
    calm = (band_shown == HEALTHY) | (band_shown == UNKNOWN)
    quiet: Bools = calm & ~flags.any(axis=0)
    return quiet
