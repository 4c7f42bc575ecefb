"""One account scored again, as a rating in the browser does it, on a small base of accounts and on a large one."""

import datetime as dt
import random
import statistics
from typing import Any

from bench.place import Place
from bench.rows import Row, at_most, seconds

BASE = 1000
LARGE = {"small": 10_000, "full": 100_000}
RUNS = 60
SHARE = 5000

# People, ratings and usage of accounts numbered low..high, all known for 150 days.
ACCOUNTS = """INSERT INTO accounts_account (tenant_id, id, name, external_id, domain, segment, tier, region, status,
    arr, currency, seats, entitlements, custom, created_at, updated_at)
SELECT %(tenant)s, gen_random_uuid(), 'base ' || n, 'base-' || n, '', '', '', '', 'active', 1000, 'EUR', 10,
    '{a,b,c}', '{}', %(start)s, %(start)s FROM generate_series(%(low)s, %(high)s) n"""
ACCOUNT_FACTS = """INSERT INTO accounts_accountfact (tenant_id, id, account_id, key, value, effective_at,
    recorded_at, source)
SELECT a.tenant_id, gen_random_uuid(), a.id, f.key, f.value::jsonb, %(start)s, %(start)s, ''
FROM accounts_account a CROSS JOIN (VALUES ('status', '"active"'), ('arr', '"1000.00"'), ('currency', '"EUR"'),
    ('seats', '10'), ('entitlements', '["a", "b", "c"]')) f (key, value)
WHERE a.tenant_id = %(tenant)s AND a.external_id = ANY(%(names)s)"""
PERSONAS = """INSERT INTO accounts_persona (tenant_id, id, account_id, name, email, phone, title, language, time_zone,
    role, tracked, created_at, updated_at)
SELECT a.tenant_id, gen_random_uuid(), a.id, 'P', '', '', '', '', '', r.role, true, %(start)s, %(start)s
FROM accounts_account a CROSS JOIN unnest(ARRAY['economic_buyer', 'champion', 'technical_owner', 'power_user',
    'end_user']) r (role)
WHERE a.tenant_id = %(tenant)s AND a.external_id = ANY(%(names)s)"""
PERSONA_FACTS = """INSERT INTO accounts_personafact (tenant_id, id, persona_id, key, value, effective_at,
    recorded_at, source)
SELECT p.tenant_id, gen_random_uuid(), p.id, f.key, f.value, %(start)s, %(start)s, ''
FROM accounts_persona p JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id
CROSS JOIN LATERAL (VALUES ('role', to_jsonb(p.role)), ('tracked', 'true'::jsonb),
    ('account', to_jsonb(p.account_id::text))) f (key, value)
WHERE p.tenant_id = %(tenant)s AND a.external_id = ANY(%(names)s)"""
OBSERVATIONS = """INSERT INTO health_observation (tenant_id, id, account_id, persona_id, measure, facet, value, observed_at,
    recorded_at, source)
SELECT p.tenant_id, gen_random_uuid(), p.account_id, p.id, m.measure, m.facet, 1, t.at, t.at, 'bench'
FROM accounts_persona p JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id
CROSS JOIN (VALUES ('relationship', ''), ('sentiment', 'brand'), ('sentiment', 'product'),
    ('sentiment', 'service')) m (measure, facet)
CROSS JOIN LATERAL (SELECT %(at)s - d * interval '30 days' AS at FROM generate_series(0, 2) d) t
WHERE p.tenant_id = %(tenant)s AND a.external_id = ANY(%(names)s)"""
USAGE = """INSERT INTO health_usageday (tenant_id, id, account_id, day, user_key, feature, count, recorded_at)
SELECT a.tenant_id, gen_random_uuid(), a.id, d.day, 'u' || u.n, 'a', 1, d.day
FROM accounts_account a CROSS JOIN generate_series(1, 2) u (n)
CROSS JOIN LATERAL (SELECT (%(at)s::date - n)::date AS day FROM generate_series(1, 150, 5) n) d
WHERE a.tenant_id = %(tenant)s AND a.external_id = ANY(%(names)s)"""
FEED = """INSERT INTO health_usageevent (tenant_id, id, account_external_id, user_key, feature, occurred_at,
    recorded_at, batch)
SELECT %(tenant)s, gen_random_uuid(), '-', 'u', 'a', t.at, t.at, 0
FROM (SELECT %(at)s - d * interval '1 day' AS at FROM generate_series(0, 30) d) t"""
TABLES = ["accounts_account", "accounts_accountfact", "accounts_persona", "accounts_personafact",
          "health_observation", "health_usageday", "health_score", "health_scoresnapshot"]  # fmt: skip


def rows(place: Place) -> list[Row]:
    """one_account_100k_vs_1k: milliseconds of one rescore, from its lock to its stored row, rolled back after."""
    from django.utils import timezone

    at = timezone.now()
    large = LARGE[place.size]
    extend(place.tenant, 0, BASE, at)
    before = milliseconds(place.tenant, BASE, at)
    extend(place.tenant, BASE, large, at)
    after = milliseconds(place.tenant, large, at)
    value, reference = statistics.median(after), statistics.median(before)
    wanted, holds = at_most(1.1)
    ratio = value / reference
    name = f"one_account_{large // 1000}k_vs_1k"
    return [
        Row(name, value, "ms", reference, ratio, wanted, holds(ratio), RUNS, min(after), value, max(after))
    ]


def milliseconds(tenant: int, accounts: int, at: dt.datetime) -> list[float]:
    """How long one rescore of a random account takes, so many times, after a few that do not count."""
    from django.db import transaction

    from accounts.models import Account
    from accounts.scope import tenant_scope
    from health import services as health

    chance = random.Random(1)
    with tenant_scope(tenant), transaction.atomic():
        names = [f"base-{chance.randrange(accounts)}" for _ in range(RUNS + 10)]
        ids = dict(Account.objects.filter(external_id__in=names).values_list("external_id", "pk"))
        health.rescore(account_ids=list(ids.values()), at=at)
    found = []
    for name in names:
        with tenant_scope(tenant), transaction.atomic():
            found.append(1000 * seconds(lambda one=ids[name]: health.rescore(account_ids=[one], at=at)))
            transaction.set_rollback(True)
    return found[10:]


def extend(tenant: int, low: int, high: int, at: dt.datetime) -> None:
    """Fill the tenant's base up to so many accounts."""
    from django.db import connection, transaction

    from accounts.scope import tenant_scope

    for first in range(low, high, SHARE):
        last = min(first + SHARE, high) - 1
        params: dict[str, Any] = {
            "tenant": tenant, "low": first, "high": last, "at": at, "start": at - dt.timedelta(days=150),
            "names": [f"base-{number}" for number in range(first, last + 1)],
        }  # fmt: skip
        with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            for statement in (ACCOUNTS, ACCOUNT_FACTS, PERSONAS, PERSONA_FACTS, OBSERVATIONS, USAGE, FEED):
                cursor.execute(statement, params)
        _refresh()


def _refresh() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT refresh_statistics(%s::regclass[])", [TABLES])
        cursor.execute("RESET statement_timeout")
