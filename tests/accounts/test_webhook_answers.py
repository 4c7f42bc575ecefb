"""Webhooks out: what follows from each answer, and from none: retries, holds, switching off, tidying."""

import datetime as dt
import itertools
import json
import threading
import uuid

import pytest
from django.db import connection, transaction

from accounts import services as accounts
from accounts.models import (
    EVENT_NAMES,
    Activity,
    Webhook,
    WebhookDelivery,
)
from accounts.scope import tenant_scope
from accounts.services.webhooks import delivering
from accounts.services.webhooks.queueing import LASTS
from accounts.services.webhooks.sending import seconds_asked
from tests.accounts.webhooking import (
    FAILED,
    FINE,
    HOUR,
    answer_once,
    deliver,
    happen,
)
from tests.conftest import make_cast
from tests.plans import most_loops

# Answers


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_anything_but_success_is_tried_again_under_the_same_id(webhook, northwind, receiver, at, status):
    receiver.answer = lambda handler: handler.say(status, b"no\x00t now")
    happen("rating.recorded", at=at)
    deliver(northwind)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.status) == ("waiting", 1, status)
    assert f"Answered {status}" in row.error
    assert row.answer == "no\ufffdt now"
    assert 4 <= (row.available_at - at).total_seconds() <= 16
    receiver.answer = lambda handler: handler.say(200)
    WebhookDelivery.objects.update(available_at=at)
    deliver(northwind)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error, [one["status"] for one in row.tries]) == (
        "delivered", 2, "", [status, 200],
    )  # fmt: skip
    assert {one.id for one in receiver.came} == {str(row.pk)}


def test_what_was_asked_for_is_waited_for(webhook, northwind, receiver, at):
    receiver.answer = lambda handler: handler.say(429, Retry_After="120")
    happen("rating.recorded", at=at)
    happen("step.created", at=at)
    deliver(northwind)
    webhook.refresh_from_db()
    for moment in (webhook.held_until, WebhookDelivery.objects.get(event="rating.recorded").available_at):
        assert 120 <= (moment - at).total_seconds() <= 160
    came = len(receiver.came)
    assert accounts.claim_deliveries(at=at + dt.timedelta(seconds=119), limit=9) == []
    assert len(receiver.came) == came


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", 0), ("Mon, 02 Nov 2026 12:01:00 GMT", 60), ("Mon, 02 Nov 2026 11:00:00 GMT", 0),
     ("", None), ("soon", None), ("-5", None), ("1.5", None), ("9" * 5000, 999_999_999), ("٣", None)],
)  # fmt: skip
def test_a_retry_after_is_seconds_or_a_date(now, text, seconds):
    assert seconds_asked(text, at=now) == seconds


def test_nobody_can_ask_us_to_wait_longer_than_a_day(webhook, at):
    happen("rating.recorded", at=at)
    webhook, row = answer_once(webhook, accounts.Receipt(status=503, retry_after="999999999"), at)
    for moment in (webhook.held_until, row.available_at):
        assert 24 * HOUR <= moment - at <= 29 * HOUR


def test_an_address_that_is_gone_is_switched_off(webhook, northwind, receiver, at):
    receiver.answer = lambda handler: handler.say(410)
    happen("rating.recorded", at=at)
    deliver(northwind)
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.disabled_reason) == (False, delivering.GONE)
    assert WebhookDelivery.objects.get().state == "failed"
    assert Activity.objects.get(verb="webhook.disabled").data == {"reason": delivering.GONE}


def test_a_huge_answer_is_read_no_further_than_a_page(webhook, northwind, receiver, at):
    def pour(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b"x" * 100_000)

    receiver.answer = pour
    happen("rating.recorded", at=at)
    deliver(northwind)
    row = WebhookDelivery.objects.get()
    assert (row.state, len(row.answer)) == ("delivered", 500)


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40])
def test_an_answer_that_drips_ends_at_the_deadline(webhook, receiver, at, drip):
    def slowly(handler):
        for byte in drip:
            handler.wfile.write(bytes([byte]))
            handler.server.let_go.wait(0.02)
        handler.hang()

    receiver.answer = slowly
    parcel = accounts.Parcel(uuid.uuid4(), webhook.pk, 1, receiver.url, [webhook.secret], b"{}")
    receipt = accounts.post_parcel(parcel, at=at, seconds=0.3)
    assert (receipt.status, receipt.error) == (None, "No whole answer within 0.3 seconds.")


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"\xff\xfe\x00" * 50]
)
def test_nonsense_is_a_failure_and_nothing_worse(webhook, northwind, receiver, at, answer):
    receiver.answer = lambda handler: handler.wfile.write(answer)
    happen("rating.recorded", at=at)
    deliver(northwind)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, bool(row.error)) == ("waiting", 1, True)


def test_a_port_that_nobody_listens_on_is_a_failure(webhook, northwind, receiver, at):
    receiver.shutdown()
    receiver.server_close()
    happen("rating.recorded", at=at)
    deliver(northwind)
    assert "refused" in WebhookDelivery.objects.get().error


# Backoff and breaker


def test_attempts_spread_over_72_hours_and_then_it_is_given_up(webhook, at):
    happen("rating.recorded", at=at)
    moment, moments = at, []
    for _ in range(60):
        webhook, row = answer_once(webhook, FAILED, moment)
        moments.append(moment)
        if row.state == "failed":
            break
        assert row.available_at > moment
        moment = max(row.available_at, webhook.held_until or moment)
    assert row.state == "failed"
    assert LASTS <= moments[-1] - at <= LASTS + HOUR
    assert 10 <= len(moments) <= 16
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
    assert gaps[0] < 10 < gaps[3] < HOUR.total_seconds() < gaps[8]


def test_pauses_carry_jitter(webhook, at):
    for number in range(40):
        happen("step.created", at=at, number=number)
    waits = set()
    for parcel in accounts.claim_deliveries(at=at, limit=delivering.AT_ONCE):
        accounts.record_deliveries(sent=[accounts.Sent(parcel, FAILED)], at=at)
        waits.add(WebhookDelivery.objects.get(pk=parcel.delivery_id).available_at - at)
    assert len(waits) == delivering.AT_ONCE
    assert all(dt.timedelta(seconds=4) <= wait <= dt.timedelta(seconds=6) for wait in waits)


def test_a_webhook_that_keeps_failing_is_held_and_tried_with_one(webhook, at):
    for number in range(40):
        happen("step.created", at=at, number=number)
    moment = at
    for _ in range(delivering.BREAKS_AT):
        webhook, _row = answer_once(webhook, FAILED, moment)
    assert webhook.held_until > moment
    assert webhook.failing_since == at
    assert accounts.claim_deliveries(at=moment, limit=99) == []
    after = webhook.held_until
    trial = accounts.claim_deliveries(at=after, limit=99)
    assert len(trial) == 1
    assert accounts.claim_deliveries(at=after, limit=99) == []
    accounts.record_deliveries(sent=[accounts.Sent(trial[0], FINE)], at=after)
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.held_until, webhook.failing_since) == (0, None, None)
    assert len(accounts.claim_deliveries(at=after, limit=99)) == delivering.AT_ONCE


def test_holds_grow_and_end_at_ten_minutes(webhook, at):
    for number in range(40):
        happen("step.created", at=at, number=number)
    moment, holds = at, []
    for _ in range(12):
        webhook, _row = answer_once(webhook, FAILED, moment)
        if webhook.held_until:
            holds.append((webhook.held_until - moment).total_seconds())
            moment = webhook.held_until
    assert holds[0] < 20 < holds[2] < 80 < 480 <= holds[-1] <= 720


def test_a_webhook_has_a_few_under_way_and_the_others_their_turn(webhook, northwind, receiver, at):
    other = accounts.add_webhook(url=receiver.url + "2", events=EVENT_NAMES, actor=northwind.adam, at=at)
    for number in range(40):
        happen("step.created", at=at, number=number)
    claimed = [parcel.webhook_id for parcel in accounts.claim_deliveries(at=at, limit=99)]
    assert claimed.count(webhook.pk) == claimed.count(other.pk) == delivering.AT_ONCE
    assert accounts.claim_deliveries(at=at, limit=99) == []


def test_a_claim_looks_once_for_what_is_due_however_much_waits(webhook, northwind, at):
    """Also where a burst has just filled the table, and PostgreSQL has not counted it yet."""
    row = {"webhook": webhook, "event": "step.created", "available_at": at, "created_at": at}
    WebhookDelivery.objects.bulk_create(WebhookDelivery(expires_at=at + HOUR, **row) for _ in range(300))
    asked = {
        "tenant": northwind.northwind.pk, "webhooks": [webhook.pk], "limits": [9], "limit": 9,
        "at": at, "lease_end": at + delivering.LEASE,
    }  # fmt: skip
    assert most_loops(delivering.CLAIM, asked) <= 9


def test_what_a_dead_worker_held_is_claimed_again_and_its_late_word_not_heard(webhook, at):
    happen("rating.recorded", at=at)
    (first,) = accounts.claim_deliveries(at=at, limit=9)
    assert accounts.claim_deliveries(at=at + delivering.LEASE - dt.timedelta(seconds=1), limit=9) == []
    later = at + delivering.LEASE
    (second,) = accounts.claim_deliveries(at=later, limit=9)
    assert (second.delivery_id, second.attempt) == (first.delivery_id, 2)
    accounts.record_deliveries(sent=[accounts.Sent(first, FAILED)], at=later)
    row = WebhookDelivery.objects.get()
    assert (row.attempts, row.claimed_at, row.error) == (2, later, "")
    accounts.record_deliveries(sent=[accounts.Sent(second, FINE)], at=later)
    row.refresh_from_db()
    assert (row.state, row.claimed_at) == ("delivered", None)


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_recorded_while_another_transaction_holds_the_webhook(receiver, at, settings, caplog):
    cast, held, done = make_cast(), threading.Event(), threading.Event()
    settings.WEBHOOKS_TO_LOOPBACK = True
    with tenant_scope(cast.northwind.pk):
        accounts.add_webhook(url=receiver.url, events=EVENT_NAMES, actor=cast.adam, at=at)
        with transaction.atomic():
            happen("rating.recorded", at=at)
        parcels = accounts.claim_deliveries(at=at, limit=9)
        holder = threading.Thread(target=hold_webhooks, args=(cast.northwind, held, done))
        holder.start()
        assert held.wait(10)
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '20ms'")
                accounts.record_deliveries(sent=[accounts.Sent(one, FINE) for one in parcels], at=at)
                assert [row.state for row in WebhookDelivery.objects.all()] == ["delivered"]
        finally:
            done.set()
            holder.join(10)
    (line,) = caplog.messages
    assert "was locked by another transaction: 1 attempts are recorded" in line
    assert caplog.records[0].exc_info is None


def hold_webhooks(tenant, held, done):
    """Hold every webhook of a tenant until told otherwise, as another transaction."""
    try:
        with tenant_scope(tenant.pk), transaction.atomic():
            list(Webhook.objects.select_for_update())
            held.set()
            done.wait(10)
    finally:
        connection.close()


# Switched off and on, tidied


def test_what_happens_while_a_webhook_is_off_waits_for_it(webhook, northwind, receiver, at):
    accounts.change_webhook(webhook_id=webhook.pk, active=False, actor=northwind.adam, at=at)
    happen("rating.recorded", at=at)
    deliver(northwind)
    assert receiver.came == []
    accounts.change_webhook(webhook_id=webhook.pk, active=True, actor=northwind.adam, at=at)
    deliver(northwind)
    assert json.loads(receiver.wait_for(1)[0].body)["type"] == "rating.recorded"


def test_a_webhook_that_is_off_for_long_collects_nothing_more(webhook, northwind, at):
    accounts.change_webhook(webhook_id=webhook.pk, active=False, actor=northwind.adam, at=at - LASTS)
    happen("rating.recorded", at=at)
    assert not WebhookDelivery.objects.exists()


def test_tidying_gives_up_switches_off_and_prunes(webhook, at):
    happen("rating.recorded", at=at)
    for _ in range(delivering.BREAKS_AT):
        webhook, _row = answer_once(webhook, FAILED, at)
        WebhookDelivery.objects.update(available_at=at)
    accounts.tidy_webhooks(at=at + LASTS)
    webhook.refresh_from_db()
    assert (webhook.is_active, WebhookDelivery.objects.get().state) == (True, "waiting")
    accounts.tidy_webhooks(at=at + LASTS + 2 * HOUR)
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.disabled_reason) == (False, "Nothing was delivered for 72 hours.")
    assert WebhookDelivery.objects.get().state == "failed"
    accounts.tidy_webhooks(at=at + dt.timedelta(days=31))
    assert not WebhookDelivery.objects.exists()


def test_the_delivery_log_is_bounded_and_what_waits_stays(webhook, at, monkeypatch):
    monkeypatch.setattr("accounts.services.webhooks.tidying.KEPT_ROWS", 2)
    for number in range(5):
        happen("step.created", at=at + dt.timedelta(seconds=number), number=number)
    newest = WebhookDelivery.objects.order_by("-created_at").values_list("pk", flat=True)
    ids = list(newest)
    WebhookDelivery.objects.exclude(pk=ids[-1]).update(state="delivered")
    accounts.tidy_webhooks(at=at)
    assert set(newest.all()) == {ids[0], ids[1], ids[-1]}


# People


def test_who_was_erased_is_sent_no_more_and_no_answer_about_them_kept(
    webhook, northwind, larkspur, receiver, at
):
    receiver.answer = lambda handler: handler.say(500, b"Dana is unknown")
    happen(
        "rating.recorded",
        at=at,
        account=larkspur.account.pk,
        persona=larkspur.dana.pk,
        after={"note": "secret"},
    )
    deliver(northwind)
    assert b"Dana" in receiver.came[0].body
    accounts.erase_persona(id=larkspur.dana.pk, actor=northwind.adam, at=at)
    assert WebhookDelivery.objects.get().answer == ""
    receiver.answer = lambda handler: handler.say(200)
    WebhookDelivery.objects.update(available_at=at)
    deliver(northwind)
    again = receiver.wait_for(2)[1].body
    assert b"Dana" not in again
    assert b"secret" not in again
    assert b"Erased person" in again
