"""Ratings as REST writes them: many at once, people and members by any of their names, one result each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import selectors as accounts
from accounts.models import Actor
from accounts.services import Fault, Item, Mode, Saved, Status
from relationships.services.ratings import NewRating, Recorded, record_ratings
from relationships.services.rules import FACETS, RatingRefused
from relationships.services.withdrawals import withdraw_rating


def save_ratings(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Record ratings, one result per item: persona or persona_external_id, strength, sentiment (one word, or one per
    facet), driver, area, note, signs, confidence, evidence, rated_at, rated_by_email, external_id. Every item is new
    whatever the mode."""
    people = accounts.find_personas(
        ids={item.values["persona"] for item in items if item.values.get("persona")},
        external_ids={i.values["persona_external_id"] for i in items if i.values.get("persona_external_id")},
    )
    members = accounts.find_members(
        emails={item.values["rated_by_email"] for item in items if item.values.get("rated_by_email")}
    )
    read = [_read(item, people, members) for item in items]
    results = iter(
        record_ratings(ratings=[new for new in read if isinstance(new, NewRating)], actor=actor, at=at)
    )
    return [_saved(next(results)) if isinstance(new, NewRating) else new for new in read]


def _read(item: Item, people: accounts.Found, members: Mapping[str, UUID]) -> NewRating | Saved:
    """The rating that an item asks for, or the result that refuses it."""
    values = item.values
    given = "persona" if values.get("persona") else "persona_external_id"
    if not values.get(given):
        return _failed("/persona", "required", "This field is required.")
    known: Mapping[Any, Any] = people.by_id if given == "persona" else people.by_external_id
    target = known.get(values[given])
    if target is None:
        return _failed(f"/{given}", "missing", "There is no such object.")
    email = values.get("rated_by_email")
    rater = members.get(email.lower()) if email else None
    if email and rater is None:
        return _failed("/rated_by_email", "unknown_member", f"No active member has the e-mail {email}.")
    felt = _sentiments(values.get("sentiment"))
    return NewRating(
        persona_id=target.id,
        strength=values.get("strength"),
        sentiment_brand=felt.get("brand"),
        sentiment_product=felt.get("product"),
        sentiment_service=felt.get("service"),
        driver=values.get("driver") or "",
        area=values.get("area") or "",
        note=values.get("note") or "",
        signs=values.get("signs"),
        confidence=values.get("confidence"),
        evidence=values.get("evidence"),
        rated_at=values.get("rated_at"),
        rated_by_id=rater,
        external_id=item.external_id,
        historical=item.historical,
        source="api",
    )


def _sentiments(given: str | Mapping[str, str | None] | None) -> Mapping[str, str | None]:
    """One word speaks for brand, product and service; an object names each."""
    return given if isinstance(given, Mapping) else dict.fromkeys(FACETS, given)


def _saved(result: Recorded | RatingRefused) -> Saved:
    if isinstance(result, RatingRefused):
        return _failed(f"/{result.field}", result.code, str(result))
    return Saved(Status.CREATED if result.created else Status.UNCHANGED, id=result.rating.pk)


def _failed(pointer: str, code: str, detail: str) -> Saved:
    return Saved(Status.FAILED, faults=[Fault(pointer, code, detail)])


def withdraw_one(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a rating back. Raises RatingMissing."""
    withdraw_rating(rating_id=id, actor=actor, at=at)
