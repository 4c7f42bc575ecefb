"""A round worked through with the keyboard, what was seen ticked beside it, and the pages of rounds under axe."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.scope import tenant_scope
from relationships.models import Assignment, Rating
from tests.browser.test_rate import row, saved
from tests.conftest import make_cast
from tests.relationships.conftest import make_account, make_persona
from tests.relationships.test_rounds import open_round, rate, whole

pytestmark = pytest.mark.browser


@pytest.fixture
def world(live_product):
    """A round asks Alice for six people at two accounts, and Lena for a second opinion of each."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for name in ("Larkspur", "Plover"):
            account = make_account(name, owner=cast.alice, at=now)
            cast.people = [
                make_persona(account, f"{name} person {i}", role="champion", at=now) for i in range(3)
            ]
        at = now - dt.timedelta(minutes=2)
        cast.round = open_round(
            cast,
            at,
            due_on=now.date() + dt.timedelta(days=9),
            second_share=100,
            second_rater_emails=["lena@northwind.test"],
        )
    return cast


def test_a_round_is_worked_through_with_the_keyboard_and_signs_are_ticked(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open(f"/t/northwind/rate?show=asked&round={world.round.pk}")
    expect(page.get_by_role("heading", level=1)).to_have_text("6 people to rate in a round")
    row(page, 0).locator("[data-cell=strength]").focus()
    for _ in range(6):
        page.keyboard.press("4")
        page.keyboard.press("e")
        page.keyboard.press("ArrowDown")
    for at in range(6):
        saved(page, at, "very_good", "positive")
    page.keyboard.press("s")
    expect(page.locator("#rate-seen")).to_be_visible()
    assert screen.axe() == []
    page.keyboard.press("1")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(row(page, 5).get_by_text("Shows another mood")).to_be_visible()
    expect(row(page, 5).locator("[data-cell=strength]")).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    expect(page.locator("#rate-seen")).to_be_hidden()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert Assignment.objects.filter(rater_id=world.alice.member_id, done_at=None).count() == 0
        assert Rating.objects.latest("recorded_at").signs == ["short_answers", "camera_off"]
    assert screen.axe() == []
    assert screen.complaints == []


@pytest.mark.parametrize(("colour_scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_on_the_pages_of_rounds(world, screen_of, colour_scheme, width):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        rate(world, whole(world.people[0], "very_good"), at=timezone.now())
        rate(world, whole(world.people[0], "none", "negative"), actor=world.lena, at=timezone.now())
    screen = screen_of(world.lena, color_scheme=colour_scheme, viewport={"width": width, "height": 900})
    paths = (
        "rounds", "rounds/new", f"rounds/{world.round.pk}", "ratings?show=quarter", "ratings?show=disagree",
        "settings/signs", f"rate/{world.people[0].pk}/seen",
    )  # fmt: skip
    for path in paths:
        page = screen.open(f"/t/northwind/{path}")
        assert screen.axe() == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert screen.complaints == []
