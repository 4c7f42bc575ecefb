"""What members say of the six pillars of trust at an account: dated, with a note, never changed; and what the
evidence said of them, kept as it changes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Tenant
from accounts.scope import current_tenant
from relationships.models import PillarRating, PillarReading
from relationships.selectors.pillars import evidence_of, words_of
from relationships.selectors.spoken import local_day

LONGEST = 2000
LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
AT_ONCE = 250  # accounts


class PillarRefused(ValueError):
    """A word on a pillar was refused; ``field`` says which part of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@transaction.atomic
def rate_pillars(
    *, account_id: UUID, words: Mapping[str, tuple[int, str]], actor: Actor | None, at: datetime
) -> list[PillarRating]:
    """Record a value of 1..5 and a note for each of these pillars, as of now. What says the same as the one that stands
    is left out. Raises Account.DoesNotExist, PillarRefused or NotYours.
    """
    account = Account.objects.get(pk=account_id, deleted_at=None)
    accounts.require_write(actor=actor, account_ids=[account_id])
    for pillar, (value, note) in words.items():
        if pillar not in PillarRating.Pillar.values:
            raise PillarRefused("pillar", f"There is no pillar {pillar}.")
        if not 1 <= value <= 5:
            raise PillarRefused("value", "From 1 to 5.")
        if len(note) > LONGEST:
            raise PillarRefused("note", f"At most {LONGEST} characters.")
    standing = {
        row.pillar: (row.value, row.note)
        for row in words_of(account_id=account_id, until=at).order_by("pillar", "rated_at", "pk")
    }
    rows = [
        PillarRating(
            account=account, pillar=pillar, value=value, note=note.strip(), rated_at=at,
            rated_by_id=actor.member_id if actor else None,
        )
        for pillar, (value, note) in words.items()
        if standing.get(pillar) != (value, note.strip())
    ]  # fmt: skip
    PillarRating.objects.bulk_create(rows)
    accounts.record_activities(
        activities=[
            accounts.NewActivity(
                "pillar.rated",
                row.pk,
                account_id,
                None,
                {"after": {"pillar": row.pillar, "value": row.value}},
            )
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    return rows


def read_pillars(*, ref: dict[str, Any], at: datetime) -> None:
    """Outbox handler: keep what the evidence says today of the pillars of each live account, where it says something
    else than it last did. Running twice on a day adds nothing."""
    tenant = Tenant.objects.get(pk=current_tenant())
    today = local_day(tenant=tenant, at=at)
    live = Account.objects.filter(status__in=LIVE, deleted_at=None).order_by("pk")
    ids = list(live.values_list("pk", flat=True))
    for first in range(0, len(ids), AT_ONCE):
        _keep_readings(ids[first : first + AT_ONCE], tenant, today)


def _keep_readings(account_ids: Sequence[UUID], tenant: Tenant, today: date) -> None:
    rows = PillarReading.objects.filter(account_id__in=account_ids).order_by("account_id", "pillar", "-day")
    last = {(row.account_id, row.pillar): (row.share, row.n) for row in rows.distinct("account_id", "pillar")}
    found = evidence_of(account_ids=account_ids, tenant=tenant, today=today)
    new = [
        PillarReading(account_id=id, pillar=pillar, day=today, share=one.share, n=one.n)
        for id, evidence in found.items()
        for pillar, one in evidence.items()
        if last.get((id, pillar), (None, 0)) != (one.share, one.n)
    ]
    PillarReading.objects.bulk_create(new, ignore_conflicts=True)
