"""Every read of the first floor."""

from accounts.selectors.identity import memberships_of

__all__ = ["memberships_of"]
