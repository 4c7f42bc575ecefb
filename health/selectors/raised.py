"""Red flags raised by hand: all of them, with who took which down and why."""

import datetime as dt

from django.db.models import F, Q

from accounts.tenancy import TenantQuerySet
from health.models import RaisedFlag


def raised_flags() -> TenantQuerySet:
    """Every flag that was raised by hand, each with ``cleared_at``, ``cleared_by`` (an e-mail) and ``cleared_word``, which
    are null while nobody has cleared it."""
    rows: TenantQuerySet = (
        RaisedFlag.objects.filter(account__deleted_at=None)
        .select_related("author__user")
        .annotate(
            cleared_at=F("clearings__recorded_at"),
            cleared_by=F("clearings__author__user__email"),
            cleared_word=F("clearings__word"),
        )
    )
    return rows


def flag_is_up(*, at: dt.datetime) -> Q:
    """The condition on ``raised_flags`` that a flag is neither cleared nor at its end."""
    return Q(cleared_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
