"""The reads of the second floor: changes in words, and the portfolio in people and in money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountTeam, Outcome, Step, TenantFact
from health import selectors, services
from health.selectors import PortfolioFilter
from health.selectors.matrix import PeopleCount, people_matrix
from tests.health.builders import (
    DAY,
    leave,
    make_account,
    make_persona,
    measure,
    rate,
    set_fact,
)


@pytest.fixture
def book(northwind, now):
    """Three accounts: one well and single-threaded, one at risk, one nobody knows, in a currency without a rate."""
    start = now - 400 * DAY
    well = make_account(
        at=start, name="Well", arr=Decimal(100_000), owner=northwind.alice.membership, segment="Large"
    )
    champion = make_persona(well, "champion", at=start)
    make_persona(well, "power_user", at=start)
    risky = make_account(at=start, name="Risky", arr=Decimal(50_000), owner=northwind.lena.membership)
    buyer = make_persona(risky, "economic_buyer", at=start)
    strange = make_account(at=start, name="Strange", arr=Decimal(9), currency="SEK", status="trial")
    make_account(at=start, name="Gone", arr=Decimal(7), status="churned")
    make_account(at=start, name="Ours", arr=Decimal(7), status="internal")
    for account, level in ((well, 1.0), (risky, 0.0)):
        for key, top in (("frequency", 0.6), ("effectiveness", 1), ("breadth", 0.7), ("trend", 0.15)):
            measure(account, key, top * level - (0.3 if key == "trend" and not level else 0), at=now - DAY)
    rate(champion, at=now - 2 * DAY, by=northwind.alice.member_id, strength="very_good", mood="positive")
    rate(buyer, at=now - 2 * DAY, by=northwind.lena.member_id, strength="none", mood="negative")
    services.rescore(account_ids=[well.pk, risky.pk, strange.pk], at=now)
    return northwind


def test_a_change_sums_exactly_down_to_the_person(larkspur, now):
    measure(larkspur.account, "frequency", 0.30, at=now + dt.timedelta(hours=1))
    rate(larkspur.dana, at=now + dt.timedelta(hours=2), by=larkspur.account.owner_id, strength="weak")
    change = selectors.score_change(larkspur.account.pk, now, now + DAY)
    parts = {cause["measure"]: cause["value_part"] + cause["evidence_part"] for cause in change["causes"]}
    assert sum(parts.values()) == pytest.approx(change["delta"], abs=1e-9)
    relationship = next(cause for cause in change["causes"] if cause["measure"] == "relationship")
    people = sum(row["contribution"] for row in relationship["personas"])
    assert people == pytest.approx(parts["relationship"], abs=1e-9)


def test_causes_in_words_name_people_and_sum_to_the_change(larkspur, now):
    rate(larkspur.dana, at=now + dt.timedelta(hours=2), by=larkspur.account.owner_id, strength="weak")
    change = selectors.score_change(larkspur.account.pk, now, now + DAY)
    names = selectors.persona_names([str(larkspur.dana.pk), str(larkspur.eli.pk)])
    words = selectors.cause_words(change["causes"], names, most=None)
    assert words[0]["text"] == "Dana, relationship"
    assert words[0]["points"] < -1
    assert sum(row["points"] for row in words) == pytest.approx(change["delta"], abs=1e-9)


def test_the_reason_is_the_flag_that_caps_before_what_moved(larkspur, now):
    leave(larkspur.dana, at=now)
    services.rescore(account_ids=[larkspur.account.pk], at=now)
    short = selectors.short_scores(account_ids=[larkspur.account.pk])[larkspur.account.pk]
    assert short["reason"] == "The champion left and nobody has taken the place."


def test_the_portfolio_counts_live_accounts_in_people_and_money(book, now):
    found = selectors.portfolio(at=now)
    assert found["totals"]["accounts"] == 3
    assert (found["totals"]["arr"], found["at_risk_arr"]) == ("150000.00", "50000.00")
    assert found["arr_by_band"] == {
        "at_risk": {"accounts": 1, "arr": "50000.00"},
        "watch": {"accounts": 0, "arr": "0.00"},
        "healthy": {"accounts": 1, "arr": "100000.00"},
        "unknown": {"accounts": 1, "arr": "0.00"},
    }
    assert found["without_rate"][0]["name"] == "Strange"


def test_the_portfolio_now_is_the_portfolio_as_known_now(book, now):
    stored, known = selectors.portfolio(at=now), selectors.portfolio(at=now, stored=False)
    assert stored == known


def test_the_cells_of_the_matrix_sum_to_the_book_to_the_cent():
    """A hundred shared by three is 33.33 three times."""
    moods = ("negative", "neutral", "positive")
    people = [PeopleCount(None, "okay", mood, 1, 0, 100 / 3) for mood in moods]
    found = people_matrix(people)
    assert sum(Decimal(cell["arr"]) for cell in found["cells"]) == 100


def test_the_matrix_shares_money_by_influence_and_sums_to_the_book(book, now):
    matrix = selectors.portfolio(at=now)["matrix"]
    cells = {(cell["strength"], cell["sentiment"]): cell for cell in matrix["cells"]}
    assert len(cells) == 12
    best = cells["very_good", "positive"]
    assert (best["people"], Decimal(best["arr"])) == (
        1,
        pytest.approx(Decimal("66666.67"), abs=Decimal("0.01")),
    )
    assert cells["none", "negative"]["people"] == 1
    assert matrix["unrated"]["people"] == 1
    money = sum(Decimal(cell["arr"]) for cell in [*cells.values(), matrix["unrated"]])
    assert money == pytest.approx(Decimal(150_000), abs=Decimal("0.05"))


def test_a_dated_rate_brings_an_account_into_the_sums(book, now):
    TenantFact.objects.create(key="rate:SEK", value="0.5", effective_at=now, recorded_at=now)
    found = selectors.portfolio(at=now)
    assert found["totals"]["arr"] == "150004.50"
    assert sum(Decimal(cell["arr"]) for cell in found["matrix"]["cells"]) == Decimal("116666.67")
    assert found["matrix"]["unrated"] == {"people": 1, "arr": "33337.83"}  # nobody counts at Strange
    assert selectors.portfolio(at=now - dt.timedelta(seconds=1), stored=False)["totals"]["arr"] == "150000.00"


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"segment": "Large"}, {"Well"}),
        ({"tier": "Gold"}, set()),
        ({"renews_before": dt.date(2026, 12, 1)}, set()),
        ({"owner": "lena"}, {"Risky"}),
        ({"team": "vera"}, {"Strange"}),
    ],
)
def test_the_portfolio_filters_alike_now_and_as_known(book, now, chosen, names):
    strange = Account.objects.get(name="Strange")
    AccountTeam.objects.create(account=strange, membership=book.vera.membership)
    set_fact(strange, "team", [str(book.vera.member_id)], at=now)
    wanted = {
        key: getattr(book, value).member_id if key in ("owner", "team") else value
        for key, value in chosen.items()
    }
    for stored in (True, False):
        found = selectors.portfolio(PortfolioFilter(**wanted), at=now, stored=stored)
        assert {row["name"] for row in found["accounts"]} == names


def test_a_single_thread_and_a_stale_rating_are_named(book, now):
    found = selectors.portfolio(at=now)
    assert next(row["name"] for row in found["single_threaded"]["results"]) == "Well"
    assert found["single_threaded"]["accounts"] == 3
    assert (found["stale_ratings"]["people"], found["stale_ratings"]["of"]) == (1, 3)


def test_an_account_at_risk_without_an_open_step_is_listed(book, now):
    assert [row["name"] for row in selectors.portfolio(at=now)["without_step"]["results"]] == ["Risky"]
    risky = selectors.portfolio(at=now)["without_step"]["results"][0]["account"]
    step = Step.objects.create(account_id=risky, title="Call", created_at=now, updated_at=now)
    assert selectors.portfolio(at=now)["without_step"]["accounts"] == 0
    step.done_at = now
    step.save()
    assert selectors.portfolio(at=now)["without_step"]["accounts"] == 1


def test_movers_carry_their_causes(book, now):
    movers = selectors.portfolio(at=now)["movers"]
    assert [row["name"] for row in movers] == ["Risky", "Well"]
    assert all(row["causes"] for row in movers)
    assert movers[0]["change_7d"] < 0


def test_a_loss_that_nothing_warned_of_is_a_surprise(book, northwind, now):
    start = now - 150 * DAY
    calm = make_account(at=start, name="Calm", arr=Decimal(1000))
    champion = make_persona(calm, "champion", at=start)
    rate(champion, at=start, by=None, strength="very_good", mood="positive")
    known = make_account(at=start, name="Foreseen", arr=Decimal(2000))
    services.take_snapshots(account_ids=[calm.pk, known.pk], at=now)
    for account, arr in ((calm, 1000), (known, 2000)):
        Outcome.objects.create(
            account=account, kind="churned", happened_on=now.date(), arr_before=arr, arr_after=0, currency="EUR",
            recorded_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
    found = selectors.portfolio(at=now)["surprises"]
    assert found["losses"] == 2
    assert [row["name"] for row in found["results"]] == ["Calm"]
    assert found["results"][0]["arr"] == "1000.00"
    assert found["rates"][2] == {"days": 90, "losses": 2, "surprises": 1}


def test_retention_compares_the_money_of_a_year_ago_with_now(book, now):
    well, risky = Account.objects.get(name="Well"), Account.objects.get(name="Risky")
    set_fact(well, "arr", "130000.00", at=now - DAY)
    set_fact(risky, "status", "churned", at=now - DAY)
    found = selectors.portfolio(at=now)["retention"]
    assert (found["accounts"], found["logo"]) == (3, pytest.approx(2 / 3))
    assert found["gross"] == pytest.approx(100_000 / 150_000)
    assert found["net"] == pytest.approx(130_000 / 150_000)


def test_the_portfolio_takes_the_same_number_of_queries_for_one_and_for_three(northwind, now):
    counts = []
    for n in range(3):
        account = make_account(at=now - 30 * DAY, name=f"A{n}", arr=Decimal(10))
        rate(make_persona(account, "champion", at=now), at=now, by=None, strength="okay", mood="neutral")
        services.rescore(account_ids=[account.pk], at=now)
        with CaptureQueriesContext(connection) as queries:
            selectors.portfolio(at=now)
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 15


def test_the_portfolio_of_nobody_is_empty_and_true(northwind, now):
    found = selectors.portfolio(at=now)
    assert found["totals"] == {"accounts": 0, "arr": "0.00", "people": 0, "mean_score": None}
    assert found["retention"] == {"accounts": 0, "arr": "0.00", "gross": None, "net": None, "logo": None}
