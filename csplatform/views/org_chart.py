"""An org chart as its template draws it: every box in words that fit, every edge as a sentence, and the twin table."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Persona, Tenant
from accounts.templatetags.show import hue, initials
from csplatform.forms.org import STRENGTHS
from csplatform.selectors.account import ROLES
from csplatform.selectors.links import main_contact_href, new_person_href, persona_href, seat_href
from csplatform.selectors.org import OrgTab
from relationships import reports
from relationships import selectors as relationships

ARROWS = {"influences": "#4a4ec4", "conflicts_with": "#d2343f", "sponsors": "#1b8553"}
DASHES = {"conflicts_with": "6 4", "sponsors": "1 4"}
HEAD = 44  # what a file has above its chart
LEVELS = {"none": 0, "weak": 1, "okay": 2, "very_good": 3}
NAME, TEXT = (
    reports.WIDTH - 62,
    reports.WIDTH - 60,
)  # pixels of a line beside the initials, and beside the bars
AGE = 28  # what the age of a rating takes of that line


def choices(people: Iterable[Persona]) -> list[tuple[str, str]]:
    """People for a select."""
    return [(str(person.pk), person.name) for person in people]


def chart(
    tab: OrgTab, *, tenant: Tenant, account_id: UUID, writable: bool = False, alone: bool = False
) -> dict[str, Any]:
    """What relationships/_org_chart.html draws; ``alone`` for a file of its own."""
    names = {row["id"]: row["person"].name for row in tab.rows if "person" in row}
    edges = [
        {"source": edge.source, "target": edge.target, "kind": edge.kind, "strength": edge.strength,
         "text": sentence(edge, names)}
        for edge in tab.edges
        if edge.source in names and edge.target in names
    ]  # fmt: skip
    beside = bool(tab.pairs or tab.unpaired)
    made = reports.org_layout(tab.rows, edges, lines=4 if beside else 3)
    boxes = [
        {
            "x": f"{box['x']:g}",
            "y": f"{box['y']:g}",
            **(
                _seat(box["row"], tab, names, tenant, account_id, writable)
                if "seat" in box["row"]
                else _box(box["row"], tab, tenant, names)
            ),
        }
        for box in made["boxes"]
    ]
    return {
        **made,
        "boxes": boxes,
        "edges": [
            {
                "path": edge["path"],
                "kind": edge["row"]["kind"],
                "text": edge["row"]["text"],
                "colour": ARROWS[edge["row"]["kind"]],
                "dash": DASHES.get(edge["row"]["kind"], ""),
                "width": ("1.2", "2", "3.2")[edge["row"]["strength"] - 1],
            }
            for edge in made["edges"]
        ],
        "arrows": list(ARROWS.items()),
        "tall": made["height"] + (HEAD if alone else 0),
        "new_x": reports.WIDTH - 46,
        "age_x": reports.WIDTH - 10,
        "new_text": reports.WIDTH - 28,
        "rule": reports.WIDTH - 1,
        "loose": None if made["loose"] is None else f"{made['loose'] - 14:g}",
    }  # fmt: skip


def _box(row: Mapping[str, Any], tab: OrgTab, tenant: Tenant, names: Mapping[Any, str]) -> dict[str, Any]:
    person, pair = row["person"], row["paired"]
    role = str(ROLES[row["role"]])
    strength, mood = _said(row)
    felt = _felt(row, strength, mood)
    beside = ""
    if pair is not None:
        beside = _("%(member)s, %(when)s") % {"member": pair.member, "when": _ago(pair.last_at, tab.at)}
    elif any(person.pk == one.pk for one in tab.unpaired):
        beside = _("none of ours")
    above = names.get(row["reports_to"], "")
    label = ", ".join(
        part
        for part in (
            person.name,
            row["title"],
            role,
            felt,
            _rated(row, tab.at),
            _("main contact") if row["id"] == tab.contact else "",
            _("reports to %(name)s") % {"name": above} if above else "",
            _("beside: %(who)s") % {"who": beside} if beside else "",
        )
        if part
    )
    return {
        "id": person.pk,
        "kind": "person",
        "href": persona_href(tenant, person.pk),
        "label": label,
        "initials": initials(reports.fitted(person.name, 10_000)),
        "hue": hue(person.name),
        "name": reports.fitted(person.name, NAME, 14),
        "more": reports.fitted(row["title"] or role, NAME, 11.5),
        "role": role,
        "level": LEVELS[strength] if strength else None,
        "mood": mood or "",
        **_aged(row, strength, mood, tab.at),
        "beside": reports.fitted(beside, reports.WIDTH - 34, 11.5),
        "alone": bool(beside) and pair is None,
        "quiet": pair is not None and pair.quiet(tab.at),
        "left": row["left"],
        "new": row["new"] and not row["left"],
    }


def _said(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    rated = row["rated"]
    return (rated.strength, rated.overall) if rated and not row["left"] else (None, None)


def _felt(row: Mapping[str, Any], strength: str | None, mood: str | None, *, short: bool = False) -> str:
    """What is said of them in words; ``short`` where little room is."""
    if row["left"]:
        return _("Left %(on)s") % {"on": date_format(row["person"].left_on, "M j, Y")}
    words = {
        "none": _("None") if short else _("No relationship"),
        "weak": _("Weak"),
        "okay": _("Okay"),
        "very_good": _("Very good"),
        "negative": _("negative"),
        "neutral": _("neutral"),
        "positive": _("positive"),
    }
    said = [words[part] for part in (strength, mood) if part]
    return " · ".join(said) or _("Not rated")


def _aged(row: Mapping[str, Any], strength: str | None, mood: str | None, at: dt.datetime) -> dict[str, Any]:
    """What is said of them on the line of a box, with how old it is, as short as can be."""
    rated = row["rated"] if strength or mood else None
    if rated is None:
        return {"felt": reports.fitted(_felt(row, strength, mood), TEXT, 11.5), "rated": None, "age": ""}
    days = (at - rated.rated_at).days
    age = _("%(days)s d") % {"days": days} if days < 1000 else _("%(years)s y") % {"years": days // 365}
    room = TEXT - AGE - (12 if rated.stale else 0)
    return {
        "felt": reports.fitted(_felt(row, strength, mood, short=True), room, 11.5),
        "rated": rated,
        "age": age,
        "stale": rated.stale,
        "clock_x": f"{reports.WIDTH - 24 - 5.8 * len(age):g}",
    }


def _rated(row: Mapping[str, Any], at: dt.datetime) -> str:
    """How old what is said of them is, for whoever cannot see it."""
    if not any(_said(row)):
        return ""
    days = (at - row["rated"].rated_at).days
    said = ngettext("rated %(days)s day ago", "rated %(days)s days ago", days) if days else _("rated today")
    return said % {"days": days} + (f", {_('stale')}" if row["rated"].stale else "")


def _ago(moment: dt.datetime | None, at: dt.datetime) -> str:
    if moment is None:
        return _("never met")
    days = (at - moment).days
    return ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days} if days else _("today")


def _seat(
    row: Mapping[str, Any],
    tab: OrgTab,
    names: Mapping[Any, str],
    tenant: Tenant,
    account_id: UUID,
    writable: bool,
) -> dict[str, Any]:
    """An empty box, which leads to where it is filled."""
    name, more = seat_words(row["seat"], names.get(row["of"], ""))
    return {
        "kind": "seat",
        "href": _filled(row, tab, names, tenant, account_id, writable),
        "label": f"{name}. {more}",
        "name": reports.fitted(name, reports.WIDTH - 28, 13),
        "more": reports.fitted(more, reports.WIDTH - 28, 11.5),
    }


def _filled(
    row: Mapping[str, Any],
    tab: OrgTab,
    names: Mapping[Any, str],
    tenant: Tenant,
    account_id: UUID,
    writable: bool,
) -> str:
    """Where an empty box is filled: whom somebody may give the seat of a champion or of the main contact to, where anybody
    is there; else the form for somebody new, with what the box says of them."""
    key, above = row["seat"], row["reports_to"] if row["reports_to"] in names else None
    if key in ("champion", "contact") and _anybody(tab):
        chosen = main_contact_href(tenant, account_id), seat_href(tenant, account_id, "champion")
        return chosen[key == "champion"]
    if not writable:
        return ""
    said = {
        "champion": {"role": "champion", "reports_to": above},
        "peer": {"role": "other", "reports_to": above},
        "leader1": {"role": "other", "reports_to": above, "leads": row["of"]},
        "leader2": {"role": "other", "reports_to": above, "leads": row["of"]},
    }.get(key, {})
    return new_person_href(tenant, account_id, **said)


def _anybody(tab: OrgTab) -> bool:
    """Whether somebody works there on the day."""
    return any("person" in row and not row["left"] for row in tab.rows)


def seat_words(key: str, of: str = "") -> tuple[str, str]:
    """What an empty box says: what is missing, and the question that fills it."""
    words = {
        "contact": (_("Main contact"), _("Whom do we talk to most?")),
        "champion": (_("Champion"), _("Who speaks for us there?")),
        "peer": (_("A peer of the champion"), _("Who works beside them?")),
        "leader1": (_("Leadership, one level up"), _("To whom do they report?")),
        "leader2": (_("Leadership, two levels up"), _("And who stands above?")),
    }
    name, more = words[key]
    if of:
        more = {
            "peer": _("Who works beside %(name)s?"),
            "leader1": _("To whom does %(name)s report?"),
            "leader2": _("To whom does %(name)s report?"),
        }.get(key, more) % {"name": of}
    return name, more


def checks(tab: OrgTab, *, tenant: Tenant, account_id: UUID, writable: bool = False) -> list[dict[str, Any]]:
    """The account plan's rule, point by point: known with whom, or empty. Of the main contact also how we know, and where
    somebody else is said."""
    change = main_contact_href(tenant, account_id) if writable and not tab.past and _anybody(tab) else ""
    how = _("said by hand") if tab.contact_said else _("met most")
    people = {row["id"]: row["person"] for row in tab.rows if "person" in row}
    return [
        {
            "label": seat_words(check["key"])[0],
            "state": check["state"],
            "people": [
                {"name": people[id].name, "href": persona_href(tenant, id)}
                for id in check["ids"][:3]
                if id in people
            ],
            "more": max(0, len(check["ids"]) - 3),
            "how": how if check["key"] == "contact" else "",
            "change": change if check["key"] == "contact" else "",
        }
        for check in tab.checks
    ]


def sentence(edge: relationships.Standing, names: Mapping[Any, str]) -> str:
    """An edge in words."""
    words = {
        "influences": _("%(source)s influences %(target)s"),
        "conflicts_with": _("%(source)s is in conflict with %(target)s"),
        "sponsors": _("%(source)s sponsors %(target)s"),
    }
    said = words[edge.kind] % {"source": names[edge.source], "target": names[edge.target]}
    return f"{said}: {str(dict(STRENGTHS)[edge.strength]).lower()}"


def edge_rows(
    edges: Iterable[relationships.Standing], names: Mapping[Any, str], tenant: Tenant
) -> list[dict[str, Any]]:
    """Edges for csplatform/_edges.html; one that names nobody we know is left out."""
    verbs = {
        "influences": _("influences"),
        "conflicts_with": _("is in conflict with"),
        "sponsors": _("sponsors"),
    }
    return [
        {
            "id": edge.id,
            "kind": edge.kind,
            "verb": verbs[edge.kind],
            "source": {"name": names[edge.source], "href": persona_href(tenant, edge.source)},
            "target": {"name": names[edge.target], "href": persona_href(tenant, edge.target)},
            "strength": edge.strength,
            "strength_label": str(dict(STRENGTHS)[edge.strength]),
            "strengths": STRENGTHS,
            "from_on": edge.from_on,
            "until_on": edge.until_on,
        }
        for edge in edges
        if edge.source in names and edge.target in names
    ]


def pair_rows(tab: OrgTab, tenant: Tenant) -> list[dict[str, Any]]:
    """The pairs of the day, and the executives without one of ours, for csplatform/_pairings.html."""
    people = {row["id"]: row["person"] for row in tab.rows if "person" in row}
    paired = [
        {
            "id": pair.id,
            "name": people[pair.persona_id].name,
            "href": persona_href(tenant, pair.persona_id),
            "role_label": people[pair.persona_id].get_role_display(),
            "member": pair.member,
            "from_on": pair.from_on,
            "last_at": pair.last_at,
            "anyone_at": pair.anyone_at,
            "quiet": pair.quiet(tab.at),
        }
        for pair in tab.pairs
        if pair.persona_id in people
    ]
    alone = [
        {
            "id": None,
            "name": person.name,
            "href": persona_href(tenant, person.pk),
            "role_label": person.get_role_display(),
            "member": "",
        }
        for person in tab.unpaired
    ]
    return [*alone, *paired]


def twin(tab: OrgTab, tenant: Tenant, account_id: UUID, *, writable: bool) -> list[dict[str, Any]]:
    """The chart as a table, in the order in which it is drawn; an empty box says what is missing."""
    names = {row["id"]: row["person"].name for row in tab.rows if "person" in row}
    seats = {row["id"]: seat_words(row["seat"])[0] for row in tab.rows if "seat" in row}
    stands: dict[Any, list[str]] = {}
    for edge in tab.edges:
        if edge.source in names and edge.target in names:
            stands.setdefault(edge.source, []).append(sentence(edge, names))
    return [
        {
            **_box(row, tab, tenant, names),
            "full": row["person"].name,
            "said": _felt(row, *_said(row)),
            "title": row["title"],
            "above": names.get(row["reports_to"]) or seats.get(row["reports_to"], ""),
            "edges": stands.get(row["id"], []),
            "pair": row["paired"].member if row["paired"] else "",
        }
        if "person" in row
        else {
            "href": _filled(row, tab, names, tenant, account_id, writable),
            "full": seats[row["id"]],
            "said": _("missing"),
            "title": seat_words(row["seat"], names.get(row["of"], ""))[1],
            "above": names.get(row["reports_to"]) or seats.get(row["reports_to"], ""),
        }
        for row in tab.rows
    ]
