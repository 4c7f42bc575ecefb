"""Kinds of file whose rows stand on higher floors: ratings, moments, asks of advocates, situations, and the people of a
segment for those who write to them.

In a segment low behaviour asks for education, low emotion for trust; who left, was erased, has no e-mail
or wants no contact is not among its people. Whoever waits for a blind second rating at an account has its people without
the reason.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Account, Persona
from accounts.scope import reader
from accounts.selectors import left_alone_everywhere
from accounts.selectors.exports import HOME, NAMED, PERSON, Export, standing_person
from csplatform.imports import INTENSITIES, VALENCES
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


def _reachable(asked: Mapping[str, Any], wish: Callable[[Q], Q]) -> QuerySet[Any]:
    """Those at live accounts who could be written to on the day of the file, by what they wish: of no contact, or not."""
    today = dt.date.fromisoformat(asked["today"])
    there = Q(left_on=None) | Q(left_on__gt=today)
    found = Persona.objects.filter(
        there,
        wish(left_alone_everywhere(today=today)),
        deleted_at=None,
        merged_into=None,
        email__gt="",
        account__deleted_at=None,
        account__status__in=LIVE,
    )
    return found if asked["accounts"] is None else found.filter(account_id__in=asked["accounts"])


def _people(asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Whom somebody may write to."""
    return _reachable(asked, lambda alone: ~alone).annotate(told=_told())


def _left_alone(asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Who wants no contact."""
    return _reachable(asked, lambda alone: alone)


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
    withheld=_left_alone,
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
        "external_id": NAMED,
        **HOME,
        **PERSON,
        "persona_name": F("persona__name"),
        **{name: F(name) for name in SAID},
        "rated_by_email": F("rated_by__user__email"),
    },
    _ratings,
    of_reader=True,
)


def _live(rows: Callable[[], QuerySet[Any]]) -> Callable[[Mapping[str, Any]], QuerySet[Any]]:
    return lambda _asked: rows().filter(deleted_at=None, account__deleted_at=None)


def _word(name: str, words: Mapping[str, int]) -> Case:
    return Case(*(When(**{name: number}, then=Value(word)) for word, number in words.items()))


OWNER = {"owner_email": F("owner__user__email")}
MOMENTS = Export(
    {
        "external_id": NAMED,
        **HOME,
        **standing_person(),
        "what": F("what"),
        "valence": _word("valence", VALENCES),
        "intensity": _word("intensity", INTENSITIES),
        "happened_at": F("happened_at"),
    },
    _live(relationships.moment_rows),
)
ADVOCATE_ASKS = Export(
    {
        "external_id": NAMED,
        **HOME,
        **standing_person(),
        **{
            name: F(name)
            for name in ("kind", "what", "asked_on", "answer", "answered_on", "done_on", "despite")
        },
        **OWNER,
    },
    _live(relationships.advocate_ask_rows),
)
SITUATIONS = Export(
    {
        "external_id": NAMED,
        **HOME,
        **standing_person(),
        **{name: F(f"{name}__key") for name in ("type", "reason", "remedy")},
        **{name: F(name) for name in ("what", "began_on", "result", "ended_on", "learned")},
        **OWNER,
    },
    _live(relationships.situation_rows),
)
