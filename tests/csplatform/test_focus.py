"""Focus: ranked by what a look may save, each factor and its reason shown; chances from own outcomes once there are 40."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Outcome
from csplatform.selectors.book import BookFilter
from csplatform.selectors.focus import focus_list
from health import selectors as health
from health import services as scoring
from health.models import Score, ScoreSnapshot
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_account, save_step

STATEMENTS = 18


def listed(world, **wanted):
    return focus_list(actor=world.lena, wanted=BookFilter(**wanted), at=world.now)


@pytest.fixture
def northwind_open(world, scope):
    with scope(), transaction.atomic():
        yield world


def test_points_are_worth_times_chance_times_hurry_times_what_can_be_done(northwind_open):
    rows = {row["name"]: row for row in listed(northwind_open).rows}
    larkspur = rows["Larkspur"]
    chance = {"at_risk": 0.35, "unknown": 0.15, "watch": 0.12, "healthy": 0.04}[larkspur["band"]]
    assert larkspur["factors"] == (chance, 2, 1, pytest.approx(100_000 * chance * 2))
    assert list(rows) == ["Larkspur", "Plover"]


def test_an_account_whose_only_step_is_for_later_counts_half(northwind_open):
    later = (northwind_open.now + 30 * DAY).date()
    save_step(northwind_open.larkspur, at=northwind_open.now, due_on=later)
    assert listed(northwind_open).rows[0]["factors"].ability == 0.5


def test_a_step_snoozed_beyond_this_week_is_not_for_this_week(northwind_open):
    world, today = northwind_open, northwind_open.now.date()
    snoozed = {"due_on": today + 2 * DAY, "snooze_reason": "Budget"}
    save_step(world.larkspur, "Asleep", at=world.now, snoozed_until=today + 30 * DAY, **snoozed)
    (row,) = (row for row in listed(world).rows if row["id"] == world.larkspur.pk)
    assert (row["factors"].ability, row["acting"].step.title) == (0.5, "Asleep")
    save_step(world.larkspur, "Awake in time", at=world.now, snoozed_until=today + 5 * DAY, **snoozed)
    (row,) = (row for row in listed(world).rows if row["id"] == world.larkspur.pk)
    assert (row["factors"].ability, row["acting"].step.title) == (1, "Awake in time")


def test_a_step_of_theirs_is_told_as_waiting_and_as_theirs(world, scope):
    with scope(), transaction.atomic():
        save_step(
            world.larkspur, "Sign the order", at=world.now, side="theirs", owner_email="lena@northwind.test",
            due_on=(world.now + 5 * DAY).date(),
        )  # fmt: skip
    page = world.visit.lena.get("/focus").content.decode()
    assert "0.5: it waits for them" in page
    assert "later than this week" not in page
    _acting, token = make_key(world.adam, "read")
    (row,) = Rest(token).get("/focus?limit=1").json()["results"]
    assert (row["ability"], row["next_step"]["side"], row["next_step"]["owner"]) == (0.5, "theirs", "Lena")


def test_a_line_shows_one_next_step(world, scope):
    with scope(), transaction.atomic():
        Score.objects.update(band="at_risk", capped=True)
        save_step(world.larkspur, "Call the economic buyer", at=world.now)
    content = world.visit.lena.get("/focus").content.decode()
    (plover,) = (row for row in content.split("<tr>") if ">Plover</a>" in row)
    assert plover.count("acting-form") == 1
    assert 'class="next"' not in plover
    (larkspur,) = (row for row in content.split("<tr>") if ">Larkspur</a>" in row)
    assert larkspur.count("Call the economic buyer</span>") == 1


def test_money_without_an_exchange_rate_is_counted_and_not_ranked(northwind_open):
    save_account("Yen", at=northwind_open.now, arr=Decimal("1000000"), currency="JPY")
    found = listed(northwind_open)
    assert (found.accounts, found.without_rate) == (3, 1)
    assert "Yen" not in [row["name"] for row in found.rows]


def test_forty_own_outcomes_take_the_place_of_the_scorecards_chances(northwind_open):
    world, today = northwind_open, northwind_open.now.date()
    midnight = world.now.replace(hour=0, minute=0, second=0, microsecond=0)
    scoring.take_snapshots(account_ids=[world.plover.pk], at=midnight)
    one = ScoreSnapshot.objects.filter(account_id=world.plover.pk).latest("at")
    day = today - dt.timedelta(days=1)
    ScoreSnapshot.objects.filter(pk=one.pk, at=one.at).update(band="watch")
    outcomes = [
        Outcome(
            account=world.plover, kind="churned" if n < 10 else "renewed", happened_on=one.at.date() + 90 * DAY,
            currency="EUR", created_at=world.now, updated_at=world.now, recorded_at=world.now,
        ) for n in range(40)
    ]  # fmt: skip
    Outcome.objects.bulk_create(outcomes)
    before = health.loss_chances(today=day, at=world.now)
    assert (before.own, before.rates["watch"]) == (False, 0.12)
    after = health.loss_chances(today=one.at.date() + 90 * DAY, at=world.now)
    assert (after.own, after.rates["watch"], after.rates["at_risk"]) == (True, 0.25, 0.35)
    assert (after.lost["watch"], after.decided["watch"]) == (10, 40)


def test_the_page_shows_every_factor_and_where_the_chances_come_from(world):
    page = world.visit.lena.get("/focus").content.decode()
    assert "Larkspur" in page
    assert "chance of loss" in page
    assert "2: renews in 4" in page
    assert "until 40 of your own outcomes" in page
    assert world.visit.lena.get("/focus?whose=nobody").status_code == 400
    assert "Plover" not in world.visit.alice.get("/focus").content.decode()


def test_an_empty_book_says_what_belongs_here(world):
    assert "No live account" in world.visit.vera.get("/focus?whose=mine").content.decode()


def test_the_list_costs_the_same_for_two_accounts_and_for_five(world, scope):
    assert world.visit.lena.statements("/focus") == STATEMENTS
    with scope(), transaction.atomic():
        for name in ("Avocet", "Bittern", "Curlew"):
            save_account(name, at=world.now, arr=Decimal("10"))
    assert world.visit.lena.statements("/focus") == STATEMENTS


def test_rest_gives_the_factors_and_refuses_nonsense(world):
    _acting, token = make_key(world.adam, "read")
    rest = Rest(token)
    answer = rest.get("/focus?limit=1")
    (row,) = answer.json()["results"]
    assert row["account"] == str(world.larkspur.pk)
    factors = float(row["worth"]) * row["loss_rate"] * row["renewal_factor"] * row["ability"]
    assert row["points"] == pytest.approx(factors)
    assert answer.json()["own_outcomes"] is False
    assert [one["name"] for one in rest.get("/focus?owner=lena@northwind.test").json()["results"]] == [
        "Plover"
    ]
    for wrong in ("limit=0", "limit=x", "limit=1001", "owner=nobody@northwind.test", "page=2"):
        assert rest.get(f"/focus?{wrong}").status_code == 400
    with CaptureQueriesContext(connection) as found:
        rest.get("/focus")
    assert "Zebra" not in str(found.captured_queries)
