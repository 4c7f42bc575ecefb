"""First value: said, reached, and closed only once we know what is in it for everybody who counts."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Activity
from relationships.models import FirstValue
from tests.csplatform.conftest import kept_world, scope, world

__all__ = ["kept_world", "scope", "world"]


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    return rest.write.post("/personas", body).json()


def value(**values):
    return {"account_external_id": "L1", "what": "A night without anybody", **values}


REACHED = {"reached_on": "2026-01-05", "evidence": "The night report"}


def know(rest, basis="told_us"):
    fact = {"key": "wiifm", "value": "Her name on it", "source": "a call", "basis": basis}
    answer = rest.write.patch("/personas/by-external-id/dana", {"profile": [fact]})
    if answer.status_code != 200:
        answer = rest.write.put("/personas/by-external-id/dana", {"profile": [fact]})
    assert answer.status_code == 200, answer.content


def test_it_is_closed_only_once_we_know_what_is_in_it_for_everybody_who_counts(rest, dana):
    made = rest.write.post("/first-values", value(due_on="2026-02-01"))
    assert made.status_code == 201, made.content
    one = f"/first-values/{made.json()['id']}"
    refused = rest.write.patch(one, REACHED)
    assert (refused.status_code, faults(refused)) == (400, {"/reached_on": "wiifm_missing"})
    assert "Dana" in refused.json()["detail"]
    know(rest, basis="assumed")
    assert rest.write.patch(one, REACHED).status_code == 400  # what we assume is not known
    know(rest)
    assert rest.write.patch(one, {**REACHED, "persona": dana["id"]}).json()["reached_on"] == "2026-01-05"
    assert rest.read.get("/first-values?open=true").json()["results"] == []
    assert rest.globex.get(one).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"what": None}, "/what", "null"),
        ({"reached_on": "2199-01-01", "evidence": "x"}, "/reached_on", "in_future"),
        ({"reached_on": "2026-01-01"}, "/evidence", "required"),
        ({"account_external_id": "nobody"}, "/account_external_id", "missing"),
    ],
)
def test_a_wrong_first_value_names_the_field_and_the_reason(rest, dana, body, pointer, code):
    answer = rest.write.post("/first-values", value(**body))
    assert answer.status_code == 400
    assert faults(answer)[pointer] == code


def test_an_account_has_one_at_most(rest, dana):
    one = rest.write.post("/first-values", value()).json()
    again = rest.write.post("/first-values", value())
    assert (again.status_code, faults(again)) == (400, {"/account": "taken"}) or again.status_code == 409
    assert rest.write.delete(f"/first-values/{one['id']}").status_code == 204
    assert rest.write.post("/first-values", value()).status_code == 201
    assert rest.write.post(f"/first-values/{one['id']}/restore").status_code in (400, 409)
    assert len(rest.read.get("/first-values").json()["results"]) == 1


def test_it_stands_on_the_trust_tab_and_is_written_by_who_may(world, scope):
    page = f"/accounts/{world.larkspur.pk}/trust"
    empty = world.visit.alice.get(page).content.decode()
    assert "Nobody has said what they will have in hand first" in empty
    address = f"/accounts/{world.larkspur.pk}/first_values/new"
    assert world.visit.vera.post(address, what="A night").status_code == 403
    assert world.visit.alice.post(address, what="A night").status_code == 302
    with scope(), transaction.atomic():
        row = FirstValue.objects.get()
        said = str([line.data for line in Activity.objects.filter(verb="first_value.created")])
        assert "A night" not in said
    change = f"/accounts/{world.larkspur.pk}/first_values/{row.pk}"
    refused = world.visit.alice.post(change, what="A night", reached_on="2026-01-05", evidence="The report")
    assert refused.status_code == 422
    assert "reached_on" in refused.context["form"].errors
    shown = world.visit.alice.get(page).content.decode()
    assert "Of 2 who count, we do not know of 2" in shown
    with scope(), transaction.atomic():
        for person in (world.dana, world.eli):
            accounts.save_fact(
                persona_id=person.pk, key="wiifm", value="A quiet night", source="a call", basis="told_us",
                actor=world.alice, at=world.now,
            )  # fmt: skip
    done = world.visit.alice.post(change, what="A night", reached_on="2026-01-05", evidence="The report")
    assert done.status_code == 302
    text = world.visit.alice.get(page).content.decode()
    assert "The report" in text
    assert "100%" in text  # the pillar of time to value


def test_it_goes_along_when_accounts_are_merged_with_what_their_people_remember_and_were_asked(rest, dana):
    def of(kind):
        return rest.read.get(f"/{kind}?account_external_id=L2").json()["results"]

    rest.write.post("/accounts", {"external_id": "L2", "name": "LARKSPUR"})
    known, target = value(), rest.read.get("/accounts?external_id=L2").json()["results"][0]["id"]
    one = rest.write.post("/first-values", known).json()
    moment = {
        "persona_external_id": "dana",
        "happened_at": "2026-01-05T09:00:00Z",
        "valence": 1,
        "intensity": 2,
    }
    kept = rest.write.post("/moments", {**moment, "what": "The night ran alone"}).json()
    asked = rest.write.post("/advocate-asks", {"persona_external_id": "dana", "kind": "talk"}).json()
    merged = rest.admin.post(f"/accounts/{dana['account']}/merge", {"into": target})
    assert merged.status_code == 200, merged.content
    found = [
        (row["id"], row["account"])
        for kind in ("first-values", "moments", "advocate-asks")
        for row in of(kind)
    ]
    assert found == [(row["id"], target) for row in (one, kept, asked)]
    same = {"persona_external_id": "dana", "valence": 2}
    assert rest.write.patch(f"/moments/{kept['id']}", same).status_code == 200
    assert rest.admin.post(f"/accounts/{dana['account']}/part", {}).status_code == 200
    assert [of(kind) for kind in ("first-values", "moments", "advocate-asks")] == [[], [], []]
    assert rest.read.get(f"/first-values/{one['id']}").json()["account"] == dana["account"]
    rest.write.post("/first-values", value(account_external_id="L2", what="Another"))
    assert rest.admin.post(f"/accounts/{dana['account']}/merge", {"into": target}).status_code == 200
    assert [row["what"] for row in of("first-values")] == ["Another"]  # each keeps its own


def test_a_moment_and_an_ask_are_changed_where_their_person_works_now(rest, dana):
    rest.write.post("/accounts", {"external_id": "L2", "name": "Another"})
    asked = rest.write.post("/advocate-asks", {"persona_external_id": "dana", "kind": "talk"}).json()
    moved = rest.write.patch(f"/personas/{dana['id']}", {"account_external_id": "L2"}).json()
    answer = rest.write.patch(
        f"/advocate-asks/{asked['id']}", {"persona_external_id": "dana", "answer": "no"}
    )
    assert (answer.status_code, answer.json()["account"]) == (200, moved["account"])
