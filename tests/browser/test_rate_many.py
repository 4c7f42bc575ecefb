"""Several people of the grid at once: marked by keys, rated alike, refused one by one."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Persona
from accounts.scope import tenant_scope
from relationships.models import RatingWithdrawal
from tests.browser.test_rate import ratings, row, said, saved, world

__all__ = ["world"]
pytestmark = pytest.mark.browser


def mark(page, *places):
    """Mark these rows by their key."""
    for at in places:
        row(page, at).locator("[data-cell=strength]").focus()
        page.keyboard.press("x")


def test_several_people_are_marked_and_rated_alike_with_the_keyboard_alone(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open("/t/northwind/rate")
    mark(page, 0, 1, 3)
    bar = page.get_by_role("form", name="Rate all that are marked")
    expect(bar).to_contain_text("3 marked")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # weak
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # negative
    page.keyboard.press("Tab")
    page.keyboard.type("Supp")  # driver
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for at in (0, 1, 3):
        saved(page, at, "weak", "negative")
    expect(bar).to_be_hidden()
    expect(row(page, 3).locator("[data-cell=strength]")).to_be_focused()
    assert said(world) == [("weak", "negative", "support")] * 3
    assert len(ratings(world)) == 3
    expect(row(page, 2).locator("input[name=strength]:checked")).to_have_count(0)
    page.keyboard.press("u")  # the one that was saved last: each is saved by itself, whichever comes first
    expect(page.locator("tr[data-person] [data-status]", has_text="Taken back")).to_have_count(1)
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert RatingWithdrawal.objects.count() == 1
    assert screen.complaints == []


def test_whoever_of_those_marked_cannot_be_rated_says_so_in_their_row(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/rate")
    for at in (0, 1):
        row(page, at).get_by_role("checkbox").check()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        Persona.objects.filter(name="Larkspur person 1").update(deleted_at=timezone.now())
    bar = page.get_by_role("form", name="Rate all that are marked")
    bar.get_by_role("button", name="Rate them").click()
    expect(bar).to_contain_text("Choose a strength or a sentiment.")
    bar.get_by_text("Okay").click()
    bar.get_by_role("button", name="Rate them").click()
    saved(page, 0, "okay")
    expect(row(page, 1).locator("[data-status]")).to_contain_text("Not saved")
    expect(row(page, 1).get_by_role("button", name="Retry")).to_be_visible()
    assert said(world) == [("okay", None, "")]


def test_a_sentiment_for_several_asks_for_its_driver_and_escape_unmarks_all(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open("/t/northwind/rate")
    mark(page, 0, 1)
    bar = page.get_by_role("form", name="Rate all that are marked")
    assert screen.axe() == []
    bar.get_by_text("Positive").click()
    bar.get_by_role("button", name="Rate them").click()
    assert bar.locator("select").evaluate("select => select.matches(':invalid')")
    assert ratings(world) == []
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.locator("[data-mark]:checked")).to_have_count(0)


ABOVE = """() => document.activeElement.getBoundingClientRect().bottom
    <= document.getElementById("rate-many").getBoundingClientRect().top"""


def test_the_bar_for_those_marked_hides_nobody_whom_the_keys_lead_to(world, screen_of):
    page = screen_of(world.alice, viewport={"width": 1024, "height": 600}).open("/t/northwind/rate")
    mark(page, 0)
    for at in range(1, 7):
        page.keyboard.press("ArrowDown")
        cell = row(page, at).locator("[data-cell=strength]")
        expect(cell).to_be_focused()
        page.wait_for_function(ABOVE)  # the page scrolls smoothly
