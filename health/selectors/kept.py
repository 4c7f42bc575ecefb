"""The portfolio that a worker summed last, and whether it still is what a request would sum.

Every transaction that writes what a portfolio reads leaves a BookWrite with its COMMIT. A stored portfolio is shown
only while there is none, and only until time alone changes one of its numbers: so it is never stale, and equal to
what ``portfolio`` computes. Its id names the state of the book; what is made of it may be kept under that name.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.core.cache import caches

from accounts.scope import current_tenant, reader
from health.selectors.book import FACTS, PortfolioFilter
from health.selectors.cases import read_zones, rows
from health.selectors.losses import YEAR
from health.selectors.matrix import STALE
from health.selectors.portfolio import portfolio
from health.selectors.trends import DUE, Weeks

WRITTEN = 500  # accounts that are written into JSON at once
LARGEST = 4_000_000  # bytes of one answer that a process keeps in its memory

Made = TypeVar("Made")

VERSION = """SELECT k.id FROM health_tenantkpi k
WHERE k.tenant_id = %(tenant)s AND k.made_at <= %(at)s AND k.good_until > %(at)s
    AND NOT EXISTS (SELECT 1 FROM health_bookwrite w WHERE w.tenant_id = %(tenant)s)"""


def book_version(*, at: dt.datetime) -> UUID | None:
    """The name of the book's state at ``at`` (now), None while nobody has summed it. One query."""
    found = rows(VERSION, {"at": at})
    return found[0][0] if found else None


def kept(name: str, *, version: UUID | None, vary: object, make: Callable[[], Made]) -> Made:
    """What ``make`` makes of this state of the book, made once in this process; without a version made anew.

    ``vary`` is all else that it depends on; its repr becomes part of the key, as the tenant does, and the accounts of
    which the reader may not know everything yet.
    """
    if version is None:
        return make()
    digest = sha256(repr((vary, sorted(map(str, reader().accounts)))).encode()).hexdigest()
    key = f"{current_tenant()}:{version}:{name}:{digest}"
    found: Made | None = caches["book"].get(key)
    if found is None:
        found = make()
        if not isinstance(found, bytes) or len(found) <= LARGEST:
            caches["book"].set(key, found)
    return found


def portfolio_json(chosen: PortfolioFilter, *, at: dt.datetime) -> bytes:
    """The portfolio from the stored scores, with ``at`` as now, as JSON."""
    version = book_version(at=at)

    def make() -> bytes:
        whole = chosen == PortfolioFilter() and not reader().accounts
        stored = _stored_body(version) if whole else None
        return stored or portfolio_body(chosen, at=at)

    body = kept("portfolio", version=version, vary=chosen, make=make)
    return b"".join((b'{"at":', msgspec.json.encode(at), b",", memoryview(body)[1:]))


def portfolio_body(chosen: PortfolioFilter, *, at: dt.datetime) -> bytes:
    """The computed portfolio as JSON without its moment."""
    return b"".join(_written(chosen, at, each=bytes))


def packed_portfolio(*, at: dt.datetime) -> bytes:
    """The computed portfolio of the whole book as it is stored, packed while it is written: the JSON of tens of
    thousands of accounts is never there as a whole."""
    packer = zlib.compressobj(1)
    parts = _written(PortfolioFilter(), at, each=packer.compress)
    return b"".join([*parts, packer.flush()])


def _written(chosen: PortfolioFilter, at: dt.datetime, *, each: Callable[[bytes], bytes]) -> list[bytes]:
    """The computed portfolio as JSON without its moment, its accounts first, in parts that have gone through ``each``."""
    parts = [each(b'{"accounts":[')]

    def write(points: Iterable[dict[str, Any]]) -> None:
        rest, between = iter(points), b""
        while many := list(itertools.islice(rest, WRITTEN)):
            parts.append(each(between + msgspec.json.encode(many)[1:-1]))
            between = b","

    found = portfolio(chosen, at=at, listed=write)
    del found["at"], found["accounts"]
    parts.append(each(b"]," + msgspec.json.encode(found)[1:]))
    return parts


def _stored_body(version: UUID | None) -> bytes | None:
    found = rows(
        "SELECT body FROM health_tenantkpi WHERE tenant_id = %(tenant)s AND id = %(version)s",
        {"version": version},
    )
    return zlib.decompress(found[0][0]) if found else None


def kept_weeks(version: UUID) -> Weeks | None:
    """The money by band of the last weeks in this state of the whole book, as ``money_by_week`` gives it."""
    found = rows(
        "SELECT weeks FROM health_tenantkpi WHERE tenant_id = %(tenant)s AND id = %(version)s",
        {"version": version},
    )
    return msgspec.json.decode(found[0][0], type=Weeks) if found else None


# When time alone changes a number of the book: a rating becomes stale or is due again, a fact is a year old, or
# something that is known already comes into force.
CHANGES = """SELECT least(
    (SELECT least(min(r.rated_at) + %(stale)s, min(r.rated_at) FILTER (WHERE r.rated_at >= %(at)s - %(due)s) + %(due)s)
        FROM health_score s CROSS JOIN LATERAL unnest(s.people_rated_at) AS r (rated_at)
        WHERE s.tenant_id = %(tenant)s AND r.rated_at >= %(at)s - %(stale)s),
    (SELECT min(effective_at) + %(year)s FROM accounts_accountfact
        WHERE tenant_id = %(tenant)s AND key = ANY(%(facts)s) AND effective_at > %(at)s - %(year)s),
    (SELECT min(moment) FROM (
        SELECT greatest(effective_at, recorded_at) FROM accounts_accountfact
            WHERE tenant_id = %(tenant)s AND key = ANY(%(facts)s) AND greatest(effective_at, recorded_at) > %(at)s
        UNION ALL
        SELECT greatest(effective_at, recorded_at) FROM accounts_tenantfact
            WHERE tenant_id = %(tenant)s AND greatest(effective_at, recorded_at) > %(at)s
        UNION ALL
        SELECT m FROM accounts_step CROSS JOIN LATERAL unnest(ARRAY[created_at, deleted_at, done_at]) AS m
            WHERE tenant_id = %(tenant)s AND m > %(at)s
        UNION ALL
        SELECT recorded_at FROM accounts_outcome WHERE tenant_id = %(tenant)s AND recorded_at > %(at)s
        UNION ALL
        SELECT at FROM accounts_touch WHERE tenant_id = %(tenant)s AND at > %(at)s
        UNION ALL
        SELECT m FROM accounts_case CROSS JOIN LATERAL unnest(ARRAY[opened_at, created_at]) AS m
            WHERE tenant_id = %(tenant)s AND m > %(at)s
    ) later (moment)),
    %(midnight)s)"""


def good_until(at: dt.datetime) -> dt.datetime:
    """The first moment after ``at`` from which the portfolio, or who is to be rated, may differ although nobody wrote."""
    zones = read_zones()
    tomorrow = zones.day(at) + dt.timedelta(days=1)
    params: dict[str, Any] = {
        "at": at,
        "stale": STALE,
        "due": DUE,
        "year": YEAR,
        "facts": list(FACTS),
        "midnight": dt.datetime.combine(tomorrow, dt.time(), zones.at(at)),
    }
    found: dt.datetime = rows(CHANGES, params)[0][0]
    return found
