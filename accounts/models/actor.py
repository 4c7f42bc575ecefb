"""Who is acting: made once at the door and handed down, so that nothing below reads a request."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models.identity import ApiKey, Membership, Role, Scope, Tenant
from accounts.scope import Reader


@dataclass(frozen=True)
class Actor:
    """A member in the browser, or a key acting as the member who made it.

    ``scopes`` is empty for a member in the browser; ``role`` is the member's. Work that the platform does by itself
    has no actor (None).
    """

    tenant: Tenant
    membership: Membership
    role: str
    api_key: ApiKey | None = None
    scopes: frozenset[str] = frozenset()

    is_authenticated = True  # what DRF asks of request.user

    @property
    def tenant_id(self) -> int:
        return self.tenant.pk

    @property
    def member_id(self) -> UUID:
        return self.membership.pk

    @property
    def reader(self) -> Reader:
        """Whom this actor reads for, and what that member may not see yet."""
        return self.membership.reader

    @property
    def is_admin(self) -> bool:
        return Scope.ADMIN in self.scopes if self.api_key else self.role == Role.ADMIN

    @property
    def writes_all(self) -> bool:
        """Whether this actor may write every account of the tenant."""
        if self.api_key:
            return bool(self.scopes & {Scope.WRITE, Scope.ADMIN})
        return self.role in (Role.LEADER, Role.ADMIN)

    @property
    def writes_some(self) -> bool:
        """Whether this actor may write any account: at least those it owns, works on, or that have no owner."""
        return self.writes_all or (self.api_key is None and self.role == Role.CSM)
