"""Responses: what customers answered and why, recorded one by one or in bulk, taken back by a withdrawal.

An answer of a known person is observed to health under its kind; one without a person counts in survey metrics only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Persona
from feedback.models import Response, ResponseWithdrawal
from health import services as health
from health.formulas import survey

RANGES = {Response.Kind.NPS: (0, 10), Response.Kind.CSAT: (1, 5), Response.Kind.CES: (1, 7)}
ITEM_RANGE = (1, 7)
FUTURE = timedelta(days=1)
OLDEST = timedelta(days=84 * 30)  # months that are sure to have a partition of observations

Answer = float | Sequence[float | None]


class ResponseRefused(ValueError):
    """A response breaks a rule. ``field`` names the input, ``code`` the rule, the message says what to do."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class UnknownKind(ResponseRefused):
    code = "invalid_choice"


class OutOfRange(ResponseRefused):
    code = "out_of_range"


class TooFewItems(ResponseRefused):
    """Goodwill has four items, and needs an answer to three of them."""

    code = "too_few_items"


class WrongMoment(ResponseRefused):
    code = "wrong_moment"


class Missing(ResponseRefused, ObjectDoesNotExist):
    code = "missing"


class NotAllowedToBackdate(ResponseRefused):
    code = "forbidden"


class Taken(ResponseRefused):
    code = "taken"


@dataclass(frozen=True, kw_only=True)
class NewResponse:
    """One answer to record: a number on the scale of its kind, or goodwill's four items (None where unanswered).

    ``account_id`` None is the persona's account; ``answered_at`` None means now; ``historical`` makes it known since
    it was given.
    """

    kind: str
    answer: Answer
    account_id: UUID | None = None
    persona_id: UUID | None = None
    why: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    external_id: str | None = None
    historical: bool = False
    source: str = "hand"


@dataclass(frozen=True)
class Recorded:
    """A response that stands, and whether this call made it (False: the same one was there already)."""

    response: Response
    created: bool


@dataclass
class _Batch:
    actor: Actor | None
    at: datetime
    accounts: set[UUID]
    personas: Mapping[UUID, UUID]
    taken: dict[str, Response]


@transaction.atomic
def record_response(*, response: NewResponse, actor: Actor | None, at: datetime) -> Recorded:
    """Record one answer. Raises ResponseRefused or NotYours."""
    (result,) = record_responses(responses=[response], actor=actor, at=at)
    if isinstance(result, ResponseRefused):
        raise result
    return result


@transaction.atomic
def record_responses(
    *, responses: Sequence[NewResponse], actor: Actor | None, at: datetime
) -> list[Recorded | ResponseRefused]:
    """Record many answers; the result holds, in order, each one recorded or the rule that refused it.

    Costs the same number of queries whatever their number. Raises NotYours if the actor may not write an account.
    """
    batch = _read(responses, actor=actor, at=at)
    results: list[Recorded | ResponseRefused] = []
    for new in responses:
        try:
            results.append(_settle(new, batch))
        except ResponseRefused as refusal:
            results.append(refusal)
    made = {
        result.response.pk: (result.response, new.historical)
        for new, result in zip(responses, results, strict=True)
        if isinstance(result, Recorded) and result.created
    }
    if made:
        _write([response for response, _historical in made.values()], at=at)
        activities = [_logged(response, historical) for response, historical in made.values()]
        accounts.record_activities(activities=activities, actor=actor, at=at)
    return results


def _read(responses: Sequence[NewResponse], *, actor: Actor | None, at: datetime) -> _Batch:
    people = {new.persona_id for new in responses if new.persona_id}
    personas = dict(
        Persona.objects.filter(
            pk__in=people, deleted_at=None, merged_into=None, account__deleted_at=None
        ).values_list("pk", "account_id")
    )
    wanted = {new.account_id for new in responses if new.account_id} | set(personas.values())
    known = set(Account.objects.filter(pk__in=wanted, deleted_at=None).values_list("pk", flat=True))
    accounts.require_write(actor=actor, account_ids=known)
    given = {new.external_id for new in responses if new.external_id is not None}
    taken = {found.external_id: found for found in Response.objects.filter(external_id__in=given)}
    return _Batch(actor=actor, at=at, accounts=known, personas=personas, taken=taken)


def _settle(new: NewResponse, batch: _Batch) -> Recorded:
    answer, items = scored(new.kind, new.answer)
    account_id = _account_of(new, batch)
    answered_at = new.answered_at or batch.at
    _check_moment(new, answered_at, at=batch.at)
    if new.historical and batch.actor is not None and not batch.actor.is_admin:
        raise NotAllowedToBackdate("historical", "Only an admin key may record past answers.")
    response = Response(
        account_id=account_id,
        persona_id=new.persona_id,
        external_id=new.external_id,
        kind=new.kind,
        answer=answer,
        items=items,
        why=new.why,
        asked_at=new.asked_at,
        answered_at=answered_at,
        recorded_at=min(answered_at, batch.at) if new.historical else batch.at,
        source=new.source,
        author_id=batch.actor.member_id if batch.actor else None,
    )
    if new.external_id is not None:
        stored = batch.taken.setdefault(new.external_id, response)
        if stored is not response:
            return Recorded(_same(new, response, stored), created=False)
    return Recorded(response, created=True)


def scored(kind: str, answer: Any) -> tuple[float, list[float | None] | None]:
    """The answer on the scale of its kind, and goodwill's items. Raises UnknownKind, OutOfRange or TooFewItems."""
    if kind == Response.Kind.GOODWILL:
        if not isinstance(answer, (list, tuple)) or len(answer) != len(survey.GOODWILL_ITEMS):
            raise TooFewItems("answer", f"Goodwill has four items: {', '.join(survey.GOODWILL_ITEMS)}.")
        items = [None if item is None else _within(item, *ITEM_RANGE, whole=True) for item in answer]
        if sum(item is not None for item in items) < survey.GOODWILL_LEAST:
            raise TooFewItems("answer", "Goodwill needs an answer to three of its four items.")
        return float(survey.goodwill([[float("nan") if item is None else item for item in items]])[0]), items
    if kind not in RANGES:
        raise UnknownKind("kind", f"The kind is one of {', '.join(Response.Kind.values)}.")
    return _within(answer, *RANGES[Response.Kind(kind)], whole=kind == Response.Kind.NPS), None


def _within(answer: Any, low: int, high: int, *, whole: bool) -> float:
    number = not isinstance(answer, bool) and isinstance(answer, (int, float))
    if not number or not low <= answer <= high or (whole and answer != int(answer)):
        raise OutOfRange(
            "answer", f"The answer is {'a whole' if whole else 'a'} number from {low} to {high}."
        )
    return float(answer)


def _account_of(new: NewResponse, batch: _Batch) -> UUID:
    if new.persona_id is not None:
        home = batch.personas.get(new.persona_id)
        if home is None or home != (new.account_id or home):
            raise Missing("persona", "There is no such person at this account.")
        return home
    if new.account_id is None or new.account_id not in batch.accounts:
        raise Missing("account", "There is no such account.")
    return new.account_id


def _check_moment(new: NewResponse, answered_at: datetime, *, at: datetime) -> None:
    if answered_at > at + FUTURE:
        raise WrongMoment("answered_at", "An answer cannot lie in the future.")
    if answered_at < at - OLDEST:
        raise WrongMoment("answered_at", "An answer cannot be older than 84 months.")
    if new.asked_at is not None and new.asked_at > answered_at:
        raise WrongMoment("asked_at", "A question is asked before it is answered.")


def _same(new: NewResponse, response: Response, stored: Response) -> Response:
    """The stored response if it says the same as the new one; raises Taken otherwise."""
    names = ["account_id", "persona_id", "kind", "answer", "items", "why", "asked_at"]
    if new.answered_at is not None:
        names.append("answered_at")
    if any(getattr(stored, name) != getattr(response, name) for name in names):
        raise Taken("external_id", "Another response has this external id.")
    return stored


def _write(made: list[Response], *, at: datetime) -> None:
    observations = []
    for response in made:
        if response.persona_id is None:
            continue
        observation = health.NewObservation(
            account_id=response.account_id,
            persona_id=response.persona_id,
            measure=response.kind,
            value=response.answer,
            observed_at=response.answered_at,
            recorded_at=response.recorded_at,
            source="response",
            author_id=response.author_id,
        )
        response.observation_id = observation.id
        observations.append(observation)
    Response.objects.bulk_create(made, batch_size=1000)
    if observations:
        health.observe(observations=observations, at=at)


def _logged(response: Response, historical: bool) -> accounts.NewActivity:
    """The line of the log; it leaves the why out, so that erasing a person leaves no free text behind."""
    data: dict[str, Any] = {"kind": response.kind, "answer": response.answer}
    if historical:
        data["historical"] = True
    return accounts.NewActivity(
        verb="response.recorded",
        object_id=response.pk,
        account_id=response.account_id,
        persona_id=response.persona_id,
        data=data,
    )


@transaction.atomic
def withdraw_response(*, response_id: UUID, actor: Actor | None, at: datetime) -> Response:
    """Take a response back; the answer before it counts again. Doing it twice is harmless. Raises Missing, NotYours."""
    response: Response | None = Response.objects.filter(pk=response_id).first()
    if response is None:
        raise Missing("response", "There is no such response.")
    accounts.require_write(actor=actor, account_ids=[response.account_id])
    if ResponseWithdrawal.objects.filter(response=response).exists():
        return response
    author_id = actor.member_id if actor else None
    ResponseWithdrawal.objects.bulk_create(
        [ResponseWithdrawal(response=response, author_id=author_id, recorded_at=at)], ignore_conflicts=True
    )
    if response.observation_id is not None:
        health.withdraw_observations(
            observation_ids=[response.observation_id],
            account_ids=[response.account_id],
            author_id=author_id,
            at=at,
        )
    accounts.record_activity(
        activity=accounts.NewActivity(
            verb="response.withdrawn",
            object_id=response.pk,
            account_id=response.account_id,
            persona_id=response.persona_id,
            data={"kind": response.kind, "answer": response.answer},
        ),
        actor=actor,
        at=at,
    )
    return response
