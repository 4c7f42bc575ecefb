"""A small book, written through the services: what the pages of accounts and people show."""

import datetime as dt
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account, Persona
from accounts.scope import tenant_scope
from health import services as health
from relationships import services as relationships
from tests.conftest import make_cast
from tests.kept import KEPT

DAY = dt.timedelta(days=1)


class Visitor:
    """A member's browser: ``get`` and ``post`` take a path under the tenant's address."""

    def __init__(self, actor, slug="northwind"):
        self.actor, self.slug = actor, slug

    @cached_property
    def client(self):
        """Signed in when it is first used: most tests are about one member."""
        client = Client()
        client.force_login(
            self.actor.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    def get(self, path):
        return self.client.get(f"/t/{self.slug}{path}")

    def post(self, path, **data):
        return self.client.post(f"/t/{self.slug}{path}", data)

    def statements(self, path):
        """How many statements a page costs, once everything about the session is known."""
        self.get(path)
        with CaptureQueriesContext(connection) as found:
            assert self.get(path).status_code == 200
        return len([query for query in found if "set_config" not in query["sql"]])


def save_account(name, *, at, actor=None, **values):
    """A new account, by its id."""
    item = accounts.Item(values={"name": name, **values})
    (saved,) = accounts.save_accounts(items=[item], mode=accounts.Mode.CREATE, actor=actor, at=at)
    assert not saved.faults, saved.faults
    return Account.objects.get(pk=saved.id)


def save_person(account, name, *, at, **values):
    """A new person at an account."""
    item = accounts.Item(values={"name": name, "account": account.pk, **values})
    (saved,) = accounts.save_personas(
        items=[item], mode=accounts.Mode.CREATE, actor=None, at=at, source="browser"
    )
    assert not saved.faults, saved.faults
    return Persona.objects.get(pk=saved.id)


def save_one(save, values, *, at, actor=None):
    """One thing through one of the first floor's services, by its id."""
    (saved,) = save(items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=actor, at=at)
    assert not saved.faults, saved.faults
    return saved.id


def save_touch(account, *, at, people=(), actor=None, **values):
    """A call with these people, or with what they said: {person: {"thought": ...}}."""
    said = people if isinstance(people, dict) else {person: {} for person in people}
    attendees = [{"persona": person.pk, **words} for person, words in said.items()]
    given = {"account": account.pk, "kind": "call", "at": at, "attendees": attendees, **values}
    return save_one(accounts.save_touches, given, at=at, actor=actor)


def save_case(account, *, at, **values):
    """A problem that is open since then."""
    return save_one(
        accounts.save_cases, {"account": account.pk, "kind": "problem", "opened_at": at, **values}, at=at
    )


def save_step(account, title="Call", *, at, **values):
    """An open step."""
    return save_one(accounts.save_steps, {"account": account.pk, "title": title, **values}, at=at)


def save_note(account, body, *, at, **values):
    """A note on an account."""
    item = accounts.Item(values={"account": account.pk, "body": body, **values})
    (saved,) = accounts.save_notes(items=[item], mode=accounts.Mode.CREATE, actor=None, at=at)
    assert not saved.faults, saved.faults
    return saved.id


def rate(person, actor, *, at, strength, mood, driver="value", note=""):
    """A rating of all three facets alike."""
    rating = relationships.NewRating(
        persona_id=person.pk,
        strength=strength,
        sentiment_brand=mood,
        sentiment_product=mood,
        sentiment_service=mood,
        driver=driver,
        note=note,
    )
    return relationships.record_rating(rating=rating, actor=actor, at=at)


def make_world():
    """Alice's Larkspur with Dana (very good, positive) and Eli (weak, neutral), Lena's Plover; Globex has Zebra."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.globex.pk), transaction.atomic():
        cast.zebra = save_account("Zebra of Globex", at=now - 90 * DAY)
        cast.zoe = save_person(cast.zebra, "Zoe of Globex", at=now - 90 * DAY, role="champion")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        then = now - 90 * DAY
        cast.larkspur = save_account(
            "Larkspur", at=then, owner_email="alice@northwind.test", arr=Decimal("100000"), segment="Enterprise",
            region="Europe", renewal_on=(now + 40 * DAY).date(), external_id="lark-1",
        )  # fmt: skip
        cast.plover = save_account("Plover", at=then, owner_email="lena@northwind.test", arr=Decimal("5000"))
        cast.dana = save_person(cast.larkspur, "Dana", at=then, role="champion", email="dana@larkspur.test")
        cast.eli = save_person(cast.larkspur, "Eli", at=then, role="economic_buyer", reports_to=cast.dana.pk)
        rate(cast.dana, cast.alice, at=now - 20 * DAY, strength="very_good", mood="positive", note="A friend")
        rate(cast.eli, cast.alice, at=now - 20 * DAY, strength="weak", mood="neutral")
        health.rescore(account_ids=[cast.larkspur.pk, cast.plover.pk], at=now)
    cast.now = now
    return cast


@pytest.fixture
def kept_world(request, django_db_setup, django_db_blocker):
    return KEPT.given(request, django_db_blocker, make_world)


@pytest.fixture
def world(kept_world, db):
    """See ``make_world``; and a browser of each member."""
    members = ("alice", "lena", "adam", "vera", "charlie")
    kept_world.visit = SimpleNamespace(**{name: Visitor(getattr(kept_world, name)) for name in members})
    return kept_world


@pytest.fixture
def scope(world):
    """Opens Northwind's scope: ``with scope(): ...``."""

    def open_scope():
        return tenant_scope(world.northwind.pk)

    return open_scope
