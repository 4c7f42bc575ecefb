"""The brief before a call: on one page what has to be known of who will be there."""

import pytest
from django.db import transaction

from accounts import services as accounts
from relationships import services as relationships
from tests.csplatform.conftest import DAY, save_case, save_one, save_person, save_touch


def prepare(world, person):
    for key, value in (("wiifm", "A quiet night"), ("circumstances", "Moving"), ("frustrations", "Exports")):
        accounts.save_fact(
            persona_id=person.pk, key=key, value=value, basis="told_us", actor=world.alice, at=world.now
        )
    promise = {"account": world.larkspur.pk, "persona": person.pk, "title": "Send the figures"}
    save_one(accounts.save_promises, promise, at=world.now)
    moment = {
        "persona": person.pk, "happened_at": world.now - 30 * DAY, "valence": -2, "intensity": 3,
        "what": "The outage",
    }  # fmt: skip
    save_one(relationships.save_moments, moment, at=world.now)
    save_touch(world.larkspur, at=world.now - DAY, people={person: {"feeling": "Wary"}}, summary="Budget")
    save_case(world.larkspur, at=world.now - DAY, persona=person.pk, subject="Import fails")


def path(world, query=""):
    return f"/accounts/{world.larkspur.pk}/brief{query}"


def test_the_brief_says_who_what_they_expect_fear_remember_and_were_promised(world, scope):
    with scope(), transaction.atomic():
        prepare(world, world.dana)
    page = world.visit.vera.get(path(world, f"?persona={world.dana.pk}"))
    text = page.content.decode()
    for said in (
        "A quiet night",
        "Moving",
        "Exports",
        "Import fails",
        "Send the figures",
        "The outage",
        "Wary",
        "Budget",
    ):
        assert said in text, said
    assert [one.person.name for one, _promised in page.context["people"]] == ["Dana"]
    (one,) = [one for one, _promised in page.context["people"]]
    assert one.emotion[0] == "Wary"
    everybody = world.visit.vera.get(path(world)).context["people"]
    assert [one.person.name for one, _promised in everybody] == ["Eli", "Dana"]


def test_the_account_and_the_form_after_a_call_lead_to_the_brief(world):
    address = f"/t/northwind{path(world)}"
    assert address in world.visit.vera.get(f"/accounts/{world.larkspur.pk}").content.decode()
    assert address in world.visit.alice.get(f"/accounts/{world.larkspur.pk}/call").content.decode()


@pytest.mark.parametrize("query", ["?persona=x", "?" + "&".join(["persona=" + "0" * 32] * 21)])
def test_a_wrong_choice_is_refused(world, query):
    assert world.visit.alice.get(path(world, query)).status_code == 400
    assert world.visit.charlie.get(path(world)).status_code == 404


@pytest.mark.parametrize("more", [1, 3])
def test_the_brief_costs_the_same_statements_for_one_and_many(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            person = save_person(
                world.larkspur, f"Person {n}", at=world.now - 90 * DAY, role="decision_maker"
            )
            prepare(world, person)
    assert world.visit.alice.statements(path(world)) == 32
