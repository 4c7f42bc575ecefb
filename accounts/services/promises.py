"""Promises: steps of ours with the source ``promise``. Done is kept; a date that moves keeps the old one and says why.

Whatever door moves the date of a promise, the former one stays in its terms; through the doors of promises themselves
a date does not move, and a promise is not given up, without a reason.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import Actor, Step
from accounts.services.drafts import Draft
from accounts.services.items import Item, Mode, Saved
from accounts.services.tombstones import bury, raise_up
from accounts.services.work import StepSaver

STATES = ("open", "kept", "broken")


def save_promises(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write promises, one result per item: title (what), account (or that of the persona), persona (to whom),
    owner_email, due_on, state (open, kept, broken), settled_at, shared, and reason: why the date moves or it is broken.

    Raises NotYours.
    """
    return PromiseSaver(actor=actor, at=at, source=Step.PROMISE).save(items=items, mode=mode)


class PromiseSaver(StepSaver):
    def match(self, drafts: Sequence[Draft], mode: Mode) -> None:
        super().match(drafts, mode)
        for draft in drafts:
            if not draft.faults and not draft.is_new and draft.row.source != Step.PROMISE:
                named = "/external_id" if draft.item.id is None else ""
                draft.fault(named, "no_promise", "This is a step, and no promise.")

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        for draft in drafts:
            self._settle(draft)

    def _settle(self, draft: Draft) -> None:
        """A state and its moment, as the columns of a step."""
        state, settled_at = draft.values.pop("state", None), draft.values.pop("settled_at", None)
        if settled_at and settled_at > self.at:
            draft.fault("/settled_at", "in_future", "A promise is settled by now, not later.")
        if state == "open":
            draft.values |= {"done_at": None, "broken": False}
        elif state:
            standing = draft.row.done_at if draft.row.broken == (state == "broken") else None
            draft.values |= {"done_at": settled_at or standing or self.at, "broken": state == "broken"}
        elif settled_at and draft.row.done_at:
            draft.values["done_at"] = settled_at
        elif settled_at:
            draft.fault("/settled_at", "open", "An open promise has no moment at which it was settled.")

    def check(self, draft: Draft) -> None:
        super().check(draft)
        said = self.reasons.get(draft.row.pk, "").strip()
        if self.moved(draft) and not said:
            draft.fault("/reason", "required", "Say why the date moves.")
        if draft.after.get("broken") and not said:
            draft.fault("/reason", "required", "Say why it is not kept.")


def delete_promise(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a promise: one written down by mistake. Raises Step.DoesNotExist."""
    _promise(id)
    bury(model=Step, id=id, actor=actor, at=at)


def restore_promise(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a promise back. Raises Step.DoesNotExist."""
    _promise(id)
    raise_up(model=Step, id=id, actor=actor, at=at)


def _promise(id: UUID) -> Step:
    return Step.objects.get(pk=id, source=Step.PROMISE)
