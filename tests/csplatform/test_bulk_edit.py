"""Bulk edit in the browser: choose, look, change, take back; nothing is written unseen."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Job
from accounts.scope import tenant_scope
from tests.csplatform.conftest import save_account


def tiers(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return dict(Account.objects.values_list("name", "tier"))


def chosen(*accounts):
    return "/accounts/edit?" + "&".join(f"account={account.pk}" for account in accounts)


def look(visitor, path, **fields):
    response = visitor.post(path, preview="1", change=["tier"], tier="Gold", **fields)
    assert response.status_code == 200
    return response


def change(visitor, path):
    seen = look(visitor, path).context["seen"]
    return visitor.post(path, run="1", seen=seen, change=["tier"], tier="Gold")


def test_the_list_offers_boxes_to_those_who_write_and_to_nobody_else(world):
    assert b'name="account"' in world.visit.alice.get("/accounts").content
    assert b'name="account"' not in world.visit.vera.get("/accounts").content
    assert world.visit.vera.get(chosen(world.larkspur)).status_code == 403


def test_a_preview_shows_every_change_and_who_is_left_out_and_writes_nothing(world):
    page = look(world.visit.alice, chosen(world.larkspur, world.plover))
    plan = page.context["plan"]
    assert (plan.changing, plan.same, plan.left_out) == (1, 0, 1)
    assert [(line.name, line.changes) for line in plan.lines] == [("Larkspur", [("Tier", "empty", "Gold")])]
    assert [line.name for line in plan.reasons] == ["Plover"]
    assert tiers(world) == {"Larkspur": "", "Plover": ""}


def test_what_was_seen_is_changed_and_taken_back(world):
    done = change(world.visit.lena, chosen(world.larkspur, world.plover))
    assert tiers(world) == {"Larkspur": "Gold", "Plover": "Gold"}
    report = world.visit.lena.client.get(done["Location"])
    assert b"2 accounts changed" in report.content
    undone = world.visit.lena.client.post(f"{done['Location']}/undo")
    assert tiers(world) == {"Larkspur": "", "Plover": ""}
    assert b"2 accounts are as they were" in world.visit.lena.client.get(undone["Location"]).content
    again = world.visit.lena.client.post(f"{done['Location']}/undo")
    assert again["Location"] == done["Location"]


def test_all_that_a_filter_shows_are_chosen(world):
    page = look(world.visit.lena, "/accounts/edit?all=1&segment=Enterprise")
    assert [line.name for line in page.context["plan"].lines] == ["Larkspur"]
    assert page.context["back"] == "/t/northwind/accounts?segment=Enterprise"


def test_a_list_that_changed_since_the_preview_is_shown_again_and_not_written(world, scope):
    path = "/accounts/edit?all=1"
    seen = look(world.visit.lena, path).context["seen"]
    with scope(), transaction.atomic():
        save_account("Newcomer", at=world.now)
    page = world.visit.lena.post(path, run="1", seen=seen, change=["tier"], tier="Gold")
    assert page.status_code == 200
    assert page.context["moved"]
    assert page.context["plan"].changing == 3
    assert set(tiers(world).values()) == {""}


def test_a_field_that_changed_since_the_preview_is_shown_again_and_not_written(world):
    path = chosen(world.larkspur)
    seen = look(world.visit.lena, path).context["seen"]
    page = world.visit.lena.post(path, run="1", seen=seen, change=["tier"], tier="Bronze")
    assert page.status_code == 200
    assert page.context["moved"]
    assert page.context["plan"].lines[0].changes == [("Tier", "empty", "Bronze")]
    assert tiers(world)["Larkspur"] == ""


def test_an_account_that_changed_since_the_preview_is_shown_again_and_not_written(world, scope):
    path = chosen(world.larkspur, world.plover)
    seen = look(world.visit.lena, path).context["seen"]
    with scope(), transaction.atomic():
        Account.objects.filter(pk=world.plover.pk).update(tier="Silver")
    page = world.visit.lena.post(path, run="1", seen=seen, change=["tier"], tier="Gold")
    assert page.context["moved"]
    assert tiers(world) == {"Larkspur": "", "Plover": "Silver"}
    world.visit.lena.post(path, run="1", seen=page.context["seen"], change=["tier"], tier="Gold")
    assert set(tiers(world).values()) == {"Gold"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "change"),
        ({"change": ["status"]}, "status"),
        ({"change": ["status"], "status": "purple"}, "status"),
        ({"change": ["custom"], "custom_value": "x"}, "custom_key"),
        ({"change": ["team"], "team_how": "add"}, "team"),
        ({"change": ["owner"], "owner": "charlie@globex.test"}, "owner"),
        ({"change": ["renewal_on"], "renewal_on": "soon"}, "renewal_on"),
        ({"change": ["tier"], "tier": "x" * 101}, "tier"),
        ({"change": ["name"]}, "change"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_by_field(world, fields, named):
    response = world.visit.lena.post(chosen(world.larkspur), preview="1", **fields)
    assert response.status_code == 422
    assert named in response.context["form"].errors


def test_another_tenants_accounts_are_nobodys(world):
    page = world.visit.lena.get(chosen(world.zebra))
    assert page.context["total"] == 0
    assert b"of Globex" not in page.content
    seen = look(world.visit.lena, chosen(world.zebra, world.plover)).context
    assert (seen["total"], seen["plan"].changing) == (1, 1)


def test_an_edit_is_its_makers_and_the_admins_to_see(world):
    place = change(world.visit.alice, chosen(world.larkspur))["Location"]
    assert world.visit.adam.client.get(place).status_code == 200
    for visitor in (world.visit.lena, world.visit.charlie):
        assert visitor.client.get(place).status_code == 404
        assert visitor.client.post(f"{place}/undo").status_code == 404
    assert tiers(world)["Larkspur"] == "Gold"
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert Job.objects.count() == 1


def test_a_preview_costs_the_same_for_one_account_and_for_three(world, scope):
    def cost(path):
        with CaptureQueriesContext(connection) as found:
            look(world.visit.lena, path)
        return len([query for query in found if "set_config" not in query["sql"]])

    cost("/accounts/edit?all=1&q=Larkspur")
    one = cost("/accounts/edit?all=1&q=Larkspur")
    with scope(), transaction.atomic():
        save_account("More", at=world.now)
    assert (one, cost("/accounts/edit?all=1")) == (14, 14)
