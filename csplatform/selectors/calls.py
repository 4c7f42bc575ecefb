"""What the form after a call starts from: the account, who may have been there, and how each is rated now."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Lower

from accounts.models import Account, AccountTeam, Actor, Persona
from csplatform.selectors.account import Frame
from csplatform.selectors.touches import who_may_be_there
from relationships import selectors as relationships
from relationships.selectors import RatedPerson

SHOWN = 12


@dataclass(frozen=True)
class Callers:
    """The people a call may have been with, the weightiest first, and the rating of each that stands."""

    people: list[Persona]
    standing: dict[UUID, RatedPerson]


def callers(frame: Frame, *, first: UUID | None, actor: Actor, at: dt.datetime) -> Callers:
    """Whom the form lists: ``first`` is who is known to have been there."""
    rated = relationships.rated_people(
        tenant=actor.tenant, at=at, account_ids=[frame.account.pk], counted=False
    )
    people = who_may_be_there(frame.people, [first] if first else [], frame.today)
    return Callers(people, {person.id: person for person in rated})


def accounts_named(text: str, *, actor: Actor) -> list[Account]:
    """Up to twelve accounts of the book whose name holds this text and that this member may write: those that begin
    with it first, then those that the member owns or works on."""
    works = AccountTeam.objects.filter(account=OuterRef("pk"), membership_id=actor.member_id)
    mine = Q(owner_id=actor.member_id) | Q(Exists(works))
    found = Account.objects.filter(deleted_at=None, name__icontains=text)
    found = found.exclude(status=Account.Status.CHURNED)
    if not actor.writes_all:
        found = found.filter(mine | Q(owner=None)) if actor.writes_some else found.none()
    return list(
        found.annotate(
            starts=_first(Q(name__istartswith=text)),
            own=_first(mine),
        ).order_by("starts", "own", Lower("name"), "pk")[:SHOWN]
    )


def _first(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1), output_field=IntegerField())
