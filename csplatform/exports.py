"""Kinds of file whose rows stand on several floors: the people of a segment, for those who write to them.

Low behaviour asks for education, low emotion for trust. Who left, was erased or has no e-mail is not among them.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Account, Persona
from accounts.selectors.exports import Export

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
LOW = {
    "forgetful_fan": ("low behaviour", "education"),
    "captive": ("low emotion", "trust"),
    "disengaged": ("low behaviour and low emotion", "education and trust"),
}
QUADRANT = "account__scores__quadrant"


def _of_quadrant(place: int) -> Case:
    """One of the two words of LOW for the account's quadrant; nothing where neither side is low."""
    return Case(
        *(When(**{QUADRANT: quadrant}, then=Value(words[place])) for quadrant, words in LOW.items()),
        default=Value(""),
    )


def _people(asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Those at live accounts whom somebody may write to on the day of the file."""
    there = Q(left_on=None) | Q(left_on__gt=dt.date.fromisoformat(asked["today"]))
    found = Persona.objects.filter(
        there,
        deleted_at=None,
        merged_into=None,
        email__gt="",
        account__deleted_at=None,
        account__status__in=LIVE,
    )
    return found if asked["accounts"] is None else found.filter(account_id__in=asked["accounts"])


SEGMENT = Export(
    {
        **{name: F(name) for name in ("name", "email", "role", "title", "language")},
        "account_external_id": F("account__external_id"),
        "account_name": F("account__name"),
        "quadrant": Coalesce(F(QUADRANT), Value("unplaced")),
        "why": _of_quadrant(0),
        "message": _of_quadrant(1),
    },
    _people,
    of_accounts=True,
    for_leaders=True,
)
