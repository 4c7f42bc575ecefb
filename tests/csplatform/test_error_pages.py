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


HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SOMEBODY = "0190a0b0-0000-7000-8000-000000000000"
TAKES_A_FORM = f"/t/northwind/rate/{SOMEBODY}"


@pytest.fixture
def alice(cast):
    browser = Client()
    browser.force_login(cast.alice.membership.user)
    return browser


@pytest.mark.parametrize(
    "tail", [f"rate/{SOMEBODY}", f"accounts/{SOMEBODY}/steps", f"accounts/{SOMEBODY}/acknowledge", "views"]
)
def test_an_address_that_only_takes_a_form_says_so(alice, tail):
    answer = alice.get(f"/t/northwind/{tail}", headers=HTML)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address only takes a form" in answer.text


def test_an_address_that_takes_no_form_says_so(alice):
    answer = alice.post("/t/northwind/risk", headers=HTML)
    assert answer.status_code == 405
    assert "takes no form" in answer.text
    assert "POST" not in answer["Allow"]


@pytest.mark.parametrize(
    "headers", [HTML | {"HX-Request": "true"}, {"Accept": "application/json"}, {"Accept": "*/*"}, {}]
)
def test_what_no_person_reads_is_refused_by_its_status_alone(alice, headers):
    answer = alice.get(TAKES_A_FORM, headers=headers)
    assert (answer.status_code, answer["Allow"], answer.content) == (405, "POST", b"")


def test_a_program_is_refused_as_a_problem_whatever_it_accepts(rest):
    answer = rest.read("PUT", "/me", {}, **HTML)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
