"""The morning's digest: to whom, when, once, with what; and how it ends."""

import datetime as dt

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from accounts import selectors
from accounts import services as accounts
from accounts.models import Membership, Outbox, PeriodicRun
from accounts.scope import tenant_scope
from csplatform import services
from tests.csplatform.test_today import troubled

SEVEN = dt.datetime(2026, 11, 3, 7, 2, tzinfo=dt.UTC)


def waiting():
    return Outbox.objects.filter(kind="send_digest", done_at=None)


def send(member, at):
    services.send_digest(ref={"member": str(member.pk), "day": "2026-11-03"}, at=at)


@pytest.mark.parametrize(
    ("hour", "zone", "count"),
    [(6, "", 0), (7, "", 1), (11, "", 1), (12, "", 0), (7, "Asia/Tokyo", 0), (23, "Asia/Tokyo", 1)],
)  # fmt: skip
def test_a_digest_is_due_in_the_morning_where_the_member_is(northwind, hour, zone, count):
    Membership.objects.filter(tenant=northwind.northwind).exclude(pk=northwind.alice.member_id).update(
        is_active=False
    )
    northwind.alice.membership.user.time_zone = zone
    northwind.alice.membership.user.save()
    assert services.begin_digests(tenant=northwind.northwind, at=SEVEN.replace(hour=hour)) == count


def test_two_schedulers_leave_one_digest_for_each_member_and_day(northwind):
    found = [services.begin_digests(tenant=northwind.northwind, at=SEVEN) for _beat in range(2)]
    assert (found, waiting().count(), PeriodicRun.objects.count()) == ([4, 0], 4, 4)
    assert services.begin_digests(tenant=northwind.northwind, at=SEVEN + dt.timedelta(days=1)) == 4


def test_who_wants_none_gets_none(northwind):
    accounts.choose_notices(member_id=northwind.alice.member_id, digest="off")
    assert services.begin_digests(tenant=northwind.northwind, at=SEVEN) == 3
    send(northwind.alice.membership, SEVEN)
    assert mail.outbox == []


def test_it_says_who_to_see_why_and_where_to_act(northwind, settings):
    settings.PUBLIC_URL = "https://cs.test"
    account, _buyer = troubled(northwind, SEVEN, "Acme & Sons")
    services.begin_digests(tenant=northwind.northwind, at=SEVEN)
    send(northwind.alice.membership, SEVEN)
    (message,) = mail.outbox
    assert message.to == ["alice@northwind.test"]
    assert message.subject == "Northwind: 1 account needs you"
    assert "* Acme & Sons: The economic buyer is negative about us." in message.body
    assert (
        f"Call the economic buyer: https://cs.test/t/northwind/accounts/{account.pk}/people" in message.body
    )
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert "<strong>Acme &amp; Sons</strong>" in html
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["List-Unsubscribe"].startswith("<https://cs.test/unsubscribe/")
    assert PeriodicRun.objects.get(job=f"digest:{northwind.alice.member_id}").done_at == SEVEN


def test_nothing_to_say_is_said_only_to_who_asked_for_every_day(northwind):
    send(northwind.alice.membership, SEVEN)
    assert mail.outbox == []
    accounts.choose_notices(member_id=northwind.alice.member_id, digest="daily")
    send(northwind.alice.membership, SEVEN)
    assert [message.subject for message in mail.outbox] == ["Northwind: nothing needs you today"]


def test_a_member_s_accounts_are_in_nobody_else_s_digest(northwind):
    troubled(northwind, SEVEN, "Acme")
    northwind.vera.membership.role = "csm"
    northwind.vera.membership.save()
    send(northwind.vera.membership, SEVEN)
    assert mail.outbox == []


def test_one_click_ends_it_and_looking_does_not(cast):
    token = accounts.unsubscribe_token(member=cast.alice.membership)
    client = Client(enforce_csrf_checks=True)

    def chosen():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return selectors.notice_preference(member_id=cast.alice.member_id).digest

    assert client.get(f"/unsubscribe/{token}").status_code == 200
    assert chosen() == "something"
    answer = client.post(f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, chosen()) == (200, "off")


@pytest.mark.parametrize("token", ["nonsense", "WzEsIjAxIl0:1abc:forged"])
def test_a_forged_link_does_not_exist(cast, token):
    assert Client().post(f"/unsubscribe/{token}").status_code == 404
