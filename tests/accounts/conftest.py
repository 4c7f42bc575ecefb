"""A webhook and its receiver; an account with a person, and one that an import wrote."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import EVENT_NAMES, Account, Persona
from tests.accounts.importing import previewed, ran
from tests.receiver import receiving


@pytest.fixture
def at():
    """Signatures are checked against the real clock."""
    return timezone.now()


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def webhook(northwind, receiver, at, settings):
    """Northwind's webhook, of every event, at a receiver of this machine."""
    settings.WEBHOOKS_TO_LOOPBACK = True
    return accounts.add_webhook(url=receiver.url, events=EVENT_NAMES, actor=northwind.adam, at=at)


@pytest.fixture
def larkspur(northwind, at):
    """An account and one of its people."""
    row = {"created_at": at, "updated_at": at}
    account = Account.objects.create(name="Larkspur", external_id="crm-1", currency="EUR", **row)
    dana = Persona.objects.create(name="Dana", account=account, role="champion", external_id="p-1", **row)
    return SimpleNamespace(account=account, dana=dana)


@pytest.fixture
def lark(northwind, now):
    """An account that an import wrote."""
    ran(northwind, previewed(northwind, "accounts", "external_id,name,domain\nL1,Lark,lark.test\n", now), now)
    return Account.objects.get(external_id="L1")
