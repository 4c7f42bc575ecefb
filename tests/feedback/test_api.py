"""Responses over REST."""

import pytest

from accounts.scope import tenant_scope
from feedback.models import Response


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    return rest.write.post("/personas", body).json()


def faults(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def stored(cast):
    with tenant_scope(cast.northwind.pk):
        return Response.objects.count()


def test_an_answer_is_made_and_read_back(rest, dana):
    body = {"persona_external_id": "dana", "kind": "nps", "answer": 8, "why": "good value", "source": "mail"}
    made = rest.write.post("/responses", body)
    assert made.status_code == 201
    read = rest.read.get(f"/responses/{made.json()['id']}").json()
    assert (read["account"], read["persona"], read["answer"], read["why"], read["source"]) == (
        dana["account"],
        dana["id"],
        8,
        "good value",
        "mail",
    )


@pytest.mark.parametrize(
    "answer", [[6, 5, 7, 4], {"insider": 6, "contributor": 5, "off_market": 7, "forward_looking": 4}]
)
def test_goodwill_is_given_by_its_items(rest, dana, answer):
    body = {"account_external_id": "L1", "kind": "goodwill", "answer": answer}
    made = rest.write.post("/responses", body).json()
    assert (made["answer"], made["score"], made["persona"]) == ([6, 5, 7, 4], 75, None)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"answer": 11}, "/answer", "out_of_range"),
        ({"answer": "8"}, "/answer", "invalid"),
        ({"answer": None}, "/answer", "null"),
        ({"answer": {"mood": 1}}, "/answer", "invalid"),
        ({"kind": "mood"}, "/kind", "invalid_choice"),
        ({"kind": "goodwill"}, "/answer", "too_few_items"),
        ({"persona": "01a20000-0000-7000-8000-000000000000"}, "/persona", "missing"),
        ({"account_external_id": "nowhere"}, "/account_external_id", "missing"),
        ({"account_external_id": None}, "/account", "required"),
        ({"answered_at": "2999-01-01T00:00:00Z"}, "/answered_at", "wrong_moment"),
        ({"mood": 1}, "/mood", "unknown"),
    ],
)
def test_a_wrong_answer_is_400_and_names_the_field(rest, dana, cast, body, pointer, code):
    answer = rest.write.post("/responses", {"account_external_id": "L1", "kind": "nps", "answer": 8, **body})
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})
    assert stored(cast) == 0


def test_a_bulk_answers_per_item(rest, dana, cast):
    items = [
        {"persona": dana["id"], "kind": "csat", "answer": 5, "external_id": "s1"},
        {"persona": dana["id"], "kind": "csat", "answer": 6},
    ]
    answer = rest.write.post("/responses/bulk", {"items": items})
    assert [result["status"] for result in answer.json()["results"]] == ["created", "failed"]
    again = rest.write.post("/responses/bulk", {"items": items[:1]})
    assert again.json()["summary"]["unchanged"] == 1
    assert stored(cast) == 1


def test_a_withdrawn_answer_stays_readable(rest, dana):
    made = rest.write.post("/responses", {"persona": dana["id"], "kind": "ces", "answer": 3}).json()
    assert rest.write.post(f"/responses/{made['id']}/withdraw").status_code == 204
    assert rest.read.get("/responses?kind=ces").json()["results"][0]["withdrawn_at"]


def test_a_neighbour_sees_and_touches_nothing(rest, dana, cast):
    made = rest.write.post("/responses", {"persona": dana["id"], "kind": "ces", "answer": 3}).json()
    assert rest.globex.get("/responses").json()["results"] == []
    assert rest.globex.get(f"/responses/{made['id']}").status_code == 404
    assert rest.globex.post(f"/responses/{made['id']}/withdraw").status_code == 404
    answer = rest.globex.post("/responses", {"persona": dana["id"], "kind": "ces", "answer": 3})
    assert faults(answer) == {"/persona": "missing"}
    assert stored(cast) == 1
