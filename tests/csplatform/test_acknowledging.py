"""A manager's word on an account at risk: who may say it, where it stands, when it is overdue, and what REST says."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.models import Acknowledgement, Activity
from health import selectors as health
from health.models import Score, Signal
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_account


@pytest.fixture
def risky(world, scope):
    """Larkspur has been at risk for ten days, Plover for one; nobody has said a word."""
    with scope(), transaction.atomic():
        Score.objects.update(band="at_risk")
        for account, ago in ((world.larkspur, 10), (world.plover, 1)):
            Signal.objects.create(account=account, at=world.now - ago * DAY, kind="band", code="at_risk")
    return world


def word(risky, scope, account, ago, *, again=None, plan="Call their CFO"):
    with scope(), transaction.atomic():
        return Acknowledgement.objects.create(
            account=account, plan=plan, look_again_on=again, author=risky.lena.membership,
            recorded_at=risky.now - ago * DAY,
        )  # fmt: skip


def shown(risky, which="all"):
    page = risky.visit.vera.get(f"/risk/accounts?which={which}").context["page"]
    return [(one.row.name, one.manager.seen, one.manager.overdue) for one in page.rows]


def test_after_three_days_without_a_word_an_account_at_risk_is_overdue(risky, scope):
    assert shown(risky) == [("Larkspur", False, True), ("Plover", False, False)]
    assert shown(risky, "overdue") == [("Larkspur", False, True)]
    word(risky, scope, risky.larkspur, 5)
    assert shown(risky) == [("Plover", False, False), ("Larkspur", True, False)]
    assert shown(risky, "unseen") == [("Plover", False, False)]


def test_a_word_from_before_it_was_at_risk_again_does_not_count(risky, scope):
    word(risky, scope, risky.larkspur, 11)
    assert shown(risky)[0] == ("Larkspur", False, True)


def test_who_did_not_look_again_on_the_day_they_named_is_overdue(risky, scope):
    word(risky, scope, risky.larkspur, 5, again=risky.now.date() - 2 * DAY)
    assert shown(risky)[0] == ("Larkspur", True, True)
    word(risky, scope, risky.larkspur, 0, again=risky.now.date() + 5 * DAY)
    assert shown(risky)[0][0] == "Plover"


def test_a_leader_says_it_on_the_page_and_it_stands_in_the_row_on_the_account_and_in_the_log(risky, scope):
    lena, path = risky.visit.lena, f"/accounts/{risky.larkspur.pk}/acknowledge"
    assert b"I have seen it" in lena.get("/risk/accounts").content
    again = (risky.now + 5 * DAY).date()
    answer = lena.post(path, plan="  Call their CFO on Monday ", look_again_on=again.isoformat())
    assert (answer.status_code, answer["Location"]) == (302, f"/t/northwind/accounts/{risky.larkspur.pk}")
    for page in ("/risk/accounts", f"/accounts/{risky.larkspur.pk}", "/risk", "/?whose=all"):
        assert b"Lena: Call their CFO on Monday" in risky.visit.alice.get(page).content, page
    with scope(), transaction.atomic():
        (line,) = Activity.objects.filter(verb="acknowledgement.made")
        assert (line.account_id, line.actor_id) == (risky.larkspur.pk, risky.lena.member_id)
        assert "CFO" not in str(line.data)


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_who_leads_nobody_says_nothing(risky, scope, who):
    visitor = getattr(risky.visit, who)
    assert b"I have seen it" not in visitor.get("/risk/accounts").content
    assert b"I have seen it" not in visitor.get(f"/accounts/{risky.larkspur.pk}").content
    assert visitor.post(f"/accounts/{risky.larkspur.pk}/acknowledge", plan="Mine").status_code == 403
    with scope(), transaction.atomic():
        assert not Acknowledgement.objects.exists()


def test_a_word_without_a_plan_or_for_a_day_that_was_writes_nothing_and_says_why(risky, scope):
    path = f"/accounts/{risky.larkspur.pk}/acknowledge"
    for fields in ({"plan": " "}, {"plan": "x", "look_again_on": "2020-01-01"}, {"plan": "x" * 2001}):
        assert risky.visit.lena.post(path, **fields).status_code == 302
        assert b"note-bad" in risky.visit.lena.get("/risk/accounts").content
    assert risky.visit.lena.post(f"/accounts/{risky.zebra.pk}/acknowledge", plan="x").status_code == 404
    with scope(), transaction.atomic():
        assert not Acknowledgement.objects.exists()


def test_the_portfolio_counts_and_lists_them(risky, scope):
    with scope(), transaction.atomic():
        found = health.portfolio(at=risky.now)["unacknowledged"]
    assert (found["accounts"], found["overdue"]) == (2, 1)
    (row,) = found["results"]
    assert (row["name"], row["acknowledged"]) == ("Larkspur", False)
    assert dt.date.fromisoformat(row["due_on"]) - dt.date.fromisoformat(row["at_risk_since"]) == 3 * DAY


def test_over_rest_a_writing_key_acknowledges_and_reads_every_word(risky):
    key, path = Rest(make_key(risky.lena, "write")[1]), f"/accounts/{risky.larkspur.pk}/acknowledgements"
    made = key.post(path, {"plan": "Call", "look_again_on": None})
    assert made.status_code == 201, made.content
    assert made.json()["author"] == "lena@northwind.test"
    assert [one["plan"] for one in key.get(path).json()["results"]] == ["Call"]
    assert key.post(path, {"plan": ""}).status_code == 400
    late = key.post(path, {"plan": "x", "look_again_on": "2020-01-01"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (400, "/look_again_on")
    assert Rest(make_key(risky.vera, "read")[1]).post(path, {"plan": "x"}).status_code == 403
    assert key.post(f"/accounts/{risky.zebra.pk}/acknowledgements", {"plan": "x"}).status_code == 404


def test_the_page_costs_the_same_for_any_number_of_accounts(risky, scope):
    two = risky.visit.lena.statements("/risk/accounts")
    with scope(), transaction.atomic():
        for name in ("A", "B", "C"):
            account = save_account(name, at=risky.now - 30 * DAY)
            Score.objects.create(
                account=account, at=risky.now, score=20, evidence=1, behavioural=20, behavioural_evidence=1,
                emotional=20, emotional_evidence=1, band="at_risk", band_computed="at_risk",
                quadrant="disengaged", scorecard_version=1,
            )  # fmt: skip
    assert (two, risky.visit.lena.statements("/risk/accounts")) == (15, 15)


def flag(risky, scope, account, code, *, ago, band="watch"):
    """The account's stored score has this flag, which went up so many days ago."""
    with scope(), transaction.atomic():
        raised = [{"code": code, "cap": "watch", "since": None, "detail": ""}]
        Score.objects.filter(account=account).update(band=band, flags=raised)
        Signal.objects.create(account=account, at=risky.now - ago * DAY, kind="flag", code=code)


def test_a_flag_that_is_raised_to_management_waits_for_a_word_whatever_the_band(risky, scope):
    flag(risky, scope, risky.plover, "critical_escalation", ago=4)
    flag(risky, scope, risky.larkspur, "unrated", ago=4)
    page = risky.visit.lena.get("/risk/accounts")
    assert [one.row.name for one in page.context["page"].rows] == ["Plover"]
    assert b"Critical escalation open" in page.content
    assert shown(risky) == [("Plover", False, True)]
    assert (
        b"A red flag: has a manager seen it?" in risky.visit.vera.get(f"/accounts/{risky.plover.pk}").content
    )
    word(risky, scope, risky.plover, 0)
    assert shown(risky) == [("Plover", True, False)]


def test_a_flag_that_goes_up_after_the_word_asks_for_another(risky, scope):
    word(risky, scope, risky.larkspur, 5)
    flag(risky, scope, risky.larkspur, "champion_left", ago=2, band="at_risk")
    assert ("Larkspur", False, False) in shown(risky)
    word(risky, scope, risky.larkspur, 0)
    assert ("Larkspur", True, False) in shown(risky)


def test_an_older_cause_that_nobody_has_seen_is_due_before_a_newer_one(risky, scope):
    flag(risky, scope, risky.larkspur, "champion_left", ago=1, band="at_risk")
    assert shown(risky)[0] == ("Larkspur", False, True)
