"""Who could take an empty seat: everybody who works at the account, ranked, each with the reasons in words.

The rank is a sum of six parts, each 0..1 times its weight: how near their role is, their influence, our relationship,
how they feel about us, how lately we spoke, and how near they stood to whoever held the seat last. Somebody who alone
holds another required role counts half: moving them would only move the hole.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Account, Persona, Tenant, TouchAttendee
from health import selectors as health
from relationships.selectors.spoken import RatedPerson, local_day, rated_people

ROLES = dict(Persona.Role.choices)
WEIGHTS = {"role": 0.30, "influence": 0.20, "strength": 0.20, "sentiment": 0.10, "touch": 0.10, "near": 0.10}
STRENGTHS = {"none": 0.0, "weak": 1 / 3, "okay": 2 / 3, "very_good": 1.0}
MOODS = {"negative": 0.0, "neutral": 0.5, "positive": 1.0}
UNKNOWN = 1 / 3  # what nobody has said counts a little less than neutral
RECENT, LATE = 30, 90  # days since the last touch
HALF = 0.5

# How near a role is to the one that is sought, 0..1; pairs that are not here are FAR.
FAR = 0.25
NEAR: dict[tuple[str, str], float] = {
    ("champion", "power_user"): 0.8, ("champion", "technical_owner"): 0.6, ("champion", "decision_maker"): 0.6,
    ("champion", "executive_sponsor"): 0.5, ("economic_buyer", "decision_maker"): 0.9,
    ("economic_buyer", "executive_sponsor"): 0.8, ("economic_buyer", "procurement"): 0.5,
    ("economic_buyer", "champion"): 0.4, ("decision_maker", "economic_buyer"): 0.9,
    ("decision_maker", "executive_sponsor"): 0.8, ("decision_maker", "champion"): 0.5,
    ("executive_sponsor", "decision_maker"): 0.8, ("executive_sponsor", "economic_buyer"): 0.8,
    ("technical_owner", "power_user"): 0.7, ("technical_owner", "champion"): 0.5, ("procurement", "economic_buyer"): 0.5,
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One who could take the seat: ``points`` 0..100, ``reasons`` the strongest first, ``warning`` what speaks against
    it or an empty text."""

    persona: Persona
    points: float
    reasons: list[str]
    warning: str
    strength: str | None
    sentiment: str | None
    rated: RatedPerson | None
    touched_at: datetime | None


@dataclass(frozen=True)
class Seat:
    """A required role at an account: ``state`` is held, vacant (who held it left) or unknown; ``former`` held it last."""

    role: str
    state: str
    required: bool
    former: Persona | None
    holders: list[Persona] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)


def open_seats(*, roles: Iterable[str], people: Collection[Persona], today: date) -> list[tuple[str, str]]:
    """(role, vacant or unknown) of each of these roles that nobody tracked who works there holds, in order."""
    held = {person.role for person in people if person.tracked and not _gone(person, today)}
    left = {person.role for person in people if _gone(person, today)}
    return [(role, "vacant" if role in left else "unknown") for role in roles if role not in held]


def successors(*, account: Account, role: str, tenant: Tenant, at: datetime) -> Seat:
    """The seat of a role at an account with everybody who could take it, the best first. Four statements."""
    today = local_day(tenant=tenant, at=at)
    everyone = list(
        Persona.objects.filter(account_id=account.pk, deleted_at=None, merged_into=None).order_by(
            "name", "pk"
        )
    )
    card = health.current_scorecard()
    required = card.required_roles(account.tier)
    present = [person for person in everyone if not _gone(person, today)]
    holders = [person for person in present if person.role == role and person.tracked]
    gone = [person for person in everyone if person.role == role and _gone(person, today)]
    former = max(gone, key=lambda person: (person.left_on, str(person.pk)), default=None)
    rated = {
        person.id: person
        for person in rated_people(tenant=tenant, at=at, account_ids=[account.pk], counted=False)
    }
    touched = last_touched(persona_ids=[person.pk for person in present], at=at)
    alone = _alone(present, required)
    candidates = [
        _candidate(
            person,
            role=role,
            former=former,
            influence=person.influence or card.body["influence"][person.role],
            rated=rated.get(person.pk),
            touched_at=touched.get(person.pk),
            alone=alone.get(person.pk) == person.role,
            at=at,
        )
        for person in present
        if person not in holders
    ]
    candidates.sort(key=lambda one: (-one.points, one.persona.name, str(one.persona.pk)))
    state = "held" if holders else "vacant" if gone else "unknown"
    return Seat(role, state, role in required, former, holders, candidates)


def last_touched(*, persona_ids: Collection[UUID], at: datetime) -> dict[UUID, datetime]:
    """When each of these people was last in a touch; the untouched are absent. One query."""
    found = (
        TouchAttendee.objects.filter(persona_id__in=persona_ids, touch__deleted_at=None, touch__at__lte=at)
        .values("persona_id")
        .annotate(last=Max("touch__at"))
    )
    return {row["persona_id"]: row["last"] for row in found}


def _gone(person: Persona, today: date) -> bool:
    return person.left_on is not None and person.left_on <= today


def _alone(present: Collection[Persona], required: Collection[str]) -> dict[UUID, str]:
    """Who alone holds a required role."""
    holders: dict[str, list[UUID]] = {}
    for person in present:
        if person.tracked:
            holders.setdefault(person.role, []).append(person.pk)
    return {ids[0]: role for role, ids in holders.items() if role in required and len(ids) == 1}


def _candidate(
    person: Persona,
    *,
    role: str,
    former: Persona | None,
    influence: float,
    rated: RatedPerson | None,
    touched_at: datetime | None,
    alone: bool,
    at: datetime,
) -> Candidate:
    parts = [
        _role_part(person, role),
        ("influence", influence / 5, _("influence %(n)s of 5") % {"n": int(influence)}),
        _strength_part(rated),
        _mood_part(rated),
        _touch_part(touched_at, at),
        _near_part(person, former),
    ]
    weighed = [(WEIGHTS[name] * share, share, words) for name, share, words in parts]
    points = 100 * sum(weight for weight, _share, _words in weighed) * (HALF if alone else 1)
    weighed.sort(key=lambda part: -part[0])
    warning = ""
    if alone:
        warning = _("Then nobody would be left as %(role)s.") % {"role": str(ROLES[person.role]).lower()}
    return Candidate(
        persona=person,
        points=points,
        reasons=[words for _weight, _share, words in weighed if words],
        warning=warning,
        strength=rated.strength if rated else None,
        sentiment=rated.overall if rated else None,
        rated=rated,
        touched_at=touched_at,
    )


def _role_part(person: Persona, role: str) -> tuple[str, float, str]:
    if person.role == role:
        return "role", 1.0, _("has this role, and does not count yet")
    share = NEAR.get((role, person.role), FAR)
    words = _("%(role)s: near to this role") if share > HALF else _("%(role)s so far")
    return "role", share, words % {"role": str(ROLES[person.role]).lower()}


def _strength_part(rated: RatedPerson | None) -> tuple[str, float, str]:
    words = {
        "none": _("we do not know them"),
        "weak": _("a weak relationship"),
        "okay": _("an okay relationship"),
        "very_good": _("a very good relationship"),
    }
    if rated is None or rated.strength is None:
        return "strength", UNKNOWN, _("never rated")
    return "strength", STRENGTHS[rated.strength], words[rated.strength]


def _mood_part(rated: RatedPerson | None) -> tuple[str, float, str]:
    words = {
        "negative": _("feels negative about us"),
        "neutral": _("feels neutral about us"),
        "positive": _("feels positive about us"),
    }
    mood = rated.overall if rated else None
    return ("sentiment", MOODS[mood], words[mood]) if mood else ("sentiment", UNKNOWN, "")


def _touch_part(touched_at: datetime | None, at: datetime) -> tuple[str, float, str]:
    if touched_at is None:
        return "touch", 0.0, _("never met")
    days = (at - touched_at).days
    share = 1.0 if days <= RECENT else HALF if days <= LATE else 0.0
    return "touch", share, _("last met %(days)s days ago") % {"days": days}


def _near_part(person: Persona, former: Persona | None) -> tuple[str, float, str]:
    if former is None:
        return "near", 0.0, ""
    if person.reports_to_id == former.pk:
        return "near", 1.0, _("reported to %(name)s") % {"name": former.name}
    if former.reports_to_id == person.pk:
        return "near", 1.0, _("led %(name)s") % {"name": former.name}
    if former.reports_to_id and former.reports_to_id == person.reports_to_id:
        return "near", HALF, _("worked beside %(name)s") % {"name": former.name}
    return "near", 0.0, ""
