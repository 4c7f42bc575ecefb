"""What is prescribed for each cause, and one click that makes a step of it.

A tenant starts with a list of our own; the first page that edits the list makes it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Persona, Step, Tenant
from accounts.scope import current_tenant
from journeys import selectors
from journeys.models import Prescription
from journeys.services.rules import JourneyRefused
from journeys.services.stages import require_path

FIELDS = ("title", "side", "due_days", "remedies", "active")
SOURCE = "prescription"
PRESCRIBED = (SOURCE, Step.AUTOMATIC)  # sources of the same step, whoever made it


class PrescriptionMissing(JourneyRefused, ObjectDoesNotExist):
    code = "missing"


class NothingPrescribed(JourneyRefused):
    """Nothing at the account asks for a step now, or for another one than was shown."""

    code = "nothing_prescribed"


def ensure_prescriptions() -> list[Prescription]:
    """The tenant's prescriptions in order of urgency, made from the defaults where one is missing."""
    known = set(Prescription.objects.values_list("cause", flat=True))
    missing = [row for cause, row in selectors.default_prescriptions().items() if cause not in known]
    Prescription.objects.bulk_create(missing, ignore_conflicts=True)
    return list(Prescription.objects.order_by("position", "cause"))


@transaction.atomic
def save_prescription(
    *, prescription_id: UUID, values: Mapping[str, Any], actor: Actor | None, at: datetime
) -> Prescription:
    """Change the named values of one prescription: title, side, due_days (0..365), remedies, active.

    Admins only, or a key that writes. Raises PrescriptionMissing or JourneyRefused.
    """
    require_path(actor=actor)
    row = Prescription.objects.select_for_update().filter(pk=prescription_id).first()
    if row is None:
        raise PrescriptionMissing("prescription", "There is no such prescription.")
    _check(values)
    before = shown(row)
    for name in FIELDS:
        if name in values:
            setattr(row, name, values[name])
    if shown(row) == before:
        return row
    row.save()
    change = accounts.NewActivity(
        verb="prescription.updated", object_id=row.pk, data={"before": before, "after": shown(row)}
    )
    accounts.record_activity(activity=change, actor=actor, at=at)
    return row


def _check(values: Mapping[str, Any]) -> None:
    if "title" in values and not 1 <= len((values["title"] or "").strip()) <= 300:
        raise JourneyRefused("title", "A step needs words, 300 characters at most.")
    if "due_days" in values and not 0 <= values["due_days"] <= 365:
        raise JourneyRefused("due_days", "From 0 to 365 days.")
    if len(values.get("remedies") or "") > 5000:
        raise JourneyRefused("remedies", "At most 5000 characters.")


@transaction.atomic
def accept_prescription(
    *,
    account_id: UUID,
    cause: str = "",
    persona_id: UUID | None = None,
    actor: Actor | None,
    at: datetime,
) -> tuple[Step, bool]:
    """Make a step of what is prescribed at an account now, for its owner. Returns it and whether it is new: accepting
    twice leaves one step.

    ``cause`` is the one that was shown; a step for another one is not made unseen. ``persona_id``: whom a cause is about
    that is one person's. Nothing is prescribed at an account that churned. Raises NothingPrescribed, NotYours, or
    Account.DoesNotExist.
    """
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id, deleted_at=None)
    accounts.require_write(actor=actor, account_ids=[account_id])
    lost = account.status == Account.Status.CHURNED
    found = None if lost else _asked(account_id, cause, persona_id, at)
    wanted = cause or (found.cause if found else "")
    open_steps = Step.objects.filter(
        account_id=account_id, cause=wanted, source__in=PRESCRIBED, done_at=None, deleted_at=None
    )
    standing = open_steps.filter(persona_id=persona_id).first() if persona_id else open_steps.first()
    if standing is not None:
        return standing, False
    if found is None or found.cause != wanted:
        raise NothingPrescribed("cause", "This is no longer what asks for a step there.")
    item = step_of(
        replace(found, persona_id=_still_there(found.persona_id)),
        owner_id=account.owner_id or (actor.member_id if actor else None),
        today=today_at(at),
    )
    (saved,) = accounts.save_steps(items=[item], mode=accounts.Mode.CREATE, actor=actor, at=at, source=SOURCE)
    return Step.objects.get(pk=accounts.only([saved]).id), True


def step_of(found: selectors.Prescribed, *, owner_id: UUID | None, today: dt.date) -> accounts.Item:
    """The step that is prescribed, as what is to be saved."""
    values = {
        "account": found.account_id,
        "title": found.title,
        "side": found.side,
        "owner_id": owner_id,
        "due_on": today + dt.timedelta(days=found.due_days),
        "cause": found.cause,
        "persona_id": found.persona_id,
    }
    return accounts.Item(values=values)


def _asked(
    account_id: UUID, cause: str, persona_id: UUID | None, at: datetime
) -> selectors.Prescribed | None:
    if persona_id is None:
        return selectors.prescribed(account_ids=[account_id]).get(account_id)
    tenant = Tenant.objects.get(pk=current_tenant())
    return selectors.prescribed_for(
        persona_id=persona_id, account_id=account_id, cause=cause, tenant=tenant, at=at
    )


def _still_there(persona_id: UUID | None) -> UUID | None:
    """A person whom a stored score names, unless they were removed since."""
    live = Persona.objects.filter(pk=persona_id, deleted_at=None, merged_into=None)
    return live.values_list("pk", flat=True).first() if persona_id else None


def today_at(at: datetime) -> dt.date:
    """The tenant's day."""
    zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
    return at.astimezone(ZoneInfo(zone)).date()


def shown(row: Prescription) -> dict[str, Any]:
    return {"cause": row.cause, **{name: getattr(row, name) for name in FIELDS}}
