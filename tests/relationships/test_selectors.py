"""Who speaks for a person, what is due, and where raters disagree."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountFact, AccountTeam
from accounts.scope import tenant_scope
from relationships import selectors, services
from relationships.services import NewRating
from tests.conftest import make_key
from tests.relationships.conftest import make_account, make_persona

DAY = dt.timedelta(days=1)


@pytest.fixture
def say(book, now):
    """Record that somebody said something of a person some days ago, as known since then."""
    key = make_key(book.adam, "admin")[0]

    def record(who, persona, days=0.0, sentiment=None, driver="", note="", **fields):
        if sentiment:
            fields |= {f"sentiment_{facet}": sentiment for facet in ("brand", "product", "service")}
        new = NewRating(
            persona_id=persona.pk,
            rated_at=now - days * DAY,
            rated_by_id=who.member_id,
            historical=True,
            driver=driver,
            note=note,
            **fields,
        )
        return services.record_rating(rating=new, actor=key, at=now).rating

    return record


def person(book, persona, at):
    rows = selectors.rated_people(tenant=book.northwind, at=at, account_ids=[persona.account_id])
    return next(row for row in rows if row.id == persona.pk)


def test_the_owner_speaks_within_120_days_even_if_another_spoke_later(book, say, now):
    say(book.alice, book.dana, 119, strength="okay")
    say(book.lena, book.dana, 1, strength="none")
    assert person(book, book.dana, now).strength == "okay"


def test_after_120_days_the_newest_by_anyone_speaks(book, say, now):
    say(book.alice, book.dana, 121, strength="okay")
    say(book.lena, book.dana, 30, strength="none")
    assert person(book, book.dana, now).strength == "none"


def test_each_part_has_its_own_speaker(book, say, now):
    say(book.lena, book.dana, 5, sentiment="positive")
    say(book.alice, book.dana, 10, strength="weak")
    row = person(book, book.dana, now)
    assert (row.strength, row.overall, row.rated_at, row.oldest_at) == (
        "weak",
        "positive",
        now - 5 * DAY,
        now - 10 * DAY,
    )


@pytest.mark.parametrize(
    ("facets", "word"),
    [
        (("positive", "positive", "negative"), "negative"),
        (("positive", "neutral", "neutral"), "positive"),
        (("neutral", None, "neutral"), "neutral"),
        ((None, None, None), None),
    ],
)
def test_overall_sentiment_is_the_worst_word_or_else_the_best(book, say, now, facets, word):
    brand, product, service = facets
    say(
        book.alice,
        book.dana,
        strength="okay",
        sentiment_brand=brand,
        sentiment_product=product,
        sentiment_service=service,
    )
    assert person(book, book.dana, now).overall == word


def test_a_withdrawn_rating_is_not_heard_from_then_on_but_was_before(book, say, now):
    say(book.alice, book.dana, 10, strength="okay")
    rating = say(book.alice, book.dana, 5, strength="weak")
    services.withdraw_rating(rating_id=rating.pk, actor=book.alice, at=now)
    assert person(book, book.dana, now).strength == "okay"
    assert person(book, book.dana, now - DAY).strength == "weak"


def test_what_was_not_yet_recorded_is_not_heard(book, now):
    new = NewRating(persona_id=book.dana.pk, strength="okay", rated_at=now - 10 * DAY)
    services.record_rating(rating=new, actor=book.alice, at=now)
    assert person(book, book.dana, now - DAY).strength is None
    assert person(book, book.dana, now).strength == "okay"


def test_ratings_from_before_a_handover_are_inherited_and_due_at_once(book, say, now):
    say(book.lena, book.dana, 20, strength="okay", sentiment="positive")
    AccountFact.objects.create(
        account=book.larkspur,
        key="owner",
        value=str(book.alice.member_id),
        effective_at=now - 10 * DAY,
        recorded_at=now - 10 * DAY,
    )
    row = person(book, book.dana, now)
    assert (row.strength, row.inherited, row.due) == ("okay", True, True)
    say(book.alice, book.dana, 1, strength="okay", sentiment="positive")
    row = person(book, book.dana, now)
    assert (row.inherited, row.due) == (False, False)


def test_a_colleague_who_rates_after_the_handover_is_not_inherited(book, say, now):
    say(book.lena, book.dana, 20, strength="okay", sentiment="positive")
    assert not person(book, book.dana, now).inherited


@pytest.mark.parametrize(
    ("days", "due", "stale"), [(29, False, False), (31, True, False), (119, True, False), (121, True, True)]
)
def test_a_rating_is_due_after_its_grace_and_stale_after_120_days(book, say, now, days, due, stale):
    say(book.alice, book.dana, days, strength="okay", sentiment="positive")
    row = person(book, book.dana, now)
    assert (row.due, row.stale) == (due, stale)


def test_the_rating_field_of_personas_names_rater_and_age_and_is_absent_if_nobody_rated(book, say, now):
    say(book.alice, book.dana, 3, strength="very_good", sentiment="positive", driver="value")
    found = selectors.latest_ratings(persona_ids=[book.dana.pk, book.eli.pk], at=now)
    word = dict.fromkeys(("brand", "product", "service", "overall"), "positive")
    assert found == {
        book.dana.pk: {
            "strength": "very_good",
            "sentiment": word,
            "rated_at": now - 3 * DAY,
            "rated_by": "alice@northwind.test",
            "stale": False,
            "inherited": False,
            "confidence": None,
            "observed": None,
            "signs": [],
            "observed_at": None,
            "diverges": False,
            "advocate": True,
        }
    }


def names(grid):
    return [(account.name, [row.name for row in account.people]) for account in grid.accounts]


def test_the_grid_shows_my_people_by_account_and_role(book, now):
    grid = selectors.rating_grid(actor=book.alice, at=now)
    assert names(grid) == [("Larkspur", ["Eli", "Dana"])]
    assert (grid.people, grid.due, grid.accounts[0].editable, grid.accounts[0].owner) == (2, 2, True, "Alice")


def test_the_grid_of_a_team_member_holds_the_account(book, now):
    AccountTeam.objects.create(account=book.plover, membership_id=book.alice.member_id)
    grid = selectors.rating_grid(actor=book.alice, at=now)
    assert [(account.name, account.editable) for account in grid.accounts] == [
        ("Larkspur", True),
        ("Plover", True),
    ]


def test_the_grid_of_all_shows_others_accounts_for_reading_only(book, now):
    grid = selectors.rating_grid(actor=book.alice, at=now, show="all")
    assert [(account.name, account.editable) for account in grid.accounts] == [
        ("Larkspur", True),
        ("Plover", False),
    ]


def test_the_grid_of_due_leaves_out_who_was_just_rated(book, say, now):
    say(book.alice, book.eli, 1, strength="okay", sentiment="neutral")
    assert names(selectors.rating_grid(actor=book.alice, at=now, show="due")) == [("Larkspur", ["Dana"])]


def test_the_grid_leaves_out_who_left_who_does_not_count_and_churned_accounts(book, now):
    make_persona(book.larkspur, "Gone", left_on=now.date(), at=now)
    make_persona(book.larkspur, "Leaving", left_on=(now + DAY).date(), at=now)
    make_persona(book.larkspur, "Untracked", tracked=False, at=now)
    lost = make_account("Lost", owner=book.alice, at=now, status="churned")
    make_persona(lost, "Past", at=now)
    assert names(selectors.rating_grid(actor=book.alice, at=now)) == [
        ("Larkspur", ["Eli", "Dana", "Leaving"])
    ]


def test_the_grid_of_one_account_shows_also_who_does_not_count_yet(book, now):
    make_persona(book.larkspur, "Untracked", tracked=False, at=now)
    grid = selectors.rating_grid(actor=book.alice, at=now, account_id=book.larkspur.pk)
    assert names(grid) == [("Larkspur", ["Eli", "Dana", "Untracked"])]


def test_a_neighbour_sees_an_empty_grid(book, say, now):
    with tenant_scope(book.globex.pk):
        for show in ("mine", "due", "all"):
            assert selectors.rating_grid(actor=book.charlie, at=now, show=show).accounts == []
        grid = selectors.rating_grid(actor=book.charlie, at=now, account_id=book.larkspur.pk)
        assert grid.accounts == []


def test_the_grid_is_paged_by_accounts(book, now):
    for i in range(20):
        make_persona(make_account(f"Many {i:02}", owner=book.alice, at=now), f"P{i}", at=now)
    for show in ("mine", "due", "all"):
        second = selectors.rating_grid(actor=book.alice, at=now, show=show, page=2)
        assert (second.page, second.pages) == (2, 2)
        assert second.accounts[-1].name == ("Plover" if show == "all" else "Many 19")


def test_the_grid_costs_five_queries_with_one_and_with_many_people(book, say, now):
    say(book.alice, book.dana, 1, strength="okay", sentiment="neutral")
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            selectors.rating_grid(actor=book.alice, at=now)
        assert len(queries) == 5
        for name in ("A", "B", "C"):
            say(book.alice, make_persona(book.larkspur, name, at=now - 9 * DAY), 1, strength="weak")


def test_raters_who_see_a_person_two_levels_apart_disagree(book, say, now):
    say(book.lena, book.dana, 10, strength="weak", sentiment="negative", driver="support")
    say(book.alice, book.dana, 5, strength="okay", sentiment="positive", driver="value")
    found = selectors.disagreements(at=now)
    assert {(row.name, row.facet, row.low_rater, row.high_rater) for row in found} == {
        ("Dana", facet, "Lena", "Alice") for facet in ("brand", "product", "service")
    }
    assert selectors.disagreements(at=now, account_ids=[book.plover.pk]) == []
    assert selectors.disagreements(at=now + 120 * DAY) == []


def test_a_rater_does_not_disagree_with_an_earlier_self(book, say, now):
    say(book.alice, book.dana, 10, strength="none")
    say(book.alice, book.dana, 5, strength="very_good")
    assert selectors.disagreements(at=now) == []


def test_the_history_of_a_person_holds_every_rating_also_those_taken_back(book, say, now):
    first = say(book.lena, book.dana, 10, strength="weak")
    second = say(book.alice, book.dana, 5, strength="okay")
    services.withdraw_rating(rating_id=second.pk, actor=book.alice, at=now)
    found = selectors.rating_history(persona_id=book.dana.pk, at=now)
    assert [(row.rating.pk, row.rater, row.withdrawn_at) for row in found] == [
        (second.pk, "Alice", now),
        (first.pk, "Lena", None),
    ]


def test_those_due_longest_come_first(book, say, now):
    say(book.alice, book.dana, 40, strength="okay", sentiment="positive")
    found = selectors.my_ratings(actor=book.alice, at=now, first=5, diverging=8)
    assert [row.name for row in found.first] == ["Eli", "Dana"]


def test_the_newest_note_stays_in_sight_when_a_later_rating_has_none(book, say, now):
    say(book.alice, book.dana, 9, strength="weak", note="first")
    say(book.alice, book.dana, 8, strength="weak", note="met in Lyon")
    last = say(book.lena, book.dana, 1, strength="weak")
    row = person(book, book.dana, now)
    assert (row.note, row.last_id, row.last_by_id) == ("met in Lyon", last.pk, book.lena.member_id)
