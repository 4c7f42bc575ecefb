"""Writes the walls of tenancy into the schema: PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, x_id),
row level security, its policy, and the application's rights. Models stay plain, and ``makemigrations`` native."""

from typing import Any

from django.db.backends.ddl_references import Statement, Table
from django.db.backends.postgresql import schema

from csplatform.postgres.walls import APPEND_ONLY, OUTSIDE_RLS, POLICY


def has_tenant(model: Any) -> bool:
    """Whether rows of this model (real or historical) carry a tenant."""
    return any(field.name == "tenant" for field in model._meta.local_fields)


def under_rls(model: Any) -> bool:
    return has_tenant(model) and model._meta.label_lower not in OUTSIDE_RLS


def month_field(model: Any) -> Any | None:
    """The field that partitions this model's table by month, or None."""
    return next((f for f in model._meta.local_fields if getattr(f, "partitions", False)), None)


def rights(model: Any) -> str:
    return "SELECT, INSERT" if model._meta.label_lower in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    sql_create_column_inline_fk = None  # so that every foreign key goes through _create_fk_sql

    def _iter_column_sql(self, column_db_type: Any, params: Any, model: Any, field: Any, *rest: Any) -> Any:
        for part in super()._iter_column_sql(column_db_type, params, model, field, *rest):
            if not (part == "PRIMARY KEY" and has_tenant(model)):
                yield part

    def table_sql(self, model: Any) -> tuple[str, Any]:
        sql, params = super().table_sql(model)
        if not has_tenant(model):
            return sql, params
        month = month_field(model)
        columns = ["tenant_id", model._meta.pk.column] + ([month.column] if month else [])
        key = ", ".join(self.quote_name(column) for column in columns)
        sql = sql.rstrip()
        if not sql.endswith(")"):
            raise ValueError(f"unexpected CREATE TABLE for {model._meta.label}: {sql}")
        sql = f"{sql[:-1]}, PRIMARY KEY ({key}))"
        if month:
            sql += f" PARTITION BY RANGE ({self.quote_name(month.column)})"
        return sql, params

    def create_model(self, model: Any) -> None:
        super().create_model(model)
        table = self.quote_name(model._meta.db_table)
        role = self.quote_name(self.connection.settings_dict["APP_ROLE"])
        self.execute(f"REVOKE ALL ON {table} FROM {role}")
        self.execute(f"GRANT {rights(model)} ON {table} TO {role}")
        if under_rls(model):
            self.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            self.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            self.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")

    def add_field(self, model: Any, field: Any) -> None:
        if field.name == "tenant":
            raise ValueError(
                f"{model._meta.label}: the tenant belongs into CreateModel, where the walls are built"
            )
        super().add_field(model, field)

    def _field_indexes_sql(self, model: Any, field: Any) -> list[Any]:
        if has_tenant(model) and self._field_should_be_indexed(model, field):
            return [self._create_index_sql(model, fields=[model._meta.get_field("tenant"), field])]
        return super()._field_indexes_sql(model, field)

    def _create_like_index_sql(self, model: Any, field: Any) -> Any:
        """No second index for LIKE over all tenants: a prefix is searched within one."""
        return None if has_tenant(model) else super()._create_like_index_sql(model, field)

    def _create_fk_sql(self, model: Any, field: Any, suffix: str) -> Any:
        target = field.remote_field.model
        if field.name == "tenant" or not (has_tenant(model) and has_tenant(target)):
            return super()._create_fk_sql(model, field, suffix)
        quote = self.quote_name
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (tenant_id, %(column)s) "
            "REFERENCES %(to)s (tenant_id, %(to_column)s) DEFERRABLE INITIALLY IMMEDIATE",
            table=Table(model._meta.db_table, quote),
            name=self._fk_constraint_name(model, field, suffix),
            column=quote(field.column),
            to=Table(target._meta.db_table, quote),
            to_column=quote(field.target_field.column),
        )
