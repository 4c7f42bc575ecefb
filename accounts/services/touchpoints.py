"""The tenant's list of touchpoints: where on the way a customer meets us, from the first contact on.

A tenant starts with a list of our own; the first write or page that needs the list makes it.
"""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Actor, Touchpoint
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin

KEY = re.compile(r"[a-z0-9_]{1,50}")
DEFAULT_TOUCHPOINTS = {
    "first_contact": "First contact",
    "pre_sales": "Evaluation before the sale",
    "procurement": "Procurement and contract",
    "handover": "Handover from sales",
    "onboarding": "Onboarding",
    "training": "Training",
    "adoption": "Adoption and barriers to it",
    "support": "Support and response",
    "review": "Business review",
    "billing": "Billing",
    "renewal": "Renewal",
    "expansion": "Expansion",
    "community": "Community and events",
    "leaving": "Leaving us",
}


class TouchpointRefused(ValueError):
    """A touchpoint's key or label is wrong; ``field`` says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def ensure_touchpoints() -> list[Touchpoint]:
    """The tenant's touchpoints in order, made from the defaults where the tenant has none yet."""
    found = list(Touchpoint.objects.order_by("position", "key"))
    if found:
        return found
    Touchpoint.objects.bulk_create(
        [
            Touchpoint(key=key, label=label, position=position)
            for position, (key, label) in enumerate(DEFAULT_TOUCHPOINTS.items(), start=1)
        ],
        ignore_conflicts=True,
    )
    return list(Touchpoint.objects.order_by("position", "key"))


@transaction.atomic
def save_touchpoint(
    *,
    key: str,
    label: str | None = None,
    position: int | None = None,
    active: bool | None = None,
    actor: Actor | None,
    at: datetime,
) -> tuple[Touchpoint, bool]:
    """Add a touchpoint or change the one with this key; None leaves a value as it is. Returns it and whether it is new.

    Admins only. Raises TouchpointRefused.
    """
    require_admin(actor=actor)
    if label is not None and not 1 <= len(label.strip()) <= 100:
        raise TouchpointRefused("label", "A label has 1 to 100 characters.")
    ensure_touchpoints()
    touchpoint = Touchpoint.objects.select_for_update().filter(key=key).first()
    before = _shown(touchpoint) if touchpoint else None
    touchpoint = touchpoint or _new(key, label)
    touchpoint.label = touchpoint.label if label is None else label.strip()
    touchpoint.position = touchpoint.position if position is None else position
    touchpoint.active = touchpoint.active if active is None else active
    after = _shown(touchpoint)
    if before == after:
        return touchpoint, False
    touchpoint.save()
    verb = "touchpoint.updated" if before else "touchpoint.created"
    change = NewActivity(verb=verb, object_id=touchpoint.pk, data={"before": before, "after": after})
    record_activity(activity=change, actor=actor, at=at)
    return touchpoint, before is None


def _new(key: str, label: str | None) -> Touchpoint:
    if KEY.fullmatch(key) is None:
        raise TouchpointRefused("key", "A key has 1 to 50 lower-case letters, digits and underscores.")
    if label is None:
        raise TouchpointRefused("label", "A new touchpoint needs a label.")
    last = Touchpoint.objects.aggregate(last=Max("position"))["last"] or 0
    return Touchpoint(key=key, label=label, position=last + 1)


def _shown(touchpoint: Touchpoint) -> dict[str, Any]:
    return {name: getattr(touchpoint, name) for name in ("key", "label", "position", "active")}
