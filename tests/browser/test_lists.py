"""Saved views and bulk edit in a browser, from choosing rows to taking the change back."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account
from accounts.scope import tenant_scope
from tests.conftest import make_cast
from tests.csplatform.conftest import save_account

pytestmark = pytest.mark.browser


@pytest.fixture
def book(live_product):
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for name in ("Heron", "Larkspur", "Plover", "Rail"):
            save_account(name, at=now)
        accounts.save_view(
            page="accounts", name="By money", query="sort=-arr", shared=True, actor=cast.lena, at=now
        )
    return cast


def tiers(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return sorted(Account.objects.filter(tier="Gold").values_list("name", flat=True))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_range_of_rows_is_chosen_looked_at_changed_and_taken_back(book, screen_of, scheme, width):
    screen = screen_of(book.lena, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = screen.open("/t/northwind/accounts")
    page.get_by_label("Choose Heron").check()
    page.get_by_label("Choose Plover").click(modifiers=["Shift"])
    assert page.locator("[data-bulk]").inner_text() == "Edit 3 chosen"
    assert screen.axe() == []
    page.click("[data-bulk]")
    page.get_by_label("Tier").last.fill("Gold")
    assert page.locator("input[value=tier][data-change]").is_checked()
    page.click("button[name=preview]")
    page.wait_for_selector("#plan")
    assert screen.axe() == []
    assert tiers(book) == []
    page.click("button[name=run]")
    page.wait_for_url("**/edits/*")
    assert tiers(book) == ["Heron", "Larkspur", "Plover"]
    assert screen.axe() == []
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=3 accounts are as they were")
    assert tiers(book) == []
    assert screen.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1024), ("light", 390)])
def test_the_menus_of_saved_views_are_accessible_and_fit(book, screen_of, scheme, width):
    screen = screen_of(book.lena, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = screen.open("/t/northwind/accounts")
    page.click("text=By money")
    page.wait_for_url("**view=*")
    for menu in ("This view", "Save view"):
        page.locator("summary", has_text=menu).click()
        assert screen.axe() == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    page.locator("summary", has_text="Save view").click()
    page.locator("#view-name-add").fill("Mine")
    page.locator(".views-panel[action] button").click()
    page.wait_for_selector(".views .tabs [aria-current] >> text=Mine")
    assert screen.complaints == []
