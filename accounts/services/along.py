"""What was merged into one before comes along when that one is merged itself, and goes back when it is taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, Activity, Persona


def bring_along(
    *, model: type[Account] | type[Persona], id: UUID, into: UUID, at: datetime
) -> dict[str, str]:
    """Let who was merged into ``id`` be merged into ``into`` from now on; since when each had been merged, for the log."""
    along: Any = model._default_manager.filter(merged_into_id=id)
    since = {str(one): gone.isoformat() for one, gone in along.values_list("pk", "deleted_at")}
    along.update(merged_into_id=into, deleted_at=at, updated_at=at)
    return since


def take_back_along(*, model: type[Account] | type[Persona], id: UUID, into: UUID, at: datetime) -> None:
    """Let who came along with ``id`` go back with it, unless they came anew since: by themselves, or along with another."""
    merge = merges(model, [id]).first()
    along: Mapping[str, str] = merge.data.get("along", {}) if merge else {}
    if not along:
        return
    standing: Any = model._default_manager.filter(merged_into_id=into)
    anew = set()
    for one, data in (
        merges(model, standing.values("pk")).filter(at__gt=merge.at).values_list("object_id", "data")
    ):
        came = data.get("along", {})
        anew |= {str(one), *(came if str(id) not in came else ())}
    for one, since in along.items():
        if one not in anew:
            standing.filter(pk=one).update(
                merged_into_id=id, deleted_at=datetime.fromisoformat(since), updated_at=at
            )


def merges(model: type[Account] | type[Persona], ids: Any) -> Any:
    """The lines of the log that tell of merges of these, the newest first."""
    return Activity.objects.filter(verb=f"{model._meta.model_name}.merged", object_id__in=ids).order_by(
        "-at", "-id"
    )
