"""The newest word on people, as REST shows it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from relationships.selectors.spoken import people_where


def latest_ratings(*, persona_ids: Iterable[UUID], at: datetime) -> dict[UUID, dict[str, Any]]:
    """The ``rating`` field of these personas, as REST shows it; a person nobody rated is absent."""
    people = people_where("p.id = ANY(%(personas)s)", at=at, personas=list(persona_ids))
    return {
        person.id: {
            "strength": person.strength,
            "sentiment": person.sentiment,
            "rated_at": person.rated_at,
            "rated_by": person.rater_email,
            "stale": person.stale,
            "inherited": person.inherited,
            "confidence": person.confidence,
            "observed": person.observed,
            "signs": person.signs or [],
            "observed_at": person.observed_at,
            "diverges": person.diverges,
            "advocate": person.advocate,
        }
        for person in people
        if person.rated
    }
