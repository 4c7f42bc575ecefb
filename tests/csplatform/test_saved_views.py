"""Saved views above the table of accounts and on the risk page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import SavedView


def tabs(response):
    return [(tab.label, tab.current) for tab in response.context["views"].tabs]


def keep(world, scope, actor, **values):
    with scope(), transaction.atomic():
        return accounts.save_view(page="accounts", actor=actor, at=world.now, **values)


def test_saving_keeps_filters_order_and_columns_and_leads_to_the_view(world, scope):
    response = world.visit.alice.post(
        "/views", page="accounts", name="Rich", query="sort=-arr&columns=arr&columns=owner&segment=&page=1"
    )
    view = urlsplit(response["Location"])
    assert view.path == "/t/northwind/accounts"
    named = parse_qs(view.query)
    assert (named["sort"], named["columns"]) == (["-arr"], ["arr", "owner"])
    page = world.visit.alice.get(f"/accounts?{view.query}")
    assert tabs(page) == [("All accounts", False), ("Rich", True)]
    assert not page.context["views"].changed
    assert [column["key"] for column in page.context["columns"]] == ["name", "arr", "owner"]


def test_what_the_page_shows_beside_its_view_can_be_saved_into_it(world, scope):
    view = keep(world, scope, world.alice, name="Rich", query="sort=-arr")
    page = world.visit.alice.get(f"/accounts?sort=-arr&owner=me&view={view.pk}")
    assert page.context["views"].changed
    world.visit.alice.post(f"/views/{view.pk}", page="accounts", query=page.context["views"].query)
    with scope(), transaction.atomic():
        kept = SavedView.objects.get()
    assert (kept.name, kept.query, kept.shared) == ("Rich", "owner=me&sort=-arr", False)


def test_a_page_opens_with_the_view_of_the_role_and_all_accounts_is_one_click_away(world, scope):
    view = keep(world, scope, world.lena, name="Mine", query="owner=me", shared=True, default_for=["csm"])
    opened = world.visit.alice.get("/accounts")
    assert opened["Location"] == f"/t/northwind/accounts?owner=me&view={view.pk}"
    everything = world.visit.alice.get("/accounts?view=all")
    assert everything.status_code == 200
    assert tabs(everything) == [("All accounts", True), ("Mine", False)]
    assert everything.context["views"].tabs[0].href == "/t/northwind/accounts?view=all"
    assert world.visit.lena.get("/accounts").status_code == 200


def test_a_colleagues_private_view_is_neither_shown_nor_named_nor_changed(world, scope):
    view = keep(world, scope, world.alice, name="Alices Secret", query="owner=me")
    page = world.visit.lena.get(f"/accounts?view={view.pk}")
    assert b"Alices Secret" not in page.content
    assert tabs(page) == [("All accounts", True)]
    assert b"Alices Secret" not in world.visit.adam.get("/settings/activity").content
    for path in (f"/views/{view.pk}", f"/views/{view.pk}/delete"):
        assert world.visit.lena.post(path, page="accounts", details="1", name="Taken").status_code == 404
    with scope(), transaction.atomic():
        assert SavedView.objects.get().name == "Alices Secret"


def test_details_change_name_and_sharing_and_leave_the_query(world, scope):
    view = keep(world, scope, world.lena, name="Mine", query="owner=me")
    world.visit.lena.post(
        f"/views/{view.pk}",
        page="accounts",
        details="1",
        name="Ours",
        roles="1",
        default_for=["csm", "viewer"],
    )
    with scope(), transaction.atomic():
        kept = SavedView.objects.get()
    assert (kept.name, kept.shared, kept.default_for, kept.query) == (
        "Ours",
        True,
        ["csm", "viewer"],
        "owner=me",
    )


def test_a_view_is_deleted_and_the_page_stays(world, scope):
    view = keep(world, scope, world.alice, name="Mine", query="owner=me")
    response = world.visit.alice.post(f"/views/{view.pk}/delete", page="accounts")
    assert response["Location"] == "/t/northwind/accounts?view=all"
    with scope(), transaction.atomic():
        assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "sent", [{"name": ""}, {"name": "x" * 101}, {"name": "x", "default_for": ["boss"]}, {"name": "a\x00b"}]
)
def test_a_form_that_makes_no_sense_leads_back_with_the_reason(world, scope, sent):
    response = world.visit.lena.post("/views", page="accounts", query="owner=me", **sent)
    assert response["Location"] == "/t/northwind/accounts?owner=me&view=all"
    assert b"note-bad" in world.visit.lena.get("/accounts?owner=me&view=all").content
    with scope(), transaction.atomic():
        assert not SavedView.objects.exists()


def test_a_viewer_sees_the_teams_views_and_no_way_to_save(world, scope):
    keep(world, scope, world.lena, name="Ours", query="owner=none", shared=True)
    page = world.visit.vera.get("/accounts")
    assert tabs(page) == [("All accounts", True), ("Ours", False)]
    assert b"Save view" not in page.content
    assert world.visit.vera.post("/views", page="accounts", name="x", query="").status_code == 403


def test_the_risk_page_has_views_of_its_own(world, scope):
    response = world.visit.lena.post("/views", page="risk", name="Soon", query="renews=90")
    assert response["Location"].startswith("/t/northwind/risk?renews=90&view=")
    page = world.visit.lena.client.get(response["Location"])
    assert tabs(page) == [("The whole book", False), ("Soon", True)]
    assert tabs(world.visit.lena.get("/accounts")) == [("All accounts", True)]
