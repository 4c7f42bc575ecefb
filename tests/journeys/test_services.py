"""The path and where accounts stand on it."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Account, Activity
from accounts.scope import tenant_scope
from accounts.services import NotYours
from health.models import Score
from journeys import selectors, services
from journeys.models import Placement, Stage
from journeys.services import NewPlacement
from tests.conftest import make_key

DAY = dt.timedelta(days=1)


@pytest.fixture
def path(book, now):
    """Onboarding, adoption, renewal."""
    return [
        services.save_stage(values={"name": name}, actor=book.adam, at=now)
        for name in ("Onboarding", "Adoption", "Renewal")
    ]


def names():
    return [(stage.position, stage.name) for stage in selectors.stages()]


def move(book, stage, at, *, days=0, reason="", account=None, actor=None, **fields):
    new = NewPlacement(
        account_id=(account or book.larkspur).pk,
        stage_id=stage.pk,
        reason=reason,
        entered_on=at.date() + days * DAY,
        **fields,
    )
    return services.move_to_stage(placement=new, actor=actor or book.alice, at=at)


def where(at, *accounts):
    found = selectors.current_stages(account_ids=[one.pk for one in accounts], today=at.date(), at=at)
    return [found[one.pk].stage.name if one.pk in found else None for one in accounts]


def test_stages_are_added_at_the_end_of_the_path(path):
    assert names() == [(1, "Onboarding"), (2, "Adoption"), (3, "Renewal")]


def test_a_stage_moves_to_its_new_position_and_the_others_make_room(book, path, now):
    services.save_stage(stage_id=path[2].pk, values={"position": 1}, actor=book.adam, at=now)
    assert names() == [(1, "Renewal"), (2, "Onboarding"), (3, "Adoption")]


def test_a_stage_says_what_the_customer_should_think_feel_and_do(book, path, now):
    texts = {"think": "It works", "feel": "Proud", "do": "Log in daily"}
    services.save_stage(stage_id=path[0].pk, values=texts, actor=book.adam, at=now)
    stage = Stage.objects.get(pk=path[0].pk)
    assert (stage.think, stage.feel, stage.do) == ("It works", "Proud", "Log in daily")
    assert Activity.objects.get(verb="stage.updated").data["before"]["think"] == ""


@pytest.mark.parametrize("values", [{}, {"name": " "}, {"name": "x" * 101}, {"name": "x", "do": "x" * 2001}])
def test_a_wrong_stage_is_refused(book, now, values):
    with pytest.raises(services.JourneyRefused):
        services.save_stage(values=values, actor=book.adam, at=now)
    assert not Stage.objects.exists()


def test_only_an_admin_changes_the_path(book, path, now):
    for change in (
        lambda: services.save_stage(values={"name": "x"}, actor=book.lena, at=now),
        lambda: services.remove_stage(stage_id=path[0].pk, actor=book.lena, at=now),
        lambda: services.restore_stage(stage_id=path[0].pk, actor=book.lena, at=now),
    ):
        with pytest.raises(NotYours):
            change()
    assert len(names()) == 3


def test_a_stage_is_removed_while_nobody_stands_in_it_and_comes_back_last(book, path, now):
    move(book, path[0], now)
    with pytest.raises(services.StageOccupied):
        services.remove_stage(stage_id=path[0].pk, actor=book.adam, at=now)
    move(book, path[1], now)
    services.remove_stage(stage_id=path[0].pk, actor=book.adam, at=now)
    assert names() == [(1, "Adoption"), (2, "Renewal")]
    services.restore_stage(stage_id=path[0].pk, actor=book.adam, at=now)
    assert names() == [(1, "Adoption"), (2, "Renewal"), (3, "Onboarding")]


def test_an_account_moves_with_a_reason_and_left_when_it_entered_the_next(book, path, now):
    move(book, path[0], now, days=-40, reason="signed")
    move(book, path[1], now, days=-10, reason="first value")
    history = selectors.stage_history(account_id=book.larkspur.pk, at=now)
    assert [(row.stage.name, row.reason, row.left_on) for row in history] == [
        ("Adoption", "first value", None),
        ("Onboarding", "signed", now.date() - 10 * DAY),
    ]
    assert where(now, book.larkspur, book.plover) == ["Adoption", None]
    assert where(now - 20 * DAY, book.larkspur) == [None]  # not yet recorded then


def test_a_late_entry_is_put_in_its_place(book, path, now):
    move(book, path[2], now, days=-5)
    move(book, path[0], now, days=-50)
    assert where(now, book.larkspur) == ["Renewal"]
    assert [row.left_on for row in selectors.stage_history(account_id=book.larkspur.pk, at=now)] == [
        None,
        now.date() - 5 * DAY,
    ]


def test_moving_to_where_it_stands_changes_nothing(book, path, now):
    first = move(book, path[0], now, days=-5)
    again = move(book, path[0], now)
    assert (again.created, again.placement.pk) == (False, first.placement.pk)
    assert Placement.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"stage_id": uuid.uuid4()}, services.StageMissing),
        ({"account_id": uuid.uuid4()}, services.AccountMissing),
        ({"entered_on": dt.date(2026, 11, 4)}, services.EnteredInFuture),
        ({"historical": True}, services.NotAllowedToBackdate),
    ],
)
def test_a_wrong_placement_is_refused(book, path, now, change, refusal):
    new = NewPlacement(**{"account_id": book.larkspur.pk, "stage_id": path[0].pk, **change})
    with pytest.raises(refusal):
        services.move_to_stage(placement=new, actor=book.alice, at=now)
    assert not Placement.objects.exists()


def test_a_removed_stage_takes_nobody(book, path, now):
    services.remove_stage(stage_id=path[0].pk, actor=book.adam, at=now)
    with pytest.raises(services.StageMissing):
        move(book, path[0], now)


def test_a_csm_moves_only_accounts_that_are_theirs(book, path, now):
    with pytest.raises(NotYours):
        move(book, path[0], now, account=book.plover)
    with tenant_scope(book.globex.pk), pytest.raises(services.AccountMissing):
        move(book, path[0], now, actor=book.charlie)
    assert not Placement.objects.exists()


def test_history_is_known_since_its_day(book, path, now):
    move(book, path[0], now, days=-40, historical=True, actor=make_key(book.adam, "admin")[0])
    assert where(now - 20 * DAY, book.larkspur) == ["Onboarding"]


def test_the_same_external_id_is_unchanged_with_the_same_body_and_taken_with_another(book, path, now):
    move(book, path[0], now, external_id="p-1")
    assert not move(book, path[0], now, external_id="p-1").created
    with pytest.raises(services.Taken):
        move(book, path[1], now, external_id="p-1")
    assert Placement.objects.count() == 1


def test_accounts_are_filtered_and_counted_by_stage(book, path, now):
    move(book, path[0], now, days=-5)
    move(book, path[1], now)
    move(book, path[0], now, account=book.plover, actor=book.lena)
    here = selectors.in_stage(stage_id=path[0].pk, today=now.date(), at=now)
    assert [account.name for account in Account.objects.filter(here)] == ["Plover"]
    counts = selectors.stages_with_counts(today=now.date(), at=now)
    assert [(stage.name, n) for stage, n in counts] == [("Onboarding", 1), ("Adoption", 1), ("Renewal", 0)]


def stands(book, path, now):
    """Where the two accounts stand by every way to ask: at each, by stage, by none, in order, and how they came there."""
    at = {"today": now.date(), "at": now}
    live = Account.objects.filter(deleted_at=None)
    ordered = live.annotate(place=selectors.stage_position(**at)).exclude(place=None)
    return (
        where(now, book.larkspur, book.plover),
        [
            sorted(one.name for one in live.filter(selectors.in_stage(stage_id=stage.pk, **at)))
            for stage in path
        ],
        sorted(one.name for one in live.filter(selectors.in_no_stage(**at))),
        {one.name: one.place for one in ordered},
        [n for _stage, n in selectors.stages_with_counts(**at)],
        [
            [(row.stage.name, row.left_on) for row in selectors.stage_history(account_id=one.pk, at=now)]
            for one in (book.larkspur, book.plover)
        ],
    )


def test_the_stages_of_a_merged_account_are_the_others_until_they_part(book, path, now):
    move(book, path[0], now, days=-40, external_id="p-1")
    move(book, path[1], now, days=-5)
    move(book, path[2], now, days=-20, account=book.plover, actor=book.lena)
    before = stands(book, path, now)
    accounts.merge_accounts(id=book.larkspur.pk, into=book.plover.pk, actor=book.adam, at=now)
    here, by_stage, nowhere, order, counts, (_mine, theirs) = stands(book, path, now)
    assert (here[1], order["Plover"], counts) == ("Adoption", 2, [0, 1, 0])
    assert ("Plover" in by_stage[1], "Plover" in nowhere) == (True, False)
    assert theirs == [
        ("Adoption", None), ("Renewal", now.date() - 5 * DAY), ("Onboarding", now.date() - 20 * DAY),
    ]  # fmt: skip
    assert not move(book, path[1], now, account=book.plover, actor=book.lena).created  # stands there already
    again = move(book, path[0], now, days=-40, account=book.plover, actor=book.lena, external_id="p-1")
    assert (again.created, Placement.objects.count()) == (
        False,
        3,
    )  # the id of before means the one that remains
    accounts.part_accounts(id=book.larkspur.pk, actor=book.adam, at=now)
    assert stands(book, path, now) == before


def test_on_the_days_before_it_was_merged_an_account_stands_where_it_stood_itself(book, path, now):
    move(book, path[0], now, days=-40)
    accounts.merge_accounts(id=book.larkspur.pk, into=book.plover.pk, actor=book.adam, at=now + DAY)
    for at, placed in ((now, 0), (now + DAY, 1)):
        known = {"today": at.date(), "at": at}
        assert len(selectors.current_stages(account_ids=[book.plover.pk], **known)) == placed
        assert len(selectors.stage_history(account_id=book.plover.pk, at=at)) == placed
        assert (
            Account.objects.filter(selectors.in_stage(stage_id=path[0].pk, **known), deleted_at=None).count()
            == placed
        )
        assert Account.objects.filter(selectors.in_no_stage(**known), name="Plover").count() == 1 - placed


def test_what_is_felt_in_a_stage_is_the_mean_of_accounts_of_which_enough_is_known(book, path, now):
    for account, emotion, side in ((book.larkspur, 80, "high"), (book.plover, 30, "low")):
        move(book, path[0], now, account=account, actor=book.lena)
        sides, sure = {"emotional": side}, {"behavioural_evidence": 1, "emotional_evidence": 1}
        Score.objects.update_or_create(
            account=account,
            defaults={
                "at": now, "score": 50, "evidence": 1, "behavioural": 50, "emotional": emotion, "sides": sides,
                "band": "watch", "band_computed": "watch", "quadrant": "unplaced", "scorecard_version": 1, **sure,
            },
        )  # fmt: skip
    felt = selectors.felt_in_stages(today=now.date(), at=now)
    assert {stage: (one.emotion, one.accounts) for stage, one in felt.items()} == {path[0].pk: (55, 2)}
    Score.objects.filter(account=book.plover).update(sides={"emotional": None})
    felt = selectors.felt_in_stages(today=now.date(), at=now)
    assert (felt[path[0].pk].emotion, felt[path[0].pk].accounts) == (80, 1)


def test_placing_many_costs_the_same_queries_as_placing_one(book, path, now):
    counts = []
    for chosen in ([book.plover], [book.larkspur, book.plover]):
        new = [NewPlacement(account_id=one.pk, stage_id=path[len(chosen)].pk) for one in chosen]
        with CaptureQueriesContext(connection) as queries:
            services.place_accounts(placements=new, actor=book.lena, at=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Placement.objects.count() == 3
