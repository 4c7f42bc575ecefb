"""The report of support contacts: what it says with enough churn, with too little, and with nothing."""

import datetime as dt

from django.db import transaction

from accounts.models import Account, Case
from tests.csplatform.conftest import DAY


def decide(world, scope, *, lost, stayed, asking):
    """So many accounts lost without a word, and so many that stayed; of these ``asking`` asked four times."""
    start, now = world.now - 900 * DAY, world.now
    common = {"created_at": start, "updated_at": start, "started_on": start.date(), "currency": "EUR"}
    with scope(), transaction.atomic():
        for number in range(lost + stayed):
            gone = number < lost
            status = {"status": "churned", "churned_on": (now - 9 * DAY).date()} if gone else {}
            account = Account.objects.create(name=f"A{number}", **common, **status)
            if not gone and number - lost < asking:
                for ago in (20, 30, 40, 50):
                    at = now - dt.timedelta(days=ago)
                    Case.objects.create(
                        account=account, kind="question", opened_at=at, created_at=at, updated_at=at
                    )


def test_the_page_says_that_it_cannot_tell_yet(world, scope):
    decide(world, scope, lost=2, stayed=3, asking=2)
    page = world.visit.lena.get("/risk/support").content.decode()
    assert "Not enough churn yet to tell" in page
    assert "What each kind of contact goes with" not in page


def test_the_page_keeps_the_unexpected_finding_with_its_interval(world, scope):
    decide(world, scope, lost=15, stayed=30, asking=20)
    page = world.visit.vera.get("/risk/support").content.decode()
    assert "Accounts that ask more stay more" in page
    assert "100 % of 20 accounts that asked more than most stayed" in page
    assert "More of them stay" in page
    assert world.visit.charlie.client.get("/t/northwind/risk/support").status_code == 404


def test_the_report_costs_the_same_for_any_number_of_accounts(world, scope):
    decide(world, scope, lost=1, stayed=1, asking=1)
    one = world.visit.lena.statements("/risk/support")
    decide(world, scope, lost=3, stayed=3, asking=3)
    assert (one, world.visit.lena.statements("/risk/support")) == (9, 9)
