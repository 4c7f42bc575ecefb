"""Moments: what a person will remember of us, good or bad. Written like every resource; the log names no words of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import services as accounts
from accounts.models import Actor
from relationships.models import Moment

SOON = timedelta(days=1)


def save_moments(
    *,
    items: Sequence[accounts.Item],
    mode: accounts.Mode,
    actor: Actor | None,
    at: datetime,
    source: str | None = None,
) -> list[accounts.Saved]:
    """Write moments, one result per item: persona (or persona_external_id), happened_at, valence (-2..2), intensity
    (1..3), what. The account is that of the person. Raises NotYours."""
    return MomentSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class MomentSaver(accounts.AtAccountSaver):
    model = Moment
    noun = "moment"
    follows = True
    required = ("persona", "happened_at", "valence", "intensity", "what")

    def check(self, draft: accounts.Draft) -> None:
        row = draft.row
        if row.happened_at > self.at + SOON:
            draft.fault("/happened_at", "in_future", "A moment has happened: at most a day from now.")
        if not -2 <= row.valence <= 2:
            draft.fault("/valence", "out_of_range", "From -2 to 2.")
        if not 1 <= row.intensity <= 3:
            draft.fault("/intensity", "out_of_range", "From 1 to 3.")

    def log(self, draft: accounts.Draft) -> Iterable[accounts.NewActivity]:
        for line in super().log(draft):
            data = {name: _unsaid(side) for name, side in line.data.items()}
            yield accounts.NewActivity(line.verb, line.object_id, line.account_id, line.persona_id, data)


def _unsaid(side: Any) -> Any:
    """One side of a change without what was told."""
    return {name: value for name, value in side.items() if name != "what"} if isinstance(side, dict) else side


def delete_moment(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a moment. Raises Moment.DoesNotExist."""
    accounts.bury(model=Moment, id=id, actor=actor, at=at)


def restore_moment(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a moment back. Raises Moment.DoesNotExist."""
    accounts.raise_up(model=Moment, id=id, actor=actor, at=at)
