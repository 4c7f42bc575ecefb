"""Signing in, landing in the right tenant, and what a stranger is told."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Role, TenantFact, User
from accounts.scope import tenant_scope
from csplatform.postgres import walls
from tests.conftest import PASSWORD
from tests.isolation.routes import address, all_routes

pytestmark = pytest.mark.django_db


def sign_in(client, email, password=PASSWORD, path="/login"):
    return client.post(path, {"login": email, "password": password})


def without_nonce(page):
    return re.sub(rb'nonce="[^"]+"', b"", page)


def test_a_login_leads_straight_into_the_only_tenant(cast, client):
    answer = sign_in(client, "alice@northwind.test")
    assert (answer.status_code, answer["Location"]) == (302, "/t/northwind/")


def test_the_email_is_compared_without_case(cast, client):
    assert sign_in(client, " Alice@Northwind.TEST ").status_code == 302


def test_a_login_leads_to_the_page_that_asked_for_it(cast, client):
    answer = sign_in(client, "alice@northwind.test", path="/login?next=/t/northwind/risk")
    assert answer["Location"] == "/t/northwind/risk"


def test_a_login_never_leads_to_another_site(cast, client):
    answer = sign_in(client, "alice@northwind.test", path="/login?next=https://evil.test/")
    assert answer["Location"] == "/t/northwind/"


def test_a_wrong_password_signs_nobody_in_and_does_not_say_which_half_was_wrong(cast, client):
    wrong = sign_in(client, "alice@northwind.test", "not it at all")
    nobody = sign_in(client, "nobody@northwind.test", "not it at all")
    assert wrong.status_code == nobody.status_code == 200
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, nobody)]
    assert errors[0]
    assert errors[0] == errors[1]
    assert "_auth_user_id" not in client.session


def test_a_password_cannot_be_guessed_without_end(cast, client):
    for _ in range(5):
        sign_in(client, "alice@northwind.test", "not it at all")
    answer = sign_in(client, "alice@northwind.test")
    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_as_argon2(cast):
    user = User.objects.create_user("Ann@Northwind.test", "a long password of hers")
    assert user.password.startswith("argon2")
    assert user.email == "ann@northwind.test"


def test_a_person_of_two_tenants_chooses_and_lands_there_next_time(cast, client):
    Membership.objects.create(
        tenant=cast.globex,
        user=cast.alice.membership.user,
        role=Role.VIEWER,
        created_at=cast.northwind.created_at,
    )
    assert sign_in(client, "alice@northwind.test")["Location"] == "/"
    page = client.get("/")
    assert b"/t/northwind/" in page.content
    assert b"/t/globex/" in page.content
    client.cookies["last_tenant"] = "globex"
    assert client.get("/")["Location"] == "/t/globex/"


def test_visiting_a_tenant_is_remembered(cast, client):
    client.force_login(cast.alice.membership.user)
    client.get("/t/northwind/no-such-page")
    assert client.cookies["last_tenant"].value == "northwind"


def test_the_hint_of_the_last_tenant_opens_no_door(cast, client):
    client.force_login(cast.alice.membership.user)
    client.cookies["last_tenant"] = "globex"
    assert client.get("/")["Location"] == "/t/northwind/"


def test_a_person_without_a_tenant_is_told_so(cast, client):
    client.force_login(User.objects.create(email="new@nowhere.test"))
    assert b"invitation" in client.get("/").content


@pytest.mark.parametrize("path", ["/t/northwind/", "/t/globex/accounts", "/t/no-such-tenant/", "/t/"])
def test_an_anonymous_visitor_is_sent_to_the_login_whether_the_page_exists_or_not(cast, client, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={path}")


RATE = "/t/northwind/rate/0190a0b0-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("sent_from", "leads_to"),
    [
        ("http://testserver/t/northwind/rate?whose=mine", "/t/northwind/rate?whose=mine"),
        ("http://testserver/t/globex/rate", "/t/northwind/"),
        ("http://testserver/t/northwind-too/rate", "/t/northwind/"),
        ("http://testserver//evil.test/t/northwind/", "/t/northwind/"),
        ("https://evil.test/t/northwind/rate", "/t/northwind/"),
        ("http://[/t/northwind/rate", "/t/northwind/"),
        ("", "/t/northwind/"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(cast, client, sent_from, leads_to):
    answer = client.post(RATE, {"strength": "okay"}, headers={"Referer": sent_from})
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [leads_to]}


def test_who_signs_in_again_after_a_lost_form_stands_on_its_page(cast, client):
    page = "/t/northwind/rate?whose=all"
    lost = client.post(RATE, {"strength": "okay"}, headers={"Referer": f"http://testserver{page}"})
    assert sign_in(client, "alice@northwind.test", path=lost["Location"])["Location"] == page


@pytest.mark.parametrize("path", ["/t/", "/t/northwind", "/t/%00/rate", "/t/a%0d%0ab/rate"])
def test_a_form_to_any_address_is_sent_to_the_login(cast, client, path):
    answer = client.post(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?next=/t/")


def test_every_address_that_answers_without_a_login_is_on_the_list_with_its_reason(client):
    routes = [one for one in all_routes() if not one.is_page and not one.is_tracking]
    answers = {one.pattern: client.get(address(one, "", None)) for one in routes}
    guarded = {
        pattern for pattern, answer in answers.items()
        if answer.status_code == 401 or answer.get("Location", "").startswith("/login?next=")
    }  # fmt: skip
    assert set(answers) - guarded == set(walls.OPEN_ROUTES) - {"v1/"}


@pytest.mark.parametrize(
    "path", ["/t/globex/", "/t/no-such-tenant/", "/t/%00/", "/t/", "/t/" + "x" * 300 + "/"]
)
def test_a_signed_in_stranger_gets_the_answer_of_a_missing_page(cast, client, path):
    client.force_login(cast.alice.membership.user)
    answer, missing = client.get(path), client.get("/t/northwind/no-such-page")
    assert answer.status_code == 404
    assert without_nonce(answer.content) == without_nonce(missing.content)


def test_a_deactivated_member_is_a_stranger(cast, client):
    Membership.objects.filter(pk=cast.alice.member_id).update(is_active=False)
    client.force_login(cast.alice.membership.user)
    assert client.get("/t/northwind/").status_code == 404


@pytest.mark.parametrize("path", ["/signup", "/accounts/signup/", "/accounts/login/", "/register"])
def test_nobody_signs_up_by_themselves(cast, client, path):
    assert client.get(path).status_code == 404


def test_the_first_admin_comes_with_a_tenant(db, client, monkeypatch):
    monkeypatch.setenv("CSP_ADMIN_EMAIL", "Ada@larkspur.test")
    monkeypatch.setenv("CSP_ADMIN_PASSWORD", PASSWORD)
    call_command("first_admin")
    call_command("first_admin")
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == ("ada@larkspur.test", Role.ADMIN)
    with tenant_scope(membership.tenant_id):
        assert set(TenantFact.objects.values_list("key", flat=True)) == {"time_zone", "currency"}
    assert sign_in(client, "ada@larkspur.test")["Location"] == "/t/larkspur/"


@pytest.mark.parametrize(("email", "password"), [("not an address", PASSWORD), ("ada@larkspur.test", "1234")])
def test_the_first_admin_is_refused_with_a_reason_and_nothing_is_made(db, monkeypatch, email, password):
    monkeypatch.setenv("CSP_ADMIN_EMAIL", email)
    monkeypatch.setenv("CSP_ADMIN_PASSWORD", password)
    with pytest.raises(CommandError):
        call_command("first_admin")
    assert not User.objects.exists()
    assert not Membership.objects.exists()
