"""The list of features that a tenant sells: what accounts may be entitled to."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Actor, TenantFact
from accounts.selectors.feed import listed_features
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin


def list_features(*, keys: Sequence[str], actor: Actor | None, at: datetime) -> None:
    """Say which feature keys there are; the former list is kept with its date. Admins only."""
    require_admin(actor=actor)
    before, after = listed_features(), sorted(set(keys))
    if before == after:
        return
    TenantFact.objects.create(
        key="features",
        value=after,
        effective_at=at,
        recorded_at=at,
        author_id=actor.member_id if actor else None,
    )
    data = {"before": {"features": before}, "after": {"features": after}}
    record_activity(activity=NewActivity("features.listed", None, data=data), actor=actor, at=at)
