"""Observations as they were sent, for those who sent them."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery

from health.models import Observation, ObservationKey, ObservationWithdrawal


def observation_rows() -> Any:
    """Every observation, with the client's own id and since when it is withdrawn (``withdrawn_at``)."""
    keys = ObservationKey.objects.filter(observation_id=OuterRef("pk")).values("external_id")[:1]
    withdrawn = ObservationWithdrawal.objects.filter(observation_id=OuterRef("pk")).values("recorded_at")[:1]
    return Observation.objects.annotate(external_id=Subquery(keys), withdrawn_at=Subquery(withdrawn))
