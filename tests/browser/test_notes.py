"""A colleague is mentioned in a note with a few letters: by arrows and Enter, by Tab, and by the mouse."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import NoteMention
from accounts.scope import tenant_scope
from tests.conftest import make_actor, make_cast
from tests.csplatform.conftest import save_account

pytestmark = pytest.mark.browser


def test_a_name_after_an_at_sign_is_completed_and_mentions_its_member(live_product, screen_of):
    cast = make_cast()
    ada = make_actor(cast.northwind, "ada@northwind.test", "csm", "Ada Émile Lovelace")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = save_account("Larkspur", at=timezone.now(), owner_email="alice@northwind.test")
    screen = screen_of(cast.alice)
    page = screen.open(f"/t/northwind/accounts/{account.pk}/notes")
    area, names = page.get_by_role("textbox", name="New note"), page.get_by_role("listbox")
    area.click()
    expect(names).to_be_hidden()
    page.keyboard.type("Ask @a")
    expect(names.get_by_role("option")).to_have_count(3)  # Ada, Adam, Alice: of nobody at Globex
    assert screen.axe() == []
    page.keyboard.type("da")
    page.keyboard.press("ArrowDown")
    chosen = names.get_by_role("option", selected=True)
    expect(chosen).to_have_text("Adam" + "adam@northwind.test")
    assert area.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(names).to_be_hidden()
    page.keyboard.type("and @emi")
    expect(names.get_by_role("option")).to_have_count(1)  # without its accent, by a later word
    page.keyboard.press("Escape")
    expect(names).to_be_hidden()
    for _ in range(len("and @emi")):
        page.keyboard.press("Backspace")
    page.keyboard.type("and @len")
    names.get_by_role("option").click()
    page.keyboard.type("about the plan.")
    written = area.input_value()
    assert written.startswith("Ask @")
    assert "  " not in written
    page.get_by_role("button", name="Add note").click()
    page.wait_for_selector(".memo .mention")
    assert page.locator(".memo .mention").count() == 2
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        mentioned = set(NoteMention.objects.values_list("member_id", flat=True))
    assert mentioned == {ada.member_id, cast.lena.member_id}
    assert screen.complaints == []
