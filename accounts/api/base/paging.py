"""Keyset paging: a cursor names the last row seen, so that a list stays stable while others write.

Rows whose value is null come last in either direction. A cursor is opaque to clients; a damaged one is 400.
"""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.db.models import F, Model, Q, QuerySet
from rest_framework.request import Request

from accounts.api.base.problems import Invalid
from accounts.services.items import Fault

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


@dataclass(frozen=True)
class Key:
    """One column of an ordering."""

    name: str
    descending: bool
    nullable: bool

    def order(self, *, reverse: bool) -> Any:
        nulls: dict[str, Any] = {"nulls_first" if reverse else "nulls_last": True} if self.nullable else {}
        column = F(self.name)
        return column.desc(**nulls) if self.descending != reverse else column.asc(**nulls)

    def beyond(self, value: Any, *, reverse: bool) -> Q:
        """Rows strictly after this value in the direction of travel (nulls stand at the end)."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if reverse else Q(pk__in=[])
        after = Q(**{f"{self.name}__{'lt' if self.descending != reverse else 'gt'}": value})
        return after | Q(**{f"{self.name}__isnull": True}) if self.nullable and not reverse else after

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def bound(self, value: Any, *, reverse: bool) -> Q:
        """What ``beyond`` and ``equal`` imply together, in the form that an index serves."""
        if self.nullable or value is None:
            return Q()
        return Q(**{f"{self.name}__{'lte' if self.descending != reverse else 'gte'}": value})


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: beside the row with these values, going back if ``reverse``."""

    ordering: str
    values: list[Any]
    reverse: bool = False
    inclusive: bool = False

    def encode(self) -> str:
        body = json.dumps([self.ordering, self.values, self.reverse, self.inclusive], default=str)
        return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def page(
    request: Request, rows: QuerySet, orderings: Mapping[str, Sequence[str]]
) -> tuple[list[Any], dict[str, Any]]:
    """One page of ``rows``, and its ``next`` and ``previous`` urls.

    ``orderings`` names each ordering that a client may ask for and its columns; the first is the default, and a
    leading minus turns one round. Raises Invalid for a bad ``limit``, ``ordering`` or ``cursor``.
    """
    limit = read_limit(request)
    ordering = request.query_params.get("ordering") or next(iter(orderings))
    keys = _keys(rows.model, ordering, orderings)
    cursor = _cursor(
        request, ordering, keys, lambda key, value: rows.model._meta.get_field(key.name).to_python(value)
    )
    reverse = cursor is not None and cursor.reverse
    if cursor is not None:
        rows = rows.filter(_beyond(keys, cursor))
    found = list(rows.order_by(*(key.order(reverse=reverse) for key in keys))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if reverse:
        found.reverse()
    return found, _links(request, found, keys, ordering, cursor, more)


def page_of_all(
    request: Request, rows: Sequence[Mapping[str, Any]], column: str
) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """As ``page``, for rows that are summed up all at once, in the order of a column of text that no two share.

    Raises Invalid for an unknown parameter, a bad ``limit`` or ``cursor``.
    """
    refuse_unknown(request, ("limit", "cursor"))
    limit, keys = read_limit(request), [Key(column, descending=False, nullable=False)]
    cursor = _cursor(request, column, keys, _text)
    values = [row[column] for row in rows]
    if cursor is None:
        start, end = 0, limit
    elif cursor.reverse:
        end = (bisect_right if cursor.inclusive else bisect_left)(values, cursor.values[0])
        start = max(0, end - limit)
    else:
        start = (bisect_left if cursor.inclusive else bisect_right)(values, cursor.values[0])
        end = start + limit
    found = list(rows[start:end])
    more = start > 0 if cursor is not None and cursor.reverse else end < len(rows)
    return found, _links(request, found, keys, column, cursor, more)


def _text(key: Key, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _links(
    request: Request, found: list[Any], keys: list[Key], ordering: str, cursor: Cursor | None, more: bool
) -> dict[str, Any]:
    return {
        "next": _link(request, _next(found, keys, ordering, cursor, more)),
        "previous": _link(request, _previous(found, keys, ordering, cursor, more)),
    }


def _next(
    found: list[Any], keys: list[Key], ordering: str, cursor: Cursor | None, more: bool
) -> Cursor | None:
    if cursor is not None and cursor.reverse:
        if found:
            return Cursor(ordering, _values(found[-1], keys))
        return Cursor(ordering, cursor.values, inclusive=True)
    return Cursor(ordering, _values(found[-1], keys)) if more else None


def _previous(
    found: list[Any], keys: list[Key], ordering: str, cursor: Cursor | None, more: bool
) -> Cursor | None:
    if cursor is None:
        return None
    if cursor.reverse:
        return Cursor(ordering, _values(found[0], keys), reverse=True) if more else None
    if found:
        return Cursor(ordering, _values(found[0], keys), reverse=True)
    return Cursor(ordering, cursor.values, reverse=True, inclusive=True)


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Raise Invalid for a parameter that this address does not know."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))


def read_limit(request: Request) -> int:
    """How many rows the client wants on a page. Raises Invalid."""
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= MAX_LIMIT and len(text) <= 10):
        raise Invalid(Fault("?limit", "invalid", f"A whole number from 1 to {MAX_LIMIT}."))
    return int(text)


def _keys(model: type[Model], ordering: str, orderings: Mapping[str, Sequence[str]]) -> list[Key]:
    name = ordering.removeprefix("-")
    if name not in orderings:
        known = ", ".join(orderings)
        raise Invalid(
            Fault("?ordering", "invalid_choice", f"One of {known}, with - in front to turn it round.")
        )
    descending = ordering.startswith("-")
    return [Key(column, descending, model._meta.get_field(column).null) for column in orderings[name]]


def _cursor(
    request: Request, ordering: str, keys: list[Key], read: Callable[[Key, Any], Any]
) -> Cursor | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        decoded = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        made_for, values, reverse, inclusive = decoded
        if made_for != ordering or len(values) != len(keys):
            raise ValueError
        values = [read(key, value) for key, value in zip(keys, values, strict=True)]
        if any(isinstance(value, str) and "\x00" in value for value in values) or values[-1] is None:
            raise ValueError
    except (ValueError, TypeError, RecursionError, binascii.Error, UnicodeError, FieldError) as error:
        raise Invalid(Fault("?cursor", "invalid", "Not a cursor of this list and ordering.")) from error
    return Cursor(ordering, values, bool(reverse), bool(inclusive))


def _beyond(keys: list[Key], cursor: Cursor) -> Q:
    """Rows after the cursor: greater in the first column, or equal there and greater in the next, and so on."""
    beyond, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, cursor.values, strict=True):
        beyond |= equal & key.beyond(value, reverse=cursor.reverse)
        equal &= key.equal(value)
    bound = keys[0].bound(cursor.values[0], reverse=cursor.reverse)
    return bound & (beyond | equal if cursor.inclusive else beyond)


def _values(row: Any, keys: list[Key]) -> list[Any]:
    return [row[key.name] if isinstance(row, dict) else getattr(row, key.name) for key in keys]


def _link(request: Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor.encode()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
