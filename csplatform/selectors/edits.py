"""Edits of many accounts as pages show them: what one would do, what one did, who was left out and why."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Account, Actor, Job
from accounts.services import EDIT_KIND, EditPlan
from csplatform.selectors.links import account_href

LISTED = 200


@dataclass(frozen=True)
class Line:
    """One account: what changes as (field, before, after) in words, or why nothing does."""

    name: str
    href: str
    changes: list[tuple[str, str, str]]
    reason: str = ""


@dataclass(frozen=True)
class Shown:
    """A plan on a page: counts of all accounts, and the first lines of each kind."""

    changing: int
    same: int
    left_out: int
    lines: list[Line]
    reasons: list[Line]


@dataclass(frozen=True)
class Report:
    """What an edit did. ``undoable`` once it has ended and changed something; ``undone_by`` the edit that did."""

    id: UUID
    undoing: bool
    ended: bool
    failed: str
    changed: int
    same: int
    left_out: list[Line]
    left_out_count: int
    undoable: bool
    undone_by: str


def standing(ids: Collection[UUID]) -> list[UUID]:
    """Those of these accounts that are there, tombstones excepted, in one order."""
    found = Account.objects.filter(pk__in=ids, deleted_at=None) if ids else Account.objects.none()
    return list(found.order_by("pk").values_list("pk", flat=True))


def edit_jobs(*, actor: Actor) -> QuerySet[Job]:
    """The edits that a member may look at: their own, and everybody's for an admin."""
    jobs = Job.objects.filter(kind=EDIT_KIND)
    return jobs if actor.is_admin else jobs.filter(created_by_id=actor.member_id)


def shown_plan(plan: EditPlan, *, actor: Actor, most: int) -> Shown:
    """The first rows of a plan in words."""
    say = Words(actor)
    return Shown(
        changing=len(plan.changing),
        same=plan.same,
        left_out=len(plan.left_out),
        lines=[
            Line(
                row.name,
                account_href(actor.tenant, row.id),
                [
                    (say.field(name), say.value(name, was), say.value(name, now))
                    for name, was, now in row.changes
                ],
            )
            for row in plan.changing[:most]
        ],
        reasons=[
            Line(row.name, account_href(actor.tenant, row.id), [], row.reason) for row in plan.left_out[:most]
        ],
    )


def edit_report(*, job: Job, actor: Actor) -> Report:
    """What an edit did so far."""
    result = job.result or {}
    left_out = result.get("left_out", [])
    names = dict(
        Account.objects.filter(pk__in=[one["id"] for one in left_out[:LISTED]]).values_list("pk", "name")
    )
    ended = job.ended_at is not None
    undoing, undone_by = "undo" in job.params, result.get("undone_by", "")
    return Report(
        id=job.pk,
        undoing=undoing,
        ended=ended,
        failed=job.error,
        changed=result.get("changed", 0),
        same=result.get("same", 0),
        left_out=[
            Line(names.get(UUID(one["id"]), ""), account_href(actor.tenant, one["id"]), [], one["reason"])
            for one in left_out[:LISTED]
        ],
        left_out_count=len(left_out),
        undoable=ended and not undoing and not undone_by and bool(result.get("former")),
        undone_by=undone_by,
    )


class Words:
    """Fields and values as a person reads them."""

    def __init__(self, actor: Actor) -> None:
        self.members = {str(one.pk): str(one.user) for one in accounts.members(tenant_id=actor.tenant_id)}
        self.statuses = dict(Account.Status.choices)
        self.fields = {
            "owner": _("Owner"), "team": _("Team"), "segment": _("Segment"), "tier": _("Tier"),
            "region": _("Region"), "status": _("Status"), "renewal_on": _("Renewal"), "custom": _("Own fields"),
        }  # fmt: skip

    def field(self, name: str) -> str:
        return self.fields.get(name, name)

    def value(self, name: str, value: Any) -> str:
        if name == "team":
            return ", ".join(self._member(one) for one in value or ()) or _("nobody")
        if name == "owner":
            return self._member(value) if value else _("nobody")
        if name == "custom":
            return _pairs(value.items())
        if name == "status":
            return str(self.statuses.get(value, value))
        if isinstance(value, dt.date):
            return date_format(value, "M j, Y")
        return str(value) if value not in (None, "") else _("empty")

    def _member(self, id: Any) -> str:
        return self.members.get(str(id), _("somebody who left"))


def _pairs(pairs: Iterable[tuple[str, Any]]) -> str:
    return "; ".join(f"{key}: {value}" for key, value in sorted(pairs)) or _("empty")
