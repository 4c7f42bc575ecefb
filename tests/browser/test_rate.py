"""A rating round by keyboard, by mouse and without script; what the page says, and how it fails and recovers."""

import datetime as dt
import re

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account, Persona
from accounts.scope import tenant_scope
from relationships import services
from relationships.models import Rating, RatingWithdrawal
from tests.conftest import make_cast, make_key
from tests.relationships.conftest import make_account, make_persona

pytestmark = pytest.mark.browser

ROUND = [  # what is pressed for each of ten people: strength, sentiment, driver where one is asked for
    ("4", "e", ""), ("3", "e", ""), ("3", "w", ""), ("2", "w", ""), ("2", "q", "1"),
    ("1", "w", ""), ("4", "e", ""), ("3", "q", "6"), ("3", "e", ""), ("4", "w", ""),
]  # fmt: skip
STRENGTHS = dict(zip("1234", ("none", "weak", "okay", "very_good"), strict=True))
SENTIMENTS = {"q": "negative", "w": "neutral", "e": "positive"}


@pytest.fixture
def world(live_product):
    """Alice's two accounts of five people each."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for name in ("Larkspur", "Plover"):
            account = make_account(name, owner=cast.alice, at=now)
            for i in range(5):
                make_persona(account, f"{name} person {i}", role="champion", at=now)
    return cast


def ratings(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return list(Rating.objects.select_related("persona").order_by("recorded_at"))


def said(world):
    """(strength, sentiment, driver) last said of each person, in the order of the grid."""
    stands = {}
    for rating in ratings(world):
        strength, sentiment, driver = stands.get(rating.persona.name, (None, None, ""))
        stands[rating.persona.name] = (
            rating.strength or strength,
            rating.sentiment_brand or sentiment,
            rating.driver or driver,
        )
    return [stands[name] for name in sorted(stands)]


def row(page, at):
    return page.locator("tr[data-person]").nth(at)


def saved(page, at, *parts, word="Saved"):
    """Wait until the row shows that it is saved, with these parts chosen."""
    expect(row(page, at).locator("[data-status]")).to_have_text(word)
    for part in parts:
        expect(row(page, at).locator(f"input[value={part}]")).to_be_checked()


def test_ten_people_are_rated_with_the_keyboard_alone(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open("/t/northwind/rate")
    expect(page.get_by_role("heading", level=1)).to_have_text("10 people to rate")
    page.locator("button[data-keys]").focus()
    page.keyboard.press("Tab")  # one tab stop: the grid
    expect(row(page, 0).locator("[data-cell=strength]")).to_be_focused()
    for at, (strength, sentiment, driver) in enumerate(ROUND):
        page.keyboard.press(strength)
        page.keyboard.press(sentiment)
        if driver:
            expect(page.locator("#rate-why")).to_be_visible()
            page.keyboard.press(driver)
        page.keyboard.press("ArrowDown")
        if at < 9:
            expect(row(page, at + 1).locator("[data-cell=strength]")).to_be_focused()
    for at, (strength, sentiment, _driver) in enumerate(ROUND):
        saved(page, at, STRENGTHS[strength], SENTIMENTS[sentiment])
    drivers = {"": "", "1": "value", "6": "support"}
    assert said(world) == [(STRENGTHS[s], SENTIMENTS[f], drivers[d]) for s, f, d in ROUND]
    expect(page.locator("#rate-due")).to_have_text("0")
    expect(page.locator("tr[data-account] .delta").first).to_be_visible()
    page.keyboard.press("Tab")  # and out of it again
    assert page.evaluate("document.activeElement.closest('#grid')") is None
    assert screen.complaints == []


def test_a_row_that_is_saved_stays_the_row_it_was_and_is_not_drawn_anew(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    parts = "[data-cell], [data-cell] input, [data-cell] a, [data-status]"
    row(page, 0).evaluate(f"row => row.querySelectorAll('{parts}').forEach(part => (part.there = true))")
    page.keyboard.press("3")
    saved(page, 0, "okay")
    assert row(page, 0).evaluate(f"row => [...row.querySelectorAll('{parts}')].every(part => part.there)")
    expect(row(page, 0).locator("[data-cell=strength]")).to_be_focused()


def test_the_rubric_stays_in_sight_at_the_last_row(world, screen_of):
    page = screen_of(world.alice, viewport={"width": 1440, "height": 500}).open("/t/northwind/rate")
    row(page, 9).locator("[data-cell=strength]").focus()
    expect(page.get_by_text("We have met, but it stays cool and distant.")).to_be_in_viewport()
    expect(row(page, 9)).to_be_in_viewport()


PLACES = """() => [...document.querySelectorAll("tr[data-person]")].map(row => [...row.cells].map(cell => {
  const box = cell.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height].map(Math.round);
}))"""


@pytest.mark.parametrize("width", [1440, 1024, 768, 390])
def test_every_row_stands_under_the_last_and_writing_a_note_moves_nothing(world, screen_of, width):
    page = screen_of(world.alice, viewport={"width": width, "height": 900}).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("4")
    saved(page, 0, "very_good")
    before = page.evaluate(PLACES)
    assert len({tuple(cell[0] for cell in cells) for cells in before}) == 1
    page.keyboard.press("n")
    expect(row(page, 0).get_by_placeholder("Add a note")).to_be_focused()
    assert page.evaluate(PLACES) == before
    assert (
        page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.rate-wrap'))") == 0
    )


def test_undo_takes_the_last_rating_back(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("3")
    saved(page, 0, "okay")
    page.keyboard.press("2")
    saved(page, 0, "weak")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("u")
    saved(page, 0, "okay", word="Taken back")
    expect(row(page, 0).locator("[data-cell=strength]")).to_be_focused()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert RatingWithdrawal.objects.count() == 1


def test_undo_leaves_what_was_said_long_before_this_page_alone(world, screen_of):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        services.record_rating(
            rating=services.NewRating(
                persona_id=Persona.objects.get(name="Larkspur person 0").pk,
                strength="okay",
                historical=True,
                rated_at=timezone.now() - dt.timedelta(days=90),
                rated_by_id=world.alice.member_id,
            ),
            actor=make_key(world.adam, "admin")[0],
            at=timezone.now(),
        )
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("2")
    saved(page, 0, "weak")
    page.keyboard.press("u")
    saved(page, 0, "okay", word="Taken back")
    page.keyboard.press("u")
    expect(page.locator("#live")).to_have_text("Nothing to take back.")
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert RatingWithdrawal.objects.count() == 1


def test_wherever_the_page_says_how_many_are_due_the_number_falls_with_each_rating(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    chip = page.get_by_label("Whom to show").get_by_role("link", name="Due")
    expect(chip).to_have_text("Due 10")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("3")
    page.keyboard.press("e")
    expect(page.locator("#rate-due")).to_have_text("9")
    expect(chip).to_have_text("Due 9")
    expect(page.get_by_role("heading", level=1)).to_have_text("9 people to rate")


def test_shift_opens_brand_product_and_service(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("Shift")
    for key in ("e", "w", "e"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(row(page, 0).locator(".mixed")).to_be_visible()
    assert [row(page, 0).get_attribute(f"data-{facet}") for facet in ("brand", "product", "service")] == [
        "positive",
        "neutral",
        "positive",
    ]
    expect(row(page, 0).locator("[data-cell=sentiment]")).to_be_focused()


def test_escape_at_the_driver_leaves_everything_as_it_was(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("q")
    page.keyboard.press("Escape")
    expect(page.locator("#rate-why")).to_be_hidden()
    expect(row(page, 0).locator("input[value=negative]")).not_to_be_checked()
    expect(row(page, 0).locator("[data-cell=strength]")).to_be_focused()
    assert ratings(world) == []


def test_what_was_seen_waits_for_the_reason_that_nobody_gave_and_is_saved_whole(world, screen_of):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        first = Persona.objects.get(name="Larkspur person 0")
        services.record_rating(
            rating=services.NewRating(
                persona_id=first.pk,
                strength="weak",
                sentiment_brand="negative",
                historical=True,
                rated_at=timezone.now() - dt.timedelta(days=40),
            ),
            actor=world.adam,
            at=timezone.now(),
        )
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("s")
    seen = page.locator("#rate-seen")
    seen.get_by_label("Keeps the camera off").check()
    seen.get_by_label("High").check()
    seen.get_by_label("I still say what stands").check()
    seen.get_by_role("button", name="Save").click()
    expect(page.locator("#rate-why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved: A negative sentiment needs")
    row(page, 0).get_by_role("button", name="Retry").click()
    expect(page.locator("#rate-why")).to_be_visible()
    page.keyboard.press("6")
    saved(page, 0, "weak")
    rating = ratings(world)[-1]
    assert (rating.strength, rating.sentiment_brand, rating.driver) == ("weak", "negative", "support")
    assert (rating.signs, rating.confidence) == (["camera_off"], "high")


def say_elsewhere(world, name, sentiment):
    """Alice rates somebody on another page, after this one was opened."""
    facets = {f"sentiment_{facet}": sentiment for facet in ("brand", "product", "service")}
    with tenant_scope(world.northwind.pk), transaction.atomic():
        rating = services.NewRating(persona_id=Persona.objects.get(name=name).pk, driver="support", **facets)
        services.record_rating(rating=rating, actor=world.alice, at=timezone.now())


def test_what_was_refused_and_then_said_anew_is_not_sent_again(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    say_elsewhere(world, "Larkspur person 0", "negative")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("e")
    expect(page.locator("#rate-why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved")
    page.keyboard.press("w")
    page.keyboard.press("1")
    saved(page, 0, "neutral")
    expect(page.locator("#rate-why")).to_be_hidden()
    assert [rating.sentiment_brand for rating in ratings(world)] == ["negative", "neutral"]


def test_a_refusal_that_comes_late_leaves_the_answer_that_is_being_given_alone(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    say_elsewhere(world, "Larkspur person 0", "negative")
    held = []
    page.route(f"**{row(page, 0).get_attribute('data-url')}", lambda route: held.append(route))
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("q")
    expect(page.locator("#rate-why-who")).to_contain_text("person 1")
    held.pop().continue_()
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved")
    expect(page.locator("#rate-why-who")).to_contain_text("person 1")
    page.keyboard.press("6")
    saved(page, 1, "negative")
    assert said(world)[1] == (None, "negative", "support")


def test_a_note_goes_with_what_stands_and_waits_where_nothing_does(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("n")
    page.keyboard.type("asked for q1 and d2")  # letters of the note rate nobody
    page.keyboard.press("Enter")
    assert ratings(world) == []
    page.keyboard.press("3")
    saved(page, 0, "okay")
    assert [(rating.strength, rating.note) for rating in ratings(world)] == [("okay", "asked for q1 and d2")]
    expect(row(page, 0).locator("[data-cell=note]")).to_contain_text("asked for q1 and d2")


def test_the_mouse_rates_too(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 2).locator(".seg-very_good").click()
    saved(page, 2, "very_good")
    row(page, 2).locator(".seg-negative").click()
    page.get_by_role("button", name="Support").click()
    saved(page, 2, "negative")
    assert said(world) == [("very_good", "negative", "support")]


def test_the_question_mark_lists_the_keys(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("?")
    expect(page.locator("#rate-help")).to_contain_text("Undo the last rating")
    page.keyboard.press("Escape")
    expect(row(page, 0).locator("[data-cell=strength]")).to_be_focused()


def test_what_could_not_be_saved_says_so_and_is_saved_by_a_retry(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open("/t/northwind/rate")
    page.context.set_offline(True)
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("3")
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved")
    expect(page.locator("#live")).to_contain_text("Not saved")
    assert ratings(world) == []
    page.context.set_offline(False)
    row(page, 0).get_by_role("button", name="Retry").click()
    saved(page, 0, "okay")
    assert said(world) == [("okay", None, "")]


def test_a_save_is_spoken_with_the_score_it_made(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("4")
    expect(page.locator("#live")).to_have_text(
        re.compile(r"Larkspur person 0: Very good, Not rated, saved, score \d+")
    )


def test_without_script_each_row_is_a_form(world, screen_of):
    page = screen_of(world.alice, java_script_enabled=False).open("/t/northwind/rate")
    row(page, 1).locator(".seg-okay").click()
    row(page, 1).locator(".seg-negative").click()
    row(page, 1).get_by_role("button", name="Save").click()
    expect(page.get_by_text("A negative sentiment needs a driver")).to_be_visible()
    row(page, 1).locator("select[name=driver]").select_option("support")
    row(page, 1).locator("input[name=note]").fill("on the phone")
    row(page, 1).get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    (rating,) = ratings(world)
    assert (rating.strength, rating.sentiment_service, rating.driver, rating.note) == (
        "okay",
        "negative",
        "support",
        "on the phone",
    )
    row(page, 1).get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()


@pytest.mark.parametrize("colour_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(world, screen_of, colour_scheme, width):
    screen = screen_of(world.alice, color_scheme=colour_scheme, viewport={"width": width, "height": 900})
    page = screen.open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("3")
    page.keyboard.press("w")
    saved(page, 0, "okay", "neutral")
    assert screen.axe() == []
    page.keyboard.press("q")
    expect(page.locator("#rate-why")).to_be_visible()
    assert screen.axe() == []
    assert screen.complaints == []


def test_a_page_without_people_says_what_belongs_here(world, screen_of):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        Account.objects.update(owner=world.lena.membership)
    screen = screen_of(world.alice)
    page = screen.open("/t/northwind/rate?show=mine")
    expect(page.get_by_role("heading", name="No people of yours yet")).to_be_visible()
    assert screen.axe() == []
    assert screen.complaints == []
