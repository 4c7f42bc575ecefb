"""The same person at other accounts of the tenant, by e-mail, and never across tenants."""

from django.db import transaction

from accounts.models import Persona
from accounts.scope import tenant_scope
from tests.csplatform.conftest import DAY, rate, save_person


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
