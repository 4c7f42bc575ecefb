"""Shares: a link to one account's page for its customer, made by whoever may write the account, opened without a login.

The token names its tenant, as a key's prefix names a key, so that no wall is opened to look for it: the row is found in
that tenant's scope by the digest of the whole token, or not at all. A link that is unknown, has expired, was revoked, or
whose account is gone is answered alike, after the same statement.
"""

import re
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateField, DateTimeField, F, Func, Value
from django.db.models.functions import Cast

from accounts.models import Account, Actor, Share, digest
from accounts.services.items import Fault, Refused
from accounts.services.log import NewActivity, record_activities, record_activity
from accounts.services.rights import require_write

USUAL = timedelta(days=90)
LONGEST = timedelta(days=365)
LONGEST_TITLE, LONGEST_GREETING = 200, 2_000
MOST = 20  # working links of one account
TOKEN = re.compile(r"([1-9][0-9]{0,8})-[A-Za-z0-9_-]{43}")
NOBODY = 0  # no tenant has this id


class ShareGone(LookupError):
    """No page stands behind this token."""


@transaction.atomic
def make_share(
    *,
    account_id: UUID,
    title: str = "",
    greeting: str = "",
    expires_on: date | None = None,
    actor: Actor,
    today: date,
    at: datetime,
) -> tuple[Share, str]:
    """A new link to what the customer of an account is shown, and its token, which is never shown again.

    It works through ``expires_on``: 90 days from today unless said, a year at most. Raises Account.DoesNotExist,
    NotYours, Refused.
    """
    account = Account.objects.select_for_update().get(pk=account_id, deleted_at=None)
    require_write(actor=actor, account_ids=[account_id])
    title, greeting, expires_on = title.strip(), greeting.strip(), expires_on or today + USUAL
    _refuse(account_id, title, greeting, expires_on, today)
    token = f"{actor.tenant_id}-{secrets.token_urlsafe(32)}"
    share: Share = Share.objects.create(
        account=account,
        token_digest=digest(token),
        title=title,
        greeting=greeting,
        expires_on=expires_on,
        created_by_id=actor.member_id,
        created_at=at,
    )
    after = {"title": title, "expires_on": expires_on.isoformat()}
    line = NewActivity("share.created", share.pk, account_id, data={"after": after})
    record_activity(activity=line, actor=actor, at=at)
    return share, token


def _refuse(account_id: UUID, title: str, greeting: str, expires_on: date, today: date) -> None:
    faults = []
    if len(title) > LONGEST_TITLE:
        faults.append(Fault("/title", "max_length", f"At most {LONGEST_TITLE} characters."))
    if len(greeting) > LONGEST_GREETING:
        faults.append(Fault("/greeting", "max_length", f"At most {LONGEST_GREETING:,} characters."))
    if not today <= expires_on <= today + LONGEST:
        faults.append(Fault("/expires_on", "invalid", "From today on, a year ahead at most."))
    working = Share.objects.filter(account_id=account_id, revoked_at=None, expires_on__gte=today)
    if not faults and working.count() >= MOST:
        faults.append(Fault("", "too_many", f"{MOST} links of this account work already. Revoke one first."))
    if faults:
        raise Refused(faults)


@transaction.atomic
def revoke_share(*, account_id: UUID, share_id: UUID, actor: Actor, at: datetime) -> Share:
    """End a link for ever, at once; one that is revoked stays as it is. Raises Share.DoesNotExist, NotYours."""
    share: Share = (
        Share.objects.select_for_update(of=("self",))
        .select_related("created_by__user")
        .get(pk=share_id, account_id=account_id, account__deleted_at=None)
    )
    require_write(actor=actor, account_ids=[account_id])
    if share.revoked_at is None:
        share.revoked_at = at
        share.save(update_fields=["revoked_at"])
        line = NewActivity("share.revoked", share.pk, account_id, data={"before": {"title": share.title}})
        record_activity(activity=line, actor=actor, at=at)
    return share


def close_shares(*, account_ids: Collection[UUID], actor: Actor | None, at: datetime) -> None:
    """Revoke every link of accounts that end: whoever takes an account back makes new ones."""
    links = list(
        Share.objects.select_for_update().filter(account_id__in=account_ids, revoked_at=None).order_by("pk")
    )
    if not links:
        return
    Share.objects.filter(pk__in=[link.pk for link in links]).update(revoked_at=at)
    lines = [
        NewActivity("share.revoked", link.pk, link.account_id, data={"before": {"title": link.title}})
        for link in links
    ]
    record_activities(activities=lines, actor=actor, at=at)


def share_url(token: str) -> str:
    """The link that a customer opens."""
    return f"{settings.PUBLIC_URL}/shared/{token}"


def tenant_of_share(token: str) -> int:
    """The tenant in whose scope alone a token may be found; nobody's for what is no token. It is a claim, not a right:
    what it names must hold the digest of the very same token."""
    found = TOKEN.fullmatch(token)
    return int(found.group(1)) if found else NOBODY


def open_share(*, token: str, counted: bool, at: datetime) -> Share:
    """The working link behind a token, with its tenant, its account and the account's owner, in the scope that
    ``tenant_of_share`` names; ``counted`` as opened once more. Raises ShareGone."""
    local = Func(F("tenant__time_zone"), Value(at), function="timezone", output_field=DateTimeField())
    share: Share | None = (
        Share.objects.select_related("tenant", "account__owner__user")
        .filter(
            token_digest=digest(token),
            revoked_at=None,
            expires_on__gte=Cast(local, DateField()),
            account__deleted_at=None,
        )
        .first()
    )
    if share is None:
        raise ShareGone
    if counted:
        Share.objects.filter(pk=share.pk).update(opened=F("opened") + 1, last_opened_at=at)
    return share
