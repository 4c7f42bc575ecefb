"""The tenant's list of drivers: the coded reasons behind a sentiment.

A tenant starts with a list of our own; the first write or page that needs the list makes them.
"""

import re
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from accounts import services as accounts
from accounts.models import Actor
from accounts.scope import current_tenant
from accounts.selectors import planned
from relationships.models import Driver

KEY = re.compile(r"[a-z0-9_]{1,50}")
DEFAULT_DRIVERS = {
    "value": "Value they get",
    "product_fit": "Fit of the product",
    "missing_feature": "Missing feature",
    "quality": "Quality and reliability",
    "usability": "Ease of use",
    "support": "Support",
    "onboarding": "Onboarding",
    "communication": "Communication with us",
    "price": "Price and contract",
    "change": "Change on their side",
    "other": "Something else",
}


class DriverRefused(ValueError):
    """A driver's key or label is wrong; ``field`` says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def ensure_drivers() -> list[Driver]:
    """The tenant's drivers in order, made from the defaults where the tenant has none yet."""
    if drivers := _drivers():
        return drivers
    Driver.objects.bulk_create(
        [
            Driver(key=key, label=label, position=position)
            for position, (key, label) in enumerate(DEFAULT_DRIVERS.items(), start=1)
        ],
        ignore_conflicts=True,
    )
    return _drivers()


COLUMNS = [field.attname for field in Driver._meta.concrete_fields]
DRIVERS = f"""SELECT {", ".join(COLUMNS)} FROM relationships_driver WHERE tenant_id = %(tenant)s
ORDER BY position, key"""


def _drivers() -> list[Driver]:
    with connection.cursor() as cursor:
        cursor.execute(planned(DRIVERS), {"tenant": current_tenant()})
        return [Driver.from_db(connection.alias, COLUMNS, row) for row in cursor.fetchall()]


@transaction.atomic
def save_driver(
    *,
    key: str,
    label: str | None = None,
    position: int | None = None,
    active: bool | None = None,
    actor: Actor | None,
    at: datetime,
) -> tuple[Driver, bool]:
    """Add a driver or change the one with this key; None leaves a value as it is. Returns it and whether it is new.

    Admins only. A driver that ratings name is switched off, never removed. Raises DriverRefused.
    """
    accounts.require_admin(actor=actor)
    if label is not None and not 1 <= len(label.strip()) <= 100:
        raise DriverRefused("label", "A label has 1 to 100 characters.")
    ensure_drivers()
    driver = Driver.objects.select_for_update().filter(key=key).first()
    created = driver is None
    if driver is None:
        if KEY.fullmatch(key) is None:
            raise DriverRefused("key", "A key has 1 to 50 lower-case letters, digits and underscores.")
        if label is None:
            raise DriverRefused("label", "A new driver needs a label.")
        last = Driver.objects.aggregate(last=Max("position"))["last"] or 0
        driver = Driver(key=key, label=label, position=last + 1)
    before = shown(driver) if not created else None
    driver.label = driver.label if label is None else label.strip()
    driver.position = driver.position if position is None else position
    driver.active = driver.active if active is None else active
    if before == shown(driver):
        return driver, False
    driver.save()
    change = accounts.NewActivity(
        verb="driver.created" if created else "driver.updated",
        object_id=driver.pk,
        data={"before": before, "after": shown(driver)},
    )
    accounts.record_activity(activity=change, actor=actor, at=at)
    return driver, created


def shown(driver: Driver) -> dict[str, Any]:
    return {
        "key": driver.key,
        "label": driver.label,
        "position": driver.position,
        "active": driver.active,
    }
