"""Linking the same person at two accounts by hand, and unlinking them, whether the e-mail or a hand had linked them.

A link says who somebody is, and gives no right to anything: each persona stays with their account, and is rated there.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import Actor, Persona, PersonaLink
from accounts.selectors.links import colleagues_joined, same_person
from accounts.services.items import Fault, Refused
from accounts.services.log import NewActivity, record_activities
from accounts.services.rights import NotYours, may_write


@transaction.atomic
def link_personas(*, id: UUID, other: UUID, actor: Actor | None, at: datetime) -> bool:
    """Say that two personas at two accounts are one person. Returns whether that is new.

    Whoever may write one of the two accounts may say so. Nobody becomes one person with a colleague this way, not even by
    way of others whom the two are; an e-mail that changes later may still make them one.
    Raises Persona.DoesNotExist for ``id``, Refused for ``other``, NotYours.
    """
    one, two = _pair(id, other, actor)
    if any(same.persona.pk == two.pk for same in same_person(persona_id=one.pk)):
        return False
    if joined := colleagues_joined(one=one.pk, other=two.pk):
        names = " and ".join(sorted(person.name for person in joined))
        detail = f"{names} work at one account, and this would make them one person."
        raise Refused([Fault("/persona", "same_account", detail)])
    _say(one, two, True, actor, at)
    return True


@transaction.atomic
def unlink_personas(*, id: UUID, other: UUID, actor: Actor | None, at: datetime) -> bool:
    """Say that two personas are not one person, whatever their e-mails say. Returns whether that is new.

    Raises as ``link_personas``.
    """
    one, two = _pair(id, other, actor)
    if not any(same.persona.pk == two.pk for same in same_person(persona_id=one.pk)):
        return False
    _say(one, two, False, actor, at)
    return True


def forget_links(*, ids: list[UUID]) -> None:
    """Take away every word on who else these personas are: an erased person is nobody."""
    PersonaLink.objects.filter(Q(persona_id__in=ids) | Q(other_id__in=ids)).delete()


def _pair(id: UUID, other: UUID, actor: Actor | None) -> tuple[Persona, Persona]:
    """Both, locked in the order of their ids, so that two who say the same at once wait for each other."""
    live = Persona.objects.filter(deleted_at=None, merged_into=None, account__deleted_at=None)
    found = {
        one.pk: one for one in live.select_for_update(of=("self",)).filter(pk__in=[id, other]).order_by("pk")
    }
    if id not in found:
        raise Persona.DoesNotExist
    if other not in found:
        raise Refused([Fault("/persona", "missing", "There is no such object.")])
    if found[id].account_id == found[other].account_id:
        raise Refused([Fault("/persona", "same_account", "Both work at one account: merge them instead.")])
    if not any(may_write(actor=actor, account_id=one.account_id) for one in found.values()):
        raise NotYours(
            "You may link people of accounts that you own, are on the team of, or that have no owner."
        )
    return found[id], found[other]


def _say(one: Persona, two: Persona, same: bool, actor: Actor | None, at: datetime) -> None:
    first, second = sorted((one, two), key=lambda row: row.pk)
    said = {"same": same, "said_by_id": actor.member_id if actor else None, "said_at": at}
    PersonaLink.objects.update_or_create(persona=first, other=second, defaults=said)
    # Each line names the other's account and not the other: erasing one of them leaves nothing that leads to them.
    verb = "persona.linked" if same else "persona.unlinked"
    record_activities(
        activities=[
            NewActivity(verb, row.pk, row.account_id, row.pk, {"account": str(with_.account_id)})
            for row, with_ in ((one, two), (two, one))
        ],
        actor=actor,
        at=at,
    )
