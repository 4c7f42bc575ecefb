"""Flags beside those of the model, raised by hand or of many requests: shown, logged, and moving neither score nor band."""

import datetime as dt

import pytest

from accounts import services as accounts
from accounts.models import Account, Activity, Notification, Outbox
from accounts.services import NotYours, notify_members
from health import selectors, services
from health.models import ClearedFlag, DirtyMark, RaisedFlag, Score
from tests.health.builders import DAY, make_account

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def scored(acme, now):
    services.rescore(account_ids=[acme.pk], at=now - HOUR)
    return acme


def raise_one(account, actor, at, **more):
    values = {"reason": "They compare us with another vendor.", **more}
    return services.raise_flag(account=account, actor=actor, at=at, **values)


def up(account, at=None):
    return [flag for flag in selectors.health(account.pk, at=at)["flags"] if flag["code"] == "by_hand"]


def lines():
    rows = Activity.objects.filter(verb__startswith="flag.", data__contains={}).order_by("pk")
    return [(row.verb, row.actor_id, row.data["before"], row.data["after"]) for row in rows]


def test_a_flag_raised_by_hand_stands_beside_the_others_with_its_words_and_its_author(scored, northwind, now):
    flag = raise_one(scored, northwind.alice, now)
    assert up(scored) == [
        {
            "code": "by_hand", "cap": None, "since": now.isoformat().replace("+00:00", "Z"),
            "detail": "They compare us with another vendor.", "id": str(flag.pk),
            "author": str(northwind.alice.member_id), "expires_at": None,
        }
    ]  # fmt: skip
    stored = Score.objects.get(account=scored)
    assert [one["code"] for one in stored.flags if "id" in one] == ["by_hand"]
    assert not stored.capped


def test_it_changes_neither_the_score_nor_the_band(scored, northwind, now):
    before = Score.objects.values("score", "evidence", "behavioural", "emotional", "band", "quadrant").get()
    services.rescore(account_ids=[scored.pk], at=now)
    without = Score.objects.values(*before).get()
    raise_one(scored, northwind.alice, now)
    assert Score.objects.values(*before).get() == without


def test_each_flag_is_logged_when_it_goes_up_and_when_it_comes_down_with_who_did_it(scored, northwind, now):
    one = raise_one(scored, northwind.alice, now)
    two = raise_one(scored, northwind.lena, now + HOUR, reason="Their sponsor is silent.")
    services.clear_flag(flag_id=one.pk, word="They stay.", actor=northwind.lena, at=now + 2 * HOUR)
    told = {
        name: {"code": "by_hand", "cap": None, "id": str(flag.pk)} for name, flag in (("1", one), ("2", two))
    }
    assert lines() == [
        ("flag.raised", northwind.alice.member_id, None, told["1"]),
        ("flag.raised", northwind.lena.member_id, None, told["2"]),
        ("flag.cleared", northwind.lena.member_id, told["1"], None),
    ]
    assert [flag["id"] for flag in up(scored)] == [str(two.pk)]


def test_it_is_news_though_the_account_was_never_scored(northwind, now):
    account = make_account(at=now - DAY, owner=northwind.alice.membership)
    raise_one(account, northwind.alice, now)
    assert [verb for verb, *_ in lines()] == ["flag.raised"]


def test_leaders_and_the_owner_are_told_and_who_raised_it_is_not(scored, northwind, now):
    raise_one(scored, northwind.adam, now)
    for xact in set(Activity.objects.values_list("xact", flat=True)):
        notify_members(ref={"xact": xact}, at=now)
    told = {row.member_id: row.data for row in Notification.objects.filter(kind="flag")}
    assert told[northwind.lena.member_id] == told[northwind.alice.member_id] == {"flag": "by_hand"}
    assert northwind.adam.member_id not in told


def test_at_its_end_it_comes_down_by_itself(scored, northwind, now):
    raise_one(scored, northwind.alice, now, expires_at=now + DAY)
    assert up(scored, at=now + HOUR)
    services.rescore(account_ids=[scored.pk], at=now + DAY)
    assert not [flag for flag in Score.objects.get().flags if "id" in flag]
    assert lines()[-1][:2] == ("flag.cleared", None)


def test_a_past_moment_knows_what_was_up_then(scored, northwind, now):
    flag = raise_one(scored, northwind.alice, now)
    services.clear_flag(flag_id=flag.pk, word="Solved.", actor=northwind.alice, at=now + DAY)
    assert [bool(up(scored, at=now + part * HOUR)) for part in (-1, 1, 24)] == [False, True, False]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"expires_at": "past"}, "expires_at"),
    ],
)
def test_a_flag_without_a_reason_or_with_an_end_that_was_is_refused(scored, northwind, now, more, field):
    more = {name: now - DAY if value == "past" else value for name, value in more.items()}
    with pytest.raises(services.BadFlag) as refused:
        raise_one(scored, northwind.alice, now, **more)
    assert refused.value.field == field
    assert not RaisedFlag.objects.exists()


def test_who_may_not_write_the_account_raises_and_clears_none(scored, northwind, now):
    with pytest.raises(NotYours):
        raise_one(scored, northwind.vera, now)
    flag = raise_one(scored, northwind.alice, now)
    with pytest.raises(NotYours):
        services.clear_flag(flag_id=flag.pk, word="No.", actor=northwind.vera, at=now)
    assert (RaisedFlag.objects.count(), ClearedFlag.objects.count()) == (1, 0)


def test_a_flag_is_cleared_once(scored, northwind, now):
    flag = raise_one(scored, northwind.alice, now)
    services.clear_flag(flag_id=flag.pk, word="Solved.", actor=northwind.alice, at=now)
    with pytest.raises(services.FlagIsDown):
        services.clear_flag(flag_id=flag.pk, word="Again.", actor=northwind.alice, at=now)


def ask(account, at, n, **values):
    item = accounts.Item(values={"account": account.pk, "kind": "request", "opened_at": at, **values})
    saved = accounts.save_cases(items=[item] * n, mode=accounts.Mode.CREATE, actor=None, at=at)
    return [one.id for one in saved]


def asked(account, at):
    return [flag for flag in selectors.health(account.pk, at=at)["flags"] if flag["code"] == "many_requests"]


def test_five_requests_in_ninety_days_raise_a_flag_that_says_so_and_caps_nothing(acme, now):
    ask(acme, now - 95 * DAY, 1)
    ask(acme, now - 80 * DAY, 4)
    ask(acme, now - DAY, 3, kind="question")
    assert asked(acme, now) == []
    ask(acme, now - 2 * DAY, 1, resolved_at=now - DAY)
    (flag,) = asked(acme, now)
    assert (flag["cap"], flag["detail"]) == (None, "They asked for 5 things in 90 days.")
    assert flag["since"] == (now - 2 * DAY).isoformat().replace("+00:00", "Z")
    assert asked(acme, now - 3 * DAY) == []
    assert asked(acme, now + 12 * DAY) == []


def test_many_requests_change_neither_the_score_nor_the_band(acme, now):
    names = ("score", "evidence", "behavioural", "emotional", "band", "band_computed", "measures")
    before = selectors.health(acme.pk, at=now)
    ask(acme, now - DAY, 9)
    after = selectors.health(acme.pk, at=now)
    assert {name: after[name] for name in names} == {name: before[name] for name in names}


def test_a_request_that_is_deleted_or_becomes_something_else_does_not_count(acme, now):
    one, two, *_rest = ask(acme, now - 2 * DAY, 5)
    accounts.delete_case(id=one, actor=None, at=now - DAY)
    assert (len(asked(acme, now - 1.5 * DAY)), asked(acme, now)) == (1, [])
    accounts.restore_case(id=one, actor=None, at=now)
    assert len(asked(acme, now)) == 1
    item = accounts.Item(values={"kind": "question"}, id=two)
    accounts.save_cases(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=now)
    assert asked(acme, now) == []


def test_a_manager_who_has_seen_many_requests_is_not_asked_again_while_they_are_as_many(northwind, now):
    account = make_account(at=now - 200 * DAY, owner=northwind.alice.membership)
    services.rescore(account_ids=[account.pk], at=now - 100 * DAY)
    ask(account, now - 95 * DAY, 1)
    ask(account, now - 85 * DAY, 4)
    services.rescore(account_ids=[account.pk], at=now - 84 * DAY)
    seen_at = now - 60 * DAY
    accounts.acknowledge(
        account_id=account.pk, plan="Talk", actor=northwind.lena, today=seen_at.date(), at=seen_at
    )
    ask(account, now - 30 * DAY, 1)
    services.rescore(account_ids=[account.pk], at=now)  # the first one counts no more
    standing = selectors.acknowledged(account_ids=[account.pk], at=now)[account.pk]
    assert (standing.flags, standing.seen, standing.overdue) == (("many_requests",), True, False)


def test_requests_move_with_their_account_and_are_as_old_as_they_were(acme, northwind, now):
    other = make_account(at=now - 200 * DAY, owner=northwind.alice.membership)
    ask(other, now - 120 * DAY, 5)
    ask(other, now - 10 * DAY, 2)
    ask(acme, now - 10 * DAY, 3)
    services.merge_accounts(id=other.pk, into=acme.pk, actor=northwind.adam, at=now - DAY)
    (flag,) = asked(acme, now)
    assert flag["detail"] == "They asked for 5 things in 90 days."
    services.part_accounts(id=other.pk, actor=northwind.adam, at=now)
    assert asked(acme, now) == []


@pytest.fixture
def twin(northwind, now):
    """Another entry of the same account, scored, with a flag that stands for a day yet."""
    account = make_account(at=now - DAY, owner=northwind.alice.membership)
    services.rescore(account_ids=[account.pk], at=now - HOUR)
    return account, raise_one(account, northwind.alice, now - HOUR, expires_at=now + DAY)


def merge(twin, scored, northwind, now):
    services.merge_accounts(id=twin[0].pk, into=scored.pk, actor=northwind.adam, at=now)
    services.drain_dirty(at=now)


def ids(account):
    return [flag["id"] for flag in Score.objects.get(account=account).flags if "id" in flag]


def test_a_flag_goes_along_with_an_account_that_is_merged_and_comes_back_when_they_are_parted(
    scored, twin, northwind, now
):
    own = raise_one(scored, northwind.lena, now - HOUR)
    flag = twin[1]
    merge(twin, scored, northwind, now)
    assert ids(scored) == [str(flag.pk), str(own.pk)]
    assert [one["id"] for one in up(scored, at=now - HOUR / 2)] == [str(own.pk)]
    services.part_accounts(id=twin[0].pk, actor=northwind.adam, at=now + HOUR)
    services.drain_dirty(at=now + HOUR)
    assert (ids(scored), ids(twin[0])) == ([str(own.pk)], [str(flag.pk)])


def test_a_flag_that_went_along_is_cleared_where_it_stands(scored, twin, northwind, now):
    merge(twin, scored, northwind, now)
    services.clear_flag(flag_id=twin[1].pk, word="Solved.", actor=northwind.lena, at=now + HOUR)
    assert ids(scored) == []
    last = Activity.objects.filter(verb="flag.cleared").get()
    assert (last.account_id, last.actor_id) == (scored.pk, northwind.lena.member_id)


def test_who_may_not_write_the_account_that_remains_clears_no_flag_that_went_along(
    scored, twin, northwind, now
):
    merge(twin, scored, northwind, now)
    Account.objects.filter(pk=scored.pk).update(owner=northwind.lena.membership)
    with pytest.raises(NotYours):
        services.clear_flag(flag_id=twin[1].pk, word="Solved.", actor=northwind.alice, at=now + HOUR)
    assert not ClearedFlag.objects.exists()


def test_at_its_end_a_flag_that_went_along_comes_down_where_it_stands(scored, twin, northwind, now):
    merge(twin, scored, northwind, now)
    assert ids(scored) == [str(twin[1].pk)]
    ending = Outbox.objects.get(kind="rescore_accounts")
    services.rescore_accounts(ref=ending.ref, at=now + DAY)
    assert ids(scored) == []


@pytest.mark.parametrize(
    ("code", "values", "many"),
    [
        ("many_requests", {}, 5),
        ("critical_escalation", {"kind": "escalation", "severity": "critical"}, 1),
    ],
)
def test_what_a_case_raises_goes_with_it_to_another_account(acme, northwind, now, code, values, many):
    other = make_account(at=now - 200 * DAY, owner=northwind.alice.membership)
    cases = ask(acme, now - DAY, many, **values)
    items = [accounts.Item(values={"account": other.pk}, id=id) for id in cases]
    accounts.save_cases(items=items, mode=accounts.Mode.UPDATE, actor=None, at=now)

    def codes(account, at):
        return [flag["code"] for flag in selectors.health(account.pk, at=at)["flags"] if flag["code"] == code]

    assert (codes(acme, now - HOUR), codes(other, now - HOUR)) == ([code], [])
    assert (codes(acme, now), codes(other, now)) == ([], [code])
    moved = Activity.objects.filter(verb="case.updated").latest("pk")
    services.follow_activity(ref={"xact": moved.xact}, at=now)
    assert {mark.account_id for mark in DirtyMark.objects.all()} == {acme.pk, other.pk}
