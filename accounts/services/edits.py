"""Many accounts changed in the same way: looked at first, exactly, then written in steps, and taken back if need be.

Only accounts that the actor may write change; the others are named with the reason. What each one was before is kept
with the job, so that an edit can be undone: an account that has changed since stays as it is. So does one that has
changed since the edit was looked at.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, Actor, Job, Tenant
from accounts.models.identity import Membership
from accounts.scope import current_tenant
from accounts.selectors.references import find_members
from accounts.services.accounts import AccountSaver
from accounts.services.drafts import Draft
from accounts.services.facts import encode
from accounts.services.items import Item, Mode
from accounts.services.jobs import start_job
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import NotYours, writable_accounts

EDIT_KIND = "edit_accounts"
AT_ONCE = 200  # up to so many accounts are written while the person waits
STEP = 250
MOST_EDITED = 5000
NOT_YOURS = "Not yours: you do not own it and are not on its team."
CHANGED_SINCE = "It has changed since and stays as it is."
NOT_AS_SEEN = "It has changed since you looked and stays as it is."


@dataclass(frozen=True)
class Edit:
    """What shall become of every account.

    ``values`` as ``save_accounts`` takes them, in JSON's types: an absent field stays, None clears. ``team_add`` and
    ``team_remove``: e-mails; ``custom``: a value by key, None takes the key away.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    team_add: Sequence[str] = ()
    team_remove: Sequence[str] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EditedRow:
    """What an edit does to one account: (field, before, after) of what differs, or the reason why nothing happens.

    ``mark`` stands for what differs, to be compared with what would differ later.
    """

    id: UUID
    name: str
    changes: list[tuple[str, Any, Any]]
    reason: str = ""
    mark: str = ""


@dataclass(frozen=True)
class EditPlan:
    """What an edit would do: the rows that change, those left out with the reason, and how many stay the same."""

    changing: list[EditedRow]
    left_out: list[EditedRow]
    same: int

    @property
    def marks(self) -> dict[str, str]:
        """What changes, by account."""
        return {str(row.id): row.mark for row in self.changing}


class TooMany(ValueError):
    """An edit takes at most 5,000 accounts."""


class EditSaver(AccountSaver):
    """Saves accounts under one edit, whose team and custom values depend on what each account has; where ``seen`` is given
    nothing but what was seen is written."""

    def __init__(
        self, *, edit: Edit, actor: Actor | None, at: datetime, seen: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(actor=actor, at=at, source="browser")
        self.edit, self.seen = edit, seen

    def items(self, ids: Iterable[UUID]) -> list[Item]:
        values = dict(self.edit.values)
        if isinstance(values.get("renewal_on"), str):
            values["renewal_on"] = date.fromisoformat(values["renewal_on"])
        return [Item(values=values, id=id) for id in ids]

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        if self.edit.team_add or self.edit.team_remove:
            self._resolve_team_changes(drafts)
        if self.edit.custom:
            for draft in drafts:
                merged = {**draft.row.custom, **self.edit.custom}
                draft.values["custom"] = {key: value for key, value in merged.items() if value is not None}

    def check(self, draft: Draft) -> None:
        super().check(draft)
        if self.seen is not None and draft.after and self.seen.get(str(draft.row.pk)) != _mark(draft):
            draft.fault("", "changed", NOT_AS_SEEN)

    def _resolve_team_changes(self, drafts: Sequence[Draft]) -> None:
        known = find_members(emails={*self.edit.team_add, *self.edit.team_remove})
        for draft in drafts:
            added = self._team(draft, self.edit.team_add, known)
            gone = self._team(draft, self.edit.team_remove, known)
            draft.values["team_ids"] = sorted({*draft.row.team_ids, *added} - set(gone))


def plan_edit(*, account_ids: Collection[UUID], edit: Edit, actor: Actor, at: datetime) -> EditPlan:
    """Exactly what ``edit_accounts`` would do now. Nothing is written. Raises TooMany."""
    _refuse_too_many(account_ids)
    mine = writable_accounts(actor=actor, account_ids=account_ids)
    saver = EditSaver(edit=edit, actor=actor, at=at)
    drafts = saver.plan(items=saver.items(sorted(mine)), mode=Mode.UPDATE)
    good = [draft for draft in drafts if not draft.faults]
    changing = [_row(draft) for draft in good if draft.after]
    wrong = [_row(draft) for draft in drafts if draft.faults and draft.row is not None]
    return EditPlan(
        changing=_named(changing),
        left_out=_named([*wrong, *_not_mine(set(account_ids) - mine)]),
        same=len(good) - len(changing),
    )


def edit_accounts(
    *, account_ids: Collection[UUID], edit: Edit, seen: EditPlan | None = None, actor: Actor, at: datetime
) -> Job:
    """Change accounts, a few at once and many by a job; its result is {changed, same, left_out, former}.

    An account of which the plan that was ``seen`` says something else by now is left out.
    Raises TooMany, and NotYours for who may write nothing.
    """
    _refuse_too_many(account_ids)
    if not actor.writes_some:
        raise NotYours("Your role does not let you change accounts.")
    params = {
        "ids": [str(id) for id in sorted(account_ids)],
        "edit": asdict(edit),
        "seen": seen.marks if seen else None,
    }
    return _begin(params, len(account_ids), actor=actor, at=at)


def undo_edit(*, job: Job, actor: Actor, at: datetime) -> Job:
    """Take an edit back, as another job. Raises NotYours for anybody but who made it or an admin."""
    if job.created_by_id != actor.member_id and not actor.is_admin:
        raise NotYours("Only who made this edit, or an admin, may take it back.")
    former = (job.result or {}).get("former", {})
    undone = _begin({"undo": str(job.pk), "ids": sorted(former)}, len(former), actor=actor, at=at)
    Job.objects.filter(pk=job.pk).update(result={**(job.result or {}), "undone_by": str(undone.pk)})
    return undone


def edit_step(*, job: Job, at: datetime) -> bool:
    """Job handler: change the next accounts, or put them back."""
    ids = [UUID(id) for id in job.params["ids"][job.done : job.done + STEP]]
    result = job.result or {"changed": 0, "same": 0, "left_out": [], "former": {}}
    actor = _actor_of(job)
    if "undo" in job.params:
        _put_back(ids, Job.objects.get(pk=job.params["undo"]), result, actor=actor, at=at)
    else:
        _change(ids, job.params, result, actor=actor, at=at)
    job.result, job.done = result, job.done + len(ids)
    more = job.done < len(job.params["ids"])
    if not more:
        verb = "edit.undone" if "undo" in job.params else "edit.done"
        data = {"accounts": result["changed"]}
        record_activity(activity=NewActivity(verb=verb, object_id=job.pk, data=data), actor=actor, at=at)
    return more


def _begin(params: dict[str, Any], total: int, *, actor: Actor, at: datetime) -> Job:
    """Queue the work, or do it now if it is little."""
    if total > AT_ONCE:
        return start_job(kind=EDIT_KIND, params=params, total=total, actor=actor, at=at)
    job: Job = Job.objects.create(
        kind=EDIT_KIND,
        params=params,
        total=total,
        created_by_id=actor.member_id,
        created_at=at,
        started_at=at,
    )
    edit_step(job=job, at=at)
    job.state, job.ended_at = Job.State.DONE, at
    job.save()
    return job


def _change(
    ids: Sequence[UUID], params: Mapping[str, Any], result: dict[str, Any], *, actor: Actor, at: datetime
) -> None:
    mine = writable_accounts(actor=actor, account_ids=ids)
    saver = EditSaver(edit=Edit(**params["edit"]), seen=params.get("seen"), actor=actor, at=at)
    saver.save(items=saver.items(sorted(mine)), mode=Mode.UPDATE)
    for draft in saver.drafts:
        if draft.faults:
            result["left_out"].append(_told(draft.item.id, _reason(draft)))
        elif draft.after:
            result["changed"] += 1
            result["former"][str(draft.row.pk)] = {
                "before": _kept(draft.before),
                "after": _kept(draft.after),
            }
        else:
            result["same"] += 1
    result["left_out"] += [_told(id, NOT_YOURS) for id in sorted(set(ids) - mine)]


def _put_back(ids: Sequence[UUID], done: Job, result: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Write what was there before, where what the edit wrote still stands."""
    assert done.result is not None
    mine = writable_accounts(actor=actor, account_ids=ids)
    saver = AccountSaver(actor=actor, at=at, source="browser")
    now = {
        draft.row.pk: draft.row
        for draft in saver.plan(items=[Item(values={}, id=id) for id in sorted(mine)], mode=Mode.UPDATE)
        if draft.row is not None and not draft.faults
    }
    former = {}
    for id in ids:
        entry, row = done.result["former"][str(id)], now.get(id)
        if row is None:
            result["left_out"].append(_told(id, NOT_YOURS if id not in mine else CHANGED_SINCE))
        elif _kept({name: getattr(row, name) for name in entry["after"]}) != entry["after"]:
            result["left_out"].append(_told(id, CHANGED_SINCE))
        else:
            former[id] = {name: _revived(name, value) for name, value in entry["before"].items()}
    AccountSaver(actor=actor, at=at, source="browser").put_back(former=former)
    result["changed"] += len(former)


def _refuse_too_many(account_ids: Collection[UUID]) -> None:
    if len(account_ids) > MOST_EDITED:
        raise TooMany(f"At most {MOST_EDITED:,} accounts at a time.")


def _actor_of(job: Job) -> Actor:
    """Who started a job, with the role they have now."""
    members = Membership.objects.filter(tenant_id=current_tenant(), is_active=True)
    member = members.filter(pk=job.created_by_id).first() if job.created_by_id else None
    if member is None:
        raise NotYours("Who started this edit is no longer a member.")
    return Actor(tenant=Tenant.objects.get(pk=member.tenant_id), membership=member, role=member.role)


def _row(draft: Draft) -> EditedRow:
    changes = [
        (name.removesuffix("_id").removesuffix("_ids"), draft.before[name], draft.after[name])
        for name in draft.after
    ]
    return EditedRow(draft.row.pk, draft.row.name, changes, _reason(draft), _mark(draft))


def _mark(draft: Draft) -> str:
    told = json.dumps([_kept(draft.before), _kept(draft.after)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _reason(draft: Draft) -> str:
    return " ".join(fault.detail for fault in draft.faults)


def _not_mine(ids: Collection[UUID]) -> list[EditedRow]:
    names = Account.objects.filter(pk__in=ids, deleted_at=None).values_list("pk", "name")
    return [EditedRow(id, name, [], NOT_YOURS) for id, name in names]


def _named(rows: list[EditedRow]) -> list[EditedRow]:
    return sorted(rows, key=lambda row: (row.name.casefold(), str(row.id)))


def _told(id: UUID | None, reason: str) -> dict[str, str]:
    return {"id": str(id), "reason": reason}


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, dict) else encode(value) for name, value in values.items()}


def _revived(name: str, value: Any) -> Any:
    """A kept value as the attribute holds it."""
    if value is None:
        return None if name in ("owner_id", "renewal_on") else ""
    if name == "owner_id":
        return UUID(value)
    if name == "team_ids":
        return [UUID(one) for one in value]
    return date.fromisoformat(value) if name == "renewal_on" else value
