"""The cast: Northwind with Alice (CSM), Lena (leader), Adam (admin), Vera (viewer); Globex with Charlie (CSM)."""

import datetime as dt
import functools
import gc
import json
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client

from accounts.models import Actor, ApiKey, Membership, Tenant, User, digest
from accounts.scope import tenant_scope
from tests.kept import KEPT
from tests.live import live_product, web_process

__all__ = ["live_product", "web_process"]

NOW = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What is imported and collected stays: leave it out of the collections of garbage, a tenth of the whole time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Any:
    try:
        return (yield)
    finally:
        if KEPT.around is not None and not KEPT.is_for(nextitem):
            KEPT.close()


@pytest.fixture
def now() -> dt.datetime:
    """The moment that tests pass in as ``at``."""
    return NOW


@functools.cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: argon2 is slow on purpose."""
    return make_password(PASSWORD)


def make_actor(tenant: Tenant, email: str, role: str, name: str) -> Actor:
    user = User.objects.create(email=email, password=password_hash(), name=name)
    membership = Membership.objects.create(tenant=tenant, user=user, role=role, created_at=NOW)
    return Actor(tenant=tenant, membership=membership, role=role)


def make_key(actor: Actor, scope: str) -> tuple[Actor, str]:
    """An API key of one scope made by this member: the actor it is, and its token."""
    prefix = f"{actor.tenant.slug[:4]}{scope[:4]}"
    key = ApiKey.objects.create(
        tenant=actor.tenant, membership=actor.membership, name=scope, prefix=prefix, digest=digest("secret"),
        scopes=[scope], created_at=NOW,
    )  # fmt: skip
    acting = Actor(
        tenant=actor.tenant,
        membership=actor.membership,
        role=actor.role,
        api_key=key,
        scopes=frozenset([scope]),
    )
    return acting, f"csk_{prefix}_secret"


def make_cast() -> SimpleNamespace:
    """Both tenants and their members, as actors by first name."""
    northwind = Tenant.objects.create(slug="northwind", name="Northwind", created_at=NOW)
    globex = Tenant.objects.create(slug="globex", name="Globex", created_at=NOW)
    return SimpleNamespace(
        northwind=northwind,
        globex=globex,
        alice=make_actor(northwind, "alice@northwind.test", "csm", "Alice"),
        lena=make_actor(northwind, "lena@northwind.test", "leader", "Lena"),
        adam=make_actor(northwind, "adam@northwind.test", "admin", "Adam"),
        vera=make_actor(northwind, "vera@northwind.test", "viewer", "Vera"),
        charlie=make_actor(globex, "charlie@globex.test", "csm", "Charlie"),
        gloria=make_actor(globex, "gloria@globex.test", "admin", "Gloria"),
    )


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """Both tenants; no scope is open."""
    return make_cast()


@pytest.fixture
def northwind(cast):
    """Both tenants, with Northwind's scope open."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        yield cast


class Rest:
    """A REST client with one key: ``rest.post("/accounts", {...})`` answers with Django's response."""

    def __init__(self, token: str | None) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request; ``body`` is JSON unless it is bytes, and If_Match="x" is sent as ``If-Match: x``."""
        url = path if path.startswith("http") else f"/api/v1{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, url, data, content_type="application/json", headers={**self.headers, **named}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)


@pytest.fixture
def rest(cast) -> SimpleNamespace:
    """REST clients: Adam's keys of every scope at Northwind, Gloria's admin key at Globex, and nobody's."""
    ours = {scope: Rest(make_key(cast.adam, scope)[1]) for scope in ("read", "write", "ingest", "admin")}
    return SimpleNamespace(**ours, globex=Rest(make_key(cast.gloria, "admin")[1]), nobody=Rest(None))
