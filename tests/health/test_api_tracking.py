"""The door of the tracking API: who may send, what can be read, and what is answered."""

import datetime as dt
import gzip
import json
import tracemalloc
import zlib

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import ApiUse
from accounts.scope import tenant_scope
from health.models import Arrival, UsageEvent, UsageMessage
from tests.conftest import make_key
from tests.health.tracking import Library, message

CALLS = ["track", "identify", "group", "page", "screen", "alias", "t", "i", "g", "p"]
TAKEN = {"success": True, "rejected": []}
FIELDS = {"event": "plan", "groupId": "acme", "previousId": "u0", "name": "Home"}


@pytest.fixture
def library(cast):
    return Library(make_key(cast.adam, "ingest")[1])


@pytest.fixture
def events(cast):
    """Northwind's usage events, asked for when called."""

    def read():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return list(UsageEvent.objects.order_by("pk"))

    return read


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_taken_with_and_without_a_slash(library, cast, call, end):
    sent = message("any", **FIELDS)
    answer = library.post(f"/v1/{call}{end}", sent)
    assert (answer.status_code, answer.json()) == (200, TAKEN)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert UsageMessage.objects.filter(message_id=sent["messageId"]).count() == 1


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/batch/"])
def test_a_batch_is_taken(library, events, path):
    answer = library.post(path, {"batch": [message("track"), message("page", name="Home")]})
    assert (answer.status_code, answer.json()) == (200, TAKEN)
    assert [event.feature for event in events()] == ["plan", "Home"]


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "nonsense"]
)
def test_the_content_type_does_not_matter(library, events, content_type):
    sent = json.dumps({"batch": [message("track")]}).encode()
    assert library.post("/v1/batch", sent, content_type=content_type).status_code == 200
    assert len(events()) == 1


def test_the_key_may_stand_in_the_body(library, events):
    body = {"batch": [message("track")], "writeKey": library.key}
    assert library.post("/v1/batch", body, basic=None).json() == TAKEN
    assert library.post("/v1/track", message("track", writeKey=library.key), basic=None).json() == TAKEN
    assert len(events()) == 2


@pytest.mark.parametrize(
    ("header", "body_key", "status"),
    [(None, None, 401), (None, "csk_nobody_x", 401), (None, 7, 401), ("csk_nobody_x", "own", 401), ("", None, 401),
     ("\x00", None, 401)],
)  # fmt: skip
def test_a_bad_key_is_refused(library, events, header, body_key, status):
    body = {"batch": [message("track")]}
    if body_key is not None:
        body["writeKey"] = library.key if body_key == "own" else body_key
    answer = library.post("/v1/batch", body, basic=header)
    assert answer.status_code == status
    assert answer.json()["success"] is False
    assert {"code", "message"} <= answer.json().keys()
    assert events() == []


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer x", "Basic w7w=", "nonsense"])
def test_a_header_that_is_no_basic_auth_is_refused(library, events, header):
    answer = Client().post(
        "/v1/batch", b'{"batch": []}', content_type="text/plain", headers={"Authorization": header}
    )
    assert answer.status_code == 401
    assert events() == []


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_key_that_may_not_send_is_refused(library, cast, events, scope):
    other = Library(make_key(cast.adam, scope)[1])
    assert other.batch(message("track")).status_code == 403
    assert events() == []


def test_events_belong_to_the_tenant_of_the_key(library, cast, events):
    globex = Library(make_key(cast.gloria, "ingest")[1])
    same = message("track")
    assert globex.batch(same).json() == library.batch(same).json() == TAKEN
    assert len(events()) == 1


def body():
    return json.dumps({"batch": [message("track")]}).encode()


def test_gzip_is_unpacked_however_it_is_announced(library, events):
    assert library.zipped(message("track")).json() == TAKEN
    assert library.post("/v1/batch", gzip.compress(body())).json() == TAKEN
    assert library.post("/v1/batch", body(), **{"Content-Encoding": "gzip"}).json() == TAKEN
    whole = body()
    assert library.post("/v1/batch", gzip.compress(whole[:20]) + gzip.compress(whole[20:])).json() == TAKEN
    assert len(events()) == 4


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'{"batch": 3}', b'{"foo": 1}', b"\xff\xfe", b'{"batch": [}', b'"\xff"',
     b'{"batch": [' + b"[" * 100_000, gzip.compress(b"{}", mtime=0)[:10], gzip.compress(b'{"batch": []}', mtime=0)[:-4],
     b"\x1f\x8b" + b"broken", gzip.compress(b"not json", mtime=0)],
)  # fmt: skip
def test_an_unreadable_body_is_400_and_nothing_is_kept(library, events, body):
    answer = library.post("/v1/batch", body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["success"] is False
    assert events() == []


def test_what_could_not_be_read_is_remembered(library, cast):
    library.post("/v1/batch", b"{", **{"User-Agent": "curl/8"})
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        line = Arrival.objects.get()
    assert (line.source, line.rejected, line.refusals[0]["code"]) == ("curl/8", 1, "unreadable")


def bomb(size):
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(size)) + packer.flush()


def test_a_zip_bomb_is_refused_in_bounded_memory(library, events):
    body = bomb(512)
    tracemalloc.start()
    try:
        answer = library.post("/v1/batch", body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 64 * 2**20
    assert events() == []


def test_a_body_without_end_is_refused(library, events):
    assert library.post("/v1/batch", b" " * (9 * 2**20)).status_code == 413
    assert events() == []


def test_each_message_is_judged_alone(library, events):
    answer = library.batch(
        message("track"),
        message("track", event=...),
        message("track", userId=...),
        message("dance"),
        "no object",
        message("track", properties={"text": "x" * 40_000}),
        message("group"),
        message("alias"),
        message("track", timestamp="soon"),
        message("track", timestamp="2056-01-01T00:00:00Z"),
        message("track", userId="x" * 300),
        message("track", messageId="x" * 300),
        message("track", userId="a\x00b"),
        message("track", properties={"a": "b\x00"}),
        message("identify", traits={"a": ["b\x00"]}),
        message("track", properties=[1]),
        message("track", timestamp=1e300),
        message("track", timestamp="0001-01-01T00:00:00+14:00"),
        message("page", name="Home"),
    )
    assert answer.status_code == 200
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [
        (1, "required"), (2, "required"), (3, "unknown_type"), (4, "invalid"), (5, "too_large"), (6, "required"),
        (7, "required"), (8, "invalid_time"), (9, "in_the_future"), (10, "too_long"), (11, "too_long"), (12, "invalid"),
        (13, "invalid"), (14, "invalid"), (15, "invalid"), (16, "invalid_time"), (17, "too_old"),
    ]  # fmt: skip
    assert [event.feature for event in events()] == ["plan", "Home"]


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\u0000"', b"1e999", b"-1" + b"0" * 400, b"NaN"])
def test_what_the_database_cannot_keep_is_no_server_error(library, events, text):
    body = b'{"batch": [{"type": "track", "userId": "u1", "event": "plan", "properties": {"a": %s}}]}' % text
    assert library.post("/v1/batch", body).status_code in (200, 400)
    named = b'{"batch": [{"type": "group", "userId": "u1", "groupId": "g", "traits": {"a": %s}}]}' % text
    assert library.post("/v1/batch", named).status_code in (200, 400)


def test_an_offset_that_the_database_refuses_is_read_as_the_moment_it_means(library, events):
    moment = timezone.now() - dt.timedelta(hours=1)
    told = moment.astimezone(dt.timezone(dt.timedelta(hours=23))).isoformat()
    answer = library.batch(message("track"), message("track", timestamp=told))
    assert (answer.status_code, answer.json()) == (200, TAKEN)
    assert [event.occurred_at for event in events()][1] == moment


def test_a_message_is_taken_once_for_ever(library, events):
    sent = [message("track"), message("identify", traits={"email": "dana@acme.test"})]
    for _ in range(3):
        assert library.batch(*sent).json() == TAKEN
    assert library.batch(sent[0], sent[0]).json() == TAKEN
    assert len(events()) == 1


def test_messages_without_an_id_are_each_taken(library, events):
    library.batch(message("track", messageId=...), message("track", messageId=None))
    assert len(events()) == 2


def test_ids_that_are_numbers_are_text(library, events):
    library.batch(message("track", userId=7, context={"groupId": 42.0}))
    kept = events()[0]
    assert (kept.user_key, kept.account_external_id) == ("7", "42")


def test_a_clock_that_is_wrong_is_set_right_by_when_it_says_that_it_sent(library, events):
    wrong = dt.timedelta(days=40)
    now = timezone.now()
    happened, sent = now - dt.timedelta(hours=2) + wrong, now + wrong
    library.batch(
        message("track", timestamp=happened.isoformat()),
        message("track", timestamp=..., originalTimestamp=happened.isoformat()),
        message("track", timestamp=(happened - dt.timedelta(days=5)).isoformat(),
                sentAt=(sent - dt.timedelta(days=5)).isoformat()),
        sentAt=sent.isoformat(),
    )  # fmt: skip
    for event in events():
        assert abs(event.occurred_at - (now - dt.timedelta(hours=2))) < dt.timedelta(seconds=30)
    assert len(events()) == 3


def test_a_message_without_a_time_happened_now(library, events):
    library.batch(message("track", timestamp=...))
    assert timezone.now() - events()[0].occurred_at < dt.timedelta(minutes=1)


def test_sending_is_not_counted_against_the_limit_of_keys(library, cast):
    library.batch(message("track"))
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not ApiUse.objects.exists()


def test_a_browser_may_send_from_any_page(library):
    asked = Client().options(
        "/v1/t", headers={"Origin": "https://a.test", "Access-Control-Request-Headers": "authorization"}
    )
    assert (asked.status_code, asked["Access-Control-Allow-Headers"]) == (204, "authorization")
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert library.post("/v1/t", message("track"))["Access-Control-Allow-Origin"] == "*"


def test_only_a_post_sends(library):
    assert Client().get("/v1/batch").status_code == 405
    assert Client().get("/v1/dance").status_code == 404


@pytest.mark.parametrize("count", [1, 300])
def test_the_size_of_a_batch_changes_no_number_of_queries(
    library, django_assert_max_num_queries, cast, count
):
    sent = [message("track", userId=f"u{n}", context={"groupId": f"g{n}"}) for n in range(count)]
    with django_assert_max_num_queries(9):
        assert library.batch(*sent).json() == TAKEN
