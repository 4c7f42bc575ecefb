"""Stages and placements over REST."""

import pytest

from accounts.scope import tenant_scope
from journeys.models import Placement


@pytest.fixture
def path(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    names = (("on", "Onboarding"), ("ad", "Adoption"))
    return [rest.write.post("/stages", {"external_id": key, "name": name}).json() for key, name in names]


def faults(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def listed(rest):
    return [(stage["position"], stage["name"]) for stage in rest.read.get("/stages").json()["results"]]


def test_stages_are_made_changed_and_listed_in_order(rest, path):
    assert listed(rest) == [(1, "Onboarding"), (2, "Adoption")]
    body = {"position": 1, "think": "It works", "feel": None}
    changed = rest.write.patch(f"/stages/{path[1]['id']}", body).json()
    assert (changed["think"], changed["feel"]) == ("It works", "")
    assert listed(rest) == [(1, "Adoption"), (2, "Onboarding")]


def test_a_stage_is_upserted_by_its_external_id_also_from_its_tombstone(rest, path):
    again = rest.write.put("/stages/by-external-id/on", {"name": "Onboarding"})
    assert (again.status_code, again.json()["id"]) == (200, path[0]["id"])
    assert rest.write.delete(f"/stages/{path[0]['id']}").status_code == 204
    assert listed(rest) == [(1, "Adoption")]
    assert rest.write.put("/stages/by-external-id/on", {"name": "Start"}).json()["id"] == path[0]["id"]
    assert listed(rest) == [(1, "Adoption"), (2, "Start")]
    assert rest.write.put("/stages/by-external-id/new", {"name": "Renewal"}).status_code == 201
    assert rest.write.post("/stages", {"external_id": "on", "name": "x"}).status_code == 409


def test_stages_that_all_lie_beyond_the_end_are_unchanged_when_sent_again(rest):
    names = (("on", 10), ("ad", 20), ("re", 30))
    items = [{"external_id": key, "name": key, "position": position} for key, position in names]
    send = lambda: rest.write.post("/stages/bulk", {"items": items}).json()["summary"]  # noqa: E731
    assert send()["created"] == 3
    before = rest.read.get("/stages").json()["results"]
    assert send() == {"created": 0, "updated": 0, "unchanged": 3, "failed": 0}
    assert rest.read.get("/stages").json()["results"] == before
    assert [stage["external_id"] for stage in before] == ["on", "ad", "re"]


def test_a_bulk_that_turns_the_path_round_moves_its_stages(rest, path):
    items = [{"external_id": "ad", "position": 1}, {"external_id": "on", "position": 99}]
    assert rest.write.post("/stages/bulk", {"items": items}).json()["summary"]["failed"] == 0
    assert listed(rest) == [(1, "Adoption"), (2, "Onboarding")]


def test_a_bulk_that_moves_nothing_writes_what_else_it_says(rest, path):
    items = [{"external_id": "on", "position": 98, "think": "Hm"}, {"external_id": "ad", "position": 99}]
    statuses = [one["status"] for one in rest.write.post("/stages/bulk", {"items": items}).json()["results"]]
    assert statuses == ["updated", "unchanged"]
    assert rest.read.get(f"/stages/{path[0]['id']}").json()["think"] == "Hm"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/name"), ({"name": " "}, "/name"), ({"name": "x", "position": 0}, "/position")],
)
def test_a_wrong_stage_is_400(rest, path, body, pointer):
    answer = rest.write.post("/stages", body)
    assert (answer.status_code, list(faults(answer))) == (400, [pointer])
    assert len(listed(rest)) == 2


def test_an_account_is_placed_and_its_former_stage_left(rest, path):
    first = {"account_external_id": "L1", "stage_external_id": "on", "entered_on": "2026-01-10"}
    made = rest.write.post("/placements", first)
    assert (made.status_code, made.json()["left_on"]) == (201, None)
    second = {
        "account_external_id": "L1",
        "stage": path[1]["id"],
        "entered_on": "2026-02-10",
        "reason": "live",
    }
    assert rest.write.post("/placements", second).json()["reason"] == "live"
    rows = rest.read.get("/placements?ordering=entered_on").json()["results"]
    assert [(row["stage"], row["entered_on"], row["left_on"]) for row in rows] == [
        (path[0]["id"], "2026-01-10", "2026-02-10"),
        (path[1]["id"], "2026-02-10", None),
    ]
    assert rest.read.get(f"/placements?stage={path[0]['id']}").json()["results"][0]["left_on"] == "2026-02-10"


def test_a_stage_that_is_occupied_is_not_removed(rest, path):
    rest.write.post("/placements", {"account_external_id": "L1", "stage_external_id": "on"})
    assert rest.write.delete(f"/stages/{path[0]['id']}").status_code == 409
    assert len(listed(rest)) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"account_external_id": "nowhere"}, "/account_external_id", "missing"),
        ({"stage_external_id": "nowhere"}, "/stage_external_id", "missing"),
        ({"stage_external_id": None}, "/stage", "required"),
        ({"entered_on": "2999-01-01"}, "/entered_on", "in_future"),
        ({"entered_on": "soon"}, "/entered_on", "invalid"),
    ],
)
def test_a_wrong_placement_is_400_and_names_the_field(rest, path, cast, body, pointer, code):
    answer = rest.write.post("/placements", {"account_external_id": "L1", "stage_external_id": "on", **body})
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})
    with tenant_scope(cast.northwind.pk):
        assert not Placement.objects.exists()


def test_a_bulk_of_placements_answers_per_item(rest, path):
    items = [{"account_external_id": "L1", "stage_external_id": key} for key in ("on", "nowhere")]
    answer = rest.write.post("/placements/bulk", {"items": items})
    assert [result["status"] for result in answer.json()["results"]] == ["created", "failed"]


def test_a_neighbour_sees_and_touches_nothing(rest, path):
    assert rest.globex.get("/stages").json()["results"] == []
    assert rest.globex.patch(f"/stages/{path[0]['id']}", {"name": "x"}).status_code in (400, 404)
    assert rest.globex.delete(f"/stages/{path[0]['id']}").status_code == 404
    made = rest.globex.post("/placements", {"account_external_id": "L1", "stage": path[0]["id"]})
    assert made.status_code == 400
    assert listed(rest) == [(1, "Onboarding"), (2, "Adoption")]


def test_an_account_shows_its_stage_once_it_was_placed(rest, path):
    account = rest.read.get("/accounts").json()["results"][0]
    assert account["stage"] is None
    rest.write.post(
        "/placements", {"account_external_id": "L1", "stage_external_id": "on", "entered_on": "2026-01-10"}
    )
    assert rest.read.get(f"/accounts/{account['id']}").json()["stage"] == "Onboarding"
    assert len(rest.read.get(f"/accounts?stage={path[0]['id']}").json()["results"]) == 1
    assert rest.read.get(f"/accounts?stage={path[1]['id']}").json()["results"] == []
