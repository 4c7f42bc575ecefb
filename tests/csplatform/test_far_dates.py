"""Days and moments at the ends of the calendar: nobody means them, and no door breaks on them."""

import pytest
from django.test import Client

from accounts.api import docs
from accounts.models import Account, Persona, ProfileFact, Tenant
from relationships.models import Pairing
from tests.conftest import Rest, make_key

FAR = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")
MOMENTS = ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00")
AT_ACCOUNT, OF_PERSON = {"account": "larkspur"}, {"persona": "dana"}
BETWEEN = {"persona": "dana", "target": "eli", "kind": "influences"}
BESIDE = {"persona": "dana", "member_email": "lena@northwind.test"}
DATED = [
    ("/accounts", {"name": "Finch"}, "started_on"),
    ("/accounts", {"name": "Finch"}, "renewal_on"),
    ("/accounts", {"name": "Finch"}, "churned_on"),
    ("/personas", {"name": "Gita", **AT_ACCOUNT}, "joined_on"),
    ("/personas", {"name": "Gita", **AT_ACCOUNT}, "left_on"),
    ("/steps", {"title": "Call", **AT_ACCOUNT}, "due_on"),
    ("/steps", {"title": "Call", **AT_ACCOUNT}, "snoozed_until"),
    ("/promises", {"title": "A slide", **AT_ACCOUNT}, "due_on"),
    ("/initiatives", {"title": "Grow", **AT_ACCOUNT}, "due_on"),
    ("/outcomes", {"kind": "renewed", **AT_ACCOUNT}, "happened_on"),
    ("/org-edges", BETWEEN, "from_on"),
    ("/org-edges", BETWEEN, "until_on"),
    ("/pairings", BESIDE, "from_on"),
    ("/pairings", BESIDE, "until_on"),
    ("/first-values", {"what": "A report", **AT_ACCOUNT}, "due_on"),
    ("/first-values", {"what": "A report", "evidence": "Seen", **AT_ACCOUNT}, "reached_on"),
    ("/situations", {"type": "champion_left", **AT_ACCOUNT}, "began_on"),
    ("/situations", {"type": "champion_left", "result": "solved", **AT_ACCOUNT}, "ended_on"),
    ("/advocate-asks", {"kind": "reference", **OF_PERSON}, "asked_on"),
    ("/advocate-asks", {"kind": "reference", "answer": "yes", **OF_PERSON}, "answered_on"),
    (
        "/advocate-asks",
        {"kind": "reference", "answer": "yes", "answered_on": "2026-01-02", **OF_PERSON},
        "done_on",
    ),
    ("/cadences", {"tier": "Gold", "every_days": 90, "due_days": 9}, "next_on"),
]


def key_of(world):
    key = Rest(make_key(world.adam, "admin")[1])
    key.client = Client(raise_request_exception=False)
    return key


def codes(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def dated_addresses(world):
    ids = {"accounts": world.larkspur.pk, "personas": world.dana.pk}
    for path, methods in docs.openapi_document()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and parameter["schema"].get("format") in ("date", "date-time"):
                noun = path.removeprefix("/api/v1/").split("/")[0]
                yield (
                    path.removeprefix("/api/v1").replace("{id}", str(ids.get(noun))),
                    parameter["name"],
                    parameter["schema"]["format"],
                )


def test_no_day_or_moment_in_an_address_breaks_the_door(world):
    key, broken, tried = key_of(world), [], 0
    for path, name, kind in dated_addresses(world):
        for given in FAR if kind == "date" else MOMENTS:
            tried += 1
            if key.get(f"{path}?{name}={given}").status_code not in (200, 400):
                broken.append((path, name, given))
    assert (broken, tried > 100) == ([], True)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_timeline_begins_at_no_moment_that_nobody_means(world, scope, moment):
    with scope():
        Tenant.objects.filter(pk=world.northwind.pk).update(time_zone="America/Los_Angeles")
    path = f"/accounts/{world.larkspur.pk}/timeline?before={moment}~{world.dana.pk}"
    assert world.visit.vera.get(path).status_code == 404


@pytest.mark.parametrize("day", FAR)
def test_the_chart_of_a_day_that_nobody_means_is_refused_by_name(world, day):
    answer = key_of(world).get(f"/accounts/{world.larkspur.pk}/org?on={day}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert codes(answer) == {"?on": "out_of_range"}


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_first_and_the_last_day_that_one_may_mean_are_drawn(world, day):
    assert key_of(world).get(f"/accounts/{world.larkspur.pk}/org?on={day}").status_code == 200


@pytest.mark.parametrize(("path", "body", "field"), DATED)
def test_a_day_that_nobody_means_is_refused_by_name(world, path, body, field):
    key = key_of(world)
    known = {name: str(getattr(world, name).pk) for name in ("larkspur", "dana", "eli")}
    named = {name: known.get(value, value) for name, value in body.items()}
    for day in FAR:
        answer = key.post(path, {**named, field: day})
        assert (answer.status_code, codes(answer)) == (400, {f"/{field}": "out_of_range"}), (
            day,
            answer.json(),
        )
        assert answer.json()["errors"][0]["detail"] == "From 1900 to 2199."


def test_a_stage_is_entered_on_no_day_that_nobody_means(world):
    key = key_of(world)
    stage = key.post("/stages", {"name": "Adopt"}).json()["id"]
    body = {"account": str(world.larkspur.pk), "stage": stage, "historical": True}
    for day in ("0001-01-01", "1899-12-31"):
        answer = key.post("/placements", {**body, "entered_on": day})
        assert (answer.status_code, codes(answer)) == (400, {"/entered_on": "out_of_range"})


@pytest.mark.parametrize("name", ["expires_on", "confirmed_on"])
def test_a_fact_about_a_person_is_dated_by_a_day_that_one_may_mean(world, name):
    fact = {"key": "likes", "value": "chess", name: "9999-12-31"}
    answer = key_of(world).patch(f"/personas/{world.dana.pk}", {"profile": [fact]})
    assert (answer.status_code, codes(answer)) == (400, {f"/profile/0/{name}": "out_of_range"})


def test_a_day_that_stands_from_before_stops_no_change_of_another(world, scope):
    with scope():
        Account.objects.filter(pk=world.larkspur.pk).update(started_on="0019-05-01")
        Persona.objects.filter(pk=world.dana.pk).update(joined_on="0019-05-01")
        fact = {"key": "likes", "value": "chess", "expires_on": "9999-12-31"}
        ProfileFact.objects.create(persona=world.dana, recorded_at=world.now, **fact)
    key = key_of(world)
    account = {"started_on": "0019-05-01", "region": "Asia"}
    assert key.patch(f"/accounts/{world.larkspur.pk}", account).json()["region"] == "Asia"
    person = {"joined_on": "0019-05-01", "title": "Head", "profile": [fact]}
    assert key.patch(f"/personas/{world.dana.pk}", person).json()["title"] == "Head"


def test_the_forms_say_at_the_field_that_nobody_means_a_day(world, scope):
    forms = {
        f"/accounts/{world.larkspur.pk}/edit": ("renewal_on", {"name": "Larkspur", "status": "active"}),
        f"/personas/{world.dana.pk}/edit": ("joined_on", {"name": "Dana", "role": "champion"}),
        f"/personas/{world.dana.pk}/facts/wiifm": ("expires_on", {"value": "Peace"}),
        f"/accounts/{world.larkspur.pk}/outcomes/new": ("happened_on", {"kind": "renewed"}),
    }
    for path, (field, rest) in forms.items():
        answer = world.visit.alice.post(path, **rest, **{field: "9999-12-31"})
        assert (path, answer.status_code) == (path, 422)
        assert answer.context["form"].errors == {field: ["From 1900 to 2199."]}
    with scope():
        assert not ProfileFact.objects.exists()


def test_nobody_is_paired_since_a_day_that_nobody_means(world, scope):
    new = {"pairing-persona": world.eli.pk, "pairing-member_email": "lena@northwind.test"}
    path = f"/accounts/{world.larkspur.pk}/pairings"
    world.visit.alice.post(path, **new, **{"pairing-from_on": "0001-01-01"})
    assert "From 1900 to 2199." in world.visit.alice.get(f"/accounts/{world.larkspur.pk}").content.decode()
    with scope():
        assert not Pairing.objects.exists()
