"""Commitment: a level per person, and every event that moved it."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from accounts import services as accounts
from relationships import selectors, services
from relationships.formulas import commitment as formula
from tests.csplatform.conftest import (
    DAY,
    kept_world,
    save_case,
    save_one,
    save_person,
    save_touch,
    scope,
    world,
)

__all__ = ["kept_world", "scope", "world"]


def test_commitment_is_walked_from_event_to_event_and_fades_to_the_middle():
    value, (first, second) = formula.walk([(0, 40.0), (180, -6.0)], now=360)
    assert (first.before, first.after, first.level) == (50, 90, "invested")
    assert (second.before, second.after, second.level) == (70, 64, "committed")
    assert value == pytest.approx(57)
    assert formula.walk([(0, 400.0)], now=0)[0] == 100
    assert formula.walk([], now=5) == (50, [])


def stand(world, person, at=None):
    found = selectors.commitments(persona_ids=[person.pk], tenant=world.northwind, at=at or world.now)
    return found[person.pk]


def happen(world, person):
    """A call they asked for, a bad case, an awful moment, and a promise kept."""
    touch = save_touch(world.larkspur, at=world.now - 60 * DAY, people=[person], direction="inbound")
    case = save_case(
        world.larkspur,
        at=world.now - 40 * DAY,
        persona=person.pk,
        kind="escalation",
        subject="The feed stops",
    )
    moment = save_one(
        services.save_moments,
        {
            "persona": person.pk, "happened_at": world.now - 30 * DAY, "valence": -2, "intensity": 3,
            "what": "She had to explain it to her board",
        },
        at=world.now,
    )  # fmt: skip
    promise = save_one(
        accounts.save_promises,
        {
            "account": world.larkspur.pk, "persona": person.pk, "title": "A fix", "due_on": world.now.date(),
            "state": "kept", "settled_at": world.now - 5 * DAY,
        },
        at=world.now,
    )  # fmt: skip
    return SimpleNamespace(touch=touch, case=case, moment=moment, promise=promise)


def test_every_event_moves_it_and_names_itself(world, scope):
    with scope(), transaction.atomic():
        made = happen(world, world.dana)
        found = stand(world, world.dana)
        assert [(move.event.kind, move.event.id, move.event.points) for move in found.moves] == [
            ("promise", made.promise, 6), ("moment", made.moment, -18), ("case", made.case, -8),
            ("touch", made.touch, 4),
        ]  # fmt: skip
        assert found.level == "reluctant"
        assert found.since.event.id == made.moment
        assert [move.level for move in found.turns] == ["reluctant"]
        earlier = stand(world, world.dana, world.now - 35 * DAY)
        assert (earlier.level, len(earlier.moves)) == ("going_along", 2)
        assert stand(world, world.eli).level is None
        late = stand(world, world.dana, world.now + 400 * DAY)
        assert (late.level, late.faded) == ("going_along", True)


def test_a_broken_word_costs_a_level_and_what_they_did_for_us_wins_one(world, scope):
    with scope(), transaction.atomic():
        given = {
            "account": world.larkspur.pk, "persona": world.dana.pk, "title": "A call", "state": "broken",
            "settled_at": world.now - DAY, "reason": "We forgot",
        }  # fmt: skip
        save_one(accounts.save_promises, given, at=world.now)
        assert stand(world, world.dana).level == "reluctant"
        day = (world.now - 2 * DAY).date()
        ask = {"persona": world.eli.pk, "kind": "talk", "asked_on": day, "answer": "yes", "done_on": day}
        save_one(services.save_advocate_asks, ask, at=world.now)
        found = stand(world, world.eli)
        assert (found.level, [move.event.points for move in found.moves]) == ("committed", [12, 6])


def test_any_number_of_people_costs_the_same_statements(world, scope, django_assert_num_queries):
    with scope(), transaction.atomic():
        happen(world, world.dana)
        people = [world.dana.pk]
        with django_assert_num_queries(6):
            selectors.commitments(persona_ids=people, tenant=world.northwind, at=world.now)
        for name in ("Fay", "Gus"):
            person = save_person(world.larkspur, name, at=world.now - 80 * DAY)
            happen(world, person)
            people.append(person.pk)
        with django_assert_num_queries(6):
            found = selectors.commitments(persona_ids=people, tenant=world.northwind, at=world.now)
        assert {len(one.moves) for one in found.values()} == {4}


def test_the_page_and_the_brief_say_the_level_and_lead_to_the_events(world, scope):
    empty = world.visit.alice.get(f"/personas/{world.dana.pk}").content.decode()
    assert "Nothing is written down that would tell" in empty
    with scope(), transaction.atomic():
        made = happen(world, world.dana)
    page = world.visit.alice.get(f"/personas/{world.dana.pk}").content.decode()
    assert "Reluctant" in page
    base = f"/t/northwind/accounts/{world.larkspur.pk}"
    for part in (
        f"touches/{made.touch}",
        f"cases/{made.case}",
        f"moments/{made.moment}",
        f"promises/{made.promise}",
    ):
        assert f"{base}/{part}?next=" in page
    assert (
        f"cases/{made.case}?next=" not in world.visit.vera.get(f"/personas/{world.dana.pk}").content.decode()
    )
    brief = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/brief").content.decode()
    assert "Reluctant" in brief


def test_commitment_over_rest(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    dana = rest.write.post("/personas", body).json()
    address = f"/personas/{dana['id']}/commitment"
    nothing = rest.read.get(address).json()
    assert (nothing["level"], nothing["value"], nothing["moves"]) == (None, 50, [])
    moment = {
        "persona": dana["id"],
        "happened_at": "2026-11-01T09:00:00Z",
        "valence": 2,
        "intensity": 3,
        "what": "!",
    }
    made = rest.write.post("/moments", moment).json()
    found = rest.read.get(address).json()
    assert found["level"] == "committed"
    assert (found["moves"][0]["kind"], found["moves"][0]["id"], found["moves"][0]["points"]) == (
        "moment", made["id"], 18,
    )  # fmt: skip
    assert rest.read.get(f"{address}?sort=x").status_code == 400
    assert rest.globex.get(address).status_code == 404
