"""The Monday view on one slide: its headline, five numbers, and what moved most with its reasons, in words."""

import datetime as dt

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.show import short_money
from csplatform.reports import Figured, Moved, Slide
from csplatform.selectors.monday import Monday, Row, total
from csplatform.selectors.monday_rows import BAND_WORDS, signed

MOST = 5
MINUS = "\N{MINUS SIGN}"


def monday_slide(page: Monday, *, owner: str = "") -> Slide:
    """The slide of a page; ``owner`` is the name of whose book it is, empty for everyone's."""
    asked, span = page.asked, page.span
    part = [page.tenant.name, *([owner] if owner else []), *([asked.segment] if asked.segment else [])]
    days = _("%(first)s to %(last)s") % {"first": _day(asked.first), "last": _day(asked.last)}
    return Slide(
        headline=headline(page),
        subtitle=" · ".join([days, *part]),
        numbers=_numbers(page),
        heading=_("Fell into risk, then what moved most, and why"),
        moved=[_moved(row) for row in _worst_first(page)[:MOST]],
        nothing=_("No score moved by a point or more."),
        footer=_("As known on %(day)s. Money is a year's, in %(currency)s.")
        % {
            "day": date_format(span.end.astimezone(dt.UTC), "M j, Y, g:i A") + " UTC",
            "currency": page.currency,
        },
    )


def headline(page: Monday) -> str:
    """Money at risk and what became of it, in one sentence."""
    risky = page.at_risk
    words = {
        "sum": short_money(total(risky.now), page.currency),
        "change": short_money(abs(risky.delta), page.currency),
        "accounts": number_format(len(risky.now), 0, force_grouping=True),
    }
    if page.scored and risky.delta > 0:
        said = _("%(sum)s at risk at %(accounts)s accounts, %(change)s more than before")
    elif page.scored and risky.delta < 0:
        said = _("%(sum)s at risk at %(accounts)s accounts, %(change)s less than before")
    elif page.scored:
        said = _("%(sum)s at risk at %(accounts)s accounts, as before")
    else:
        said = _("%(sum)s at risk at %(accounts)s accounts")
    return said % words


def _numbers(page: Monday) -> list[Figured]:
    risky, promises = page.at_risk, page.work["promises"]
    entered = ngettext("entered risk: %(n)s account", "entered risk: %(n)s accounts", len(risky.entered))
    left = ngettext("left risk: %(n)s account", "left risk: %(n)s accounts", len(risky.left))
    return [
        Figured(
            _signed_money("+", risky.entered, page),
            entered % {"n": len(risky.entered)},
            "bad" if risky.entered else "",
        ),
        Figured(
            _signed_money(MINUS, risky.left, page),
            left % {"n": len(risky.left)},
            "good" if any(row.now != "lost" for row in risky.left) else "",
        ),
        Figured(
            short_money(total(page.renewals_at_risk), page.currency),
            _("at risk of %(sum)s that renews in 90 days")
            % {"sum": short_money(total(page.renewals), page.currency)},
            "bad" if page.renewals_at_risk else "",
        ),
        Figured(
            f"{page.rated_people} / {page.people}",
            _("people who count were rated"),
        ),
        Figured(
            str(promises["late"]),
            _("promises late now; %(kept)s kept in time") % {"kept": promises["in_time"]},
            "bad" if promises["late"] else "",
        ),
    ]


def _signed_money(sign: str, rows: list[Row], page: Monday) -> str:
    """What these accounts are worth, with a sign unless it is nothing."""
    worth = total(rows)
    return (sign if worth else "") + short_money(worth, page.currency)


def _worst_first(page: Monday) -> list[Row]:
    """What fell into risk with reasons, furthest first, then whatever else moved most."""
    entered = [row for row in page.at_risk.entered if row.why]
    entered.sort(key=lambda row: (-abs(row.delta or 0), row.name, row.account))
    seen = {row.account for row in entered[:MOST]}
    return entered[:MOST] + [row for row in page.movers if row.account not in seen]


def _moved(row: Row) -> Moved:
    why = [f"{line.text} ({signed(line.points)})" for line in row.why[:2]]
    if row.was != row.now:
        why.insert(0, f"{BAND_WORDS[row.was]} \N{RIGHTWARDS ARROW} {BAND_WORDS[row.now]}")
    tone = "" if row.delta is None else "bad" if row.delta < 0 else "good"
    return Moved(row.name, signed(row.delta), "; ".join(why) + ".", tone)


def _day(day: dt.date) -> str:
    return date_format(day, "D, M j, Y")
