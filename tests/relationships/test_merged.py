"""What was said of whom was entered twice is said of the one that remains, and goes back when the two are parted."""

import datetime as dt
from types import SimpleNamespace

import pytest

from accounts import services as accounts
from accounts.scope import Reader, reader_scope
from feedback import selectors as feedback
from feedback import services as answers
from health import services as health
from health.models import Score
from relationships import selectors, services
from relationships.selectors.grid import rating_grid
from relationships.selectors.spoken import people_where
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import Visitor

HIGH = {"strength": "very_good", "sentiment_brand": "positive", "sentiment_product": "positive",
        "sentiment_service": "positive"}  # fmt: skip


def say(book, persona, now, actor=None, **words):
    new = services.NewRating(persona_id=persona.pk, **{**HIGH, **words})
    return services.record_rating(rating=new, actor=actor or book.lena, at=now)


def stands(book, account, persona, now):
    """Strength and mood that the grid shows, how many ratings the person's history has, and whether they are counted
    among those who said something in the score of the account."""
    grid = rating_grid(actor=book.lena, at=now, account_id=account.pk)
    person = next(one for one in grid.accounts[0].people if one.id == persona.pk)
    history = selectors.rating_history(persona_id=persona.pk, at=now)
    health.rescore(account_ids=[account.pk], at=now)
    share = Score.objects.get(account_id=account.pk).emotional_evidence
    return person.strength, person.brand, len(history), share > 0


def test_ratings_of_a_merged_account_are_those_of_the_one_that_remains(book, now):
    say(book, book.farid, now)
    health.merge_accounts(id=book.plover.pk, into=book.larkspur.pk, actor=book.adam, at=now)
    assert stands(book, book.larkspur, book.farid, now) == ("very_good", "positive", 1, True)
    health.part_accounts(id=book.plover.pk, actor=book.adam, at=now)
    assert stands(book, book.plover, book.farid, now) == ("very_good", "positive", 1, True)
    grid = rating_grid(actor=book.lena, at=now, account_id=book.larkspur.pk)
    assert {one.strength for one in grid.accounts[0].people} == {None}


def test_ratings_of_a_merged_person_are_those_of_the_one_that_remains(book, now):
    say(book, book.eli, now)
    accounts.merge_personas(id=book.eli.pk, into=book.dana.pk, actor=book.adam, at=now)
    assert stands(book, book.larkspur, book.dana, now) == ("very_good", "positive", 1, True)


def test_on_the_days_before_they_were_merged_two_speak_for_themselves(book, now):
    later = now + dt.timedelta(days=1)
    say(book, book.eli, now)
    given = [
        answers.NewResponse(kind="nps", answer=9, account_id=one.account_id, persona_id=one.pk)
        for one in (book.eli, book.farid)
    ]
    answers.record_responses(responses=given, actor=book.lena, at=now)
    accounts.merge_personas(id=book.eli.pk, into=book.dana.pk, actor=book.adam, at=later)
    health.merge_accounts(id=book.plover.pk, into=book.larkspur.pk, actor=book.adam, at=later)
    for at, heard in ((now, 0), (later, 1)):
        (said,) = people_where("p.id = %(persona)s", at=at, persona=book.dana.pk)
        week = {"start": now - dt.timedelta(days=7), "end": at, "day": at.date()}
        counted = selectors.rated_by_owner(account_ids=[book.larkspur.pk], **week)
        assert (said.rated, len(selectors.rating_history(persona_id=book.dana.pk, at=at)), counted[0].rated) == (
            bool(heard), heard, heard,
        )  # fmt: skip
        assert feedback.persona_responses(persona_id=book.dana.pk, at=at).count() == heard
        assert feedback.account_responses(account_id=book.larkspur.pk, at=at).count() == 1 + heard


@pytest.mark.parametrize("one", ["account", "person"])
def test_the_same_words_again_ask_for_no_driver(book, now, one):
    if one == "account":
        said, asked = book.farid, book.farid
        say(book, said, now)
        health.merge_accounts(id=book.plover.pk, into=book.larkspur.pk, actor=book.adam, at=now)
    else:
        said, asked = book.eli, book.dana
        say(book, said, now)
        accounts.merge_personas(id=said.pk, into=asked.pk, actor=book.adam, at=now)
    with pytest.raises(services.RatingRefused):
        say(book, asked, now, sentiment_brand="neutral")
    assert say(book, asked, now).created


def test_answers_of_a_merged_account_are_those_of_the_one_that_remains(book, now):
    answer = answers.NewResponse(kind="nps", answer=9, account_id=book.plover.pk, persona_id=book.farid.pk)
    answers.record_responses(responses=[answer], actor=book.lena, at=now)
    health.merge_accounts(id=book.plover.pk, into=book.larkspur.pk, actor=book.adam, at=now)
    assert feedback.account_responses(account_id=book.larkspur.pk, at=now).count() == 1
    assert feedback.survey_metrics(at=now)["nps"].n == 1
    by_account = feedback.survey_metrics_by_account(at=now, account_ids=[book.larkspur.pk, book.plover.pk])
    assert {key: metrics["nps"].value for key, metrics in by_account.items()} == {book.larkspur.pk: 100}


def test_a_blind_reader_hears_nothing_that_others_said_of_whom_was_merged(book, now):
    say(book, book.eli, now)
    accounts.merge_personas(id=book.eli.pk, into=book.dana.pk, actor=book.adam, at=now)
    blind = Reader(book.alice.member_id, frozenset({book.dana.pk}), frozenset({book.larkspur.pk}))
    with reader_scope(blind):
        people = rating_grid(actor=book.alice, at=now, account_id=book.larkspur.pk).accounts[0].people
        assert {one.strength for one in people} == {None}
        assert selectors.rating_history(persona_id=book.dana.pk, at=now) == []
        assert not selectors.rating_list().exists()


def test_a_repeat_of_what_was_said_of_a_merged_person_is_known_and_tells_a_blind_reader_nothing(book, now):
    first = say(book, book.eli, now, external_id="r1").rating
    accounts.merge_personas(id=book.eli.pk, into=book.dana.pk, actor=book.adam, at=now)
    assert say(book, book.dana, now, external_id="r1").rating == first
    blind = Reader(book.alice.member_id, frozenset({book.dana.pk}), frozenset({book.larkspur.pk}))
    for words in ({}, {"strength": "weak"}, {"note": "met"}):
        with reader_scope(blind), pytest.raises(services.RatingRefused) as refused:
            say(book, book.dana, now, actor=book.alice, external_id="r1", **words)
        assert refused.value.field == "external_id"


@pytest.fixture
def chain(cast):
    """Over REST: the people and words of a first account, which was merged into a second and that into a third; and of
    the first, somebody who was entered twice there."""
    key = Rest(make_key(cast.adam, "write")[1])
    first, second, third = (
        key.post("/accounts", {"name": name, "external_id": name}).json()["id"] for name in ("A", "B", "C")
    )
    dana, twin = (
        key.post("/personas", {"account": first, "name": name, "role": "champion"}).json()["id"]
        for name in ("Dana", "Dana B.")
    )
    for one in (dana, twin):
        assert key.post("/ratings", {"persona": one, "strength": "okay"}).status_code == 201
    answer = {"account": first, "persona": dana, "kind": "nps", "answer": 10}
    assert key.post("/responses", answer).status_code == 201
    for kind, row in (
        ("touches", {"kind": "call", "at": "2026-01-05T10:00:00Z", "summary": "Met them"}),
        ("steps", {"title": "Call"}),
        ("cases", {"kind": "question", "opened_at": "2026-01-06T10:00:00Z"}),
        ("flags", {"reason": "Two vendors"}),
    ):
        answer = key.post(f"/{kind}", {"account": first, **row})
        assert answer.status_code == 201, answer.content
    assert key.post(f"/personas/{twin}/merge", {"into": dana}).status_code == 200
    for one, into in ((first, second), (second, third)):
        assert key.post(f"/accounts/{one}/merge", {"into": into}).status_code == 200
    return SimpleNamespace(key=key, first=first, second=second, third=third)


HEARD = {"personas": 1, "ratings": 2, "responses": 1, "touches": 1, "steps": 1, "cases": 1, "flags": 1}


def listed(chain, account):
    return {name: len(chain.key.get(f"/{name}?account={account}").json()["results"]) for name in HEARD}


def test_over_rest_the_third_of_a_chain_has_all_of_the_first(chain):
    assert listed(chain, chain.third) == HEARD
    assert len(chain.key.get("/responses?account_external_id=C").json()["results"]) == 1


@pytest.mark.parametrize("order", ["first second", "second first"])
def test_a_chain_that_is_parted_in_any_order_leaves_each_its_own(chain, order):
    for name in order.split():
        assert chain.key.post(f"/accounts/{getattr(chain, name)}/part").status_code == 200
    assert listed(chain, chain.first) == HEARD
    for other in (chain.second, chain.third):
        assert set(listed(chain, other).values()) == {0}


def test_the_timeline_of_the_third_of_a_chain_tells_what_happened_at_the_first(chain, cast):
    page = Visitor(cast.lena).get(f"/accounts/{chain.third}/timeline")
    entries = page.context["entries"]
    kinds = {one["kind"] for one in entries}
    assert {"rating", "response", "touch", "case", "flag", "activity"} <= kinds
    assert sum(one["kind"] == "rating" for one in entries) == 2
    changes = {(one["text"], one["tags"]) for one in entries if one["kind"] == "activity"}
    merged = "Another entry of the account was merged into it"
    assert {(merged, ("A",)), (merged, ("B",)), ("The account was added", ("A",))} <= changes
    assert ("The account was added", ()) in changes
