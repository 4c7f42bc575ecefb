"""Compares the walls of tenancy with what the database really holds, and says in plain lines what is broken.

The models and the literal lists of ``walls`` say what should stand; the catalogue says what does. Every check takes
a DB-API cursor (of any role; the sample of orphans needs one that sees all rows), so it can look into a transaction.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from csplatform.postgres import walls
from csplatform.postgres.schema import has_tenant, month_field, rights, under_rls

ALL_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
READ_WRITE = {"SELECT", "INSERT", "UPDATE", "DELETE"}
SEARCH_PATH = "search_path=public, pg_temp"
PLANNING = {"enable_seqscan=off", "enable_indexscan=off"}  # says how to look, never what may be seen
# The first column of an index may be an expression whose every value begins with the tenant.
LED_BY_TENANT = "search_words(tenant_id, "
# A column of this name on a partitioned table has no foreign key; its rows are sampled instead.
PARENTS = {
    "account_id": "accounts_account",
    "persona_id": "accounts_persona",
    "author_id": "accounts_membership",
}
SAMPLE = 20_000

TABLES = """
    SELECT c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, r.rolname, c.reloptions
    FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
POLICIES = """
    SELECT tablename, permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'
"""
KEYS = """
    SELECT c.relname, con.contype, f.relname, con.condeferrable, con.conname,
        (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(con.conkey) WITH ORDINALITY k (num, n)
         JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num),
        (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(con.confkey) WITH ORDINALITY k (num, n)
         JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num),
        con.convalidated
    FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_class f ON f.oid = con.confrelid
    WHERE c.relnamespace = 'public'::regnamespace AND con.contype IN ('p', 'u', 'f') AND NOT c.relispartition
"""
INDEXES = """
    SELECT c.relname, i.relname, coalesce(a.attname::text, pg_get_indexdef(x.indexrelid, 1, true)) FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
"""
GRANTS = """
    SELECT c.relname, p.kind, has_table_privilege(%(role)s, c.oid, p.kind)
        OR CASE WHEN p.kind IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            THEN has_any_column_privilege(%(role)s, c.oid, p.kind) ELSE false END
    FROM pg_class c CROSS JOIN unnest(%(rights)s) AS p (kind)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
FUNCTIONS = """
    SELECT p.proname, p.proconfig, p.prosecdef, r.rolname,
        ARRAY(SELECT coalesce(g.rolname, 'PUBLIC') FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
              LEFT JOIN pg_roles g ON g.oid = a.grantee WHERE a.privilege_type = 'EXECUTE')::text[]
    FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
TRIGGERS = """
    SELECT c.relname, t.tgname || CASE t.tgenabled WHEN 'D' THEN ' (disabled)' ELSE '' END
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT c.relname, w.rulename FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
ROLE = """
    SELECT rolsuper, rolbypassrls, rolcreaterole,
        EXISTS (SELECT FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o'
            AND d.refclassid = 'pg_authid'::regclass),
        has_schema_privilege(r.oid, 'public', 'CREATE'),
        ARRAY(SELECT rolname FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER'))::text[]
    FROM pg_roles r WHERE rolname = %s
"""


def findings(cursor: Any, *, app_role: str) -> list[str]:
    """Every broken wall, as one line each; empty when all stand."""
    checks = (
        role_findings(cursor, app_role),
        table_findings(cursor, app_role),
        policy_findings(cursor),
        key_findings(cursor),
        index_findings(cursor),
        grant_findings(cursor, app_role),
        function_findings(cursor, app_role),
        orphan_findings(cursor),
    )
    return [line for check in checks for line in check]


def boot_findings(cursor: Any, *, app_role: str) -> list[str]:
    """The few checks that a process makes before it serves: the role it runs as, and a policy on every table."""
    cursor.execute("SELECT current_user")
    (current,) = cursor.fetchone()
    lines = [] if current == app_role else [f"role: connected as {current}, not as {app_role}"]
    return [*lines, *role_findings(cursor, current), *policy_findings(cursor)]


def rows(cursor: Any, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(sql, params)
    return list(cursor.fetchall())


def models() -> list[Any]:
    """Every concrete model, many-to-many tables included."""
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def tenant_tables() -> dict[str, Any]:
    """The models whose tables stand under row level security, by table."""
    return {model._meta.db_table: model for model in models() if under_rls(model)}


def role_findings(cursor: Any, role: str) -> Iterator[str]:
    found = rows(cursor, ROLE, [role])
    if not found:
        yield f"role {role}: does not exist"
        return
    superuser, bypasses, creates_roles, owns, creates, member_of = found[0]
    for wrong, what in (
        (superuser, "is a superuser: no policy applies to it"),
        (bypasses, "bypasses row level security"),
        (creates_roles, "may create roles"),
        (owns, "owns objects, and an owner may change the walls"),
        (creates, "may create tables in the schema public"),
    ):
        if wrong:
            yield f"role {role}: {what}"
    for other in member_of if not superuser else []:
        yield f"role {role}: is a member of {other} and may act as it"


def table_findings(cursor: Any, app_role: str) -> Iterator[str]:
    ours = {model._meta.db_table: model for model in models()}
    found = rows(cursor, TABLES)
    for table in sorted(set(ours) - {row[0] for row in found}):
        yield f"table {table}: missing, though a model has it"
    for table, model in ours.items():
        if not has_tenant(model) and not is_shared(model):
            yield f"table {table}: carries no tenant and is not in SHARED_TABLES"
    for table, kind, is_partition, enabled, forced, owner, options in found:
        if owner == app_role:
            yield f"table {table}: owned by {app_role}"
        if kind == "v" and "security_invoker=true" not in (options or []):
            yield f"view {table}: runs with its owner's rights (security_invoker is not set)"
        elif kind in ("m", "f"):
            yield f"table {table}: a materialized view or foreign table stands outside every policy"
        elif kind in ("r", "p"):
            yield from wall_findings(table, ours.get(table), is_partition, enabled, forced)
    yield from trigger_findings(rows(cursor, TRIGGERS))


def trigger_findings(found: list[tuple[Any, ...]]) -> Iterator[str]:
    ours = {(table, walls.TRIGGER) for table in walls.BOOK_TABLES}
    for table, name in sorted(set(found) - ours):
        yield f"table {table}: the trigger or rule {name} is not of our making"
    for table, name in sorted(ours - set(found)):
        yield f"table {table}: the trigger {name} is missing"


def wall_findings(table: str, model: Any, is_partition: bool, enabled: bool, forced: bool) -> Iterator[str]:
    """Row level security on one table; a partition has no model of its own."""
    if is_partition or (model and under_rls(model)):
        if not enabled:
            yield f"table {table}: row level security is not enabled"
        if not forced:
            yield f"table {table}: row level security is not forced"
    elif model is None and table not in {"django_migrations", *walls.SHARED_SQL_TABLES}:
        yield f"table {table}: no model and no list knows it"


def is_shared(model: Any) -> bool:
    """Whether a table without a tenant is listed; a many-to-many table is as shared as the model that makes it."""
    creator = model._meta.auto_created or model
    return creator._meta.label_lower in walls.SHARED_TABLES


def normal(expression: str | None) -> str:
    """A policy's text without what PostgreSQL adds when it prints it."""
    plain = re.sub(r'as "?nullif"?|::text|::integer|::int|[\s()]', "", (expression or "").lower())
    return plain.replace("asnullif", "").replace('as"nullif"', "")


def policy_findings(cursor: Any) -> Iterator[str]:
    policies: dict[str, list[tuple[Any, ...]]] = {}
    for table, *rest in rows(cursor, POLICIES):
        policies.setdefault(table, []).append(tuple(rest))
    partitions = [row[0] for row in rows(cursor, TABLES) if row[2]]
    for table in sorted([*tenant_tables(), *partitions]):
        found = policies.get(table, [])
        if len(found) != 1:
            yield f"table {table}: {len(found)} policies instead of one"
        for permissive, roles, command, using, check in found:
            if (permissive, list(roles), command) != ("PERMISSIVE", ["public"], "ALL"):
                yield f"table {table}: its policy is {permissive} for {command} to {', '.join(roles)}"
            if normal(using) != normal(walls.POLICY):
                yield f"table {table}: its policy reads {using}"
            if check is not None and normal(check) != normal(walls.POLICY):
                yield f"table {table}: its policy checks {check}"


def key_findings(cursor: Any) -> Iterator[str]:
    keys: dict[str, list[tuple[Any, ...]]] = {}
    for table, *rest in rows(cursor, KEYS):
        keys.setdefault(table, []).append(tuple(rest))
    tenant_models = {model._meta.db_table: model for model in models() if has_tenant(model)}
    for table, model in sorted(tenant_models.items()):
        found = keys.get(table, [])
        month = month_field(model)
        wanted = ["tenant_id", model._meta.pk.column, *([month.column] if month else [])]
        if [key[4] for key in found if key[0] == "p"] != [wanted]:
            yield f"table {table}: its primary key is not ({', '.join(wanted)})"
        yield from foreign_key_findings(table, model, [key for key in found if key[0] == "f"], tenant_models)
        for kind, _target, _deferrable, name, columns, *_rest in found:
            if kind == "u" and under_rls(model) and columns[0] != "tenant_id":
                yield f"table {table}: the unique key {name} does not lead with the tenant"


def foreign_key_findings(
    table: str, model: Any, found: list[tuple[Any, ...]], tenant_models: dict[str, Any]
) -> Iterator[str]:
    """Every relation of the model has its key, composite where the other side has a tenant; and no key is plain."""
    for field in model._meta.local_fields:
        if not (field.remote_field and getattr(field, "db_constraint", False)):
            continue
        target = field.remote_field.model._meta
        composite = field.name != "tenant" and target.db_table in tenant_models
        wanted = ["tenant_id", field.column] if composite else [field.column]
        there = ["tenant_id", target.pk.column] if composite else [target.pk.column]
        matches = [key for key in found if key[1] == target.db_table and key[4] == wanted and key[5] == there]
        if not matches:
            yield f"table {table}: no foreign key ({', '.join(wanted)}) to {target.db_table}"
        elif not all(key[6] for key in matches):
            yield f"table {table}: the foreign key on {field.column} was never validated"
    for _kind, target_table, _deferrable, name, columns, *_rest in found:
        if target_table in tenant_models and "tenant_id" not in columns:
            yield f"table {table}: the foreign key {name} ignores the tenant"


def index_findings(cursor: Any) -> Iterator[str]:
    inside = tenant_tables()
    for table, index, first in rows(cursor, INDEXES):
        if table in inside and first != "tenant_id" and not first.startswith(LED_BY_TENANT):
            yield f"table {table}: the index {index} does not lead with the tenant"


def grant_findings(cursor: Any, app_role: str) -> Iterator[str]:
    allowed = {model._meta.db_table: set(rights(model).split(", ")) for model in models()}
    allowed |= dict.fromkeys([*walls.SHARED_SQL_TABLES, "django_migrations"], READ_WRITE)
    for role in (app_role, "public"):
        for table, right, granted in rows(cursor, GRANTS, {"role": role, "rights": list(ALL_RIGHTS)}):
            may = right in allowed.get(table, set()) and role == app_role
            if granted and not may:
                yield f"table {table}: {role} has {right}"


def function_findings(cursor: Any, app_role: str) -> Iterator[str]:
    found = rows(cursor, FUNCTIONS)
    definers = {name for name, _config, definer, *_rest in found if definer}
    for name in sorted(set(walls.DEFINER_FUNCTIONS) - definers):
        yield f"function {name}: listed in DEFINER_FUNCTIONS, but missing"
    for name, config, definer, owner, grantees in found:
        if definer and name not in walls.DEFINER_FUNCTIONS:
            yield f"function {name}: SECURITY DEFINER, but not in DEFINER_FUNCTIONS"
        if definer and set(config or []) - PLANNING != {SEARCH_PATH}:
            yield f"function {name}: its search path is not {SEARCH_PATH.partition('=')[2]}"
        for grantee in sorted(set(grantees) - {app_role, owner}) if definer else []:
            yield f"function {name}: {grantee} may execute it"
        if owner == app_role:
            yield f"function {name}: owned by {app_role}"


def orphan_findings(cursor: Any) -> Iterator[str]:
    """Partitioned tables have no foreign keys; their newest rows must still name parents of their own tenant."""
    for table, model in sorted(tenant_tables().items()):
        month = month_field(model)
        for field in model._meta.local_fields if month else []:
            if parent := PARENTS.get(field.column):
                sample = (
                    f'SELECT tenant_id, "{field.column}" AS parent FROM "{table}" '
                    f'WHERE "{field.column}" IS NOT NULL AND "{month.column}" >= current_date - 62 LIMIT {SAMPLE}'
                )
                missing = rows(
                    cursor,
                    f"SELECT count(*) FROM ({sample}) s WHERE NOT EXISTS "
                    f'(SELECT FROM "{parent}" p WHERE p.tenant_id = s.tenant_id AND p.id = s.parent)',
                )[0][0]
                if missing:
                    yield f"table {table}: {missing} of the newest rows name a {field.column} their tenant does not have"
