"""What nobody owns is reported: accounts, steps, promises and situations."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Membership, Step
from csplatform.selectors.unowned import unowned
from relationships import services as relationships
from relationships.models import SituationType
from tests.csplatform.conftest import DAY, kept_world, save_account, save_one, save_step, scope, world

__all__ = ["kept_world", "scope", "world"]


@pytest.fixture
def loose(world, scope):
    """An account, a step, a promise and a situation of nobody; beside each one that somebody owns."""
    with scope(), transaction.atomic():
        owned = {"owner_email": "alice@northwind.test"}
        save_account("Wren", at=world.now)
        save_account("Gone", at=world.now, status="churned")
        save_step(world.larkspur, "Call the board", at=world.now, due_on=(world.now - DAY).date())
        save_step(world.larkspur, "Theirs to do", at=world.now, side="theirs")
        save_step(world.larkspur, "Alice does it", at=world.now, **owned)
        save_step(world.larkspur, "Done", at=world.now, done_at=world.now)
        promise = {"account": world.larkspur.pk, "title": "An answer"}
        save_one(accounts.save_promises, promise, at=world.now)
        relationships.ensure_library()
        met = {"account": world.larkspur.pk, "type": SituationType.objects.order_by("position").first().key}
        save_one(relationships.save_situations, met, at=world.now)
        save_one(relationships.save_situations, {**met, **owned}, at=world.now)


def test_what_nobody_owns_is_counted_and_the_most_pressing_comes_first(world, scope, loose):
    with scope(), transaction.atomic():
        found = unowned()
        assert found.counts == {"account": 1, "step": 1, "promise": 1, "situation": 1}
        first = found.items[0]
        assert (first.kind, first.title, first.former, str(first.helper.user)) == (
            "step", "Call the board", None, "Alice",
        )  # fmt: skip
        assert {item.title for item in found.items} >= {"Wren", "Call the board", "An answer"}
        assert [item.kind for item in unowned(kind="promise").items] == ["promise"]


def test_what_a_former_member_owned_is_nobodys_too(world, scope):
    with scope(), transaction.atomic():
        save_step(world.plover, "Alice does it", at=world.now, owner_email="alice@northwind.test")
        Membership.objects.filter(pk=world.alice.member_id).update(is_active=False)
        found = unowned()
        assert found.counts["account"] == 1  # Larkspur is hers
        (step,) = [item for item in found.items if item.kind == "step"]
        assert (str(step.former.user), str(step.helper.user)) == ("Alice", "Lena")


def test_one_and_many_cost_the_same_statements(world, scope, loose, django_assert_num_queries):
    with scope(), transaction.atomic():
        with django_assert_num_queries(3):
            unowned()
        for number in range(3):
            save_step(world.plover, f"Step {number}", at=world.now)
        with django_assert_num_queries(3):
            assert unowned().counts["step"] == 4


def test_the_page_lists_it_and_leads_to_where_an_owner_is_named(world, scope, loose):
    page = world.visit.lena.get("/unowned").content.decode()
    assert "4 things that nobody owns" in page
    with scope(), transaction.atomic():
        step = Step.objects.get(title="Call the board")
    assert f"/t/northwind/accounts/{world.larkspur.pk}/steps/{step.pk}?next=" in page
    assert "Name an owner</a>" not in world.visit.vera.get("/unowned").content.decode()
    assert "An answer" not in world.visit.lena.get("/unowned?kind=step").content.decode()
    assert world.visit.lena.get("/unowned?kind=kiss").status_code == 400
    assert "/unowned" in world.visit.lena.get("/risk").content.decode()


def test_it_is_reported_over_rest(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    rest.write.post("/steps", {"account_external_id": "L1", "title": "Call"})
    found = rest.read.get("/unowned").json()
    assert found["counts"] == {"account": 1, "step": 1, "promise": 0, "situation": 0}
    (step,) = rest.read.get("/unowned?kind=step").json()["results"]
    assert (step["title"], step["former_owner_email"], step["account_owner_email"]) == ("Call", None, None)
    assert rest.read.get("/unowned?kind=kiss").status_code == 400
    assert rest.read.get("/unowned?sort=kind").status_code == 400
    assert rest.globex.get("/unowned").json()["results"] == []
