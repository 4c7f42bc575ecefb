"""API keys: made by an admin, shown once, revoked for ever. Only the SHA-256 of a secret is kept."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Actor, ApiKey, Scope, digest
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin


@transaction.atomic
def create_key(*, name: str, scope: str, actor: Actor, at: datetime) -> tuple[ApiKey, str]:
    """A new key of one scope that acts as this member, and its token, which is never shown again.

    Raises NotYours.
    """
    require_admin(actor=actor)
    prefix, secret = secrets.token_hex(5), secrets.token_hex(24)
    key = ApiKey.objects.create(
        tenant=actor.tenant,
        membership=actor.membership,
        name=name,
        prefix=prefix,
        digest=digest(secret),
        scopes=[Scope(scope).value],
        created_at=at,
    )
    record_activity(
        activity=NewActivity(
            verb="key.created", object_id=key.pk, data={"after": {"name": name, "scopes": key.scopes}}
        ),
        actor=actor,
        at=at,
    )
    return key, f"csk_{prefix}_{secret}"


@transaction.atomic
def revoke_key(*, key_id: UUID, actor: Actor, at: datetime) -> ApiKey:
    """End a key at once. Raises NotYours, ApiKey.DoesNotExist."""
    require_admin(actor=actor)
    key = ApiKey.objects.select_for_update().get(tenant_id=actor.tenant_id, pk=key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        record_activity(
            activity=NewActivity(verb="key.revoked", object_id=key.pk, data={"before": {"name": key.name}}),
            actor=actor,
            at=at,
        )
    return key
