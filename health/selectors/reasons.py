"""Why a score moved, in words with signed numbers: measures by their names, people by theirs.

Names are looked up when words are made, never stored with a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Persona

NOTABLE = 0.05  # points: less than that is not a reason
MOST = 3


def measure_names() -> dict[str, str]:
    """The names of the model's measures, as a person reads them."""
    return {
        "frequency": _("Active users"),
        "effectiveness": _("Goals on track"),
        "breadth": _("Features used"),
        "trend": _("Usage trend"),
        "relationship": _("Relationship"),
        "sentiment": _("Sentiment"),
        "ratings": _("Relationship and sentiment, shown in parts once you have rated"),
        "nps": _("NPS"),
        "csat": _("CSAT"),
        "ces": _("CES"),
        "goodwill": _("Goodwill"),
    }


def people_behind(causes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of the personas that causes name."""
    return {row["persona"] for cause in causes for row in cause["personas"] if row["persona"]}


def persona_names(ids: Iterable[str]) -> dict[str, str]:
    """The names of personas by id, as text; an erased one has none."""
    found = Persona.objects.filter(pk__in=set(ids)).values_list("pk", "name")
    return {str(persona_id): name for persona_id, name in found}


def cause_words(
    causes: Iterable[Mapping[str, Any]], names: Mapping[str, str], *, most: int | None = MOST
) -> list[dict[str, Any]]:
    """Causes as [{text, points, measure, persona, seat}], largest first: people where people are behind a measure.

    The points of all of them (``most=None``) sum to the change; those below NOTABLE are left out otherwise.
    """
    called = measure_names()
    found = []
    for cause in causes:
        label = called.get(cause["measure"], cause["measure"].replace("_", " ").capitalize())
        people = [_person(cause["measure"], label, row, names) for row in cause["personas"]]
        points = cause["value_part"] + cause["evidence_part"]
        found += people or [_words(cause["measure"], label, points)]
    found.sort(key=lambda row: -abs(row["points"]))
    if most is None:
        return found
    return [row for row in found if abs(row["points"]) >= NOTABLE][:most]


def reason(
    flags: Sequence[Mapping[str, Any]], causes: Iterable[Mapping[str, Any]], names: Mapping[str, str]
) -> str:
    """One sentence: the flag that caps the band, else what moved the score most in seven days, else nothing."""
    capping = [flag["detail"] for flag in flags if flag["cap"]]
    if capping:
        return str(capping[0])
    words = cause_words(causes, names, most=1)
    return f"{words[0]['text']}: {words[0]['points']:+.1f}" if words else ""


def _person(measure: str, label: str, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    if row["seat"]:
        text = _("%(measure)s, vacant seat (%(role)s)") % {
            "measure": label,
            "role": row["seat"].replace("_", " "),
        }
    else:
        name = names.get(row["persona"]) or _("A person")
        text = _("%(name)s, %(measure)s") % {
            "name": name,
            "measure": label if label.isupper() else label.lower(),
        }
    return _words(measure, text, row["contribution"], persona=row["persona"], seat=row["seat"])


def _words(
    measure: str, text: str, points: float, *, persona: str | None = None, seat: str | None = None
) -> dict[str, Any]:
    return {"text": text, "points": points, "measure": measure, "persona": persona, "seat": seat}
