"""The same person at other accounts of the tenant, by e-mail or by hand, and never across tenants."""

import uuid

import pytest
from django.db import transaction

from accounts import selectors
from accounts import services as accounts
from accounts.models import Activity, Persona, PersonaLink
from accounts.scope import tenant_scope
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_account, save_person, save_touch


def test_the_same_person_elsewhere_is_shown_with_the_rating_they_have_there(world, scope):
    with scope(), transaction.atomic():
        other = save_person(
            world.plover,
            "Dana W.",
            at=world.now - 50 * DAY,
            role="economic_buyer",
            email="DANA@larkspur.test",
        )
        rate(other, world.lena, at=world.now - DAY, strength="weak", mood="negative", driver="price")
    with tenant_scope(world.globex.pk), transaction.atomic():
        Persona.objects.filter(pk=world.zoe.pk).update(email="dana@larkspur.test")
    page = world.visit.vera.get(f"/personas/{world.dana.pk}")
    ((one, href),) = page.context["elsewhere"]
    assert (one.persona.pk, one.left, one.rating.strength, one.rating.overall) == (
        other.pk,
        False,
        "weak",
        "negative",
    )
    assert href in page.content.decode()
    assert b"Globex" not in page.content
    assert world.visit.vera.get(f"/personas/{world.eli.pk}").context["elsewhere"] == []


@pytest.fixture
def twin(world, scope):
    """Dana once more, at Lena's Plover, under another e-mail."""
    with scope(), transaction.atomic():
        return save_person(
            world.plover, "Dana Whitlock", at=world.now - 50 * DAY, role="other", email="d@w.test"
        )


def same(world, who):
    return [(one.persona.pk, one.by) for one, _href in who.context["elsewhere"]]


def test_the_same_person_is_linked_by_hand_and_unlinked_again(world, scope, twin):
    here = f"/personas/{world.dana.pk}"
    assert "Dana Whitlock" in world.visit.alice.get(f"{here}/links").content.decode()
    assert world.visit.vera.post(f"{here}/links", persona=twin.pk).status_code == 403
    assert world.visit.alice.post(f"{here}/links", persona=twin.pk).status_code == 302
    assert same(world, world.visit.vera.get(here)) == [(twin.pk, "hand")]
    assert same(world, world.visit.vera.get(f"/personas/{twin.pk}")) == [(world.dana.pk, "hand")]
    assert "Dana Whitlock" not in world.visit.alice.get(f"{here}/links?q=whit").content.decode()
    assert world.visit.alice.post(f"{here}/unlink", persona=twin.pk).status_code == 302
    assert same(world, world.visit.vera.get(here)) == []
    with scope(), transaction.atomic():
        lines = Activity.objects.filter(verb__in=("persona.linked", "persona.unlinked")).order_by("at", "pk")
        assert sorted((line.verb, line.persona_id) for line in lines) == sorted(
            (verb, who) for verb in ("persona.linked", "persona.unlinked") for who in (world.dana.pk, twin.pk)
        )


def test_two_who_share_an_e_mail_are_parted_by_hand_and_what_is_linked_comes_along(world, scope, twin):
    with scope(), transaction.atomic():
        third = save_account("Third", at=world.now - 9 * DAY)
        box = save_person(third, "Info", at=world.now - 9 * DAY, role="other", email="d@w.test")
        accounts.link_personas(id=world.dana.pk, other=twin.pk, actor=world.alice, at=world.now)
    here = f"/personas/{world.dana.pk}"
    assert same(world, world.visit.vera.get(here)) == [(twin.pk, "hand"), (box.pk, "hand")]
    assert same(world, world.visit.vera.get(f"/personas/{box.pk}"))[1] == (twin.pk, "email")
    assert world.visit.lena.post(f"/personas/{twin.pk}/unlink", persona=box.pk).status_code == 302
    assert same(world, world.visit.vera.get(here)) == [(twin.pk, "hand")]
    assert same(world, world.visit.vera.get(f"/personas/{box.pk}")) == []


def test_nobody_is_linked_with_an_erased_person_a_colleague_or_another_tenant(world, scope, twin):
    with scope(), transaction.atomic():
        accounts.link_personas(id=twin.pk, other=world.dana.pk, actor=world.lena, at=world.now)
        for other, code in ((world.eli.pk, "same_account"), (world.zoe.pk, "missing")):
            with pytest.raises(accounts.Refused) as refusal:
                accounts.link_personas(id=world.dana.pk, other=other, actor=world.alice, at=world.now)
            assert refusal.value.faults[0].code == code
        with pytest.raises(accounts.NotYours):
            accounts.link_personas(id=twin.pk, other=world.dana.pk, actor=world.vera, at=world.now)
        accounts.erase_persona(id=twin.pk, actor=world.lena, at=world.now)
        assert not PersonaLink.objects.exists()
        assert selectors.same_person(persona_id=world.dana.pk) == []


@pytest.fixture
def colleague(world, scope):
    """Somebody at Lena's Plover beside Dana's twin, with Dana's e-mail."""
    with scope(), transaction.atomic():
        return save_person(world.plover, "Dina", at=world.now - 9 * DAY, email="dana@larkspur.test")


def test_nobody_becomes_one_person_with_a_colleague_by_way_of_another(world, scope, twin, colleague):
    with scope(), transaction.atomic():
        say(world, colleague, no_contact="Since May")
        with pytest.raises(accounts.Refused) as refusal:
            accounts.link_personas(id=twin.pk, other=world.dana.pk, actor=world.lena, at=world.now)
        (fault,) = refusal.value.faults
        assert (fault.pointer, fault.code) == ("/persona", "same_account")
        assert (
            fault.detail == "Dana Whitlock and Dina work at one account, and this would make them one person."
        )
        assert not PersonaLink.objects.exists()
        planned = selectors.planned_contact(
            persona_id=twin.pk, title="Call", due_on=world.now.date() + DAY, at=world.now
        )
        assert selectors.objections(planned, tenant=world.alice.tenant, at=world.now) == []


def test_a_chain_that_an_e_mail_formed_since_may_still_be_linked_on(world, scope, twin, colleague):
    with scope(), transaction.atomic():
        third = save_account("Third", at=world.now - 9 * DAY)
        more = save_person(third, "Dana", at=world.now - 9 * DAY)
        Persona.objects.filter(pk=twin.pk).update(email="dana@larkspur.test")
        assert accounts.link_personas(id=more.pk, other=world.dana.pk, actor=world.adam, at=world.now)
        assert len(selectors.same_person(persona_id=more.pk)) == 3


def test_who_was_merged_into_the_same_person_is_no_colleague_of_theirs(world, scope, twin, colleague):
    with scope(), transaction.atomic():
        accounts.merge_personas(id=twin.pk, into=colleague.pk, actor=world.lena, at=world.now)
        third = save_account("Third", at=world.now - 9 * DAY)
        more = save_person(third, "Dana", at=world.now - 9 * DAY, email="d@w.test")
        assert accounts.link_personas(id=more.pk, other=world.dana.pk, actor=world.adam, at=world.now)


def test_links_follow_whom_a_person_was_merged_into(world, scope, twin):
    with scope(), transaction.atomic():
        kept = save_person(world.plover, "Dana W.", at=world.now - DAY, role="other")
        accounts.link_personas(id=world.dana.pk, other=twin.pk, actor=world.alice, at=world.now)
        accounts.merge_personas(id=twin.pk, into=kept.pk, actor=world.lena, at=world.now)
        assert [one.persona.pk for one in selectors.same_person(persona_id=world.dana.pk)] == [kept.pk]
        assert [one.persona.pk for one in selectors.same_person(persona_id=kept.pk)] == [world.dana.pk]


def test_links_over_rest(rest, cast):
    for key, account in (("dana", "L1"), ("dana-2", "P1")):
        rest.write.post("/accounts", {"external_id": account, "name": account})
        body = {"external_id": key, "account_external_id": account, "name": "Dana", "role": "champion"}
        rest.write.post("/personas", body)
    dana, twin = (
        rest.read.get(f"/personas?external_id={key}").json()["results"][0]["id"] for key in ("dana", "dana-2")
    )
    assert rest.read.get(f"/personas/{dana}/links").json() == {"results": []}
    made = rest.write.post(f"/personas/{dana}/links", {"persona_external_id": "dana-2"})
    assert (made.status_code, made.json()["results"][0]["persona"], made.json()["results"][0]["by"]) == (
        201, twin, "hand",
    )  # fmt: skip
    assert rest.write.post(f"/personas/{twin}/links", {"persona": dana}).status_code == 200
    assert rest.write.post(f"/personas/{dana}/unlink", {"persona": twin}).json() == {"results": []}
    for body, pointer, code in (
        ({}, "/persona", "required"),
        ({"persona": str(uuid.uuid4())}, "/persona", "missing"),
        ({"persona": dana}, "/persona", "same_account"),
    ):
        answer = rest.write.post(f"/personas/{dana}/links", body)
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
    assert rest.read.post(f"/personas/{dana}/links", {"persona": twin}).status_code == 403
    assert rest.globex.get(f"/personas/{dana}/links").status_code == 404


def against(world, title="Call Dana"):
    planned = selectors.planned_contact(
        persona_id=world.dana.pk, title=title, due_on=world.now.date() + DAY, at=world.now
    )
    found = selectors.objections(planned, tenant=world.alice.tenant, at=world.now)
    return [one.code for one in found]


def say(world, person, **facts):
    for key, value in facts.items():
        accounts.save_fact(persona_id=person.pk, key=key, value=value, actor=world.adam, at=world.now)


@pytest.mark.parametrize("way", ["email", "hand"])
def test_what_the_same_person_wishes_at_another_account_binds_unless_they_say_otherwise_here(
    world, scope, twin, way
):
    with scope(), transaction.atomic():
        say(world, twin, channel="mail", cadence="30")
        save_touch(world.plover, at=world.now - 3 * DAY, people=[twin])
        assert against(world) == []
        if way == "email":
            Persona.objects.filter(pk=twin.pk).update(email=world.dana.email.upper())
        else:
            accounts.link_personas(id=world.dana.pk, other=twin.pk, actor=world.alice, at=world.now)
        assert against(world) == ["channel", "cadence"]
        say(world, world.dana, channel="call")
        assert against(world) == ["cadence"]
        say(world, twin, no_contact="Asked us in May")
        assert against(world) == ["no_contact"]
        assert selectors.left_alone(persona_ids=[world.dana.pk], today=world.now.date()) == {
            world.dana.pk: "Asked us in May"
        }
    brief = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/brief?persona={world.dana.pk}")
    assert "Asked us in May" in brief.content.decode()
    ask = {"persona": str(world.dana.pk), "kind": "talk", "asked_on": world.now.date().isoformat()}
    assert world.visit.alice.post(f"/accounts/{world.larkspur.pk}/asks/new", **ask).status_code == 422


def test_a_write_over_rest_is_answered_with_what_the_same_person_wishes_elsewhere(world, scope, twin):
    write = Rest(make_key(world.adam, "write")[1])
    step = {"title": "Call Dana", "account": str(world.larkspur.pk), "persona": str(world.dana.pk)}
    assert "warnings" not in write.post("/steps", step).json()
    with scope(), transaction.atomic():
        say(world, twin, no_contact="Asked us in May")
        Persona.objects.filter(pk=twin.pk).update(email=world.dana.email)
    assert [one["code"] for one in write.post("/steps", step).json()["warnings"]] == ["no_contact"]
    touch = {
        "account": str(world.larkspur.pk), "kind": "call", "at": world.now.isoformat(),
        "attendees": [{"persona": str(world.dana.pk)}],
    }  # fmt: skip
    assert [one["code"] for one in write.post("/touches", touch).json()["warnings"]] == ["no_contact"]


def test_who_a_member_says_is_another_person_binds_nobody_here(world, scope, twin):
    with scope(), transaction.atomic():
        say(world, twin, no_contact="Asked us in May")
        Persona.objects.filter(pk=twin.pk).update(email=world.dana.email)
        accounts.unlink_personas(id=world.dana.pk, other=twin.pk, actor=world.alice, at=world.now)
        assert against(world) == []


def test_the_wishes_of_one_and_of_many_cost_the_same_statements(
    world, scope, twin, django_assert_num_queries
):
    with scope(), transaction.atomic():
        say(world, twin, channel="mail", cadence="30")
        Persona.objects.filter(pk=twin.pk).update(email=world.dana.email)
        for people in ([world.dana.pk], [world.dana.pk, world.eli.pk, twin.pk]):
            call = selectors.Contact(people, "call", world.now.date() + DAY, world.now)
            with django_assert_num_queries(3):
                assert selectors.objections(call, tenant=world.alice.tenant, at=world.now)
