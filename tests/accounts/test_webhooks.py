"""Webhooks out: which events leave which deliveries, and what is sent and signed."""

import json
import uuid

import pytest
from django.db import connection
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from accounts import services as accounts
from accounts.models import (
    EVENT_NAMES,
    Activity,
    Webhook,
    WebhookDelivery,
)
from accounts.scope import tenant_scope
from tests.accounts.webhooking import (
    deliver,
    happen,
)

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
        ("initiative.created", {"title": "Halve it"}, ["initiative.created"]),
        ("initiative.updated", {"state": "done"}, ["initiative.updated"]),
        ("initiative.deleted", {}, ["initiative.deleted"]),
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
