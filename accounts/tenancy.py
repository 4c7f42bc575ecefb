"""What makes a row belong to a tenant: the model base, its manager, and the month that partitions a table.

The manager is one of four walls (door, manager, row level security, composite keys); each holds alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from accounts.scope import NoTenant, OtherTenant, current_tenant


class CurrentTenant(models.Expression):
    """The current tenant, read when the SQL is compiled, so that a stored queryset cannot carry a tenant over."""

    output_field = models.IntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        tenant = current_tenant()
        if not connection.in_atomic_block:
            # Row level security alone would answer no rows in silence.
            raise NoTenant("a tenant's rows are read inside a transaction only")
        return "%s", [tenant]


class TenantQuerySet(models.QuerySet):
    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        for obj in objs:
            obj.stamp()
        return super().bulk_create(objs, *args, **kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> TenantQuerySet:
        return super().get_queryset().filter(tenant_id=CurrentTenant())


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    ``objects`` sees the current tenant's rows only and raises NoTenant without one; ``unscoped`` drops that wall
    alone (row level security still holds).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "accounts.Tenant", models.CASCADE, editable=False, related_name="+", db_index=False
    )

    objects: ClassVar[TenantManager] = TenantManager()
    unscoped: ClassVar[models.Manager] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def stamp(self) -> None:
        """Put the current tenant on this row. Raises OtherTenant if it already carries another."""
        tenant = current_tenant()
        if self.tenant_id is None:
            self.tenant_id = tenant
        if self.tenant_id != tenant:
            raise OtherTenant(f"{self._meta.label} of tenant {self.tenant_id} in the scope of {tenant}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.stamp()
        super().save(*args, **kwargs)

    def validate_constraints(self, exclude: set[str] | None = None) -> None:
        """Forms exclude the tenant, and with it every per-tenant unique constraint; stamp it so they are checked."""
        self.stamp()
        super().validate_constraints(exclude=(exclude or set()) - {"tenant"})


class MonthTimeField(models.DateTimeField):
    """The moment that partitions its table by month (UTC); part of the primary key."""

    partitions = True


class MonthDayField(models.DateField):
    """The day that partitions its table by month; part of the primary key."""

    partitions = True
