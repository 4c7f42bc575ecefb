"""What a person is told when a request goes nowhere: a page of ours, with the way on."""

import re

import pytest
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def token_of(page):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text).group(1)


@pytest.fixture
def stale(cast):
    """A browser that signed in with one of two open login forms, and the token of the other."""
    browser = Client(enforce_csrf_checks=True)
    first, second = (token_of(browser.get("/login")) for _ in range(2))
    typed = {"login": "alice@northwind.test", "password": PASSWORD}
    assert browser.post("/login", {**typed, "csrfmiddlewaretoken": first}).status_code == 302
    return browser, {**typed, "csrfmiddlewaretoken": second}


def test_a_form_that_is_too_old_says_what_to_do(stale):
    browser, typed = stale
    answer = browser.post("/login", typed)
    assert answer.status_code == 403
    assert "This form is too old" in answer.text
    assert "reload the page and send it again" in answer.text
