"""A hundred people rated through the page with the keyboard, in Chromium: how long the page takes, and the server.

The hands are those of a fast person, two people a second: a key every 150 ms, and the next person as soon as the last is
saved, half a second after that one was begun at the earliest. Keys that come all at once would have the server answer
while Chromium, on the same few cores, draws what they did; nobody types so. These pauses are not counted as time of the
page. The server's time for each answer is read where an operator reads it, from its /metrics; the browser's own clock
tells how long each was waited for; beside both stands what the same browser waits for an answer that says nothing
(/healthz). A rater's browser has a machine of its own. Here it shares the server's, so it gets what of the processors
nobody else wants (Linux's class for idle work): otherwise the server's time is how long it stood in line behind a page
being drawn. BENCH_BROWSER_EQUAL=1 has them as equals. How long an answer takes where nobody draws at all, a plain client
is told that hands in the same at the same pace. What of that is work, and not waiting for a core, says the processor time
of the web and PostgreSQL for each answer, PostgreSQL's beside it.
"""

import http.client
import os
import re
import statistics
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import sync_playwright
from prometheus_client.parser import text_string_to_metric_families

from bench.place import Place
from bench.rows import Row

PEOPLE = 100
ROUTE = "t/<slug:slug>/rate/<uuid:persona_id>"
MINUTES = 7
SERVER_MS = 50
HELLO = 100
AS_EQUALS = os.environ.get("BENCH_BROWSER_EQUAL") == "1"
KEY, PERSON = 0.15, 0.5  # seconds from key to key, and from person to person, of a fast rater
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
CHROMIUM = os.environ.get("CHROMIUM") or which("chromium-headless-shell") or "/usr/bin/chromium"
KEYS = {"positive": "e", "neutral": "w", "negative": "q", "": "e"}
# How long the first byte of each answer was waited for, of the addresses with these words in them.
WAITS = """word => performance.getEntriesByType("resource")
    .filter(one => one.initiatorType === "fetch" && one.name.includes(word))
    .map(one => one.responseStart - one.requestStart)"""


def rows(place: Place) -> list[Row]:
    """rating_server_p95, rating_wait_p95, rating_plain_p95 and rating_server_cpu in milliseconds; rating_page in seconds
    for a person."""
    with ProcessPoolExecutor(1, get_context("spawn"), give_way) as away:
        hello = away.submit(in_browser, says_nothing, place).result()
        before, answered = worked(), answers(place)
        whole, each, waits = away.submit(in_browser, rate, place).result()
        web, database = (after - was for after, was in zip(worked(), before, strict=True))
    taken = {edge: count - answered.get(edge, 0) for edge, count in answers(place).items()}
    if len(waits) < PEOPLE:
        raise RuntimeError(f"{PEOPLE} people were rated and {len(waits)} answers came")
    plain = without_browser(place)
    reference = percentile(hello)
    cpu, of_database = (web + database) / len(waits), database / len(waits)
    person, limit = whole / PEOPLE, 60 * MINUTES / PEOPLE
    shares = [within(share, taken) for share in (0.95, 0, 0.5, 1)]
    return [
        answer("rating_server_p95", shares, reference, round(max(taken.values()))),
        *(
            answer(name, [percentile(times), min(times), statistics.median(times), max(times)], reference, len(times))
            for name, times in (("rating_wait_p95", waits), ("rating_plain_p95", plain))
        ),
        answer("rating_server_cpu", [cpu] * 4, of_database, len(waits)),
        Row(
            "rating_page", person, "s", reference / 1000, 1000 * person / reference, f"<= {limit:g} s", person <= limit,
            PEOPLE, min(each), statistics.median(each), max(each),
        ),
    ]  # fmt: skip


def give_way() -> None:
    """Let this process, and the browser it starts, run only where no other wants to, unless they are to be equals."""
    if not AS_EQUALS:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def in_browser(do: Callable[[Any, Place], Any], place: Place) -> Any:
    """What ``do`` tells of a page of a leader who has signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = place.session.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": place.url}])
        page = context.new_page()
        told = do(page, place)
        browser.close()
    return told


def answer(name: str, found: list[float], reference: float, runs: int) -> Row:
    """A row of milliseconds for each answer, held against the goal: ``found`` is the value, the least, the middle and the
    most."""
    value, *spread = found
    return Row(
        name,
        value,
        "ms",
        reference,
        value / reference,
        f"<= {SERVER_MS} ms",
        value <= SERVER_MS,
        runs,
        *spread,
    )


def answers(place: Place) -> dict[float, float]:
    """How many ratings the server has answered so far within so many milliseconds, by its own clock."""
    with urllib.request.urlopen(f"{place.url}/metrics", timeout=10) as metrics:
        families = list(text_string_to_metric_families(metrics.read().decode()))
    return {
        1000 * float(sample.labels["le"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "csplatform_request_seconds_bucket"
        and (sample.labels["route"], sample.labels["method"]) == (ROUTE, "POST")
    }


def within(share: float, counted: dict[float, float]) -> float:
    """The milliseconds within which this share of the counted was answered; between two edges evenly, as Prometheus's
    histogram_quantile has it."""
    wanted, low, below = share * max(counted.values()), 0.0, 0.0
    for edge, count in sorted(counted.items()):
        if count > below and count >= wanted:
            return low + (edge - low) * (wanted - below) / (count - below)
        low, below = edge, count
    raise RuntimeError("no rating was counted")


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
    away = {child.pid for child in active_children()}  # the browser, and who drives it
    ours, grown = {os.getpid()}, True
    while grown:
        more = {one for one, (parent, *_) in found.items() if parent in ours} - ours - away
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


def without_browser(place: Place) -> list[float]:
    """How long a plain client on one kept connection waits for each answer, in milliseconds, for the same people and the
    other words, at the same pace."""
    server = http.client.HTTPConnection(urlsplit(place.url).netloc)
    waits: list[float] = []
    number = 1
    try:
        while len(waits) < 2 * PEOPLE:
            cookie, token, people = people_of(server, place, number)
            headers = {"Cookie": cookie, "X-CSRFToken": token, "HX-Request": "true", "Referer": place.url}
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            for url in people[: PEOPLE - len(waits) // 2]:
                begun = time.perf_counter()
                for said in ({"strength": "okay"}, {"sentiment": "negative", "driver": "support"}):
                    waits.append(timed(server, url, urlencode(said), headers))
                    pause(KEY)
                pause(begun + PERSON - time.perf_counter())
            number += 1
    finally:
        server.close()
    return waits


def people_of(server: http.client.HTTPConnection, place: Place, number: int) -> tuple[str, str, list[str]]:
    """Of a page of the grid: the cookies to send from now on, the token that its forms send, and where each person is
    rated."""
    server.request("GET", f"/t/{place.slug}/rate?show=all&page={number}", headers={"Cookie": place.session})
    answer = server.getresponse()
    text = answer.read().decode()
    token = re.search(r'"X-CSRFToken": "(\w+)"', text)
    if token is None:
        raise RuntimeError(f"the grid answered {answer.status}")
    kept = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or []]
    return "; ".join([place.session, *kept]), token[1], re.findall(r'data-url="([^"]+)"', text)


def timed(server: http.client.HTTPConnection, url: str, body: str, headers: dict[str, str]) -> float:
    """The milliseconds until a rating is answered. Raises where it is not taken."""
    since = time.perf_counter()
    server.request("POST", url, body=body, headers=headers)
    answer = server.getresponse()
    took = 1000 * (time.perf_counter() - since)
    if (said := answer.read()) and answer.status != 200:
        raise RuntimeError(f"{url} answered {answer.status}: {said[:200]!r}")
    return took


def pause(seconds: float) -> float:
    """Wait so long, if that lies ahead; the seconds that it took."""
    since = time.perf_counter()
    time.sleep(max(seconds, 0))
    return time.perf_counter() - since


def percentile(found: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(found, n=20)[-1]
