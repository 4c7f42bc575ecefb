"""Every page on the demo's whole book, as a stranger would first see it; and the picture in the README."""

import os
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Actor, Membership, Persona, SavedView, Step
from accounts.scope import tenant_scope
from csplatform.demo.books import books
from csplatform.demo.history import continue_book, seed_book
from relationships import selectors as relationships

pytestmark = [pytest.mark.browser, pytest.mark.long]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ADD_LINE = """line => {
  for (const list of document.querySelectorAll(".brief-person dl")) list.insertAdjacentHTML("beforeend", line);
}"""
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "risk.png"


@pytest.fixture
def demo(live_product):
    """Northwind's whole book, seeded now; its admin, the paths of its pages, and of those that look like others."""
    book, _ = books()
    now = timezone.now()
    tenant = seed_book(book=book, at=now)
    continue_book(book=book, tenant=tenant, at=now)
    membership = Membership.objects.select_related("user").get(tenant=tenant, role="admin")
    with tenant_scope(tenant.pk), transaction.atomic():
        account = Account.objects.get(external_id="crm-1009").pk
        persona = Persona.objects.get(name="Leila Abbas", account=account).pk
        promise = Step.objects.filter(source=Step.PROMISE, deleted_at=None).earliest("created_at")
        view = SavedView.objects.get(name="At risk, by money").pk
    paths = [
        "", "rate", "accounts", f"accounts/{account}", f"accounts/{account}/people", f"accounts/{account}/usage",
        f"accounts/{account}/timeline", f"accounts/{account}/edit", f"personas/{persona}", "risk",
        "settings/members", "settings/keys", "settings/organisation", "settings/scorecard", "settings/activity",
        "settings/connect", "settings/webhooks", "settings/imports", "settings/exports", "situations", "settings/situations",
        f"accounts/{account}/brief",
    ]  # fmt: skip
    alike = [
        "risk/coverage", "risk/monday", "risk/people", "promises?whose=all", f"accounts/{account}/trust", "focus",
        f"accounts/{promise.account_id}/promises/{promise.pk}", "rate/differences", "ratings/drivers", "advocates",
        f"accounts/{account}/seats/champion", f"personas/{persona}/links",
        f"accounts?sort=-arr&view={view}",
    ]  # fmt: skip
    actor = Actor(tenant, membership, membership.role)
    return actor, *([f"/t/northwind/{path}" for path in some] for some in (paths, alike))


def test_every_page_of_the_demo_is_accessible_fits_its_screen_and_complains_of_nothing(demo, screen_of):
    admin, paths, alike = demo
    faults = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        screen = screen_of(admin, color_scheme=scheme, viewport={"width": width, "height": 900})
        for path in paths:
            page = screen.open_settled(path)
            if path.endswith("/risk") and (scheme, width) == ("light", 1440) and os.environ.get("PICTURE"):
                page.screenshot(path=PICTURE)
            if path.endswith("/brief"):
                faults += [f"{path} prints on several sheets of {paper}" for paper in several_sheets(page)]
            faults += faults_of(screen, path, (width, 1024))
    screen = screen_of(admin)  # what has no style of its own is looked at once
    for path in alike:
        screen.open_settled(path)
        faults += faults_of(screen, path, (1440, 1024, 390))
    assert not faults, "\n".join(faults)
    with tenant_scope(admin.tenant_id), transaction.atomic():
        pairs = relationships.rater_pairs(relationships.rated_twice())
    assert any(pair.strength.kappa is not None for pair in pairs)


def faults_of(screen, path, widths) -> list[str]:
    """What the browser complains about, what axe finds at the first width, and what is too wide at each."""
    found = [*screen.complaints, *screen.axe()]
    screen.complaints.clear()
    for width in widths:
        screen.page.set_viewport_size({"width": width, "height": 900})
        if over := screen.page.evaluate(TOO_WIDE):
            found.append(f"{over} px too wide at {width}")
    screen.page.set_viewport_size({"width": widths[0], "height": 900})
    return [f"{path} at {widths[0]}: {fault}" for fault in found]


def several_sheets(page) -> list[str]:
    """Of which papers the brief takes more than one sheet, as it is and with a line more of each person."""
    found = []
    for line in ("", "<dt>Last answer</dt><dd>Support was quick, and said what it would do next.</dd>"):
        page.evaluate(ADD_LINE, line)
        found += [f"{paper} {line}" for paper in ("A4", "Letter") if pages_printed(page, paper) != 1]
    return found


def pages_printed(page, paper: str) -> int:
    """On how many sheets of this paper a page is printed."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))


def test_the_readme_shows_a_picture_of_the_risk_dashboard():
    assert PICTURE.stat().st_size > 50_000
    assert "docs/risk.png" in (PICTURE.parents[1] / "README.md").read_text()
