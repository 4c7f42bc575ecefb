"""After a call, by keyboard alone: from any page to a touch, a rating, a promise and the next step; and without scripts."""

import os
import time

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Step, TouchAttendee
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
KEY_MS = int(os.environ.get("KEY_MS", "10"))  # between two keys; 120 is a hundred words a minute


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


def test_a_call_is_written_down_by_keyboard_alone(world, screen_of):
    screen = screen_of(world.alice)
    page = screen.open_settled("/t/northwind/")
    keys, began = page.keyboard, time.monotonic()

    def write(words):
        keys.type(words, delay=KEY_MS)

    keys.press("c")
    page.wait_for_url("**/call")
    write("lark")
    keys.press("Enter")
    page.wait_for_url("**/accounts/*/call")
    expect(page.get_by_role("checkbox", name="Eli")).to_be_focused()
    for words in ("Too dear for us", "Worried", "Wanted it in writing"):
        keys.press("Tab")
        write(words)
    keys.press("Tab")
    write("N")  # strength: none
    keys.press("Tab")
    write("N")  # sentiment: negative
    keys.press("Tab")
    write("Price")
    page.get_by_role("checkbox", name="Dana").focus()
    keys.press("Space")
    page.get_by_label("In short").focus()
    write("The second year's price")
    keys.press("Tab")
    write("Send the price in writing")
    keys.press("Tab")
    write("Call Eli about the price")
    keys.press("Enter")
    page.wait_for_url(f"**/accounts/{world.larkspur.pk}")
    print(f"after a call by keyboard, {KEY_MS} ms a key: {time.monotonic() - began:.1f} s")
    expect(page.locator("main")).to_contain_text("The score moved by")
    expect(page.locator("#promises")).to_contain_text("Send the price in writing")
    said = {one.persona_id: one.thought for one in rows(world, TouchAttendee)}
    assert said[world.people["Eli"].pk] == "Too dear for us"
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
