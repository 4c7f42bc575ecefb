"""What we know about a person: typed, with source, basis and end; expired ones are hidden; plans are held against it."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils.formats import date_format

from accounts import selectors
from accounts import services as accounts
from accounts.models import ProfileFact, Step, Touch
from accounts.scope import tenant_scope
from health import services as health
from relationships import services as relationships
from relationships.models import Remedy, Situation
from relationships.services import ensure_library
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_person, save_touch


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


def test_what_is_no_birthday_is_refused_at_the_field_which_says_what_is_one(world, scope):
    address = path(world, "/facts/birthday")
    assert b"05-12 or 12 May" in world.visit.alice.get(address).content
    refused = world.visit.alice.post(address, value="2199-01-01", basis="told_us")
    assert (refused.status_code, refused.context["form"].errors) == (
        422,
        {"value": ["birthday: Lies in the future."]},
    )
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
    channel, cadence = asked.context["form"].errors["anyway"]
    assert channel.startswith("Dana wants to be reached by mail,")
    last = date_format((world.now - 3 * DAY).date(), "M j, Y")
    assert cadence == f"Dana wants to hear from us at most every 30 days; the last touch was on {last}."
    assert world.visit.alice.post(address, **typed, anyway="on").status_code == 302
    with scope(), transaction.atomic():
        assert Step.objects.get().title == "Call Dana"


def test_a_step_that_says_how_somebody_is_reached_is_held_against_that_and_not_against_its_title(
    world, scope
):
    with scope(), transaction.atomic():
        accounts.save_fact(
            persona_id=world.dana.pk, key="channel", value="mail", actor=world.alice, at=world.now
        )
    typed = {"title": "Anrufen", "side": "ours", "persona": str(world.dana.pk), "channel": "call"}
    address = f"/accounts/{world.larkspur.pk}/steps/new"
    asked = world.visit.alice.post(address, **typed)
    assert (asked.status_code, list(asked.context["form"].errors)) == (422, ["anyway"])
    assert world.visit.alice.post(address, **typed | {"channel": "mail"}).status_code == 302
    step = {"title": "Call Dana", "account": str(world.larkspur.pk), "persona": str(world.dana.pk)}
    write = Rest(make_key(world.adam, "write")[1])
    assert "warnings" not in write.post("/steps", step | {"channel": "mail"}).json()
    told = write.post("/steps", step | {"title": "Anrufen", "channel": "call"}).json()
    assert (told["channel"], [one["code"] for one in told["warnings"]]) == ("call", ["channel"])
    refused = write.post("/steps", step | {"channel": "pigeon"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/channel")


def wish(world, scope, **wishes):
    """What Dana wants, as she told Alice."""
    with scope(), transaction.atomic():
        for key, value in wishes.items():
            accounts.save_fact(
                persona_id=world.dana.pk, key=key, value=value, actor=world.alice, at=world.now
            )


def test_a_call_with_somebody_who_wants_it_otherwise_says_who_and_asks(world, scope):
    wish(world, scope, channel="mail", cadence="30")
    with scope(), transaction.atomic():
        save_touch(world.larkspur, at=world.now - 3 * DAY, people=[world.dana])
    typed = {
        "kind": "call", "at": (world.now - DAY).strftime("%Y-%m-%dT%H:%M"), f"p-{world.dana.pk}-there": "on",
        f"p-{world.eli.pk}-there": "on",
    }  # fmt: skip
    address = f"/accounts/{world.larkspur.pk}/call"
    assert "although they want it otherwise" not in world.visit.alice.get(address).content.decode()
    asked = world.visit.alice.post(address, **typed)
    assert asked.status_code == 422
    assert [words.split(",")[0].split(";")[0] for words in asked.context["form"].errors["anyway"]] == [
        "Dana wants to be reached by mail",
        "Dana wants to hear from us at most every 30 days",
    ]
    assert "although they want it otherwise" in asked.content.decode()
    with scope(), transaction.atomic():
        assert Touch.objects.count() == 1
    assert world.visit.alice.post(address, **typed, direction="inbound").status_code == 302
    assert world.visit.alice.post(address, **typed, anyway="on").status_code == 302


def test_a_touch_is_held_against_wishes_only_where_what_they_mind_changes(world, scope):
    with scope(), transaction.atomic():
        touch = save_touch(world.larkspur, at=world.now - 3 * DAY, people=[world.dana])
    wish(world, scope, no_contact="Asked us in May to leave her alone")
    address = f"/accounts/{world.larkspur.pk}/touches/{touch}"
    stands = {
        "kind": "call",
        "at": (world.now - 3 * DAY).strftime("%Y-%m-%dT%H:%M"),
        f"p-{world.dana.pk}-there": "on",
    }
    assert world.visit.alice.post(address, **stands, summary="Short").status_code == 302
    asked = world.visit.alice.post(address, **{**stands, "kind": "mail"})
    assert (asked.status_code, asked.context["form"].errors["anyway"]) == (
        422, ["Dana wants no contact from us: Asked us in May to leave her alone"],
    )  # fmt: skip
    assert world.visit.alice.post(address, **{**stands, "kind": "mail"}, anyway="on").status_code == 302


def test_what_somebody_wanted_before_they_were_merged_still_binds(world, scope):
    with scope(), transaction.atomic():
        twin = save_person(world.larkspur, "D. Dana", at=world.now - 60 * DAY)
        for key, value in (("channel", "mail"), ("cadence", "30")):
            accounts.save_fact(persona_id=twin.pk, key=key, value=value, actor=world.alice, at=world.now)
        save_touch(world.larkspur, at=world.now - 3 * DAY, people=[twin])
        accounts.merge_personas(id=twin.pk, into=world.dana.pk, actor=world.alice, at=world.now)

    def against():
        with scope(), transaction.atomic():
            call = selectors.planned_contact(
                persona_id=world.dana.pk, title="Call Dana", due_on=world.now.date() + DAY, at=world.now
            )
            return [one.code for one in selectors.objections(call, tenant=world.alice.tenant, at=world.now)]

    assert against() == ["channel", "cadence"]
    wish(world, scope, channel="call")
    assert against() == ["cadence"]
    with scope(), transaction.atomic():
        ProfileFact.objects.create(
            persona=twin, key="no_contact", value="Leave me alone", recorded_at=world.now
        )
    assert against() == ["no_contact"]
    write = Rest(make_key(world.adam, "write")[1])
    step = {"title": "Call Dana", "account": str(world.larkspur.pk), "persona": str(world.dana.pk)}
    assert [one["code"] for one in write.post("/steps", step).json()["warnings"]] == ["no_contact"]


def test_a_promise_to_somebody_who_wants_it_otherwise_says_why_and_asks(world, scope):
    wish(world, scope, channel="mail", cadence="30")
    with scope(), transaction.atomic():
        save_touch(world.larkspur, at=world.now - 3 * DAY, people=[world.dana])
    soon = (world.now + 2 * DAY).date()
    typed = {"title": "Call Dana", "persona": str(world.dana.pk), "due_on": soon.isoformat(), "state": "open"}
    address = f"/accounts/{world.larkspur.pk}/promises/new"
    assert "although they want it otherwise" not in world.visit.alice.get(address).content.decode()
    asked = world.visit.alice.post(address, **typed)
    assert (asked.status_code, len(asked.context["form"].errors["anyway"])) == (422, 2)
    assert "although they want it otherwise" in asked.content.decode()
    assert world.visit.alice.post(address, **typed, anyway="on").status_code == 302
    with scope(), transaction.atomic():
        step = Step.objects.get()
    stands = f"/accounts/{world.larkspur.pk}/promises/{step.pk}"
    assert world.visit.alice.post(stands, **typed | {"reason": "They know"}).status_code == 302
    assert world.visit.alice.post(stands, **typed | {"title": "Phone Dana"}).status_code == 422
    assert (
        world.visit.alice.post(stands, **typed | {"title": "Phone Dana", "state": "kept"}).status_code == 302
    )


def test_a_prescribed_step_for_somebody_who_wants_no_contact_is_asked_about_first(world, scope):
    wish(world, scope, no_contact="Asked us in May")
    with scope(), transaction.atomic():
        relationships.record_rating(
            rating=relationships.NewRating(
                persona_id=world.dana.pk, signs=("short_answers", "camera_off", "asks_ahead")
            ),
            actor=world.alice, at=world.now,
        )  # fmt: skip
    address, here = f"/accounts/{world.larkspur.pk}/accept", f"/t/northwind/personas/{world.dana.pk}"
    typed = {"cause": "person:diverged", "persona": str(world.dana.pk), "next": here}
    asked = world.visit.alice.post(address, **typed)
    assert (asked.status_code, asked.context["form"].errors["anyway"]) == (
        422, ["Dana wants no contact from us: Asked us in May"],
    )  # fmt: skip
    page = asked.content.decode()
    assert all(f'name="{name}" value="{value}"' in page for name, value in typed.items())
    with scope(), transaction.atomic():
        assert not Step.objects.exists()
    made = world.visit.alice.post(address, **typed, anyway="on")
    assert (made.status_code, made.url) == (302, here)
    with scope(), transaction.atomic():
        assert Step.objects.get().persona_id == world.dana.pk


def test_a_remedy_for_somebody_who_wants_no_contact_is_asked_about_first(world, scope):
    wish(world, scope, no_contact="Asked us in May")
    with scope(), transaction.atomic():
        ensure_library()
        remedy = Remedy.objects.select_related("type").filter(active=True).first()
    here = f"/accounts/{world.larkspur.pk}/situations"
    typed = {"persona": str(world.dana.pk), "remedy": remedy.key}
    new = f"{here}/new?type={remedy.type.key}"
    asked = world.visit.alice.post(new, **typed, make_step="on")
    assert (asked.status_code, list(asked.context["form"].errors)) == (422, ["anyway"])
    with scope(), transaction.atomic():
        assert not Situation.objects.exists()
    assert world.visit.alice.post(new, **typed).status_code == 302
    with scope(), transaction.atomic():
        row = Situation.objects.get()
    asked = world.visit.alice.post(f"{here}/{row.pk}/step")
    assert (asked.status_code, list(asked.context["form"].errors)) == (422, ["anyway"])
    assert remedy.label in asked.content.decode()
    with scope(), transaction.atomic():
        assert not Step.objects.exists()
    assert world.visit.alice.post(f"{here}/{row.pk}/step", anyway="on").status_code == 302
    with scope(), transaction.atomic():
        assert Step.objects.get().title == remedy.label


def test_rest_warns_of_promises_and_of_steps_made_with_one_click(rest, cast, now):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    body["profile"] = [{"key": "no_contact", "value": "Asked us in May"}]
    dana = rest.write.post("/personas", body).json()

    def codes(answer, status):
        assert answer.status_code == status, answer.content
        return [(one["persona"], one["code"]) for one in answer.json().get("warnings", [])]

    minded = [(dana["id"], "no_contact")]
    promise = {"title": "Send the numbers", "account_external_id": "L1", "persona": dana["id"]}
    made = rest.write.post("/promises", promise)
    assert codes(made, 201) == minded
    assert codes(rest.write.patch(f"/promises/{made.json()['id']}", {"state": "kept"}), 200) == []
    bulk = rest.write.post(
        "/promises/bulk", {"items": [{**promise, "external_id": "p"}, {**promise, "persona": None}]}
    )
    assert [len(row.get("warnings", [])) for row in bulk.json()["results"]] == [1, 0]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        remedy = ensure_library() or Remedy.objects.select_related("type").filter(active=True).first()
        health.rescore(account_ids=[dana["account"]], at=now)
    met = {"account_external_id": "L1", "persona": dana["id"], "type": remedy.type.key, "remedy": remedy.key}
    one = rest.write.post("/situations", met).json()["id"]
    assert codes(rest.write.post(f"/situations/{one}/step", {}), 201) == minded
    assert codes(rest.write.post(f"/situations/{one}/step", {}), 200) == []
    prescribed = rest.read.get(f"/accounts/{dana['account']}/prescription").json()
    accepted = rest.write.post(f"/accounts/{dana['account']}/prescription", {})
    assert codes(accepted, 201) == (minded if prescribed["persona"] else [])


def test_rest_answers_a_write_with_the_same_warnings_and_writes_nevertheless(rest, cast, now):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    facts = [{"key": "channel", "value": "mail"}, {"key": "cadence", "value": "30"}]
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "profile": facts}
    dana = rest.write.post("/personas", body).json()["id"]
    touch = {
        "account_external_id": "L1", "kind": "call", "at": (now - 3 * DAY).isoformat(),
        "attendees": [{"persona": dana}],
    }  # fmt: skip
    made = rest.write.post("/touches", touch)
    assert made.status_code == 201, made.content
    assert [(one["persona"], one["code"]) for one in made.json()["warnings"]] == [(dana, "channel")]
    assert "warnings" not in rest.read.get(f"/touches/{made.json()['id']}").json()
    second = rest.write.post("/touches", {**touch, "at": now.isoformat()}).json()
    assert [one["code"] for one in second["warnings"]] == ["channel", "cadence"]
    quiet = rest.write.patch(f"/touches/{second['id']}", {"direction": "inbound"}).json()
    assert "warnings" not in quiet
    step = {"title": "Call Dana", "account_external_id": "L1", "persona": dana}
    planned = rest.write.post("/steps", {**step, "due_on": (now + DAY).date().isoformat()}).json()
    assert [one["code"] for one in planned["warnings"]] == ["channel", "cadence"]
    assert planned["warnings"][0]["detail"] == "Dana wants to be reached by mail, not by call."
    done = rest.write.patch(f"/steps/{planned['id']}", {"done_at": now.isoformat()}).json()
    assert "warnings" not in done


def test_a_bulk_answers_with_the_warnings_of_each_item(rest, cast, now):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    facts = [{"key": "channel", "value": "mail"}, {"key": "cadence", "value": "30"}]
    for name, known in (("dana", facts), ("eli", [])):
        body = {"external_id": name, "account_external_id": "L1", "name": name.title(), "profile": known}
        assert rest.write.post("/personas", body).status_code == 201

    def touch(days, **values):
        there = [{"persona_external_id": "dana"}, {"persona_external_id": "eli"}]
        at = (now - days * DAY).isoformat()
        return {"account_external_id": "L1", "kind": "mail", "at": at, "attendees": there, **values}

    def codes(path, *items, **how):
        answer = rest.write.post(f"/{path}/bulk", {"items": items, **how})
        assert answer.status_code == 200, answer.content
        return [[one["code"] for one in row.get("warnings", [])] for row in answer.json()["results"]]

    rows = [touch(90), touch(80, kind="call"), touch(2, direction="inbound"), touch(1)]
    assert codes("touches", *rows, dry_run=True) == [[], ["channel", "cadence"], [], ["cadence"]]
    assert codes("touches", *rows) == [[], ["channel", "cadence"], [], ["cadence"]]
    step = {"account_external_id": "L1", "title": "Call them", "due_on": now.date().isoformat()}
    steps = [
        {**step, "persona_external_id": "dana", "external_id": "s1"},
        {**step, "persona_external_id": "eli"},
    ]
    assert codes("steps", *steps) == [["channel", "cadence"], []]
    assert codes("steps", steps[0]) == [[]]  # unchanged
