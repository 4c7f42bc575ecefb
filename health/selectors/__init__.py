"""Every read of the second floor that a page or an endpoint needs."""

from health.selectors.dirty import dirty_accounts

__all__ = ["dirty_accounts"]
