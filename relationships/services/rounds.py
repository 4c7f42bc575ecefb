"""Rounds: opened with everyone whom they ask, changed, closed; and the cadences by which they open by themselves.

Leaders and admins only, or a key that writes. Whom a round asks is settled when it opens; a hand-over moves what is
still open to the new owner (``tending``).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from accounts import selectors as book
from accounts import services as accounts
from accounts.models import Actor, Membership, Role, Tenant
from accounts.scope import current_tenant
from accounts.services import Item, Mode, Saved
from accounts.services.drafts import Draft
from accounts.services.saving import Saver
from relationships.models import Assignment, Cadence, Round
from relationships.selectors.asked import Asking, Scope, whom_to_ask
from relationships.selectors.spoken import local_day
from relationships.services.answering import seal
from relationships.services.rating_rows import prescribe

FURTHEST = timedelta(days=366)
SETTLED = ("scope", "second_share")


def require_leader(*, actor: Actor | None) -> None:
    """Raise NotYours unless the actor leads: opens rounds and sets how often they open."""
    if actor is not None and not actor.writes_all:
        raise accounts.NotYours("Only a leader may do this.")


@transaction.atomic
def save_rounds(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Open rounds or change them, one result per item: name, due_on, and, while it opens, scope {segment, tier,
    owner_email, renews_within, rated_within}, second_share and second_rater_emails. Raises NotYours."""
    require_leader(actor=actor)
    return RoundSaver(actor=actor, at=at).save(items=items, mode=mode)


def plan_round(*, item: Item, actor: Actor | None, at: datetime) -> tuple[list[Saved], Asking | None]:
    """What opening this round would do, and whom it would ask (None where it is refused); nothing is written. Raises
    NotYours."""
    require_leader(actor=actor)
    saver = RoundSaver(actor=actor, at=at)
    (draft,) = saver.plan(items=[item], mode=Mode.CREATE)
    return [draft.result()], saver.askings.get(draft.index) if not draft.faults else None


class RoundSaver(Saver):
    """A new round asks everyone in its scope; of one that is open, the name and the day may change."""

    model = Round
    noun = "round"
    required = ("name", "due_on")

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        self.tenant = Tenant.objects.get(pk=current_tenant())
        self.today = local_day(tenant=self.tenant, at=self.at)
        named = {email for draft in drafts for email in _emails(draft)}
        known = book.find_members(emails=named)
        able = set(
            Membership.objects.filter(tenant=self.tenant, pk__in=known.values())
            .exclude(role=Role.VIEWER)
            .values_list("pk", flat=True)
        )
        self.seconds: dict[int, list[UUID]] = {}
        self.askings: dict[int, Asking] = {}
        for draft in drafts:
            self._settle(draft, known, able)

    def _settle(self, draft: Draft, known: dict[str, UUID], able: set[UUID]) -> None:
        """Turn the e-mails of owners and second raters into members; what was settled at the opening stays."""
        values = draft.values
        seconds = values.pop("second_rater_emails", None) or ()
        if "scope" in values:
            scope = dict(values["scope"] or {})
            owners = scope.pop("owner_email", None) or ()
            found = self._members(draft, "/scope/owner_email", owners, known)
            named = {name: value for name, value in scope.items() if value is not None}
            values["scope"] = Scope(**named, owner=found).stored()
        self.seconds[draft.index] = self._members(draft, "/second_rater_emails", seconds, known)
        for email in seconds:
            if email.lower() in known and known[email.lower()] not in able:
                draft.fault("/second_rater_emails", "viewer", f"{email} may only look, and cannot rate.")
        for name in () if draft.is_new else SETTLED:
            if name in values and values.pop(name) != getattr(draft.row, name):
                draft.fault(f"/{name}", "fixed", "Settled when the round opened.")

    def _members(
        self, draft: Draft, pointer: str, emails: Sequence[str], known: dict[str, UUID]
    ) -> list[UUID]:
        for email in emails:
            if email.lower() not in known:
                draft.fault(pointer, "unknown_member", f"No active member has the e-mail {email}.")
        return [known[email.lower()] for email in emails if email.lower() in known]

    def complete(self, draft: Draft) -> None:
        super().complete(draft)
        if draft.is_new:
            draft.row.opened_at = self.at
            draft.row.author_id = self.actor.member_id if self.actor else None

    def check(self, draft: Draft) -> None:
        row: Round = draft.row
        if not row.name.strip():
            draft.fault("/name", "required", "This field is required.")
        if "due_on" in draft.after and not self.today <= row.due_on <= self.today + FURTHEST:
            draft.fault("/due_on", "out_of_range", "Between today and a year from now.")
        if row.closed_at is not None and draft.after:
            draft.fault("", "closed", "The round is closed.")
        if draft.is_new and not draft.faults:
            self._ask(draft)

    def _ask(self, draft: Draft) -> None:
        row, seconds = draft.row, self.seconds[draft.index]
        if row.second_share and not seconds:
            draft.fault("/second_rater_emails", "required", "Say who rates a second time.")
            return
        asking = whom_to_ask(
            scope=Scope(**row.scope),
            second_share=row.second_share,
            second_raters=seconds,
            seed=str(row.pk),
            tenant=self.tenant,
            at=self.at,
        )
        if not asking.asks:
            draft.fault("/scope", "nobody", "Nobody in this scope can be asked for.")
        self.askings[draft.index] = asking

    def timeline(self, row: Any) -> tuple[None, None]:
        return None, None

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        opened = [draft for draft in drafts if draft.is_new]
        for draft in opened:
            assign(round=draft.row, asking=self.askings[draft.index], at=self.at)
        moved = [draft.row for draft in drafts if not draft.is_new and "due_on" in draft.after]
        for row in moved:
            row.escalated_at = None  # what the leaders were told was of the former day
        if moved:
            Round.objects.filter(pk__in=[row.pk for row in moved]).update(escalated_at=None)


def assign(*, round: Round, asking: Asking, at: datetime) -> None:
    """Ask everyone, tell them, and let second raters see no more of their people."""
    Assignment.objects.bulk_create(
        [
            Assignment(
                round=round, account_id=ask.person.account_id, persona_id=ask.person.id, rater_id=ask.rater_id,
                blind=ask.blind, inherited=ask.person.inherited, asked_at=at,
            )
            for ask in asking.asks
        ],
        batch_size=1000,
    )  # fmt: skip
    if any(ask.blind for ask in asking.asks):
        seal(member_ids={ask.rater_id for ask in asking.asks if ask.blind})
    tell_raters(
        round=round, people={rater: count for rater, count, _second in asking.by_rater()}, key="opened", at=at
    )


def tell_raters(*, round: Round, people: dict[UUID, int], key: str, at: datetime) -> None:
    """Tell raters how many people they are asked for, and by when; once for each key."""
    accounts.tell_members(
        kind="round",
        notices=[
            accounts.NewNotice(
                member_id=rater,
                key=f"round:{round.pk}:{key}",
                object_id=round.pk,
                data={"people": count, "due_on": round.due_on.isoformat()},
            )
            for rater, count in people.items()
        ],
        actor=None,
        at=at,
    )


def open_people(*, round_id: UUID) -> dict[UUID, int]:
    """How many people each rater of a round has not rated yet."""
    found = Assignment.objects.filter(round_id=round_id, done_at=None).values_list("rater_id")
    return dict(found.annotate(count=Count("pk")))


@transaction.atomic
def close_round(*, id: UUID, actor: Actor | None, at: datetime) -> Round:
    """End a round: nobody is asked any more, second raters see again, and the leaders are told of people who are left,
    unless they were when it became overdue. Closing twice is harmless. Raises Round.DoesNotExist or NotYours."""
    require_leader(actor=actor)
    round: Round = Round.objects.select_for_update().get(pk=id, deleted_at=None)
    if round.closed_at is None:
        round.closed_at = round.updated_at = at
        round.save(update_fields=["closed_at", "updated_at"])
        people = open_people(round_id=id)
        left = sum(people.values())
        accounts.record_activity(
            activity=accounts.NewActivity("round.closed", round.pk, data={"left": left}), actor=actor, at=at
        )
        if people and round.escalated_at is None:
            escalate(round=round, people=left, raters=len(people), actor=actor, at=at)
        _unveil(round, at)
    return round


def _unveil(round: Round, at: datetime) -> None:
    """A round that has ended veils nobody; what waited for a second opinion of them waits no longer."""
    second = Assignment.objects.filter(round=round, blind=True, unsealed_at=None)
    seal()
    prescribe(persona_ids=set(second.values_list("persona_id", flat=True)), at=at)


def escalate(*, round: Round, people: int, raters: int, actor: Actor | None, at: datetime) -> None:
    """Tell the leaders that a round is overdue, or was closed: how many people, of how many raters, are not rated."""
    members = Membership.objects.filter(tenant_id=current_tenant(), is_active=True)
    leaders = list(members.filter(role=Role.LEADER).values_list("pk", flat=True))
    leaders = leaders or list(members.filter(role=Role.ADMIN).values_list("pk", flat=True))
    facts = {"people": people, "raters": raters, "due_on": round.due_on.isoformat()}
    kind = "late_round" if round.closed_at is None else "closed_round"
    accounts.tell_members(
        kind=kind,
        notices=[
            accounts.NewNotice(
                member_id=member, key=f"{kind}:{round.pk}:{round.due_on}", object_id=round.pk, data=facts
            )
            for member in leaders
        ],
        actor=actor,
        at=at,
    )
    round.escalated_at = at
    round.save(update_fields=["escalated_at"])
    accounts.record_activity(
        activity=accounts.NewActivity("round.escalated", round.pk, data={"people": people, "raters": raters}),
        actor=actor,
        at=at,
    )


@transaction.atomic
def delete_round(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a round; ratings stay. Raises Round.DoesNotExist or NotYours."""
    require_leader(actor=actor)
    _unveil(accounts.bury(model=Round, id=id, actor=actor, at=at), at)


@transaction.atomic
def restore_round(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a round back. Raises Round.DoesNotExist or NotYours."""
    require_leader(actor=actor)
    accounts.raise_up(model=Round, id=id, actor=actor, at=at)
    seal()


@transaction.atomic
def save_cadences(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Write cadences, one result per item: tier, every_days (7..366), due_days (1..90), next_on (default: tomorrow),
    active. Raises NotYours."""
    require_leader(actor=actor)
    return CadenceSaver(actor=actor, at=at).save(items=items, mode=mode)


class CadenceSaver(Saver):
    model = Cadence
    noun = "cadence"
    raced = ("cadence_tier",)

    def complete(self, draft: Draft) -> None:
        super().complete(draft)
        if draft.is_new and not draft.values.get("next_on"):
            draft.values["next_on"] = self._today() + timedelta(days=1)

    def check(self, draft: Draft) -> None:
        row: Cadence = draft.row
        if not 7 <= row.every_days <= 366:
            draft.fault("/every_days", "out_of_range", "From 7 to 366 days.")
        if not 1 <= row.due_days <= 90:
            draft.fault("/due_days", "out_of_range", "From 1 to 90 days.")
        # A round that is due after the next one has opened would close before anybody is reminded.
        if row.due_days > row.every_days and (
            draft.is_new or {"every_days", "due_days"} & draft.after.keys()
        ):
            draft.fault(
                "/due_days",
                "after_the_next",
                f"A round every {row.every_days} days is due by then at the latest.",
            )
        twin = Cadence.objects.filter(tier=row.tier, deleted_at=None).exclude(pk=row.pk)
        if ("tier" in draft.after or draft.is_new) and twin.exists():
            draft.fault("/tier", "taken", "This tier has a cadence already.")

    def timeline(self, row: Any) -> tuple[None, None]:
        return None, None

    def _today(self) -> date:
        return local_day(tenant=Tenant.objects.get(pk=current_tenant()), at=self.at)


@transaction.atomic
def delete_cadence(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Ask by this cadence no more; its rounds stay. Raises Cadence.DoesNotExist or NotYours."""
    require_leader(actor=actor)
    accounts.bury(model=Cadence, id=id, actor=actor, at=at)


@transaction.atomic
def restore_cadence(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a cadence back. Raises Cadence.DoesNotExist, NotYours, or Refused where its tier has another one now."""
    require_leader(actor=actor)
    row = Cadence.objects.get(pk=id)
    if Cadence.objects.filter(tier=row.tier, deleted_at=None).exclude(pk=id).exists():
        raise accounts.Refused([accounts.Fault("/tier", "taken", "This tier has a cadence already.")])
    accounts.raise_up(model=Cadence, id=id, actor=actor, at=at)


def _emails(draft: Draft) -> list[str]:
    scope = draft.values.get("scope") or {}
    return [*(scope.get("owner_email") or ()), *(draft.values.get("second_rater_emails") or ())]
