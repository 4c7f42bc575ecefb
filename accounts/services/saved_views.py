"""Saved views: kept, changed, shared with the team, made the way a page opens for a role, and forgotten.

A view that is not shared is its owner's alone: nobody else finds it, and the log does not speak of it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction

from accounts.models import Actor, SavedView
from accounts.models.saved_views import LONGEST_QUERY
from accounts.selectors.saved_views import plain_query, visible_views
from accounts.services.items import Fault, Refused
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import NotYours
from accounts.services.rows import broken_constraint


class ViewMissing(ObjectDoesNotExist):
    """There is no such view, or it is another member's own."""


def save_view(
    *,
    page: str,
    name: str,
    query: str,
    actor: Actor,
    at: datetime,
    shared: bool = False,
    default_for: Collection[str] = (),
) -> SavedView:
    """Keep a query under a name. Raises Refused for a name that this member has given before, NotYours."""
    view = SavedView(page=page, owner_id=actor.member_id, created_at=at)
    values = {"name": name, "query": query, "shared": shared, "default_for": list(default_for)}
    return _write(view, values, actor=actor, at=at, verb="created")


def change_view(*, id: UUID, values: Mapping[str, Any], actor: Actor, at: datetime) -> SavedView:
    """Change name, query, shared or default_for. Raises ViewMissing, Refused, NotYours."""
    view = _held(id, actor)
    return _write(view, values, actor=actor, at=at, verb="updated")


def delete_view(*, id: UUID, actor: Actor, at: datetime) -> None:
    """Forget a view. Raises ViewMissing, NotYours."""
    view = _held(id, actor)
    _require_rights(view, actor)
    _tell(view, "deleted", view.shared, actor=actor, at=at)
    view.delete()


def _held(id: UUID, actor: Actor) -> SavedView:
    view = visible_views(actor=actor).select_for_update(of=("self",)).filter(pk=id).first()
    if view is None:
        raise ViewMissing("There is no such view.")
    return view


def _require_rights(view: SavedView, actor: Actor) -> None:
    if not actor.writes_some:
        raise NotYours("Your role does not let you save views.")
    if view.owner_id != actor.member_id and not actor.writes_all:
        raise NotYours("Only who made this view, a leader or an admin may change it.")


def _write(view: SavedView, values: Mapping[str, Any], *, actor: Actor, at: datetime, verb: str) -> SavedView:
    _require_rights(view, actor)
    was_shared, defaults = view.shared, list(view.default_for)
    for key, value in values.items():
        setattr(view, key, value)
    if not view.shared:
        view.default_for = []
    view.query, view.updated_at = plain_query(view.query), at
    if len(view.query) > LONGEST_QUERY:
        raise Refused([Fault("/query", "too_long", f"At most {LONGEST_QUERY} characters.")])
    if sorted(view.default_for) != sorted(defaults) and not actor.writes_all:
        raise NotYours("Only a leader or an admin says how a page opens for a role.")
    try:
        with transaction.atomic():
            _give_way(view)
            view.save()
    except IntegrityError as error:
        if broken_constraint(error) != "saved_view_name":
            raise
        raise Refused([Fault("/name", "taken", "You have a view of this name.")]) from None
    _tell(view, verb, was_shared or view.shared, actor=actor, at=at)
    return view


def _give_way(view: SavedView) -> None:
    """What was the way to open the page for these roles no longer is."""
    if not view.default_for:
        return
    others = SavedView.objects.filter(page=view.page, default_for__overlap=view.default_for)
    for other in others.exclude(pk=view.pk).select_for_update().order_by("pk"):
        other.default_for = [role for role in other.default_for if role not in view.default_for]
        other.updated_at = view.updated_at
        other.save(update_fields=["default_for", "updated_at"])


def _tell(view: SavedView, verb: str, known: bool, *, actor: Actor, at: datetime) -> None:
    """Log what happened to a view that the team knows of."""
    if not known:
        return
    data = {"name": view.name, "page": view.page, "default_for": view.default_for} if view.shared else {}
    activity = NewActivity(verb=f"view.{verb}", object_id=view.pk, data=data)
    record_activity(activity=activity, actor=actor, at=at)
