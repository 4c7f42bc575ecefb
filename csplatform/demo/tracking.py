"""What a product's tracking library sends to the demo: a workspace that nobody has given to its account yet, and a call
that is refused, so that the Connect page has something to say."""

import datetime as dt
from typing import Any

import msgspec

from accounts.models import Actor
from csplatform.demo.shapes import Company
from health import services as health
from health.services.tracking.messages import Message

LIBRARY = {"library": {"name": "analytics-python", "version": "2.4.0"}}
FEATURES = ("report_exported", "dashboard_shared", "alert_muted")


def send_tracking(*, companies: list[Company], actor: Actor, at: dt.datetime) -> None:
    """One batch of the day, of a workspace that belongs to one of the companies. Needs the tenant's scope."""
    messages = msgspec.convert(day_of_messages(companies[12 % len(companies)], at), list[Message])
    numbered = list(enumerate(messages))
    health.take_messages(
        messages=numbered,
        refusals=(),
        sent_at=at.isoformat(),
        source="analytics-python 2.4.0",
        actor=actor,
        at=at,
    )


def day_of_messages(company: Company, at: dt.datetime) -> list[dict[str, Any]]:
    """Group, identify, tracks, and a track that forgot its event; a day sent twice is deduplicated by the service."""
    group = {
        "groupId": "workspace-4711",
        "traits": {"name": company.name, "plan": "team", "region": "eu-central"},
    }
    user = {"userId": "8841", "traits": {"email": "first.user@workspace.example"}}
    calls: list[dict[str, Any]] = [
        {"type": "group", **group, "userId": "8841"},
        {"type": "identify", **user},
        *({"type": "track", "event": feature, "userId": "8841"} for feature in FEATURES),
        {"type": "track", "userId": "8842"},
    ]
    return [
        {
            "messageId": f"tracked:{at.date()}:{number}",
            "timestamp": (at - dt.timedelta(minutes=9 - number)).isoformat(),
            "context": LIBRARY,
            **call,
        }
        for number, call in enumerate(calls)
    ]
