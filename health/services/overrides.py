"""A person's word on the band: it stands beside the computed value and replaces the band shown while it lasts."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor
from health.models import Band, Override
from health.services.scoring import rescore

LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOverride:
    """The band to show, why, and until when."""

    band: str
    reason: str
    expires_at: dt.datetime


class BadOverride(ValueError):
    """An override without a band, a reason, or an end that is near enough; ``field`` names which."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


@transaction.atomic
def set_override(
    *, account: Account, override: NewOverride, actor: Actor | None, at: dt.datetime
) -> Override:
    """Show this band until it expires, and score the account. Raises BadOverride or NotYours."""
    accounts.require_write(actor=actor, account_ids=[account.pk])
    if override.band not in Band.values:
        raise BadOverride("band", "must be one of " + ", ".join(Band.values))
    if not override.reason.strip():
        raise BadOverride("reason", "must say why")
    if not at < override.expires_at <= at + LONGEST:
        raise BadOverride("expires_at", "must lie in the future, a year ahead at most")
    made: Override = Override.objects.create(
        account=account,
        band=override.band,
        reason=override.reason.strip(),
        expires_at=override.expires_at,
        author_id=actor.member_id if actor else None,
        recorded_at=at,
    )
    accounts.enqueue(
        kind="rescore_accounts",
        ref={"accounts": [str(account.pk)]},
        dedupe_key=f"override {made.pk}",
        at=override.expires_at,
    )
    _log(
        "override.set", made.pk, account, actor, at, {"band": made.band, "expires_at": _text(made.expires_at)}
    )
    return made


@transaction.atomic
def clear_override(*, account: Account, actor: Actor | None, at: dt.datetime) -> bool:
    """Take the override in force away, and score the account; False if there was none. Raises NotYours."""
    accounts.require_write(actor=actor, account_ids=[account.pk])
    last = (
        Override.objects.filter(account=account, recorded_at__lte=at).order_by("-recorded_at", "-pk").first()
    )
    if last is None or not last.band or (last.expires_at is not None and last.expires_at <= at):
        return False
    author = actor.member_id if actor else None
    made = Override.objects.create(account=account, author_id=author, recorded_at=at)
    _log("override.cleared", made.pk, account, actor, at, None)
    return True


def _log(
    verb: str,
    override_id: UUID,
    account: Account,
    actor: Actor | None,
    at: dt.datetime,
    after: dict[str, str] | None,
) -> None:
    rescore(account_ids=[account.pk], at=at)
    activity = accounts.NewActivity(
        verb=verb, object_id=override_id, account_id=account.pk, data={"after": after}
    )
    accounts.record_activity(activity=activity, actor=actor, at=at)


def _text(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else ""
