"""What only a running server shows of the JSON door: addresses as they come over the wire."""

import pytest

from tests.conftest import make_cast, make_key

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def client(live_product):
    """A key of Adam's that writes, and the address of the accounts."""
    _actor, token = make_key(make_cast().adam, "write")
    return live_product.holding(token), f"{live_product.url}/api/v1/accounts"


def test_an_address_that_is_not_utf_8_is_refused_and_nothing_is_kept(client):
    session, accounts = client
    answer = session.put(f"{accounts}/by-external-id/%FF", json={"name": "x"})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert session.get(accounts).json()["results"] == []


def test_letters_beyond_ascii_and_an_escaped_percent_sign_are_read_from_an_address(client):
    session, accounts = client
    made = session.put(f"{accounts}/by-external-id/%C3%BC%25FF", json={"name": "x"})
    assert (made.status_code, made.json()["external_id"]) == (201, "ü%FF")
