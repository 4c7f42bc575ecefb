"""The coverage page: which renewals hang on one person, by CSM, by missing seat, and over time.

The book's coverage is summed once and kept while nobody writes; the rows shown are picked from it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Actor, Persona, Tenant
from csplatform.selectors.acting import add_acting
from csplatform.selectors.book import BookFilter, chosen_accounts, local_day, words_in_use
from csplatform.selectors.links import account_href, persona_href
from health import selectors as health
from relationships import selectors as relationships

ROLES = dict(Persona.Role.choices)
PAGE, GAPS = 50, 8
SHOWS = ("hanging", "single", "all")


@dataclass(frozen=True)
class Wanted:
    """Which rows: of the part of the book ``part``, those that ``show`` (hanging: single-threaded and renewing within
    ``days``; single: single-threaded; all), or those that lack the role ``missing``."""

    part: BookFilter
    days: int
    show: str
    missing: str
    page: int


@dataclass(frozen=True)
class CoveragePage:
    """What the page shows. ``book`` is the coverage resource; ``rows`` those asked for, ``total`` how many there are;
    ``counts`` by show; ``weeks`` the course, oldest first; ``gaps`` what is missing between our executives and theirs."""

    tenant: Tenant
    today: dt.date
    book: dict[str, Any]
    weeks: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    total: int
    page: int
    counts: dict[str, int]
    owners: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    choices: dict[str, list[tuple[str, str]]]


def coverage_page(
    *, actor: Actor, wanted: Wanted, members: Mapping[str, str], at: dt.datetime
) -> CoveragePage:
    """The page of this part of the book, from the stored scores, with ``at`` as now."""
    today = local_day(actor.tenant, at)
    book, weeks = kept_coverage(wanted, today, at)
    found = chosen_rows(book, wanted)
    last = max(1, -(-len(found) // PAGE))
    page = min(wanted.page, last)
    rows = [_row(row, members, actor.tenant, today) for row in found[(page - 1) * PAGE : page * PAGE]]
    add_acting(rows, today, at)
    return CoveragePage(
        tenant=actor.tenant,
        today=today,
        book=book,
        weeks=weeks,
        rows=rows,
        total=len(found),
        page=page,
        counts={
            show: len(chosen_rows(book, Wanted(wanted.part, wanted.days, show, "", 1))) for show in SHOWS
        },
        owners=[{**row, "name": members.get(row["owner"] or "", "")} for row in book["owners"]],
        missing=[{**row, "label": str(ROLES[row["role"]])} for row in book["missing_roles"]],
        gaps=_gaps(book, wanted.part, actor.tenant, at),
        choices=_choices(members),
    )


def _gaps(book: Mapping[str, Any], part: BookFilter, tenant: Tenant, at: dt.datetime) -> list[dict[str, Any]]:
    """What is missing between our executives and theirs in this part of the book, where most money is first."""
    ids = None if part == BookFilter() else [UUID(row["account"]) for row in book["results"]]
    found = relationships.pairing_gaps(tenant=tenant, at=at, account_ids=ids, limit=GAPS)
    return [
        {
            "kind": gap.kind,
            "name": gap.persona,
            "href": persona_href(tenant, gap.persona_id),
            "role_label": str(ROLES[gap.role]),
            "account": gap.account,
            "account_href": f"{account_href(tenant, gap.account_id, 'people')}#pairings",
            "member": gap.member,
            "last_at": gap.last_at,
        }
        for gap in found
    ]


def kept_coverage(
    wanted: Wanted, today: dt.date, at: dt.datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The coverage of the part of the book and its course, made once while nobody writes."""
    part = wanted.part

    def make() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        chosen = health.PortfolioFilter(
            owner=part.owner, team=part.team, segment=part.segment, tier=part.tier
        )
        book = health.book_coverage(chosen, at=at, soon=wanted.days)
        ids = None
        if part != BookFilter():
            ids = list(chosen_accounts(part, today=today, live=False).values_list("pk", flat=True))
        return book, health.coverage_weeks(account_ids=ids, at=at)

    version = health.book_version(at=at)
    return health.kept("coverage", version=version, vary=(part, wanted.days, today), make=make)


def chosen_rows(book: Mapping[str, Any], wanted: Wanted) -> list[dict[str, Any]]:
    """The rows of a book's coverage that are asked for, the nearest renewal first."""
    rows: Sequence[dict[str, Any]] = book["results"]
    if wanted.missing:
        return [row for row in rows if wanted.missing in row["missing_roles"]]
    if wanted.show == "all":
        return list(rows)
    return [row for row in rows if row["single_threaded"] and (wanted.show == "single" or row["renews_soon"])]


def _row(
    row: Mapping[str, Any], members: Mapping[str, str], tenant: Tenant, today: dt.date
) -> dict[str, Any]:
    renewal = dt.date.fromisoformat(row["renewal_on"]) if row["renewal_on"] else None
    return {
        **row,
        "href": account_href(tenant, row["account"], "people"),
        "owner_name": members.get(row["owner"] or "", ""),
        "renewal_on": renewal,
        "renewal_days": (renewal - today).days if renewal else None,
        "top_href": persona_href(tenant, row["top_persona"]) if row["top_name"] else "",
        "missing": [str(ROLES[role]) for role in row["missing_roles"]],
    }


def _choices(members: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    segments, tiers = words_in_use()
    people = sorted(members.items(), key=lambda pair: pair[1].lower())
    return {
        "owner": people,
        "team": people,
        "segment": [(word, word) for word in segments],
        "tier": [(word, word) for word in tiers],
    }


def coverage_cells(row: Mapping[str, Any], members: Mapping[str, str]) -> dict[str, Any]:
    """A row as a file holds it."""
    numbers = {name: row[name] for name in ("coverage", "if_top_leaves", "effective_threads")}
    shares = {name: row[name] for name in ("top_share", "p_no_thread_at_renewal")}
    return {
        "account": row["name"],
        "owner": members.get(row["owner"] or "", ""),
        "arr": row["arr"],
        "renewal_on": row["renewal_on"],
        "band": row["band"],
        "person": row["top_name"] or "",
        "threads": row["threads"],
        "single_threaded": {True: "yes", False: "no", None: None}[row["single_threaded"]],
        "missing_roles": ", ".join(row["missing_roles"]),
        "id": row["account"],
        **{name: None if value is None else round(value, 1) for name, value in numbers.items()},
        **{name: None if value is None else round(value, 4) for name, value in shares.items()},
    }
