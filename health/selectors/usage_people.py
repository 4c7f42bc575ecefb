"""How many days people were in the product lately, for any number of them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from health.selectors.cases import read_zones, rows, sql_array

WINDOW = dt.timedelta(days=28)

# The days of a user are bits of one number, the day before today the second: a book has hundreds of thousands of them.
# A user of the product is a person by e-mail: their key is one, or a tracking library has told it of their id.
ACTIVE = """WITH asked AS MATERIALIZED (
    SELECT id, account_id, email
    FROM unnest(%(ids)s::uuid[], %(accounts)s::uuid[], %(emails)s::text[]) AS a (id, account_id, email)
), seen AS MATERIALIZED (
    SELECT u.account_id, u.user_key, bit_or(1 << (%(today)s::date - u.day)) AS days FROM health_usageday u
    WHERE u.tenant_id = %(tenant)s AND u.account_id = ANY(%(accounts)s::uuid[])
        AND u.day >= %(first)s AND u.day < %(today)s AND u.recorded_at <= %(at)s
    GROUP BY u.account_id, u.user_key
), users AS MATERIALIZED (
    SELECT k.user_key, coalesce(nullif(t.email, ''), nullif(o.email, ''), lower(k.user_key)) AS email
    FROM (SELECT DISTINCT user_key FROM seen) k
    LEFT JOIN health_trackeduser t ON t.tenant_id = %(tenant)s AND t.user_key = k.user_key
    LEFT JOIN health_trackeduser o ON o.tenant_id = %(tenant)s AND o.user_key = t.alias_of AND t.alias_of <> ''
)
SELECT a.id, bit_count(bit_or(s.days)::bit(32))::int
FROM asked a JOIN users u ON u.email = a.email JOIN seen s ON s.user_key = u.user_key AND s.account_id = a.account_id
GROUP BY a.id"""


def people_active_days(*, people: Sequence[tuple[UUID, UUID, str]], at: dt.datetime) -> dict[UUID, int]:
    """On how many of the 28 complete days before today each person used the product at their account.

    ``people``: (id, account, e-mail); whoever has no e-mail or was not seen is absent. Two queries.
    """
    known = [(person, account, email.lower()) for person, account, email in people if email]
    if not known:
        return {}
    today = read_zones().day(at)
    found = rows(
        ACTIVE,
        {
            "ids": sql_array(person for person, _account, _email in known),
            "accounts": sql_array(account for _person, account, _email in known),
            "emails": [email for _person, _account, email in known],
            "first": today - WINDOW,
            "today": today,
            "at": at,
        },
    )
    return dict(found)
