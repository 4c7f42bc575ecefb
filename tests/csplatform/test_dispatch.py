"""The dispatcher: publishes what waits, once, in turn, and outlives both servers."""

import datetime as dt
import json
import socket
import threading
import time
from io import StringIO

import celery
import pytest
import redis
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, transaction

from accounts import services as accounts
from accounts.models import Outbox
from accounts.scope import tenant_scope
from accounts.tasks import drain_outbox
from csplatform.celery import app as product
from csplatform.dispatch import Dispatcher, in_turn, tenants_with_work
from csplatform.queue import Queue, QueueDown, hint
from health.models import DirtyMark

PATIENCE = 20


def eventually(condition):
    """Wait until the condition holds; fails after a while."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if found := condition():
            return found
        time.sleep(0.02)
    return pytest.fail("it did not come to pass")


@pytest.fixture
def valkey(settings):
    """The test run's Valkey, in a database of its own, empty."""
    settings.REDIS_URL = f"{django_settings.REDIS_URL.rpartition('/')[0]}/9"
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def queue_at(url):
    return Queue(celery.Celery("test", broker=url, set_as_current=False))


@pytest.fixture
def queue(valkey, settings):
    queue = queue_at(settings.REDIS_URL)
    yield queue
    queue.close()


@pytest.fixture
def run(queue):
    """Start a dispatcher beside the test."""
    stop = threading.Event()

    def dispatch():
        try:
            Dispatcher(queue, stop).run()
        finally:
            connection.close()

    thread = threading.Thread(target=dispatch)
    yield thread.start
    stop.set()
    thread.join(PATIENCE)


def queued(valkey):
    """What lies in Celery's queue: (task, tenant), the oldest first."""
    messages = [json.loads(raw) for raw in reversed(valkey.lrange("celery", 0, -1))]
    return [(m["headers"]["task"], eval(m["headers"]["kwargsrepr"])["tenant"]) for m in messages]


def leave_work(tenant, at, key="a"):
    with tenant_scope(tenant.pk), transaction.atomic():
        accounts.enqueue(kind="good", ref={}, dedupe_key=key, at=at)


def test_work_of_every_tenant_is_named_by_kind(northwind, now):
    accounts.enqueue(kind="good", ref={}, dedupe_key="a", at=now)
    accounts.enqueue(kind="good", ref={}, dedupe_key="b", at=now)
    with tenant_scope(northwind.globex.pk):
        DirtyMark.objects.create(account_id=northwind.alice.member_id, marked_at=now)
    assert sorted(tenants_with_work()) == [(northwind.northwind.pk, "outbox"), (northwind.globex.pk, "dirty")]


def test_work_that_is_done_dead_or_for_later_is_not_named(northwind, now):
    for key in ("done", "dead", "later"):
        accounts.enqueue(kind="good", ref={}, dedupe_key=key, at=now)
    Outbox.objects.filter(dedupe_key="done").update(done_at=now)
    Outbox.objects.filter(dedupe_key="dead").update(dead_at=now)
    Outbox.objects.filter(dedupe_key="later").update(available_at=now + dt.timedelta(days=36500))
    assert tenants_with_work() == []


def test_tenants_are_served_in_turn():
    works = [(1, "outbox"), (3, "dirty"), (2, "outbox"), (3, "outbox")]
    assert in_turn(works, after=0) == [(1, "outbox"), (2, "outbox"), (3, "dirty"), (3, "outbox")]
    assert in_turn(works, after=1) == [(2, "outbox"), (3, "dirty"), (3, "outbox"), (1, "outbox")]
    assert in_turn(works, after=3) == in_turn(works, after=0)


def test_a_drain_is_queued_once(queue, valkey):
    assert queue.publish([(1, "outbox"), (1, "dirty")]) == 2
    assert queue.publish([(1, "outbox"), (2, "outbox")]) == 1
    assert queued(valkey) == [
        ("accounts.tasks.drain_outbox", 1),
        ("health.tasks.drain_dirty", 1),
        ("accounts.tasks.drain_outbox", 2),
    ]


def test_a_drain_that_has_begun_may_be_queued_again(queue, valkey):
    queue.publish([(1, "outbox"), (1, "dirty")])
    assert drain_outbox.app is product
    drain_outbox.before_start("id", (), {"tenant": 1})
    assert queue.publish([(1, "outbox"), (1, "dirty")]) == 1


def test_a_hint_dies_by_itself(queue, valkey):
    queue.publish([(1, "outbox")])
    assert 0 < valkey.ttl(hint((1, "outbox"))) <= 5


def test_a_wiped_redis_is_filled_again(queue, valkey):
    queue.publish([(1, "outbox")])
    valkey.flushdb()
    eventually(lambda: republished(queue))
    assert queued(valkey) == [("accounts.tasks.drain_outbox", 1)]


def republished(queue):
    try:
        return queue.publish([(1, "outbox")])
    except QueueDown:  # the broker's binding went too: the next call makes it again
        return 0


def test_a_redis_that_is_down_raises_and_is_used_again_when_it_is_back(valkey, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        back = settings.REDIS_URL
        settings.REDIS_URL = f"redis://127.0.0.1:{nobody.getsockname()[1]}/9"
        queue = queue_at(settings.REDIS_URL)
        with pytest.raises(QueueDown):
            queue.publish([(1, "outbox")])
        settings.REDIS_URL = queue.app.conf.broker_url = back
        with pytest.raises(QueueDown):  # the failed one had opened the next connection already
            queue.publish([(1, "outbox")])
        assert queue.publish([(1, "outbox")]) == 1
    queue.close()


def test_a_redis_that_hangs_is_given_up(valkey, settings):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/9"
        queue = queue_at(settings.REDIS_URL)
        with pytest.raises(QueueDown):
            queue.publish([(1, "outbox")])
        queue.close()


@pytest.mark.django_db(transaction=True)
def test_a_running_dispatcher_hears_of_work(cast, now, run, valkey):
    run()
    leave_work(cast.northwind, now)
    assert eventually(lambda: queued(valkey)) == [("accounts.tasks.drain_outbox", cast.northwind.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_running_dispatcher_outlives_its_connection(cast, now, run, valkey):
    run()
    assert eventually(end_listeners) >= 1
    leave_work(cast.globex, now)
    assert eventually(lambda: queued(valkey)) == [("accounts.tasks.drain_outbox", cast.globex.pk)]


def end_listeners():
    """Cut the connections that listen, as a restart of PostgreSQL does; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user "
            "AND query LIKE '%tenants_with_work%'"
        )
        return cursor.fetchone()[0]


def status():
    out = StringIO()
    call_command("outbox_status", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_status_counts_all_tenants(northwind, now):
    assert status() == {"pending": 0, "oldest_age": None, "dead": 0, "dirty": 0}
    accounts.enqueue(kind="good", ref={}, dedupe_key="a", at=now)
    with tenant_scope(northwind.globex.pk):
        accounts.enqueue(kind="good", ref={}, dedupe_key="a", at=now + dt.timedelta(seconds=5))
        accounts.enqueue(kind="good", ref={}, dedupe_key="b", at=now)
        Outbox.objects.filter(dedupe_key="b").update(dead_at=now)
        for _ in range(2):
            DirtyMark.objects.create(account_id=northwind.alice.member_id, marked_at=now)
    found = status()
    assert (found["pending"], found["dead"], found["dirty"]) == (3, 1, 1)
    assert found["oldest_age"] > 0
