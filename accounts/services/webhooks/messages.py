"""What a delivery says: made anew for each attempt from the line of the activity log, set-based.

Nothing of it is stored, so that a person who was erased is not sent again.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import Account, Activity, Persona, Tenant, WebhookDelivery
from accounts.scope import current_tenant


def bodies_of(rows: Sequence[WebhookDelivery]) -> dict[UUID, bytes]:
    """The JSON of each of these deliveries, by its id, in four queries."""
    lines = {
        line.pk: line
        for line in Activity.objects.filter(
            pk__in=[row.activity_id for row in rows if row.activity_id]
        ).select_related("actor__user")
    }
    accounts = Account.objects.in_bulk({line.account_id for line in lines.values() if line.account_id})
    personas = Persona.objects.in_bulk({line.persona_id for line in lines.values() if line.persona_id})
    slug = Tenant.objects.get(pk=current_tenant()).slug
    root = f"{settings.PUBLIC_URL}/t/{slug}"
    found = {}
    for row in rows:
        line = lines.get(row.activity_id) if row.activity_id else None
        data = _test(root) if line is None else _told(line, accounts, personas, root)
        moment = row.created_at if line is None else line.at
        message = {"type": row.event, "timestamp": _text(moment), "data": data}
        found[row.pk] = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return found


def _test(root: str) -> dict[str, Any]:
    return {"message": "A test from csplatform.", "url": f"{root}/settings/webhooks"}


def _told(
    line: Activity, accounts: dict[UUID, Account], personas: dict[UUID, Persona], root: str
) -> dict[str, Any]:
    """The line of the log, with the names that a receiver would else have to ask for."""
    account = accounts.get(line.account_id) if line.account_id else None
    persona = personas.get(line.persona_id) if line.persona_id else None
    return {
        "activity": str(line.pk),
        "object": {"type": line.object_type, "id": str(line.object_id) if line.object_id else None},
        "account": _named(account, f"{root}/accounts/") if account else None,
        "persona": _named(persona, f"{root}/personas/") if persona else None,
        "actor": line.actor.user.email if line.actor else None,
        "change": line.data,
    }


def _named(row: Account | Persona, address: str) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "external_id": row.external_id,
        "name": row.name,
        "url": f"{address}{row.pk}",
    }


def _text(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")
