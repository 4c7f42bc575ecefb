"""Every page on the demo's whole book, as a stranger would first see it; and the picture in the README."""

import os
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Actor, Membership, Persona
from accounts.scope import tenant_scope
from csplatform.demo.books import books
from csplatform.demo.history import continue_book, seed_book

pytestmark = [pytest.mark.browser, pytest.mark.long]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "risk.png"


@pytest.fixture
def demo(live_product):
    """Northwind's whole book, seeded now; its admin, and the paths of its pages."""
    book, _ = books()
    now = timezone.now()
    tenant = seed_book(book=book, at=now)
    continue_book(book=book, tenant=tenant, at=now)
    membership = Membership.objects.select_related("user").get(tenant=tenant, role="admin")
    with tenant_scope(tenant.pk), transaction.atomic():
        account = Account.objects.get(external_id="crm-1009").pk
        persona = Persona.objects.get(name="Leila Abbas", account=account).pk
    paths = [
        "", "rate", "accounts", f"accounts/{account}", f"accounts/{account}/people", f"accounts/{account}/usage",
        f"accounts/{account}/timeline", f"accounts/{account}/edit", f"personas/{persona}", "risk",
        "settings/members", "settings/keys", "settings/organisation", "settings/scorecard", "settings/activity",
        "settings/connect", "settings/webhooks", "settings/imports", "settings/exports", "situations", "settings/situations",
    ]  # fmt: skip
    return Actor(tenant, membership, membership.role), [f"/t/northwind/{path}" for path in paths]


def test_every_page_of_the_demo_is_accessible_fits_its_screen_and_complains_of_nothing(demo, screen_of):
    admin, paths = demo
    faults = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        screen = screen_of(admin, color_scheme=scheme, viewport={"width": width, "height": 900})
        for path in paths:
            page = screen.open_settled(path)
            if path.endswith("/risk") and (scheme, width) == ("light", 1440) and os.environ.get("PICTURE"):
                page.screenshot(path=PICTURE)
            over = page.evaluate(TOO_WIDE)
            found = [*screen.complaints, *screen.axe(), *([f"{over} px too wide"] if over else [])]
            page.set_viewport_size({"width": 1024, "height": 900})
            if over := page.evaluate(TOO_WIDE):
                found.append(f"{over} px too wide at 1024")
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{path} {scheme} {width}: {fault}" for fault in found]
            screen.complaints.clear()
    assert not faults, "\n".join(faults)


def test_the_readme_shows_a_picture_of_the_risk_dashboard():
    assert PICTURE.stat().st_size > 50_000
    assert "docs/risk.png" in (PICTURE.parents[1] / "README.md").read_text()
