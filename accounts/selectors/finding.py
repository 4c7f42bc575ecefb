"""Accounts and people found by the beginnings of words: of a name, an e-mail address, a domain or an external id.

Accents and case do not matter. The search answers with ids; whoever shows them reads the rows behind all the walls.
"""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from accounts.scope import current_tenant

MOST = 100
LONGEST = 200


@dataclass(frozen=True)
class FoundByWords:
    """The ids of what was found; who has the very words first."""

    accounts: list[UUID]
    personas: list[UUID]


def find_by_words(*, words: str) -> FoundByWords:
    """What has, for each of these words, one of its own that begins with it; some hundred of each kind at most.

    Who has the very words comes before those whose words only begin with them. Of a longer text the first 200
    characters count; words of nothing but punctuation find nothing.
    """
    current_tenant()
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, id FROM find_by_words(%s, %s)", [words[:LONGEST], MOST])
        found = cursor.fetchall()
    return FoundByWords(
        accounts=list(dict.fromkeys(id for kind, id in found if kind == "account")),
        personas=list(dict.fromkeys(id for kind, id in found if kind == "persona")),
    )


def accounts_with_words(words: str) -> RawSQL:
    """The ids of every account that has, for each of these words, one that begins with it: what ``pk__in`` takes."""
    current_tenant()
    return RawSQL("SELECT id FROM accounts_by_words(%s)", [words[:LONGEST]])


def folded(text: str) -> str:
    """A text without accents and case, as it is compared."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
