"""A hundred people rated through the page with the keyboard, in Chromium: how long the page takes, and the server.

What a person thinks meanwhile is not counted: keys follow each other as fast as the page takes them. Beside it stands what
the same browser needs for an answer that says nothing (/healthz).
"""

import os
import statistics
import time
from typing import Any

from bench.place import Place
from bench.rows import Row

PEOPLE = 100
MINUTES = 7
SERVER_MS = 50
HELLO = 200
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
KEYS = {"positive": "e", "neutral": "w", "negative": "q", "": "e"}


def rows(place: Place) -> list[Row]:
    """rating_server_p95 in milliseconds, rating_page in seconds for one person."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": place.session, "url": place.url}])
        page = context.new_page()
        page.goto(f"{place.url}/t/{place.slug}/rate?show=all")
        hello = says_nothing(page)
        waits: list[float] = []
        page.on("requestfinished", lambda request: waits.extend(server_wait(request)))
        whole, each = rate(page, place)
        browser.close()
    p95, reference = percentile(waits), percentile(hello)
    person = whole / PEOPLE
    limit = 60 * MINUTES / PEOPLE
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


def says_nothing(page: Any) -> list[float]:
    """How long the browser waits for an answer that says nothing, so many times, in milliseconds."""
    found: list[float] = []

    def hear(request: Any) -> None:
        if request.url.endswith("/healthz"):
            found.append(request.timing["responseStart"] - request.timing["requestStart"])

    page.on("requestfinished", hear)
    for _ in range(HELLO):
        page.evaluate("fetch('/healthz').then(answer => answer.text())")
    page.remove_listener("requestfinished", hear)
    return [wait for wait in found if wait >= 0]


def server_wait(request: Any) -> list[float]:
    """From the request to the first byte of its answer, in milliseconds, of what saves a rating."""
    if request.method != "POST" or "/rate/" not in request.url:
        return []
    return [request.timing["responseStart"] - request.timing["requestStart"]]


def rate(page: Any, place: Place) -> tuple[float, list[float]]:
    """Rate so many people, page by page; the seconds that the page took in all, its loading included, and for each
    person until the next row could be rated."""
    whole, each, number, done = 0.0, [], 1, 0
    while done < PEOPLE:
        begun = time.perf_counter()
        page.goto(f"{place.url}/t/{place.slug}/rate?show=all&page={number}")
        people = page.locator("tr[data-person]").count()
        page.locator("tr[data-person]").first.locator("[data-cell=strength]").focus()
        for at in range(min(people, PEOPLE - done)):
            since = time.perf_counter()
            row = page.locator("tr[data-person]").nth(at)
            rate_one(page, at, row.get_attribute("data-brand") or "")
            each.append(time.perf_counter() - since)
            done += 1
        page.wait_for_function("!document.querySelector('tr.pending, tr.failed')")
        whole += time.perf_counter() - begun
        number += 1
    return whole, each


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
