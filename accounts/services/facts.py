"""Dated facts: what was true when, and since when we know. Rows are added in one statement, never changed."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Actor


@dataclass(frozen=True)
class NewFact:
    """One value of one key of one object, from ``effective_at`` on, known since ``recorded_at``."""

    owner_id: UUID
    key: str
    value: Any
    effective_at: datetime
    recorded_at: datetime


def encode(value: Any) -> Any:
    """A column's value as a fact or an activity holds it: JSON, with empty text as null."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [encode(one) for one in value]
    return value


def write_facts(
    *,
    model: Any,
    owner: str,
    facts: Iterable[NewFact],
    actor: Actor | None,
    source: str,
    more: Callable[[NewFact], dict[str, Any]] = lambda fact: {},
) -> None:
    """Add facts of one kind; ``owner`` is the foreign key of ``model`` that they belong to, ``more`` its other
    columns."""
    model.objects.bulk_create(
        [
            model(
                **{f"{owner}_id": fact.owner_id},
                key=fact.key,
                value=encode(fact.value),
                effective_at=fact.effective_at,
                recorded_at=fact.recorded_at,
                source=source,
                author_id=actor.member_id if actor else None,
                **more(fact),
            )
            for fact in facts
        ]
    )


class History:
    """What is known of some objects' facts, for writes that are backdated."""

    def __init__(self, *, model: Any, owner: str, ids: Collection[UUID]) -> None:
        self.known: dict[tuple[UUID, str], list[tuple[datetime, Any]]] = {}
        if not ids:
            return
        rows = model.objects.filter(**{f"{owner}_id__in": ids}).order_by("effective_at", "recorded_at", "id")
        for id, key, value, effective_at in rows.values_list(f"{owner}_id", "key", "value", "effective_at"):
            self.known.setdefault((id, key), []).append((effective_at, value))

    def value_at(self, id: UUID, key: str, moment: datetime) -> Any:
        """The encoded value at a moment, as known now."""
        past = [value for effective_at, value in self.known.get((id, key), []) if effective_at <= moment]
        return past[-1] if past else None

    def has_later(self, id: UUID, key: str, moment: datetime) -> bool:
        """Whether a later value is known, so that one from ``moment`` is not the present."""
        return any(effective_at > moment for effective_at, _ in self.known.get((id, key), []))
