"""What a customer wants to achieve, as the pages of its account show it."""

from uuid import UUID

from django.db.models import Case, Count, F, Q, When

from accounts import selectors as accounts
from accounts.models import Initiative

OPEN = (Initiative.State.RUNNING, Initiative.State.PLANNED)
ORDER = (*OPEN, Initiative.State.DONE, Initiative.State.DROPPED)
MOST = 20


def account_initiatives(account_id: UUID) -> list[Initiative]:
    """What runs first, then what is planned, then what is over; each with ``steps_done`` of ``steps_in_all``."""
    place = Case(*(When(state=state, then=number) for number, state in enumerate(ORDER)))
    steps = Q(steps__isnull=False, steps__deleted_at=None)
    return list(
        Initiative.objects.filter(account_id=account_id, deleted_at=None)
        .select_related("persona")
        .annotate(
            in_all=accounts.IN_ALL,
            steps_in_all=Count("steps", filter=steps),
            steps_done=Count("steps", filter=steps & Q(steps__done_at__isnull=False)),
        )
        .order_by(place, F("due_on").asc(nulls_last=True), "created_at", "pk")[:MOST]
    )


def initiative_choices(account_id: UUID, standing: str) -> list[tuple[str, str]]:
    """What a step may belong to, as (id, title): what is open there, and what it belongs to already (an id, or "")."""
    wanted = Q(state__in=OPEN, deleted_at=None) | Q(pk=standing or None)
    found = Initiative.objects.filter(wanted, account_id=account_id).order_by("created_at", "pk")
    return [(str(id), title) for id, title in found.values_list("pk", "title")]
