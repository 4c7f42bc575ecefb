"""The connection: sends the current tenant with every transaction, keeps plans, and can act as the owner for migrations."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID, SafeUUID

from django.db.backends.postgresql import base
from psycopg2.extensions import new_array_type, new_type, register_type

from accounts.scope import current_tenant_or_none
from csplatform.postgres.creation import DatabaseCreation
from csplatform.postgres.features import DatabaseFeatures
from csplatform.postgres.operations import DatabaseOperations
from csplatform.postgres.schema import DatabaseSchemaEditor

UUID_TYPE, UUIDS_TYPE = (2950,), (2951,)  # of PostgreSQL
_new, _put = object.__new__, object.__setattr__


def uuid_of(text: str | None, cursor: Any = None) -> UUID | None:
    """A UUID from what PostgreSQL sends, which is always the canonical text: three times as fast as UUID(text), which
    checks and strips it first. A page over a whole book reads 200,000 of them."""
    if text is None:
        return None
    found = _new(UUID)
    _put(found, "int", int(text.replace("-", ""), 16))
    _put(found, "is_safe", SafeUUID.unknown)
    return found


_uuid = new_type(UUID_TYPE, "UUID", uuid_of)
register_type(_uuid)
register_type(new_array_type(UUIDS_TYPE, "UUID[]", _uuid))


MOST_PLANS = 200  # that one connection keeps
PARAMETER = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=200)
def _numbered(sql: str) -> tuple[str, str]:
    """A statement with $1, $2, ... for its named parameters, and those in that order, as EXECUTE wants them."""
    names = list(dict.fromkeys(PARAMETER.findall(sql)))
    text = sql % {name: f"${number}" for number, name in enumerate(names, 1)}
    return text, ", ".join(f"%({name})s" for name in names)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation
    # Of which of the driver's connections, and by statement its name there.
    _plans: tuple[Any, dict[str, str]] = (None, {})

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit:
            self.send_tenant()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self.send_tenant()  # a setting made after the savepoint went with it

    def send_tenant(self) -> None:
        """Tell PostgreSQL the current tenant, until the end of this transaction."""
        tenant = current_tenant_or_none()
        with self.connection.cursor() as cursor:  # the driver's cursor: neither counted nor logged
            cursor.execute(
                "SELECT set_config('app.tenant_id', %s, true)", ["" if tenant is None else str(tenant)]
            )

    def planned(self, sql: str) -> str:
        """What runs ``sql``, with the same named parameters, by a plan that this connection keeps: planned once, and not
        once per call, which for a statement over every month or of many joins takes longer than to run it.

        For statements of fixed text that name few rows: the plan knows no value. Parameters have the type of their
        place, so they stand where it is plain or with a cast.
        """
        self.ensure_connection()
        raw, kept = self._plans
        if raw is not self.connection:
            self._plans = raw, kept = self.connection, {}
        if sql not in kept and len(kept) >= MOST_PLANS:
            return sql
        text, given = _numbered(sql)
        if sql not in kept:
            name = f"kept_{len(kept)}"
            with self.connection.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {text}")
            kept[sql] = name
        return f"SET LOCAL plan_cache_mode = force_generic_plan; EXECUTE {kept[sql]} ({given})"

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Reconnect as the owner of the schema, for migrations and for the life of a test database."""
        settings: dict[str, Any] = self.settings_dict
        if not settings.get("OWNER_URL"):
            raise RuntimeError(
                "OWNER_DATABASE_URL is not set: the application role may not change the schema"
            )
        owner = urlsplit(settings["OWNER_URL"])
        app = settings["USER"], settings["PASSWORD"]
        self.close()
        settings["USER"], settings["PASSWORD"] = owner.username, unquote(owner.password or "")
        try:
            yield
        finally:
            self.close()
            settings["USER"], settings["PASSWORD"] = app
