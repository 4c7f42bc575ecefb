"""One fact about a person at a time: written, confirmed, taken away; and the assumptions of their role filled in."""

import datetime as dt
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Actor, Persona, PersonaTemplate, ProfileFact
from accounts.selectors.profile import BY_KEY
from accounts.services.items import Item, Mode, Saved
from accounts.services.persona_templates import ensure_persona_templates
from accounts.services.personas import PROFILE_FIELDS, save_personas

Facts = dict[str, dict[str, Any]]


def save_fact(
    *,
    persona_id: UUID,
    key: str,
    value: str,
    source: str = "",
    basis: str = "",
    expires_on: dt.date | None = None,
    actor: Actor,
    at: datetime,
) -> Saved:
    """Write one fact, confirmed as of today. Raises Persona.DoesNotExist or NotYours."""

    def change(facts: Facts) -> None:
        facts[key] = {
            "key": key, "value": value, "source": source, "basis": basis, "expires_on": expires_on,
            "confirmed_on": _day(actor, at),
        }  # fmt: skip

    return _change(persona_id, change, actor, at)


def confirm_fact(*, persona_id: UUID, key: str, actor: Actor, at: datetime) -> Saved:
    """Say that a fact still holds today: it stays for as long again as its kind does. What was only assumed is from
    now on told by them. Raises Persona.DoesNotExist, KeyError for an unknown fact, or NotYours."""

    def change(facts: Facts) -> None:
        fact, today, kind = facts[key], _day(actor, at), BY_KEY.get(key)
        fact["confirmed_on"] = today
        if fact["expires_on"] is not None:
            fact["expires_on"] = today + dt.timedelta(days=kind.days if kind and kind.days else 365)
        if fact["basis"] == "assumed":
            fact["basis"] = "told_us"

    return _change(persona_id, change, actor, at)


def drop_fact(*, persona_id: UUID, key: str, actor: Actor, at: datetime) -> Saved:
    """Take one fact away. Raises Persona.DoesNotExist, KeyError for an unknown fact, or NotYours."""

    def change(facts: Facts) -> None:
        del facts[key]

    return _change(persona_id, change, actor, at)


class NoTemplate(LookupError):
    """There is no such persona template, or it is switched off."""


def apply_template(*, persona_id: UUID, key: str = "", actor: Actor, at: datetime) -> Saved:
    """Fill what is not known of a person with what a persona template assumes (the first of their role where no key is
    given), marked as an assumption that nobody has confirmed and that expires in 90 days. Raises Persona.DoesNotExist,
    NoTemplate or NotYours."""
    role = Persona.objects.values_list("role", flat=True).get(pk=persona_id)
    template = _template(key, role)

    def change(facts: Facts) -> None:
        until = _day(actor, at) + dt.timedelta(days=90)
        for key, value in template.facts.items():
            facts.setdefault(
                key,
                {
                    "key": key, "value": value, "source": "template", "basis": "assumed", "expires_on": until,
                    "confirmed_on": None,
                },
            )  # fmt: skip

    return _change(persona_id, change, actor, at)


def _template(key: str, role: str) -> PersonaTemplate:
    for one in ensure_persona_templates():
        if one.active and (one.key == key if key else one.role == role):
            return one
    raise NoTemplate(key or role)


@transaction.atomic
def _change(persona_id: UUID, change: Callable[[Facts], None], actor: Actor, at: datetime) -> Saved:
    persona = Persona.objects.select_for_update().get(pk=persona_id, deleted_at=None)
    facts: Facts = {
        fact.key: {name: getattr(fact, name) for name in PROFILE_FIELDS}
        for fact in ProfileFact.objects.filter(persona=persona)
    }
    change(facts)
    item = Item(id=persona_id, values={"profile": list(facts.values())})
    return save_personas(items=[item], mode=Mode.UPDATE, actor=actor, at=at)[0]


def _day(actor: Actor, at: datetime) -> dt.date:
    return at.astimezone(ZoneInfo(actor.tenant.time_zone)).date()
