"""Accounts that are one, with what belongs to their people and with their first value: moments and asks go where the
person went, and a first value goes along unless the other account has its own. Parting them takes it back. What is
never rewritten, the words on pillars and the stages entered, is read as the other's while they are one."""

from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts import services as accounts
from accounts.models import Account, Activity, Actor, Persona
from health import services as health
from relationships.models import AdvocateAsk, FirstValue, Moment
from relationships.services.first_value import save_first_values


def merge_accounts(*, id: UUID, into: UUID, actor: Actor | None, at: datetime) -> None:
    """Make one account stand for another, as ``health.merge_accounts`` does. Raises what that raises."""
    health.merge_accounts(id=id, into=into, actor=actor, at=at)
    _follow(former=id, to=into, at=at)
    if not FirstValue.objects.filter(account_id=into, deleted_at=None).exists():
        rows = FirstValue.objects.filter(account_id=id, deleted_at=None)
        _move([row.pk for row in rows], to=into, actor=actor, at=at)


def part_accounts(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Undo a merge, as ``health.part_accounts`` does. Raises what that raises."""
    into: UUID = Account.objects.values_list("merged_into_id", flat=True).get(
        pk=id, merged_into__isnull=False
    )
    homes = [str(one) for one in (into, *accounts.merged_through(id=id))]
    health.part_accounts(id=id, actor=actor, at=at)
    _follow(former=into, to=id, at=at)
    came = Activity.objects.filter(
        verb="first_value.updated", data__before__account=str(id), data__after__account__in=homes
    )
    rows = FirstValue.objects.filter(
        pk__in=came.values("object_id"), account_id=into, deleted_at=None
    ).order_by("pk")
    if not FirstValue.objects.filter(account_id=id, deleted_at=None).exists():
        _move([row.pk for row in rows][:1], to=id, actor=actor, at=at)


def _follow(*, former: UUID, to: UUID, at: datetime) -> None:
    """Let what people remember and were asked be of the account where they are now."""
    home = Subquery(Persona.objects.filter(pk=OuterRef("persona_id")).values("account_id")[:1])
    for model in (Moment, AdvocateAsk):
        rows = model.objects.filter(account_id=former).annotate(home=home).filter(home=to)
        rows.update(account_id=to, updated_at=at)


def _move(ids: list[UUID], *, to: UUID, actor: Actor | None, at: datetime) -> None:
    items = [accounts.Item({"account": to}, id=id) for id in ids]
    if items:
        accounts.only(save_first_values(items=items, mode=accounts.Mode.UPDATE, actor=actor, at=at))
