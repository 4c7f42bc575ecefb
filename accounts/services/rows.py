"""Many rows of one table with one statement: one document in the place of a parameter for each value, which is several
times faster for thousands of rows. And what a write has to know of rows: their version, what stands above them, which
constraint they broke."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import BinaryField

from accounts.scope import current_tenant

BIG_LOAD = 1000


def upsert_rows(model: Any, rows: Sequence[Any], update: Sequence[str]) -> None:
    """Insert rows, or write these fields of rows that are there, in one statement."""
    if not rows:
        return
    if update:
        model.objects.bulk_create(
            rows, update_conflicts=True, update_fields=sorted(set(update)), unique_fields=["tenant", "id"]
        )
    elif len(rows) > 1 and not any(isinstance(field, BinaryField) for field in model._meta.local_fields):
        insert_rows(model, rows)
    else:
        model.objects.bulk_create(rows)


def insert_rows(model: Any, rows: Sequence[Any]) -> None:
    """Insert rows whose values are of the types that their columns hold."""
    statement, names = _insert(model)
    records = []
    for row in rows:
        row.stamp()
        values = row.__dict__
        records.append({column: values[name] for name, column in names})
    with connection.cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(records, enc_hook=str).decode()])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(model: Any) -> tuple[str, list[tuple[str, str]]]:
    """The statement for a model, and which attribute fills which column."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    types = ", ".join(f"{connection.ops.quote_name(one.column)} {one.db_type(connection)}" for one in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_to_recordset(%s::jsonb) AS g ({types})"
    )
    return statement, [(field.attname, field.column) for field in fields]


def version_of(row: Any) -> str:
    """The version of a row: another one after every write."""
    return f"{int(row.updated_at.timestamp() * 1_000_000):x}"


def plan_for(model: Any, added: int) -> None:
    """After the first big load of a table, let the foreign key checks of what follows know how large it is.

    Their plans would else be those for an empty table: each check a scan. Later loads find it known.
    """
    if added < BIG_LOAD:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT refresh_statistics(ARRAY[c.oid::regclass]) FROM pg_class c "
            "WHERE c.oid = %s::regclass AND c.reltuples < %s",
            [table, added],
        )


def ancestors(model: Any, column: str, ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """The parent of each of these rows and of everything above them, in one query."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE up AS (SELECT id, {column} FROM {table} WHERE tenant_id = %s AND id = ANY(%s::uuid[]) "
            f"UNION SELECT t.id, t.{column} FROM {table} t JOIN up ON t.id = up.{column} WHERE t.tenant_id = %s) "
            "SELECT * FROM up",
            [current_tenant(), list(ids), current_tenant()],
        )
        return dict(cursor.fetchall())


def broken_constraint(error: Exception) -> str:
    """The name of the constraint that an IntegrityError broke, or an empty string."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
