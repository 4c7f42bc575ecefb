"""Usage: taken once for ever, counted on the right day, matched when its account appears."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Activity, Actor, Outbox, Scope, Tenant
from accounts.scope import tenant_scope
from health.models import DirtyMark, UsageDay, UsageEvent, UsageFeed, UsageMessage
from health.selectors import usage as selectors
from health.services import follow_activity
from health.services import usage as services
from health.services.usage import NewUsage
from tests.plans import most_loops


@pytest.fixture
def account(northwind, now):
    return make_account("acme", now)


def make_account(external_id, now, **fields):
    made = {"name": "Acme", "currency": "EUR", "created_at": now, "updated_at": now}
    return Account.objects.create(external_id=external_id, **made | fields)


def event(message_id="m1", **fields):
    given = {
        "account_external_id": "acme",
        "user_key": "dana",
        "feature": "plan",
        "occurred_at": dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC),
    }
    return NewUsage(message_id=message_id, **given | fields)


def ingest(*events, actor, at):
    return services.ingest_usage(events=enumerate(events), refusals=[], actor=actor, at=at)


def counts(receipt):
    return receipt.accepted, receipt.duplicates, receipt.unmatched, len(receipt.rejected)


def work(at):
    """Do all the usage work that waits (its other readers are tested elsewhere)."""
    while claims := accounts.claim_work(at=at):
        accounts.do_work(claims=claims, at=at)


@pytest.fixture(autouse=True)
def only_usage(settings):
    settings.ACTIVITY_READERS = []


def days():
    return list(
        UsageDay.objects.order_by("account_id", "day", "user_key", "feature").values_list(
            "day", "user_key", "feature", "count"
        )
    )


def test_events_are_taken_and_counted_by_day(northwind, account, now):
    receipt = ingest(
        event("1"), event("2"), event("3", user_key="eli"), event("4", feature="ship"),
        event("5", occurred_at=dt.datetime(2026, 10, 31, 9, 0, tzinfo=dt.UTC)),
        actor=northwind.alice, at=now,
    )  # fmt: skip
    assert counts(receipt) == (5, 0, 0, 0)
    work(now)
    assert days() == [
        (dt.date(2026, 10, 31), "dana", "plan", 1),
        (dt.date(2026, 11, 1), "dana", "plan", 2),
        (dt.date(2026, 11, 1), "dana", "ship", 1),
        (dt.date(2026, 11, 1), "eli", "plan", 1),
    ]
    assert DirtyMark.objects.get().account_id == account.pk


def test_a_message_is_taken_once_for_ever(northwind, account, now):
    assert counts(ingest(event("1"), event("1"), event("2"), actor=northwind.alice, at=now)) == (2, 1, 0, 0)
    later = now + dt.timedelta(days=700)
    again = event("1", feature="other", occurred_at=later)
    assert counts(ingest(again, event("3"), actor=northwind.alice, at=later)) == (1, 1, 0, 0)
    work(later)
    assert sum(count for *_, count in days()) == 3


def test_the_same_message_id_in_two_tenants_is_two_messages(northwind, account, now):
    ingest(event("1"), actor=northwind.alice, at=now)
    with tenant_scope(northwind.globex.pk):
        assert counts(ingest(event("1"), actor=northwind.charlie, at=now)) == (0, 0, 1, 0)
        assert UsageEvent.objects.get().account_id is None


def test_a_day_is_the_tenants_day(northwind, account, now):
    Tenant.objects.filter(pk=northwind.northwind.pk).update(time_zone="Pacific/Auckland")
    ingest(event(occurred_at=dt.datetime(2026, 10, 31, 11, 0, tzinfo=dt.UTC)), actor=northwind.alice, at=now)
    work(now)
    assert [day for day, *_ in days()] == [dt.date(2026, 11, 1)]


def test_work_done_twice_counts_once(northwind, account, now):
    ingest(event("1"), actor=northwind.alice, at=now)
    work(now)
    work(now + dt.timedelta(days=1))
    ingest(event("2"), actor=northwind.alice, at=now)
    work(now)
    assert [count for *_, count in days()] == [2]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"occurred_at": dt.datetime(2026, 11, 3, 12, 0, 1, tzinfo=dt.UTC)}, "in_the_future"),
        ({"occurred_at": dt.datetime(2019, 11, 1, 23, 59, tzinfo=dt.UTC)}, "too_old"),
        ({"occurred_at": dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))}, "too_old"),
        ({"user_key": "a\x00b"}, "invalid"),
        ({"properties": {"a": ["\x00"]}}, "invalid"),
        ({"properties": {"\x00": 1}}, "invalid"),
        ({"historical": True}, "forbidden"),
    ],
)
def test_an_event_that_breaks_a_rule_is_refused_alone(northwind, account, now, broken, code):
    receipt = ingest(event("1"), event("2", **broken), event("3"), actor=northwind.alice, at=now)
    assert counts(receipt) == (2, 0, 0, 1)
    assert (receipt.rejected[0].index, receipt.rejected[0].code) == (1, code)
    assert sorted(UsageMessage.objects.values_list("message_id", flat=True)) == ["1", "3"]


def test_properties_nested_too_deep_are_refused(northwind, account, now):
    deep: dict = {}
    for _ in range(32):
        deep = {"a": deep}
    receipt = ingest(
        event("1", properties=deep), event("2", properties=deep["a"]), actor=northwind.alice, at=now
    )
    assert [refusal.code for refusal in receipt.rejected] == ["too_deep"]


def test_the_first_and_the_last_moment_allowed_are_kept(northwind, account, now):
    Tenant.objects.filter(pk=northwind.northwind.pk).update(time_zone="Pacific/Honolulu")
    edges = [services.first_moment(now), now + dt.timedelta(days=1)]
    receipt = ingest(
        *(event(str(n), occurred_at=moment) for n, moment in enumerate(edges)), actor=northwind.alice, at=now
    )
    assert counts(receipt) == (2, 0, 0, 0)
    work(now)
    assert len(days()) == 2


def test_awkward_texts_are_kept_as_they_came(northwind, account, now):
    awkward = 'a"b\\c{d},e\x1fNULL\t\n'
    ingest(event(awkward, user_key=awkward, feature="NULL", properties={awkward: [awkward, None, 1.5]}),
           actor=northwind.alice, at=now)  # fmt: skip
    kept = UsageEvent.objects.get()
    assert (kept.user_key, kept.feature, kept.properties) == (
        awkward,
        "NULL",
        {awkward: [awkward, None, 1.5]},
    )
    assert UsageMessage.objects.get().message_id == awkward


def test_an_event_without_properties_has_none(northwind, account, now):
    ingest(event(), actor=northwind.alice, at=now)
    assert UsageEvent.objects.filter(properties__isnull=True).count() == 1


def test_an_event_of_an_unknown_account_waits_and_is_matched_when_it_appears(northwind, now):
    assert counts(ingest(event("1"), event("2"), actor=northwind.alice, at=now)) == (0, 0, 2, 0)
    work(now)
    assert days() == []
    later = now + dt.timedelta(hours=5)
    account = make_account("acme", later)
    assert services.match_usage(external_ids=["acme", "other"], at=later) == 2
    assert services.match_usage(external_ids=["acme"], at=later) == 0
    work(later)
    day = UsageDay.objects.get()
    assert (day.account_id, day.count, day.recorded_at) == (account.pk, 2, later)
    assert DirtyMark.objects.get().account_id == account.pk


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("account.created", {}),
        ("account.restored", {}),
        ("account.updated", {"before": {"external_id": None}, "after": {"external_id": "acme"}}),
    ],
)
def test_an_account_that_appears_brings_its_waiting_usage(northwind, now, verb, data):
    ingest(event(), actor=northwind.alice, at=now)
    account = make_account("acme", now)
    activity = accounts.NewActivity(verb=verb, object_id=account.pk, account_id=account.pk, data=data)
    accounts.record_activity(activity=activity, actor=northwind.alice, at=now)
    follow_activity(ref={"xact": Activity.objects.get().xact}, at=now)
    assert UsageEvent.objects.get().account_id == account.pk


def test_an_account_that_appears_between_event_and_roll_up_gets_it(northwind, now):
    ingest(event(), actor=northwind.alice, at=now)
    make_account("acme", now)
    work(now)
    assert [count for *_, count in days()] == [1]


def test_usage_of_a_deleted_account_waits_for_its_return(northwind, account, now):
    Account.objects.update(deleted_at=now)
    assert counts(ingest(event(), actor=northwind.alice, at=now)) == (0, 0, 1, 0)
    Account.objects.update(deleted_at=None)
    assert services.match_usage(external_ids=["acme"], at=now) == 1


def test_a_late_event_is_known_from_its_arrival_on(northwind, account, now):
    ingest(event("1", occurred_at=now - dt.timedelta(days=60)), actor=northwind.alice, at=now)
    work(now + dt.timedelta(seconds=3))
    assert UsageDay.objects.get().recorded_at == now


def test_a_second_event_of_a_day_does_not_make_the_first_known_later(northwind, account, now):
    ingest(event("1"), actor=northwind.alice, at=now)
    ingest(event("2"), actor=northwind.alice, at=now + dt.timedelta(days=9))
    work(now + dt.timedelta(days=9))
    assert UsageDay.objects.get().recorded_at == now


def admin_key(cast):
    return Actor(
        tenant=cast.northwind, membership=cast.adam.membership, role="admin",
        scopes=frozenset([Scope.ADMIN]),
    )  # fmt: skip


def test_an_admin_key_may_say_that_events_were_always_known(northwind, account, now):
    key, happened = admin_key(northwind), now - dt.timedelta(days=60)
    assert counts(ingest(event(occurred_at=happened, historical=True), actor=key, at=now)) == (1, 0, 0, 0)
    work(now)
    assert UsageDay.objects.get().recorded_at == happened
    assert Activity.objects.get().data == {"historical": True, "events": 1}


def test_usage_is_first_known_when_its_first_event_came(northwind, account, now):
    ingest(event("1", occurred_at=now - dt.timedelta(days=60)), actor=northwind.alice, at=now)
    ingest(event("2"), actor=northwind.alice, at=now + dt.timedelta(days=1))
    assert UsageFeed.objects.get().first_known_at == now


def test_history_that_is_handed_in_moves_back_when_usage_was_first_known(northwind, account, now):
    ingest(event("1"), actor=northwind.alice, at=now)
    happened = now - dt.timedelta(days=60)
    ingest(event("2", occurred_at=happened, historical=True), actor=admin_key(northwind), at=now)
    assert UsageFeed.objects.get().first_known_at == happened


def test_only_news_is_scored_again(northwind, account, now):
    ingest(event("1"), actor=northwind.alice, at=now)
    work(now)
    DirtyMark.objects.all().delete()
    ingest(event("2"), actor=northwind.alice, at=now)
    work(now)
    assert not DirtyMark.objects.exists()
    ingest(event("3", feature="ship"), actor=northwind.alice, at=now)
    work(now)
    assert DirtyMark.objects.get().account_id == account.pk


def test_a_batch_is_looked_through_once_however_much_it_holds(northwind, account, now):
    """Also where a burst has just filled the table, and PostgreSQL has not counted it yet."""
    ingest(*(event(f"{n}", user_key=f"user {n}") for n in range(300)), actor=northwind.alice, at=now)
    ref = Outbox.objects.get(kind="roll_up_usage").ref
    asked = {name: ref[name] for name in ("batch", "first", "last")}
    asked |= {"tenant": northwind.northwind.pk, "zone": "UTC", "matched_at": None}
    assert most_loops(services.ROLL_UP, asked) == 1
    assert UsageDay.objects.count() == 300


def test_nothing_new_leaves_no_work(northwind, account, now):
    ingest(event(), actor=northwind.alice, at=now)
    work(now)
    ingest(event(), actor=northwind.alice, at=now)
    assert accounts.claim_work(at=now) == []


def test_the_usage_tab_tells_days_features_and_users(northwind, account, now):
    account.entitlements = ["plan", "unused"]
    account.save()
    first = now - dt.timedelta(days=30)
    events = [
        event(f"{user}{ago}", user_key=user, occurred_at=now - dt.timedelta(days=ago))
        for user, ago in [("dana", 1), ("dana", 2), ("eli", 1), ("eli", 30), ("eli", 0)]
    ]
    ingest(
        *events,
        event("x", feature="extra", occurred_at=now - dt.timedelta(days=2)),
        actor=northwind.alice,
        at=now,
    )
    work(now)
    found = selectors.account_usage(account=account, at=now)
    assert (found.first_on, found.last_on) == (first.date(), now.date())
    assert [(day.day.day, day.users, day.events) for day in found.days] == [(3, 1, 1), (31, 1, 2), (1, 2, 2)]
    assert [(f.name, f.entitled, f.people, f.events) for f in found.features] == [
        ("plan", True, 2, 3), ("extra", False, 1, 1), ("unused", True, 0, 0),
    ]  # fmt: skip
    assert [(user.user_key, user.active_days, user.events) for user in found.top_users] == [
        ("dana", 2, 3),
        ("eli", 1, 1),
    ]
    assert found.weekdays == [0, 0, 0, 0, 0, 0.25, 0.5]


def test_an_account_without_usage_says_so(northwind, account, now):
    found = selectors.account_usage(account=account, at=now)
    assert (found.first_on, found.days, found.features, found.top_users) == (None, [], [], [])


def test_a_persons_usage_is_found_by_their_address(northwind, account, now):
    ingest(
        event("1", user_key="Dana@acme.test", occurred_at=now - dt.timedelta(days=1)),
        actor=northwind.alice,
        at=now,
    )
    work(now)
    found = selectors.person_usage(account_id=account.pk, user_key="dana@acme.test", at=now)
    assert (found.active_days, found.features) == (1, ["plan"])
    assert selectors.person_usage(account_id=account.pk, user_key="eli@acme.test", at=now) is None


def test_what_waits_is_listed_by_external_id(northwind, account, now):
    ingest(event("1"), *(event(str(n), account_external_id=f"x{n // 2}") for n in range(2, 5)),
           actor=northwind.alice, at=now)  # fmt: skip
    assert [(row["account_external_id"], row["events"]) for row in selectors.unmatched_usage()] == [
        ("x1", 2),
        ("x2", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_request_that_fails_leaves_no_trace(cast, now):
    with tenant_scope(cast.northwind.pk):
        with transaction.atomic():
            ingest(event(), actor=cast.alice, at=now)
            transaction.set_rollback(True)
        with transaction.atomic():
            assert counts(ingest(event(), actor=cast.alice, at=now)) == (0, 0, 1, 0)
