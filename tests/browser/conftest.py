"""Chromium, signed in, with every refusal of the security policy and every script error kept for the test to see."""

import os
from collections.abc import Callable, Iterator
from shutil import which

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import Actor
from tests.live import LiveProduct, live_product, session_key, web_process

__all__ = ["live_product", "web_process"]

CHROMIUM = os.environ.get("CHROMIUM") or which("chromium-headless-shell") or "/usr/bin/chromium"
# Of all that passed, a page has thousands of places: none is looked up and sent.
AXE_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Playwright runs an event loop in this thread; Django's ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Screen:
    """A page of one member: where it is, and what the browser complained about."""

    def __init__(self, page: Page, product: LiveProduct) -> None:
        self.page = page
        self.product = product
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        self.page.goto(self.product.url + path)
        return self.page

    def open_settled(self, path: str) -> Page:
        """Open a page, everything of which is loaded with it, and wait until it has been painted."""
        self.open(path).evaluate(PAINTED)
        return self.page

    def axe(self) -> list[str]:
        """What axe finds wrong on the page as it is, rule by rule."""
        found = Axe().run(self.page, options=AXE_RULES).response["violations"]
        return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.fixture
def screen_of(chromium: Browser, live_product: LiveProduct) -> Iterator[Callable[..., Screen]]:
    """Open a browser in which a member is signed in; options go to the browser context."""
    contexts = {}

    def open_for(actor: Actor, **options) -> Screen:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts[context] = unanswered = set()
        context.on("request", lambda one: unanswered.add(one))
        for ended in ("requestfinished", "requestfailed"):
            context.on(ended, lambda one: unanswered.discard(one))
        key = session_key(actor.membership.user)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_product.url}])
        return Screen(context.new_page(), live_product)

    yield open_for
    for context, unanswered in contexts.items():
        for _ in range(100):  # what a page still asks for would write beside the flush
            if unanswered and context.pages:
                context.pages[0].wait_for_timeout(50)
        context.close()
