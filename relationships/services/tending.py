"""What happens to rounds by itself, once each tenant's day: hand-overs move what is open to the new owner, those who left
are asked for no more, finished rounds close, cadences open the next round, raters are reminded, leaders are told.

Each step may run twice without harm; a cadence's round is marked per period.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts import services as accounts
from accounts.models import PeriodicRun, Tenant
from accounts.scope import current_tenant
from relationships.models import Cadence, Round
from relationships.selectors.asked import Scope, whom_to_ask
from relationships.selectors.spoken import local_day
from relationships.services.answering import seal
from relationships.services.rounds import assign, close_round, escalate, open_people, tell_raters

REMINDERS = (3, 0)  # days before a round is due
OVERDUE_EVERY = 7  # days between reminders once it is overdue
LEFT_OUT = 14  # days: a cadence asks for nobody whose whole rating is younger
KIND = "tend_rounds"


def begin_tending(*, tenant: Tenant, at: datetime) -> bool:
    """Leave a tenant's rounds of today, and a reading of its pillars of trust, to the workers, once; whether this call
    did."""
    day = local_day(tenant=tenant, at=at).isoformat()
    _, made = PeriodicRun.objects.get_or_create(job=KIND, period=day, defaults={"created_at": at})
    if made:
        for kind in (KIND, "read_pillars"):
            accounts.enqueue(kind=kind, ref={"day": day}, dedupe_key=day, at=at)
    return made


def tend_rounds(*, ref: dict[str, Any], at: datetime) -> None:
    """Outbox handler: everything that a day brings to the rounds of a tenant."""
    tenant = Tenant.objects.get(pk=current_tenant())
    today = local_day(tenant=tenant, at=at)
    with transaction.atomic():
        drop_gone(today=today)
        hand_over(at=at)
        for round in Round.objects.filter(closed_at=None, deleted_at=None).order_by("pk"):
            if not open_people(round_id=round.pk):
                close_round(id=round.pk, actor=None, at=at)
        open_due_rounds(tenant=tenant, today=today, at=at)
        for round in Round.objects.filter(closed_at=None, deleted_at=None).order_by("pk"):
            remind(round=round, today=today, at=at)
        seal()
        PeriodicRun.objects.filter(job=KIND, period=ref["day"]).update(done_at=at)


GONE = """DELETE FROM relationships_assignment a
USING relationships_round r, accounts_persona p, accounts_account b
WHERE a.tenant_id = %(tenant)s AND a.done_at IS NULL AND r.tenant_id = %(tenant)s AND r.id = a.round_id
    AND r.closed_at IS NULL AND p.tenant_id = %(tenant)s AND p.id = a.persona_id
    AND b.tenant_id = %(tenant)s AND b.id = p.account_id
    AND (NOT p.tracked OR p.deleted_at IS NOT NULL OR p.merged_into_id IS NOT NULL OR p.left_on <= %(today)s
        OR b.deleted_at IS NOT NULL OR b.status NOT IN ('active', 'trial'))"""


def drop_gone(*, today: date) -> None:
    """Ask no more for who left, counts no longer, or whose account was lost."""
    with connection.cursor() as cursor:
        cursor.execute(GONE, {"tenant": current_tenant(), "today": today})


# What the former owner has not rated; not where the new one is asked for the same person already.
HANDED = """UPDATE relationships_assignment a
SET rater_id = b.owner_id, account_id = b.id, inherited = true, asked_at = %(at)s
FROM relationships_round r, accounts_persona p, accounts_account b, accounts_membership m
WHERE a.tenant_id = %(tenant)s AND NOT a.blind AND a.done_at IS NULL
    AND r.tenant_id = %(tenant)s AND r.id = a.round_id AND r.closed_at IS NULL AND r.deleted_at IS NULL
    AND p.tenant_id = %(tenant)s AND p.id = a.persona_id
    AND b.tenant_id = %(tenant)s AND b.id = p.account_id AND b.owner_id <> a.rater_id
    AND m.tenant_id = %(tenant)s AND m.id = b.owner_id AND m.is_active AND m.role <> 'viewer'
    AND NOT EXISTS (SELECT 1 FROM relationships_assignment o WHERE o.tenant_id = %(tenant)s
        AND o.round_id = a.round_id AND o.persona_id = a.persona_id AND o.rater_id = b.owner_id)
RETURNING a.round_id, a.rater_id"""


def hand_over(*, at: datetime) -> None:
    """Move what is still open to the accounts' present owners, first in their queue, and tell them."""
    with connection.cursor() as cursor:
        cursor.execute(HANDED, {"tenant": current_tenant(), "at": at})
        moved = cursor.fetchall()
    for round in Round.objects.filter(pk__in={round_id for round_id, _rater in moved}):
        raters = [rater for round_id, rater in moved if round_id == round.pk]
        people = {rater: raters.count(rater) for rater in raters}
        tell_raters(round=round, people=people, key=f"handed:{at.date()}", at=at)


def open_due_rounds(*, tenant: Tenant, today: date, at: datetime) -> None:
    """Open the round of every cadence whose day has come; the former one of the same cadence ends with it."""
    due = Cadence.objects.select_for_update().filter(active=True, deleted_at=None, next_on__lte=today)
    tiers = list(
        Cadence.objects.filter(active=True, deleted_at=None).exclude(tier="").values_list("tier", flat=True)
    )
    for cadence in due.order_by("tier", "pk"):
        _, made = PeriodicRun.objects.get_or_create(
            job="round",
            period=f"{cadence.pk.hex}{cadence.next_on:%y%m%d}",
            defaults={"created_at": at, "done_at": at},
        )
        if made:
            _open(cadence, [] if cadence.tier else tiers, tenant, today, at)
        while cadence.next_on <= today:
            cadence.next_on += timedelta(days=cadence.every_days)
        cadence.updated_at = at
        cadence.save(update_fields=["next_on", "updated_at"])


def _open(cadence: Cadence, others: list[str], tenant: Tenant, today: date, at: datetime) -> None:
    scope = Scope(tier=[cadence.tier] if cadence.tier else [], besides_tiers=others, rated_within=LEFT_OUT)
    for former in Round.objects.filter(cadence=cadence, closed_at=None, deleted_at=None):
        close_round(id=former.pk, actor=None, at=at)
    asking = whom_to_ask(scope=scope, tenant=tenant, at=at)
    if not asking.asks:
        return
    round = Round.objects.create(
        name=f"{cadence.tier or 'All tiers'}, {today:%Y-%m-%d}", scope=scope.stored(), opened_at=at,
        due_on=today + timedelta(days=cadence.due_days), cadence=cadence, created_at=at, updated_at=at,
    )  # fmt: skip
    assign(round=round, asking=asking, at=at)
    change = accounts.NewActivity(
        "round.created",
        round.pk,
        data={"before": {}, "after": {"name": round.name, "cadence": str(cadence.pk)}},
    )
    accounts.record_activity(activity=change, actor=None, at=at)


def remind(*, round: Round, today: date, at: datetime) -> None:
    """Remind who has people left, near the end and every week after it; tell the leaders once when it is overdue."""
    left = (round.due_on - today).days
    people = open_people(round_id=round.pk)
    if not people:
        return
    if left in REMINDERS or (left < 0 and -left % OVERDUE_EVERY == 0):
        tell_raters(round=round, people=people, key=f"{today}", at=at)
    if left < 0 and round.escalated_at is None:
        escalate(round=round, people=sum(people.values()), raters=len(people), actor=None, at=at)
