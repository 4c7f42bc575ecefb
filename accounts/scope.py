"""The scope of one tenant, the errors that defend it, and who reads in it.

Stands apart from ``tenancy`` because the database backend imports it while models load: no models here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

_current: ContextVar[int | None] = ContextVar("tenant", default=None)


class NoTenant(Exception):
    """A tenant's rows were asked for outside a tenant scope, or outside a transaction."""


class OtherTenant(Exception):
    """A row of one tenant was about to be written in the scope of another."""


def current_tenant_or_none() -> int | None:
    """The id of the tenant whose scope is open, or None."""
    return _current.get()


def current_tenant() -> int:
    """The id of the tenant whose scope is open. Raises NoTenant outside a scope."""
    tenant = _current.get()
    if tenant is None:
        raise NoTenant("no tenant scope is open")
    return tenant


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Open the scope of one tenant for this thread of work, and restore the former one on exit.

    Inside an open transaction the setting that row level security reads is sent at once; otherwise the
    backend sends it after the next BEGIN.
    """
    token = _current.set(tenant_id)
    try:
        if connection.in_atomic_block:
            connection.send_tenant()  # type: ignore[attr-defined]
        yield
    finally:
        _current.reset(token)
        if connection.in_atomic_block and not connection.needs_rollback and _usable():
            connection.send_tenant()  # type: ignore[attr-defined]


def _usable() -> bool:
    """False when the connection is gone or its transaction is aborted: the rollback restores the setting."""
    raw = connection.connection
    return raw is not None and raw.info.transaction_status != TRANSACTION_STATUS_INERROR


@dataclass(frozen=True)
class Reader:
    """For whom something is read, and what they may not see: ratings by others of ``people``, at ``accounts``. Whoever
    is asked for a blind second rating waits so until they have given it; the platform itself sees everything."""

    member_id: UUID | None = None
    people: frozenset[UUID] = frozenset()
    accounts: frozenset[UUID] = frozenset()


_reader: ContextVar[Reader] = ContextVar("reader", default=Reader())  # noqa: B039 (frozen)


def reader() -> Reader:
    """For whom this thread of work reads."""
    return _reader.get()


@contextmanager
def reader_scope(who: Reader) -> Iterator[None]:
    """Read for one member, and restore the former reader on exit."""
    token = _reader.set(who)
    try:
        yield
    finally:
        _reader.reset(token)
