"""What members say of the six pillars of trust at an account: dated, with a note, never changed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor
from relationships.models import PillarRating

LONGEST = 2000


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
        for row in PillarRating.objects.filter(account=account).order_by("pillar", "rated_at", "pk")
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
