"""The Rate page as forms and as fragments."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.scope import tenant_scope
from relationships import services
from relationships.models import Driver, Rating, RatingWithdrawal
from relationships.services import NewRating
from tests.conftest import make_cast
from tests.relationships.conftest import make_account, make_persona

HX = {"HX-Request": "true"}


@pytest.fixture
def world(db):
    """Alice's Larkspur with Dana and Eli, Lena's Plover with Farid, and a browser for each member."""
    cast = make_cast()
    now = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        cast.larkspur = make_account("Larkspur", owner=cast.alice, at=now)
        cast.plover = make_account("Plover", owner=cast.lena, at=now)
        cast.dana = make_persona(cast.larkspur, "Dana", role="champion", at=now)
        cast.eli = make_persona(cast.larkspur, "Eli", role="economic_buyer", at=now)
        cast.farid = make_persona(cast.plover, "Farid", role="technical_owner", at=now)
    return cast


def browser(actor):
    client = Client()
    client.force_login(actor.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def ratings(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return list(Rating.objects.order_by("recorded_at"))


def save(world, persona, actor=None, headers=HX, **data):
    client = browser(actor or world.alice)
    return client.post(f"/t/northwind/rate/{persona.pk}", data, headers=headers)


def test_the_page_shows_my_people_the_rubric_and_a_form_for_each(world):
    page = browser(world.alice).get("/t/northwind/rate").content.decode()
    assert "2 people to rate" in page
    assert page.count("I do not know this person yet.") == 1
    assert page.count(f'action="/t/northwind/rate/{world.dana.pk}"') == 1
    assert "Farid" not in page


def test_a_leader_without_accounts_of_their_own_is_shown_the_book(world):
    page = browser(world.adam).get("/t/northwind/rate").content.decode()
    assert "Dana" in page
    assert "Farid" in page


def test_a_viewer_reads_and_is_offered_no_form(world):
    page = browser(world.vera).get("/t/northwind/rate?show=all").content.decode()
    assert "Dana" in page
    assert 'name="strength"' not in page


def test_a_viewer_is_told_of_no_key_that_rates(world):
    told = {
        who: browser(getattr(world, who))
        .get("/t/northwind/rate?show=all")
        .content.count(b'class="rate-keys"')
        for who in ("alice", "vera")
    }
    assert told == {"alice": 5, "vera": 0}


@pytest.mark.parametrize("query", ["show=nonsense", "account=nonsense", "page=-1", "page=999999999999"])
def test_nonsense_in_the_address_shows_the_grid(world, query):
    assert browser(world.alice).get(f"/t/northwind/rate?{query}").status_code == 200


def test_an_account_of_a_neighbour_or_of_nobody_looks_the_same(world):
    charlie = browser(world.charlie)
    theirs = charlie.get(f"/t/globex/rate?account={world.larkspur.pk}")
    nobody = charlie.get(f"/t/globex/rate?account={uuid.uuid4()}")
    assert b"Dana" not in theirs.content
    assert b"Nobody to rate here" in theirs.content
    assert b"Nobody to rate here" in nobody.content


def test_a_rating_answers_with_its_row_and_the_new_score_of_its_account(world):
    answer = save(world, world.dana, strength="okay")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-person="{world.dana.pk}"' in page
    assert f'data-account="{world.larkspur.pk}"' in page
    assert 'class="score-value"' in page
    (rating,) = ratings(world)
    assert (rating.strength, rating.sentiment_brand, rating.rated_by_id) == (
        "okay",
        None,
        world.alice.member_id,
    )


def test_a_second_rating_answers_with_what_it_did_to_the_score(world):
    save(world, world.dana, strength="none")
    assert 'class="delta delta-up"' in save(world, world.dana, strength="very_good").content.decode()


def test_the_first_rating_of_an_account_answers_with_what_it_did_to_score_and_band_too(world):
    page = save(
        world, world.farid, actor=world.lena, strength="very_good", sentiment="positive"
    ).content.decode()
    assert 'class="delta delta-up"' in page


def test_one_sentiment_speaks_for_all_three_and_a_facet_goes_before_it(world):
    save(world, world.dana, sentiment="positive", sentiment_service="neutral")
    (rating,) = ratings(world)
    assert (rating.sentiment_brand, rating.sentiment_product, rating.sentiment_service) == (
        "positive",
        "positive",
        "neutral",
    )


def test_a_negative_sentiment_without_a_driver_is_asked_for_one(world):
    answer = save(world, world.dana, sentiment="negative")
    assert (answer.status_code, answer.json()["code"]) == (422, "needs_driver")
    assert ratings(world) == []
    assert save(world, world.dana, sentiment="negative", driver="support").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"strength": "great"}, {"note": "only a note"}, {"strength": "okay", "note": "x" * 2001}]
)
def test_a_wrong_rating_says_what_is_wrong_and_saves_nothing(world, wrong):
    answer = save(world, world.dana, **wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert ratings(world) == []


def test_without_script_saving_comes_back_to_the_row(world):
    answer = save(world, world.dana, headers={}, strength="okay", next="/t/northwind/rate?show=due")
    assert answer.status_code == 302
    assert answer["Location"] == f"/t/northwind/rate?show=due#p-{world.dana.pk}"
    assert len(ratings(world)) == 1


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", "/\\evil.test"]
)
def test_the_way_back_never_leads_elsewhere(world, target):
    answer = save(world, world.dana, headers={}, strength="okay", next=target)
    assert answer["Location"] == f"/t/northwind/rate#p-{world.dana.pk}"


def test_without_script_a_refusal_shows_the_page_with_what_was_entered(world):
    answer = save(world, world.dana, headers={}, strength="weak", sentiment="negative", note="Lyon")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "needs a driver" in page
    assert 'value="Lyon"' in page
    assert f'value="weak" form="f-{world.dana.pk}" checked' in page
    assert ratings(world) == []


def test_a_refusal_is_shown_where_the_person_is_however_many_accounts_stand_before_theirs(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        for number in range(13):
            account = make_account(f"Aa {number}", owner=world.alice, at=timezone.now())
            make_persona(account, f"First {number}", role="champion", at=timezone.now())
    entered = {"strength": "weak", "sentiment_brand": "negative", "note": "Lyon"}
    answer = save(world, world.dana, headers={}, next=f"/t/northwind/personas/{world.dana.pk}", **entered)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("needs a driver") == 1
    assert f'value="weak" form="f-{world.dana.pk}" checked' in page
    assert '<option value="negative" selected>' in page
    assert 'value="Lyon"' in page


def test_a_refusal_of_nothing_is_said_on_the_page_it_came_from(world):
    home = f"/t/northwind/personas/{world.dana.pk}"
    answer = save(world, world.dana, headers={}, next=home, strength="", note=" ")
    assert (answer.status_code, answer["Location"]) == (302, home)
    (said,) = get_messages(answer.wsgi_request)
    assert (said.level_tag, str(said)) == ("error", "Give a strength, a sentiment, or a sign that you saw.")
    assert ratings(world) == []


def test_undo_takes_the_rating_back_with_and_without_script(world):
    for headers, status in ((HX, 200), ({}, 302)):
        save(world, world.dana, strength="okay")
        rating = ratings(world)[-1]
        answer = browser(world.alice).post(f"/t/northwind/rate/undo/{rating.pk}", headers=headers)
        assert answer.status_code == status
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert RatingWithdrawal.objects.count() == 2


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("alice", 403), ("lena", 200)])
def test_only_who_may_write_the_account_rates_its_people(world, who, status):
    assert save(world, world.farid, actor=getattr(world, who), strength="okay").status_code == status
    assert len(ratings(world)) == (status == 200)


def test_a_neighbour_gets_the_answer_of_a_person_who_is_not_there(world):
    charlie = browser(world.charlie)
    with tenant_scope(world.northwind.pk), transaction.atomic():
        new = NewRating(persona_id=world.dana.pk, strength="okay")
        rating = services.record_rating(rating=new, actor=world.alice, at=timezone.now()).rating
    for path in (f"rate/{world.dana.pk}", f"rate/undo/{rating.pk}"):
        assert charlie.post(f"/t/globex/{path}", {"strength": "weak"}).status_code == 404
    assert charlie.post(f"/t/globex/rate/{uuid.uuid4()}", {"strength": "weak"}).status_code == 404
    assert charlie.get("/t/northwind/rate").status_code == 404
    assert len(ratings(world)) == 1
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not RatingWithdrawal.objects.exists()


def test_the_page_costs_the_same_queries_with_two_and_with_many_people(world, django_assert_num_queries):
    alice = browser(world.alice)
    alice.get("/t/northwind/rate")
    for _ in range(2):
        with django_assert_num_queries(17):
            alice.get("/t/northwind/rate")
        with tenant_scope(world.northwind.pk), transaction.atomic():
            for i in range(5):
                account = make_account(f"More {i}", owner=world.alice, at=timezone.now())
                make_persona(account, f"Person {i}", at=timezone.now())


def test_a_rating_costs_the_same_queries_with_two_and_with_many_people(world, django_assert_num_queries):
    alice = browser(world.alice)

    def rate(strength):
        return alice.post(f"/t/northwind/rate/{world.dana.pk}", {"strength": strength}, headers=HX)

    rate("weak")
    for strength in ("okay", "very_good"):
        with django_assert_num_queries(24):
            assert rate(strength).status_code == 200
        with tenant_scope(world.northwind.pk), transaction.atomic():
            for i in range(5):
                make_persona(world.larkspur, f"Person {i}", at=timezone.now())


def test_an_admin_adds_a_driver_and_switches_it_off(world):
    adam = browser(world.adam)
    adam.post("/t/northwind/settings/drivers", {"label": "The weather"})
    with tenant_scope(world.northwind.pk), transaction.atomic():
        driver = Driver.objects.get(key="the_weather")
    adam.post(f"/t/northwind/settings/drivers/{driver.pk}", {"active": ""})
    assert b"The weather" in adam.get("/t/northwind/settings/drivers").content
    for label in ("a\0b", "x" * 101):
        assert adam.post(f"/t/northwind/settings/drivers/{driver.pk}", {"label": label}).status_code == 302
    with tenant_scope(world.northwind.pk), transaction.atomic():
        driver = Driver.objects.get(pk=driver.pk)
    assert (driver.label, driver.active) == ("The weather", False)


def test_only_an_admin_changes_drivers_and_a_neighbour_finds_none(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        driver = services.ensure_drivers()[0]
    for path, data in (("drivers", {"label": "Snow"}), (f"drivers/{driver.pk}", {"active": ""})):
        assert browser(world.lena).post(f"/t/northwind/settings/{path}", data).status_code == 403
    answer = browser(world.gloria).post(f"/t/globex/settings/drivers/{driver.pk}", {"active": ""})
    assert answer.status_code == 404
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Driver.objects.filter(key="snow").exists()
        assert Driver.objects.get(pk=driver.pk).active
