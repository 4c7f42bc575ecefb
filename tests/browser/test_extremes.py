"""Pages at their extremes: names of 200 letters, thousands of rows, nothing at all; at each width they must hold."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account, Persona
from accounts.scope import tenant_scope
from health import services as health
from relationships import services as relationships
from tests.conftest import make_cast

pytestmark = pytest.mark.browser
WIDTHS = (1440, 1024, 390)
SOLID = ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3)[:200]
SPACED = ("The International Federation of Exceedingly Long Company Names " * 4)[:200].strip()
MANY = 1_200
HEAVY = 400_000  # bytes of a page, before compression

# Everything that reaches beyond the screen, but for what scrolls by itself; and tables that scroll on wide screens.
TOO_WIDE = """() => {
  const page = document.documentElement;
  const over = page.scrollWidth - page.clientWidth;
  const tables = page.clientWidth === 1024 ? [] : [...document.querySelectorAll(".table-wrap")];
  const cut = tables.filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.innerText.slice(0, 40));
  return [...(over > 0 ? [`the page is ${over} px too wide`] : []), ...cut.map((text) => `a table is cut: ${text}`)];
}"""
EMPTY_PAGES = ("", "rate", "accounts", "risk", "settings/members", "settings/stages", "settings/activity")


def save(service, actor, now, rows):
    saved = service(
        items=[accounts.Item(values=row) for row in rows], mode=accounts.Mode.CREATE, actor=actor, at=now
    )
    assert all(one.id for one in saved), saved[0].faults
    return [one.id for one in saved]


def faults_at_each_width(screen, path) -> Iterator[str]:
    """What does not fit, and what the browser complains about, on one page that is made narrower and narrower."""
    page = screen.open(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        yield from (f"{path} at {width}: {fault}" for fault in page.evaluate(TOO_WIDE))
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    yield from (f"{path}: {complaint}" for complaint in screen.complaints)
    screen.complaints.clear()


def long_book(actor, now) -> list[str]:
    """Accounts and people with names of 200 letters, rated with long notes; the paths of their pages."""
    with tenant_scope(actor.tenant_id), transaction.atomic():
        user = actor.membership.user
        user.name = SOLID[:150]
        user.save()
        firms = save(
            accounts.save_accounts,
            actor,
            now,
            [
                {"external_id": str(n), "name": name, "segment": name[:60], "arr": 123_456_789_012, "status": "active",
                 "currency": "EUR", "owner_email": user.email}
                for n, name in enumerate((SOLID, SPACED))
            ],
        )  # fmt: skip
        people = save(
            accounts.save_personas,
            actor,
            now,
            [
                {
                    "account_id": firm,
                    "name": name,
                    "title": name,
                    "role": role,
                    "email": f"{role}{n}@long.test",
                }
                for n, firm in enumerate(firms)
                for role, name in (("champion", SOLID), ("economic_buyer", SPACED))
            ],
        )
        for persona, note in zip(people, (SOLID, SPACED, SOLID, SPACED), strict=True):
            rating = relationships.NewRating(
                persona_id=persona, strength="weak", sentiment_brand="negative", sentiment_product="neutral",
                sentiment_service="negative", driver="value", note=note * 3, rated_at=now, rated_by_id=actor.member_id,
            )  # fmt: skip
            relationships.record_ratings(ratings=[rating], actor=actor, at=now)
        health.rescore(account_ids=firms, at=now)
    home = f"accounts/{firms[0]}"
    return [
        "", "rate", "accounts", "risk", home, f"{home}/people", f"{home}/timeline", f"personas/{people[0]}",
        "settings/members", "settings/scorecard", "settings/activity",
    ]  # fmt: skip


def test_names_of_200_letters_fit_at_every_width(live_product, screen_of):
    admin = make_cast().adam
    paths = long_book(admin, timezone.now())
    screen = screen_of(admin, color_scheme="dark")
    faults = [fault for path in paths for fault in faults_at_each_width(screen, f"/t/northwind/{path}")]
    assert not faults, "\n".join(faults)
    rows = screen.open("/t/northwind/accounts").locator("tbody tr")
    for at, elsewhere in ((0, 1), (1, 0)):  # what is cut opens in the row that has the focus, there alone
        rows.nth(at).locator("a").first.focus()
        assert rows.nth(at).locator(".whole").count()
        assert not rows.nth(elsewhere).locator(".whole").count()


def test_empty_pages_fit_and_say_what_to_do(live_product, screen_of):
    admin = make_cast().adam
    screen = screen_of(admin)
    faults = []
    for path in EMPTY_PAGES:
        faults += faults_at_each_width(screen, f"/t/northwind/{path}")
        if path in ("", "rate", "accounts", "risk", "settings/stages"):
            assert screen.page.locator(".empty p").count() == 1, path
    assert not faults, "\n".join(faults)


def test_a_thousand_accounts_weigh_no_more_than_a_page(live_product, screen_of):
    admin, now = make_cast().adam, timezone.now()
    with tenant_scope(admin.tenant_id), transaction.atomic():
        firms = save(
            accounts.save_accounts,
            admin,
            now,
            [
                {"external_id": str(n), "name": f"Account {n}", "arr": 1000 + n, "status": "active", "currency": "EUR"}
                for n in range(MANY)
            ],
        )  # fmt: skip
        people = [{"account_id": firm, "name": "Ada Vale", "role": "champion"} for firm in firms]
        save(accounts.save_personas, admin, now, people)
        health.rescore(account_ids=firms, at=now)
        assert Account.objects.count() == Persona.objects.count() == MANY
    screen = screen_of(admin, viewport={"width": 390, "height": 844})
    weights = {}
    for path in ("", "rate?show=all", "accounts", "risk"):
        answer = screen.page.goto(f"{live_product.url}/t/northwind/{path}")
        weights[path] = len(answer.body())
        assert screen.page.evaluate(TOO_WIDE) == []
    assert max(weights.values()) < HEAVY, weights
    assert not screen.complaints
