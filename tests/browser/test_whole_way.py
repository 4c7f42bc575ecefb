"""From two files of a CRM and a product's tracking library to an account whose score moves: the whole product as it is
started, through the doors that everybody has."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect
from segment.analytics.client import Client as TrackingLibrary

from tests.accounts.importing import FILES
from tests.product import Product, eventually

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.long]

PEOPLE, DAYS = 120, 32  # half of the licensed seats; how far back the product tells what was done
# A file dropped by hand, as the browser tells of it.
DROP = """([zone, name, text]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([text], name, {type: "text/csv"}));
  zone.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: dropped}));
}"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("whole"))
    try:
        product.start()
        yield product
    finally:
        product.stop()


@pytest.fixture
def admin(product, chromium):
    """The first admin at their desk: signed in by the form, the page at Today."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{product.facts()['web']}/login")
    page.locator("[name=login]").fill(product.environment["CSP_ADMIN_EMAIL"])
    page.locator("[name=password]").fill(product.environment["CSP_ADMIN_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/t/*/")
    yield page
    context.close()


def settings(page: Page, name: str) -> None:
    """One of the settings of the tenant whose page this is."""
    page.goto(re.sub(r"(/t/[^/]+/).*", rf"\1settings/{name}", page.url))


def imported(page: Page, rows: int) -> None:
    """Run what the preview shows, and wait until the page shows by itself that it is done."""
    page.get_by_role("button", name=f"Import {rows} rows").click()
    expect(page.get_by_role("button", name="Undo the import")).to_be_visible(timeout=90_000)


def told(page: Page, **counts: int) -> None:
    """The tiles of a preview come to say this: new, wrong, to check."""
    for name, count in counts.items():
        tile = page.locator(".tile", has_text=re.compile(name, re.IGNORECASE))
        expect(tile).to_have_text(re.compile(rf"\D{count}\s*$"), timeout=30_000)


def take_in_the_accounts(page: Page) -> None:
    """Drop the file on the page; owners who are no members here are left out, as the admin says below the preview."""
    settings(page, "imports")
    file = FILES / "salesforce-accounts.csv"
    page.get_by_label("What the rows are").select_option(label="Accounts")
    page.locator("[data-drop-zone]").evaluate(
        "(zone, told) => (" + DROP + ")([zone, ...told])", [file.name, file.read_text()]
    )
    page.get_by_role("button", name="Preview").click()
    told(page, new=0, wrong=5)
    page.get_by_label("Owner who is no member").select_option(label="Import without owner")
    page.get_by_role("button", name="Preview again").click()
    told(page, new=5, wrong=0)
    imported(page, 5)


def take_in_the_people(page: Page) -> None:
    """Choose the file in the field; the row of a company that nobody knows stays out, and one looks like another."""
    settings(page, "imports")
    page.get_by_label("What the rows are").select_option(label="People")
    page.locator("input[type=file]").set_input_files(FILES / "hubspot-contacts.csv")
    page.get_by_role("button", name="Preview").click()
    told(page, new=6, wrong=1, check=1)
    imported(page, 6)


def new_key(page: Page) -> str:
    settings(page, "keys")
    page.get_by_label("Name").fill("Our product")
    page.get_by_label("May").select_option("ingest")
    page.get_by_role("button", name="Make key").click()
    return page.locator("#new-key").inner_text()


def use_the_product(address: str, key: str) -> None:
    """What the product's own tracking library tells: who belongs to its customer, and what they did until yesterday."""
    library = TrackingLibrary(key, host=address, upload_interval=0.1, sync_mode=False)
    complaints: list[object] = []
    library.on_error = lambda error, batch: complaints.append(error)
    now = dt.datetime.now(dt.UTC)
    library.identify("u0", traits={"email": "dana.ortiz@larkspur.test"})
    for person in range(PEOPLE):
        library.group(f"u{person}", "org-17", traits={"name": "Larkspur GmbH"})
    for ago in range(DAYS, 0, -1):
        for person in range(PEOPLE):
            library.track(f"u{person}", "report_opened", timestamp=now - dt.timedelta(days=ago))
    library.flush()
    library.join()
    assert complaints == []


def find(page: Page, name: str) -> None:
    page.goto(re.sub(r"(/t/[^/]+/).*", r"\1accounts", page.url))
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url("**/accounts/*")


def score(page: Page) -> str:
    return page.locator(".tile", has_text="Health").first.locator(".score-value").inner_text()


def test_an_admin_brings_two_files_and_a_library_and_sees_an_account_move(product, admin):
    take_in_the_accounts(admin)
    take_in_the_people(admin)
    find(admin, "Larkspur GmbH")
    eventually(lambda: admin.reload() and score(admin) == "50", seconds=60)
    key = new_key(admin)
    use_the_product(product.facts()["web"], key)

    settings(admin, "connect")
    admin.get_by_role("button", name="The group org-17 is Larkspur GmbH").click()
    find(admin, "Larkspur GmbH")
    eventually(lambda: admin.reload() and score(admin) != "50", seconds=90)
    print(f"the score went from 50 to {score(admin)}")
    expect(admin.get_by_role("row", name="Active users Behaviour 50%")).to_be_visible()
    expect(admin.locator("main")).to_contain_text("240 seats")
