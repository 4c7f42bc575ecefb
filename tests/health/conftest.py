"""Accounts that several of these tests begin with."""

import pytest

from tests.health.builders import DAY, make_account, make_larkspur, make_persona, rate


@pytest.fixture
def larkspur(northwind, now):
    return make_larkspur(now, northwind.alice.membership)


@pytest.fixture
def acme(northwind, now):
    """An account known for a hundred days, with a champion rated very good and positive ten days ago."""
    account = make_account(at=now - 100 * DAY, owner=northwind.alice.membership, arr="1000.00")
    champion = make_persona(account, "champion", at=now - 100 * DAY)
    rate(champion, at=now - 10 * DAY, by=northwind.alice.member_id, strength="very_good", mood="positive")
    return account
