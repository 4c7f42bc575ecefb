"""The walls on a running server with kept connections: what one request leaves behind, the next must not see."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import Account
from accounts.scope import tenant_scope
from tests.conftest import NOW, make_cast, make_key
from tests.live import running_web

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
REQUESTS = 2000
KINDS = ["seen", "swallow", "crash", "nested", "broken-sql", "api", "seen"]


def plain(answer):
    return answer.status_code, re.sub(r'nonce="[^"]+"', "", answer.text)


def test_a_stranger_and_a_member_meet_the_same_missing_page(live_product):
    cast = make_cast()
    alice = live_product.signed_in(cast.alice)
    mine, theirs = (
        alice.get(f"{live_product.url}/t/{slug}/no-such-page") for slug in ("northwind", "globex")
    )
    assert plain(mine) == plain(theirs)
    assert mine.status_code == 404
    home = alice.get(f"{live_product.url}/", allow_redirects=False)
    assert home.headers["Location"] == "/t/northwind/"


@pytest.fixture
def crashing(transactional_db, tmp_path):
    """A server with pages that crash; eight threads, each with a connection that it keeps."""
    with running_web(
        tmp_path / "web.log", DJANGO_SETTINGS_MODULE="tests.isolation.crashing_settings"
    ) as product:
        yield product


def test_a_kept_connection_never_carries_a_tenant_over(crashing):
    cast = make_cast()
    clients = {}
    for slug, actor, admin in (("northwind", cast.alice, cast.adam), ("globex", cast.charlie, cast.gloria)):
        with tenant_scope(actor.tenant_id), transaction.atomic():
            Account.objects.create(name=slug, currency="EUR", created_at=NOW, updated_at=NOW)
        _key, token = make_key(admin, "read")
        clients[slug] = crashing.signed_in(actor), crashing.holding(token)

    def ask(number):
        slug = ("northwind", "globex")[number % 2]
        kind = KINDS[number % len(KINDS)]
        browser, program = clients[slug]
        if kind == "api":
            answer = program.get(f"{crashing.url}/api/v1/seen")
        else:
            answer = browser.get(f"{crashing.url}/t/{slug}/{kind}")
        if kind in ("crash", "broken-sql"):
            return f"{kind} {answer.status_code}"
        return (
            "right"
            if answer.json() == {"plain": [slug], "managed": [slug]}
            else f"{kind} {answer.text[:100]}"
        )

    before = connections_to_the_database()
    with ThreadPoolExecutor(12) as pool:
        seen = Counter(pool.map(ask, range(REQUESTS)))
    assert set(seen) == {"right", "crash 500", "broken-sql 500"}
    assert seen["crash 500"] + seen["broken-sql 500"] > REQUESTS / 4
    assert 0 < connections_to_the_database() <= before + 8, "one for each thread of the server is kept"


def connections_to_the_database():
    """Those of the servers and of this process, without the one that asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
