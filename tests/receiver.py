"""A real receiver of webhooks on the loopback interface, that answers as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 30  # seconds that a test waits for what must come


class Request:
    """What came: the headers in lower case, and the body."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver(ThreadingHTTPServer):
    """Keeps every whole request in ``came``; ``answer`` writes to the handler, by default 204 with nothing else."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), Handler)
        self.came: list[Request] = []
        self.arrived = threading.Condition()
        self.let_go = threading.Event()  # set at the end: handlers that hang wait for it
        self.answer: Callable[[Any], None] = lambda handler: handler.say(204)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host}:{port}/in"

    def wait_for(self, count: int) -> list[Request]:
        """The requests, as soon as there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.came) >= count, PATIENCE), f"{len(self.came)} came"
            return list(self.came)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The sender hangs up where a test wants it to."""


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:  # the sender was killed while it spoke: nobody could act on half a request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.arrived:
            self.server.came.append(Request(self.path, headers, body))
            self.server.arrived.notify_all()
        self.server.answer(self)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang(self) -> None:
        """Say nothing until the test ends."""
        self.server.let_go.wait(PATIENCE)

    def log_message(self, *args: Any) -> None:
        """Nothing on the screen."""


@contextmanager
def receiving(receiver: Receiver | None = None) -> Iterator[Receiver]:
    """A receiver for the time of the block."""
    receiver = receiver or Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join(PATIENCE)
