"""The same person at other accounts of the tenant, by e-mail or by hand, and never across tenants."""

import uuid

import pytest
from django.db import transaction

from accounts import selectors
from accounts import services as accounts
from accounts.models import Activity, Persona, PersonaLink
from accounts.scope import tenant_scope
from tests.csplatform.conftest import DAY, rate, save_account, save_person


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
