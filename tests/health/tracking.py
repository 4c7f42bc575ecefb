"""A product's tracking library in a few lines, for the tests of the tracking API."""

import base64
import datetime as dt
import gzip
import itertools
import json
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts import services as accounts

_number = itertools.count(1)


def message(kind: str, **fields: Any) -> dict[str, Any]:
    """A message as the libraries write it: by u1 unless it says otherwise, an hour ago."""
    given = {
        "type": kind,
        "messageId": f"m{next(_number)}",
        "userId": "u1",
        "timestamp": (timezone.now() - dt.timedelta(hours=1)).isoformat(),
    }
    if kind == "track":
        given["event"] = "plan"
    return {name: value for name, value in (given | fields).items() if value is not ...}


class Library:
    """Sends with one key."""

    def __init__(self, key: str) -> None:
        self.client = Client()
        self.key = key

    def post(self, path: str, body: Any, *, basic: str | None = ..., **headers: str) -> Any:
        """POST a body, JSON unless it is bytes; ``basic`` is the user name of Basic auth (None: no header)."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        user = self.key if basic is ... else basic
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:".encode()).decode()
        content_type = headers.pop("content_type", "application/json")
        return self.client.generic("POST", path, data, content_type=content_type, headers=headers)

    def batch(self, *messages: dict[str, Any], **more: Any) -> Any:
        return self.post("/v1/batch", {"batch": list(messages), **more})

    def zipped(self, *messages: dict[str, Any]) -> Any:
        body = gzip.compress(json.dumps({"batch": list(messages)}).encode())
        return self.post("/v1/batch", body, **{"Content-Encoding": "gzip"})


def work() -> None:
    """Do all the work that waits."""
    while claims := accounts.claim_work(at=timezone.now()):
        accounts.do_work(claims=claims, at=timezone.now())
