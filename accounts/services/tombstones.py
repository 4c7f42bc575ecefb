"""Deleting leaves a tombstone; restoring takes it back. What hangs on the object stays as it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, Actor, Case, Initiative, Note, Outcome, Persona, Resource, Step, Touch
from accounts.services.along import take_back_along
from accounts.services.items import ERASED, MERGED, Refused
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_write
from accounts.services.shares import close_shares
from accounts.services.work import case_facts, write_case_facts


def delete_account(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of an account; its people and history stay, out of sight, and the links that its customer has
    end. Raises Account.DoesNotExist."""
    bury(model=Account, id=id, actor=actor, at=at)
    close_shares(account_ids=[id], actor=actor, at=at)


def restore_account(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take an account back. Raises Account.DoesNotExist, or Refused for one that was merged: it is parted instead."""
    if Account.objects.filter(pk=id, merged_into__isnull=False).exists():
        raise Refused([MERGED])
    raise_up(model=Account, id=id, actor=actor, at=at)


def delete_persona(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a persona: they count no longer, their ratings stay. Raises Persona.DoesNotExist."""
    bury(model=Persona, id=id, actor=actor, at=at)


def restore_persona(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a persona back, also one that was merged into another. Raises Persona.DoesNotExist, or Refused for an
    erased one."""
    if Persona.objects.filter(pk=id, erased_at__isnull=False).exists():
        raise Refused([ERASED])
    persona = raise_up(model=Persona, id=id, actor=actor, at=at)
    if persona.merged_into_id is not None:
        Persona.objects.filter(pk=id).update(merged_into=None)
        take_back_along(model=Persona, id=id, into=persona.merged_into_id, at=at)


def delete_step(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a step. Raises Step.DoesNotExist."""
    bury(model=Step, id=id, actor=actor, at=at)


def restore_step(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a step back. Raises Step.DoesNotExist."""
    raise_up(model=Step, id=id, actor=actor, at=at)


def delete_touch(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a touch. Raises Touch.DoesNotExist."""
    bury(model=Touch, id=id, actor=actor, at=at)


def restore_touch(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a touch back. Raises Touch.DoesNotExist."""
    raise_up(model=Touch, id=id, actor=actor, at=at)


def delete_note(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a note; its versions stay. Raises Note.DoesNotExist."""
    bury(model=Note, id=id, actor=actor, at=at)


def restore_note(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a note back. Raises Note.DoesNotExist."""
    raise_up(model=Note, id=id, actor=actor, at=at)


def delete_initiative(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of an initiative; its steps stay, and belong to none. Raises Initiative.DoesNotExist."""
    bury(model=Initiative, id=id, actor=actor, at=at)


def restore_initiative(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take an initiative back, with its steps. Raises Initiative.DoesNotExist."""
    raise_up(model=Initiative, id=id, actor=actor, at=at)


def delete_outcome(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of an outcome. Raises Outcome.DoesNotExist."""
    bury(model=Outcome, id=id, actor=actor, at=at)


def restore_outcome(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take an outcome back. Raises Outcome.DoesNotExist."""
    raise_up(model=Outcome, id=id, actor=actor, at=at)


def delete_case(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a case; what is known of it as a fact ends with it. Raises Case.DoesNotExist."""
    case = Case.objects.get(pk=id, deleted_at=None)
    bury(model=Case, id=id, actor=actor, at=at)
    _write_facts(case, False, actor, at)


def restore_case(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a case back, as critical as it was. Raises Case.DoesNotExist."""
    case = Case.objects.get(pk=id)
    gone, case.deleted_at = case.deleted_at is not None, None
    raise_up(model=Case, id=id, actor=actor, at=at)
    if gone:
        _write_facts(case, True, actor, at)


def bury(*, model: type[Resource], id: UUID, actor: Actor | None, at: datetime) -> Any:
    """Mark a live row as deleted, and log it. Raises DoesNotExist."""
    row = model.objects.select_for_update().get(pk=id, deleted_at=None)
    _stamp(row, deleted_at=at, did="deleted", actor=actor, at=at)
    return row


def raise_up(*, model: type[Resource], id: UUID, actor: Actor | None, at: datetime) -> Any:
    """Take the mark away and log it; a live row stays as it is. Raises DoesNotExist."""
    row = model.objects.select_for_update().get(pk=id)
    if row.deleted_at is not None:
        _stamp(row, deleted_at=None, did="restored", actor=actor, at=at)
    return row


def _stamp(row: Any, *, deleted_at: datetime | None, did: str, actor: Actor | None, at: datetime) -> None:
    account_id = row.pk if isinstance(row, Account) else getattr(row, "account_id", None)
    require_write(actor=actor, account_ids=[account_id] if account_id else [])
    type(row).objects.filter(pk=row.pk).update(deleted_at=deleted_at, updated_at=at)
    persona_id = row.pk if isinstance(row, Persona) else getattr(row, "persona_id", None)
    record_activity(
        activity=NewActivity(f"{row._meta.model_name}.{did}", row.pk, account_id, persona_id),
        actor=actor,
        at=at,
    )


def _write_facts(case: Case, holds: bool, actor: Actor | None, at: datetime) -> None:
    facts = case_facts(case, holds=holds, at=at)
    write_case_facts(facts=facts, accounts={case.pk: case.account_id}, actor=actor, source="")
