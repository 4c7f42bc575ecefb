"""The worker that gunicorn runs: threads of which the one that has just worked works next.

gunicorn's own pool hands requests round: each person at the keyboard would be answered by another thread every time, with
another connection, whose plans and caches the processor has long forgotten. Under load all threads work, as there.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class WarmestFirst(Executor):
    """So many threads, started at once; work goes to the idle one that was last to work, else waits in its order."""

    def __init__(self, threads: int) -> None:
        self._lock = Lock()
        self._idle: list[SimpleQueue[Callable[[], None] | None]] = []
        self._waiting: deque[Callable[[], None]] = deque()
        self._ended = False
        for number in range(threads):
            Thread(target=self._serve, name=f"web-{number}", daemon=True).start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn`` with these arguments on a thread. Raises RuntimeError after shutdown."""
        future: Future[Any] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)

        with self._lock:
            if self._ended:
                raise RuntimeError("the threads have ended")
            if self._idle:
                self._idle.pop().put(work)
            else:
                self._waiting.append(work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; idle threads end now, the others with what they do. gunicorn waits for none of them."""
        with self._lock:
            self._ended = True
            for mine in self._idle:
                mine.put(None)

    def _serve(self) -> None:
        mine: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        while work := self._next(mine):
            work()

    def _next(self, mine: "SimpleQueue[Callable[[], None] | None]") -> Callable[[], None] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                return None
            self._idle.append(mine)
        return mine.get()


class Worker(ThreadWorker):  # type: ignore[misc]
    def get_thread_pool(self) -> WarmestFirst:
        return WarmestFirst(self.cfg.threads)
