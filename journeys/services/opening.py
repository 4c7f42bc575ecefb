"""Steps that open by themselves: a worker makes one of what is prescribed when a champion or an economic
buyer leaves, and when somebody shows another mood than is said of them.

It is the same step that accepting the prescription makes. A cause that comes and goes opens no second one within a month.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import services as accounts
from accounts.models import Account, Membership, Persona, Step, Tenant
from accounts.scope import current_tenant
from journeys import selectors
from journeys.services.prescriptions import PRESCRIBED, step_of, today_at

FRESH = dt.timedelta(days=7)  # what happened earlier is no news
AGAIN = dt.timedelta(days=30)  # so long after a step of a cause was made, the cause opens no other


def prescribe_steps(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Outbox handler: open the steps for flags that went up, {code: [accounts]}, and for people who were rated. Doing it
    twice opens nothing more."""
    if dt.datetime.fromisoformat(ref["at"]) < at - FRESH:
        return
    flags = {(UUID(id), f"flag:{code}") for code, ids in ref.get("flags", {}).items() for id in ids}
    people = {UUID(id) for id in ref.get("people", ())}
    with transaction.atomic():
        _open(_of_flags(flags) + _of_people(people, at), at=at)


def _of_flags(flags: set[tuple[UUID, str]]) -> list[selectors.Prescribed]:
    """What is prescribed for flags that are up still, by account and cause."""
    if not flags:
        return []
    standing = selectors.prescriptions_at(account_ids={account_id for account_id, _cause in flags})
    return [one for found in standing.values() for one in found if (one.account_id, one.cause) in flags]


def _of_people(people: set[UUID], at: dt.datetime) -> list[selectors.Prescribed]:
    """What is prescribed for those of these people who show another mood than is said of them. Of whom somebody owes a blind
    rating a step would tell what was said: it waits, for their rating asks again."""
    if not people:
        return []
    blind = Membership.objects.filter(
        tenant_id=current_tenant(), is_active=True, blind_to__overlap=list(people)
    )
    people = people.difference(*blind.values_list("blind_to", flat=True))
    homes = set(Persona.objects.filter(pk__in=people).values_list("account_id", flat=True))
    tenant = Tenant.objects.get(pk=current_tenant())
    found = selectors.diverging(account_ids=homes, tenant=tenant, at=at)
    return [one for one in found if one.persona_id in people]


def _open(wanted: list[selectors.Prescribed], *, at: dt.datetime) -> None:
    """Make a step of each for the owner of its account, but not where one is open or was made a short while ago."""
    if not wanted:
        return
    served = Account.objects.filter(
        pk__in={one.account_id for one in wanted}, deleted_at=None, status__in=("active", "trial")
    )
    owners = dict(served.order_by("pk").select_for_update().values_list("pk", "owner_id"))
    made = Step.objects.filter(
        Q(done_at=None, deleted_at=None) | Q(created_at__gt=at - AGAIN),
        account_id__in=owners, source__in=PRESCRIBED, cause__in={one.cause for one in wanted},
    )  # fmt: skip
    there = {_about(*one) for one in made.values_list("account_id", "cause", "persona_id")}
    today = today_at(at)
    accounts.save_steps(
        items=[
            step_of(one, owner_id=owners[one.account_id], today=today)
            for one in wanted
            if one.account_id in owners and _about(one.account_id, one.cause, one.persona_id) not in there
        ],
        mode=accounts.Mode.CREATE, actor=None, at=at, source=Step.AUTOMATIC,
    )  # fmt: skip


def _about(account_id: UUID, cause: str, persona_id: UUID | None) -> tuple[UUID, str, UUID | None]:
    """What makes two steps the same; a flag is the account's, whomever its step names."""
    return account_id, cause, persona_id if cause == selectors.DIVERGED else None
