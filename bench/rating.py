"""A hundred people rated through the page with the keyboard, in Chromium: how long the page takes, and the server.

What a person thinks meanwhile is not counted: the next is rated as soon as the last is saved. The browser's own clock
tells how long each answer was waited for; beside it stands what the same browser waits for an answer that says nothing
(/healthz).
"""

import os
import statistics
import time
from typing import Any

from playwright.sync_api import sync_playwright

from bench.place import Place
from bench.rows import Row

PEOPLE = 100
MINUTES = 7
SERVER_MS = 50
HELLO = 100
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
KEYS = {"positive": "e", "neutral": "w", "negative": "q", "": "e"}
# How long the first byte of each answer was waited for, of the addresses with these words in them.
WAITS = """word => performance.getEntriesByType("resource")
    .filter(one => one.initiatorType === "fetch" && one.name.includes(word))
    .map(one => one.responseStart - one.requestStart)"""


def rows(place: Place) -> list[Row]:
    """rating_server_p95 in milliseconds, and rating_page in seconds for one person."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = place.session.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": place.url}])
        page = context.new_page()
        hello = says_nothing(page, place)
        whole, each, waits = rate(page, place)
        browser.close()
    if len(waits) < PEOPLE:
        raise RuntimeError(f"{PEOPLE} people were rated and {len(waits)} answers came")
    p95, reference = percentile(waits), percentile(hello)
    person, limit = whole / PEOPLE, 60 * MINUTES / PEOPLE
    return [
        Row(
            "rating_server_p95", p95, "ms", reference, p95 / reference, f"<= {SERVER_MS} ms", p95 <= SERVER_MS,
            len(waits), min(waits), statistics.median(waits), max(waits),
        ),
        Row(
            "rating_page", person, "s", reference / 1000, 1000 * person / reference, f"<= {limit:g} s", person <= limit,
            PEOPLE, min(each), statistics.median(each), max(each),
        ),
    ]  # fmt: skip


def says_nothing(page: Any, place: Place) -> list[float]:
    """How long the browser waits for an answer that says nothing, in milliseconds."""
    page.goto(f"{place.url}/t/{place.slug}/rate?show=all")
    for _ in range(HELLO):
        page.evaluate("fetch('/healthz').then(answer => answer.text())")
    return list(page.evaluate(WAITS, "/healthz"))


def rate(page: Any, place: Place) -> tuple[float, list[float], list[float]]:
    """Rate so many people, page by page: the seconds that it took in all, loading the pages included; for each person
    until the next could be rated; and how long each answer of the server was waited for, in milliseconds."""
    whole, each, waits, number = 0.0, [], [], 1
    while len(each) < PEOPLE:
        begun = time.perf_counter()
        page.goto(f"{place.url}/t/{place.slug}/rate?show=all&page={number}")
        people = page.locator("tr[data-person]")
        here = min(people.count(), PEOPLE - len(each))
        people.first.locator("[data-cell=strength]").focus()
        for at in range(here):
            since = time.perf_counter()
            rate_one(page, at, people.nth(at).get_attribute("data-brand") or "")
            page.locator("tr.pending, tr.failed").first.wait_for(state="detached")
            each.append(time.perf_counter() - since)
        whole += time.perf_counter() - begun
        waits += page.evaluate(WAITS, "/rate/")
        number += 1
    return whole, each, waits


def rate_one(page: Any, at: int, stands: str) -> None:
    """Strength, and a sentiment: as it stands, but for every tenth person, who is negative for a reason."""
    page.keyboard.press("1234"[at % 4])
    page.keyboard.press("q" if at % 10 == 9 else KEYS[stands])
    if page.locator("#rate-why").is_visible():
        page.keyboard.press("1")
    page.keyboard.press("ArrowDown")


def percentile(found: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(found, n=20)[-1]
