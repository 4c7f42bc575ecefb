"""From the dashboard down to the person, by mouse and by keyboard."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Step
from accounts.scope import tenant_scope
from health import services as health
from tests.conftest import make_cast
from tests.health.builders import make_account, make_persona, measure, rate

pytestmark = pytest.mark.browser
DAY = dt.timedelta(days=1)
LONG = "Verylongcompanynamewithoutanyspaces" * 5


@pytest.fixture
def world(live_product):
    """Two of Alice's accounts that fell this week: Larkspur, whose buyer turned, and one with a very long name."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for name in ("Larkspur", LONG):
            account = make_account(
                at=now - 40 * DAY, owner=cast.alice.membership, name=name, arr=Decimal("120000.00"),
                renewal_on=(now + 50 * DAY).date(), segment="Mid-market",
            )  # fmt: skip
            for role in ("economic_buyer", "champion", "technical_owner"):
                person = make_persona(
                    account, role, at=now - 40 * DAY, name=f"{role.title()} of {name}"[:200]
                )
                rate(person, at=now - 20 * DAY, by=cast.alice.member_id, strength="okay", mood="positive")
                if role == "economic_buyer":
                    rate(person, at=now - 2 * DAY, by=cast.alice.member_id, strength="weak", mood="negative")
            for ago in range(1, 40, 3):
                measure(account, "frequency", 0.3, at=now - ago * DAY)
                measure(account, "breadth", 0.3, at=now - ago * DAY)
            Step.objects.create(
                account=account, title=f"Call the buyer of {name}", due_on=now.date(), created_at=now,
                updated_at=now, owner=cast.alice.membership,
            )  # fmt: skip
            health.take_snapshots(account_ids=[account.pk], at=now)
            health.rescore(account_ids=[account.pk], at=now)
    return cast


def test_a_leader_clicks_from_the_dashboard_to_the_person_behind_a_fall(world, screen_of):
    screen = screen_of(world.lena)
    page = screen.open("/t/northwind/risk")
    cause = page.locator("#movers").get_by_role("link", name="Economic_Buyer of Larkspur").first
    cause.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Economic_Buyer of Larkspur")
    assert screen.complaints == []


def test_a_leader_drills_by_keyboard_from_a_number_to_its_rows_and_on_to_the_account(world, screen_of):
    screen = screen_of(world.lena)
    page = screen.open("/t/northwind/risk")
    table = page.locator('[data-chart="bands"]')
    table.get_by_role("button", name="Show as a table").focus()
    page.keyboard.press("Enter")
    counted = table.get_by_role("link", name="2", exact=True)
    counted.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Larkspur", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Larkspur")
    assert screen.complaints == []


def test_a_filter_stays_in_the_address_and_goes_along_with_the_drill(world, screen_of):
    page = screen_of(world.lena).open("/t/northwind/risk")
    page.get_by_label("Any segment").select_option("Mid-market")
    expect(page).to_have_url(re.compile("segment=Mid-market"))
    page.locator("a.tile", has_text="At risk without a step").click()
    expect(page).to_have_url(re.compile("/accounts[?]segment=Mid-market&band=at_risk&no_step=1$"))


def test_today_leads_to_the_account_that_needs_somebody(world, screen_of):
    page = screen_of(world.alice).open("/t/northwind/")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 accounts need you today")
    page.locator("table.needs").get_by_role("link", name="Larkspur", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Larkspur")


def test_the_pages_of_a_new_organisation_say_how_to_fill_them(world, screen_of):
    screen = screen_of(world.gloria)
    page = screen.open("/t/globex/")
    expect(page.get_by_role("heading", name="No accounts yet")).to_be_visible()
    assert screen.axe() == []
    page = screen.open("/t/globex/risk")
    expect(page.get_by_role("heading", name="No account to watch yet")).to_be_visible()
    assert screen.axe() == []
    assert screen.complaints == []
