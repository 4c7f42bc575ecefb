"""Who is acting, and what they may do: members in the browser, keys over REST.

An ``Actor`` is made once at the door and handed down; services ask it, and nothing below reads a request.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from accounts import selectors
from accounts.models import Actor, Membership, Scope, User, digest

KEY_MARK = "csk_"
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


def member_of(user: User, *, slug: str) -> Actor | None:
    """The actor that a signed-in user is in the tenant with this slug, or None for a stranger."""
    if not SLUG.fullmatch(slug):
        return None
    membership = selectors.membership_in(user=user, slug=slug)
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
    key = selectors.working_key(prefix=prefix)
    if key is None or not hmac.compare_digest(key.digest, digest(secret)):
        return None
    return Actor(
        tenant=key.tenant,
        membership=key.membership,
        role=key.membership.role,
        api_key=key,
        scopes=frozenset(key.scopes),
    )


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


class SessionStore(db.SessionStore):
    """Sessions in the database, read by a statement that is written once. (Its name is part of their signature.)"""

    def _get_session_from_db(self) -> Session | None:
        found = selectors.session_of(key=self.session_key, at=timezone.now())
        if found is None:
            self._session_key = None
        return found


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves: an invitation makes the user. A login leads straight into a tenant."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        memberships = selectors.memberships_of(user=request.user)
        slug = last_or_only(memberships, last=request.COOKIES.get(settings.LAST_TENANT_COOKIE))
        return "/" if slug is None else f"/t/{slug}/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


def last_or_only(memberships: list[Membership], *, last: str | None) -> str | None:
    """The slug where a person lands: the tenant they were in last if they still belong to it, or the only one."""
    slugs = [membership.tenant.slug for membership in memberships]
    if last in slugs:
        return last
    return slugs[0] if len(slugs) == 1 else None


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: the actor, its tenant, and the tenants to switch to (read only if shown)."""
    actor = getattr(request, "actor", None)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"actor": None}
    return {
        "actor": actor,
        "tenant": actor.tenant if actor else None,
        "unread": SimpleLazyObject(lambda: selectors.unread_count(actor=actor) if actor else 0),
        "tenants": SimpleLazyObject(lambda: [place.tenant for place in selectors.memberships_of(user=user)]),
    }
