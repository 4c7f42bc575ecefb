"""Every error is one shape: RFC 9457 problem+json with the pointers of what was wrong and the request's id."""

import logging
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.api.strict import Unstorable
from accounts.services.items import GONE, TAKEN, Fault, Refused
from accounts.services.rows import broken_constraint

log = logging.getLogger(__name__)

# How a fault of a single write is answered; every other code is 400.
STATUS_OF_CODE = {
    "taken": 409,
    "occupied": 409,
    "forbidden": 403,
    "busy": 409,
    "written": 409,
    "not_ready": 409,
    "nothing_to_undo": 409,
}


PROBLEM_TYPE = "application/problem+json"


class Invalid(exceptions.ValidationError):
    """A request refused with faults already pointed at."""

    def __init__(self, *faults: Fault, status: int = 400) -> None:
        super().__init__("invalid")
        self.faults = faults
        self.status_code = status


class StaleVersion(exceptions.APIException):
    status_code = 412
    default_detail = "The object has changed since the version named in If-Match."
    default_code = "stale"


class Conflict(exceptions.APIException):
    status_code = 409
    default_detail = "The request conflicts with another one."
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    status_code = 422
    default_detail = "This Idempotency-Key was used with another request."
    default_code = "idempotency_key_reused"


class Unavailable(exceptions.APIException):
    status_code = 503
    default_detail = "The service is busy. Try again."
    default_code = "unavailable"


def problem(exc: Exception, context: dict[str, Any]) -> Response:
    """The answer to an exception. In a view its transaction is rolled back; unexpected ones are logged, answer 500."""
    if context.get("view") is not None:
        set_rollback()
    request = context.get("request")
    known = _known(exc)
    if known is None:
        log.error("Unexpected error in the JSON door", exc_info=exc)
        got_request_exception.send(sender=problem, request=request)
        known = exceptions.APIException("Something went wrong on our side.")
    headers = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header
    if getattr(known, "wait", None):
        headers["Retry-After"] = str(int(known.wait))  # type: ignore[attr-defined]
    if isinstance(known, Unavailable):
        headers["Retry-After"] = "1"
    body = describe(known, request_id=getattr(getattr(request, "_request", request), "request_id", ""))
    return Response(body, status=known.status_code, headers=headers, content_type=PROBLEM_TYPE)


def describe(exc: exceptions.APIException, *, request_id: str) -> dict[str, Any]:
    """The problem document of an exception."""
    faults = list(_faults(exc))
    code = getattr(exc, "default_code", "error")
    if isinstance(exc, exceptions.ValidationError):
        code = "invalid"
        detail = "; ".join(_said(fault) for fault in faults[:3]) or "The request is not valid."
    else:
        detail = str(exc.detail)
    return {
        "type": f"/api/v1/docs#{code}",
        "title": HTTPStatus(exc.status_code).phrase,
        "status": exc.status_code,
        "detail": detail,
        "errors": [shown(fault) for fault in faults],
        "request_id": request_id,
    }


def shown(fault: Fault) -> dict[str, str]:
    """A fault as it stands in an answer."""
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}


def flatten(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """The faults in the nested detail of a serializer's ValidationError."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            step = "" if key == "non_field_errors" else f"/{str(key).replace('~', '~0').replace('/', '~1')}"
            yield from flatten(inner, pointer + step)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list | tuple)
            yield from flatten(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Fault(pointer, getattr(detail, "code", "invalid"), str(detail))


def status_of(faults: Sequence[Fault]) -> int:
    """The HTTP status of a single write refused for these faults."""
    return next((STATUS_OF_CODE[fault.code] for fault in faults if fault.code in STATUS_OF_CODE), 400)


def sql_state(error: Exception) -> str:
    """PostgreSQL's code of a database error, or an empty string."""
    return getattr(error.__cause__, "pgcode", None) or ""


def _known(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Refused) and GONE in exc.faults:
        return exceptions.NotFound()
    if isinstance(exc, Refused):
        return Invalid(*exc.faults, status=status_of(exc.faults))
    if isinstance(exc, Http404 | ObjectDoesNotExist):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, SuspiciousOperation | BadRequest):
        return exceptions.ParseError(str(exc) or None)
    if isinstance(exc, IntegrityError):
        return _broken_constraint(broken_constraint(exc))
    if isinstance(exc, DataError):
        return exceptions.ValidationError("A value is out of range.")
    if isinstance(exc, OperationalError | InterfaceError):
        log.warning("The database did not answer", exc_info=exc)
        return Unavailable()
    return None


def _broken_constraint(name: str) -> exceptions.APIException:
    if name.endswith("_external_id"):
        return Invalid(TAKEN, status=409)
    return Invalid(
        Fault("", name or "conflict", f"This breaks the rule {name or 'of the table'}."), status=409
    )


def _faults(exc: exceptions.APIException) -> Iterator[Fault]:
    if isinstance(exc, Invalid | Unstorable):
        yield from exc.faults
    elif isinstance(exc, exceptions.ValidationError):
        yield from flatten(exc.detail)


def _said(fault: Fault) -> str:
    name = re.sub(r"^/", "", fault.pointer)
    return f"{name}: {fault.detail}" if name else fault.detail
