"""A person's page: who they are, what was said of them and by them, what they do, and what they add to the score."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts import selectors as accounts
from accounts.models import Account, Actor, Note, Persona
from csplatform.selectors.account import has_left, may_write, points_of
from csplatform.selectors.elsewhere import Elsewhere, elsewhere
from csplatform.selectors.entries import Entry
from csplatform.selectors.panels import PersonPanels, person_panels
from csplatform.selectors.promises import Promised, persona_promises
from csplatform.selectors.touches import person_touches
from feedback import selectors as feedback
from health import selectors as health
from relationships import selectors as relationships
from relationships.models import ProductArea, Situation
from relationships.selectors import spoken


class NoPersona(LookupError):
    """The tenant has no such person, or they were removed."""


@dataclass(frozen=True)
class PersonaPage:
    """All that the page shows. ``rating`` is what is said now; ``points`` in the account's score, None without one."""

    persona: Persona
    account: Account
    writable: bool
    left: bool
    rating: spoken.RatedPerson | None
    ratings: list[relationships.PastRating]
    drivers: dict[str, str]
    areas: list[ProductArea]
    profile: accounts.Profile
    responses: list[Any]
    usage: health.PersonUsage | None
    points: float | None
    influence: float
    touches: list[Entry]
    touchpoints: list[tuple[str, str]]
    notes: list[Note]
    elsewhere: list[Elsewhere]
    promises: Promised
    remembered: relationships.Remembered
    situations: list[Situation]
    asked: relationships.AskStory
    commitment: relationships.Commitment
    edges: list[relationships.Standing]
    colleagues: list[Persona]
    panels: PersonPanels
    today: dt.date


def persona_of(persona_id: UUID) -> Persona:
    """A person with their account. Raises NoPersona, for a foreign id as for a missing one."""
    persona = (
        Persona.objects.filter(pk=persona_id, deleted_at=None, account__deleted_at=None)
        .select_related("account__owner__user", "account__main_contact", "reports_to", "merged_into")
        .prefetch_related("account__scores", "account__team", "profile")
        .first()
    )
    if persona is None:
        raise NoPersona(str(persona_id))
    return persona


def _colleagues(account_id: UUID) -> list[Persona]:
    """Everybody at an account, by name."""
    people = Persona.objects.filter(account_id=account_id, deleted_at=None, merged_into=None)
    return list(people.order_by("name", "pk"))


def persona_page(
    *, persona_id: UUID, actor: Actor, at: dt.datetime, kind: str = "", touchpoint: str = ""
) -> PersonaPage:
    """The page of a person, their touches of a kind or at a touchpoint alone. Raises NoPersona."""
    persona = persona_of(persona_id)
    entries, touchpoints = person_touches(persona_id=persona_id, kind=kind, touchpoint=touchpoint, at=at)
    account, today = persona.account, spoken.local_day(tenant=actor.tenant, at=at)
    score = next((health.veiled_score(score) for score in account.scores.all()), None)
    said = spoken.people_where("p.id = %(persona)s", at=at, persona=persona.pk)
    team = [row.membership_id for row in account.team.all()]
    ratings, usage = relationships.rating_history(persona_id=persona.pk, at=at), None
    if persona.email:
        usage = health.person_usage(account_id=account.pk, user_key=persona.email, at=at)
    return PersonaPage(
        persona=persona,
        account=account,
        writable=may_write(actor, account, team),
        left=has_left(persona, today),
        rating=said[0] if said and (said[0].rated or said[0].observed) else None,
        ratings=ratings,
        drivers={driver.key: driver.label for driver in relationships.driver_list()},
        areas=list(relationships.product_area_list()),
        profile=accounts.profile(persona.profile.all(), today=today),
        responses=list(feedback.persona_responses(persona_id=persona.pk, at=at)[:30]),
        usage=usage,
        points=None
        if score is None or health.is_veiled(account.pk)
        else points_of(score).get(str(persona.pk), 0.0),
        influence=persona.influence or health.current_scorecard().body["influence"][persona.role],
        touches=entries,
        touchpoints=touchpoints,
        notes=accounts.persona_notes(persona_id=persona_id),
        remembered=relationships.remembered(persona_ids=[persona_id], at=at).get(
            persona_id, relationships.Remembered()
        ),
        situations=relationships.situations(persona_id=persona_id),
        elsewhere=elsewhere(persona=persona, today=today, at=at),
        promises=persona_promises(persona_id=persona_id, tenant=actor.tenant, today=today),
        asked=relationships.ask_story(persona_id=persona_id, today=today),
        commitment=relationships.commitments(persona_ids=[persona_id], tenant=actor.tenant, at=at)[
            persona_id
        ],
        edges=relationships.persona_edges(persona_id=persona.pk),
        colleagues=_colleagues(account.pk),
        panels=person_panels(persona=persona, score=score, ratings=ratings, today=today, at=at),
        today=today,
    )
