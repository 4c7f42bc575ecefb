"""After a call: one form, one transaction; what was said, rated, promised and planned stands, or nothing does."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Activity, Step, Touch, TouchAttendee
from relationships.models import ProductArea, Rating
from tests.csplatform.conftest import DAY, save_account, save_person


def path(world):
    return f"/accounts/{world.larkspur.pk}/call"


def stored(scope, model):
    with scope(), transaction.atomic():
        return list(model.objects.order_by("pk"))


def typed(world, **more):
    dana, eli = f"p-{world.dana.pk}", f"p-{world.eli.pk}"
    return {
        "kind": "call", "at": "2026-01-05T10:00", "summary": "Budget", "owner_email": "alice@northwind.test",
        f"{dana}-there": "on", f"{eli}-thought": "Too dear", f"{eli}-feeling": "Worried",
        "promise": "Send the new price", "promise_due": "2026-01-08", "step": "Call Eli again",
        "step_due": "2026-01-12", "step_owner": "lena@northwind.test", **more,
    }  # fmt: skip


def test_everything_after_a_call_is_written_at_once(world, scope):
    eli = f"p-{world.eli.pk}"
    before = world.visit.alice.get(f"/accounts/{world.larkspur.pk}").context["health"]["score"]
    data = typed(
        world, **{f"{eli}-strength": "none", f"{eli}-sentiment": "negative", f"{eli}-driver": "price"}
    )
    answer = world.visit.alice.post(path(world), **data)
    assert answer["Location"] == f"/t/northwind/accounts/{world.larkspur.pk}"
    (touch,) = stored(scope, Touch)
    assert (touch.kind, touch.summary, touch.owner_id) == ("call", "Budget", world.alice.member_id)
    said = {one.persona_id: (one.thought, one.feeling) for one in stored(scope, TouchAttendee)}
    assert said == {world.dana.pk: ("", ""), world.eli.pk: ("Too dear", "Worried")}
    promise, step = stored(scope, Step)
    assert (promise.title, promise.source, promise.owner_id) == (
        "Send the new price", "promise", world.alice.member_id,
    )  # fmt: skip
    assert (step.title, step.source, step.owner_id) == ("Call Eli again", "call", world.lena.member_id)
    assert promise.touch_id == step.touch_id == touch.pk
    rating = stored(scope, Rating)[-1]
    assert (rating.persona_id, rating.strength, rating.source) == (world.eli.pk, "none", "call")
    page = world.visit.alice.get(f"/accounts/{world.larkspur.pk}")
    assert page.context["health"]["score"] < before
    assert b"The score moved by" in page.content
    assert page.content.count(b">Send the new price</a>") == 1


def test_a_promise_to_somebody_who_was_not_there_is_recorded_and_held_against_their_wishes(world, scope):
    with scope(), transaction.atomic():
        away = save_person(world.larkspur, "Gus", at=world.now, left_on=world.now.date() - DAY)
        accounts.save_fact(
            persona_id=away.pk, key="no_contact", value="Leave me alone", actor=world.alice, at=world.now
        )
    assert (str(away.pk), "Gus") in world.visit.alice.get(path(world)).context["form"].fields[
        "promise_to"
    ].choices
    asked = world.visit.alice.post(path(world), **typed(world, promise_to=str(away.pk)))
    assert (asked.status_code, asked.context["form"].errors["anyway"]) == (
        422, ["Gus wants no contact from us: Leave me alone"],
    )  # fmt: skip
    assert stored(scope, Step) == []
    assert (
        world.visit.alice.post(path(world), **typed(world, promise_to=str(away.pk), anyway="on")).status_code
        == 302
    )
    assert stored(scope, Step)[0].persona_id == away.pk
    assert away.pk not in {one.persona_id for one in stored(scope, TouchAttendee)}


def test_a_call_needs_no_more_than_who_was_there(world, scope):
    dana = f"p-{world.dana.pk}"
    data = {"kind": "mail", "at": "2026-01-05T10:00", f"{dana}-there": "on"}
    assert world.visit.alice.post(path(world), **data).status_code == 302
    assert len(stored(scope, Touch)) == 1
    assert stored(scope, Step) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"at": ""}, "at"),
        ({"at": "2199-01-01T10:00"}, "at"),
        ({"kind": "séance"}, "kind"),
        ({"promise_due": "soon"}, "promise_due"),
        ({"step_owner": "charlie@globex.test"}, "step_owner"),
    ],
)
def test_a_part_that_is_wrong_says_so_and_nothing_is_written(world, scope, more, field):
    logged = len(stored(scope, Activity))
    answer = world.visit.alice.post(path(world), **typed(world, **more))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert (stored(scope, Touch), stored(scope, Step)) == ([], [])
    assert len(stored(scope, Activity)) == logged


def test_a_worse_mood_without_its_reason_writes_nothing_and_asks_at_the_person(world, scope):
    rated = len(stored(scope, Rating))
    eli = f"p-{world.eli.pk}"
    answer = world.visit.alice.post(path(world), **typed(world, **{f"{eli}-sentiment": "negative"}))
    wrong = {row.person.name: list(row.errors) for row in answer.context["present"] if row.errors}
    assert (answer.status_code, wrong) == (422, {"Eli": ["driver"]})
    assert (stored(scope, Touch), stored(scope, Step)) == ([], [])
    assert len(stored(scope, Rating)) == rated


def test_what_the_reason_is_about_is_named_where_there_are_areas(world, scope):
    eli = f"p-{world.eli.pk}"
    said = {f"{eli}-sentiment": "negative", f"{eli}-driver": "quality"}
    refused = world.visit.alice.post(path(world), **typed(world, **said, **{f"{eli}-area": "moon"}))
    wrong = {row.person.name: list(row.errors) for row in refused.context["present"] if row.errors}
    assert (refused.status_code, wrong) == (422, {"Eli": ["area"]})
    assert stored(scope, Touch) == []
    sent = world.visit.alice.post(path(world), **typed(world, **said, **{f"{eli}-area": "mobile"}))
    assert sent.status_code == 302
    assert [(one.driver, one.area) for one in stored(scope, Rating)][-1] == ("quality", "mobile")
    with scope(), transaction.atomic():
        ProductArea.objects.update(active=False)
    page = world.visit.alice.get(path(world))
    assert all("area" not in row.fields for row in page.context["present"])
    assert "Product area" not in page.content.decode()


def test_who_may_not_write_the_account_writes_no_call(world, scope):
    for visitor in (world.visit.vera, world.visit.charlie):
        assert visitor.post(path(world), **typed(world)).status_code in (403, 404)
        assert visitor.get(path(world)).status_code in (403, 404)
    assert (stored(scope, Touch), stored(scope, Step)) == ([], [])


def test_a_name_that_fits_one_account_leads_to_its_form(world, scope):
    found = world.visit.alice.get("/call?q=larks")
    assert found["Location"] == f"/t/northwind{path(world)}"
    with scope(), transaction.atomic():
        save_account("Larkana", at=world.now - DAY, owner_email="alice@northwind.test")
    several = world.visit.alice.get("/call?q=lark")
    assert [account.name for account in several.context["accounts"]] == ["Larkana", "Larkspur"]
    assert [one.name for one in world.visit.alice.get("/call").context["accounts"]] == ["Larkana", "Larkspur"]
    viewers = world.visit.vera.get("/call")
    assert list(viewers.context["accounts"]) == []
    assert b"Your role lets you look" in viewers.content
    assert list(world.visit.alice.get("/call?q=Zebra").context["accounts"]) == []


def test_the_form_starts_with_whoever_the_call_was_with_and_how_they_are_rated(world):
    page = world.visit.alice.get(f"{path(world)}?persona={world.eli.pk}")
    first = page.context["present"][0]
    assert (first.person.name, first["there"].value()) == ("Eli", True)
    assert first.fields["strength"].choices[0] == ("", "Weak")
    assert world.visit.alice.get(f"{path(world)}?persona=x").status_code == 404


@pytest.mark.parametrize("more", [0, 3])
def test_the_form_costs_the_same_whatever_the_number_of_people(world, scope, more):
    from tests.csplatform.conftest import save_person

    with scope(), transaction.atomic():
        for n in range(more):
            save_person(world.larkspur, f"Person {n}", at=world.now, role="power_user")
    world.visit.alice.get(path(world))
    assert world.visit.alice.statements(path(world)) == 17


def test_the_way_to_it_stands_beside_every_page_for_whoever_may_write_alone(world, scope):
    pages = {who: getattr(world.visit, who).get("/accounts").content for who in ("alice", "vera", "lena")}
    led = {who: b'href="/t/northwind/call"' in page for who, page in pages.items()}
    assert led == {"alice": True, "vera": False, "lena": True}
