"""What is due of a person, in the rating grid: marked in the row, with why, and told once half of it is saved."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AccountFact
from accounts.scope import tenant_scope
from relationships import services
from tests.conftest import make_key
from tests.relationships.test_rounds import open_round
from tests.relationships.test_selectors import person, say
from tests.relationships.test_views import browser, save, world

__all__ = ["say", "world"]
DAY = dt.timedelta(days=1)
WHOLE = {
    "strength": "okay",
    **{f"sentiment_{facet}": "positive" for facet in ("brand", "product", "service")},
}


@pytest.fixture
def then(world):
    """Record what Alice said of Dana some time ago."""

    key = make_key(world.adam, "admin")[0]

    def record(ago, **parts):
        new = services.NewRating(
            persona_id=world.dana.pk,
            rated_at=timezone.now() - ago,
            rated_by_id=world.alice.member_id,
            historical=True,
            **parts,
        )
        with tenant_scope(world.northwind.pk), transaction.atomic():
            return services.record_rating(rating=new, actor=key, at=timezone.now()).rating

    return record


def of_dana(answer):
    """The row of Dana in an answer."""
    return answer.content.decode().partition('data-name="Dana"')[2].partition("</tr>")[0]


def grid(world):
    return of_dana(browser(world.alice).get("/t/northwind/rate"))


def test_what_is_due_is_named_for_strength_and_for_sentiment(book, say, now):
    say(book.alice, book.dana, 40, strength="okay")
    assert person(book, book.dana, now).still_due == [
        ("strength", "strength to rate again"),
        ("sentiment", "sentiment not rated"),
    ]
    say(book.alice, book.dana, 1, strength="okay", sentiment="positive")
    assert person(book, book.dana, now).still_due == []


def test_what_was_said_before_a_hand_over_is_due_until_it_is_said_again(book, say, now):
    say(book.lena, book.dana, 20, **WHOLE)
    AccountFact.objects.create(
        account=book.larkspur,
        key="owner",
        value=str(book.alice.member_id),
        effective_at=now - 10 * DAY,
        recorded_at=now - 10 * DAY,
    )
    say(book.alice, book.dana, 1, strength="okay")
    found = person(book, book.dana, now)
    assert (found.inherited, found.still_due) == (True, [("sentiment", "sentiment to rate again")])


def test_who_is_due_is_marked_with_why(world, then):
    then(40 * DAY, **WHOLE)
    assert 'title="strength to rate again, sentiment to rate again">Due<' in grid(world)


@pytest.mark.parametrize("ago", [1 * DAY, 200 * DAY])
def test_who_is_in_date_or_marked_as_stale_is_not_marked_as_due(world, then, ago):
    then(ago, **WHOLE)
    assert (">Due<" in grid(world), "Stale" in grid(world)) == (False, ago > 120 * DAY)


def test_who_was_never_rated_says_so_and_nothing_else(world):
    assert "Never rated" in grid(world)
    assert ">Due<" not in grid(world)


def test_a_row_of_which_half_is_saved_says_what_is_still_due(world, then):
    then(200 * DAY, **WHOLE)
    row = of_dana(save(world, world.dana, strength="okay"))
    assert 'title="sentiment to rate again">sentiment still due<' in row
    assert "Stale" not in row
    row = of_dana(save(world, world.dana, sentiment="positive"))
    assert "still due" not in row


def test_a_rating_is_taken_back_from_the_grid_within_an_hour_and_not_later(world, then):
    old = then(dt.timedelta(minutes=61), **WHOLE)
    assert f'data-mine="{old.pk}"' not in browser(world.alice).get("/t/northwind/rate").content.decode()
    assert "Undo<" not in grid(world)
    new = then(dt.timedelta(minutes=59), **WHOLE)
    assert f'data-mine="{new.pk}"' in browser(world.alice).get("/t/northwind/rate").content.decode()
    assert "Undo<" in grid(world)


def test_a_round_whose_day_is_past_is_overdue_wherever_it_asks(world):
    now = timezone.now()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round = open_round(world, now)
    alice = browser(world.alice)
    paths = ("/t/northwind/", "/t/northwind/rate?show=asked", "/t/northwind/rounds")
    assert not any(b"verdue since" in alice.get(path).content for path in paths)
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round.due_on = now.date() - 4 * DAY
        round.save()
    for path in paths:
        page = alice.get(path).content.decode()
        assert '<span class="felt-late">' in page, path
        assert "verdue since" in page, path
