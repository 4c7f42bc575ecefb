"""The people behind the cells of the heat map: who stands where in a part of the book, with why and since when."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Actor, Persona, Tenant
from csplatform.selectors.book import BookFilter, local_day
from csplatform.selectors.links import account_href, accounts_href, persona_href, standing_href
from csplatform.selectors.risk import choices, portfolio_filter
from health import selectors as health
from relationships import selectors as relationships

PAGE = 50
CHUNK = 1_000  # people of a file that are read together
ROLES = dict(Persona.Role.choices)


@dataclass(frozen=True)
class Standing:
    """One page of the people of a cell; ``matrix`` is that of the same part of the book, ``found`` the totals of the
    cell. ``rows``: a Counted's fields, hrefs, and what is said of the person now (``said``, or None where the reader may
    not know it)."""

    tenant: Tenant
    today: dt.date
    part: BookFilter
    cell: str
    found: health.CountedPeople
    matrix: dict[str, Any]
    rows: list[dict[str, Any]]
    page: int
    choices: dict[str, list[tuple[str, str]]]

    def href(self, cell: str) -> str:
        """The page of another cell."""
        return standing_href(self.tenant, cell=cell, **asdict(self.part))

    @property
    def accounts_href(self) -> str:
        """The accounts where somebody stands in this cell; an account does not know roles."""
        if self.part.role or not self.cell:
            return ""
        return accounts_href(self.tenant, **self.part.accounts_filters(self.today), cell=self.cell)


def standing_page(
    *, actor: Actor, part: BookFilter, cell: str, page: int, members: Mapping[str, str], at: dt.datetime
) -> Standing:
    """The people of a cell, or everyone who counts, where most money is first; a page too far is the last."""
    day = local_day(actor.tenant, at)
    chosen = portfolio_filter(part, day)
    found = health.counted_people(chosen, cell=cell, most=PAGE, skip=(page - 1) * PAGE, at=at)
    last = max(1, -(-found.total // PAGE))
    if page > last:
        page = last
        found = health.counted_people(chosen, cell=cell, most=PAGE, skip=(page - 1) * PAGE, at=at)
    said = relationships.read_whole([one.persona for one in found.people], at=at)
    return Standing(
        tenant=actor.tenant,
        today=day,
        part=part,
        cell=cell,
        found=found,
        matrix=health.counted_matrix(chosen, at=at),
        rows=[_row(one, said, actor.tenant) for one in found.people],
        page=page,
        choices=choices(members),
    )


def standing_rows(*, actor: Actor, part: BookFilter, cell: str, at: dt.datetime) -> Iterator[dict[str, Any]]:
    """All of them, as a file holds them, however many they are: read as they are asked for, in one transaction."""
    chosen = portfolio_filter(part, local_day(actor.tenant, at))
    currency, everyone = health.everyone_counted(chosen, cell=cell, at=at)
    while people := list(islice(everyone, CHUNK)):
        said = relationships.read_whole([one.persona for one in people], at=at)
        for one in people:
            yield _cells(_row(one, said, actor.tenant), currency)


def _row(
    one: health.Counted, said: Mapping[UUID, relationships.RatedPerson], tenant: Tenant
) -> dict[str, Any]:
    person = said.get(one.persona)
    return {
        **{name: getattr(one, name) for name in one.__slots__},
        "href": persona_href(tenant, one.persona),
        "account_href": account_href(tenant, one.account, "people"),
        "name": person.name if person else _("Somebody who left"),
        "role_label": str(ROLES[one.role]),
        "owner": person.owner if person else "",
        "said": None if health.is_veiled(one.account) else person,
    }


def _cells(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    said = row["said"]
    return {
        "name": row["name"],
        "role": row["role"],
        "account": row["account_name"],
        "owner": row["owner"],
        "strength": row["strength"] or "",
        "sentiment": row["sentiment"] or "",
        "rated_on": said.rated_at.date() if said and said.rated_at else None,
        "anew": "stale" if said and said.stale else "due" if said and said.due else "",
        "driver": (said.driver_label or "") if said else "",
        "arr": None if row["arr"] is None else round(row["arr"], 2),
        "currency": currency,
        "band": row["band"],
        "renewal_on": row["renewal_on"],
        "persona_id": row["persona"],
        "account_id": row["account"],
    }
