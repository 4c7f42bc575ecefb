"""The focus list: where a look may save most, with every factor of it, the reasons in words and the one next step.

Today shows the part of it that needs somebody; here stands the whole live book. A constant number of statements.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Actor
from csplatform.selectors.acting import acting, writable
from csplatform.selectors.book import BookFilter, BookRow, book, local_day, money_rates
from csplatform.selectors.links import account_href
from csplatform.selectors.reasons import next_action, reasons, stories
from health import selectors as health

MOST = 50


@dataclass(frozen=True)
class FocusList:
    """The first rows, most to be saved first; ``accounts`` live ones there are, ``without_rate`` of them without a worth
    in the tenant's currency, so not ranked."""

    rows: list[dict[str, Any]]
    accounts: int
    without_rate: int
    chances: health.Chances


def focus_list(*, actor: Actor, wanted: BookFilter, at: dt.datetime, most: int = MOST) -> FocusList:
    """The live accounts of this part of the book by focus, at most ``most`` of them."""
    day = local_day(actor.tenant, at)
    whole = book(wanted, today=day, rates=money_rates(actor.tenant, at))
    chances = health.loss_chances(today=day, at=at)
    shown = by_focus([row for row in whole if row.worth is not None], chances, day)[:most]
    listed = [row for row, _factors in shown]
    told, names = stories([row.id for row in listed])
    doing = acting(account_ids=[row.id for row in listed], today=day, at=at)
    mine = writable(listed, actor)
    rows = [
        {
            "id": row.id,
            "href": account_href(actor.tenant, row.id),
            "name": row.name,
            "band": row.band,
            "score": row.score,
            "change": row.change,
            "arr": row.arr,
            "currency": row.currency,
            "worth": row.worth,
            "renewal_days": row.renewal_days(day),
            "factors": factors,
            "reasons": reasons(row, told.get(row.id), names, today=day),
            "action": next_action(row, told.get(row.id), names, tenant=actor.tenant, step=None, due=()),
            "acting": doing[row.id],
            "writable": row.id in mine,
        }
        for row, factors in shown
    ]
    return FocusList(rows, len(whole), sum(row.worth is None for row in whole), chances)


def by_focus(
    rows: Sequence[BookRow], chances: health.Chances, day: dt.date
) -> list[tuple[BookRow, health.FocusRow]]:
    """Accounts with the factors of their focus, most money to be saved by a look first; without a worth it is 0."""
    factors = health.focus(
        worth=[row.worth or Decimal(0) for row in rows],
        bands=[row.band for row in rows],
        renewal_days=[row.renewal_days(day) for row in rows],
        can_act=[row.due_step or not row.open_step for row in rows],
        chances=chances,
    )
    pairs = list(zip(rows, factors, strict=True))
    return sorted(pairs, key=lambda pair: (-pair[1].points, pair[0].name, pair[0].id))
