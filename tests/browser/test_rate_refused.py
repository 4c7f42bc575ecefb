"""What the server refuses in the rating grid holds up nothing that is said after it, and loses nothing that was typed."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from accounts.scope import tenant_scope
from relationships.models import Driver
from relationships.services import ensure_drivers
from tests.browser.test_rate import ratings, row, said, saved, say_elsewhere, world

__all__ = ["world"]
pytestmark = pytest.mark.browser
REFUSED = "Not saved: A link begins with http"


@pytest.fixture
def page(world, screen_of):
    """The grid in which a bad link was refused in the first row."""
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("s")
    seen = page.locator("#rate-seen")
    seen.get_by_label("Keeps the camera off").check()
    seen.get_by_label("High").check()
    seen.get_by_label("Links").fill("ftp bad")
    seen.get_by_role("button", name="Save").click()
    expect(row(page, 0).locator("[data-status]")).to_contain_text(REFUSED)
    return page


def leave_the_driver(page):
    """Do not answer what is behind it."""
    expect(page.locator("#rate-why")).to_be_visible()
    page.keyboard.press("Escape")


def sent_from(page):
    """Every body that the page sends from now on."""
    bodies = []
    page.on("request", lambda one: bodies.append(one.post_data or "") if one.method == "POST" else None)
    return bodies


def test_a_rating_is_saved_although_what_was_seen_was_refused_before_it(world, page):
    bodies = sent_from(page)
    page.keyboard.press("3")
    expect(page.locator("#live")).to_contain_text("Okay, Not rated, saved")
    assert said(world) == [("okay", None, "")]
    assert bodies == ["strength=okay"]


def test_what_was_refused_still_says_so_once_something_else_is_saved(world, page):
    page.keyboard.press("3")
    expect(page.locator("#live")).to_contain_text("Not rated, saved")
    expect(row(page, 0).locator("input[value=okay]")).to_be_checked()
    expect(row(page, 0).locator("[data-status]")).to_contain_text(REFUSED)


def test_the_form_that_was_refused_keeps_what_was_entered_until_it_is_correct(world, page):
    page.keyboard.press("s")
    seen = page.locator("#rate-seen")
    expect(seen.get_by_role("alert")).to_contain_text("A link begins with http")
    expect(seen.get_by_label("Keeps the camera off")).to_be_checked()
    expect(seen.get_by_label("High")).to_be_checked()
    expect(seen.get_by_label("Links")).to_have_value("ftp bad")
    bodies = sent_from(page)
    seen.get_by_label("Links").fill("https://calls.example/7")
    seen.get_by_role("button", name="Save").click()
    saved(page, 0)
    assert len(bodies) == 1
    (rating,) = ratings(world)
    assert (rating.signs, rating.confidence) == (["camera_off"], "high")
    assert rating.evidence == [{"url": "https://calls.example/7"}]


def test_a_form_that_was_refused_is_corrected_by_the_button_of_its_row(world, page):
    row(page, 0).get_by_role("button", name="Correct").click()
    expect(page.locator("#rate-seen").get_by_label("Links")).to_have_value("ftp bad")


def test_a_form_that_is_opened_again_and_left_keeps_what_was_refused(world, page):
    page.keyboard.press("s")
    expect(page.locator("#rate-seen")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#rate-seen")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator("#rate-seen").get_by_label("Links")).to_have_value("ftp bad")


def test_a_driver_that_is_gone_holds_up_nothing_and_is_chosen_anew(world, screen_of):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        ensure_drivers()
    page = screen_of(world.alice).open("/t/northwind/rate")
    with tenant_scope(world.northwind.pk), transaction.atomic():
        Driver.objects.filter(key="support").update(active=False)
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("q")
    page.keyboard.press("6")
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved")
    page.keyboard.press("3")
    expect(page.locator("#live")).to_contain_text("Okay, Negative, saved")
    expect(row(page, 0).locator("[data-status]")).to_contain_text("Not saved")
    page.keyboard.press("q")
    page.keyboard.press("1")
    saved(page, 0, "okay", "negative")
    assert said(world)[0] == ("okay", "negative", "value")


def test_what_is_pressed_while_a_refusal_is_on_its_way_is_saved(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    say_elsewhere(world, "Larkspur person 0", "negative")
    held, url = [], f"**{row(page, 0).get_attribute('data-url')}"
    page.route(url, lambda route: route.continue_() if held else held.append(route))
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("e")
    page.keyboard.press("3")
    held[0].continue_()
    leave_the_driver(page)
    expect(page.locator("#live")).to_contain_text("Okay, Positive, saved")
    assert said(world)[0] == ("okay", "negative", "support")


def test_a_refused_word_never_follows_a_newer_one(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    row(page, 0).locator("[data-cell=strength]").focus()
    page.keyboard.press("2")
    saved(page, 0, "weak")
    say_elsewhere(world, "Larkspur person 0", "negative")
    page.keyboard.press("w")
    leave_the_driver(page)
    page.keyboard.press("n")
    page.keyboard.type("cool")
    page.keyboard.press("Enter")  # said with the strength and the sentiment that stand: refused as well
    leave_the_driver(page)
    page.keyboard.press("4")
    expect(page.locator("#live")).to_contain_text("Very good, Neutral, saved")
    row(page, 0).get_by_role("button", name="Retry").click()
    expect(page.locator("#rate-why")).to_be_visible()
    page.keyboard.press("6")
    saved(page, 0, "very_good", "neutral")
    assert said(world)[0] == ("very_good", "neutral", "support")
    assert ratings(world)[-1].note == "cool"
