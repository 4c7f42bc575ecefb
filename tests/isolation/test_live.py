"""The walls on a running server with kept connections: the door, first of all."""

import re

import pytest

from tests.conftest import make_cast

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def plain(answer):
    return answer.status_code, re.sub(r'nonce="[^"]+"', "", answer.text)


def test_a_stranger_and_a_member_meet_the_same_missing_page(live_product):
    cast = make_cast()
    alice = live_product.signed_in(cast.alice)
    mine, theirs = (
        alice.get(f"{live_product.url}/t/{slug}/no-such-page") for slug in ("northwind", "globex")
    )
    assert plain(mine) == plain(theirs)
    assert mine.status_code == 404
    assert alice.get(f"{live_product.url}/", allow_redirects=False).headers["Location"] == "/t/northwind/"
