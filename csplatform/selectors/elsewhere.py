"""The same person at other accounts, linked by their e-mail or by hand, each rated on their own."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from accounts import selectors as accounts
from accounts.models import Persona
from csplatform.selectors.account import has_left
from relationships import selectors as relationships
from relationships.selectors import spoken

FOUND = 20


@dataclass(frozen=True)
class Elsewhere:
    """The persona at the other account, how they are known to be the same (``by`` email or hand), whether they left it,
    and what is said of them there (None: not rated)."""

    persona: Persona
    by: str
    left: bool
    rating: relationships.RatedPerson | None


def elsewhere(*, persona: Persona, today: dt.date, at: dt.datetime) -> list[Elsewhere]:
    """Where else in the tenant's book this person works or worked."""
    others = accounts.same_person(persona_id=persona.pk)
    if not others:
        return []
    said = spoken.people_where("p.id = ANY(%(ids)s::uuid[])", at=at, ids=[one.persona.pk for one in others])
    rated = {one.id: one for one in said if one.rated}
    return [
        Elsewhere(one.persona, one.by, has_left(one.persona, today), rated.get(one.persona.pk))
        for one in others
    ]


def who_else(*, persona: Persona, words: str, linked: set[UUID]) -> list[Persona]:
    """People of other accounts, found by the beginnings of words, who are not linked with this one yet."""
    ids = accounts.find_by_words(words=words).personas
    rows = Persona.objects.filter(
        pk__in=ids, deleted_at=None, merged_into=None, account__deleted_at=None
    ).exclude(account_id=persona.account_id)
    rows = rows.exclude(pk__in=linked).select_related("account")
    return list(rows.order_by("name", "account__name", "pk")[:FOUND])
