"""The second factor and the forgotten password, through our own addresses."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.urls import get_resolver

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
ALICE = "alice@northwind.test"


def sign_in(client, password=PASSWORD):
    return client.post("/login", {"login": ALICE, "password": password})


def code_of(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def confirm(client):
    """Changing one's own login asks for the password again."""
    client.post("/me/confirm", {"password": PASSWORD})


@pytest.fixture
def secured(cast, client):
    """Alice has switched the second factor on and signed out: her recovery codes."""
    sign_in(client)
    confirm(client)
    page = client.get("/me/two-factor/on")
    secret = page.context["form"].secret
    assert client.post("/me/two-factor/on", {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(type="totp", user__email=ALICE).exists()
    codes = client.get("/me/recovery-codes").context["unused_codes"]
    client.post("/logout")
    return codes


def test_a_password_alone_opens_nothing_once_there_is_a_second_factor(secured, client):
    assert sign_in(client)["Location"].startswith("/login/code")
    assert client.get("/t/northwind/settings/members").status_code == 302
    assert client.post("/login/code", {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_recovery_code_opens_the_door_once(secured, client):
    sign_in(client)
    assert client.post("/login/code", {"code": secured[0]})["Location"] == "/t/northwind/"
    client.post("/logout")
    sign_in(client)
    assert client.post("/login/code", {"code": secured[0]}).status_code == 200


def test_a_wrong_code_switches_nothing_on(cast, client):
    sign_in(client)
    confirm(client)
    client.get("/me/two-factor/on")
    assert client.post("/me/two-factor/on", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("path", ["/me/two-factor", "/me/password", "/me"])
def test_the_pages_of_ones_own_login_render(cast, client, path):
    sign_in(client)
    assert client.get(path).status_code == 200


def test_a_forgotten_password_is_replaced_by_a_mailed_link(cast, client):
    client.post("/password/forgotten", {"email": "Alice@Northwind.test"})
    link = re.search(r"https?://[^/]+(/password/new/\S+)", mail.outbox[0].body).group(1)
    page = client.get(link, follow=True)
    address = page.redirect_chain[-1][0]
    client.post(address, {"password1": "another long phrase", "password2": "another long phrase"})
    assert User.objects.get(email=ALICE).check_password("another long phrase")
    assert sign_in(client, "another long phrase")["Location"] == "/t/northwind/"


def test_a_reset_for_an_unknown_address_mails_nothing_and_says_the_same(cast, client):
    unknown = client.post("/password/forgotten", {"email": "nobody@northwind.test"})
    known = client.post("/password/forgotten", {"email": ALICE})
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert [message.to for message in mail.outbox] == [[ALICE]]


def test_no_route_of_the_login_library_stands_under_its_own_names():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert "account_login" in names
    assert not names & {"account_signup", "account_email", "mfa_add_webauthn"}
