"""What the messages of a tracking library mean: who a user is, which account they belong to, what they used."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account, AccountFact, Activity, Persona, Tenant
from accounts.scope import tenant_scope
from accounts.services.items import Item, Mode
from health import selectors
from health.models import Arrival, TrackedGroup, TrackedUser, UsageDay, UsageEvent
from health.selectors import usage as usage_selectors
from tests.conftest import make_key
from tests.health.tracking import Library, message, work


@pytest.fixture
def library(cast):
    return Library(make_key(cast.adam, "ingest")[1])


@pytest.fixture
def scope(cast):
    """Northwind's scope, opened by ``with scope():``."""

    class Scope:
        def __enter__(self):
            self.atomic, self.tenant = transaction.atomic(), tenant_scope(cast.northwind.pk)
            self.tenant.__enter__()
            self.atomic.__enter__()

        def __exit__(self, *error):
            self.atomic.__exit__(*error)
            self.tenant.__exit__(*error)

    return Scope


@pytest.fixture
def account(cast, scope):
    with scope():
        return save_account(cast, external_id="acme", name="Acme", arr=1000)


def save_account(cast, **values):
    (saved,) = accounts.save_accounts(
        items=[Item(values)], mode=Mode.CREATE, actor=cast.adam, at=timezone.now()
    )
    return Account.objects.get(pk=saved.id)


def make_persona(account, **fields):
    now = timezone.now()
    return Persona.objects.create(account=account, created_at=now, updated_at=now, **fields)


def group(group_id="acme", **fields):
    return message("group", groupId=group_id, **fields)


def homes(scope):
    """Each event's user, group and whether its account is known, in the order of its arrival."""
    with scope():
        rows = UsageEvent.objects.order_by("pk")
        return [(one.user_key, one.account_external_id, one.account_id is not None) for one in rows]


# Usage


def test_the_group_is_told_by_the_message_or_its_context(library, scope, account):
    library.batch(
        message("track", groupId="acme"),
        message("page", name="Home", context={"groupId": "acme"}),
        message("screen", name="Start", category="App", context={"groupId": "other"}),
    )
    assert homes(scope) == [("u1", "acme", True), ("u1", "acme", True), ("u1", "other", False)]
    with scope():
        assert [one.feature for one in UsageEvent.objects.order_by("pk")] == ["plan", "Home", "App Start"]


def test_without_a_group_it_is_the_last_group_of_the_user(library, scope, account):
    library.batch(group("first"), message("track"), group("acme"), message("track"))
    library.batch(message("track"), message("track", userId="u2"))
    assert homes(scope) == [
        ("u1", "first", False), ("u1", "acme", True), ("u1", "acme", True), ("u2", "", False),
    ]  # fmt: skip


def test_a_group_of_a_single_event_is_not_remembered(library, scope, account):
    library.batch(group("acme"), message("track", groupId="other"), message("track"))
    assert [external_id for _, external_id, _ in homes(scope)] == ["other", "acme"]


def test_events_that_came_before_the_group_are_matched_when_it_is_told(library, scope, account):
    library.batch(message("track"), message("track", userId="u2"))
    library.batch(group("acme"))
    with scope():
        work()
        assert UsageDay.objects.get().account_id == account.pk
    assert homes(scope) == [("u1", "acme", True), ("u2", "", False)]


def test_an_event_waits_for_its_account_and_is_matched_when_it_appears(library, scope, cast):
    library.batch(message("track", groupId="acme"))
    with scope():
        work()
        assert not UsageDay.objects.exists()
        made = save_account(cast, external_id="acme", name="Acme")
        work()
        assert UsageDay.objects.get().account_id == made.pk


def test_properties_are_kept(library, scope):
    library.batch(message("track", properties={"plan": "team"}))
    with scope():
        assert UsageEvent.objects.get().properties == {"plan": "team"}


# Groups


def test_traits_of_a_group_go_to_custom_and_fill_what_is_empty(library, scope, account):
    told = {
        "plan": "team",
        "seats": 40,
        "entitlements": ["plan", "ship"],
        "name": "Acme Inc",
        "employees": 120,
    }
    library.batch(group(traits=told))
    with scope():
        kept = Account.objects.get(pk=account.pk)
        assert (kept.name, kept.seats, kept.entitlements) == ("Acme", 40, ["plan", "ship"])
        assert kept.custom == {"plan": "team", "employees": 120, "name": "Acme Inc"}
        facts = AccountFact.objects.filter(account=kept, source="tracking").values_list("key", "value")
        assert dict(facts) == {"seats": 40, "entitlements": ["plan", "ship"]}


def test_a_group_never_overwrites_what_we_know(library, scope, account, cast):
    library.batch(group(traits={"seats": 40}))
    told = {"seats": 90, "arr": 7, "owner": "x", "status": "churned", "currency": "USD"}
    library.batch(group(traits=told))
    with scope():
        kept = Account.objects.get(pk=account.pk)
        assert (kept.seats, kept.arr, kept.status, kept.owner_id) == (40, 1000, "active", account.owner_id)
        assert kept.custom == told
        assert kept.currency == account.currency


def test_traits_may_stand_in_the_context_and_null_takes_one_away(library, scope, account):
    library.batch(group(context={"traits": {"plan": "team", "beta": True}}))
    library.batch(group(traits={"plan": None}))
    with scope():
        assert Account.objects.get(pk=account.pk).custom == {"beta": True}


def test_a_group_that_tells_nothing_new_writes_nothing(library, scope, account):
    library.batch(group(traits={"plan": "team"}))
    with scope():
        before = Account.objects.get(pk=account.pk).updated_at, Activity.objects.count()
    library.batch(group(traits={"plan": "team"}))
    with scope():
        assert (Account.objects.get(pk=account.pk).updated_at, Activity.objects.count()) == before


def test_the_log_names_the_key_that_told(library, scope, account):
    library.batch(group(traits={"plan": "team"}))
    with scope():
        line = Activity.objects.get(verb="account.updated")
        assert (line.account_id, line.api_key.prefix) == (account.pk, library.key.split("_")[1])


def test_a_repeated_group_call_changes_nothing_back(library, scope, account):
    first = group(traits={"plan": "team"})
    library.batch(first)
    library.batch(group(traits={"plan": "enterprise"}))
    library.batch(first)
    with scope():
        assert Account.objects.get(pk=account.pk).custom == {"plan": "enterprise"}


def test_an_unknown_group_waits_with_its_traits(library, scope, cast):
    library.batch(group("new", traits={"name": "New Co", "seats": 5}))
    library.batch(group("new", traits={"plan": "team"}))
    with scope():
        assert not Account.objects.exists()
        waiting = TrackedGroup.objects.get()
        assert waiting.traits == {"name": "New Co", "seats": 5, "plan": "team"}
        made = save_account(cast, external_id="new", name="New Company")
        work()
        kept = Account.objects.get(pk=made.pk)
        assert (kept.seats, kept.custom) == (5, {"name": "New Co", "plan": "team"})
        assert not TrackedGroup.objects.exists()


@pytest.fixture
def creating(cast):
    Tenant.objects.filter(pk=cast.northwind.pk).update(create_from_group=True)


def test_a_group_becomes_an_account_where_the_tenant_wants_it(library, scope, creating):
    told = {"name": "New Co", "seats": 5, "arr": 900, "plan": "team"}
    library.batch(group("new", traits=told), message("track"))
    with scope():
        made = Account.objects.get()
        assert (made.external_id, made.name, made.seats, made.arr) == ("new", "New Co", 5, None)
        assert made.custom == {"arr": 900, "plan": "team"}
    assert homes(scope) == [("u1", "new", True)]


def test_identify_makes_an_account_too_and_a_later_group_names_it(library, scope, creating):
    library.batch(message("identify", context={"groupId": "new"}))
    library.batch(group("new", traits={"name": "New Co"}))
    with scope():
        assert Account.objects.get().name == "New Co"


def test_a_deleted_account_is_not_brought_back_by_a_group(library, scope, creating, account, cast):
    with scope():
        accounts.delete_account(id=account.pk, actor=cast.adam, at=timezone.now())
    library.batch(group("acme", traits={"plan": "team"}))
    with scope():
        assert Account.objects.get().deleted_at is not None
        assert TrackedGroup.objects.get().external_id == "acme"


# Users


def test_identify_links_a_user_to_a_persona_by_email(library, scope, account):
    with scope():
        make_persona(account, name="Dana", email="Dana@Acme.test")
    library.batch(
        message("identify", traits={"email": "dana@ACME.test"}),
        message("track", groupId="acme", timestamp=(timezone.now() - dt.timedelta(days=2)).isoformat()),
    )
    with scope():
        work()
        seen = usage_selectors.person_usage(
            account_id=account.pk, user_key="Dana@Acme.test", at=timezone.now()
        )
        assert (seen.active_days, seen.features) == (1, ["plan"])
        (user,) = selectors.account_usage(account=account, at=timezone.now()).top_users
        assert (user.user_key, user.email) == ("u1", "dana@acme.test")


def test_an_id_that_is_an_email_needs_no_trait(library, scope):
    library.batch(message("identify", userId="Dana@Acme.test"))
    with scope():
        assert TrackedUser.objects.get().email == "dana@acme.test"


def test_identify_in_the_context_of_a_group_remembers_it(library, scope, account):
    library.batch(message("identify", context={"groupId": "acme", "traits": {"email": "dana@acme.test"}}))
    library.batch(message("track"))
    assert homes(scope) == [("u1", "acme", True)]


def test_an_alias_is_the_same_user_from_then_on(library, scope, account):
    library.batch(group("acme", userId="old"), message("track", userId="old"))
    library.batch(message("alias", previousId="old", userId="new"))
    library.batch(message("track", userId="old"), message("track", userId="new"))
    assert homes(scope) == [("old", "acme", True), ("new", "acme", True), ("new", "acme", True)]


def test_a_chain_of_aliases_ends_at_the_last_id_and_never_turns_in_a_circle(library, scope, account):
    library.batch(group("acme", userId="a"))
    library.batch(message("alias", previousId="a", userId="b"))
    library.batch(message("alias", previousId="b", userId="c"), message("alias", previousId="c", userId="a"))
    library.batch(*(message("track", userId=user) for user in "abc"))
    assert homes(scope) == [("c", "acme", True)] * 3


def test_what_an_anonymous_user_did_belongs_to_whom_it_turned_out_to_be(library, scope, account):
    library.batch(message("track", userId=..., anonymousId="anon"))
    library.batch(message("identify", anonymousId="anon", context={"groupId": "acme"}))
    library.batch(message("track", userId=..., anonymousId="anon"))
    with scope():
        work()
        assert list(UsageDay.objects.values_list("user_key", "count")) == [("u1", 2)]
    assert homes(scope) == [("u1", "acme", True), ("u1", "acme", True)]


def test_erasing_a_person_erases_what_their_library_told(library, scope, account, cast):
    library.batch(message("track", userId="u8", groupId="acme"))
    with scope():
        dana = make_persona(account, name="Dana", email="Dana@Acme.test")
    library.batch(
        message("identify", traits={"email": "dana@acme.test"}),
        message("alias", previousId="old"),
        message("track", groupId="acme", properties={"note": "Dana's"}),
    )
    with scope():
        work()
        accounts.erase_persona(id=dana.pk, actor=cast.adam, at=timezone.now())
        assert not TrackedUser.objects.exists()
        assert sorted(UsageDay.objects.values_list("user_key", flat=True))[1] == "u8"
        assert not UsageDay.objects.filter(user_key="u1").exists()
        assert not UsageEvent.objects.filter(properties__isnull=False).exists()
        assert [line.sample[0]["user"] for line in Arrival.objects.all()] == ["u8"]


# What arrived


def test_a_line_tells_what_arrived_and_what_was_refused(library, scope):
    library.batch(
        message("track", context={"library": {"name": "analytics-python", "version": "2.4.0"}}),
        message("identify"),
        message("track", event=..., userId="u7"),
    )
    with scope():
        line = Arrival.objects.get()
    assert line.source == "analytics-python 2.4.0"
    assert (line.accepted, line.duplicates, line.unmatched, line.rejected) == (1, 0, 1, 1)
    assert line.sample[0] == {"type": "track", "name": "plan", "user": "u1"}
    assert line.refusals == [
        {"type": "track", "user": "u7", "code": "required", "detail": "event: a track call names its event."}
    ]


def test_usage_over_rest_leaves_a_line_too(rest, scope):
    rest.ingest.post(
        "/usage/events",
        {"events": [{"message_id": "m", "account_external_id": "acme", "user_key": "dana", "feature": "plan",
                     "occurred_at": (timezone.now() - dt.timedelta(hours=1)).isoformat()}]},
    )  # fmt: skip
    with scope():
        line = Arrival.objects.get()
    assert (line.source, line.unmatched) == ("REST", 1)
    assert line.sample == [{"type": "track", "name": "plan", "user": "dana", "group": "acme"}]
