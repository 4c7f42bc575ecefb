"""Settings, Webhooks: added and tested in the browser, secrets shown once, the log read, deliveries sent again."""

import datetime as dt
import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Webhook, WebhookDelivery
from accounts.scope import tenant_scope

BASE = "/t/northwind/settings/webhooks"
URL = "https://hooks.larkspur.test/in"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


def signed_in(actor):
    client = Client()
    client.force_login(actor.membership.user)
    return client


@pytest.fixture
def adam(cast):
    return signed_in(cast.adam)


@pytest.fixture
def webhook(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return accounts.add_webhook(
            url=URL, events=["rating.recorded"], description="CRM", actor=cast.adam, at=timezone.now()
        )


@pytest.fixture
def inside(cast):
    """Run a piece of code in Northwind."""

    def run(work):
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return work()

    return run


def left(webhook, count, **fields):
    """Deliveries as time would leave them."""
    now = timezone.now()
    return WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=webhook, event="rating.recorded", available_at=now, expires_at=now,
            created_at=now - dt.timedelta(minutes=n), **fields,
        )
        for n in range(count)
    )  # fmt: skip


def test_an_empty_page_says_how_to_begin(adam):
    page = adam.get(BASE)
    assert page.status_code == 200
    assert "Nobody is told yet" in page.text
    assert "An account&#x27;s band changed" in page.text


def test_adding_shows_the_secret_once(adam, inside):
    form = {"url": URL, "description": "CRM", "events": ["rating.recorded", "step.done"]}
    page = adam.post(BASE, form)
    secret = SECRET.search(page.text)
    assert secret is not None
    assert secret.group() == inside(Webhook.objects.get).secret
    assert not SECRET.search(adam.get(BASE).text)
    assert "CRM" in adam.get(BASE).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"url": "http://larkspur.test/"}, "must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "not public"),
        ({"events": []}, "Choose one at least"),
        ({"events": ["rating.invented"]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(adam, inside, form, said):
    page = adam.post(BASE, {"url": URL, "events": ["rating.recorded"], **form})
    assert page.status_code == 400
    assert said in page.text
    assert not inside(Webhook.objects.exists)


def test_only_admins_enter_and_others_change_nothing(cast, webhook, inside):
    for actor in (cast.alice, cast.lena, cast.vera):
        client = signed_in(actor)
        assert client.get(BASE).status_code == 403
        assert client.get(f"{BASE}/{webhook.pk}").status_code == 403
        for verb in ("test", "rotate", "switch", "delete", "replay"):
            assert (
                client.post(f"{BASE}/{webhook.pk}/{verb}", {"active": "0", "hours": "1"}).status_code == 403
            )
    after = inside(Webhook.objects.get)
    assert (after.is_active, after.secret) == (True, webhook.secret)
    assert not inside(WebhookDelivery.objects.exists)


def test_a_test_event_appears_in_the_log_and_the_log_asks_again_by_itself(adam, webhook):
    page = adam.post(f"{BASE}/{webhook.pk}/test", follow=True)
    assert "webhook.test" in page.text
    assert "hx-get" in page.text
    fragment = adam.get(f"{BASE}/{webhook.pk}/deliveries")
    assert "webhook.test" in fragment.text
    assert "<html" not in fragment.text


def test_rotating_shows_the_new_secret_once_and_the_overlap(adam, webhook, inside):
    page = adam.post(f"{BASE}/{webhook.pk}/rotate")
    assert SECRET.search(page.text).group() == inside(Webhook.objects.get).secret
    page = adam.get(f"{BASE}/{webhook.pk}")
    assert not SECRET.search(page.text)
    assert "The former secret signs along until" in page.text


def test_switching_off_says_since_when_and_why(adam, webhook):
    page = adam.post(f"{BASE}/{webhook.pk}/switch", {"active": "0"}, follow=True)
    assert "Switched off by hand." in page.text
    refused = adam.post(f"{BASE}/{webhook.pk}/test", follow=True)
    assert "The webhook is off" in refused.text
    page = adam.post(f"{BASE}/{webhook.pk}/switch", {"active": "1"}, follow=True)
    assert "Switched off by hand." not in page.text


def test_a_held_webhook_says_how_often_it_failed(adam, webhook, inside):
    later = timezone.now() + dt.timedelta(minutes=5)
    inside(lambda: Webhook.objects.update(failures=4, held_until=later))
    assert "4 attempts failed in a row." in adam.get(f"{BASE}/{webhook.pk}").text
    assert "held" in adam.get(BASE).text


def test_the_log_shows_answers_as_text_and_pages(adam, webhook, inside):
    inside(
        lambda: left(
            webhook, 51, state="failed", status=500, answer="<script>x</script>", error="Answered 500."
        )
    )
    page = adam.get(f"{BASE}/{webhook.pk}?state=failed")
    assert page.text.count("Answered 500.") == 50
    assert "<script>x" not in page.text
    older = re.search(r'rel="next" href="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    assert adam.get(f"{BASE}/{webhook.pk}{older}").text.count("Answered 500.") == 1
    assert "Nothing sent yet" in adam.get(f"{BASE}/{webhook.pk}?state=delivered").text
    for nonsense in (
        "?state=x",
        "?before=1.x",
        "?before=999999999999999999.00000000-0000-0000-0000-000000000000",
    ):
        assert adam.get(f"{BASE}/{webhook.pk}{nonsense}").status_code == 200


def test_one_and_a_span_are_sent_again(adam, webhook, inside):
    rows = inside(lambda: left(webhook, 3, state="delivered", status=204))
    page = adam.post(f"{BASE}/{webhook.pk}/deliveries/{rows[0].pk}/replay", follow=True)
    assert "under the same id" in page.text
    page = adam.post(f"{BASE}/{webhook.pk}/replay", {"hours": "24", "delivered": "on"}, follow=True)
    assert "3 deliveries are sent again." in page.text
    assert adam.post(f"{BASE}/{webhook.pk}/replay", {"hours": "9999"}).status_code == 400


def test_changing_and_removing(adam, webhook, inside):
    adam.post(f"{BASE}/{webhook.pk}", {"url": URL, "description": "", "events": ["step.done"]})
    assert inside(Webhook.objects.get).events == ["step.done"]
    adam.post(f"{BASE}/{webhook.pk}/delete")
    assert not inside(Webhook.objects.exists)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_database_no_more_for_more_rows(
    cast, adam, webhook, inside, rows, django_assert_num_queries
):
    def fill():
        for number in range(rows - 1):
            accounts.add_webhook(
                url=f"{URL}{number}", events=["step.done"], actor=cast.adam, at=timezone.now()
            )
        left(webhook, rows)

    inside(fill)
    with django_assert_num_queries(8):
        adam.get(BASE)
    with django_assert_num_queries(9):
        adam.get(f"{BASE}/{webhook.pk}")
