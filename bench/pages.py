"""The portfolio as a page and as JSON, against a view that does nothing, on the same server.

First of a book that has settled, as a worker leaves it a second after the last write; then of one that somebody just
wrote in, so that every request sums it anew.
"""

import http.client
from urllib.parse import urlsplit

from bench.place import Place, settle
from bench.rows import Row, at_most, compare, seconds

REQUESTS = {"small": 10, "full": 40}


def rows(place: Place) -> list[Row]:
    """portfolio_vs_hello (the Risk page), portfolio_json_vs_hello, and both again just after a write: milliseconds of
    one request, one at a time."""
    connection = http.client.HTTPConnection(urlsplit(place.url).netloc)
    page = f"/t/{place.slug}/risk", {"Cookie": place.session}
    data = "/api/v1/portfolio", {"Authorization": f"Bearer {place.key}"}
    try:
        settled = [
            against_hello("portfolio_vs_hello", connection, place, *page, goal=12),
            against_hello("portfolio_json_vs_hello", connection, place, *data, goal=5),
        ]
        write_something(place)
        written = [
            against_hello("portfolio_written_vs_hello", connection, place, *page, goal=150),
            against_hello("portfolio_json_written_vs_hello", connection, place, *data, goal=100),
        ]
        settle(place.filled)
    finally:
        connection.close()
    return [*settled, *written]


def against_hello(
    id: str,
    connection: http.client.HTTPConnection,
    place: Place,
    path: str,
    headers: dict[str, str],
    *,
    goal: float,
) -> Row:
    times = REQUESTS[place.size]
    return compare(
        id,
        ours=lambda: 1000 * seconds(lambda: get(connection, path, headers), times),
        theirs=lambda: 1000 * seconds(lambda: get(connection, "/hello", {}), times),
        unit="ms",
        goal=at_most(goal),
        runs=5,
    )


def write_something(place: Place) -> None:
    """One write that outdates the stored portfolio, and no worker to sum it again."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import Account
    from accounts.scope import tenant_scope

    with tenant_scope(place.filled), transaction.atomic():
        account = Account.objects.order_by("pk")[:1].get()
        account.updated_at = timezone.now()
        account.save()


def get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
