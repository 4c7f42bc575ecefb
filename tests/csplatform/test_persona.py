"""A person's page: what is said of them and by them, and what is written there."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Persona, PersonaFact, ProfileFact
from feedback import services as feedback
from health.models import UsageDay
from relationships.models import Rating
from tests.csplatform.conftest import DAY, rate, save_note, save_one, save_person, save_touch


def path(person, tail=""):
    return f"/personas/{person.pk}{tail}"


def read(world, scope, person):
    with scope(), transaction.atomic():
        return Persona.objects.get(pk=person.pk)


def test_the_page_shows_the_rating_its_history_and_what_it_adds(world):
    page = world.visit.vera.get(path(world.dana))
    assert page.status_code == 200
    assert page.context["rating"]["strength"] == "very_good"
    assert page.context["rating"]["rated_by"] == "Alice"
    assert page.context["contribution"] > 0
    assert [(one["by"], one["driver"], one["note"]) for one in page.context["ratings"]] == [
        ("Alice", "Value they get", "A friend")
    ]


def test_how_sure_a_rater_is_is_said_with_the_rating(world, scope):
    page = world.visit.alice.get(path(world.dana))
    assert b'name="confidence"' in page.content
    world.visit.alice.post(f"/rate/{world.dana.pk}", strength="okay", confidence="low")
    with scope(), transaction.atomic():
        assert Rating.objects.latest("recorded_at").confidence == "low"


def test_profile_answers_and_usage_under_their_address_are_shown(world, scope):
    with scope(), transaction.atomic():
        ProfileFact.objects.create(
            persona=world.dana, key="motivation", value="Promotion", source="call", recorded_at=world.now
        )
        answer = feedback.NewResponse(kind="nps", answer=8, persona_id=world.dana.pk, why="Reliable")
        feedback.record_response(response=answer, actor=world.alice, at=world.now)
        UsageDay.objects.create(
            account_id=world.larkspur.pk, day=(world.now - 3 * DAY).date(), user_key="Dana@larkspur.test",
            feature="reports", count=4, recorded_at=world.now,
        )  # fmt: skip
    page = world.visit.vera.get(path(world.dana))
    assert b"Promotion" in page.content
    assert page.context["responses"][0]["why"] == "Reliable"
    assert (page.context["usage"].active_days, page.context["usage"].features) == (1, ["reports"])


@pytest.mark.parametrize("tail", ["", "/edit"])
def test_another_tenants_person_answers_as_a_missing_one(world, tail):
    foreign = world.visit.adam.get(path(world.zoe, tail))
    nothing = world.visit.adam.get(f"/personas/0190a0b0-0000-7000-8000-000000000000{tail}")
    assert foreign.status_code == nothing.status_code == 404
    assert b"of Globex" not in foreign.content


def test_a_stranger_sees_nothing(world):
    assert world.visit.charlie.get(path(world.dana)).status_code == 404


def test_a_person_is_changed(world, scope):
    response = world.visit.alice.post(
        path(world.dana, "/edit"), name="Dana Ortiz", role="executive_sponsor", influence="5", tracked="on",
        title="Head of Data", time_zone="Europe/Paris",
    )  # fmt: skip
    assert response.status_code == 302
    dana = read(world, scope, world.dana)
    assert (dana.name, dana.role, dana.influence, dana.email) == ("Dana Ortiz", "executive_sponsor", 5, "")


def test_what_is_wrong_with_a_person_stands_at_its_field(world, scope):
    response = world.visit.alice.post(
        path(world.dana, "/edit"), name="Dana", role="queen", time_zone="Mars", joined_on="2026-02-01",
        left_on="2026-01-01",
    )  # fmt: skip
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"role", "time_zone", "left_on"}
    assert read(world, scope, world.dana).role == "champion"


def test_reporting_in_a_circle_is_refused_at_the_field(world, scope):
    response = world.visit.alice.post(
        path(world.dana, "/edit"), name="Dana", role="champion", reports_to=str(world.eli.pk)
    )
    assert response.context["form"].errors["reports_to"] == ["This would close a circle."]
    assert read(world, scope, world.dana).reports_to_id is None


def test_somebody_marked_as_left_is_kept_with_the_day_and_may_come_back(world, scope):
    world.visit.alice.post(path(world.dana, "/left"))
    assert read(world, scope, world.dana).left_on is not None
    with scope(), transaction.atomic():
        assert PersonaFact.objects.filter(persona=world.dana, key="left_on").exists()
    page = world.visit.alice.get(path(world.dana))
    assert b"Still there" in page.content
    assert b"Save rating" not in page.content
    world.visit.alice.post(path(world.dana, "/left"), back="1")
    assert read(world, scope, world.dana).left_on is None


@pytest.mark.parametrize(("tail", "data"), [("/edit", {"name": "X", "role": "other"}), ("/left", {})])
def test_a_viewer_is_shown_no_button_and_changes_nothing(world, scope, tail, data):
    assert world.visit.vera.post(path(world.dana, tail), **data).status_code == 403
    dana = read(world, scope, world.dana)
    assert (dana.name, dana.left_on) == ("Dana", None)
    page = world.visit.vera.get(path(world.dana)).content
    assert b"Save rating" not in page
    assert b"Mark as left" not in page


def test_what_the_strengths_mean_stands_where_a_person_is_rated(world):
    for address in (path(world.dana), f"/accounts/{world.larkspur.pk}/call"):
        assert b"We have met, but it stays cool and distant." in world.visit.alice.get(address).content


def test_a_person_is_rated_on_their_own_page(world, scope):
    response = world.visit.alice.post(
        f"/rate/{world.dana.pk}", strength="weak", next=f"/t/northwind{path(world.dana)}"
    )
    assert response["Location"].startswith(f"/t/northwind{path(world.dana)}")
    assert world.visit.alice.get(path(world.dana)).context["rating"]["strength"] == "weak"


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_costs_the_same_statements_whatever_the_history(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            rate(world.dana, world.lena, at=timezone.now(), strength="okay", mood="positive")
            save_person(world.larkspur, f"Person {n}", at=world.now)
            save_touch(world.larkspur, at=world.now, people=[world.dana, world.eli])
        save_touch(world.larkspur, at=world.now, people=[world.dana])
        for n in range(more + 1):
            promise = {"account": world.larkspur.pk, "persona": world.dana.pk, "title": f"Promise {n}"}
            save_one(accounts.save_promises, promise, at=world.now)
            save_note(world.larkspur, f"{n} @Lena", at=world.now, persona=world.dana.pk)
    assert world.visit.alice.statements(path(world.dana)) == 48
