"""Members, invitations, keys and the organisation's settings: through the pages, with what the database keeps."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import selectors
from accounts import services as accounts
from accounts.access import holder_of_key
from accounts.models import Activity, ApiKey, Invitation, Membership, Outbox, Role, Tenant, TenantFact, User
from accounts.scope import tenant_scope
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SETTINGS = "/t/northwind/settings"


@pytest.fixture
def adam(cast, client):
    """Northwind's admin at the browser."""
    client.force_login(cast.adam.membership.user)
    return client


@pytest.fixture
def alice(cast, client):
    """Northwind's CSM at the browser."""
    client.force_login(cast.alice.membership.user)
    return client


def verbs(tenant):
    with tenant_scope(tenant.pk):
        return list(Activity.objects.order_by("id").values_list("verb", flat=True))


def invite(cast, now, email="new@northwind.test", role="csm"):
    """An invitation as the worker has mailed it: the row and the token of its link."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        invitation = accounts.invite(email=email, role=role, actor=cast.adam, at=now)
        return invitation, send(invitation, now)


def send(invitation, now):
    accounts.send_invitation(ref={"invitation": str(invitation.pk)}, at=now)
    return re.search(r"/invitations/(\S+)", mail.outbox[-1].body).group(1)


@pytest.fixture
def real_now():
    return dt.datetime.now(dt.UTC)


def test_an_admin_changes_a_role_and_the_log_keeps_both(cast, adam):
    adam.post(f"{SETTINGS}/members/{cast.alice.member_id}", {"role": "leader"})
    assert Membership.objects.get(pk=cast.alice.member_id).role == Role.LEADER
    with tenant_scope(cast.northwind.pk):
        line = Activity.objects.get(verb="member.role_changed")
        assert line.data == {"before": {"role": "csm"}, "after": {"role": "leader"}}
        assert line.actor_id == cast.adam.member_id


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"active": "0"}])
def test_the_last_admin_stays(cast, adam, change):
    adam.post(f"{SETTINGS}/members/{cast.adam.member_id}", change)
    member = Membership.objects.get(pk=cast.adam.member_id)
    assert (member.role, member.is_active) == (Role.ADMIN, True)
    assert verbs(cast.northwind) == []
    assert b"last admin" in adam.get(f"{SETTINGS}/members").content


def test_an_admin_may_leave_once_there_is_another(cast, adam):
    adam.post(f"{SETTINGS}/members/{cast.lena.member_id}", {"role": "admin"})
    adam.post(f"{SETTINGS}/members/{cast.adam.member_id}", {"role": "viewer"})
    assert Membership.objects.get(pk=cast.adam.member_id).role == Role.VIEWER


def test_a_deactivated_member_loses_the_door_and_the_keys_and_gets_them_back(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        _key, token = accounts.create_key(name="k", scope="read", actor=cast.adam, at=now)
        accounts.change_role(member_id=cast.lena.member_id, role="admin", actor=cast.adam, at=now)
        lena = replace(cast.lena, role="admin")
        accounts.deactivate_member(member_id=cast.adam.member_id, actor=lena, at=now)
    assert holder_of_key(token) is None
    assert adam.get(f"{SETTINGS}/members").status_code == 404
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.reactivate_member(member_id=cast.adam.member_id, actor=lena, at=now)
    assert holder_of_key(token).member_id == cast.adam.member_id


@pytest.mark.parametrize("path", ["keys", "organisation"])
def test_only_admins_see_keys_and_organisation(cast, alice, path):
    assert alice.get(f"{SETTINGS}/{path}").status_code == 403


@pytest.mark.parametrize(("who", "pages"), [("adam", 18), ("lena", 13), ("vera", 12)])
def test_the_settings_list_what_a_member_may_open_in_groups(cast, client, who, pages):
    client.force_login(getattr(cast, who).membership.user)
    page = client.get(f"{SETTINGS}/members").content.decode()
    for found in re.findall(r'<ul class="settings-groups">(.*?)\n</ul>', page, re.DOTALL):
        links = re.findall(r'href="([^"]+)"', found)
        assert (len(links), found.count('class="settings-group"')) == (pages, 4)
        assert re.findall(r'href="([^"]+)" aria-current="page"', found) == [f"{SETTINGS}/members"]
        assert {client.get(link).status_code for link in links} == {200}


def test_everybody_sees_the_members_and_only_admins_the_buttons(cast, alice):
    page = alice.get(f"{SETTINGS}/members")
    assert b"lena@northwind.test" in page.content
    assert b"charlie@globex.test" not in page.content
    assert b"Deactivate" not in page.content


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("members", {"email": "x@northwind.test", "role": "admin"}),
        ("members/{lena}", {"role": "viewer"}),
        ("members/{lena}", {"active": "0"}),
        ("keys", {"name": "x", "scope": "admin"}),
        ("organisation", {"name": "x", "time_zone": "UTC", "currency": "USD"}),
        ("rates", {"currency": "USD", "rate": "2"}),
    ],
)
@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_who_is_no_admin_changes_nothing(cast, client, who, path, fields):
    client.force_login(getattr(cast, who).membership.user)
    answer = client.post(f"{SETTINGS}/{path.format(lena=cast.lena.member_id)}", fields)
    assert answer.status_code == 403
    assert verbs(cast.northwind) == []
    assert not Invitation.objects.exists()
    assert not ApiKey.objects.exists()
    assert Tenant.objects.get(pk=cast.northwind.pk).name == "Northwind"
    assert Membership.objects.get(pk=cast.lena.member_id).role == Role.LEADER


def test_a_member_of_another_tenant_is_as_good_as_missing(cast, adam, now):
    theirs = adam.post(f"{SETTINGS}/members/{cast.charlie.member_id}", {"active": "0"})
    missing = adam.post(f"{SETTINGS}/members/{'0' * 8}-0000-0000-0000-{'0' * 12}", {"active": "0"})
    assert theirs.status_code == missing.status_code == 404
    assert Membership.objects.get(pk=cast.charlie.member_id).is_active


def test_an_invitation_leaves_work_for_the_mail_and_stores_no_token(cast, adam):
    adam.post(f"{SETTINGS}/members", {"email": "New@Northwind.test", "role": "csm"})
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("new@northwind.test", "csm")
    with tenant_scope(cast.northwind.pk):
        work = Outbox.objects.get(kind="send_invitation")
    assert work.ref == {"invitation": str(invitation.pk)}
    assert not mail.outbox
    assert b"new@northwind.test" in adam.get(f"{SETTINGS}/members").content


def test_an_active_member_cannot_be_invited(cast, adam):
    answer = adam.post(f"{SETTINGS}/members", {"email": "alice@northwind.test", "role": "csm"})
    assert answer.status_code == 400
    assert not Invitation.objects.exists()


def test_an_invited_person_sets_name_and_password_and_is_in(cast, client, real_now):
    _invitation, token = invite(cast, real_now)
    assert mail.outbox[0].to == ["new@northwind.test"]
    assert Invitation.objects.filter(token_digest__contains=token).count() == 0
    answer = client.post(f"/invitations/{token}", {"name": "Nora New", "password": PASSWORD})
    assert answer["Location"] == "/t/northwind/"
    member = Membership.objects.get(user__email="new@northwind.test")
    assert (member.role, member.user.name, member.user.check_password(PASSWORD)) == ("csm", "Nora New", True)
    assert client.get(f"{SETTINGS}/members").status_code == 200
    assert verbs(cast.northwind) == ["invitation.created", "member.joined"]


def test_an_invitation_works_once(cast, client, real_now):
    _invitation, token = invite(cast, real_now)
    client.post(f"/invitations/{token}", {"name": "Nora", "password": PASSWORD})
    client.logout()
    assert client.get(f"/invitations/{token}").status_code == 404


@pytest.mark.parametrize("password", ["short", "password123", "new@northwind.test"])
def test_a_weak_password_is_refused_and_nobody_joins(cast, client, real_now, password):
    _invitation, token = invite(cast, real_now)
    assert client.post(f"/invitations/{token}", {"name": "Nora", "password": password}).status_code == 400
    assert not User.objects.filter(email="new@northwind.test").exists()


def test_a_person_of_another_tenant_joins_with_their_login(cast, client, real_now):
    _invitation, token = invite(cast, real_now, email="charlie@globex.test", role="viewer")
    assert b"Sign in as charlie@globex.test" in client.get(f"/invitations/{token}").content
    client.force_login(cast.charlie.membership.user)
    client.post(f"/invitations/{token}")
    member = Membership.objects.get(tenant=cast.northwind, user=cast.charlie.membership.user)
    assert member.role == Role.VIEWER


def test_nobody_takes_over_a_login_by_an_invitation_to_its_address(cast, client, real_now):
    _invitation, token = invite(cast, real_now, email="charlie@globex.test")
    client.post(f"/invitations/{token}", {"name": "Mallory", "password": "another long password"})
    charlie = User.objects.get(email="charlie@globex.test")
    assert charlie.check_password(PASSWORD)
    assert not Membership.objects.filter(tenant=cast.northwind, user=charlie).exists()


def test_somebody_else_cannot_use_the_link(cast, client, real_now):
    _invitation, token = invite(cast, real_now)
    client.force_login(cast.charlie.membership.user)
    client.post(f"/invitations/{token}")
    assert not Membership.objects.filter(tenant=cast.northwind, user=cast.charlie.membership.user).exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_former_member_comes_back_by_invitation(cast, client, real_now, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.deactivate_member(member_id=cast.vera.member_id, actor=cast.adam, at=now)
    _invitation, token = invite(cast, real_now, email="vera@northwind.test", role="leader")
    client.force_login(cast.vera.membership.user)
    client.post(f"/invitations/{token}")
    member = Membership.objects.get(pk=cast.vera.member_id)
    assert (member.is_active, member.role) == (True, Role.LEADER)


def test_an_invitation_expires(cast, client, real_now):
    invitation, token = invite(cast, real_now)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=real_now - dt.timedelta(seconds=1))
    assert client.post(f"/invitations/{token}", {"name": "N", "password": PASSWORD}).status_code == 404
    assert not User.objects.filter(email="new@northwind.test").exists()


def test_a_revoked_invitation_is_gone_and_its_mail_is_not_sent(cast, adam, client, real_now):
    invitation, token = invite(cast, real_now)
    adam.post(f"{SETTINGS}/invitations/{invitation.pk}/revoke")
    assert client.get(f"/invitations/{token}").status_code == 404
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.send_invitation(ref={"invitation": str(invitation.pk)}, at=real_now)
    assert len(mail.outbox) == 1


def test_sending_again_makes_a_new_link_and_ends_the_former(cast, adam, client, real_now):
    invitation, first = invite(cast, real_now)
    adam.post(f"{SETTINGS}/invitations/{invitation.pk}/resend")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        second = send(invitation, real_now)
    client.logout()
    assert client.get(f"/invitations/{first}").status_code == 404
    assert client.get(f"/invitations/{second}").status_code == 200


def test_inviting_again_replaces_the_open_invitation(cast, client, real_now):
    _first, token = invite(cast, real_now)
    invite(cast, real_now, role="leader")
    assert client.get(f"/invitations/{token}").status_code == 404
    assert len(selectors.open_invitations(tenant_id=cast.northwind.pk)) == 1


def test_the_secret_of_a_key_is_shown_once_and_kept_as_a_digest(cast, adam):
    page = adam.post(f"{SETTINGS}/keys", {"name": "CRM", "scope": "write"})
    token = re.search(rb"csk_[0-9a-f]+_[0-9a-f]+", page.content).group().decode()
    assert holder_of_key(token).scopes == {"write"}
    assert token.encode() not in adam.get(f"{SETTINGS}/keys").content
    key = ApiKey.objects.get()
    assert token.rpartition("_")[2] not in (key.digest, key.prefix, key.name)


def test_a_revoked_key_stops_working(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        key, token = accounts.create_key(name="k", scope="read", actor=cast.adam, at=now)
    adam.post(f"{SETTINGS}/keys/{key.pk}/revoke")
    assert holder_of_key(token) is None


def test_a_key_of_another_tenant_is_as_good_as_missing(cast, adam, now):
    with tenant_scope(cast.globex.pk), transaction.atomic():
        key, token = accounts.create_key(name="k", scope="read", actor=cast.gloria, at=now)
    assert adam.post(f"{SETTINGS}/keys/{key.pk}/revoke").status_code == 404
    assert holder_of_key(token) is not None
    assert b"csk_" + key.prefix.encode() not in adam.get(f"{SETTINGS}/keys").content


def test_settings_of_the_tenant_are_kept_as_dated_facts(cast, adam):
    fields = {
        "name": "Northwind Ltd",
        "time_zone": "Europe/Vienna",
        "currency": "usd",
        "create_from_group": "on",
    }
    adam.post(f"{SETTINGS}/organisation", fields)
    tenant = Tenant.objects.get(pk=cast.northwind.pk)
    assert (tenant.name, tenant.time_zone, tenant.currency) == ("Northwind Ltd", "Europe/Vienna", "USD")
    assert tenant.create_from_group
    with tenant_scope(cast.northwind.pk):
        facts = dict(TenantFact.objects.values_list("key", "value"))
        assert facts == {"time_zone": "Europe/Vienna", "currency": "USD"}
        assert Activity.objects.get(verb="tenant.changed").data["before"]["currency"] == "EUR"


def test_an_unchanged_form_leaves_no_trace(cast, adam):
    adam.post(f"{SETTINGS}/organisation", {"name": "Northwind", "time_zone": "UTC", "currency": "EUR"})
    assert verbs(cast.northwind) == []


def test_an_exchange_rate_holds_from_its_day_until_it_is_ended(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for day, rate in ((0, "0.9"), (5, "0.95"), (9, None)):
            accounts.set_exchange_rate(
                currency="USD", rate=rate, actor=cast.adam, at=now + dt.timedelta(days=day)
            )
        seen = [
            [rate for _, rate, _ in selectors.exchange_rates(at=now + dt.timedelta(days=day))]
            for day in (-1, 1, 6, 10)
        ]
    assert seen == [[], ["0.9"], ["0.95"], []]


@pytest.mark.parametrize(
    "fields", [{"currency": "EUR", "rate": "1"}, {"currency": "US"}, {"currency": "USD", "rate": "-1"}]
)
def test_a_wrong_rate_is_refused_with_a_reason(cast, adam, fields):
    assert adam.post(f"{SETTINGS}/rates", fields).status_code == 400
    with tenant_scope(cast.northwind.pk):
        assert not TenantFact.objects.exists()


def test_the_activity_log_filters_and_pages(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for number in range(60):
            accounts.create_key(name=f"key {number}", scope="read", actor=cast.adam, at=now)
        accounts.change_role(member_id=cast.vera.member_id, role="csm", actor=cast.adam, at=now)
    first = adam.get(f"{SETTINGS}/activity").content.decode()
    assert first.count("Key created</a>") == 49
    older = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    assert adam.get(f"{SETTINGS}/activity{older}").content.decode().count("Key created</a>") == 11
    only = adam.get(f"{SETTINGS}/activity?verb=member.role_changed").content.decode()
    assert only.count("<tr>") == 2
    assert adam.get(f"{SETTINGS}/activity?actor={cast.lena.member_id}").content.count(b"<tr>") == 0
    assert adam.get(f"{SETTINGS}/activity?object={cast.vera.member_id}").content.count(b"<tr>") == 2


def test_the_activity_log_names_what_it_is_about_and_says_what_changed(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        saved = accounts.save_accounts(
            items=[accounts.Item(values={"external_id": "k", "name": "Kestrel"})],
            mode=accounts.Mode.CREATE,
            actor=cast.adam,
            at=now,
        )[0]
        accounts.change_role(member_id=cast.vera.member_id, role="csm", actor=cast.adam, at=now)
    page = adam.get(f"{SETTINGS}/activity").content.decode()
    assert f'href="/t/northwind/accounts/{saved.id}">Kestrel</a>' in page
    assert "<del>viewer</del>" in page
    assert "Member role changed" in page


@pytest.mark.parametrize("query", ["actor=1", "before=x", "object=%00", "verb=" + "v" * 51])
def test_a_wrong_filter_is_a_bad_request(cast, adam, query):
    assert adam.get(f"{SETTINGS}/activity?{query}").status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_database_no_more_for_more_rows(cast, adam, now, rows, django_assert_num_queries):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for number in range(rows):
            accounts.invite(email=f"p{number}@northwind.test", role="csm", actor=cast.adam, at=now)
            accounts.create_key(name="k", scope="read", actor=cast.adam, at=now)
    adam.get(f"{SETTINGS}/members")
    with django_assert_num_queries(9):
        adam.get(f"{SETTINGS}/members")
    with django_assert_num_queries(8):
        adam.get(f"{SETTINGS}/keys")
    with django_assert_num_queries(10):
        adam.get(f"{SETTINGS}/activity")


def test_a_person_keeps_their_own_settings(cast, alice):
    alice.post("/me", {"name": "Alice A.", "theme": "dark", "time_zone": "Asia/Tokyo"})
    alice.post("/me/theme", {"theme": "light"})
    user = User.objects.get(pk=cast.alice.membership.user_id)
    assert (user.name, user.theme, user.time_zone) == ("Alice A.", "light", "Asia/Tokyo")
    assert alice.post("/me/theme", {"theme": "mauve"}).status_code == 400


def test_who_switches_the_keys_of_one_letter_off_meets_none(cast, alice):
    own = {"name": "Alice", "theme": "dark", "time_zone": ""}
    page = alice.get("/t/northwind/accounts").content
    assert b'data-key="c" aria-keyshortcuts="c" title="Key: c"' in page
    alice.post("/me", own)
    page = alice.get("/t/northwind/accounts").content
    assert b"data-key=" not in page
    assert b'aria-keyshortcuts="c"' not in page
    alice.post("/me", {**own, "single_keys": "on"})
    assert b'data-key="c"' in alice.get("/t/northwind/accounts").content


def test_services_refuse_who_is_no_admin_also_without_a_page(cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic(), pytest.raises(PermissionDenied):
        accounts.invite(email="x@y.test", role="admin", actor=cast.lena, at=now)
