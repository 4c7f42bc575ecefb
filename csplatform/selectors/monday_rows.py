"""The rows behind each number of the Monday view, a page of them at a time, as cells of text with their addresses."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Actor, Persona, Step
from accounts.templatetags.show import DASH, money
from csplatform.selectors import monday as view
from csplatform.selectors.acting import acting_at_risk
from csplatform.selectors.book import local_day
from csplatform.selectors.links import account_href, persona_href, step_href
from relationships import selectors as relationships

A_PAGE = 100
BAND_WORDS: dict[str, Any] = {
    "at_risk": gettext_lazy("At risk"),
    "watch": gettext_lazy("Watch"),
    "healthy": gettext_lazy("Healthy"),
    "unknown": gettext_lazy("Unknown"),
    "new": gettext_lazy("New in the book"),
    "lost": gettext_lazy("Left the book"),
}
ROLES = dict(Persona.Role.choices)


@dataclass(frozen=True)
class Listed:
    """One page of the rows behind a number: heads are (label, whether it is a number), cells {text, href}; the first of
    an account that was at risk on the last day has ``acting`` too, what is done about it now."""

    base: view.Base
    title: str
    heads: list[tuple[str, bool]]
    rows: list[list[dict[str, Any]]]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))


def monday_rows(
    *, actor: Actor, asked: view.Asked, key: str, page: int, members: Mapping[str, str], at: dt.datetime
) -> Listed:
    """The rows of the number under one of ``view.KEYS``."""
    base = view.monday_base(actor=actor, asked=asked, at=at)
    subject, _dash, what = key.rpartition("-")
    skip = (page - 1) * A_PAGE
    if subject in ("promises", "steps"):
        title, heads, rows, total = _steps(base, subject, what, skip, members)
    elif key in ("rated", "unrated"):
        title, heads, rows, total = _counted(base, key == "rated", skip)
    elif key in ("joined", "gone"):
        title, heads, rows, total = _people(base, key, skip)
    elif key.startswith("renewals"):
        title, heads, rows, total = _renewals(base, key.endswith("at_risk"), skip)
    else:
        title, heads, rows, total = _accounts(base, subject, what, skip)
    _add_acting(rows, local_day(actor.tenant, at), at)
    return Listed(base, title, heads, rows, total, page)


Table = tuple[str, list[tuple[str, bool]], list[list[dict[str, Any]]], int]


def _cell(text: Any, href: str = "") -> dict[str, Any]:
    return {"text": str(text), "href": href}


def _account(row: view.Row | view.Renewal, band: str) -> dict[str, Any]:
    return {**_cell(row.name, row.href), "account": row.account, "band": band}


def _add_acting(rows: Sequence[list[dict[str, Any]]], today: dt.date, at: dt.datetime) -> None:
    named = [row[0] for row in rows if "account" in row[0]]
    doing = acting_at_risk({cell["account"]: cell["band"] for cell in named}, today=today, at=at)
    for cell in named:
        cell["acting"] = doing.get(cell["account"])


def _day(value: dt.date | None) -> str:
    return date_format(value, "M j, Y") if value else DASH


def _accounts(base: view.Base, band: str, what: str, skip: int) -> Table:
    rows = getattr(view.band_changes(base)[band], what) if band else view.moved_rows(base)
    title = band_title(band, what, base) if band else _("Scores that moved by a point or more")
    heads = [
        (_("Account"), False),
        (_("Was"), False),
        (_("Is"), False),
        (_("Change"), True),
        (_("ARR, %(currency)s") % {"currency": base.books.currency}, True),
    ]
    cells = [
        [
            _account(row, row.now),
            _cell(BAND_WORDS[row.was]),
            _cell(BAND_WORDS[row.now]),
            _cell(signed(row.delta)),
            _cell(money(row.arr)),
        ]
        for row in rows[skip : skip + A_PAGE]
    ]
    return title, heads, cells, len(rows)


def signed(points: float | None) -> str:
    """A change of score with its sign."""
    return DASH if points is None else f"{points:+.1f}".replace("-", "\N{MINUS SIGN}")


def band_title(band: str, what: str, base: view.Base) -> str:
    """What a list of accounts of one band is called."""
    words = {
        "band": BAND_WORDS[band],
        "first": _day(base.asked.first),
        "last": _day(base.asked.last),
    }
    titles: dict[str, Callable[[], str]] = {
        "then": lambda: _("%(band)s on %(first)s"),
        "now": lambda: _("%(band)s on %(last)s"),
        "entered": lambda: _("Entered since %(first)s: %(band)s"),
        "left": lambda: _("Left since %(first)s: %(band)s"),
        "revalued": lambda: _("Stayed, but worth more or less: %(band)s"),
    }
    return titles[what]() % words


def _steps(base: view.Base, kind: str, what: str, skip: int, members: Mapping[str, str]) -> Table:
    titles = {
        ("promises", "made"): _("Promises made"),
        ("promises", "done"): _("Promises done, in time or late"),
        ("promises", "broken"): _("Promises broken"),
        ("promises", "late"): _("Promises that are late"),
        ("steps", "made"): _("Steps made"),
        ("steps", "done"): _("Steps done"),
        ("steps", "late"): _("Steps that are late"),
    }
    found = view.steps_counted(base).filter(view.steps_of(base, kind, what))
    zone = ZoneInfo(base.tenant.time_zone)
    listed = found.select_related("account").order_by("agreed", "title", "pk")[skip : skip + A_PAGE]
    heads = [
        (_("What"), False),
        (_("Account"), False),
        (_("Owner"), False),
        (_("Due"), False),
        (_("Done"), False),
    ]
    cells = [
        [
            _cell(
                step.title,
                step_href(base.tenant, step.account_id, step.pk, promise=step.source == Step.PROMISE),
            ),
            _cell(step.account.name, account_href(base.tenant, step.account_id)),
            _cell(members.get(str(step.owner_id), DASH)),
            _cell(_day(step.agreed)),
            _cell(_day(step.done_at.astimezone(zone).date() if _known_done(step, base) else None)),
        ]
        for step in listed
    ]
    return titles[kind, what], heads, cells, found.count()


def _known_done(step: Any, base: view.Base) -> bool:
    """Whether a step was done at the end of the span, as known then."""
    return step.done_at is not None and step.done_at <= base.span.end and not step.unsaid


def _counted(base: view.Base, rated: bool, skip: int) -> Table:
    given = {
        "account_ids": base.present, "start": base.span.start, "end": base.span.end, "day": base.asked.last,
    }  # fmt: skip
    owners = relationships.rated_by_owner(**given)  # type: ignore[arg-type]
    people = relationships.counted_people(**given, rated=rated, limit=A_PAGE, skip=skip)  # type: ignore[arg-type]
    zone = ZoneInfo(base.tenant.time_zone)
    heads = [(_("Person"), False), (_("Role"), False), (_("Account"), False), (_("Rated"), False)]
    cells = [
        [
            _cell(one.name, persona_href(base.tenant, one.id)),
            _cell(ROLES[one.role]),
            _cell(one.account_name, account_href(base.tenant, one.account_id)),
            _cell(_day(one.rated_at.astimezone(zone).date() if one.rated_at else None)),
        ]
        for one in people
    ]
    title = _("People who were rated") if rated else _("People who count and were not rated")
    return title, heads, cells, sum(row.rated if rated else row.unrated for row in owners)


def _people(base: view.Base, what: str, skip: int) -> Table:
    found = view.people_moved(base, what)
    listed = found.select_related("account").order_by("on", "name", "pk")[skip : skip + A_PAGE]
    title = _("People who joined") if what == "joined" else _("People who left")
    heads = [(_("Person"), False), (_("Role"), False), (_("Account"), False), (_("Day"), False)]
    cells = [
        [
            _cell(person.name, persona_href(base.tenant, person.pk)),
            _cell(person.get_role_display()),
            _cell(person.account.name, account_href(base.tenant, person.account_id)),
            _cell(_day(person.on)),
        ]
        for person in listed
    ]
    return title, heads, cells, found.count()


def _renewals(base: view.Base, risky: bool, skip: int) -> Table:
    rows: Sequence[view.Renewal] = [row for row in view.renewals(base) if not risky or row.band == "at_risk"]
    title = _("Renewals of the next 90 days at risk") if risky else _("Renewals of the next 90 days")
    heads = [
        (_("Account"), False),
        (_("Health"), False),
        (_("Renewal"), False),
        (_("ARR, %(currency)s") % {"currency": base.books.currency}, True),
    ]
    cells = [
        [
            _account(row, row.band),
            _cell(BAND_WORDS[row.band]),
            _cell(_day(row.renewal_on)),
            _cell(money(row.arr)),
        ]
        for row in rows[skip : skip + A_PAGE]
    ]
    return title, heads, cells, len(rows)
