"""Webhooks out: which events leave which deliveries, what is sent and signed, and what follows from each answer."""

import datetime as dt
import itertools
import json
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from accounts import services as accounts
from accounts import tasks
from accounts.models import (
    EVENT_NAMES,
    Account,
    Activity,
    Outbox,
    Persona,
    Webhook,
    WebhookDelivery,
)
from accounts.scope import tenant_scope
from accounts.services.webhooks import delivering
from accounts.services.webhooks.queueing import LASTS
from accounts.services.webhooks.sending import seconds_asked
from tests.receiver import receiving

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture
def at():
    """Signatures are checked against the real clock."""
    return timezone.now()


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def webhook(northwind, receiver, at):
    return accounts.add_webhook(url=receiver.url, events=EVENT_NAMES, actor=northwind.adam, at=at)


@pytest.fixture
def larkspur(northwind, at):
    """An account and one of its people."""
    row = {"created_at": at, "updated_at": at}
    account = Account.objects.create(name="Larkspur", external_id="crm-1", currency="EUR", **row)
    dana = Persona.objects.create(name="Dana", account=account, role="champion", external_id="p-1", **row)
    return SimpleNamespace(account=account, dana=dana)


def happen(verb, *, at, actor=None, account=None, persona=None, **data):
    """A line of the log, as a service writes it, and what its readers make of it."""
    activity = accounts.NewActivity(verb, uuid.uuid4(), account, persona, data)
    accounts.record_activity(activity=activity, actor=actor, at=at)
    while claims := accounts.claim_work(at=at):
        accounts.do_work(claims=claims, at=at)
    assert not Outbox.objects.exclude(last_error="").exists()


def deliver(cast):
    tasks.deliver_webhooks(tenant=cast.northwind.pk)


def answer_once(webhook, receipt, at):
    """One attempt at one delivery whose answer is this; the rows of both, as they stand then."""
    parcels = accounts.claim_deliveries(at=at, limit=1)
    assert len(parcels) == 1
    accounts.record_deliveries(sent=[accounts.Sent(parcels[0], receipt)], at=at)
    webhook.refresh_from_db()
    return webhook, WebhookDelivery.objects.get(pk=parcels[0].delivery_id)


FAILED = accounts.Receipt(status=500, error="Answered 500.")
FINE = accounts.Receipt(status=204)


# Events


def test_an_event_is_sent_with_names_and_the_change(webhook, northwind, larkspur, receiver, at):
    ids = {"account": larkspur.account.pk, "persona": larkspur.dana.pk}
    change = {"before": {"strength": "okay"}, "after": {"strength": "weak"}}
    happen("rating.recorded", at=at, actor=northwind.alice, **ids, **change)
    deliver(northwind)
    (came,) = receiver.wait_for(1)
    line = Activity.objects.get(verb="rating.recorded")
    root = "http://127.0.0.1:8000/t/northwind"
    assert json.loads(came.body) == {
        "type": "rating.recorded",
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "data": {
            "activity": str(line.pk),
            "object": {"type": "rating", "id": str(line.object_id)},
            "account": {"id": str(ids["account"]), "external_id": "crm-1", "name": "Larkspur",
                        "url": f"{root}/accounts/{ids['account']}"},
            "persona": {"id": str(ids["persona"]), "external_id": "p-1", "name": "Dana",
                        "url": f"{root}/personas/{ids['persona']}"},
            "actor": "alice@northwind.test",
            "change": change,
        },
    }  # fmt: skip
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status, delivery.attempts, delivery.error) == ("delivered", 204, 1, "")
    assert came.id == str(delivery.pk)


@pytest.mark.parametrize(
    ("verb", "after", "events"),
    [
        ("step.updated", {"title": "New"}, ["step.updated"]),
        ("step.updated", {"done_at": "2026-11-02T12:00:00Z"}, ["step.done", "step.updated"]),
        ("step.updated", {"done_at": None}, ["step.updated"]),
        ("persona.updated", {"left_on": "2026-11-01"}, ["persona.left"]),
        ("persona.updated", {"title": "CTO"}, []),
        ("case.updated", {"resolved_at": "2026-11-02T12:00:00Z"}, ["case.resolved", "case.updated"]),
        ("advocate_ask.updated", {"answer": "yes"}, ["advocate_ask.answered", "advocate_ask.updated"]),
        ("situation.updated", {"ended_on": "2026-11-01"}, ["situation.ended", "situation.updated"]),
        ("first_value.updated", {"due_on": "2026-11-01"}, ["first_value.updated"]),
        ("score.band_changed", {"band": "watch"}, ["score.band_changed"]),
        ("account.created", {"name": "New"}, []),
    ],
)
def test_a_line_of_the_log_is_the_events_of_the_catalogue(webhook, at, verb, after, events):
    happen(verb, at=at, before={}, after=after)
    assert sorted(WebhookDelivery.objects.values_list("event", flat=True)) == events


def test_only_what_a_webhook_asked_for_is_left_for_it(northwind, webhook, at):
    accounts.change_webhook(webhook_id=webhook.pk, events=["step.done"], actor=northwind.adam, at=at)
    happen("rating.recorded", at=at)
    assert not WebhookDelivery.objects.exists()


def test_migrated_history_is_no_news(webhook, at):
    happen("rating.recorded", at=at, historical=True)
    assert not WebhookDelivery.objects.exists()


def test_reading_the_log_twice_leaves_nothing_more(webhook, at):
    happen("rating.recorded", at=at)
    (delivery,) = WebhookDelivery.objects.all()
    xact = Activity.objects.get(verb="rating.recorded").xact
    accounts.queue_webhooks(ref={"xact": xact}, at=at)
    assert [row.pk for row in WebhookDelivery.objects.all()] == [delivery.pk]


def test_a_tenants_events_stay_its_own(webhook, northwind, receiver, at):
    with tenant_scope(northwind.globex.pk):
        accounts.add_webhook(url=receiver.url, events=EVENT_NAMES, actor=northwind.gloria, at=at)
        happen("rating.recorded", at=at)
        assert WebhookDelivery.objects.count() == 1
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("count", [1, 3000])
def test_thousands_of_events_are_left_in_as_many_queries_as_one(
    webhook, at, django_assert_num_queries, count
):
    lines = [accounts.NewActivity("step.created", uuid.uuid4()) for _ in range(count)]
    accounts.record_activities(activities=lines, actor=None, at=at)
    xact = Activity.objects.filter(verb="step.created").first().xact
    with django_assert_num_queries(3):  # is there a webhook, the insert, the notice
        accounts.queue_webhooks(ref={"xact": xact}, at=at)
    assert WebhookDelivery.objects.count() == count


# Signatures


def test_the_library_of_standard_webhooks_verifies_what_is_sent(webhook, northwind, receiver, at):
    accounts.send_test(webhook_id=webhook.pk, actor=northwind.adam, at=at)
    deliver(northwind)
    (came,) = receiver.wait_for(1)
    told = Verifier(webhook.secret).verify(came.body, came.headers)
    assert told["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook.secret).verify(came.body + b" ", came.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(accounts.add_webhook(
            url="https://other.test/", events=["step.done"], actor=northwind.adam, at=at
        ).secret).verify(came.body, came.headers)  # fmt: skip


def kept(webhook):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_webhook WHERE id = %s", [webhook.pk])
        return cursor.fetchone()[0]


def test_a_secret_outlives_a_change_of_the_key_that_seals_it(webhook, northwind, receiver, at, settings):
    secret = webhook.secret
    assert secret not in kept(webhook)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    settings.SECRET_KEY_FALLBACKS = [former]
    sealed = kept(webhook)
    accounts.tidy_webhooks(at=at)
    assert kept(webhook) != sealed
    settings.SECRET_KEY_FALLBACKS = []
    accounts.send_test(webhook_id=webhook.pk, actor=northwind.adam, at=at)
    deliver(northwind)
    came = receiver.wait_for(1)[0]
    Verifier(secret).verify(came.body, came.headers)


def test_a_webhook_whose_secret_is_lost_is_switched_off_and_says_why(
    webhook, northwind, receiver, at, settings
):
    settings.SECRET_KEY = "another key"
    accounts.send_test(webhook_id=webhook.pk, actor=northwind.adam, at=at)
    deliver(northwind)
    assert receiver.came == []
    webhook.refresh_from_db()
    assert (webhook.is_active, "SECRET_KEY" in webhook.disabled_reason) == (False, True)
    secret = accounts.rotate_secret(webhook_id=webhook.pk, actor=northwind.adam, at=at).secret
    accounts.change_webhook(webhook_id=webhook.pk, active=True, actor=northwind.adam, at=at)
    deliver(northwind)
    came = receiver.wait_for(1)[0]
    Verifier(secret).verify(came.body, came.headers)


def test_both_secrets_sign_until_the_former_one_ends(webhook, northwind, receiver, at):
    former = webhook.secret
    current = accounts.rotate_secret(webhook_id=webhook.pk, actor=northwind.adam, at=at).secret
    for _ in range(2):
        accounts.send_test(webhook_id=webhook.pk, actor=northwind.adam, at=at)
        deliver(northwind)
        Webhook.objects.update(previous_until=at)
    during, after = receiver.wait_for(2)
    for secret in (former, current):
        Verifier(secret).verify(during.body, during.headers)
    Verifier(current).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(former).verify(after.body, after.headers)


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
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {delivering.CLAIM}", asked)
        (plans,) = cursor.fetchone()
    assert max(loops(plans[0]["Plan"])) <= 9


def loops(plan):
    """How often each node of a plan was run."""
    yield plan["Actual Loops"]
    for part in plan.get("Plans", []):
        yield from loops(part)


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
