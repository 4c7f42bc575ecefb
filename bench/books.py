"""The pages that read a whole book, of the member who owns most of it and of the leader: p50 of a request.

Of a book that somebody just wrote in, so that nothing stored is shown; beside each the view that does nothing.
"""

import datetime as dt
import http.client
import itertools
import random
import statistics
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bench.pages import get, write_something
from bench.place import Place, settle, signed_in
from bench.rows import Row, seconds

RUNS = 9
TOUCHES = 16  # of each account in half a year, each with one person
GOAL = 500  # milliseconds
KINDS = ("call", "meeting", "mail", "chat")
PAGES = {
    "book_today": ("csm", "/"),
    "book_rate": ("csm", "/rate"),
    "book_rate_due": ("csm", "/rate?show=due&page=99"),
    "book_said_and_done": ("leader", "/rate/differences"),
    "book_unrated": ("leader", "/ratings"),
    "book_inherited": ("leader", "/ratings?show=inherited"),
    "book_disagree": ("leader", "/ratings?show=disagree"),
    "book_drivers": ("leader", "/ratings/drivers"),
    "book_risk": ("leader", "/risk"),
    "book_coverage": ("leader", "/risk/coverage"),
    "book_monday": ("leader", "/risk/monday"),
}


def rows(place: Place) -> Iterator[Row]:
    """book_*: milliseconds of one request, one at a time."""
    add_touches(place)
    settle(place.filled)
    write_something(place)
    cookies = {role: cookie_of(place, role) for role in ("csm", "leader")}
    connection = http.client.HTTPConnection(urlsplit(place.url).netloc)
    try:
        hello = p50(connection, "/hello", {})[1]
        for id, (role, path) in PAGES.items():
            least, middle, most = p50(connection, f"/t/{place.slug}{path}", {"Cookie": cookies[role]})
            holds, ratio = middle <= GOAL, middle / hello
            yield Row(id, middle, "ms", hello, ratio, f"<={GOAL}ms", holds, RUNS, least, middle, most)
    finally:
        connection.close()
        settle(place.filled)


def p50(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[float, float, float]:
    """The least, the middle and the most of RUNS requests, after two that do not count: one in each process."""
    get(connection, path, headers), get(connection, path, headers)
    times = [1000 * seconds(lambda: get(connection, path, headers)) for _ in range(RUNS)]
    return min(times), statistics.median(times), max(times)


def cookie_of(place: Place, role: str) -> str:
    from accounts.models import Membership

    member = Membership.objects.select_related("user").get(tenant_id=place.filled, role=role)
    return signed_in(member.user)


def add_touches(place: Place) -> None:
    """Meetings, calls, mails and chats of half a year: what a rating is compared with."""
    from django.db import transaction
    from django.utils import timezone

    from accounts import services as accounts
    from accounts.models import Persona, Touch, TouchAttendee
    from accounts.scope import tenant_scope

    at, rng = timezone.now(), random.Random(1)
    with tenant_scope(place.filled), transaction.atomic():
        people: dict[Any, list[Any]] = {}
        for person, account in Persona.objects.order_by("pk").values_list("pk", "account_id"):
            people.setdefault(account, []).append(person)
        touches = (
            Touch(
                account_id=account, kind=rng.choice(KINDS), direction=rng.choice(("inbound", "outbound", None)),
                at=at - dt.timedelta(days=rng.uniform(0.1, 180)), created_at=at, updated_at=at,
            )
            for account in people
            for _ in range(TOUCHES)
        )  # fmt: skip
        while batch := list(itertools.islice(touches, 5000)):
            Touch.objects.bulk_create(batch)
            TouchAttendee.objects.bulk_create(
                TouchAttendee(touch=touch, persona_id=rng.choice(people[touch.account_id])) for touch in batch
            )
    accounts.refresh_statistics("accounts_touch", "accounts_touchattendee")
