"""Kinds of file whose rows stand on higher floors: ratings, and the people of a segment for those who write to them.

A rating without an external id is named by its own, so that an import knows it again. In a segment low behaviour asks
for education, low emotion for trust; who left, was erased or has no e-mail is not among its people. Whoever waits for a
blind second rating at an account has its people without the reason.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from accounts.models import Account, Persona
from accounts.scope import reader
from accounts.selectors.exports import HOME, PERSON, Export
from relationships import selectors as relationships

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
LOW = {
    "forgetful_fan": ("low behaviour", "education"),
    "captive": ("low emotion", "trust"),
    "disengaged": ("low behaviour and low emotion", "education and trust"),
}


def _of_quadrant(place: int) -> Case:
    """One of the two words of LOW for the account's quadrant; nothing where neither side is low."""
    return Case(
        *(When(told=quadrant, then=Value(words[place])) for quadrant, words in LOW.items()),
        default=Value(""),
    )


def _told() -> Case:
    """The account's quadrant, which sums what was said of its people: nothing where the reader shall not know that yet."""
    return Case(
        When(account_id__in=reader().accounts, then=Value("")),
        default=Coalesce(F("account__scores__quadrant"), Value("unplaced")),
        output_field=TextField(),
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
    chosen = found if asked["accounts"] is None else found.filter(account_id__in=asked["accounts"])
    return chosen.annotate(told=_told())


SEGMENT = Export(
    {
        **{name: F(name) for name in ("name", "email", "role", "title", "language")},
        "account_external_id": F("account__external_id"),
        "account_name": F("account__name"),
        "quadrant": F("told"),
        "why": _of_quadrant(0),
        "message": _of_quadrant(1),
    },
    _people,
    of_accounts=True,
    for_leaders=True,
    of_reader=True,
)


SAID = (
    "strength", "sentiment_brand", "sentiment_product", "sentiment_service", "driver", "note", "signs", "confidence",
    "rated_at",
)  # fmt: skip


def _ratings(_asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Those that stand, and that the reader may see."""
    return relationships.rating_list().filter(
        withdrawn_at=None, persona__deleted_at=None, account__deleted_at=None
    )


RATINGS = Export(
    {
        "external_id": Coalesce(F("external_id"), Cast(F("pk"), TextField()), output_field=TextField()),
        **HOME,
        **PERSON,
        "persona_name": F("persona__name"),
        **{name: F(name) for name in SAID},
        "rated_by_email": F("rated_by__user__email"),
    },
    _ratings,
    of_reader=True,
)
