"""What customers want to achieve: written in the browser and over REST, shown on the account, and joined by steps."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Initiative, Step
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_one, save_person, save_step


@pytest.fixture
def rest(world):
    return Rest(make_key(world.lena, "write")[1])


def want(account, title="Close the month in three days", *, at, **values):
    return save_one(accounts.save_initiatives, {"account": account.pk, "title": title, **values}, at=at)


def shown(world):
    page = world.visit.vera.get(f"/accounts/{world.larkspur.pk}")
    return [
        (one["title"], one["state"], one["person"]) for one in page.context["initiatives"]
    ], page.content.decode()


def test_one_is_written_changed_and_removed_on_the_accounts_page(world, scope):
    alice, home = world.visit.alice, f"/accounts/{world.larkspur.pk}"
    assert "Nobody has written down what they want to achieve" in shown(world)[1]
    fields = {
        "title": "Close the month in three days", "state": "running", "persona": str(world.dana.pk),
        "note": "The board asks", "due_on": "2030-02-01",
    }  # fmt: skip
    assert alice.post(f"{home}/initiatives/new", **fields).status_code == 302
    found, page = shown(world)
    assert found == [("Close the month in three days", "running", "Dana")]
    assert "The board asks" in page
    with scope(), transaction.atomic():
        one = Initiative.objects.get()
    assert alice.get(f"{home}/initiatives/{one.pk}").status_code == 200
    assert alice.post(f"{home}/initiatives/{one.pk}", **{**fields, "state": "done"}).status_code == 302
    assert shown(world)[0] == [("Close the month in three days", "done", "Dana")]
    assert alice.post(f"{home}/initiatives/{one.pk}/delete").status_code == 302
    assert shown(world)[0] == []


def test_what_runs_comes_before_what_is_planned_and_what_is_over_last(world, scope):
    with scope(), transaction.atomic():
        for title, state in (("a", "dropped"), ("b", "done"), ("c", "planned"), ("d", "running")):
            want(world.larkspur, title, at=world.now, state=state)
        want(world.plover, "elsewhere", at=world.now)
    assert [title for title, *_ in shown(world)[0]] == ["d", "c", "b", "a"]


def test_a_step_is_part_of_one_and_counts_there_when_it_is_done(world, scope):
    with scope(), transaction.atomic():
        one = want(world.larkspur, at=world.now - DAY)
        step = save_step(world.larkspur, "Map their close", at=world.now)
        save_step(world.larkspur, "Done before", at=world.now, initiative=one, done_at=world.now)
    path = f"/accounts/{world.larkspur.pk}/steps/{step}"
    assert b"Close the month in three days" in world.visit.alice.get(path).content
    fields = {"title": "Map their close", "side": "ours", "initiative": str(one)}
    assert world.visit.alice.post(path, **fields).status_code == 302
    _found, page = shown(world)
    assert "part of Close the month in three days" in page
    assert "1 of 2 steps done" in page
    with scope(), transaction.atomic():
        accounts.delete_initiative(id=one, actor=None, at=world.now)
        assert Step.objects.get(pk=step).initiative_id == one
    assert "part of Close the month" not in shown(world)[1]


def test_a_viewer_writes_none(world, scope):
    assert "initiatives/new" not in shown(world)[1]
    answer = world.visit.vera.post(
        f"/accounts/{world.larkspur.pk}/initiatives/new", title="x", state="planned"
    )
    assert answer.status_code == 403
    with scope(), transaction.atomic():
        assert not Initiative.objects.exists()


def test_the_page_costs_the_same_with_one_and_with_three(world, scope):
    counts = []
    for more in (1, 2):
        with scope(), transaction.atomic():
            for _n in range(more):
                one = want(world.larkspur, at=world.now, persona=world.dana.pk)
                save_step(world.larkspur, at=world.now, initiative=one)
        counts.append(world.visit.vera.statements(f"/accounts/{world.larkspur.pk}"))
    assert counts[0] == counts[1]


def test_over_rest_they_are_written_by_a_clients_own_id_and_in_bulk_and_steps_name_them(world, rest):
    account = str(world.larkspur.pk)
    body = {"account": account, "title": "One plan", "persona": str(world.dana.pk), "due_on": "2030-01-31"}
    made = rest.put("/initiatives/by-external-id/wish-1", body)
    assert (made.status_code, made.json()["state"]) == (201, "planned")
    items = [
        {"external_id": "wish-1", "state": "running"},
        {"external_id": "wish-2", "account": account, "title": "B"},
    ]
    bulk = rest.post("/initiatives/bulk", {"items": items}).json()
    assert (bulk["summary"]["created"], bulk["summary"]["updated"]) == (1, 1)
    assert [one["title"] for one in rest.get("/initiatives?state=running").json()["results"]] == ["One plan"]
    step = rest.post(
        "/steps", {"account": account, "title": "Map it", "initiative_external_id": "wish-1"}
    ).json()
    assert step["initiative"] == made.json()["id"]
    found = rest.get(f"/steps?initiative={made.json()['id']}").json()["results"]
    assert [one["title"] for one in found] == ["Map it"]
    assert rest.delete(f"/initiatives/{made.json()['id']}").status_code == 204
    assert rest.post(f"/initiatives/{made.json()['id']}/restore", {}).status_code == 200


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"title": ""}, "/title"), ({"state": "maybe"}, "/state"), ({"due_on": "0001-01-01"}, "/due_on"),
        ({"persona": "plover"}, "/persona"),
    ],
)  # fmt: skip
def test_over_rest_bad_input_is_refused_by_name(world, rest, scope, more, pointer):
    if more.get("persona"):
        with scope(), transaction.atomic():
            more = {"persona": str(save_person(world.plover, "Pia", at=world.now).pk)}
    answer = rest.post("/initiatives", {"account": str(world.larkspur.pk), "title": "x", **more})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_step_is_part_of_nothing_at_another_account(world, rest, scope):
    with scope(), transaction.atomic():
        other = want(world.plover, at=world.now)
    answer = rest.post("/steps", {"account": str(world.larkspur.pk), "title": "x", "initiative": str(other)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "other_account")


def test_a_step_that_moves_alone_leaves_it_behind_and_with_its_account_takes_it_along(world, scope, rest):
    with scope(), transaction.atomic():
        one = want(world.larkspur, at=world.now - DAY)
        steps = [save_step(world.larkspur, at=world.now - DAY, initiative=one) for _n in range(2)]
    moved = rest.patch(f"/steps/{steps[0]}", {"account": str(world.plover.pk)}).json()
    assert (moved["account"], moved["initiative"]) == (str(world.plover.pk), None)
    with scope(), transaction.atomic():
        accounts.merge_accounts(id=world.larkspur.pk, into=world.plover.pk, actor=world.adam, at=world.now)
    whole = rest.get(f"/steps/{steps[1]}").json()
    assert (whole["account"], whole["initiative"]) == (str(world.plover.pk), str(one))
