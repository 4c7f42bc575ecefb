"""The org chart of an account on a day: who is drawn, what is missing, who of ours stands beside them, who came and went.

On a past day everybody stands where we know today that they stood then, with the title, the role and the influence of
then; what is said of them is what was said then. People are called as they are today.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Account, AccountFact, Actor, Persona
from csplatform.selectors.account import PeopleTab
from relationships import reports
from relationships import selectors as relationships
from relationships.models import Strength

LEFT_SHOWN = dt.timedelta(days=180)  # how long somebody who left is still drawn, as having left
NEW = dt.timedelta(days=90)
CHANGES = 8


@dataclass(frozen=True)
class Change:
    """Somebody came (``joined``) or went (``left``)."""

    on: dt.date
    kind: str
    persona: Persona


@dataclass(frozen=True)
class OrgTab:
    """The chart of ``day`` (``past``: before today). ``rows`` are people and empty boxes as relationships.reports draws
    them, ``checks`` what the account plan's rule finds; ``edges`` and ``pairs`` hold on that day, ``ended`` edges did;
    ``unpaired`` are executives without one of ours; ``days`` are those on which something changed, in order.
    ``contact`` is the main contact or None, ``contact_said`` whether a member said so."""

    day: dt.date
    today: dt.date
    past: bool
    rows: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    edges: list[relationships.Standing]
    ended: list[relationships.Standing]
    pairs: list[relationships.Paired]
    unpaired: list[Persona]
    changes: list[Change]
    days: list[dt.date]
    at: dt.datetime
    contact: UUID | None
    contact_said: bool

    @property
    def before(self) -> dt.date | None:
        """The last day before this one on which something changed."""
        return max((day for day in self.days if day < self.day), default=None)

    @property
    def after(self) -> dt.date | None:
        """The first day after this one on which something changed."""
        return min((day for day in self.days if day > self.day), default=None)


def org_tab(found: PeopleTab, *, actor: Actor, day: dt.date | None) -> OrgTab:
    """The chart of an account whose People tab is loaded: three more statements, six on a past day."""
    frame, tenant = found.frame, actor.tenant
    today = frame.today
    day = min(day or today, today)
    past = day < today
    moment = _evening(day, tenant.time_zone) if past else frame.at
    touched = relationships.contacts(account_ids=[frame.account.pk], at=moment)
    edges = relationships.account_edges(account_id=frame.account.pk)
    pairs = relationships.account_pairings(account_id=frame.account.pk, touched=touched)
    drawn = [person for person in frame.people if _drawn(person, day, tenant.time_zone)]
    holding = {pair.persona_id: pair for pair in reversed(pairs) if relationships.holds_on(pair, day)}
    rows = _rows(found, drawn, holding, day=day, moment=moment, actor=actor)
    here = {row["id"] for row in rows if not row["left"]}
    said = _said_on(frame.account.pk, moment) if past else main_contact(frame.account)
    contact = said if said in here else _met_most(rows, touched)
    checks, rows = reports.org_rule(rows, contact=contact)
    return OrgTab(
        day=day,
        today=today,
        past=past,
        rows=rows,
        checks=checks,
        edges=[edge for edge in edges if relationships.holds_on(edge, day)],
        ended=[edge for edge in edges if edge.until_on is not None and edge.until_on <= day],
        pairs=[pair for pair in pairs if relationships.holds_on(pair, day) and pair.persona_id in here],
        unpaired=[
            person
            for person in drawn
            if person.pk in here
            and person.tracked
            and person.role in relationships.EXECUTIVES
            and person.pk not in holding
        ],
        changes=_changes(frame.people, day)[:CHANGES],
        days=sorted({one for one in _days(frame.people, edges, pairs) if one <= today}),
        at=moment,
        contact=contact,
        contact_said=contact is not None and contact == said,
    )


def _rows(
    found: PeopleTab,
    drawn: Iterable[Persona],
    holding: Mapping[UUID, relationships.Paired],
    *,
    day: dt.date,
    moment: dt.datetime,
    actor: Actor,
) -> list[dict[str, Any]]:
    """Who is drawn, the most influential first, each with where they stood and what was said of them."""
    frame, tenant, rated = found.frame, actor.tenant, found.rated
    stood: dict[UUID, dict[str, Any]] = {}
    if day < frame.today:
        ids = [person.pk for person in frame.people]
        stood = relationships.people_on(persona_ids=ids, day=day, tenant=tenant)
        said = relationships.rated_people(
            tenant=tenant, at=moment, account_ids=[frame.account.pk], counted=False
        )
        rated = {person.id: person for person in said}
    rows = [
        {
            "id": person.pk,
            "person": person,
            "reports_to": stood[person.pk].get("reports_to") if person.pk in stood else person.reports_to_id,
            "role": _role(person, stood),
            "title": (stood[person.pk].get("title") or "") if person.pk in stood else person.title,
            "left": _left(person, day),
            "new": person.joined_on is not None and day - person.joined_on <= NEW,
            "rated": rated.get(person.pk),
            "influence": int(_influence(person, stood) or found.influence[_role(person, stood)]),
            "paired": holding.get(person.pk),
        }
        for person in drawn
    ]
    return sorted(rows, key=lambda row: (-row["influence"], row["title"] == "", row["person"].name))


def _role(person: Persona, stood: Mapping[UUID, dict[str, Any]]) -> str:
    role: str = stood.get(person.pk, {}).get("role") or person.role
    return role


def _influence(person: Persona, stood: Mapping[UUID, dict[str, Any]]) -> int | None:
    """What was said of somebody's influence by then; of who stood nowhere yet, what is said today."""
    said: int | None = stood[person.pk].get("influence") if person.pk in stood else person.influence
    return said


def _evening(day: dt.date, zone: str) -> dt.datetime:
    """The last moment of a day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone)) - dt.timedelta(
        microseconds=1
    )


def _began(person: Persona, zone: str) -> dt.date:
    """Since when somebody is there, as far as we know."""
    known: dt.date = person.created_at.astimezone(ZoneInfo(zone)).date()
    return min(person.joined_on or known, person.left_on or dt.date.max)


def _left(person: Persona, day: dt.date) -> bool:
    return person.left_on is not None and person.left_on <= day


def _drawn(person: Persona, day: dt.date, zone: str) -> bool:
    return _began(person, zone) <= day and (
        person.left_on is None or not _left(person, day) or day - person.left_on <= LEFT_SHOWN
    )


def main_contact(account: Account) -> UUID | None:
    """Who a member says the main contact is, wherever they are now: one who was merged stands for who remains."""
    return relationships.remaining(account.main_contact) if account.main_contact else None


def _said_on(account_id: UUID, moment: dt.datetime) -> UUID | None:
    """Who was said to be the main contact at a moment."""
    said = AccountFact.objects.filter(account_id=account_id, key="main_contact", effective_at__lte=moment)
    id = said.order_by("-effective_at", "-recorded_at", "-pk").values_list("value", flat=True).first()
    person = Persona.objects.filter(pk=id).first() if id else None
    return relationships.remaining(person) if person else None


def _met_most(rows: Iterable[Mapping[str, Any]], touched: Any) -> UUID | None:
    """The main contact if nobody is said, of those who are there: whom we met most in a year; without any touch, on whom
    most of the relationship rested that day."""
    here = [row for row in rows if not row["left"]]
    met = [(touched[row["id"]].year, str(row["id"]), row["id"]) for row in here if row["id"] in touched]
    if any(year for year, *_ in met):
        return max(met)[2]
    rests = [(_weight(row), str(row["id"]), row["id"]) for row in here if row["person"].tracked]
    return max(rests)[2] if any(weight for weight, *_ in rests) else None


def _weight(row: Mapping[str, Any]) -> int:
    """How much of the relationship rests on somebody of the chart: influence times strength, 0..3."""
    strength = row["rated"].strength if row["rated"] else None
    return int(row["influence"] * Strength.values.index(strength)) if strength else 0


def _changes(people: Iterable[Persona], day: dt.date) -> list[Change]:
    """Who came and went up to a day, the latest first."""
    found = [Change(one.joined_on, "joined", one) for one in people if one.joined_on]
    found += [Change(one.left_on, "left", one) for one in people if one.left_on]
    return sorted(
        (change for change in found if change.on <= day),
        key=lambda change: (change.on, change.persona.name),
        reverse=True,
    )


def _days(people: Iterable[Persona], *dated: Iterable[Any]) -> Iterable[dt.date]:
    for person in people:
        yield from (day for day in (person.joined_on, person.left_on) if day)
    for rows in dated:
        for row in rows:
            yield from (day for day in (row.from_on, row.until_on) if day)
