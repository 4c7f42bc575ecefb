"""The threads of a web process: the warmest works first, all work when there is work for all."""

from threading import Barrier, Event, current_thread

import pytest

from csplatform.gunicorn_worker import WarmestFirst


@pytest.fixture
def threads():
    pool = WarmestFirst(4)
    yield pool
    pool.shutdown(wait=False)


def who():
    return current_thread().name


def test_one_request_after_the_other_is_answered_by_the_same_thread(threads):
    found = set()
    for _ in range(20):
        while len(threads._idle) < 4:
            pass  # a thread is idle again an instant after its answer is known
        found.add(threads.submit(who).result(timeout=10))
    assert len(found) == 1


def test_requests_at_once_are_answered_by_all_threads(threads):
    together = Barrier(4)

    def meet():
        together.wait(timeout=10)
        return who()

    found = [threads.submit(meet) for _ in range(4)]
    assert len({one.result(timeout=10) for one in found}) == 4


def test_what_no_thread_is_free_for_waits_in_its_order():
    thread, go, done = WarmestFirst(1), Event(), []
    thread.submit(go.wait, 10)
    waiting = [thread.submit(done.append, number) for number in range(20)]
    go.set()
    for one in waiting:
        one.result(timeout=10)
    thread.shutdown(wait=False)
    assert done == list(range(20))


def test_an_error_is_told_and_the_thread_works_on(threads):
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 / 0).result(timeout=10)
    together = Barrier(4)
    four = [threads.submit(together.wait, 10) for _ in range(4)]
    assert sorted(one.result(timeout=10) for one in four) == [0, 1, 2, 3]


def test_after_the_end_nothing_more_is_taken_and_what_waits_is_done(threads):
    go = Event()
    last = [threads.submit(go.wait, 10) for _ in range(6)]
    threads.shutdown(wait=False)
    with pytest.raises(RuntimeError):
        threads.submit(who)
    go.set()
    assert all(one.result(timeout=10) for one in last)
