"""Every write of the second floor: observations in, scores out."""

from health.selectors import (
    current_scorecard,
)
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
from health.services.scoring import (
    drain_dirty,
    follow_activity,
    rescore,
    rescore_accounts,
)
from health.services.usage import (
    ingest_usage,
    match_usage,
    roll_up_usage,
)

__all__ = [
    "BadObservation",
    "NewObservation",
    "UnknownAccount",
    "current_scorecard",
    "drain_dirty",
    "follow_activity",
    "ingest_usage",
    "mark_all_dirty",
    "mark_dirty",
    "match_usage",
    "observation_errors",
    "observe",
    "rescore",
    "rescore_accounts",
    "roll_up_usage",
    "withdraw_observations",
]
