"""The queue door of the first floor: the outbox, webhooks, partitions to come, and what is old.

Tasks are published by the dispatcher and by beat alone; each may run twice, or be lost, without harm.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import cache

from celery import shared_task
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Tenant
from accounts.scope import tenant_scope
from accounts.services import exports, imports

logger = logging.getLogger(__name__)

# Rows of one tenant in one turn, and how long it goes on: then it is the next one's.
TURN, TURN_SECONDS = 50, 1.0
IMPORTS_KEPT = timedelta(days=30)  # their files and rows; so long an import can be undone
# Threads of one worker process that send webhooks, how long a turn waits for those of its own, and how often it looks
# which of them are back.
SENDERS, PATIENCE_SECONDS, BREATH_SECONDS = 128, 0.5, 0.02
late: set["Future[accounts.Sent]"] = set()  # what is still on its way after its turn


@shared_task
def drain_outbox(*, tenant: int) -> None:
    """One turn of one tenant: step by step, until it has had its share."""
    claimed, begun = 0, time.monotonic()
    with tenant_scope(tenant):
        while claimed < TURN and time.monotonic() - begun < TURN_SECONDS:
            claims = accounts.claim_work(at=timezone.now())
            if not claims:
                break
            accounts.do_work(claims=claims, at=timezone.now())
            claimed += len(claims)
    if claimed:
        deliver_webhooks(tenant=tenant)  # what this turn queued need not wait for a turn of its own


@cache
def senders() -> ThreadPoolExecutor:
    """The threads that send, made by the process that uses them."""
    return ThreadPoolExecutor(SENDERS, "webhook")


@cache
def recorder() -> ThreadPoolExecutor:
    """The one thread that records what came after its turn."""
    return ThreadPoolExecutor(1, "webhook-recorder")


@shared_task
def deliver_webhooks(*, tenant: int) -> None:
    """One turn of one tenant. What came back is recorded, and more is claimed, while the rest is on its way. What takes
    longer than a moment holds a thread, never the worker: it is recorded later, and what a dead worker held is sent
    again when its lease ends."""
    begun = time.monotonic()
    under_way: dict[Future[accounts.Sent], float] = {}  # and since when
    done: set[Future[accounts.Sent]] = set()
    with tenant_scope(tenant):
        while (fresh := time.monotonic() - begun < TURN_SECONDS) or under_way:
            if fresh and (done or not under_way):
                room = SENDERS - len(late) - len(under_way)
                for parcel in accounts.claim_deliveries(at=timezone.now(), limit=room):
                    under_way[senders().submit(send_parcel, parcel)] = time.monotonic()
            if not under_way:
                return
            done = wait(under_way, timeout=BREATH_SECONDS).done
            unrecorded = done if done and not recorded(done) else set()
            patient_until = time.monotonic() - PATIENCE_SECONDS
            slow = {one for one, since in under_way.items() if since < patient_until} - done
            for one in slow | unrecorded:
                late.add(one)
                one.add_done_callback(lambda one: recorder().submit(record_late, tenant, one))
            under_way = {one: since for one, since in under_way.items() if one not in done | slow}
    accounts.wake()  # its time is up, and more may be due


def send_parcel(parcel: accounts.Parcel) -> accounts.Sent:
    return accounts.Sent(parcel, accounts.post_parcel(parcel, at=timezone.now()))


def recorded(done: "set[Future[accounts.Sent]]") -> bool:
    """Record what came in its turn; False if the database would not have it now."""
    try:
        accounts.record_deliveries(sent=[one.result() for one in done], at=timezone.now())
    except OperationalError as error:
        logger.warning("%s webhook deliveries are recorded after their turn: %s", len(done), brief(error))
        return False
    return True


def brief(error: Exception) -> str:
    """What the database said, on one line."""
    return str(error).strip().partition("\n")[0]


def record_late(tenant: int, one: "Future[accounts.Sent]") -> None:
    """Record what came after its turn; if that fails, the lease ends and it is sent again."""
    try:
        with tenant_scope(tenant):
            accounts.record_deliveries(sent=[one.result()], at=timezone.now())
            accounts.wake()  # more may be sent in its place
    except OperationalError as error:
        logger.warning(
            "webhook delivery %s was not recorded and is sent again: %s",
            one.result().parcel.delivery_id, brief(error),
        )  # fmt: skip
    except Exception:
        logger.exception("a webhook delivery was not recorded")
    finally:
        late.discard(one)
        connection.close()


@shared_task
def tidy_webhooks() -> None:
    """Give up, switch off and prune what has had its time, tenant by tenant."""
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_scope(tenant_id), transaction.atomic():
            accounts.tidy_webhooks(at=timezone.now())


@shared_task
def tell_overdue() -> None:
    """Tell members of their overdue steps, tenant by tenant, once a day of each."""
    at = timezone.now()
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            accounts.tell_overdue(tenant=tenant, at=at)


@shared_task(
    autoretry_for=(OperationalError, ProgrammingError), retry_kwargs={"max_retries": 5, "countdown": 30}
)
def add_months() -> None:
    """Make the partitions of this month and the coming three, each in a transaction of its own."""
    for table, month in accounts.months_to_add(on=timezone.now().date()):
        with transaction.atomic():
            accounts.add_month(table=table, month=month)


@shared_task
def prune() -> None:
    """Remove, tenant by tenant, what nobody will ask for again."""
    at = timezone.now()
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            exports.prune_exports(before=at - timedelta(days=7))
            accounts.prune_tenant(before=at - timedelta(days=7))
            imports.prune_imports(before=at - IMPORTS_KEPT)
            accounts.prune_unknown_owners(before=at - IMPORTS_KEPT)
    accounts.prune_platform(before=at - timedelta(days=90), at=at)
