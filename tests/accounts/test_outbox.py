"""The work engine: at least once, alone in its savepoint, dead after five attempts."""

import datetime as dt
import threading
import time

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts import selectors, services
from accounts import services as accounts
from accounts.models import Job, Outbox, TenantFact
from accounts.scope import tenant_scope
from accounts.services.outbox import LEASE, LOST, MAX_ATTEMPTS, STEP
from accounts.tasks import TURN, drain_outbox

HERE = "tests.accounts.test_outbox"
HELD = 20261129  # an advisory lock


def leave_fact(*, ref, at):
    """A handler whose effect is a row."""
    TenantFact.objects.create(key=ref["key"], effective_at=at, recorded_at=at)


def leave_fact_and_fail(*, ref, at):
    leave_fact(ref=ref, at=at)
    raise ValueError("no such luck")


def break_the_transaction(*, ref, at):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def wait_in_vain(*, ref, at):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '20ms'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HELD])


def count_to_total(*, job, at):
    """A job handler: one step adds one."""
    job.done += 1
    job.result = {"counted": job.done}
    return job.done < job.total


@pytest.fixture(autouse=True)
def handlers(settings):
    settings.OUTBOX_HANDLERS = settings.OUTBOX_HANDLERS | {
        "good": f"{HERE}.leave_fact",
        "bad": f"{HERE}.leave_fact_and_fail",
        "broken": f"{HERE}.break_the_transaction",
        "late": f"{HERE}.wait_in_vain",
    }
    settings.JOB_HANDLERS = {"count": f"{HERE}.count_to_total", "bad": f"{HERE}.leave_fact_and_fail"}


def leave(kind, key, at):
    accounts.enqueue(kind=kind, ref={"key": key}, dedupe_key=key, at=at)


def turn(at):
    return accounts.do_work(claims=accounts.claim_work(at=at), at=at)


def keys():
    return sorted(TenantFact.objects.values_list("key", flat=True))


def test_work_is_done_once(northwind, now):
    leave("good", "a", now)
    assert turn(now) == 1
    assert turn(now + dt.timedelta(days=1)) == 0
    assert keys() == ["a"]


def test_work_that_waits_is_not_left_twice(northwind, now):
    leave("good", "a", now)
    leave("good", "a", now)
    assert Outbox.objects.count() == 1


def test_work_left_again_after_it_was_begun_is_done_again(northwind, now):
    leave("good", "a", now)
    claims = accounts.claim_work(at=now)
    leave("good", "a", now)
    accounts.do_work(claims=claims, at=now)
    turn(now)
    assert keys() == ["a", "a"]


def test_work_is_not_done_before_its_time_and_does_not_wait_until_then(northwind, now):
    leave("good", "later", now + dt.timedelta(seconds=1))
    work = selectors.waiting_work(at=now)
    assert (work.pending, work.oldest_at, work.later) == (0, None, 1)
    assert turn(now) == 0
    assert turn(now + dt.timedelta(seconds=1)) == 1


@pytest.mark.parametrize("kind", ["bad", "broken"])
def test_what_fails_takes_nothing_else_down_and_leaves_no_trace(northwind, now, kind):
    leave(kind, "failing", now)
    leave("good", "other", now)
    assert turn(now) == 1
    assert keys() == ["other"]
    failed = Outbox.objects.get(done_at=None)
    assert failed.attempts == 1
    assert failed.available_at > now
    assert "Error" in failed.last_error or "division by zero" in failed.last_error


def test_what_fails_five_times_is_dead_and_an_admin_sees_it(northwind, now):
    leave("bad", "a", now)
    for attempt in range(MAX_ATTEMPTS):
        turn(now + dt.timedelta(hours=attempt))
    dead = selectors.dead_work().get()
    assert dead.attempts == MAX_ATTEMPTS
    assert dead.last_error.endswith("ValueError: no such luck\n")
    assert accounts.claim_work(at=now + dt.timedelta(days=1)) == []
    assert selectors.waiting_work(at=now) == selectors.WaitingWork(pending=0, oldest_at=None, later=0, dead=1)


def test_what_waits_for_another_in_vain_is_tried_until_it_gets_there(northwind, now):
    leave("late", "a", now)
    other = connection.copy()
    with other.cursor() as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [HELD])
        for attempt in range(2 * MAX_ATTEMPTS):
            assert turn(now + dt.timedelta(hours=attempt)) == 0
    other.close()
    assert selectors.waiting_work(at=now + dt.timedelta(days=1)).pending == 1
    assert turn(now + dt.timedelta(days=1)) == 1


def test_a_kind_without_a_handler_dies_too(northwind, now):
    leave("never heard of", "a", now)
    for attempt in range(MAX_ATTEMPTS):
        turn(now + dt.timedelta(hours=attempt))
    assert "KeyError" in selectors.dead_work().get().last_error


def test_a_claim_that_its_worker_lost_is_free_again_after_the_lease(northwind, now):
    leave("good", "a", now)
    assert len(accounts.claim_work(at=now)) == 1
    assert accounts.claim_work(at=now + LEASE / 2) == []
    assert turn(now + LEASE) == 1


def test_a_worker_that_comes_back_after_its_lease_does_not_do_it_again(northwind, now):
    leave("good", "a", now)
    lost = accounts.claim_work(at=now)
    assert turn(now + LEASE) == 1
    assert accounts.do_work(claims=lost, at=now + LEASE) == 0
    leave("good", "b", now)
    lost = accounts.claim_work(at=now + LEASE)
    later = accounts.claim_work(at=now + 2 * LEASE)
    assert accounts.do_work(claims=lost, at=now + 2 * LEASE) == 0
    assert accounts.do_work(claims=later, at=now + 2 * LEASE) == 1
    assert keys() == ["a", "b"]


def test_work_that_kills_its_worker_takes_no_other_down_and_dies(northwind, now):
    leave("good", "killer", now)
    leave("good", "victim", now + dt.timedelta(seconds=1))
    assert len(accounts.claim_work(at=now + dt.timedelta(seconds=1))) == 2
    at = now + dt.timedelta(hours=1)
    assert [claim.attempt for claim in accounts.claim_work(at=at)] == [2]
    assert turn(at) == 1
    for attempt in range(3, MAX_ATTEMPTS + 1):
        at += LEASE
        assert [claim.attempt for claim in accounts.claim_work(at=at)] == [attempt]
    assert accounts.claim_work(at=at + LEASE) == []
    assert selectors.dead_work().get().last_error == LOST


def test_one_step_takes_a_bounded_number_of_rows(northwind, now):
    for number in range(STEP + 1):
        leave("good", str(number), now)
    assert turn(now) == STEP
    assert turn(now) == 1


@pytest.mark.django_db(transaction=True)
def test_one_turn_leaves_the_rest_to_the_next(cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for number in range(TURN + 1):
            leave("good", str(number), now)
    drain_outbox(tenant=cast.northwind.pk)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert 1 <= selectors.waiting_work(at=now).pending <= TURN  # fewer steps on a slow machine
    while still_waiting(cast.northwind, now):
        drain_outbox(tenant=cast.northwind.pk)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert len(keys()) == TURN + 1


def still_waiting(tenant, now):
    with tenant_scope(tenant.pk), transaction.atomic():
        return selectors.waiting_work(at=now).pending


def test_work_of_another_tenant_is_not_claimed(northwind, now):
    leave("good", "north", now)
    with tenant_scope(northwind.globex.pk):
        assert accounts.claim_work(at=now) == []
        assert selectors.waiting_work(at=now).pending == 0
    assert selectors.waiting_work(at=now).pending == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_the_same_row(cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for number in range(40):
            leave("good", str(number), now)
    together = threading.Barrier(3)

    def work():
        try:
            together.wait(10)
            with tenant_scope(cast.northwind.pk):
                while claims := accounts.claim_work(at=now, limit=3):
                    accounts.do_work(claims=claims, at=now)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert keys() == sorted(str(number) for number in range(40))
        assert selectors.waiting_work(at=now).pending == 0


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_came_second_costs_the_first_no_row(cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        leave("good", "a", now)
    with tenant_scope(cast.northwind.pk):
        claims = accounts.claim_work(at=now)
    locked = threading.Event()

    def claim_second():
        try:
            with tenant_scope(cast.northwind.pk), transaction.atomic():
                list(Outbox.objects.select_for_update())  # as a claim whose snapshot is older than the first
                locked.set()
                wait_until_somebody_waits()
        finally:
            connection.close()

    second = threading.Thread(target=claim_second)
    second.start()
    assert locked.wait(10)
    with tenant_scope(cast.northwind.pk):
        assert accounts.do_work(claims=claims, at=now) == 1
    second.join(30)


def wait_until_somebody_waits():
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return


@pytest.mark.django_db(transaction=True)
def test_work_of_a_write_that_failed_is_never_seen(cast, now):
    with tenant_scope(cast.northwind.pk):
        with transaction.atomic():
            leave("good", "a", now)
            transaction.set_rollback(True)
        assert accounts.claim_work(at=now) == []


def test_a_job_goes_step_by_step_and_shows_how_far_it_is(northwind, now):
    job = accounts.start_job(kind="count", params={}, total=2, actor=northwind.alice, at=now)
    turn(now)
    job.refresh_from_db()
    assert (job.state, job.done, job.ended_at) == (Job.State.RUNNING, 1, None)
    turn(now)
    job.refresh_from_db()
    assert (job.state, job.done, job.result, job.ended_at) == (Job.State.DONE, 2, {"counted": 2}, now)
    assert selectors.waiting_work(at=now).pending == 0


def test_a_cancelled_job_does_no_further_step(northwind, now):
    job = accounts.start_job(kind="count", params={}, total=9, actor=northwind.alice, at=now)
    turn(now)
    accounts.cancel_job(job=job, actor=northwind.alice, at=now)
    turn(now)
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.CANCELLED, 1)
    accounts.do_work(claims=accounts.claim_work(at=now), at=now)
    assert not Outbox.objects.filter(kind="run_job", done_at=None).exists()


def test_a_job_is_cancelled_by_its_starter_or_an_admin_only(northwind, now):
    job = accounts.start_job(kind="count", params={}, total=9, actor=northwind.alice, at=now)
    with pytest.raises(services.NotYours):
        accounts.cancel_job(job=job, actor=northwind.lena, at=now)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    accounts.cancel_job(job=job, actor=northwind.adam, at=now)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_a_job_whose_step_fails_for_good_has_failed_and_says_why(northwind, now):
    job = accounts.start_job(kind="bad", params={}, actor=None, at=now)
    for attempt in range(MAX_ATTEMPTS):
        turn(now + dt.timedelta(hours=attempt))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "TypeError" in job.error
    assert settings.JOB_HANDLERS["bad"] not in job.error


def test_partitions_of_the_coming_months_are_made_once(db):
    wanted = list(accounts.months_to_add(on=dt.date(2031, 11, 5)))
    assert {month for _, month in wanted} == {
        dt.date(2031, 11, 1), dt.date(2031, 12, 1), dt.date(2032, 1, 1), dt.date(2032, 2, 1),
    }  # fmt: skip
    table, month = wanted[0]
    assert accounts.add_month(table=table, month=month)
    assert not accounts.add_month(table=table, month=month)


def test_pruning_keeps_what_waits_and_what_is_dead(northwind, now):
    for key in ("done", "waiting"):
        leave("good", key, now)
    Outbox.objects.filter(dedupe_key="done").update(done_at=now)
    leave("good", "dead", now)
    Outbox.objects.filter(dedupe_key="dead").update(dead_at=now)
    accounts.prune_tenant(before=now + dt.timedelta(seconds=1))
    assert sorted(Outbox.objects.values_list("dedupe_key", flat=True)) == ["dead", "waiting"]
