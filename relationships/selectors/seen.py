"""What a rater needs in order to say what they saw of a person, and who shows another mood than is said of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Actor, Case, Persona, Tenant, Touch
from relationships.selectors.grid import GridAccount, grid_account
from relationships.selectors.spoken import RatedPerson, rated_people

RECENT = 6


@dataclass(frozen=True)
class SeenPage:
    """A person with their account, and the newest touches with them and cases of theirs, to link to."""

    person: RatedPerson
    account: GridAccount
    touches: list[Touch]
    cases: list[Case]


def home_of(persona_id: UUID) -> UUID | None:
    """The account of a person; None where there is no such person."""
    found = Persona.objects.filter(pk=persona_id, deleted_at=None, merged_into=None, account__deleted_at=None)
    return found.values_list("account_id", flat=True).first()


def seen_page(*, persona_id: UUID, actor: Actor, at: datetime) -> SeenPage | None:
    """The page of what was seen of a person; None where there is no such person."""
    account_id = home_of(persona_id)
    account = (
        grid_account(actor=actor, account_id=account_id, persona_id=persona_id, at=at) if account_id else None
    )
    person = next((one for one in account.people if one.id == persona_id), None) if account else None
    if account is None or person is None:
        return None
    touches = Touch.objects.filter(attendees__persona_id=persona_id, deleted_at=None, at__lte=at)
    cases = Case.objects.filter(persona_id=persona_id, deleted_at=None)
    return SeenPage(
        person=person,
        account=account,
        touches=list(touches.order_by("-at", "-pk")[:RECENT]),
        cases=list(cases.order_by("-opened_at", "-pk")[:RECENT]),
    )


def diverging_people(
    *, tenant: Tenant, at: datetime, account_ids: Collection[UUID] | None = None
) -> list[RatedPerson]:
    """Who counts and shows another mood than is said of them, at these accounts or at all live ones: those who show
    worse first, widest first."""
    people = rated_people(tenant=tenant, at=at, account_ids=account_ids)
    found = [person for person in people if person.diverges]
    return sorted(
        found, key=lambda person: (-person.attention, -abs(person.gap), person.account_name, person.name)
    )
