"""Every write of the second floor: observations in, scores out."""

from health.selectors import (
    current_scorecard,
)
from health.services.arrivals import forget_arrivals, note_unreadable, note_write
from health.services.flags import BadFlag, FlagIsDown, clear_flag, raise_flag
from health.services.kept import keep_book
from health.services.merging import merge_accounts, part_accounts
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
from health.services.overrides import BadOverride, NewOverride, clear_override, set_override
from health.services.rehearsal import rehearse_score
from health.services.scorecards import (
    BadScorecard,
    preview_book,
    preview_scorecard,
    publish_scorecard,
    rescore_all,
    rescore_book,
)
from health.services.scoring import drain_dirty, follow_activity, rescore, rescore_accounts
from health.services.sent import record_observations, withdraw_observation
from health.services.snapshots import begin_night, take_due_snapshots, take_snapshots
from health.services.tracking import take_messages
from health.services.tracking.mapping import map_group, unmap_group
from health.services.tracking.owners import take_named_owner
from health.services.usage import (
    NewUsage,
    group_usage,
    ingest_usage,
    match_usage,
    roll_up_usage,
    write_usage,
)
from health.services.usage_back import known_messages, take_usage_back

__all__ = [
    "BadFlag",
    "BadObservation",
    "BadOverride",
    "BadScorecard",
    "FlagIsDown",
    "NewObservation",
    "NewOverride",
    "NewUsage",
    "UnknownAccount",
    "begin_night",
    "clear_flag",
    "clear_override",
    "current_scorecard",
    "drain_dirty",
    "follow_activity",
    "forget_arrivals",
    "group_usage",
    "ingest_usage",
    "keep_book",
    "known_messages",
    "map_group",
    "mark_all_dirty",
    "mark_dirty",
    "match_usage",
    "merge_accounts",
    "note_unreadable",
    "note_write",
    "observation_errors",
    "observe",
    "part_accounts",
    "preview_book",
    "preview_scorecard",
    "publish_scorecard",
    "raise_flag",
    "record_observations",
    "rehearse_score",
    "rescore",
    "rescore_accounts",
    "rescore_all",
    "rescore_book",
    "roll_up_usage",
    "set_override",
    "take_due_snapshots",
    "take_messages",
    "take_named_owner",
    "take_snapshots",
    "take_usage_back",
    "unmap_group",
    "withdraw_observation",
    "withdraw_observations",
    "write_usage",
]
