"""Red flags raised by hand: all of them, with who took which down and why."""

import datetime as dt

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.tenancy import TenantQuerySet
from health.models import RaisedFlag


def raised_flags() -> TenantQuerySet:
    """Every flag that was raised by hand, each with ``home``, the account that it stands at (it goes along when its own is
    merged into another), and ``cleared_at``, ``cleared_by`` (an e-mail) and ``cleared_word``, which are null while
    nobody has cleared it."""
    merged = Q(account__merged_into__isnull=False, account__merged_into__deleted_at=None)
    rows: TenantQuerySet = (
        RaisedFlag.objects.filter(Q(account__deleted_at=None) | merged)
        .select_related("author__user")
        .annotate(
            home=Coalesce("account__merged_into_id", "account_id"),
            cleared_at=F("clearings__recorded_at"),
            cleared_by=F("clearings__author__user__email"),
            cleared_word=F("clearings__word"),
        )
    )
    return rows


def flag_is_up(*, at: dt.datetime) -> Q:
    """The condition on ``raised_flags`` that a flag is neither cleared nor at its end."""
    return Q(cleared_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
