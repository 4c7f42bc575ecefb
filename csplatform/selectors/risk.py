"""The risk dashboard: the stored portfolio of a part of the book, its thirteen weeks, and who stands where.

Every number comes with the filter of the Accounts page that lists what it counts.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Actor, Persona, Tenant
from csplatform.selectors.acting import add_acting
from csplatform.selectors.book import BookFilter, chosen_accounts, local_day, words_in_use
from csplatform.selectors.links import account_href, accounts_href, persona_href, standing_href
from health import selectors as health
from relationships import selectors as relationships

TRAIL_DAYS = (84, 56, 28)
BUBBLES = 250  # the largest accounts of the quadrant; more would hide one another
TRAILS = 40
RENEWS_SOON = 180
THREADS = 12
WAITING = 12  # accounts whose signal waits longest
RISKY = 12  # rows of the list of accounts at risk; the rest is a click away


@dataclass(frozen=True)
class Risk:
    """What the dashboard shows. ``portfolio`` is the stored one; money in ``currency``.

    ``trend``: {on, at_risk, watch} a week, oldest first, the last as stored now; ``bubbles`` are rows of the
    quadrant, ``unplaced`` accounts have too little evidence on one side; ``at_risk`` the accounts at risk that are worth
    most; every row at risk has ``acting``; ``acted`` is how soon each owner acts on a first signal, ``waiting`` the
    accounts where one waits longest; ``links``: filter -> address of its rows.
    """

    tenant: Tenant
    today: dt.date
    currency: str
    wanted: BookFilter
    portfolio: dict[str, Any]
    trend: list[dict[str, Any]]
    at_risk_change: Decimal | None
    bubbles: list[dict[str, Any]]
    placed: int
    at_risk: list[dict[str, Any]]
    movers: list[dict[str, Any]]
    threads: list[dict[str, Any]]
    stale: list[dict[str, Any]]
    surprises: list[dict[str, Any]]
    acted: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    choices: dict[str, list[tuple[str, str]]]

    @property
    def filtered(self) -> bool:
        """Whether the address asks for less than the whole book."""
        return self.wanted != BookFilter()

    def rows_href(self, **filters: Any) -> str:
        """The accounts of this part of the book under one more filter."""
        return accounts_href(self.tenant, **self.wanted.accounts_filters(self.today), **filters)

    def people_href(self, cell: str) -> str:
        """The people of this part of the book who stand in a cell of the matrix."""
        return standing_href(self.tenant, cell=cell, **asdict(self.wanted))


def risk_page(
    *,
    actor: Actor,
    wanted: BookFilter,
    members: Mapping[str, str],
    version: UUID | None = None,
    at: dt.datetime,
) -> Risk:
    """The dashboard of this part of the book, from the stored scores, with ``at`` as now.

    ``members``: names by id; ``version``: the state of the book if it was summed.
    """
    day = local_day(actor.tenant, at)
    portfolio = health.portfolio(portfolio_filter(wanted, day), at=at, stored=True)
    weeks = _weeks(wanted, version, day, at)
    now = portfolio["arr_by_band"]
    trend = [
        {"on": moment.date(), "at_risk": bands.get("at_risk", 0), "watch": bands.get("watch", 0)}
        for moment, bands in weeks
    ]
    at_risk = Decimal(now["at_risk"]["arr"])
    risky = _risky(portfolio["accounts"], actor.tenant)
    movers = [_mover(row, actor.tenant) for row in portfolio["movers"]]
    threads = _threads(portfolio["single_threaded"]["results"], actor.tenant, day)
    _add_hollow(threads, day, at)
    waiting = _waiting(portfolio["accounts"], actor.tenant)
    add_acting([*risky, *movers, *threads, *waiting], day, at)
    return Risk(
        tenant=actor.tenant,
        today=day,
        currency=portfolio["currency"],
        wanted=wanted,
        portfolio=portfolio,
        trend=[*trend, {"on": day, "at_risk": at_risk, "watch": Decimal(now["watch"]["arr"])}],
        at_risk_change=at_risk - weeks[-1][1].get("at_risk", Decimal(0)) if weeks else None,
        bubbles=_bubbles(portfolio["accounts"], actor.tenant, at),
        placed=sum(row["quadrant"] != "unplaced" for row in portfolio["accounts"]),
        at_risk=risky,
        movers=movers,
        threads=threads,
        stale=[_owner(row, members, actor.tenant) for row in portfolio["stale_ratings"]["owners"]],
        surprises=[_surprise(row, actor.tenant) for row in portfolio["surprises"]["results"]],
        acted=_acted(portfolio, members, actor.tenant),
        waiting=waiting,
        choices=choices(members),
    )


def portfolio_filter(wanted: BookFilter, day: dt.date) -> health.PortfolioFilter:
    """The same part of the book as the floor below asks for it."""
    return health.PortfolioFilter(
        owner=wanted.owner,
        team=wanted.team,
        segment=wanted.segment,
        tier=wanted.tier,
        renews_before=day + dt.timedelta(days=wanted.renews) if wanted.renews else None,
        role=wanted.role,
    )


def _weeks(
    wanted: BookFilter, version: UUID | None, day: dt.date, at: dt.datetime
) -> list[tuple[dt.datetime, dict[str, Decimal]]]:
    """Money by band at the midnights 7, 14, ... days before today, oldest first; weeks without scores are left out."""
    sums = health.kept_weeks(version) if version and replace(wanted, role="") == BookFilter() else None
    if sums is None:
        chosen = chosen_accounts(wanted, today=day, live=False).values_list("pk", flat=True)
        sums = health.money_by_week(account_ids=list(chosen), at=at)
    return [(night, sums[night]) for night in sorted(sums)]


def _bubbles(rows: Sequence[Mapping[str, Any]], tenant: Tenant, at: dt.datetime) -> list[dict[str, Any]]:
    """The largest accounts that have a place, with the trail of the last 90 days and what they say of us."""
    placed = [row for row in rows if row["quadrant"] != "unplaced"]
    placed.sort(key=lambda row: -float(row["arr"] or 0))
    largest = placed[:BUBBLES]
    zones = health.read_zones()
    morning = zones.midnight(at) + dt.timedelta(hours=6)  # summer time may begin or end between
    moments = [zones.midnight(morning - dt.timedelta(days=days)) for days in TRAIL_DAYS]
    paths = health.trails(account_ids=[UUID(row["account"]) for row in largest[:TRAILS]], moments=moments)
    said = health.voices(account_ids=[UUID(row["account"]) for row in largest])
    return [
        {
            "name": row["name"],
            "href": account_href(tenant, row["account"]),
            "behavioural": row["behavioural"],
            "emotional": row["emotional"],
            "quadrant": row["quadrant"],
            "arr": float(row["arr"] or 0),
            "voice": _voice(said.get(UUID(row["account"]))),
            "trail": paths.get(UUID(row["account"]), []),
        }
        for row in largest
    ]


def _voice(answer: float | None) -> str | None:
    """What an NPS answer says: 9 and 10 recommend, 7 and 8 are undecided, less warns."""
    if answer is None:
        return None
    return "promoter" if answer >= 9 else "undecided" if answer >= 7 else "detractor"


def _risky(rows: Sequence[Mapping[str, Any]], tenant: Tenant) -> list[dict[str, Any]]:
    """The accounts at risk that are worth most."""
    risky = [row for row in rows if row["band"] == "at_risk"]
    risky.sort(key=lambda row: (-float(row["arr"] or 0), row["name"], row["account"]))
    return [{**row, "href": account_href(tenant, row["account"])} for row in risky[:RISKY]]


def _mover(row: Mapping[str, Any], tenant: Tenant) -> dict[str, Any]:
    return {
        **row,
        "href": account_href(tenant, row["account"]),
        "causes": [
            {**cause, "href": persona_href(tenant, cause["persona"]) if cause["persona"] else ""}
            for cause in row["causes"]
        ],
    }


def _threads(rows: Sequence[Mapping[str, Any]], tenant: Tenant, day: dt.date) -> list[dict[str, Any]]:
    """Accounts that hang on one person and renew within 180 days, the soonest first."""
    last = day + dt.timedelta(days=RENEWS_SOON)
    near = [row for row in rows if row["renewal_on"] and f"{day}" <= row["renewal_on"] <= f"{last}"]
    return [
        {
            **row,
            "renewal_on": dt.date.fromisoformat(row["renewal_on"]),
            "href": account_href(tenant, row["account"], "people"),
            "top_href": persona_href(tenant, row["top_persona"]) if row["top_persona"] else "",
        }
        for row in near[:THREADS]
    ]


def _add_hollow(rows: Sequence[dict[str, Any]], day: dt.date, at: dt.datetime) -> None:
    """Where the one person is rated much stronger than what happened with them, that in words: the thread may not hold."""
    ids = [UUID(row["account"]) for row in rows if row["top_persona"]]
    found = relationships.divergences(at=at, today=day, account_ids=ids).rows if ids else []
    reasons = {str(one.person.id): one.reason() for one in found if one.apart > 0}
    for row in rows:
        row["hollow"] = reasons.get(row["top_persona"] or "", "")


def _owner(row: Mapping[str, Any], members: Mapping[str, str], tenant: Tenant) -> dict[str, Any]:
    return {
        "owner": members.get(row["owner"] or "", ""),
        "due": row["stale"],
        "people": row["people"],
        "href": _owned(row["owner"], tenant),
    }


def _owned(owner: str | None, tenant: Tenant) -> str:
    return accounts_href(tenant, owner=owner or "none")


def _acted(portfolio: Mapping[str, Any], members: Mapping[str, str], tenant: Tenant) -> list[dict[str, Any]]:
    """How soon each owner acts on a first signal; nothing where no signal is known."""
    return [
        {
            **row,
            "name": members.get(row["owner"] or "", ""),
            "href": _owned(row["owner"], tenant),
            "touches": row.get("proactive", 0) + row.get("reactive", 0),
        }
        for row in portfolio.get("first_action", {}).get("owners", ())
    ]


def _waiting(rows: Sequence[Mapping[str, Any]], tenant: Tenant) -> list[dict[str, Any]]:
    """The accounts where a signal has waited longest for somebody to act."""
    found = [row for row in rows if row.get("waiting")]
    found.sort(key=lambda row: (-row["longest_waiting_days"], row["name"], row["account"]))
    return [
        {**row, "href": account_href(tenant, row["account"]), "waited": round(row["longest_waiting_days"])}
        for row in found[:WAITING]
    ]


LOSSES = {
    "churned": lambda: _("Lost"),
    "downsold": lambda: _("Shrunk"),
    "escalation": lambda: _("Escalated"),
}


def _surprise(row: Mapping[str, Any], tenant: Tenant) -> dict[str, Any]:
    return {
        **row,
        "on": dt.date.fromisoformat(row["on"]),
        "href": account_href(tenant, row["account"]),
        "kind_label": LOSSES[row["kind"]](),
    }


def choices(members: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What the filters of a part of the book offer."""
    segments, tiers = words_in_use()
    people = sorted(members.items(), key=lambda pair: pair[1].lower())
    return {
        "owner": people,
        "team": people,
        "segment": [(word, word) for word in segments],
        "tier": [(word, word) for word in tiers],
        "role": [(role, str(label)) for role, label in Persona.Role.choices],
    }
