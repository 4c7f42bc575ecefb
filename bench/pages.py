"""The portfolio as a page and as JSON, against a view that does nothing, on the same server."""

import http.client
from urllib.parse import urlsplit

from bench.place import Place
from bench.rows import Row, at_most, compare, seconds

REQUESTS = {"small": 10, "full": 40}


def rows(place: Place) -> list[Row]:
    """portfolio_vs_hello (the Risk page) and portfolio_json_vs_hello: milliseconds of one request, one at a time."""
    connection = http.client.HTTPConnection(urlsplit(place.url).netloc)
    times = REQUESTS[place.size]

    def milliseconds(path: str, **headers: str) -> float:
        return 1000 * seconds(lambda: get(connection, path, headers), times)

    page = compare(
        "portfolio_vs_hello",
        ours=lambda: milliseconds(f"/t/{place.slug}/risk", Cookie=place.session),
        theirs=lambda: milliseconds("/hello"),
        unit="ms",
        goal=at_most(12),
        runs=5,
    )
    data = compare(
        "portfolio_json_vs_hello",
        ours=lambda: milliseconds("/api/v1/portfolio", Authorization=f"Bearer {place.key}"),
        theirs=lambda: milliseconds("/hello"),
        unit="ms",
        goal=at_most(5),
        runs=5,
    )
    connection.close()
    return [page, data]


def get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
