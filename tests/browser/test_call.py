"""After a call, by keyboard alone: from any page to a touch, a rating, a promise and the next step; and without scripts."""

import os
import time

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Step, Touch, TouchAttendee
from accounts.scope import tenant_scope
from health import services as health
from relationships.models import Rating
from tests.conftest import make_cast
from tests.csplatform.conftest import DAY, rate, save_account, save_person, save_touch

pytestmark = pytest.mark.browser
PEOPLE = (
    ("Dana", "champion"),
    ("Eli", "economic_buyer"),
    ("Farid", "technical_owner"),
    ("Gita", "power_user"),
)
KEY_MS = int(os.environ.get("KEY_MS", "0"))  # between two keys; 120 is a hundred words a minute
HAND_MS, PAGE_MS, MINUTE_MS = 120, 1_000, 60_000  # of a person: a key, and a wait for a page


@pytest.fixture
def world(live_product):
    """Alice's Larkspur with four people, two of them rated, and one call; and a second account of hers."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        then = now - 60 * DAY
        cast.larkspur = save_account("Larkspur", at=then, owner_email="alice@northwind.test")
        save_account("Plover", at=then, owner_email="alice@northwind.test")
        cast.people = {
            name: save_person(cast.larkspur, name, at=then, role=role, email=f"{name.lower()}@larkspur.test")
            for name, role in PEOPLE
        }
        rate(cast.people["Dana"], cast.alice, at=now - 20 * DAY, strength="okay", mood="positive")
        rate(cast.people["Eli"], cast.alice, at=now - 20 * DAY, strength="weak", mood="neutral")
        save_touch(
            cast.larkspur, at=now - 3 * DAY, people={cast.people["Dana"]: {"thought": "Fine so far"}},
            summary="First review", touchpoint="review", mode="proactive",
        )  # fmt: skip
        health.rescore(account_ids=[cast.larkspur.pk], at=now)
    return cast


def rows(world, model):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return list(model.objects.order_by("pk"))


class Hands:
    """Somebody who has a keyboard and no mouse: what is pressed, and how often. A capital takes a key more."""

    def __init__(self, page):
        self.keys, self.pressed, self.pages = page.keyboard, 0, 0
        self.page = page

    def press(self, *names):
        for name in names:
            self.keys.press(name, delay=KEY_MS)
            self.pressed += 1

    def write(self, words):
        self.keys.type(words, delay=KEY_MS)
        self.pressed += len(words) + sum(letter.isupper() for letter in words)

    def arrive(self, url):
        self.page.wait_for_url(url)
        self.pages += 1

    @property
    def ms(self):
        """How long a person takes to press all that, with the waits for the pages between."""
        return self.pressed * HAND_MS + self.pages * PAGE_MS


def test_a_call_is_written_down_by_keyboard_alone_within_a_minute(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open_settled("/t/northwind/")
    hands, began = Hands(page), time.monotonic()

    hands.press("c")
    hands.arrive("**/call")
    hands.write("lark")
    hands.press("Enter")
    hands.arrive("**/accounts/*/call")
    expect(page.get_by_role("checkbox", name="Eli")).to_be_focused()
    for words in ("Too dear for us", "Worried", "Wanted it in writing"):
        hands.press("Tab")
        hands.write(words)
    hands.press("Tab")
    hands.write("N")  # strength: none
    hands.press("Tab")
    hands.write("N")  # sentiment: negative
    hands.press("Tab")
    hands.write("Price")
    hands.press("Tab", "Tab")  # over the product area, to the next person
    expect(page.get_by_role("checkbox", name="Dana")).to_be_focused()
    hands.press("Space", "ArrowDown", "ArrowDown", "ArrowDown")  # Farid, Gita, and on
    expect(page.get_by_label("In short")).to_be_focused()
    hands.write("The second year's price")
    hands.press("Tab")
    hands.write("Send the price in writing")
    hands.press("Tab")
    hands.write("Call Eli about the price")
    hands.press("Enter")
    hands.arrive(f"**/accounts/{world.larkspur.pk}")
    print(
        f"after a call: {hands.pressed} keys and {hands.pages} pages, {hands.ms / 1000:.1f} s by hand;"
        f" here, {KEY_MS} ms a key: {time.monotonic() - began:.1f} s"
    )
    assert hands.ms < MINUTE_MS
    expect(page.locator("main")).to_contain_text("The score moved by")
    expect(page.locator("#promises")).to_contain_text("Send the price in writing")
    touch = max(rows(world, Touch), key=lambda one: one.at)
    there = {one.persona_id: one.thought for one in rows(world, TouchAttendee) if one.touch_id == touch.pk}
    assert there == {world.people["Eli"].pk: "Too dear for us", world.people["Dana"].pk: ""}
    assert [step.source for step in rows(world, Step)] == ["promise", "call"]
    assert rows(world, Rating)[-1].sentiment_service == "negative"
    assert screen.complaints == []


def test_it_works_without_scripts(world, screen_of):
    page = screen_of(world.alice, java_script_enabled=False).open("/t/northwind/call")
    page.get_by_label("Name of the account").fill("lark")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("checkbox", name="Eli").check()
    page.get_by_label("Eli: Felt").fill("Worried")
    page.get_by_label("The next step").fill("Call Eli again")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#steps")).to_contain_text("Call Eli again")
    assert [one.feeling for one in rows(world, TouchAttendee)][-1] == "Worried"


def test_a_letter_typed_in_a_field_stays_there(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/accounts")
    page.get_by_role("searchbox").first.fill("")
    page.get_by_role("searchbox").first.press("c")
    expect(page.get_by_role("searchbox").first).to_have_value("c")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1024), ("light", 390)])
def test_its_pages_are_clean_and_fit(world, screen_of, scheme, width):
    screen = screen_of(world.adam, color_scheme=scheme, viewport={"width": width, "height": 900})
    account = f"/t/northwind/accounts/{world.larkspur.pk}"
    with tenant_scope(world.northwind.pk), transaction.atomic():
        touch = world.larkspur.touches.get().pk
    paths = ["/t/northwind/call", f"{account}/call", f"{account}/touches/{touch}", "/t/northwind/touches"]
    paths += [f"{account}/timeline", f"{account}/cases/new", "/t/northwind/settings/touchpoints"]
    for path in paths:
        page = screen.open_settled(path)
        assert screen.axe() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert screen.complaints == []
