"""What we know about a person: typed, with source, basis and end; expired ones are hidden; plans are held against it."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import ProfileFact, Step
from tests.csplatform.conftest import DAY, save_touch


def path(world, tail=""):
    return f"/personas/{world.dana.pk}{tail}"


def stored(scope):
    with scope(), transaction.atomic():
        return {fact.key: fact for fact in ProfileFact.objects.all()}


def test_a_fact_is_written_with_its_basis_confirmed_and_taken_away(world, scope):
    address = path(world, "/facts/circumstances")
    assert b"What goes on around them now" in world.visit.alice.get(address).content
    refused = world.visit.alice.post(address, value="Moving house", basis="")
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["basis"])
    until = (world.now + 30 * DAY).date()
    answer = world.visit.alice.post(
        address, value="Moving house", basis="told_us", source="Call", expires_on=until.isoformat()
    )
    assert answer.status_code == 302
    fact = stored(scope)["circumstances"]
    assert (fact.value, fact.basis, fact.source, fact.expires_on) == (
        "Moving house",
        "told_us",
        "Call",
        until,
    )
    assert fact.confirmed_on is not None
    assert b"Moving house" in world.visit.vera.get(path(world)).content
    with scope(), transaction.atomic():
        ProfileFact.objects.update(expires_on=world.now.date() - DAY, confirmed_on=None)
    page = world.visit.vera.get(path(world))
    assert b"Moving house" not in page.content
    assert [one.fact.key for one in page.context["profile"].expired] == ["circumstances"]
    world.visit.alice.post(address + "/confirm")
    fact = stored(scope)["circumstances"]
    assert fact.expires_on == fact.confirmed_on + dt.timedelta(days=90)
    world.visit.alice.post(address + "/delete")
    assert stored(scope) == {}
    assert world.visit.alice.post(address + "/delete").status_code == 404
    assert world.visit.alice.get(path(world, "/facts/shoe-size")).status_code == 404


def test_a_template_assumes_what_is_usual_in_a_role_and_overwrites_nothing(world, scope):
    world.visit.alice.post(path(world, "/facts/cadence"), value="7", basis="told_us")
    assert world.visit.alice.post(path(world, "/template")).status_code == 302
    facts = stored(scope)
    assert (facts["cadence"].value, facts["cadence"].basis) == ("7", "told_us")
    assert (facts["wiifm"].basis, facts["wiifm"].source, facts["wiifm"].confirmed_on) == (
        "assumed", "template", None,
    )  # fmt: skip
    world.visit.alice.post(path(world, "/facts/wiifm/confirm"))
    assert stored(scope)["wiifm"].basis == "told_us"


@pytest.mark.parametrize(("key", "value"), [("channel", "pigeon"), ("cadence", "soon"), ("cadence", "0")])
def test_a_preference_that_cannot_be_obeyed_is_refused_at_the_field(world, scope, key, value):
    refused = world.visit.alice.post(path(world, f"/facts/{key}"), value=value, basis="told_us")
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["value"])
    assert stored(scope) == {}


@pytest.mark.parametrize("tail", ["/facts/wiifm", "/facts/wiifm/confirm", "/facts/wiifm/delete", "/template"])
def test_a_viewer_changes_nothing(world, scope, tail):
    assert world.visit.vera.post(path(world, tail), value="X").status_code == 403
    assert stored(scope) == {}


def test_a_step_in_another_channel_or_too_soon_says_why_and_asks(world, scope):
    with scope(), transaction.atomic():
        for key, value in (("channel", "mail"), ("cadence", "30")):
            accounts.save_fact(
                persona_id=world.dana.pk, key=key, value=value, actor=world.alice, at=world.now
            )
        save_touch(world.larkspur, at=world.now - 3 * DAY, people=[world.dana])
    typed = {
        "title": "Call Dana", "side": "ours", "persona": str(world.dana.pk),
        "due_on": (world.now + 2 * DAY).date().isoformat(),
    }  # fmt: skip
    address = f"/accounts/{world.larkspur.pk}/steps/new"
    asked = world.visit.alice.post(address, **typed)
    assert asked.status_code == 422
    assert [words.split(",")[0] for words in asked.context["form"].errors["anyway"]] == [
        "Dana wants to be reached by mail",
        "Dana wants to hear from us at most every 30 days; the last touch was on "
        + (world.now - 3 * DAY).date().isoformat() + ".",
    ]  # fmt: skip
    assert world.visit.alice.post(address, **typed, anyway="on").status_code == 302
    with scope(), transaction.atomic():
        assert Step.objects.get().title == "Call Dana"
