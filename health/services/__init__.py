"""Every write of the second floor: observations in, scores out."""

from health.selectors import current_scorecard
from health.services.observations import (
    BadObservation,
    NewObservation,
    UnknownAccount,
    mark_all_dirty,
    mark_dirty,
    observation_errors,
    observe,
    withdraw_observations,
)
from health.services.scoring import drain_dirty, follow_activity, rescore, rescore_accounts

__all__ = [
    "BadObservation",
    "NewObservation",
    "UnknownAccount",
    "current_scorecard",
    "drain_dirty",
    "follow_activity",
    "mark_all_dirty",
    "mark_dirty",
    "observation_errors",
    "observe",
    "rescore",
    "rescore_accounts",
    "withdraw_observations",
]
