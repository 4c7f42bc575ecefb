"""Product areas: what of the product a driver is about, named when somebody rates, and the drivers read by them."""

import re

import pytest
from django.db import transaction

from accounts.models import Persona
from relationships import services
from relationships.models import ProductArea, Rating
from tests.accounts.importing import faults, previewed, ran
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, kept_world, save_person, scope, world

__all__ = ["kept_world", "scope", "world"]
PATH = "/ratings/drivers"


def said(world, person, *, ago, driver="quality", area="", mood="negative"):
    rating = services.NewRating(
        persona_id=person.pk, sentiment_brand=mood, sentiment_product=mood, sentiment_service=mood,
        driver=driver, area=area,
    )  # fmt: skip
    return services.record_rating(rating=rating, actor=world.alice, at=world.now - ago * DAY).rating


@pytest.fixture
def felt(world, scope):
    """Dana and Eli are negative about reports, Farid about mobile, Gita about nothing that was named."""
    with scope(), transaction.atomic():
        people = [world.dana, world.eli]
        people += [
            save_person(world.larkspur, name, at=world.now - 30 * DAY, role="power_user")
            for name in ("Farid", "Gita")
        ]
        for person, driver, area in zip(
            people,
            ("quality", "usability", "quality", "price"),
            ("reports", "reports", "mobile", ""),
            strict=True,
        ):
            said(world, person, ago=2, driver=driver, area=area)
    return world


def test_drivers_are_read_by_product_area_on_the_page_and_over_rest(felt):
    page = felt.visit.vera.get(PATH).context
    assert [(one.key, one.people, one.accounts) for one, _href in page["areas"]] == [
        ("reports", 2, 1),
        ("mobile", 1, 1),
    ]
    assert page["unnamed"].people == 1
    there = felt.visit.vera.get(f"{PATH}?area=reports").context
    assert {one.key: one.people for one in there["found"].drivers} == {"usability": 1, "quality": 1}
    assert sorted(person.name for person in there["people"]) == ["Dana", "Eli"]
    assert (there["found"].rated, there["area_label"]) == (2, "Reports and exports")
    read = Rest(make_key(felt.adam, "read")[1])
    body = read.get("/drivers/behind?area=mobile").json()
    assert (body["people"], [one["driver"] for one in body["results"]]) == (1, ["quality"])
    assert [(one["area"], one["people"]) for one in body["areas"]] == [("reports", 2), ("mobile", 1), ("", 1)]
    assert read.get("/drivers/behind?area=No!").status_code == 400


def test_an_area_goes_along_with_its_driver_and_ends_with_it(world, scope):
    with scope(), transaction.atomic():
        said(world, world.dana, ago=5, area="reports")
        strength = services.NewRating(persona_id=world.dana.pk, strength="weak")
        carried = services.record_rating(rating=strength, actor=world.alice, at=world.now - 4 * DAY).rating
        assert (carried.driver, carried.area) == ("quality", "reports")
        assert said(world, world.dana, ago=3, driver="price").area == ""
        with pytest.raises(services.UnknownArea):
            said(world, world.dana, ago=2, area="moon")


def test_the_grid_without_a_script_offers_the_areas_that_are_in_use(world, scope):
    offered = f'name="area" form="f-{world.dana.pk}"'
    assert offered in world.visit.alice.get("/rate").content.decode()
    with scope(), transaction.atomic():
        ProductArea.objects.update(active=False)
    assert offered not in world.visit.alice.get("/rate").content.decode()


def test_a_refused_row_of_the_grid_keeps_what_was_chosen_in_it(world):
    typed = {
        "strength": "weak",
        "sentiment_brand": "negative",
        "driver": "quality",
        "area": "mobile",
        "note": "x" * 2001,
    }
    page = world.visit.alice.post(f"/rate/{world.dana.pk}", **typed, next="/t/northwind/rate")
    assert page.status_code == 422
    content = page.content.decode()
    for name, value in typed.items():
        if name in ("sentiment_brand", "driver", "area"):
            (select,) = re.findall(
                rf'<select[^>]*name="{name}" form="f-{world.dana.pk}".*?</select>', content
            )
            assert re.findall(r'value="(\w+)" selected', select) == [value]
    assert content.count(" selected>") == 3


def test_page_rest_and_bulk_carry_an_area_and_refuse_one_that_is_none(world, scope):
    rated = {"strength": "weak", "sentiment": "negative", "driver": "quality", "area": "mobile"}
    assert world.visit.alice.post(f"/rate/{world.dana.pk}", **rated).status_code == 302
    person = world.visit.vera.get(f"/personas/{world.dana.pk}").content.decode()
    assert "Quality and reliability · Mobile" in person
    write = Rest(make_key(world.adam, "write")[1])
    body = {"persona": str(world.eli.pk), "sentiment": "negative", "driver": "quality"}
    made = write.post("/ratings", {**body, "area": "security", "external_id": "r-1"})
    assert (made.status_code, made.json()["area"]) == (201, "security")
    assert write.post("/ratings", {**body, "area": "mobile", "external_id": "r-1"}).status_code == 409
    refused = write.post("/ratings", {**body, "area": "moon"}).json()["errors"][0]
    assert (refused["pointer"], refused["code"]) == ("/area", "unknown_area")
    items = [{**body, "area": "reports"}, {**body, "area": "moon"}]
    summary = write.post("/ratings/bulk", {"items": items}).json()["summary"]
    assert (summary["created"], summary["failed"]) == (1, 1)
    with scope(), transaction.atomic():
        assert Rating.objects.filter(persona=world.eli, area="reports").count() == 1


def test_admins_keep_the_list_of_areas(world):
    adam = world.visit.adam
    adam.post("/settings/product-areas", label="Night shift planner")
    planner = adam.get("/settings/product-areas").context["terms"][-1]
    assert (planner.key, planner.active) == ("night_shift_planner", True)
    adam.post(f"/settings/product-areas/{planner.pk}", move="up")
    adam.post(f"/settings/product-areas/{planner.pk}", active="")
    terms = world.visit.vera.get("/settings/product-areas").context["terms"]
    assert (terms[-2].key, terms[-2].active) == ("night_shift_planner", False)
    assert "Night shift planner" not in world.visit.alice.get("/rate").content.decode()
    assert world.visit.lena.post(f"/settings/product-areas/{planner.pk}", active="1").status_code == 403
    admin = Rest(make_key(world.adam, "admin")[1])
    assert admin.post("/product-areas", {"key": "api", "label": "API"}).status_code == 201


def test_an_import_carries_an_area_and_names_the_row_of_one_that_is_none(world, scope):
    with scope(), transaction.atomic():
        Persona.objects.filter(pk=world.dana.pk).update(external_id="dana")
        Persona.objects.filter(pk=world.eli.pk).update(external_id="eli")
        file = "persona_external_id,sentiment,driver,Product area\ndana,negative,quality,mobile\neli,negative,quality,moon\n"
        one = previewed(world, "ratings", file, world.now)
        assert faults(one) == [(3, "area", "unknown_area")]
        ran(world, one, world.now)
        assert [(rating.driver, rating.area) for rating in Rating.objects.filter(driver="quality")] == [
            ("quality", "mobile")
        ]
