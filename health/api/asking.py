"""What a request asks for in its address: moments, accounts and members."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.request import Request

from accounts import selectors as directory
from accounts.api.base import Invalid
from accounts.services.items import Fault
from health import selectors

# Nobody means an earlier moment, and windows reach back from it.
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


def read_moment(request: Request, name: str, *, latest: dt.datetime) -> dt.datetime | None:
    """The moment under this name, or None. Raises Invalid for nonsense, for one without a zone, before 1900, or in the
    future."""
    given = request.query_params.get(name)
    if given is None:
        return None
    moment = _parsed(given.replace(" ", "+"))
    if moment is None:
        raise Invalid(Fault(f"?{name}", "invalid", "A time with its zone, such as 2026-11-02T12:00:00Z."))
    if moment < EARLIEST:
        raise Invalid(Fault(f"?{name}", "out_of_range", "From 1900 on."))
    if moment > latest:
        raise Invalid(Fault(f"?{name}", "future", "Lies in the future."))
    return moment


def read_day(request: Request, name: str) -> dt.date | None:
    """The day under this name, or None. Raises Invalid for nonsense."""
    given = request.query_params.get(name)
    if not given:
        return None
    try:
        day = parse_date(given)
    except ValueError:
        day = None
    if day is None:
        raise Invalid(Fault(f"?{name}", "invalid", "A date such as 2026-11-02."))
    return day


def _parsed(text: str) -> dt.datetime | None:
    try:
        moment, day = parse_datetime(text), parse_date(text)
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
        return dt.datetime.combine(day, dt.time(), dt.UTC) if day is not None and moment is None else None
    except (ValueError, OverflowError):
        return None


def require_account(account_id: UUID) -> UUID:
    """The id itself if the tenant has this account. Raises Http404."""
    if not selectors.account_known(account_id):
        raise Http404
    return account_id


def read_member(request: Request, name: str) -> UUID | None:
    """The member whose e-mail stands under this name, or None. Raises Invalid for nobody's."""
    email = request.query_params.get(name)
    if not email:
        return None
    found = directory.find_members(emails=[email]).get(email.lower())
    if found is None:
        raise Invalid(Fault(f"?{name}", "missing", "There is no member with this e-mail."))
    return found


def named_account(body: dict[str, Any]) -> UUID | None:
    """The account that is meant, None where neither of its names has a value. Raises Invalid."""
    id, key = body.get("account"), body.get("account_external_id")
    if id is None and key is None:
        return None
    found = directory.find_accounts(ids=[id] if id else [], external_ids=[key] if key else [])
    meant = {
        one.id for one in (found.by_id.get(id) if id else None, found.by_external_id.get(key or "")) if one
    }
    if (id and id not in found.by_id) or (key and key not in found.by_external_id):
        name = "account" if id and id not in found.by_id else "account_external_id"
        raise Invalid(Fault(f"/{name}", "missing", "There is no such object."))
    if len(meant) > 1:
        raise Invalid(Fault("/account_external_id", "mismatch", "Another object than account."))
    return meant.pop()
