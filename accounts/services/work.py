"""Initiatives, steps, cases and outcomes: what the customer wants, what is to be done, what went wrong, what was decided.

An outcome ``churned`` does not change its account's status: a contract may end for one product while the account
stays, and a synced outcome is history as often as news. Whoever ends the account says so on the account.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Account, Actor, Case, CaseFact, Initiative, Outcome, PromiseTerm, Step, Tenant
from accounts.scope import current_tenant
from accounts.services.drafts import ACCOUNT, INITIATIVE, PERSONA, Draft, Reference
from accounts.services.facts import NewFact, write_facts
from accounts.services.items import Item, Mode, Saved
from accounts.services.rows import upsert_rows
from accounts.services.saving import Saver


def save_steps(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write steps, one result per item: title, account (or that of the persona), persona, side, owner_email,
    due_on, done_at, channel, initiative, waiting_on, snoozed_until with snooze_reason, shared; from our own floors also
    cause and touch_id. ``source`` says where new ones come from."""
    return StepSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


def save_initiatives(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write what customers want to achieve, one result per item: title, account (or that of the persona), persona, note,
    state, due_on."""
    return InitiativeSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


def save_cases(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write cases, one result per item; whether a case is an open critical escalation, and
    whether it is a request, is kept as dated facts."""
    return CaseSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


def save_outcomes(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write outcomes, one result per item; the currency is the account's unless given."""
    return OutcomeSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class AtAccountSaver(Saver):
    """Objects of an account that may name one of its personas."""

    references: ClassVar[tuple[Reference, ...]] = (ACCOUNT, PERSONA)
    follows: ClassVar[bool] = False  # whether it is of the account where its person works now

    def complete(self, draft: Draft) -> None:
        super().complete(draft)
        of_persona = draft.accounts.get("persona")
        if of_persona and (draft.is_new or self.follows):
            draft.values.setdefault("account_id", of_persona)
        account_id = draft.values.get("account_id", draft.row.account_id)
        if of_persona and of_persona != account_id:
            draft.fault("/persona", "other_account", "The persona works at another account.")
        if getattr(draft.row, "shared", None) and not draft.is_new and account_id != draft.row.account_id:
            draft.values.setdefault("shared", None)  # it was shown to the customer of another account


class InitiativeSaver(AtAccountSaver):
    model = Initiative
    noun = "initiative"
    required = ("title", "account")


class StepSaver(AtAccountSaver):
    model = Step
    noun = "step"
    required = ("title", "account")
    references = (ACCOUNT, PERSONA, INITIATIVE)

    def __init__(self, *, actor: Actor | None, at: datetime, source: str | None = None) -> None:
        super().__init__(actor=actor, at=at, source=source)
        self.reasons: dict[UUID, str] = {}  # by step: why the date of a promise moves, or why it is broken

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        for draft in drafts:
            self.reasons[draft.row.pk] = draft.values.pop("reason", None) or ""
        self._leave_initiatives(drafts)

    @staticmethod
    def _leave_initiatives(drafts: Sequence[Draft]) -> None:
        """A step that moves to another account belongs no more to what the former one wants."""
        moved = [
            draft
            for draft in drafts
            if draft.row.initiative_id
            and {"account_id", "initiative_id"} & draft.values.keys() == {"account_id"}
        ]
        ids = {draft.row.initiative_id for draft in moved}
        homes = dict(Initiative.objects.filter(pk__in=ids).values_list("pk", "account_id")) if ids else {}
        for draft in moved:
            if homes.get(draft.row.initiative_id) != draft.values["account_id"]:
                draft.values["initiative_id"] = None

    def complete(self, draft: Draft) -> None:
        if draft.values.get("snoozed_until", "") is None:
            draft.values["snooze_reason"] = ""  # awake again, for no reason
        if draft.values.get("done_at", "") is None:
            draft.values["broken"] = False  # open again
        super().complete(draft)
        account_id = draft.values.get("account_id", draft.row.account_id)
        if draft.accounts.get("initiative", account_id) != account_id:
            draft.fault("/initiative", "other_account", "The initiative is of another account.")
        if draft.is_new:
            draft.row.source = self.source

    def check(self, draft: Draft) -> None:
        if draft.row.snoozed_until and not draft.row.snooze_reason.strip():
            draft.fault("/snooze_reason", "required", "Say why it can wait.")

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        upsert_rows(PromiseTerm, [term for draft in drafts for term in self._terms(draft)], [])

    @staticmethod
    def moved(draft: Draft) -> bool:
        """Whether the date of a promise that was given moves."""
        given = not draft.is_new and draft.row.source == Step.PROMISE
        return given and "due_on" in draft.after and draft.before["due_on"] is not None

    def _terms(self, draft: Draft) -> Iterable[PromiseTerm]:
        """What is said anew about a promise: nothing of it is lost, whatever door it came through."""
        row = draft.row
        said = {
            "step_id": row.pk, "persona_id": row.persona_id, "recorded_at": self.at,
            "reason": self.reasons.get(row.pk, "").strip(), "author_id": self.actor.member_id if self.actor else None,
        }  # fmt: skip
        if self.moved(draft):
            days = {"due_on": draft.before["due_on"], "moved_to": draft.after["due_on"]}
            yield PromiseTerm(kind=PromiseTerm.Kind.RENEGOTIATED, **days, **said)
        if draft.after.get("broken"):
            yield PromiseTerm(kind=PromiseTerm.Kind.BROKEN, due_on=row.due_on, **said)


class CaseSaver(AtAccountSaver):
    model = Case
    noun = "case"
    required = ("account", "kind", "opened_at")

    def check(self, draft: Draft) -> None:
        for name in ("first_reply_at", "resolved_at"):
            moment = getattr(draft.row, name)
            if moment is not None and moment < draft.row.opened_at:
                draft.fault(f"/{name}", "before_opening", "Earlier than opened_at.")

    def fill(self, drafts: Sequence[Draft]) -> None:
        self.were_critical = {d.row.pk for d in drafts if not d.is_new and critical(d.row)}
        self.were_requests = {d.row.pk for d in drafts if not d.is_new and is_request(d.row)}
        super().fill(drafts)

    def write_facts(self, drafts: Sequence[Draft]) -> None:
        self._leave_former(drafts)
        facts = [fact for draft in drafts for fact in self._critical_facts(draft)]
        facts += [fact for draft in drafts for fact in self._request_facts(draft)]
        accounts = {draft.row.pk: draft.row.account_id for draft in drafts}
        write_case_facts(facts=facts, accounts=accounts, actor=self.actor, source=self.source)

    def _leave_former(self, drafts: Sequence[Draft]) -> None:
        """What was known of a case that moves ends at the account where it was; at the other it begins anew."""
        former = {d.row.pk: d.before["account_id"] for d in drafts if d.before.get("account_id")}
        known = {"critical": self.were_critical, "request": self.were_requests}
        facts = [
            NewFact(id, key, False, self.at, self.at) for key in known for id in former if id in known[key]
        ]
        write_case_facts(facts=facts, accounts=former, actor=self.actor, source=self.source)
        self.were_critical -= former.keys()
        self.were_requests -= former.keys()

    def _critical_facts(self, draft: Draft) -> Iterable[NewFact]:
        """When the case became an open critical escalation, and when it ceased to be one."""
        row, was = draft.row, draft.row.pk in self.were_critical
        opened, resolved = row.opened_at, row.resolved_at
        if draft.is_new and is_critical_escalation(row):
            yield self._fact(draft, "critical", True, opened)
            if resolved is not None:
                yield self._fact(draft, "critical", False, resolved)
        elif critical(row) != was:
            since = resolved if was and resolved is not None and "resolved_at" in draft.after else self.at
            yield self._fact(draft, "critical", not was, since)

    def _request_facts(self, draft: Draft) -> Iterable[NewFact]:
        """That the case is a request, since it was opened; or that it is none any more. The last word holds."""
        was, now = draft.row.pk in self.were_requests, is_request(draft.row)
        if now and (not was or "opened_at" in draft.after):
            yield self._fact(draft, "request", True, draft.row.opened_at)
        elif was and not now:
            yield self._fact(draft, "request", False, self.at)

    def _fact(self, draft: Draft, key: str, value: bool, since: datetime) -> NewFact:
        recorded_at = since if draft.item.historical else self.at
        return NewFact(draft.row.pk, key, value, since, recorded_at)


def is_critical_escalation(case: Case) -> bool:
    """Whether a case is an escalation of the highest severity, open or not."""
    return case.kind == Case.Kind.ESCALATION and case.severity == Case.Severity.CRITICAL


def critical(case: Case) -> bool:
    """Whether a case is an open critical escalation."""
    return is_critical_escalation(case) and case.resolved_at is None and case.deleted_at is None


def case_facts(case: Case, *, holds: bool, at: datetime) -> list[NewFact]:
    """What begins (``holds``) or ends at ``at`` with a case that comes or goes; a request is one since it was opened."""
    since = {"critical": at, "request": case.opened_at}
    true = {"critical": critical(case), "request": is_request(case)}
    return [NewFact(case.pk, key, holds, since[key] if holds else at, at) for key in true if true[key]]


def is_request(case: Case) -> bool:
    """Whether a case is a request, open or not."""
    return case.kind == Case.Kind.REQUEST and case.deleted_at is None


def write_case_facts(
    *, facts: Sequence[NewFact], accounts: Mapping[UUID, UUID], actor: Actor | None, source: str
) -> None:
    """Add facts of cases, with the account of each."""
    write_facts(
        model=CaseFact,
        owner="case",
        facts=facts,
        actor=actor,
        source=source,
        more=lambda fact: {"account_id": accounts[fact.owner_id]},
    )


class OutcomeSaver(AtAccountSaver):
    model = Outcome
    noun = "outcome"
    required = ("account", "kind", "happened_on")
    references = (ACCOUNT,)

    def fill(self, drafts: Sequence[Draft]) -> None:
        ids = {d.values.get("account_id") for d in drafts if d.is_new and not d.values.get("currency")}
        self.currencies = dict(Account.objects.filter(pk__in=ids - {None}).values_list("pk", "currency"))
        self.tenant = Tenant.objects.get(pk=current_tenant())
        super().fill(drafts)

    def complete(self, draft: Draft) -> None:
        if draft.is_new:
            fallback = self.currencies.get(draft.values.get("account_id"), self.tenant.currency)
            draft.values["currency"] = draft.values.get("currency") or fallback
            draft.row.recorded_at = self.at
            if draft.item.historical and draft.values.get("happened_on"):
                draft.row.recorded_at = self._morning(draft.values["happened_on"])
        elif draft.values.get("currency", "") is None:
            del draft.values["currency"]
        super().complete(draft)

    def _morning(self, day: dt.date) -> datetime:
        return datetime.combine(day, dt.time(), ZoneInfo(self.tenant.time_zone))
