"""The tenant's list of signs: what can be seen of a person, each leaning to a sentiment.

A tenant starts with a list of our own; the first write or page that needs the list makes them.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import services as accounts
from accounts.models import Actor
from relationships.models import Sentiment, Sign
from relationships.services.drivers import KEY

DEFAULT_SIGNS = {
    "short_answers": ("Answers get shorter", "negative"),
    "slow_replies": ("Takes long to reply", "negative"),
    "missed_meetings": ("Misses or moves meetings", "negative"),
    "camera_off": ("Keeps the camera off", "negative"),
    "lost_patience": ("Lost patience with us", "negative"),
    "price_again": ("Comes back to the price", "negative"),
    "data_export": ("Asks how to get their data out", "negative"),
    "past_us": ("Goes past us to somebody else", "negative"),
    "sends_another": ("Sends somebody else", "neutral"),
    "more_formal": ("More formal than before", "neutral"),
    "asks_ahead": ("Asks what comes next", "positive"),
    "brings_colleagues": ("Brings colleagues along", "positive"),
    "shares_plans": ("Tells us plans early", "positive"),
    "thanks_unasked": ("Thanks us unasked", "positive"),
    "laughs_with_us": ("Takes time to chat", "positive"),
}


class SignRefused(ValueError):
    """A sign's key, label or leaning is wrong; ``field`` says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def ensure_signs() -> list[Sign]:
    """The tenant's signs in order, made from the defaults where the tenant has none yet."""
    signs = list(Sign.objects.order_by("position", "key"))
    if signs:
        return signs
    Sign.objects.bulk_create(
        [
            Sign(key=key, label=label, leans=leans, position=position)
            for position, (key, (label, leans)) in enumerate(DEFAULT_SIGNS.items(), start=1)
        ],
        ignore_conflicts=True,
    )
    return list(Sign.objects.order_by("position", "key"))


@transaction.atomic
def save_sign(
    *,
    key: str,
    label: str | None = None,
    leans: str | None = None,
    position: int | None = None,
    active: bool | None = None,
    actor: Actor | None,
    at: datetime,
) -> tuple[Sign, bool]:
    """Add a sign or change the one with this key; None leaves a value as it is. Returns it and whether it is new.

    Admins only. A sign that ratings name is switched off, never removed; what was observed with it stays as it was.
    Raises SignRefused.
    """
    accounts.require_admin(actor=actor)
    if label is not None and not 1 <= len(label.strip()) <= 100:
        raise SignRefused("label", "A label has 1 to 100 characters.")
    if leans is not None and leans not in Sentiment.values:
        raise SignRefused("leans", f"A sign leans {', '.join(Sentiment.values)}.")
    ensure_signs()
    sign = Sign.objects.select_for_update().filter(key=key).first()
    created = sign is None
    if sign is None:
        sign = _new(key, label, leans)
    before = None if created else shown(sign)
    sign.label = sign.label if label is None else label.strip()
    sign.leans = sign.leans if leans is None else leans
    sign.position = sign.position if position is None else position
    sign.active = sign.active if active is None else active
    if before == shown(sign):
        return sign, False
    sign.save()
    change = accounts.NewActivity(
        verb="sign.created" if created else "sign.updated",
        object_id=sign.pk,
        data={"before": before, "after": shown(sign)},
    )
    accounts.record_activity(activity=change, actor=actor, at=at)
    return sign, created


def _new(key: str, label: str | None, leans: str | None) -> Sign:
    if KEY.fullmatch(key) is None:
        raise SignRefused("key", "A key has 1 to 50 lower-case letters, digits and underscores.")
    if label is None:
        raise SignRefused("label", "A new sign needs a label.")
    if leans is None:
        raise SignRefused("leans", "A new sign needs the sentiment that it leans to.")
    last = Sign.objects.aggregate(last=Max("position"))["last"] or 0
    return Sign(key=key, label=label, leans=leans, position=last + 1)


def shown(sign: Sign) -> dict[str, Any]:
    return {
        "key": sign.key,
        "label": sign.label,
        "leans": sign.leans,
        "position": sign.position,
        "active": sign.active,
    }
