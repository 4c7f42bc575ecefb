"""The Connect page: what arrives, why something was refused, and groups and owners that wait for an admin's word."""

import io
import re

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account, Activity, ApiKey, Membership, User
from accounts.scope import tenant_scope
from accounts.services import imports
from accounts.services.items import Item, Mode
from health.models import TrackedGroup, UsageDay, UsageEvent
from tests.conftest import make_key
from tests.health.tracking import Library, message, work

URL = "/t/northwind/settings/connect"
KEYS = "/t/northwind/settings/keys"


@pytest.fixture
def library(cast):
    return Library(make_key(cast.adam, "ingest")[1])


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.adam.membership.user)
    return client


@pytest.fixture
def inside(cast):
    def open_scope():
        return tenant_scope(cast.northwind.pk)

    return open_scope


@pytest.fixture
def account(cast, inside):
    return save(cast, inside, external_id="crm-1", name="Acme", domain="acme.test")


def save(cast, inside, **values):
    with inside(), transaction.atomic():
        (saved,) = accounts.save_accounts(
            items=[Item(values)], mode=Mode.CREATE, actor=cast.adam, at=timezone.now()
        )
        return Account.objects.get(pk=saved.id)


def group(group_id, **fields):
    return message("group", groupId=group_id, **fields)


def text(answer):
    return answer.content.decode()


def test_an_empty_page_says_how_to_begin(admin):
    page = text(admin.get(URL))
    assert "Nothing has arrived yet" in page
    assert "http://testserver/v1/track" in page
    assert "First make a key" in page


def test_the_page_shows_what_arrived_what_was_refused_and_the_key_as_far_as_it_may(admin, library):
    library.batch(
        message("track", event="export_made", context={"library": {"name": "analytics-python"}}),
        message("track", event=...),
    )
    page = text(admin.get(URL))
    for words in ("export_made", "analytics-python", "a track call names its event", "csk_nortinge_…"):
        assert words in page
    assert library.key not in page


def test_a_new_ingest_key_stands_in_the_code_to_copy(admin):
    page = admin.post(KEYS, {"name": "Product", "scope": "ingest"}).content.decode()
    token = re.search(r'id="new-key">(csk_[0-9a-f]+_[0-9a-f]+)<', page).group(1)
    code = dict(re.findall(r'<pre[^>]* id="snippet-([a-z-]+)"[^>]*>(.*?)</pre>', page, re.DOTALL))
    assert sorted(code) == [
        "curl", "rest", "rudder-node", "rudder-python", "segment-node", "segment-python"
    ]  # fmt: skip
    assert all(token in one and "YOUR_INGEST_KEY" not in one for one in code.values())
    assert all("http://testserver" in one for one in code.values())


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_key_that_may_not_send_usage_comes_without_that_code(admin, scope):
    page = admin.post(KEYS, {"name": "CRM", "scope": scope}).content
    assert b'id="new-key"' in page
    assert b"snippet-" not in page


def test_one_button_makes_an_ingest_key_and_shows_the_code_with_it(admin):
    form = re.search(r'<form[^>]*action="' + KEYS + r'">.*?</form>', text(admin.get(URL)), re.DOTALL)
    asked = dict(re.findall(r'type="hidden" name="(name|scope)" value="([^"]+)"', form.group()))
    page = text(admin.post(KEYS, asked))
    assert re.search(r'analytics.write_key = "csk_[0-9a-f]+_[0-9a-f]+"', page)
    assert ApiKey.objects.get(name="Product").scopes == ["ingest"]


def test_the_tail_is_a_fragment_that_asks_again(admin, library):
    library.batch(message("track", event="export_made"))
    tail = text(admin.get(f"{URL}/tail"))
    assert "export_made" in tail
    assert 'hx-trigger="every 3s"' in tail
    assert "<html" not in tail


def test_a_waiting_group_is_given_to_an_account_with_one_click(admin, library, account, inside):
    library.batch(group("g-77", traits={"name": "ACME", "seats": 9, "plan": "team"}), message("track"))
    page = text(admin.get(URL))
    assert "The group g-77 is Acme" in page
    answer = admin.post(f"{URL}/groups", {"external_id": "g-77", "account": account.pk}, follow=True)
    assert "1 waiting event found its account." in text(answer)
    library.batch(message("track"))
    with inside():
        work()
    with inside(), transaction.atomic():
        kept = Account.objects.get(pk=account.pk)
        assert (kept.seats, kept.custom) == (9, {"plan": "team", "name": "ACME"})
        assert UsageDay.objects.get().account_id == account.pk
        assert set(UsageEvent.objects.values_list("account_id", flat=True)) == {account.pk}
        assert Activity.objects.get(verb="group.mapped").account_id == account.pk


def test_later_traits_of_a_given_group_go_to_its_account(admin, library, account, inside):
    library.batch(group("g-77"))
    admin.post(f"{URL}/groups", {"external_id": "g-77", "account": account.pk})
    library.batch(group("g-77", traits={"plan": "enterprise"}))
    with inside(), transaction.atomic():
        assert Account.objects.get(pk=account.pk).custom == {"plan": "enterprise"}


def test_a_given_group_can_be_made_to_wait_again(admin, library, account, inside):
    library.batch(group("g-77"), message("track"))
    admin.post(f"{URL}/groups", {"external_id": "g-77", "account": account.pk})
    answer = admin.post(f"{URL}/groups", {"external_id": "g-77"}, follow=True)
    assert "The group g-77 waits again." in text(answer)
    library.batch(message("track"))
    with inside(), transaction.atomic():
        ids = UsageEvent.objects.order_by("pk").values_list("account_id", flat=True)
        assert list(ids) == [account.pk, None]


def test_an_account_of_the_users_mail_domain_is_likely(admin, library, account):
    library.batch(message("identify", groupId="g-77", traits={"email": "dana@acme.test"}), message("track"))
    assert "The group g-77 is Acme" in text(admin.get(URL))


def test_a_group_that_an_account_carries_is_not_given_away(admin, cast, account, inside):
    other = save(cast, inside, external_id="other", name="Other")
    answer = admin.post(f"{URL}/groups", {"external_id": "crm-1", "account": other.pk}, follow=True)
    assert "An account carries this external id itself." in text(answer)
    with inside(), transaction.atomic():
        assert not TrackedGroup.objects.exists()


@pytest.mark.parametrize("fields", [{"external_id": "g"}, {"account": "x", "external_id": "g"}, {}])
def test_nonsense_is_not_found(admin, fields):
    assert admin.post(f"{URL}/groups", fields).status_code == 404


def test_a_named_owner_who_is_a_member_becomes_the_owner(admin, cast, library, account, inside):
    library.batch(group("crm-1", traits={"csm": "Alice@Northwind.test", "owner": "nobody@x.test"}))
    save(cast, inside, name="Beta", custom={"owner_email": "who@x.test"})
    page = text(admin.get(URL))
    assert "nobody@x.test" in page
    assert "who@x.test" in page
    library.batch(group("crm-1", traits={"owner": None}))
    answer = admin.post(f"{URL}/owners", {"email": "alice@northwind.test"}, follow=True)
    assert "1 account has an owner now." in text(answer)
    with inside(), transaction.atomic():
        assert Account.objects.get(pk=account.pk).owner_id == cast.alice.member_id
    assert "0 accounts" in text(admin.post(f"{URL}/owners", {"email": "who@x.test"}, follow=True))


def test_owners_that_a_request_named_in_vain_wait_for_a_word(admin, cast, rest, account, inside):
    one = rest.write.patch(f"/accounts/{account.pk}", {"owner_email": "Bob@Northwind.test"})
    assert one.status_code == 400
    items = [{"external_id": f"n{n}", "name": "New", "owner_email": "bob@northwind.test"} for n in range(2)]
    assert rest.write.post("/accounts/bulk", {"items": items}).status_code == 207
    assert rest.write.post("/accounts/bulk", {"items": items, "dry_run": True}).status_code == 207
    page = text(admin.get(URL))
    assert "bob@northwind.test" in page
    assert "named for 3 accounts" in page
    assert "not a member" in page
    user = User.objects.create(email="bob@northwind.test", name="Bob")
    Membership.objects.create(tenant=cast.northwind, user=user, role="csm", created_at=timezone.now())
    answer = admin.post(f"{URL}/owners", {"email": "bob@northwind.test"}, follow=True)
    assert "1 account has an owner now." in text(answer)
    assert "bob@northwind.test" not in text(admin.get(URL))
    with inside(), transaction.atomic():
        assert Account.objects.get(pk=account.pk).owner.user == user


def test_owners_that_a_file_named_in_vain_wait_and_can_be_forgotten(admin, cast, inside):
    content = b"external_id,name,owner_email\na,Lark,Bob Nobody\nb,Wren,Bob Nobody\n"
    with inside(), transaction.atomic():
        one = imports.upload_import(
            kind="accounts", filename="f.csv", file=io.BytesIO(content), size=len(content), actor=cast.adam,
            at=timezone.now(), mapping={"columns": {"external_id": "external_id", "name": "name",
            "owner_email": "owner_email"}, "key": "external_id", "unknown_owner": "empty"},
        )  # fmt: skip
        imports.preview_import(id=one.pk, actor=cast.adam, at=timezone.now())
        imports.run_import(id=one.pk, actor=cast.adam, at=timezone.now())
    with inside():
        work()
    page = text(admin.get(URL))
    assert "Bob Nobody" in page
    assert "named for 2 accounts" in page
    admin.post(f"{URL}/owners", {"email": "bob nobody", "forget": "1"})
    assert "named for" not in text(admin.get(URL))
    assert admin.post(f"{URL}/owners", {"email": "bob nobody", "forget": "1"}).status_code == 404


@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_only_an_admin_connects(client, cast, account, inside, library, who):
    client.force_login(getattr(cast, who).membership.user)
    library.batch(group("g-77"), message("track"))
    assert client.get(URL).status_code == client.get(f"{URL}/tail").status_code == 403
    sent = {"external_id": "g-77", "account": account.pk}
    assert client.post(f"{URL}/groups", sent).status_code == 403
    assert client.post(f"{URL}/owners", {"email": "alice@northwind.test"}).status_code == 403
    with inside(), transaction.atomic():
        assert UsageEvent.objects.get().account_id is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_whatever_waits(
    admin, cast, library, inside, django_assert_num_queries, count
):
    for number in range(count):
        save(cast, inside, external_id=f"crm-{number}", name=f"Acme {number}", custom={"owner": "a@x.test"})
        library.batch(group(f"g{number}", traits={"name": f"Acme {number}"}), message("track"))
        with inside(), transaction.atomic():
            named = {f"o{number}@x.test": [f"crm-{number}"]}
            accounts.note_unknown_owners(named=named, source="api", at=timezone.now())
    with django_assert_num_queries(26):
        admin.get(URL)
