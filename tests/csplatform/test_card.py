"""The card for support agents: how an account is, why, and what the agent may do; the same on a page and over REST."""

import pytest
from django.db import transaction

from accounts.scope import tenant_scope
from health import services as health
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_case, save_step, save_touch


@pytest.fixture
def held(world, scope):
    """Larkspur with a critical escalation, a step of Lena's and a touch."""
    with scope(), transaction.atomic():
        save_case(
            world.larkspur, at=world.now - DAY, kind="escalation", severity="critical", subject="Plant stands"
        )
        save_step(world.larkspur, "Call the plant", at=world.now, owner_email="lena@northwind.test")
        save_touch(world.larkspur, at=world.now - DAY, people=[world.dana])
        health.rescore(account_ids=[world.larkspur.pk], at=world.now)
    return world


def path(account, query=""):
    return f"/accounts/{account.pk}/card{query}"


@pytest.fixture
def read(world):
    return Rest(make_key(world.adam, "read")[1])


def test_the_card_says_how_they_are_why_and_what_the_agent_may_do(held, read):
    card = read.get(path(held.larkspur)).json()
    assert (card["name"], card["owner"], card["band"]) == ("Larkspur", "alice@northwind.test", "unknown")
    assert "escalation" in card["reasons"][0].lower()
    assert card["remedies"][0]["cause"] == "flag:critical_escalation"
    assert len(card["remedies"][0]["remedies"]) == 2
    assert [case["subject"] for case in card["cases"]] == ["Plant stands"]
    assert (card["next_step"]["title"], card["next_step"]["owner"]) == ("Call the plant", "Lena")
    assert card["last_touch_at"]
    assert card["person"] is None


def test_the_card_knows_who_is_asking_by_their_e_mail(held, read):
    person = read.get(path(held.larkspur, "?email=DANA@larkspur.test")).json()["person"]
    assert (person["name"], person["role"], person["strength"], person["sentiment"]) == (
        "Dana", "champion", "very_good", "positive",
    )  # fmt: skip
    assert read.get(path(held.larkspur, "?email=nobody@x.test")).json()["person"] is None
    assert read.get(path(held.larkspur, "?who=x")).status_code == 400


def test_the_page_shows_the_same_to_every_member(held):
    page = held.visit.vera.get(path(held.larkspur, "?email=dana@larkspur.test")).content
    for words in (b"Plant stands", b"Hand the case to a senior engineer", b"Call the plant", b"Dana"):
        assert words in page
    assert held.visit.vera.get(path(held.larkspur, "?email=nonsense")).status_code == 400


def test_an_account_without_a_score_has_a_card_that_says_so(world, scope, read):
    from tests.csplatform.conftest import save_account

    with scope(), transaction.atomic():
        account = save_account("New", at=world.now)
    card = read.get(path(account)).json()
    assert (card["score"], card["band"], card["reasons"]) == (None, "unknown", ["Not scored yet."])
    assert world.visit.alice.get(path(account)).status_code == 200


def test_another_tenants_card_is_as_good_as_missing(held, read):
    missing = "/accounts/0190a0b0-0000-7000-8000-000000000000/card"
    for answer in (read.get(path(held.zebra)), read.get(missing)):
        assert answer.status_code == 404
    assert held.visit.adam.get(path(held.zebra)).status_code == 404
    with tenant_scope(held.globex.pk):
        assert b"of Globex" not in held.visit.adam.get(path(held.zebra)).content


@pytest.mark.parametrize("more", [1, 3])
def test_the_card_costs_the_same_whatever_happened(held, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            save_case(held.larkspur, at=held.now - n * DAY)
            save_touch(held.larkspur, at=held.now - n * DAY)
    assert held.visit.vera.statements(path(held.larkspur)) == 18
