"""Webhooks over REST: admin keys only, secrets shown once, what is refused and why."""

import datetime as dt

import pytest
from django.db import connection, transaction

from accounts.models import EVENT_NAMES, Activity, Webhook, WebhookDelivery
from accounts.scope import tenant_scope
from tests.accounts.webhooking import FAILED, FINE, answer_once

URL = "https://hooks.larkspur.test/in"


@pytest.fixture
def rows(cast):
    """Every row of a model in Northwind."""

    def read(model):
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return list(model.objects.order_by("created_at" if hasattr(model, "created_at") else "id"))

    return read


def add(rest, **body):
    answer = rest.admin.post("/webhooks", {"url": URL, "events": ["rating.recorded"], **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_new_webhook_shows_its_secret_once(rest):
    made = add(rest, description="To the CRM")
    assert made["secret"].startswith("whsec_")
    one = rest.admin.get(f"/webhooks/{made['id']}").json()
    assert one == {name: value for name, value in made.items() if name != "secret"}
    assert one["active"] is True
    assert rest.admin.get("/webhooks").json()["results"] == [one]


@pytest.mark.parametrize("key", ["read", "write", "ingest"])
def test_only_an_admin_key_sees_or_makes_webhooks(rest, rows, key):
    made = add(rest)
    client = getattr(rest, key)
    assert client.get("/webhooks").status_code == 403
    assert client.get("/webhooks/events").status_code == 403
    assert client.post("/webhooks", {"url": URL + "2", "events": ["rating.recorded"]}).status_code == 403
    assert client.delete(f"/webhooks/{made['id']}").status_code == 403
    assert client.post("/webhooks/subscribe", {"target_url": URL, "event": "step.done"}).status_code == 403
    assert [row.events for row in rows(Webhook)] == [["rating.recorded"]]


def test_the_neighbour_finds_nothing(rest, rows):
    made = add(rest)
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test")):
        answer = rest.globex(
            method, f"/webhooks/{made['id']}{path}", {"active": False} if method == "PATCH" else None
        )
        assert answer.status_code == 404
    assert rest.globex.get("/webhooks").json()["results"] == []
    assert rows(Webhook)[0].is_active


def test_the_catalogue_names_every_event(rest):
    results = rest.admin.get("/webhooks/events").json()["results"]
    assert [event["name"] for event in results] == list(EVENT_NAMES)
    assert all(event["says"] for event in results)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "http://hooks.larkspur.test/in"}, "/url", "invalid"),
        ({"url": "https://127.0.0.1/in"}, "/url", "invalid"),
        ({"url": "https://user:secret@larkspur.test/"}, "/url", "invalid"),
        ({"url": "ftp://larkspur.test/"}, "/url", "invalid"),
        ({"url": "https://"}, "/url", "invalid"),
        ({"url": "https://larkspur.test:99999/"}, "/url", "invalid"),
        ({"url": "https://lärkspur.test/"}, "/url", "invalid"),
        ({"url": "https://larkspur.test/" + "x" * 1000}, "/url", "max_length"),
        ({"events": []}, "/events", "required"),
        ({"events": ["rating.invented"]}, "/events/0", "invalid_choice"),
        ({"secret": "whsec_mine"}, "/secret", "unknown"),
    ],
)
def test_a_bad_webhook_is_refused_with_field_and_reason(rest, rows, body, pointer, code):
    answer = rest.admin.post("/webhooks", {"url": URL, "events": ["rating.recorded"], **body})
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert rows(Webhook) == []


def test_a_taken_address_is_refused(rest):
    add(rest)
    answer = rest.admin.post("/webhooks", {"url": URL, "events": ["step.done"]})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/url"


def test_a_webhook_is_changed_and_switched_off_and_on(rest):
    made = add(rest)
    path = f"/webhooks/{made['id']}"
    changed = rest.admin.patch(path, {"events": ["step.done", "case.created"], "active": False}).json()
    assert changed["events"] == ["step.done", "case.created"]
    assert (changed["active"], changed["disabled_reason"]) == (False, "Switched off by hand.")
    assert rest.admin.post(f"{path}/test").status_code == 409
    again = rest.admin.patch(path, {"active": True}).json()
    assert (again["active"], again["disabled_reason"], again["disabled_at"]) == (True, "", None)


def test_a_deleted_webhook_is_gone_with_its_deliveries(rest, rows):
    made = add(rest)
    assert rest.admin.post(f"/webhooks/{made['id']}/test").status_code == 202
    assert rest.admin.delete(f"/webhooks/{made['id']}").status_code == 204
    assert rest.admin.get(f"/webhooks/{made['id']}").status_code == 404
    assert rows(Webhook) == rows(WebhookDelivery) == []


def test_the_log_names_the_host_and_neither_address_nor_secret(rest, rows):
    made = add(rest)
    rest.admin.post(f"/webhooks/{made['id']}/rotate")
    lines = [row for row in rows(Activity) if row.object_type == "webhook"]
    assert [line.verb for line in lines] == ["webhook.created", "webhook.rotated"]
    assert lines[0].data["after"]["host"] == "hooks.larkspur.test"
    assert "/in" not in str([line.data for line in lines])
    assert "whsec_" not in str([line.data for line in lines])


def test_a_rotated_secret_is_shown_and_the_former_kept_for_a_day(rest, rows):
    made = add(rest)
    rotated = rest.admin.post(f"/webhooks/{made['id']}/rotate").json()
    row = rows(Webhook)[0]
    assert rotated["secret"] == row.secret != made["secret"] == row.previous_secret
    assert row.previous_until - row.updated_at == dt.timedelta(hours=24)


def test_a_repeated_request_shows_the_secret_again_and_no_row_holds_it_clear(rest, cast):
    body = {"url": URL, "events": ["step.done"]}
    one = rest.admin.post("/webhooks", body, Idempotency_Key="k1").json()
    again = rest.admin.post("/webhooks", body, Idempotency_Key="k1")
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == one
    with tenant_scope(cast.northwind.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT w::text || convert_from(r.body, 'UTF8') FROM accounts_webhook w, accounts_idempotentreply r"
        )
        ((held,),) = cursor.fetchall()
    assert "whsec_" not in held


def test_subscribing_adds_events_to_an_address_and_unsubscribing_takes_them_away(rest, rows):
    one = rest.admin.post("/webhooks/subscribe", {"target_url": URL, "event": "step.done"})
    assert (one.status_code, one.json()["secret"][:6]) == (201, "whsec_")
    two = rest.admin.post("/webhooks/subscribe", {"target_url": URL, "event": "flag.raised"})
    assert (two.status_code, two.json()["id"]) == (200, one.json()["id"])
    assert two.json()["events"] == ["flag.raised", "step.done"]
    off = rest.admin.post("/webhooks/unsubscribe", {"target_url": URL, "event": "step.done"})
    assert off.status_code == 204
    assert rows(Webhook)[0].events == ["flag.raised"]
    assert rest.admin.post("/webhooks/unsubscribe", {"target_url": URL}).status_code == 204
    assert rows(Webhook) == []
    assert rest.admin.post("/webhooks/unsubscribe", {"target_url": URL}).status_code == 404


def test_a_test_event_waits_in_the_delivery_log(rest):
    made = add(rest)
    sent = rest.admin.post(f"/webhooks/{made['id']}/test")
    assert (sent.status_code, sent.json()["event"], sent.json()["state"]) == (202, "webhook.test", "waiting")
    listed = rest.admin.get(f"/webhooks/{made['id']}/deliveries").json()["results"]
    assert listed == [sent.json()]
    assert rest.admin.get(f"/webhooks/{made['id']}/deliveries?state=failed").json()["results"] == []


def test_every_attempt_at_a_delivery_is_told_the_oldest_first(rest, cast, rows):
    made = add(rest)
    rest.admin.post(f"/webhooks/{made['id']}/test")
    first = rows(WebhookDelivery)[0].created_at
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        webhook = Webhook.objects.get()
        answer_once(webhook, FAILED, first)
        answer_once(webhook, FINE, first + dt.timedelta(hours=1))
    (listed,) = rest.admin.get(f"/webhooks/{made['id']}/deliveries").json()["results"]
    assert [one | {"at": ""} for one in listed["tries"]] == [
        {"at": "", "status": 500, "took_ms": 0, "error": "Answered 500."},
        {"at": "", "status": 204, "took_ms": 0, "error": ""},
    ]
    assert listed["tries"][0]["at"] == listed["created_at"]
    assert listed["tries"][1]["at"] == listed["ended_at"]


def test_one_delivery_or_a_span_is_sent_again_under_its_id(rest, cast, rows):
    made = add(rest)
    path = f"/webhooks/{made['id']}"
    ids = [rest.admin.post(f"{path}/test").json()["id"] for _ in range(3)]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        end = {"ended_at": rows(WebhookDelivery)[0].created_at, "attempts": 4}
        WebhookDelivery.objects.filter(pk=ids[0]).update(state="failed", **end)
        WebhookDelivery.objects.filter(pk__in=ids[1:]).update(state="delivered", **end)
    one = rest.admin.post(f"{path}/deliveries/{ids[1]}/replay")
    assert (one.status_code, one.json()["id"], one.json()["state"]) == (202, ids[1], "waiting")
    span = {"since": "2020-01-01T00:00:00Z"}
    assert rest.admin.post(f"{path}/replay", span).json() == {"deliveries": 2}
    assert rest.admin.post(f"{path}/replay", {**span, "delivered": True}).json() == {"deliveries": 3}
    assert {(row.state, row.attempts) for row in rows(WebhookDelivery)} == {("waiting", 0)}
    backwards = rest.admin.post(
        f"{path}/replay", {"since": "2021-01-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"}
    )
    assert backwards.status_code == 400
