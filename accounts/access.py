"""Who is acting, and what they may do: members in the browser, keys over REST.

An ``Actor`` is made once at the door and handed down; services ask it, and nothing below reads a request.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from accounts.models import Actor, ApiKey, Membership, Scope, Tenant, User

KEY_MARK = "csk_"


def member_of(user: User, *, slug: str) -> Actor | None:
    """The actor that a signed-in user is in the tenant with this slug, or None for a stranger."""
    membership = (
        Membership.objects.select_related("tenant", "user")
        .filter(tenant__slug=slug, user=user, is_active=True)
        .first()
    )
    if membership is None:
        return None
    return Actor(tenant=membership.tenant, membership=membership, role=membership.role)


def holder_of(authorization: str) -> Actor | None:
    """The actor behind an ``Authorization: Bearer csk_<prefix>_<secret>`` header, or None."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    return holder_of_key(token.strip())


def holder_of_key(token: str) -> Actor | None:
    """The actor behind one key, or None. Compares digests in constant time."""
    if not token.startswith(KEY_MARK) or "\x00" in token:
        return None
    prefix, _, secret = token.removeprefix(KEY_MARK).partition("_")
    key = (
        ApiKey.objects.select_related("tenant", "membership__user")
        .filter(prefix=prefix, revoked_at=None, membership__is_active=True)
        .first()
    )
    if key is None or not hmac.compare_digest(key.digest, digest(secret)):
        return None
    return Actor(
        tenant=key.tenant,
        membership=key.membership,
        role=key.membership.role,
        api_key=key,
        scopes=frozenset(key.scopes),
    )


def digest(secret: str) -> str:
    """The SHA-256 of a secret, as it is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class KeyAuthentication(BaseAuthentication):
    """REST: the middleware has found the key; a missing or bad one is 401."""

    def authenticate(self, request: Any) -> tuple[Actor, None] | None:
        actor = getattr(request._request, "actor", None)
        return (actor, None) if actor is not None else None

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """REST: reading needs read, writing needs write, and a view may name another scope in ``scope``."""

    def has_permission(self, request: Any, view: Any) -> bool:
        actor = request.user
        if actor is None:
            return False
        needed = getattr(view, "scope", None) or (
            Scope.READ if request.method in ("GET", "HEAD", "OPTIONS") else Scope.WRITE
        )
        return holds(actor.scopes, needed)


def holds(scopes: frozenset[str], needed: str) -> bool:
    """Whether a key with these scopes may do what needs one: admin > write > read, ingest apart."""
    if needed == Scope.INGEST:
        return Scope.INGEST in scopes or Scope.ADMIN in scopes
    order = [Scope.READ, Scope.WRITE, Scope.ADMIN]
    return any(scope in scopes for scope in order[order.index(Scope(needed)) :])


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves: an invitation makes the user."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: the actor, its tenant, and the tenants to switch to (a lazy query)."""
    actor = getattr(request, "actor", None)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"actor": None}
    return {
        "actor": actor,
        "tenant": actor.tenant if actor else None,
        "tenants": Tenant.objects.filter(memberships__user=user, memberships__is_active=True).order_by(
            "name"
        ),
    }
