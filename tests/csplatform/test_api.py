"""The fields that higher floors add to accounts and personas."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.scope import tenant_scope
from health import services as health
from relationships import selectors as relationships
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_account, save_person


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"account_external_id": "L1", "name": "Dana", "role": "champion"}
    return rest.write.post("/personas", body).json()


def test_an_account_without_a_score_has_no_health(rest, dana):
    (account,) = rest.read.get("/accounts").json()["results"]
    assert account["health"] is None
    assert account["stage"] is None
    assert "fit" not in account


def test_a_scored_account_shows_its_health(rest, dana, cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = Account.objects.get()
        health.rescore(account_ids=[account.pk], at=account.created_at)
    shown = rest.read.get(f"/accounts/{account.pk}").json()["health"]
    assert (shown["score"], shown["band"], shown["evidence"]) == (50, "unknown", 0)
    assert shown["scored_at"].endswith("Z")


def test_a_persona_shows_the_influence_of_its_role_or_its_own(rest, dana):
    assert dana["effective_influence"] == 4
    assert dana["rating"] is None
    changed = rest.write.patch(f"/personas/{dana['id']}", {"influence": 2}).json()
    assert changed["effective_influence"] == 2


def test_a_list_takes_the_same_statements_whatever_its_length(rest, dana):
    counts = []
    for size in (1, 3, 30):
        items = [{"external_id": f"{n}", "name": "x", "account_external_id": "L1"} for n in range(size)]
        rest.write.post("/personas/bulk", {"items": items})
        rest.write.post(
            "/accounts/bulk", {"items": [{"external_id": f"{n}", "name": "x"} for n in range(size)]}
        )
        for path in ("/personas", "/accounts"):
            with CaptureQueriesContext(connection) as counted:
                assert len(rest.read.get(path).json()["results"]) == size + 1
            counts.append((path, len(counted)))
    assert len(set(counts)) == 2


def test_who_could_take_a_seat_over_rest(rest):
    def made(path, **body):
        return rest.write.post(path, body).json()["id"]

    account = made("/accounts", name="Acme", currency="EUR")
    gone = made("/personas", account=account, name="Dana", role="champion", left_on="2026-01-01")
    heir = made("/personas", account=account, name="Ugo", role="power_user", reports_to=gone)
    found = rest.read.get(f"/accounts/{account}/successors?role=champion").json()
    assert (found["state"], found["required"], found["former"], found["holders"]) == (
        "vacant",
        True,
        gone,
        [],
    )
    (one,) = found["candidates"]
    assert one["persona"] == heir
    assert "reported to Dana" in one["reasons"]
    assert rest.read.get(f"/accounts/{account}/successors?role=chief").status_code == 400
    assert rest.read.get(f"/accounts/{account}/successors?who=x").status_code == 400
    assert rest.globex.get(f"/accounts/{account}/successors").status_code == 404


def test_who_has_not_been_rated_this_quarter_is_asked_over_rest_as_the_page_counts(world, scope):
    with scope(), transaction.atomic():
        lost = save_account("Lost", at=world.now, status="churned")
        save_person(lost, "Of a lost account", at=world.now)
        save_person(world.plover, "Gone", at=world.now, left_on=world.now.date() - DAY)
        save_person(world.plover, "Untracked", at=world.now, tracked=False)
        save_person(world.plover, "Leaves later", at=world.now, left_on=world.now.date() + 9 * DAY)
        save_person(world.plover, "New", at=world.now)
        report = relationships.rating_report(actor=world.lena, kind="quarter", at=world.now)
        began = relationships.quarter_began(tenant=world.northwind, at=world.now)
    key = Rest(make_key(world.adam, "read")[1])
    asked = f"rated_before={began:%Y-%m-%dT%H:%M:%SZ}&tracked=true&left=false"
    found = key.get(f"/personas?{asked}&account_status=active&account_status=trial").json()["results"]
    assert {one["id"] for one in found} == {str(person.id) for person in report.people}
    assert {"New", "Leaves later"} <= {one["name"] for one in found}
