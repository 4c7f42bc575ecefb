"""The walk over every route on a live server, and the proof that it finds what it looks for."""

import os
import time
from typing import Any

import psycopg2
import pytest
import requests
from django.test import Client

from tests.isolation import planted
from tests.isolation.routes import all_routes
from tests.isolation.walk import Answer, Ask, Walk
from tests.isolation.world import make_world
from tests.live import LiveProduct, url_of_this_run

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def as_owner(transactional_db: None) -> Any:
    """Ask the database as the owner of the schema, who sees and may change everything."""
    to_owner = psycopg2.connect(url_of_this_run(os.environ["OWNER_DATABASE_URL"]))
    to_owner.autocommit = True

    def ask(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        with to_owner.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description else []

    yield ask
    to_owner.close()


def over_http(product: LiveProduct, world: Any) -> Any:
    """Requests to a running server, one kept client for each who asks."""
    clients = {"anonymous": product.holding(None)}
    clients |= {f"session:{role}": product.signed_in(actor) for role, actor in world.mine.members.items()}
    clients |= {f"key:{scope}": product.holding(token) for scope, token in world.mine.keys.items()}

    leaving = product.signed_in(world.mine.members["csm"])  # a session of its own: signing out ends it

    def send(one: Ask) -> Answer:
        client = leaving if one.path == "/logout" else clients[one.who]
        try:
            answer = client.request(
                one.method,
                f"{product.url}{one.path}?{one.query}",
                json=one.json, data=one.form, headers=dict(one.headers), allow_redirects=False, timeout=30,
            )  # fmt: skip
        except requests.ConnectionError as error:
            return Answer(599, str(error))
        return Answer(answer.status_code, answer.text, answer.headers.get("Location", ""))

    return send


def test_nothing_of_another_tenant_is_seen_or_changed_on_any_route(live_product, as_owner):
    world = make_world()
    walk = Walk(world, over_http(live_product, world), as_owner)
    began = time.monotonic()
    findings = walk.run()
    took = time.monotonic() - began
    print(
        f"{walk.asked} requests on {len(walk.routes)} routes, {len(walk.forms)} kinds of forms: {took:.0f} s"
    )
    assert findings == [], "\n".join(findings)


def in_process(world: Any) -> Any:
    """Requests to the product in this process, where a bug can be planted."""
    clients = {"anonymous": Client(raise_request_exception=False)}
    for role, actor in world.mine.members.items():
        clients[f"session:{role}"] = Client(raise_request_exception=False)
        clients[f"session:{role}"].force_login(actor.membership.user)
    for scope, token in world.mine.keys.items():
        clients[f"key:{scope}"] = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {token}"}
        )

    def send(one: Ask) -> Answer:
        client, path = clients[one.who], f"{one.path}?{one.query}"
        answer = client.post(path, one.form) if one.method == "POST" else client.get(path)
        return Answer(answer.status_code, answer.content.decode(), answer.headers.get("Location", ""))

    return send


@pytest.mark.parametrize("bug", sorted(planted.BUGS))
def test_the_walk_finds_a_planted_bug(bug, as_owner, settings, monkeypatch):
    view, wanted = planted.BUGS[bug]
    world = make_world()
    planted.prepare(bug, world, as_owner, monkeypatch)
    settings.ROOT_URLCONF = planted.urlconf(view)
    try:
        routes = [route for route in all_routes() if "planted" in route.pattern]
        findings = Walk(world, in_process(world), as_owner, routes=routes, threads=1).run()
    finally:
        planted.undo(as_owner)
    kinds = {line.partition(":")[0] for line in findings}
    assert wanted in kinds if wanted else findings == [], findings
