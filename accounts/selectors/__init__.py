"""Every read of the first floor."""

from accounts.selectors.identity import memberships_of
from accounts.selectors.work import WaitingWork, dead_work, waiting_work

__all__ = [
    "WaitingWork",
    "dead_work",
    "memberships_of",
    "waiting_work",
]
