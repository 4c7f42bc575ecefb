"""From a score to a word: band and quadrant with their memory, and the red flags that cap what is shown.

The model's section 4. A flag caps the band, never the score; unknown is never capped; cuts are compared
after rounding to 9 decimals.
"""

from __future__ import annotations

import numpy as np

from health.formulas.frames import Bools, Floats, Frame, Ints, bools, codes, floats
from health.formulas.people import Roster
from health.formulas.scorecard import BANDS, FLAGS, ROLES, Card

QUADRANTS = ("unplaced", "disengaged", "forgetful_fan", "captive", "engaged")
DIGITS = 9
UNRATED_DAYS, UNRATED_INFLUENCE, RENEWAL_DAYS = 120, 4, 60
ECONOMIC_BUYER, CHAMPION = ROLES.index("economic_buyer"), ROLES.index("champion")


def levels(score: Floats, cuts: tuple[float, ...], margin: float, before: Ints) -> Ints:
    """How many cuts a score stands above, with hysteresis.

    score: (n,); before: (n,) the earlier level, -1 for none. Up needs >= cut + margin, down < cut - margin;
    without an earlier level the plain cuts hold.
    """
    rounded = np.round(score, DIGITS)
    level = np.zeros(score.shape, dtype=np.int64)
    for position, cut in enumerate(cuts):
        shift = np.where(before < 0, 0.0, np.where(before > position, -margin, margin))
        level += rounded >= np.round(cut + shift, DIGITS)
    return level


def enough(card: Card, evidence: Floats) -> Bools:
    """Whether the evidence (n,) is enough to name a band or a side."""
    known: Bools = np.round(evidence, DIGITS) >= round(card.min_evidence, DIGITS)
    return known


def place_bands(card: Card, score: Floats, evidence: Floats, before: Ints) -> Ints:
    """(n,) positions in BANDS; `before` is the last snapshot's uncapped band, 0 (unknown) for none."""
    return np.where(enough(card, evidence), levels(score, card.cuts, card.margin, before - 1) + 1, 0)


def place_quadrants(
    card: Card, behaviour: tuple[Floats, Floats], emotion: tuple[Floats, Floats], before: Ints
) -> Ints:
    """(n,) positions in QUADRANTS from (score, evidence) of both axes; unplaced (0) forgets both sides."""
    known = before > 0
    sides = []
    for (score, _), divisor in ((behaviour, 2), (emotion, 1)):
        side = np.where(known, (before - 1) // divisor % 2, -1)
        sides.append(levels(score, (50.0,), card.margin, side))
    placed = enough(card, behaviour[1]) & enough(card, emotion[1])
    return np.where(placed, 1 + 2 * sides[0] + sides[1], 0)


def walk(
    card: Card,
    health: tuple[Floats, Floats],
    behaviour: tuple[Floats, Floats],
    emotion: tuple[Floats, Floats],
    band: Ints,
    quadrant: Ints,
) -> tuple[Ints, Ints]:
    """Bands and quadrants (t, n) of t snapshots in a row, each remembering the one before it.

    The pairs are (score, evidence), each (t, n), earliest first; band and quadrant (n,) stood before the
    first (0 for none, and under a new scorecard version). One account's nights may be assessed in one call;
    this gives them their memory.
    """
    walked = []
    for night in range(health[0].shape[0]):
        band = place_bands(card, health[0][night], health[1][night], band)
        now = [(score[night], evidence[night]) for score, evidence in (behaviour, emotion)]
        quadrant = place_quadrants(card, now[0], now[1], quadrant)
        walked.append((band, quadrant))
    bands, quadrants = (np.stack(column) for column in zip(*walked, strict=True))
    return bands, quadrants


def raise_flags(card: Card, roster: Roster, facts: Frame, threads: Ints, used: Bools) -> Bools:
    """(8, n) by FLAGS. threads: covered personas per case; used: whether any usage measure has evidence."""
    n = roster.n
    renewal = np.round(floats(facts, "renewal_days", n), DIGITS)
    raised = {
        "unrated": ~_known_people(roster),
        "champion_left": _vacant(roster, CHAMPION),
        "buyer_left": _vacant(roster, ECONOMIC_BUYER),
        "buyer_negative": _any(roster, buyer_negative(roster)),
        "critical_escalation": bools(facts, "critical_escalation", n),
        "renewal_uncovered": (renewal >= 0) & (renewal <= RENEWAL_DAYS) & (threads == 0),
        "not_live": bools(facts, "not_live", n) & ~used,
        "no_personas": roster.counted == 0,
    }
    return np.stack([raised[flag] for flag in FLAGS])


def buyer_negative(roster: Roster) -> Bools:
    """(p,) counted economic buyers with negative overall sentiment."""
    negative = (roster.value[1:] < 0).any(axis=0)
    found: Bools = roster.counts & (roster.role == ECONOMIC_BUYER) & negative
    return found


def show_bands(card: Card, computed: Ints, flags: Bools, facts: Frame) -> Ints:
    """(n,) the band shown: an override while it lasts, else the computed band capped by the flags."""
    cap = np.where(flags, card.caps[:, None], len(BANDS) - 1).min(axis=0)
    capped = np.minimum(computed, cap)  # unknown is the lowest position: no cap reaches it
    override = codes(facts, "override", BANDS, computed.size)
    return np.where(override >= 0, override, capped)


def _known_people(roster: Roster) -> Bools:
    """(n,) whether anyone who counts, with influence enough, was rated within 120 days.

    This says both halves of the rule: where nobody is rated, nobody of influence is either.
    """
    age = np.fmin(np.fmin(roster.age[0], roster.age[1]), np.fmin(roster.age[2], roster.age[3]))
    recent = np.round(age, DIGITS) <= UNRATED_DAYS
    return _any(roster, roster.counts & (roster.influence >= UNRATED_INFLUENCE) & recent)


def _vacant(roster: Roster, role: int) -> Bools:
    found = np.zeros(roster.n, dtype=np.bool_)
    found[roster.seat_case[roster.seat_vacant & (roster.seat_role == role)]] = True
    return found


def _any(roster: Roster, chosen: Bools) -> Bools:
    found = np.zeros(roster.n, dtype=np.bool_)
    found[roster.case[chosen]] = True
    return found
