"""A hundred people rated through the page with the keyboard, in Chromium: how long the page takes, and the server.

The hands are those of a fast person, two people a second: a key every 150 ms, and the next person as soon as the last is
saved, half a second after that one was begun at the earliest. Keys that come all at once would have the server answer
while Chromium, on the same few cores, draws what they did; nobody types so. These pauses are not counted as time of the
page. The browser's own clock tells how long each answer was waited for; beside it stands what the same browser waits for
an answer that says nothing (/healthz). What of that is work, and not waiting for a core, says the processor time of the
web and PostgreSQL for each answer, PostgreSQL's beside it.
"""

import os
import statistics
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.place import Place
from bench.rows import Row

PEOPLE = 100
MINUTES = 7
SERVER_MS = 50
HELLO = 100
KEY, PERSON = 0.15, 0.5  # seconds from key to key, and from person to person, of a fast rater
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
KEYS = {"positive": "e", "neutral": "w", "negative": "q", "": "e"}
# How long the first byte of each answer was waited for, of the addresses with these words in them.
WAITS = """word => performance.getEntriesByType("resource")
    .filter(one => one.initiatorType === "fetch" && one.name.includes(word))
    .map(one => one.responseStart - one.requestStart)"""


def rows(place: Place) -> list[Row]:
    """rating_server_p95 and rating_server_cpu in milliseconds, and rating_page in seconds for one person."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = place.session.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": place.url}])
        page = context.new_page()
        hello = says_nothing(page, place)
        before = worked()
        whole, each, waits = rate(page, place)
        web, database = (after - was for after, was in zip(worked(), before, strict=True))
        browser.close()
    if len(waits) < PEOPLE:
        raise RuntimeError(f"{PEOPLE} people were rated and {len(waits)} answers came")
    p95, reference = percentile(waits), percentile(hello)
    cpu, of_database = (web + database) / len(waits), database / len(waits)
    person, limit = whole / PEOPLE, 60 * MINUTES / PEOPLE
    return [
        Row(
            "rating_server_p95", p95, "ms", reference, p95 / reference, f"<= {SERVER_MS} ms", p95 <= SERVER_MS,
            len(waits), min(waits), statistics.median(waits), max(waits),
        ),
        Row(
            "rating_server_cpu", cpu, "ms", of_database, cpu / of_database, f"<= {SERVER_MS} ms", cpu <= SERVER_MS,
            len(waits), cpu, cpu, cpu,
        ),
        Row(
            "rating_page", person, "s", reference / 1000, 1000 * person / reference, f"<= {limit:g} s", person <= limit,
            PEOPLE, min(each), statistics.median(each), max(each),
        ),
    ]  # fmt: skip


def worked() -> tuple[float, float]:
    """The processor time in milliseconds that the web and PostgreSQL, both started by this process, have taken so far."""
    found: dict[int, tuple[int, str, float]] = {}  # by process: its parent, its name, its time
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        number, _, name = head.partition(" (")
        fields = tail.split()
        ticks = sum(int(one) for one in fields[11:15])  # its own, and of its children that have ended
        found[int(number)] = int(fields[1]), name, TICK_MS * ticks
    ours, grown = {os.getpid()}, True
    while grown:
        more = {one for one, (parent, *_) in found.items() if parent in ours} - ours
        ours, grown = ours | more, bool(more)
    times = [found[one][1:] for one in ours - {os.getpid()} if one in found]
    web = sum(taken for name, taken in times if name.startswith(("python", "gunicorn")))
    return web, sum(taken for name, taken in times if name.startswith("postgres"))


def says_nothing(page: Any, place: Place) -> list[float]:
    """How long the browser waits for an answer that says nothing, in milliseconds."""
    page.goto(f"{place.url}/t/{place.slug}/rate?show=all")
    for _ in range(HELLO):
        page.evaluate("fetch('/healthz').then(answer => answer.text())")
    return list(page.evaluate(WAITS, "/healthz"))


def rate(page: Any, place: Place) -> tuple[float, list[float], list[float]]:
    """Rate so many people, page by page: the seconds that it took in all, loading the pages included; for each person
    until the next could be rated; and how long each answer of the server was waited for, in milliseconds. The pauses of
    the hands are not in it."""
    whole, each, waits, number = 0.0, [], [], 1
    while len(each) < PEOPLE:
        begun = time.perf_counter()
        page.goto(f"{place.url}/t/{place.slug}/rate?show=all&page={number}")
        people = page.locator("tr[data-person]")
        here = min(people.count(), PEOPLE - len(each))
        people.first.locator("[data-cell=strength]").focus()
        for at in range(here):
            stands = people.nth(at).get_attribute("data-brand") or ""
            since = time.perf_counter()
            paused = rate_one(page, at, stands)
            page.locator("tr.pending, tr.failed").first.wait_for(state="detached")
            each.append(time.perf_counter() - since - paused)
            rest = pause(since + PERSON - time.perf_counter())
            begun += paused + rest
        whole += time.perf_counter() - begun
        waits += page.evaluate(WAITS, "/rate/")
        number += 1
    return whole, each, waits


def rate_one(page: Any, at: int, stands: str) -> float:
    """Strength, and a sentiment: as it stands, but for every tenth person, who is negative for a reason. Answers with the
    seconds between the keys."""
    page.keyboard.press("1234"[at % 4])
    paused = pause(KEY)
    page.keyboard.press("q" if at % 10 == 9 else KEYS[stands])
    if page.locator("#rate-why").is_visible():
        paused += pause(KEY)
        page.keyboard.press("1")
    page.keyboard.press("ArrowDown")
    return paused


def pause(seconds: float) -> float:
    """Wait so long, if that lies ahead; the seconds that it took."""
    since = time.perf_counter()
    time.sleep(max(seconds, 0))
    return time.perf_counter() - since


def percentile(found: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(found, n=20)[-1]
