"""Flags as documents: code, cap, since when, and one plain sentence.

Sentences name roles and dates, never people: a stored score outlives the name of a person who asked to be forgotten. Beside
the flags of the model stand those that cap nothing and enter no score: an account that asks for much, and a flag raised by
hand, with the words of who raised it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from health import formulas
from health.selectors.assessing import Assessed
from health.selectors.states import ASKING, Asking, HandFlag

BY_HAND, MANY_REQUESTS = "by_hand", "many_requests"
FLAG_CODES = (*formulas.FLAGS, BY_HAND, MANY_REQUESTS)
RENEWAL_NOTICE = dt.timedelta(days=60)
Since = dt.date | dt.datetime | None


def flag_documents(assessed: Assessed) -> list[list[dict[str, Any]]]:
    """Per case, the flags that are up: [{code, cap, since, detail}]; one raised by hand has id, author and expires_at
    besides."""
    result, caps = assessed.result, assessed.result.card.caps.tolist()
    found: list[list[dict[str, Any]]] = [[] for _ in range(result.n)]
    for f, i in zip(*(places.tolist() for places in np.nonzero(result.flags)), strict=True):
        code = formulas.FLAGS[f]
        since, detail = SENTENCES[code](assessed, i)
        cap = formulas.BANDS[caps[f]] if caps[f] < len(formulas.BANDS) - 1 else None
        found[i].append({"code": code, "cap": cap, "since": _text(since), "detail": detail})
    for i, asking in assessed.known.asking.items():
        found[i].append(_many_requests(asking))
    for i, raised in assessed.known.raised.items():
        found[i] += [_by_hand(flag) for flag in raised]
    return found


def _many_requests(asking: Asking) -> dict[str, Any]:
    days = ASKING[1].days
    detail = _("They asked for %(requests)s things in %(days)s days.") % {
        "requests": asking.requests,
        "days": days,
    }
    return {"code": MANY_REQUESTS, "cap": None, "since": _text(asking.since), "detail": detail}


def _by_hand(flag: HandFlag) -> dict[str, Any]:
    return {
        "code": BY_HAND,
        "cap": None,
        "since": _text(flag.recorded_at),
        "detail": flag.reason,
        "id": str(flag.id),
        "author": str(flag.author_id) if flag.author_id else None,
        "expires_at": _text(flag.expires_at),
    }


def _text(since: Since) -> str | None:
    if isinstance(since, dt.datetime):
        return since.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return since.isoformat() if since else None


def _unrated(assessed: Assessed, i: int) -> tuple[Since, str]:
    return None, _("Nobody of influence has been rated in the last 120 days.")


def _left(role: str, detail: Callable[[], str]) -> Callable[[Assessed, int], tuple[Since, str]]:
    def sentence(assessed: Assessed, i: int) -> tuple[Since, str]:
        people = assessed.known.people
        gone = (people["case"] == i) & (people["role"] == role) & ~people["active"]
        return max(people["left_on"][gone].tolist(), default=None), detail()

    return sentence


def _buyer_negative(assessed: Assessed, i: int) -> tuple[Since, str]:
    roster, said = assessed.result.roster, assessed.known.observed.ratings["observed_at"]
    buyers = (roster.case == i) & roster.counts & (roster.role == formulas.ROLES.index("economic_buyer"))
    speaker = roster.speaker[1:, buyers][roster.value[1:, buyers] < 0]
    return min(said[speaker].tolist(), default=None), _("The economic buyer is negative about us.")


def _escalation(assessed: Assessed, i: int) -> tuple[Since, str]:
    return assessed.known.escalated.get(i), _("A critical escalation is open.")


def _renewal(assessed: Assessed, i: int) -> tuple[Since, str]:
    renewal = dt.date.fromisoformat(assessed.known.facts["renewal_on"][i])
    days = (renewal - assessed.cases.days[i]).days
    return renewal - RENEWAL_NOTICE, _("Renews in %(days)s days and nobody there is covered.") % {
        "days": days
    }


def _not_live(assessed: Assessed, i: int) -> tuple[Since, str]:
    return None, _("Usage has not run for 28 days yet, so it does not count.")


def _no_personas(assessed: Assessed, i: int) -> tuple[Since, str]:
    return None, _("Nobody is tracked at this account.")


SENTENCES: dict[str, Callable[[Assessed, int], tuple[Since, str]]] = {
    "unrated": _unrated,
    "champion_left": _left("champion", lambda: _("The champion left and nobody has taken the place.")),
    "buyer_left": _left(
        "economic_buyer", lambda: _("The economic buyer left and nobody has taken the place.")
    ),
    "buyer_negative": _buyer_negative,
    "critical_escalation": _escalation,
    "renewal_uncovered": _renewal,
    "not_live": _not_live,
    "no_personas": _no_personas,
}
