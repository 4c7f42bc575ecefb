"""Quick jump in a browser: from the keyboard alone, with what was opened last, accessible while it is open."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.scope import tenant_scope
from tests.conftest import make_cast
from tests.csplatform.conftest import save_account, save_person

pytestmark = pytest.mark.browser


@pytest.fixture
def book(live_product):
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        cast.larkspur = save_account("Larkspur", at=now, segment="Enterprise")
        cast.plover = save_account("Plover", at=now)
        cast.dana = save_person(cast.larkspur, "Dana Ortiz", at=now, email="dana@larkspur.test")
        for number in range(9):
            save_account(f"Heron {number}", at=now)
    return cast


def chosen(page):
    return page.locator('#jump [role="option"][aria-selected="true"] .jump-title')


def test_control_k_a_few_letters_and_enter_open_a_person(book, screen_of):
    screen = screen_of(book.alice)
    page = screen.open("/t/northwind/accounts")
    page.keyboard.press("Control+k")
    page.keyboard.type("dan")
    page.wait_for_selector('#jump .jump-found[data-q="dan"]')
    assert chosen(page).inner_text() == "Dana Ortiz"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/personas/{book.dana.pk}")
    assert screen.complaints == []


def test_a_slow_first_list_is_let_finish_and_what_was_typed_last_follows(book, screen_of):
    """An aborted request would stand as an error in the browser's console."""
    screen, held = screen_of(book.alice), []
    page = screen.open("/t/northwind/accounts")
    page.route("**/search?*", lambda route: held.append(route), times=1)
    page.evaluate(
        "document.addEventListener('htmx:trigger', ({ target }) => { target.dataset.asked = target.value; })"
    )
    with page.expect_request("**/search?*"):
        page.keyboard.press("Control+k")
    page.keyboard.type("dan")
    page.wait_for_selector('#jump-q[data-asked="dan"]')
    held[0].continue_()
    page.wait_for_selector('#jump .jump-found[data-q="dan"]')
    assert chosen(page).inner_text() == "Dana Ortiz"
    assert screen.complaints == []


def test_enter_right_after_typing_waits_for_the_list_of_what_was_typed(book, screen_of):
    page = screen_of(book.alice).open("/t/northwind/accounts")
    page.keyboard.press("Control+k")
    page.keyboard.type("plover")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/accounts/{book.plover.pk}")


def test_arrows_choose_and_the_input_tells_which_option_is_meant(book, screen_of):
    page = screen_of(book.alice).open("/t/northwind/accounts")
    page.keyboard.press("Control+k")
    page.keyboard.type("heron")
    page.wait_for_selector('#jump .jump-found[data-q="heron"]')
    page.keyboard.press("ArrowDown")
    assert chosen(page).inner_text() == "Heron 1"
    told = page.locator("#jump-q").get_attribute("aria-activedescendant")
    assert page.locator(f"#{told}").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert chosen(page).inner_text() == "Heron 6"
    page.keyboard.press("Escape")
    assert page.locator("#jump[open]").count() == 0


def test_what_was_opened_last_stands_first_the_next_time(book, screen_of):
    screen = screen_of(book.alice)
    screen.open(f"/t/northwind/accounts/{book.plover.pk}")
    screen.open(f"/t/northwind/personas/{book.dana.pk}")
    page = screen.open("/t/northwind/accounts")
    page.click("[data-jump]")
    page.wait_for_selector("#jump-recent-2")
    assert page.locator("#jump [aria-labelledby='jump-recent'] .jump-title").all_inner_texts() == [
        "Dana Ortiz",
        "Plover",
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_the_open_dialog_is_accessible_and_fits(book, screen_of, scheme, width):
    screen = screen_of(book.alice, color_scheme=scheme, viewport={"width": width, "height": 700})
    page = screen.open("/t/northwind/accounts")
    page.click("[data-jump]")
    page.keyboard.type("heron")
    page.wait_for_selector('#jump .jump-found[data-q="heron"]')
    assert screen.axe() == []
    page.locator("#jump-q").fill("nobody like this")
    page.wait_for_selector("#jump .empty")
    assert screen.axe() == []
    box = page.locator("#jump").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_without_scripts_the_button_leads_to_a_page_that_searches(book, screen_of):
    page = screen_of(book.alice, java_script_enabled=False).open("/t/northwind/accounts")
    page.click("[data-jump]")
    page.wait_for_url("**/search")
    page.fill("main input[name=q]", "larkspur")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=larkspur")
    assert page.locator("main .jump-title").all_inner_texts() == ["Larkspur", "Dana Ortiz"]
