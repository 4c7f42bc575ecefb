"""The frame of every JSON view: one transaction, one clock, limits, idempotency, the request's id, and problems.

A view runs in one transaction that is rolled back whenever the answer is an error. The request is counted before
it, in a transaction of its own.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import Error, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotFound, ParseError, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts import services
from accounts.api.base.problems import Conflict, Unprocessable, problem, sql_state
from accounts.api.strict import MAX_BYTES, Unstorable, unstorable
from accounts.services import limits, replies
from accounts.services.arriving import RefusedRow, tell_arrival
from accounts.services.items import Fault

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag")
LOCK_TIMEOUT = "55P03"


class Replayed(Exception):
    """This request was answered before; ``response`` is the stored answer."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


class RestView(GenericViewSet):
    """A view of the JSON door: ``self.actor`` and ``self.at`` are set, errors answer as problems.

    ``limited = False`` exempts it from the request limit; ``scope`` names the scope it needs beyond read and write.
    """

    limited = True
    metadata_class = None
    filter_backends: Any = []
    pagination_class = None
    idempotency: str | None = None

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        return transaction.non_atomic_requests(super().as_view(*args, **kwargs))

    @property
    def today(self) -> date:
        """The day it is for the tenant."""
        return self.at.astimezone(ZoneInfo(self.actor.tenant.time_zone)).date()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.at = timezone.now()
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if REQUEST_ID.fullmatch(given) else str(uuid4())  # type: ignore[attr-defined]
        self.use: limits.Use | None = None
        self.afterwards: list[Callable[[], None]] = []  # what is kept even where the request is refused
        try:
            self._count(request)
            response = self._answer(request, *args, **kwargs)
        except Error as error:  # while counting, or at COMMIT
            response = self._render(request, problem(error, {"request": request}))
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if self.use is not None:
            response["RateLimit-Limit"] = str(self.use.limit)
            response["RateLimit-Remaining"] = str(self.use.remaining)
            response["RateLimit-Reset"] = str(self.use.reset)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.actor = request.user
        if self.use is not None and self.use.exceeded:
            if self.use.just_exceeded:
                self.afterwards.append(self._tell_refusals)
            raise Throttled(wait=self.use.reset)
        _refuse_unstorable(request)
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            self._replay(request._request)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON, whatever the client says it accepts."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, Replayed):
            return exc.response
        return super().handle_exception(exc)

    def leave_line(self, request: HttpRequest, response: HttpResponse) -> None:
        """Note what came with a request, if it is one of those that the Connect page shows."""

    def _tell_refusals(self) -> None:
        """Leave a line of the first request of a minute that was one too many; it speaks for those that follow it."""
        assert self.use is not None
        detail = f"More than {self.use.limit} requests in a minute; the rest of that minute is refused."
        tell_arrival(
            source="REST limit",
            kind="request",
            name=f"{self.request.method} {self.basename or ''}".strip(),
            taken=0,
            refused=1,
            rows=[RefusedRow(0, [Fault("", "throttled", detail)])],
            actor=self.actor,
            at=self.at,
        )

    def _count(self, request: HttpRequest) -> None:
        actor = getattr(request, "actor", None)
        if self.limited and actor is not None:
            self.use = services.count_request(actor=actor, at=self.at)

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response.render()
            if response.status_code >= 400:
                transaction.set_rollback(True)
                self.afterwards.append(partial(self.leave_line, request, response))
            else:
                self.leave_line(request, response)
                if self.idempotency is not None:
                    self._store(response)
        for keep in self.afterwards:
            with suppress(Error), transaction.atomic():  # the answer stands, whatever becomes of this
                keep()
        return response

    def _render(self, request: HttpRequest, response: Response) -> Response:
        wrapped = self.initialize_request(request)
        self.headers = self.default_response_headers
        response = self.finalize_response(wrapped, response)
        return response.render()

    def _replay(self, request: HttpRequest) -> None:
        key = request.headers["Idempotency-Key"]
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise ParseError("Idempotency-Key: 1 to 255 visible ASCII characters.")
        body = self.replayed_body(request)
        address = f"{request.method} {request.get_full_path()}\n".encode()
        self.fingerprint = hashlib.sha256(address + body).hexdigest()
        try:
            reply = services.find_reply(actor=self.actor, key=key, fingerprint=self.fingerprint, at=self.at)
        except replies.OtherBody:
            raise Unprocessable from None
        except OperationalError as error:
            if sql_state(error) != LOCK_TIMEOUT:
                raise
            raise Conflict("A request with this Idempotency-Key is still running.") from error
        if reply is not None:
            headers = {**reply.headers, "Idempotent-Replayed": "true"}
            again = HttpResponse(bytes(reply.body), status=reply.status, headers=headers)
            if "Content-Type" not in reply.headers:  # there is no body to say it of
                del again["Content-Type"]
            raise Replayed(again)
        self.idempotency = key

    def replayed_body(self, request: HttpRequest) -> bytes:
        """What tells the body of a request that carries an Idempotency-Key from every other body."""
        return _whole_body(request)

    def _store(self, response: HttpResponse) -> None:
        kept = {name: response[name] for name in (*KEPT_HEADERS, "Content-Type") if name in response}
        services.store_reply(
            actor=self.actor,
            key=self.idempotency or "",
            fingerprint=self.fingerprint,
            status=response.status_code,
            headers=kept,
            body=response.content,
            sealed=getattr(response, "shows_secret", False),
            at=self.at,
        )


def _refuse_unstorable(request: Request) -> None:
    """Refuse an address that names what the database could not keep."""
    try:  # as it came: Django keeps a byte that is no UTF-8 as if it had been escaped
        unquote_to_bytes(request.META.get("RAW_URI", "").encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise ParseError("The address is not UTF-8.") from None
    if unstorable(request._request.path):
        raise ParseError("The address may hold neither NUL nor lone surrogates.")
    for name, values in request.query_params.lists():
        if any(unstorable(part) for part in (name, *values)):
            pointer = "" if unstorable(name) else f"?{name}"
            raise Unstorable(pointer, "unstorable", "an address may hold neither NUL nor lone surrogates.")


def _whole_body(request: HttpRequest) -> bytes:
    """The raw body, kept on the request for the parser to read again."""
    if not hasattr(request, "_body"):
        request._body = request.read(MAX_BYTES + 1)  # type: ignore[attr-defined]
    return bytes(request._body)  # type: ignore[attr-defined]


class Missing(RestView):
    """Every address under /api/v1 that leads nowhere: the same answer as for a missing id."""

    limited = False
    schema: Any = None

    def missing(self, request: Request, **kwargs: Any) -> Response:
        raise NotFound
