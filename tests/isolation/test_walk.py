"""The walk over every route on a live server, and the proof that it finds what it looks for."""

import json
import os
import time
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
import pytest
from django.test import Client

from tests.isolation import planted
from tests.isolation.answers import Answer, Ask
from tests.isolation.routes import all_routes
from tests.isolation.walk import Walk
from tests.isolation.world import make_world
from tests.live import Door, LiveProduct, url_of_this_run

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
    """Requests to a running server, on connections that are kept, with the headers of whoever asks."""
    clients = {"anonymous": product.holding(None)}
    clients |= {f"session:{role}": product.signed_in(actor) for role, actor in world.mine.members.items()}
    clients |= {f"key:{scope}": product.holding(token) for scope, token in world.mine.keys.items()}
    clients["leaving"] = product.signed_in(world.mine.members["csm"])  # signing out ends a session of its own
    headers = {who: dict(client.headers) for who, client in clients.items()}
    for some in headers.values():
        del some["Accept-Encoding"]
    door = Door(product.url)

    def send(one: Ask) -> Answer:
        given = headers["leaving" if one.path == "/logout" else one.who] | dict(one.headers)
        body = None
        if one.json is not None:
            body, given["Content-Type"] = json.dumps(one.json).encode(), "application/json"
        elif one.form:
            body, given["Content-Type"] = urlencode(one.form).encode(), "application/x-www-form-urlencoded"
        target = quote(f"{one.path}?{one.query}".removesuffix("?"), safe="/?=&%+:@,;!$'()*~[]")
        try:
            return Answer(*door.ask(one.method, target, body, given))
        except (HTTPException, OSError) as error:
            return Answer(599, str(error))

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
    assert wanted in kinds if wanted else not findings, findings


def test_bugs_of_many_kinds_are_planted():
    assert len(planted.BUGS) >= 17
