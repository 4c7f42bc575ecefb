"""The tracking API: a product's tracking library points here unchanged.

The key stands in Basic auth or in the body, so this door opens the tenant's scope itself. What can be read is answered
with 200 after COMMIT, and says which messages were not taken and why; errors are JSON as the libraries read it.
"""

import base64
import binascii
import logging
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

import msgspec
from django.conf import settings
from django.db import DataError, Error, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts import access
from accounts.api.base.problems import sql_state
from accounts.models import Actor, Scope
from accounts.scope import tenant_scope
from health import services as health
from health.api.envelopes import MAX_BODY, Unreadable, open_envelope, read_messages, unpack
from health.services.arrivals import Receipt
from health.services.tracking.messages import Message

log = logging.getLogger(__name__)
slots = BoundedSemaphore(settings.TRACKING_SLOTS)
PATIENCE = 2.0  # seconds that a request waits for a slot: far more than one takes
RETRY_AFTER = 1


class Denied(Exception):
    """No key, a key that is not known, or one that may not send."""

    def __init__(self, detail: str, status: int = 401) -> None:
        super().__init__(detail)
        self.status = status


View = Callable[..., HttpResponse]


def from_anywhere(view: View) -> View:
    """Let browsers send from any page: the key in the request counts, no cookie does."""

    def open_view(request: HttpRequest, call: str) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "POST"
            response["Access-Control-Allow-Headers"] = request.headers.get(
                "Access-Control-Request-Headers", "*"
            )
            response["Access-Control-Max-Age"] = "86400"
        elif request.method == "POST":
            response = view(request, call)
        else:
            response = refusal(405, "method", "Send a POST.")
            response["Allow"] = "OPTIONS, POST"
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return csrf_exempt(transaction.non_atomic_requests(open_view))


@from_anywhere
def track(request: HttpRequest, call: str) -> HttpResponse:
    """Take one message, or a batch of them. A slot is taken only once the body is here: slow senders hold none."""
    body = request.read(MAX_BODY + 1)
    if not slots.acquire(timeout=PATIENCE):
        response = refusal(429, "busy", "Too many requests at once. Try again in a second.")
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    try:
        receipt = take(request, body, call)
    except Unreadable as error:
        return refusal(error.status, "unreadable", str(error))
    except Denied as error:
        return refusal(error.status, "denied", str(error))
    except DataError as error:
        log.warning("A message could not be stored", exc_info=error)
        return refusal(400, "unreadable", "A value in the body cannot be stored.")
    except Error as error:
        log.warning("The database did not answer (%s)", sql_state(error), exc_info=error)
        response = refusal(503, "unavailable", "The service is busy. Try again.")
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    finally:
        slots.release()
    return answer(200, {"success": True, "rejected": receipt.rejected})


def take(request: HttpRequest, body: bytes, call: str) -> Receipt:
    """Find the tenant by the key in the header or in the body, and make the one call below. Raises Unreadable, Denied."""
    at = timezone.now()
    header = request.headers.get("Authorization", "")
    actor = holder(name_in(header)) if header else None
    try:
        text = unpack(body)
        envelope = open_envelope(text)
        if actor is None:
            actor = holder(envelope.write_key if isinstance(envelope.write_key, str) else "")
        messages, refusals = read_messages(text, envelope, call)
    except Unreadable as error:
        if actor is not None:
            with tenant_scope(actor.tenant_id), transaction.atomic():
                health.note_unreadable(detail=str(error), source=client_of(request), actor=actor, at=at)
        raise
    with tenant_scope(actor.tenant_id), transaction.atomic():
        return health.take_messages(
            messages=messages,
            refusals=refusals,
            sent_at=envelope.sent_at,
            source=source_of(messages) or client_of(request),
            actor=actor,
            at=at,
        )


def holder(key: str) -> Actor:
    """Who holds this key. Raises Denied unless it may send."""
    actor = access.holder_of_key(key.strip())
    if actor is None:
        raise Denied("The write key is missing or not known: use an ingest key as user name of Basic auth.")
    if not access.holds(actor.scopes, Scope.INGEST):
        raise Denied("This key may not send: make one that may send usage.", 403)
    return actor


def name_in(header: str) -> str:
    """The user name of Basic auth, or nothing."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def source_of(messages: list[tuple[int, Message]]) -> str:
    """The library and its version, as its messages say."""
    context = messages[0][1].context if messages else None
    library = context.library if context else None
    if library is None or not isinstance(library.name, str):
        return ""
    return f"{library.name} {library.version or ''}".strip()


def client_of(request: HttpRequest) -> str:
    """The client, as its header says."""
    return request.headers.get("User-Agent", "") or "unknown"


def refusal(status: int, code: str, message: str) -> HttpResponse:
    """An error as the libraries read it."""
    response = answer(status, {"success": False, "code": code, "message": message})
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="csplatform"'
    return response


def answer(status: int, body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json")
