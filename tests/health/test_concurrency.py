"""Two scorers at once: each follows the other, and the later sees everything."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction

from accounts.scope import tenant_scope
from health import selectors, services
from health.models import Score
from tests.conftest import NOW, make_cast
from tests.health.builders import DAY, make_account, make_persona, rate


def in_threads(works) -> list[Exception]:
    """Run each work in a thread of its own, all at once; what they raised."""
    raised: list[Exception] = []
    start = threading.Barrier(len(works))

    def run(work) -> None:
        try:
            start.wait(10)
            work()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 3])
def test_two_raters_at_once_are_both_in_the_score(number):
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        books = [make_account(at=NOW - 30 * DAY, name=f"A{n}") for n in range(number)]
        people = {book.pk: [make_persona(book, role, at=NOW - 30 * DAY) for role in ("champion", "economic_buyer")]
                  for book in books}  # fmt: skip
    ids = [book.pk for book in books]

    def rater(person: int, order: list, at: dt.datetime):
        def work() -> None:
            for _ in range(3):
                with tenant_scope(cast.northwind.pk), transaction.atomic():
                    for book in order:
                        rate(people[book][person], at=at, by=cast.alice.member_id, strength="very_good")
                    services.rescore(account_ids=order, at=at)

        return work

    later = NOW + dt.timedelta(seconds=1)
    assert in_threads([rater(0, ids, later), rater(1, ids[::-1], NOW)]) == []
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for book in ids:
            cover = selectors.coverage(book)
            assert (cover["threads"], cover["at"]) == (2, later)
            assert selectors.health(book) == selectors.health(book, at=later)


@pytest.mark.django_db(transaction=True)
def test_drains_and_raters_at_once_leave_nothing_unscored():
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        books = [make_account(at=NOW - 30 * DAY, name=f"A{n}") for n in range(5)]
        people = [make_persona(book, "champion", at=NOW - 30 * DAY) for book in books]

    def mark_and_drain() -> None:
        for _ in range(3):
            with tenant_scope(cast.northwind.pk), transaction.atomic():
                services.mark_dirty(account_ids=[book.pk for book in books], at=NOW)
            with tenant_scope(cast.northwind.pk), transaction.atomic():
                services.drain_dirty(at=NOW)

    def score_one_by_one() -> None:
        for person in people[::-1]:
            with tenant_scope(cast.northwind.pk), transaction.atomic():
                rate(person, at=NOW, by=cast.alice.member_id, strength="okay")
                services.rescore(account_ids=[person.account_id], at=NOW)

    assert in_threads([mark_and_drain, mark_and_drain, score_one_by_one]) == []
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        while services.drain_dirty(at=NOW):
            pass
        assert selectors.dirty_accounts()[0] == 0
        assert Score.objects.filter(coverage__threads=1).count() == 5


def until(condition) -> None:
    """Wait for something that another thread does."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def somebody_waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_a_rating_does_not_wait_for_a_drain_that_computes_and_is_not_overwritten_by_it():
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        books = [make_account(at=NOW - 30 * DAY, name=f"A{n}") for n in range(3)]
        person = make_persona(books[1], "champion", at=NOW - 30 * DAY)
        services.rescore(account_ids=[book.pk for book in books[:2]], at=NOW)
        services.mark_dirty(account_ids=[book.pk for book in books], at=NOW)
    drained, raised = [], []

    def drain() -> None:
        try:
            with tenant_scope(cast.northwind.pk), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '60s'")
                drained.append(services.drain_dirty(at=NOW))
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    drainer = threading.Thread(target=drain)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        with connection.cursor() as cursor:
            # The last table that a computation reads: the drain stands still when it has read nearly all.
            cursor.execute("LOCK TABLE health_scoresnapshot IN ACCESS EXCLUSIVE MODE")
        drainer.start()
        until(lambda: somebody_waits_for("health_scoresnapshot"))
        rate(person, at=NOW, by=cast.alice.member_id, strength="very_good")
        services.rescore(account_ids=[person.account_id], at=NOW)
    drainer.join(60)
    assert (drained, raised) == ([3], [])
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert selectors.coverage(books[1].pk)["threads"] == 1
        assert selectors.dirty_accounts()[0] == 0
        for book in books:
            assert selectors.health(book.pk) == selectors.health(book.pk, at=NOW)
