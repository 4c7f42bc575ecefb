"""The JSON door of usage: 202 for whatever can be read, each event judged alone."""

import datetime as dt
import json

import pytest

from accounts.models import ApiKey, Outbox
from accounts.scope import tenant_scope
from health.models import UsageEvent


def event(message_id="m1", **fields):
    given = {
        "message_id": message_id,
        "account_external_id": "acme",
        "user_key": "dana",
        "feature": "plan",
        "occurred_at": "2026-11-01T09:00:00Z",
    }
    return {name: value for name, value in (given | fields).items() if value is not ...}


def send(client, *events, **headers):
    return client.post("/usage/events", {"events": list(events)}, **headers)


@pytest.fixture
def account(rest):
    return rest.write.post("/accounts", {"external_id": "acme", "name": "Acme"}).json()


def stored(cast):
    with tenant_scope(cast.northwind.pk):
        return UsageEvent.objects.count()


def test_events_are_counted_in_the_answer(rest, cast, account):
    answer = send(
        rest.ingest, event("1"), event("1"), event("2", account_external_id="who"), event("3", feature="")
    )
    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["duplicates"], body["unmatched"]) == (1, 1, 1)
    assert [(refusal["index"], refusal["code"]) for refusal in body["rejected"]] == [(3, "blank")]
    assert stored(cast) == 2
    assert send(rest.ingest, event("1")).json()["duplicates"] == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"message_id": ...}, "required"),
        ({"user_key": None}, "invalid"),
        ({"user_key": 5}, "invalid"),
        ({"feature": "x" * 101}, "too_long"),
        ({"account_external_id": "x" * 256}, "too_long"),
        ({"message_id": ""}, "blank"),
        ({"other": 1}, "unknown"),
        ({"occurred_at": "yesterday"}, "invalid_time"),
        ({"occurred_at": "2026-11-01T09:00:00"}, "invalid_time"),
        ({"occurred_at": 1793523600}, "invalid_time"),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "in_the_future"),
        ({"occurred_at": "0001-01-01T00:00:00+12:00"}, "too_old"),
        ({"properties": "x"}, "invalid"),
        ({"user_key": "a\x00"}, "invalid"),
        ({"historical": True}, "forbidden"),
    ],
)
def test_each_event_is_judged_alone(rest, cast, account, fields, code):
    body = send(rest.ingest, event("1"), event(**{"message_id": "2"} | fields), event("3")).json()
    assert body["accepted"] == 2
    assert [(refusal["index"], refusal["code"]) for refusal in body["rejected"]] == [(1, code)]
    assert stored(cast) == 2


def test_an_offset_that_the_database_refuses_is_read_as_the_moment_it_means(rest, cast, account):
    told = event("1")["occurred_at"]
    far = dt.datetime.fromisoformat(told).astimezone(dt.timezone(dt.timedelta(hours=-23))).isoformat()
    assert send(rest.ingest, event("1", occurred_at=far)).json()["accepted"] == 1
    with tenant_scope(cast.northwind.pk):
        assert UsageEvent.objects.get().occurred_at == dt.datetime.fromisoformat(told)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"events": null}',
        b'{"events": {}}',
        b'{"events": [], "more": 1}',
        b"\xff\xfe",
        b'{"events": [{"user_key": "\\ud800"}]}',
        b'{"events": [{"properties": {"a": NaN}}]}',
        b'{"events": ' + b"[" * 100_000,
        json.dumps({"events": [{}] * 10_001}).encode(),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(rest, cast, body):
    answer = rest.ingest.post("/usage/events", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert stored(cast) == 0


def test_ten_thousand_events_are_taken(rest, cast, account):
    assert send(rest.ingest, *(event(str(n)) for n in range(10_000))).json()["accepted"] == 10_000


def test_no_events_are_no_work(rest, cast):
    with tenant_scope(cast.northwind.pk):
        assert send(rest.ingest).json() == {"accepted": 0, "duplicates": 0, "unmatched": 0, "rejected": []}
        assert not Outbox.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("read", 403), ("write", 403), ("admin", 202)])
def test_only_an_ingest_or_admin_key_sends(rest, cast, who, status):
    assert send(getattr(rest, who), event()).status_code == status
    assert stored(cast) == (1 if status == 202 else 0)


def test_sending_is_not_counted_against_the_limit(rest):
    assert "RateLimit-Limit" not in send(rest.ingest, event())


def test_the_same_key_replays_the_same_answer(rest, cast, account):
    first = send(rest.ingest, event("1"), Idempotency_Key="k")
    again = send(rest.ingest, event("1"), Idempotency_Key="k")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"


def test_an_admin_key_may_send_history(rest, cast, account):
    assert send(rest.admin, event(historical=True)).json()["accepted"] == 1
    with tenant_scope(cast.northwind.pk):
        kept = UsageEvent.objects.get()
        assert kept.recorded_at == kept.occurred_at


def test_what_waits_is_listed_and_paged(rest, cast):
    for number in range(3):
        send(rest.ingest, event(f"{number}", account_external_id=f"x{number}"), event(f"again{number}"))
    first = rest.read.get("/usage/unmatched?limit=3").json()
    assert first["results"][0] == {
        "account_external_id": "acme",
        "events": 3,
        "first_at": "2026-11-01T09:00:00Z",
        "last_at": "2026-11-01T09:00:00Z",
    }
    assert [row["account_external_id"] for row in rest.read.get(first["next"]).json()["results"]] == ["x2"]
    assert rest.globex.get("/usage/unmatched").json()["results"] == []
    assert rest.read.get("/usage/unmatched?foo=1").status_code == 400


def test_an_admin_key_says_whose_a_waiting_group_is_and_takes_it_back(rest, cast, account):
    send(rest.ingest, event("1", account_external_id="g-7"), event("2", account_external_id="g-7"))
    given = rest.admin.post("/usage/unmatched", {"group": "g-7", "account_external_id": "acme"})
    assert (given.status_code, given.json()) == (
        200, {"group": "g-7", "account": account["id"], "matched": 2},
    )  # fmt: skip
    assert rest.read.get("/usage/unmatched").json()["results"] == []
    back = rest.admin.post("/usage/unmatched", {"group": "g-7", "account": None})
    assert back.json() == {"group": "g-7", "account": None, "matched": 0}
    send(rest.ingest, event("3", account_external_id="g-7"))
    assert [row["events"] for row in rest.read.get("/usage/unmatched").json()["results"]] == [1]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"group": "g-7"}, ("/account", "required")),
        ({"group": "", "account": None}, ("/group", "blank")),
        ({"group": "g-7", "account": None}, ("/group", "missing")),
        ({"group": "g-7", "account": "3f333df6-90a4-4fda-8dd3-9485d27cee36"}, ("/account", "missing")),
        ({"group": "g-7", "account_external_id": "nobody"}, ("/account_external_id", "missing")),
        ({"group": "acme", "account_external_id": "acme"}, ("/external_id", "taken")),
        ({"group": "g-7", "account": 7, "more": 1}, ("/more", "unknown")),
    ],
)
def test_a_group_that_cannot_be_given_is_refused_with_its_reason(rest, account, body, fault):
    answer = rest.admin.post("/usage/unmatched", body)
    assert answer.status_code in (400, 409)
    assert fault in [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_only_an_admin_key_gives_groups_away(rest, account):
    for key in (rest.read, rest.write, rest.ingest):
        assert key.post("/usage/unmatched", {"group": "g", "account_external_id": "acme"}).status_code == 403


def test_sending_says_when_a_key_was_used_last(rest, cast, account):
    send(rest.ingest, event())
    used = {key.name: key.last_used_at for key in ApiKey.objects.filter(tenant=cast.northwind)}
    assert used["ingest"] is not None
    send(rest.ingest, event("2"))
    assert ApiKey.objects.get(tenant=cast.northwind, name="ingest").last_used_at == used["ingest"]
    assert used["admin"] is None
