"""Steps that tell of a hidden rating are shown to no second rater before they have submitted."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Step
from accounts.scope import reader_scope, tenant_scope
from health.models import Score
from relationships import services
from tests.isolation.veiled import work_off
from tests.relationships.conftest import make_account
from tests.relationships.test_blind import DAY, admins_key, pages, plain, seen, submit
from tests.relationships.test_rounds import rate, whole
from tests.relationships.test_views import browser

__all__ = ["seen"]

TITLES = {"flag:buyer_negative": "Bring seventeen oranges", "person:diverged": "Water the ninth fern"}


def add_steps(seen):
    """A step for each cause that tells what Alice said of Dana, at an account at risk."""
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        for cause, title in TITLES.items():
            item = accounts.Item(
                values={
                    "account": seen.larkspur.pk, "persona_id": seen.dana.pk, "title": title, "cause": cause,
                    "due_on": seen.at.date(), "owner_id": seen.alice.member_id,
                }
            )  # fmt: skip
            saved = accounts.save_steps(
                items=[item], mode=accounts.Mode.CREATE, actor=None, at=seen.at, source=Step.AUTOMATIC
            )
            accounts.only(saved)
        Score.objects.filter(account=seen.larkspur).update(band="at_risk")


def doors(seen, client, key):
    """What the pages and REST answer of these steps."""
    account = f"/accounts/{seen.larkspur.pk}"
    day = seen.at.date()
    more = [
        f"/t/northwind/risk/monday/rows?rows=steps-made&from={day - 7 * DAY}&to={day}",
        "/t/northwind/risk/accounts",
    ]
    found = {path: plain(client.get(path)) for path in (*pages(seen).values(), *more)}
    rest = ("/steps", account, "/activity?limit=1000", "/focus", "/notifications")
    return found | {path: key.get(path).content.decode() for path in rest}


def test_a_step_whose_cause_tells_is_told_to_no_second_rater(seen):
    add_steps(seen)
    told = doors(seen, browser(seen.adam), admins_key(seen, "read"))
    held = doors(seen, browser(seen.lena), seen.rest.read)
    for title in TITLES.values():
        telling = {door for door, text in told.items() if title in text}
        assert {"/steps", pages(seen)["account"]} <= telling, telling
        assert {door for door, text in held.items() if title in text} == set()
    submit(seen)
    assert TITLES["person:diverged"] in seen.rest.read.get("/steps").content.decode()


def test_a_second_rater_who_merges_the_account_moves_its_hidden_steps_too(seen):
    add_steps(seen)
    with tenant_scope(seen.northwind.pk), reader_scope(seen.lena.reader), transaction.atomic():
        other = make_account("Other", owner=seen.alice, at=seen.at)
        accounts.merge_accounts(id=seen.larkspur.pk, into=other.pk, actor=seen.lena, at=timezone.now())
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        assert set(Step.objects.values_list("account_id", flat=True)) == {other.pk}


@pytest.mark.parametrize("end", [services.close_round, services.delete_round])
def test_a_step_that_waited_for_a_second_opinion_opens_when_the_round_ends_without_it(seen, end):
    at = timezone.now()
    with tenant_scope(seen.northwind.pk):
        with transaction.atomic():
            rate(seen, whole(seen.dana, "okay", "positive", driver="value", signs=["lost_patience"]), at=at)
        work_off(at)
        with transaction.atomic():
            assert not Step.objects.filter(cause="person:diverged").exists()
            end(id=seen.round.pk, actor=seen.lena, at=at)
        work_off(at)
        with transaction.atomic():
            assert Step.objects.get(cause="person:diverged").persona_id == seen.dana.pk
