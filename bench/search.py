"""The search of the Accounts page, behind the walls, against the same search by the owner of the tables, who stands
outside of them and names the tenant himself."""

import os
from typing import Any

from bench.place import Place
from bench.rows import Row, at_most, compare, seconds

ROUNDS = {"small": 20, "full": 40}
WORDS = 25  # of as many accounts, those that are searched for
BY_HAND = """
    WITH wanted AS MATERIALIZED (
        SELECT string_agg(format('''%%s'':*', word), ' & ')::tsquery AS words
        FROM unnest(tsvector_to_array(search_words(%(tenant)s, %(words)s))) word)
    SELECT id, name, domain FROM accounts_account
    WHERE tenant_id = %(tenant)s AND deleted_at IS NULL
        AND search_words(tenant_id, name || ' ' || domain || ' ' || coalesce(external_id, '')) @@ (SELECT words FROM wanted)
    ORDER BY lower(name), id LIMIT 50
"""


def rows(place: Place) -> list[Row]:
    """search_rls: milliseconds of one search for an account by its external id, of a filled book."""
    import psycopg2
    from django.db import connection, transaction
    from django.db.models.functions import Lower

    from accounts import selectors as accounts
    from accounts.models import Account
    from accounts.scope import tenant_scope

    words = place.accounts[:WORDS]
    owner = psycopg2.connect(os.environ["OWNER_DATABASE_URL"])
    try:
        with (
            tenant_scope(place.filled),
            transaction.atomic(),
            connection.cursor() as ours,
            owner.cursor() as theirs,
        ):

            def asked(word: str) -> tuple[str, Any]:
                named = Account.objects.filter(deleted_at=None, pk__in=accounts.accounts_with_words(word))
                shown = named.order_by(Lower("name"), "pk").values_list("id", "name", "domain")[:50]
                return shown.query.sql_with_params()

            behind = [asked(word) for word in words]
            outside = [(BY_HAND, {"tenant": place.filled, "words": word}) for word in words]
            for mine, other in zip(behind, outside, strict=True):
                if answer(ours, *mine) != answer(theirs, *other):
                    raise RuntimeError("The two searches do not find the same")
            return [
                compare(
                    "search_rls",
                    ours=lambda: each(ours, behind, ROUNDS[place.size]),
                    theirs=lambda: each(theirs, outside, ROUNDS[place.size]),
                    unit="ms",
                    goal=at_most(1.3),
                    runs=7,
                )
            ]
    finally:
        owner.close()


def each(cursor: Any, searches: list[tuple[str, Any]], times: int) -> float:
    """Milliseconds of one search, as the mean of all of them so many times."""
    return 1000 * seconds(lambda: [answer(cursor, *one) for one in searches], times) / len(searches)


def answer(cursor: Any, sql: str, values: Any) -> list[tuple[Any, ...]]:
    cursor.execute(sql, values)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
