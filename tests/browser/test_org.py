"""The org chart in a browser: zoom, arrow keys, lines shown and hidden, and its two files."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts import services as accounts
from accounts.scope import tenant_scope
from relationships import services as relationships
from tests.conftest import make_cast
from tests.relationships.conftest import make_account, make_persona

pytestmark = pytest.mark.browser


@pytest.fixture
def screen(live_product, screen_of):
    """Alice at the People tab of Larkspur: Dana under Eli, who influences her."""
    cast, now = make_cast(), timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        larkspur = make_account("Larkspur", owner=cast.alice, at=now)
        eli = make_persona(larkspur, "Eli", role="economic_buyer", title="CEO", at=now)
        dana = make_persona(larkspur, "Dana", role="champion", reports_to=eli, at=now)
        edge = {"persona": eli.pk, "target": dana.pk, "kind": "influences", "strength": 2}
        relationships.save_edges(
            items=[accounts.Item(values=edge)], mode=accounts.Mode.CREATE, actor=None, at=now
        )
    screen = screen_of(cast.alice)
    screen.open_settled(f"/t/northwind/accounts/{larkspur.pk}/people")
    return screen


def test_keys_zoom_the_chart_go_from_box_to_box_and_a_tick_hides_its_lines(screen):
    page = screen.page
    chart, focused = page.locator("[data-org-svg]"), page.locator("[data-org-box]:focus")
    wide = float(chart.get_attribute("width"))
    page.locator("[data-org-stage]").focus()
    page.keyboard.press("+")
    assert float(chart.get_attribute("width")) == pytest.approx(wide * 1.25)
    page.get_by_role("button", name="Smaller").click()
    page.get_by_role("button", name="Smaller").click()
    assert float(chart.get_attribute("width")) == pytest.approx(wide / 1.25)
    page.keyboard.press("0")
    page.keyboard.press("Tab")
    page.locator("[data-org-box]").first.focus()
    expect(focused).to_contain_text("Eli")
    page.keyboard.press("ArrowDown")
    expect(focused).to_contain_text("Dana")
    page.keyboard.press("ArrowRight")
    expect(focused).to_contain_text("A peer of the champion")
    page.keyboard.press("Home")
    expect(focused).to_contain_text("Eli")
    line = page.locator(".oc-edge-influences").first
    expect(line).to_be_visible()
    page.locator("[data-org-show=influences]").uncheck()
    expect(line).to_be_hidden()
    assert screen.complaints == []


def test_the_chart_is_taken_as_png_and_as_svg_and_a_picture_that_fails_says_so(screen):
    page = screen.page
    with page.expect_download() as png:
        page.get_by_role("button", name="PNG").click()
    assert png.value.suggested_filename == "org-chart.png"
    assert png.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as svg:
        page.get_by_role("link", name="SVG", exact=True).click()
    assert svg.value.suggested_filename.startswith("org-chart-")
    assert "Dana" in svg.value.path().read_text()
    page.route("**/chart.svg*", lambda route: route.abort())
    page.get_by_role("button", name="PNG").click()
    expect(page.locator("#toasts")).to_contain_text("The picture could not be made.")
    expect(page.get_by_role("button", name="PNG")).to_be_enabled()
    assert screen.complaints == []
