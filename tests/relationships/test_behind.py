"""What is behind a sentiment: drivers, the most frequent first, by part of the book, on the page and over REST."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from accounts.scope import tenant_scope
from relationships import selectors, services
from tests.conftest import Rest, make_key
from tests.relationships.conftest import make_persona
from tests.relationships.test_views import browser, world

__all__ = ["world"]

LOW = {"sentiment_brand": "negative", "sentiment_product": "negative", "sentiment_service": "negative"}


@pytest.fixture
def told(world):
    """Dana and Eli suffer from support at Larkspur, Farid from the price at Plover, whose product Gus does not like."""
    at = timezone.now() - dt.timedelta(hours=1)
    with tenant_scope(world.northwind.pk), transaction.atomic():
        world.gus = make_persona(world.plover, "Gus", role="power_user", at=at)
        services.ensure_drivers()
        for persona, driver, said in (
            (world.dana, "support", LOW),
            (world.eli, "support", LOW),
            (world.farid, "price", LOW),
            (world.gus, "usability", {"sentiment_brand": "positive", "sentiment_product": "negative"}),
        ):
            rating = services.NewRating(persona_id=persona.pk, driver=driver, **said)
            services.record_rating(rating=rating, actor=world.lena, at=at)
        Account.objects.filter(pk=world.plover.pk).update(segment="Enterprise")
    return world


def found(told, **asked):
    with tenant_scope(told.northwind.pk), transaction.atomic():
        behind = selectors.drivers_behind(tenant=told.northwind, at=timezone.now(), **asked)
        return [(one.key, one.people, one.accounts, round(one.cumulative, 2)) for one in behind.drivers]


def test_the_most_frequent_driver_comes_first_with_the_share_down_to_each(told):
    assert found(told) == [("support", 2, 1, 0.5), ("usability", 1, 1, 0.75), ("price", 1, 1, 1.0)]


@pytest.mark.parametrize(
    ("asked", "drivers"),
    [
        ({"segment": "Enterprise"}, ["usability", "price"]),
        ({"about": "service"}, ["support", "price"]),
        ({"feels": "positive", "about": "brand"}, ["usability"]),
        ({"feels": "neutral"}, []),
    ],
)
def test_a_segment_a_part_and_a_feeling_have_drivers_of_their_own(told, asked, drivers):
    assert [key for key, *_ in found(told, **asked)] == drivers


def test_an_account_has_drivers_of_its_own(told):
    assert [key for key, *_ in found(told, account_id=told.larkspur.pk)] == ["support"]


def test_the_page_names_the_first_driver_and_shows_the_people_of_a_chosen_one(told):
    page = browser(told.lena).get("/t/northwind/ratings/drivers").content.decode()
    assert "Support is behind 2 of 4" in page
    chosen = browser(told.lena).get("/t/northwind/ratings/drivers?driver=price").content.decode()
    assert "Farid" in chosen
    assert "Dana" not in chosen


@pytest.mark.parametrize("query", ["feels=joy", "about=colour", "account=x", f"segment={'x' * 101}"])
def test_a_question_that_makes_no_sense_names_its_field(told, query):
    assert browser(told.lena).get(f"/t/northwind/ratings/drivers?{query}").status_code == 400
    answer = Rest(make_key(told.adam, "read")[1]).get(f"/drivers/behind?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


def test_rest_answers_the_same(told):
    body = Rest(make_key(told.adam, "read")[1]).get("/drivers/behind?about=product").json()
    assert (body["people"], body["rated"]) == (4, 4)
    assert body["results"][0] == {
        "driver": "support", "label": "Support", "people": body["results"][0]["people"], "accounts": 1,
        "share": 0.5, "cumulative": 0.5,
    }  # fmt: skip
    assert set(body["results"][0]["people"]) == {str(told.dana.pk), str(told.eli.pk)}


def test_an_account_of_a_neighbour_has_no_drivers(told):
    page = browser(told.charlie).get(f"/t/globex/ratings/drivers?account={told.larkspur.pk}").content.decode()
    assert "Nobody is said to feel like that" in page
    assert "Larkspur" not in page
