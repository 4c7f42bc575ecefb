"""Every read of the first floor."""

from accounts.selectors.activity import (
    ActivityFilter,
    ActivityPage,
    activity_page,
    activity_verbs,
)
from accounts.selectors.identity import (
    api_keys,
    exchange_rates,
    members,
    memberships_of,
    open_invitations,
)
from accounts.selectors.work import (
    WaitingWork,
    dead_work,
    waiting_work,
)

__all__ = [
    "ActivityFilter",
    "ActivityPage",
    "WaitingWork",
    "activity_page",
    "activity_verbs",
    "api_keys",
    "dead_work",
    "exchange_rates",
    "members",
    "memberships_of",
    "open_invitations",
    "waiting_work",
]
