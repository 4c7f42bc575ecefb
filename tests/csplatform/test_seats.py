"""An empty seat: who could take it, why, and one click that gives it to them."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Persona
from health import selectors as health
from health import services as scoring
from tests.csplatform.conftest import DAY, rate, save_person, save_touch


@pytest.fixture
def vacant(world, scope):
    """Dana, Larkspur's champion, left yesterday; Ugo reported to her and likes us, Otto is nobody we know."""
    with scope(), transaction.atomic():
        then = world.now - 60 * DAY
        world.ugo = save_person(world.larkspur, "Ugo", at=then, role="power_user", reports_to=world.dana.pk)
        world.otto = save_person(world.larkspur, "Otto", at=then, role="end_user")
        rate(world.ugo, world.alice, at=world.now - 9 * DAY, strength="okay", mood="positive")
        save_touch(world.larkspur, at=world.now - 5 * DAY, people=[world.ugo])
        item = accounts.Item(id=world.dana.pk, values={"left_on": (world.now - DAY).date()})
        accounts.save_personas(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=world.now)
        scoring.rescore(account_ids=[world.larkspur.pk], at=world.now)
    return world


def path(world, role="champion", more=""):
    return f"/accounts/{world.larkspur.pk}/seats/{role}{more}"


def test_candidates_are_ranked_each_with_why(vacant):
    page = vacant.visit.alice.get(path(vacant))
    found = page.context["candidates"]
    assert [one["name"] for one in found] == ["Ugo", "Eli", "Otto"]
    assert set(found[0]["reasons"]) >= {
        "power user: near to this role", "reported to Dana", "last met 5 days ago", "feels positive about us",
    }  # fmt: skip
    assert "Then nobody would be left as economic buyer." in found[1]["warning"]
    text = page.content.decode()
    assert f"/personas/{vacant.dana.pk}" in text
    assert 'name="persona"' in text


def test_a_flag_and_the_chart_lead_to_the_seat(vacant):
    for tab in ("", "/people"):
        text = vacant.visit.vera.get(f"/accounts/{vacant.larkspur.pk}{tab}").content.decode()
        assert f'href="/t/northwind{path(vacant)}"' in text


def test_one_click_gives_the_role_and_the_seat_closes(vacant, scope):
    answer = vacant.visit.alice.post(path(vacant, more="/fill"), persona=vacant.ugo.pk)
    assert answer.status_code == 302
    with scope(), transaction.atomic():
        assert Persona.objects.get(pk=vacant.ugo.pk).role == "champion"
        scoring.rescore(account_ids=[vacant.larkspur.pk], at=vacant.now + DAY)
        found = health.coverage(vacant.larkspur.pk)
        assert found["vacant_roles"] == []
        flags = health.health(vacant.larkspur.pk)["flags"]
    assert "champion_left" not in {flag["code"] for flag in flags}
    assert vacant.visit.alice.get(path(vacant)).context["seat"].state == "held"


@pytest.mark.parametrize("who", ["vera", "charlie"])
def test_who_may_not_write_gives_no_role(vacant, scope, who):
    answer = getattr(vacant.visit, who).post(path(vacant, more="/fill"), persona=vacant.ugo.pk)
    assert answer.status_code in (403, 404)
    with scope(), transaction.atomic():
        assert Persona.objects.get(pk=vacant.ugo.pk).role == "power_user"


def test_only_somebody_who_works_there_takes_the_seat_of_a_role_that_exists(vacant, scope):
    visit = vacant.visit.alice
    assert visit.post(path(vacant, more="/fill"), persona=vacant.dana.pk).status_code == 404
    assert visit.post(path(vacant, more="/fill"), persona="nobody").status_code == 404
    assert visit.get(path(vacant, "chief")).status_code == 404
    assert visit.get(path(vacant, "procurement")).status_code == 200
    assert vacant.visit.charlie.get(path(vacant)).status_code == 404


def test_the_page_costs_the_same_for_few_and_many(vacant, scope):
    one = vacant.visit.alice.statements(path(vacant))
    with scope(), transaction.atomic():
        for n in range(3):
            save_person(vacant.larkspur, f"Person {n}", at=vacant.now - 30 * DAY)
    assert (one, vacant.visit.alice.statements(path(vacant))) == (17, 17)
