"""Saved views: who sees one, who may change it, how a page opens for a role; in services and over REST."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import selectors
from accounts import services as accounts
from accounts.models import Activity, SavedView
from accounts.scope import tenant_scope


def keep(actor, at, name="Renewals", query="band=watch", **more):
    return accounts.save_view(page="accounts", name=name, query=query, actor=actor, at=at, **more)


def seen(actor):
    return [view.name for view in selectors.views_of_page(page="accounts", actor=actor)]


def test_a_private_view_is_seen_by_its_owner_alone(northwind, now):
    keep(northwind.alice, now)
    assert seen(northwind.alice) == ["Renewals"]
    assert seen(northwind.lena) == seen(northwind.adam) == []


def test_the_log_says_nothing_of_a_private_view(northwind, now):
    view = keep(northwind.alice, now)
    accounts.change_view(id=view.pk, values={"name": "Mine"}, actor=northwind.alice, at=now)
    accounts.delete_view(id=view.pk, actor=northwind.alice, at=now)
    assert not Activity.objects.filter(object_type="view").exists()


def test_the_log_tells_of_a_shared_view_and_that_it_is_shared_no_more_without_its_new_name(northwind, now):
    view = keep(northwind.alice, now, shared=True)
    accounts.change_view(
        id=view.pk, values={"name": "Secret", "shared": False}, actor=northwind.alice, at=now
    )
    lines = Activity.objects.filter(object_id=view.pk).order_by("xact", "id").values_list("verb", "data")
    assert [verb for verb, _data in lines] == ["view.created", "view.updated"]
    assert "Secret" not in str(list(lines))


def test_a_shared_view_is_seen_by_the_whole_team(northwind, now):
    keep(northwind.alice, now, shared=True)
    assert seen(northwind.lena) == seen(northwind.vera) == ["Renewals"]


def test_equal_queries_are_kept_equal(northwind, now):
    one = keep(northwind.alice, now, query="?sort=-arr&page=3&q=&band=watch&columns=arr&columns=band&view=x")
    assert one.query == "band=watch&columns=arr&columns=band&sort=-arr"


@pytest.mark.parametrize("change", [{"name": "Theirs"}, {"shared": True}, {"query": "q=x"}])
def test_nobody_changes_or_deletes_what_they_do_not_see(northwind, now, change):
    view = keep(northwind.alice, now)
    for actor in (northwind.lena, northwind.adam):
        with pytest.raises(accounts.ViewMissing):
            accounts.change_view(id=view.pk, values=change, actor=actor, at=now)
        with pytest.raises(accounts.ViewMissing):
            accounts.delete_view(id=view.pk, actor=actor, at=now)
    view.refresh_from_db()
    assert (view.name, view.shared, view.query) == ("Renewals", False, "band=watch")


def test_a_colleague_may_not_change_a_shared_view_but_a_leader_may(northwind, now):
    view = keep(northwind.lena, now, shared=True)
    with pytest.raises(accounts.NotYours):
        accounts.change_view(id=view.pk, values={"name": "Other"}, actor=northwind.alice, at=now)
    with pytest.raises(accounts.NotYours):
        accounts.delete_view(id=view.pk, actor=northwind.alice, at=now)
    assert SavedView.objects.get().name == "Renewals"
    accounts.change_view(id=view.pk, values={"name": "Other"}, actor=northwind.adam, at=now)
    assert SavedView.objects.get().name == "Other"


def test_a_viewer_saves_nothing(northwind, now):
    with pytest.raises(accounts.NotYours):
        keep(northwind.vera, now)
    assert not SavedView.objects.exists()


def test_only_a_leader_or_admin_says_how_a_page_opens(northwind, now):
    with pytest.raises(accounts.NotYours):
        keep(northwind.alice, now, shared=True, default_for=["csm"])
    assert not SavedView.objects.exists()


def test_one_view_opens_a_page_for_a_role(northwind, now):
    first = keep(northwind.lena, now, "First", shared=True, default_for=["csm", "viewer"])
    second = keep(northwind.adam, now, "Second", shared=True, default_for=["csm"])
    first.refresh_from_db()
    assert (first.default_for, second.default_for) == (["viewer"], ["csm"])
    views = selectors.views_of_page(page="accounts", actor=northwind.alice)
    assert selectors.opening_view(views=views, actor=northwind.alice) == second
    assert selectors.opening_view(views=views, actor=northwind.lena) is None


def test_a_view_that_is_shared_no_more_opens_no_page(northwind, now):
    view = keep(northwind.lena, now, shared=True, default_for=["csm"])
    accounts.change_view(id=view.pk, values={"shared": False}, actor=northwind.lena, at=now)
    view.refresh_from_db()
    assert view.default_for == []


def test_a_name_is_given_once_by_each_member(northwind, now):
    keep(northwind.alice, now)
    keep(northwind.lena, now)
    with pytest.raises(accounts.Refused, match="You have a view of this name"):
        keep(northwind.alice, now)
    assert SavedView.objects.count() == 2


def test_a_menu_costs_one_statement_for_one_view_and_for_three(northwind, now):
    def cost():
        with CaptureQueriesContext(connection) as found:
            selectors.views_menu(page="accounts", here="/", query="", everything="All", actor=northwind.alice)
        return len(found)

    keep(northwind.alice, now)
    one = cost()
    keep(northwind.lena, now, "Two", shared=True)
    keep(northwind.lena, now, "Three", shared=True)
    assert (one, cost()) == (1, 1)


# Over REST the keys act as Adam, and as Gloria of Globex.


def test_a_view_is_made_read_changed_and_deleted_over_rest(rest, cast):
    made = rest.write.post("/views", {"page": "accounts", "name": "EMEA", "query": "region=EMEA&page=2"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["query"], body["owner"], body["shared"]) == ("region=EMEA", "adam@northwind.test", False)
    path = f"/views/{body['id']}"
    assert rest.read.get(path).json() == body
    changed = rest.write.patch(path, {"shared": True, "default_for": ["csm"]}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["default_for"]) == (200, ["csm"])
    assert rest.write.patch(path, {"name": "Late"}, If_Match=made["ETag"]).status_code == 412
    assert [one["name"] for one in rest.read.get("/views?page=accounts&shared=true").json()["results"]] == [
        "EMEA"
    ]
    assert rest.write.delete(path).status_code == 204
    assert rest.read.get(path).status_code == 404


def test_a_colleagues_private_view_is_a_missing_one_over_rest(rest, cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        view = keep(cast.alice, now)
    assert rest.admin.get("/views").json()["results"] == []
    for answer in (
        rest.admin.get(f"/views/{view.pk}"),
        rest.admin.patch(f"/views/{view.pk}", {"name": "Mine"}),
        rest.admin.delete(f"/views/{view.pk}"),
        rest.globex.get(f"/views/{view.pk}"),
    ):
        assert answer.status_code == 404
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert SavedView.objects.get().name == "Renewals"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"page": "accounts", "name": "x", "query": "band=purple"}, "/query"),
        ({"page": "accounts", "name": "x", "query": "x" * 2001}, "/query"),
        ({"page": "nowhere", "name": "x"}, "/page"),
        ({"page": "accounts"}, "/name"),
        ({"page": "accounts", "name": "x", "default_for": ["boss"]}, "/default_for/0"),
        ({"page": "accounts", "name": "x", "colour": "red"}, "/colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(rest, body, pointer):
    answer = rest.write.post("/views", body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_taken_name_is_a_conflict_and_a_read_key_may_not_write(rest):
    body = {"page": "accounts", "name": "x", "query": ""}
    assert rest.read.post("/views", body).status_code == 403
    assert rest.write.post("/views", body).status_code == 201
    assert rest.write.post("/views", body).status_code == 409
