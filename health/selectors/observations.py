"""Observations as they were sent, for those who sent them."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Q, Subquery

from accounts.scope import reader
from health.models import Observation, ObservationKey, ObservationWithdrawal
from health.selectors.veil import SAID_OF_PEOPLE


def observation_rows() -> Any:
    """Every observation that the reader may see, with the client's own id and since when it is withdrawn
    (``withdrawn_at``)."""
    keys = ObservationKey.objects.filter(observation_id=OuterRef("pk")).values("external_id")[:1]
    withdrawn = ObservationWithdrawal.objects.filter(observation_id=OuterRef("pk")).values("recorded_at")[:1]
    who = reader()
    hidden = Q(persona_id__in=who.people, measure__in=SAID_OF_PEOPLE)
    seen = ~hidden | Q(author_id=who.member_id) if who.people else Q()
    return Observation.objects.filter(seen).annotate(
        external_id=Subquery(keys), withdrawn_at=Subquery(withdrawn)
    )
