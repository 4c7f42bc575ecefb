"""Writes that several floors share, each in one transaction: what is put down after a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Actor
from health import selectors as scores
from health import services as health
from relationships import services as relationships


class CallRefused(ValueError):
    """A part of what was put down was refused, and so all of it. ``part`` is touch, rating, promise or step;
    ``persona_id`` whose rating it was; ``field`` the input."""

    def __init__(self, part: str, field: str, reason: str, persona_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.part, self.field, self.persona_id = part, field, persona_id


@dataclass(frozen=True, kw_only=True)
class NewCall:
    """What is put down after a call: the touch with who was there, ratings that changed, what we promised, what is next.

    ``touch``, ``promise`` and ``step`` are values as the first floor's services take them, without the account.
    """

    account_id: UUID
    touch: Mapping[str, Any]
    ratings: Sequence[relationships.NewRating] = ()
    promise: Mapping[str, Any] | None = None
    step: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class LoggedCall:
    """What was written, and the account's score (0..100, None without one) before and after."""

    touch_id: UUID
    step_ids: dict[str, UUID] = field(default_factory=dict)
    score_before: float | None = None
    score_after: float | None = None


@transaction.atomic
def log_call(*, call: NewCall, actor: Actor, at: datetime) -> LoggedCall:
    """Write all of a call or none of it, and score the account again at once if anybody was rated.

    A promise is a step of ours with the source ``promise``, to the person whom it names; the next step has the source
    ``call``. Both name the touch. Raises CallRefused or NotYours.
    """
    before = _score(call.account_id)
    touch_id = _write("touch", accounts.save_touches, call.account_id, call.touch, actor=actor, at=at)
    steps = {
        part: _write(
            part,
            accounts.save_steps,
            call.account_id,
            {**values, "touch_id": touch_id},
            actor=actor,
            at=at,
            source="call" if part == "step" else part,
        )
        for part, values in (("promise", call.promise), ("step", call.step))
        if values is not None
    }
    if call.ratings:
        for rated, result in zip(
            call.ratings,
            relationships.record_ratings(ratings=call.ratings, actor=actor, at=at),
            strict=True,
        ):
            if isinstance(result, relationships.RatingRefused):
                raise CallRefused("rating", result.field, str(result), rated.persona_id)
        health.rescore(account_ids=[call.account_id], at=at)
    return LoggedCall(touch_id, steps, before, _score(call.account_id))


def _write(part: str, save: Any, account_id: UUID, values: Mapping[str, Any], **more: Any) -> UUID:
    item = accounts.Item(values={**values, "account": account_id})
    (saved,) = save(items=[item], mode=accounts.Mode.CREATE, **more)
    for fault in saved.faults:
        raise CallRefused(part, fault.pointer.strip("/").partition("/")[0], fault.detail)
    id: UUID = saved.id
    return id


def _score(account_id: UUID) -> float | None:
    found = scores.current_scores(account_ids=[account_id]).get(account_id)
    return None if found is None else found.score
