"""The tenant's persona templates: kinds of people with what one may assume of them, reusable across accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Actor, Persona, PersonaTemplate
from accounts.selectors.profile import TEMPLATE_KINDS, misfit
from accounts.services.terms import TermList, TermRefused, save_term, terms_of

ROLES = Persona.Role
LONGEST = 2000  # letters of one fact


def _usual(role: Persona.Role, **facts: str) -> dict[str, Any]:
    return {"label": str(role.label), "role": role.value, "facts": facts}


PERSONA_TEMPLATES = TermList(
    PersonaTemplate,
    "persona_template",
    {
        "economic_buyer": _usual(
            ROLES.ECONOMIC_BUYER,
            wiifm="A result that pays for itself, in figures that can be shown upstairs.",
            triggers="Surprises in cost; being asked for a decision without the numbers.",
            tone="Short, figures first, no product words.",
            cadence="90",
        ),
        "decision_maker": _usual(
            ROLES.DECISION_MAKER,
            wiifm="A safe decision that others will agree with.",
            triggers="Risk that nobody named before.",
            tone="Options with a recommendation.",
            cadence="45",
        ),
        "champion": _usual(
            ROLES.CHAMPION,
            wiifm="To be seen as the one who brought the change.",
            motivations="Success that others notice.",
            frustrations="Defending us inside without help.",
            cadence="14",
        ),
        "executive_sponsor": _usual(
            ROLES.EXECUTIVE_SPONSOR,
            wiifm="Proof that the strategy works.",
            triggers="Hearing of a problem from somebody else first.",
            tone="One page, once a quarter.",
            cadence="90",
        ),
        "technical_owner": _usual(
            ROLES.TECHNICAL_OWNER,
            wiifm="Fewer incidents and no manual work.",
            frustrations="Tickets that go round in circles.",
            tone="Precise, with the details in writing.",
            cadence="30",
        ),
        "procurement": _usual(
            ROLES.PROCUREMENT,
            wiifm="Terms that can be compared and defended.",
            triggers="Pressure near a deadline.",
            tone="Formal, in writing.",
            cadence="90",
        ),
        "power_user": _usual(
            ROLES.POWER_USER,
            wiifm="Less time for the same work, and being asked for an opinion.",
            frustrations="Changes that nobody announced.",
            cadence="30",
        ),
        "end_user": _usual(ROLES.END_USER, wiifm="The job done with fewer steps.", cadence="60"),
        "other": _usual(ROLES.OTHER, wiifm="Not known: ask."),
    },
    fields=("label", "role", "facts", "position", "active"),
)


def ensure_persona_templates() -> list[PersonaTemplate]:
    """The tenant's templates in order, made from our own where the tenant has none yet."""
    return terms_of(PERSONA_TEMPLATES)


def save_persona_template(
    *, key: str, values: Mapping[str, Any], actor: Actor | None, at: datetime
) -> tuple[PersonaTemplate, bool]:
    """Add a template or change the one with this key; ``facts`` takes the place of the former ones, empty values are left
    out. Returns it and whether it is new. Admins only. Raises TermRefused, NotYours."""
    given = dict(values)
    if given.get("facts") is not None:
        given["facts"] = checked_facts(given["facts"])
    return save_term(PERSONA_TEMPLATES, key=key, values=given, actor=actor, at=at)


def checked_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of a template, trimmed. Raises TermRefused for a kind that cannot be assumed of many, a text that is
    too long, and a preference that no plan could obey."""
    found = {}
    for key, value in facts.items():
        words = value.strip()
        if key not in TEMPLATE_KINDS:
            raise TermRefused("facts", f"{key}: one of {', '.join(TEMPLATE_KINDS)}.", "invalid_choice")
        if len(words) > LONGEST:
            raise TermRefused("facts", f"{key}: at most {LONGEST} characters.", "too_long")
        if words and (wrong := misfit(key, words)):
            raise TermRefused("facts", f"{key}: {wrong}", "range" if key == "cadence" else "invalid_choice")
        if words:
            found[key] = words
    return found
