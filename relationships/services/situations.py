"""Situations that were met at accounts, written like every resource, and one click that makes a step of the remedy.

The log says that one was met and how it came out, and no word of what was told.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import services as accounts
from accounts.models import Actor, Step, Tenant
from accounts.scope import current_tenant
from relationships.models import Remedy, Situation, SituationReason, SituationType
from relationships.services.library import ensure_library

SOURCE = "situation"
UNTOLD = {"what", "learned"}


class NoRemedy(accounts.Refused):
    """The situation names no remedy that could become a step."""

    def __init__(self) -> None:
        super().__init__([accounts.Fault("/remedy", "required", "Choose a remedy first.")])


def save_situations(
    *,
    items: Sequence[accounts.Item],
    mode: accounts.Mode,
    actor: Actor | None,
    at: datetime,
    source: str | None = None,
) -> list[accounts.Saved]:
    """Write situations, one result per item: account (or that of the persona), persona, type, reason and remedy (keys of
    the library), what, began_on (today unless given), result (solved, partly, not), ended_on (today once there is a
    result), learned, owner_email. Raises NotYours."""
    return SituationSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class SituationSaver(accounts.AtAccountSaver):
    model = Situation
    noun = "situation"
    required = ("account",)

    def resolve(self, drafts: Sequence[accounts.Draft]) -> None:
        super().resolve(drafts)
        zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
        self.today: dt.date = self.at.astimezone(ZoneInfo(zone)).date()
        ensure_library()
        self.entries: dict[str, dict[str, Any]] = {
            "type": {row.key: row for row in SituationType.objects.all()},
            "reason": {row.key: row for row in SituationReason.objects.all()},
            "remedy": {row.key: row for row in Remedy.objects.all()},
        }
        self.types = {
            row.pk: row.type_id for kind in ("reason", "remedy") for row in self.entries[kind].values()
        }
        for draft in drafts:
            for kind in self.entries:
                self._name(draft, kind)

    def _name(self, draft: accounts.Draft, kind: str) -> None:
        """An entry of the library by its key; one that was switched off may stay, and is not chosen anew."""
        if kind not in draft.values:
            return
        key = draft.values.pop(kind)
        row = self.entries[kind].get(key) if key else None
        if key and row is None:
            draft.fault(f"/{kind}", "missing", f"The library has no {kind} {key}.")
        elif row is not None and not row.active and row.pk != getattr(draft.row, f"{kind}_id"):
            draft.fault(f"/{kind}", "switched_off", "This is switched off in the library.")
        else:
            draft.values[f"{kind}_id"] = row.pk if row else None

    def _require(self, draft: accounts.Draft) -> None:
        super()._require(draft)
        if draft.values.get("type_id", draft.row.type_id) is None:
            draft.fault("/type", "required", "This field is required.")

    def complete(self, draft: accounts.Draft) -> None:
        values = draft.values
        if values.get("began_on", None if draft.is_new else True) is None:
            values.pop("began_on", None)
            if draft.is_new:
                values["began_on"] = self.today
        if "result" in values and values["result"] is None:
            values["ended_on"] = None  # under way again
        elif values.get("result") and values.get("ended_on", draft.row.ended_on) is None:
            values["ended_on"] = self.today
        super().complete(draft)

    def check(self, draft: accounts.Draft) -> None:
        row = draft.row
        for kind in ("reason", "remedy"):
            named = getattr(row, f"{kind}_id")
            if named is not None and self.types[named] != row.type_id:
                draft.fault(f"/{kind}", "other_type", "It belongs to another type of situation.")
        if row.began_on > self.today:
            draft.fault("/began_on", "in_future", "A situation has begun: today or earlier.")
        if row.ended_on is not None and row.result is None:
            draft.fault("/result", "required", "Say how it came out.")
        elif row.ended_on is None and row.result is not None:
            draft.fault("/ended_on", "required", "What has a result has a day on which it ended.")
        elif row.ended_on is not None and row.ended_on > self.today:
            draft.fault("/ended_on", "in_future", "It has ended: today or earlier.")
        elif row.ended_on is not None and row.ended_on < row.began_on:
            draft.fault("/ended_on", "before_beginning", "Earlier than began_on.")

    def log(self, draft: accounts.Draft) -> Iterable[accounts.NewActivity]:
        for line in super().log(draft):
            data = {name: _untold(side) for name, side in line.data.items()}
            yield accounts.NewActivity(line.verb, line.object_id, line.account_id, line.persona_id, data)


def _untold(side: Any) -> Any:
    """One side of a change without what was told."""
    return (
        {name: value for name, value in side.items() if name not in UNTOLD}
        if isinstance(side, dict)
        else side
    )


@transaction.atomic
def make_step(*, id: UUID, actor: Actor | None, at: datetime) -> tuple[Step, bool]:
    """Make a step of the situation's remedy, for its owner, due in as many days as the remedy says. Returns it and whether
    it is new: while it is open, asking again leaves the one step.

    Raises Situation.DoesNotExist, NoRemedy, NotYours.
    """
    row = (
        Situation.objects.select_for_update(of=("self",))
        .select_related("remedy", "account")
        .get(pk=id, deleted_at=None)
    )
    accounts.require_write(actor=actor, account_ids=[row.account_id])
    cause = f"situation:{row.pk}"
    standing = Step.objects.filter(cause=cause, done_at=None, deleted_at=None).first()
    if standing is not None:
        return standing, False
    if row.remedy is None:
        raise NoRemedy
    zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
    values = {
        "account": row.account.merged_into_id or row.account_id,
        "title": row.remedy.label,
        "owner_id": row.owner_id or row.account.owner_id or (actor.member_id if actor else None),
        "due_on": at.astimezone(ZoneInfo(zone)).date() + dt.timedelta(days=row.remedy.due_days),
        "persona_id": row.persona_id,
        "cause": cause,
    }
    (saved,) = accounts.save_steps(
        items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=actor, at=at, source=SOURCE
    )
    return Step.objects.get(pk=accounts.only([saved]).id), True


def delete_situation(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a situation. Raises Situation.DoesNotExist."""
    accounts.bury(model=Situation, id=id, actor=actor, at=at)


def restore_situation(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a situation back. Raises Situation.DoesNotExist."""
    accounts.raise_up(model=Situation, id=id, actor=actor, at=at)
