"""The portfolio of a whole book, summed by a worker soon after somebody wrote in it."""

import datetime as dt

import msgspec
from django.db import connection
from uuid_utils.compat import uuid7

from accounts.scope import current_tenant
from health.selectors.cases import rows
from health.selectors.kept import good_until, packed_portfolio
from health.selectors.trends import money_by_week

BOOK_LOCK = 7_201  # one at a time sums a tenant's book; anybody else's number would do
PAUSE, PAUSE_PER_ACCOUNT = dt.timedelta(seconds=1), dt.timedelta(milliseconds=1)

STORE = """INSERT INTO health_tenantkpi (tenant_id, id, made_at, good_until, next_at, body, weeks)
VALUES (%(tenant)s, %(id)s, %(at)s, %(good_until)s, %(next_at)s, %(body)s, %(weeks)s)
ON CONFLICT (tenant_id) DO UPDATE SET id = excluded.id, made_at = excluded.made_at, good_until = excluded.good_until,
    next_at = excluded.next_at, body = excluded.body, weeks = excluded.weeks"""


def keep_book(*, at: dt.datetime) -> bool:
    """Sum the book as of ``at`` (now) and store it under a new name; False if somebody else is at it.

    The writes that are seen are taken away first: one that commits while the book is summed stays, and with it the
    stored portfolio stays unused until it is summed again.
    """
    (mine,) = rows("SELECT pg_try_advisory_xact_lock(%(lock)s, %(tenant)s)", {"lock": BOOK_LOCK})[0]
    if not mine:
        return False
    (accounts,) = rows(
        "WITH seen AS (DELETE FROM health_bookwrite WHERE tenant_id = %(tenant)s) "
        "SELECT count(*) FROM accounts_account WHERE tenant_id = %(tenant)s"
    )[0]
    params = {
        "tenant": current_tenant(),
        "id": uuid7(),
        "at": at,
        "good_until": good_until(at),
        "next_at": at + max(PAUSE, accounts * PAUSE_PER_ACCOUNT),
        "body": packed_portfolio(at=at),
        "weeks": msgspec.json.encode(money_by_week(account_ids=None, at=at)).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, params)
    return True
