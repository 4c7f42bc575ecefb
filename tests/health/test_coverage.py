"""The coverage of the book: what hangs on one person, what is missing, how often people leave, and the course of it."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountTeam
from accounts.scope import tenant_scope
from health import selectors, services
from health.models import Score, ScoreSnapshot
from health.selectors import PortfolioFilter
from tests.conftest import NOW
from tests.health.builders import DAY, leave, make_account, make_larkspur, make_persona, rate, set_fact


@pytest.fixture
def book(northwind, now):
    """Alice's Thin, which hangs on Dana and renews in 30 days; Lena's Broad with two threads; Tail far away."""
    start = now - 400 * DAY
    thin = make_account(
        at=start, name="Thin", arr=Decimal(900), owner=northwind.alice.membership, tier="Gold",
        renewal_on=(now + 30 * DAY).date(),
    )  # fmt: skip
    broad = make_account(
        at=start, name="Broad", arr=Decimal(100), owner=northwind.lena.membership,
        renewal_on=(now + 60 * DAY).date(),
    )  # fmt: skip
    tail = make_account(at=start, name="Tail", renewal_on=(now + 300 * DAY).date())
    dana = make_persona(thin, "champion", at=start, name="Dana")
    rate(dana, at=now - 100 * DAY, by=northwind.alice.member_id, strength="very_good")
    for role in ("champion", "economic_buyer", "technical_owner"):
        rate(
            make_persona(broad, role, at=start),
            at=now - 2 * DAY,
            by=northwind.lena.member_id,
            strength="very_good",
        )
    services.take_snapshots(account_ids=None, at=now)
    services.rescore(account_ids=[thin.pk, broad.pk, tail.pk], at=now)
    northwind.thin, northwind.broad, northwind.tail, northwind.dana = thin, broad, tail, dana
    return northwind


def test_a_book_names_what_hangs_on_one_person_before_its_renewal(book, now):
    found = selectors.book_coverage(at=now)
    assert [row["name"] for row in found["results"]] == ["Thin", "Broad", "Tail"]
    thin = found["results"][0]
    assert (thin["threads"], thin["single_threaded"], thin["renews_soon"]) == (1, True, True)
    assert (thin["top_name"], thin["top_share"], thin["effective_threads"]) == ("Dana", 1, 1)
    assert thin["missing_roles"] == ["economic_buyer", "technical_owner"]
    assert found["hanging"] == {"accounts": 1, "arr": "900.00"}
    assert found["single_threaded"] == {"accounts": 2, "arr": "900.00"}  # nobody is known at Tail
    assert next(row["owner"] for row in found["owners"]) == str(book.alice.member_id)
    assert found["missing_roles"] == [
        {"role": "economic_buyer", "accounts": 2, "arr": "900.00"},
        {"role": "champion", "accounts": 1, "arr": "0.00"},
        {"role": "technical_owner", "accounts": 2, "arr": "900.00"},
    ]


def test_the_stored_coverage_is_what_is_computed_anew(book, now):
    stored = selectors.book_coverage(at=now)
    known = selectors.book_coverage(at=now, stored=False)
    assert stored == known


def test_a_book_as_known_before_does_not_know_what_came_later(book, now):
    before = selectors.book_coverage(at=now - 10 * DAY, stored=False)
    broad = next(row for row in before["results"] if row["name"] == "Broad")
    assert (broad["threads"], broad["single_threaded"]) == (0, True)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [({"tier": "Gold"}, ["Thin"]), ({"owner": "lena"}, ["Broad"]), ({"team": "lena"}, ["Tail"])],
)
def test_a_filter_narrows_the_book_and_its_course(book, now, wanted, names):
    AccountTeam.objects.create(account=book.tail, membership=book.lena.membership)
    wanted = {
        key: getattr(book, value).member_id if value == "lena" else value for key, value in wanted.items()
    }
    chosen = PortfolioFilter(**wanted)
    assert [row["name"] for row in selectors.book_coverage(chosen, at=now)["results"]] == names
    weeks = selectors.coverage_weeks(account_ids=selectors.chosen_ids(chosen), at=now)
    assert {week["accounts"] for week in weeks} == {1}


def test_people_leave_at_the_rate_of_the_whole_tenant(book, now):
    still = selectors.departures(now)
    assert (still.departures, still.yearly) == (0, pytest.approx(2 / (10 + still.person_years)))
    assert still.person_years == pytest.approx(4 * 400 / 365.25, abs=0.01)
    leave(book.dana, at=now - 100 * DAY)
    gone = selectors.departures(now)
    assert gone.departures == 1
    assert gone.person_years == pytest.approx((3 * 400 + 300) / 365.25, abs=0.01)
    assert selectors.departures(now - 200 * DAY).departures == 0
    assert gone.no_thread([2], [12]) == [pytest.approx(gone.yearly**2)]
    assert gone.no_thread([1, 0], [float("nan"), 6]) == [None, 1]


def test_nobody_is_counted_after_their_account_churned(book, now):
    before = selectors.departures(now).person_years
    set_fact(book.thin, "status", "churned", at=now - 50 * DAY)
    assert selectors.departures(now).person_years == pytest.approx(before - 50 / 365.25)
    set_fact(book.thin, "churned_on", (now - 90 * DAY).date().isoformat(), at=now - 50 * DAY)
    lost = selectors.departures(now)
    assert lost.person_years == pytest.approx(before - 90 / 365.25, abs=0.002)
    assert selectors.departures(now - 60 * DAY).person_years == pytest.approx(before - 4 * 60 / 365.25)
    leave(book.dana, at=now - 20 * DAY)  # whom we had lost already
    assert selectors.departures(now) == lost
    set_fact(book.thin, "status", "active", at=now - 10 * DAY)
    assert selectors.departures(now).departures == 1


def test_the_chance_at_renewal_is_that_of_the_months_until_it(book, now):
    found = selectors.coverage(book.thin.pk)
    rate_, months = found["departure_rate"]["yearly"], 30 / (365.25 / 12)
    assert found["p_no_thread_at_renewal"] == pytest.approx(1 - (1 - rate_) ** (months / 12))
    assert (
        selectors.coverage(book.thin.pk, at=now)["p_no_thread_at_renewal"] == found["p_no_thread_at_renewal"]
    )
    set_fact(book.thin, "renewal_on", (now - DAY).date().isoformat(), at=now)
    assert selectors.coverage(book.thin.pk, at=now)["p_no_thread_at_renewal"] is None


def test_the_course_is_what_every_seventh_night_knew(book, now):
    weeks = selectors.coverage_weeks(account_ids=None, at=now)
    assert len(weeks) == 14
    assert {later["at"] - before["at"] for before, later in itertools.pairwise(weeks)} == {7 * DAY}
    assert [week["single_threaded"] for week in weeks] == [3] * 13 + [2]  # Broad was rated two days ago
    longer = selectors.coverage_weeks(account_ids=None, start=now - 200 * DAY, at=now)
    assert len(longer) == 29
    assert longer[-1] == weeks[-1]
    assert longer[0]["mean"] == 0
    assert weeks[-1]["by_arr"] == pytest.approx(
        0.9 * Score.objects.get(account=book.thin).cover + 10, abs=0.5
    )


def test_an_account_has_a_coverage_for_every_night(book, now):
    nights = selectors.account_coverage_history(book.thin.pk, now - 5 * DAY, now)
    assert [night["threads"] for night in nights] == [1] * 5
    ScoreSnapshot.objects.filter(account_id=book.broad.pk).update(single_threaded=None, threads=2)
    old = selectors.account_coverage_history(book.broad.pk, now - 2 * DAY, now)
    assert {night["single_threaded"] for night in old} == {False}


def test_if_a_person_leaves_is_told_of_everyone(northwind, now):
    made = make_larkspur(now, northwind.alice.membership)
    document = selectors.coverage(made.account.pk, at=now)
    leaves = {row["persona"]: row["if_leaves"] for row in document["people"]}
    assert leaves[str(made.dana.pk)] == pytest.approx(23.412298, abs=1e-6)
    assert document["if_top_leaves"] == leaves[str(made.dana.pk)]
    assert (document["vacant_roles"], document["unknown_roles"]) == ([], [])


def test_a_tier_of_the_scorecard_changes_what_is_missing(book, now):
    body = selectors.current_scorecard().body | {"required_roles_by_tier": {"gold": ["champion"]}}
    services.publish_scorecard(body=body, note="", actor=book.adam, at=now)
    services.rescore(account_ids=[book.thin.pk, book.broad.pk], at=now + dt.timedelta(minutes=1))
    found = {row["name"]: row for row in selectors.book_coverage(at=now + DAY / 2)["results"]}
    assert found["Thin"]["missing_roles"] == []
    assert selectors.coverage(book.thin.pk)["role_coverage"] == 100
    before = selectors.coverage(book.thin.pk, at=now - dt.timedelta(minutes=1))
    assert before["role_coverage"] == pytest.approx(100 / 3)


def test_the_roles_that_a_tier_asks_for_are_told_with_the_day_since_when(book, now):
    roles = {"required_roles_by_tier": {"gold": ["champion"]}}
    other = {"note": "", "actor": book.adam}
    body = selectors.current_scorecard().body
    services.publish_scorecard(body=body | roles, at=now - 3 * DAY, **other)
    services.publish_scorecard(
        body=body | roles | {"bands": {**body["bands"], "margin": 4}}, at=now - DAY, **other
    )
    versions = selectors.scorecard_versions()
    gold = selectors.role_template(versions, "gold")
    assert (gold.roles, gold.since) == (["champion"], now - 3 * DAY)
    assert selectors.role_template(versions, "tail").since is None
    assert selectors.role_template(versions, "gold", at=now - 4 * DAY).roles == body["required_roles"]
    services.rescore(account_ids=[book.thin.pk], at=now)
    told = selectors.coverage(book.thin.pk)
    assert told["required_roles"] == ["champion"]
    assert told["required_since"] == selectors.coverage(book.thin.pk, at=now)["required_since"]
    assert selectors.coverage(book.thin.pk, at=now - 4 * DAY)["required_since"] is None


def test_a_book_costs_the_same_whatever_its_size(book, now):
    def statements(**how):
        with CaptureQueriesContext(connection) as found:
            selectors.book_coverage(at=now, **how)
        return len(found)

    one = statements(), statements(stored=False)
    for name in ("Two", "Three"):
        more = make_account(at=now - 400 * DAY, name=name)
        rate(
            make_persona(more, "champion", at=now - 9 * DAY),
            at=now - DAY,
            by=book.alice.member_id,
            strength="okay",
        )
        services.rescore(account_ids=[more.pk], at=now)
    assert (statements(), statements(stored=False)) == one


@pytest.fixture
def made(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = make_account(at=NOW - 30 * DAY, name="Acme", arr=Decimal(5), owner=cast.alice.membership)
        make_persona(account, "champion", at=NOW - 30 * DAY)
        services.take_snapshots(account_ids=None, at=NOW)
        services.rescore(account_ids=[account.pk], at=NOW)
    return account


def test_the_coverage_of_the_book_over_rest(rest, made):
    found = rest.read.get("/coverage?owner=alice@northwind.test&soon_days=30").json()
    assert (found["accounts"], found["soon_days"], found["single_threaded"]["accounts"]) == (1, 30, 1)
    assert rest.read.get("/coverage?owner=lena@northwind.test").json()["accounts"] == 0
    assert rest.read.get("/coverage?at=2026-10-20T00:00:00Z").json()["results"][0]["name"] == "Acme"
    weeks = rest.read.get("/coverage/history?to=2026-11-02T00:00:00Z").json()
    assert (len(weeks), weeks[0]["accounts"]) == (5, 1)
    nights = rest.read.get(f"/accounts/{made.pk}/coverage/history?to=2026-11-02T12:00:00Z").json()
    assert len(nights) == 30
    one = rest.read.get(f"/accounts/{made.pk}/coverage").json()
    assert (one["renewal_on"], one["p_no_thread_at_renewal"]) == (None, None)
    assert one["unknown_roles"] == ["economic_buyer", "technical_owner"]
    assert rest.globex.get("/coverage").json()["accounts"] == 0
    assert rest.globex.get(f"/accounts/{made.pk}/coverage/history").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/coverage?soon_days=0",
        "/coverage?soon_days=x",
        "/coverage?who=me",
        "/coverage?at=soon",
        "/coverage?owner=nobody@northwind.test",
        "/coverage/history?from=2010-01-01",
        "/coverage/history?to=2999-01-01",
    ],
)
def test_nonsense_in_the_address_is_named(rest, made, path):
    answer = rest.read.get(path)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("?")
