"""The account's page in a browser: it fits every width; a step and a band by hand."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.scope import tenant_scope
from health import services as health
from tests.conftest import make_cast
from tests.csplatform.conftest import DAY, rate, save_account, save_person

pytestmark = pytest.mark.browser
WIDTHS = (1440, 1024, 390)


@pytest.fixture
def world(live_product):
    """Alice's Larkspur with Dana and Eli, rated, and one account with a name of 200 characters."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        then = now - 60 * DAY
        cast.larkspur = save_account(
            "Larkspur", at=then, owner_email="alice@northwind.test", segment="Enterprise"
        )
        save_account("W" * 200, at=then, owner_email="alice@northwind.test")
        cast.dana = save_person(cast.larkspur, "Dana", at=then, role="champion", email="dana@larkspur.test")
        eli = save_person(cast.larkspur, "Eli", at=then, role="economic_buyer", reports_to=cast.dana.pk)
        rate(cast.dana, cast.alice, at=now - 20 * DAY, strength="very_good", mood="positive", note="A friend")
        rate(eli, cast.alice, at=now - 3 * DAY, strength="weak", mood="negative", driver="support")
        health.rescore(account_ids=[cast.larkspur.pk], at=now)
    return cast


def pages(world):
    account = f"/t/northwind/accounts/{world.larkspur.pk}"
    tabs = [account, f"{account}/people", f"{account}/usage", f"{account}/timeline", f"{account}/edit"]
    return ["/t/northwind/accounts", *tabs, f"/t/northwind/personas/{world.dana.pk}"]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(world, screen_of, width):
    screen = screen_of(world.alice, viewport={"width": width, "height": 844})
    for address in pages(world):
        page = screen.open(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_step_is_added_and_done(world, screen_of):
    page = screen_of(world.alice).open(f"/t/northwind/accounts/{world.larkspur.pk}")
    page.get_by_text("Add a step").click()
    page.get_by_label("What is to be done").fill("Call Dana about the renewal")
    page.get_by_role("button", name="Add step").click()
    expect(page.locator("#steps")).to_contain_text("Call Dana about the renewal")
    page.get_by_role("button", name="Done: Call Dana about the renewal").click()
    expect(page.locator("#steps")).to_contain_text("No open step")


def test_a_band_is_set_by_hand_and_taken_back(world, screen_of):
    page = screen_of(world.alice).open(f"/t/northwind/accounts/{world.larkspur.pk}")
    page.get_by_label("More to do here").click()
    page.get_by_role("link", name="Set the band by hand").click()
    page.get_by_label("Show it as").select_option("at_risk")
    page.get_by_label("Why").fill("They are being bought")
    page.get_by_role("button", name="Set the band").click()
    expect(page.locator("#account-tiles")).to_contain_text("At risk")
    expect(page.locator("main")).to_contain_text("Set by hand by Alice: They are being bought")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).not_to_contain_text("They are being bought")


def test_the_list_leads_to_the_person_through_account_and_people(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/accounts")
    page.get_by_role("link", name="Larkspur").click()
    page.locator(".tabs").get_by_role("link", name="People").click()
    page.locator("table").get_by_role("link", name="Dana").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dana")
