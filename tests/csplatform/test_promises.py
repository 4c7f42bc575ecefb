"""Promises in the browser: given to a person, kept with a click, moved with a reason, counted per member and account."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Case, PromiseTerm, Step, TouchAttendee
from tests.csplatform.conftest import DAY, save_case, save_one, save_person, save_touch


def give(world, title="Send the figures", *, days=3, **values):
    given = {
        "account": world.larkspur.pk, "title": title, "due_on": (world.now + days * DAY).date(),
        "persona": world.dana.pk, "owner_email": "alice@northwind.test", **values,
    }  # fmt: skip
    return save_one(accounts.save_promises, given, at=world.now)


def path(world, tail):
    return f"/accounts/{world.larkspur.pk}/promises/{tail}"


def stored(scope, model=Step):
    with scope(), transaction.atomic():
        return list(model.objects.order_by("pk"))


def test_who_was_promised_something_and_merged_or_removed_is_not_taken_off_it(world, scope):
    with scope(), transaction.atomic():
        twin, gone = (save_person(world.larkspur, name, at=world.now) for name in ("D. Dana", "Gus"))
        one, other = give(world, persona=twin.pk), give(world, "Call back", persona=gone.pk)
        case = save_case(world.larkspur, at=world.now - DAY, persona=twin.pk)
        there = {twin: {"thought": "Not bad"}, gone: {}, world.dana: {}}
        touch = save_touch(world.larkspur, at=world.now - DAY, people=there)
        accounts.merge_personas(id=twin.pk, into=world.dana.pk, actor=world.alice, at=world.now)
        accounts.delete_persona(id=gone.pk, actor=world.alice, at=world.now)
    alice = world.visit.alice
    for page in (
        f"/personas/{world.dana.pk}",
        f"/accounts/{world.larkspur.pk}/brief?persona={world.dana.pk}",
    ):
        assert b"Send the figures" in alice.get(page).content, page
    (brief,) = alice.get(f"/accounts/{world.larkspur.pk}/brief?persona={world.dana.pk}").context["people"]
    assert [line["title"] for line in brief[1]] == ["Send the figures"]
    for id, whom in ((one, twin), (other, gone)):
        form = alice.get(path(world, id)).context["form"]
        assert (str(whom.pk), whom.name) in form.fields["persona"].choices
        as_shown = {name: form[name].value() or "" for name in form.fields if name != "anyway"}
        assert alice.post(path(world, id), **as_shown | {"title": "Changed"}).status_code == 302
        assert {step.pk: (step.title, step.persona_id) for step in stored(scope)}[id] == ("Changed", whom.pk)
    for kind, id in (("cases", case), ("touches", touch)):
        address = f"/accounts/{world.larkspur.pk}/{kind}/{id}"
        page = alice.get(address).context
        shown = {name: page["form"][name].value() or "" for name in page["form"].fields if name != "anyway"}
        shown = {
            name: f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, dt.datetime) else value
            for name, value in shown.items()
        }
        more = {"subject": "X", "summary": "X", f"p-{world.dana.pk}-there": "on"}
        assert alice.post(address, **shown | more).status_code == 302, kind
    assert [one.persona_id for one in stored(scope, Case)] == [twin.pk]
    assert {one.persona_id: one.thought for one in stored(scope, TouchAttendee)} == {
        twin.pk: "Not bad", gone.pk: "", world.dana.pk: "",
    }  # fmt: skip


def test_a_promise_is_given_to_a_person_and_stands_on_their_page_the_accounts_and_today(world, scope):
    answer = world.visit.alice.post(
        path(world, "new"), title="Send the figures", persona=str(world.dana.pk),
        owner_email="alice@northwind.test", due_on=(world.now + 2 * DAY).date().isoformat(), state="open",
    )  # fmt: skip
    assert answer.status_code == 302
    (promise,) = stored(scope)
    assert (promise.source, promise.persona_id, promise.side) == ("promise", world.dana.pk, "ours")
    for page in (f"/personas/{world.dana.pk}", f"/accounts/{world.larkspur.pk}", "/promises"):
        assert b"Send the figures" in world.visit.alice.get(page).content, page
    assert b"promised to Dana" in world.visit.alice.get("/").content
    world.visit.alice.post(f"/accounts/{world.larkspur.pk}/steps/{promise.pk}/done")
    ledger = world.visit.alice.get("/promises")
    assert [line["standing"] for line in ledger.context["lines"]] == ["kept"]
    assert (ledger.context["found"].total.rate, ledger.context["found"].total.n) == (1.0, 1)


def test_a_date_moves_with_a_reason_and_the_page_keeps_the_old_one(world, scope):
    with scope(), transaction.atomic():
        id = give(world)
    due, later = (world.now + 3 * DAY).date(), (world.now + 9 * DAY).date()
    typed = {
        "title": "Send the figures", "persona": str(world.dana.pk), "owner_email": "alice@northwind.test",
        "due_on": later.isoformat(), "state": "open",
    }  # fmt: skip
    refused = world.visit.alice.post(path(world, id), **typed)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    assert stored(scope)[0].due_on == due
    assert world.visit.alice.post(path(world, id), **typed, reason="Audit first").status_code == 302
    (term,) = stored(scope, PromiseTerm)
    assert (term.due_on, term.moved_to, term.reason) == (due, later, "Audit first")
    assert b"Audit first" in world.visit.alice.get(path(world, id)).content
    refused = world.visit.alice.post(path(world, id), **{**typed, "state": "broken"})
    assert list(refused.context["form"].errors) == ["reason"]
    world.visit.alice.post(path(world, id), **{**typed, "state": "broken"}, reason="No budget")
    assert stored(scope)[0].broken
    ledger = world.visit.lena.get("/promises?whose=all").context["found"]
    assert [(str(member.user), rate.rate, rate.n) for member, rate in ledger.by_member] == [("Alice", 0.0, 1)]
    assert [(account.name, rate.broken) for account, rate in ledger.by_account] == [("Larkspur", 1)]


def test_a_promise_after_a_call_is_given_to_the_one_who_was_there(world, scope):
    data = {
        "kind": "call", "at": "2026-01-05T10:00", "promise": "Send it", f"p-{world.dana.pk}-there": "on",
    }  # fmt: skip
    assert world.visit.alice.post(f"/accounts/{world.larkspur.pk}/call", **data).status_code == 302
    assert (
        world.visit.alice.post(
            f"/accounts/{world.larkspur.pk}/call", **data, promise_to=str(world.eli.pk)
        ).status_code
        == 302
    )
    assert {step.persona_id for step in stored(scope)} == {world.dana.pk, world.eli.pk}


def test_who_may_not_write_the_account_reads_and_changes_nothing(world, scope):
    with scope(), transaction.atomic():
        id = give(world)
    assert world.visit.vera.post(path(world, "new"), title="X", state="open").status_code == 403
    assert world.visit.vera.post(path(world, id), title="X", state="open").status_code == 403
    assert world.visit.vera.post(path(world, f"{id}/delete")).status_code == 403
    assert world.visit.vera.get("/promises?whose=all").status_code == 200
    assert [(step.title, step.deleted_at) for step in stored(scope)] == [("Send the figures", None)]
    assert world.visit.charlie.get("/promises").status_code == 404
    assert world.visit.alice.get("/promises?standing=moon").status_code == 400
    world.visit.alice.post(path(world, f"{id}/delete"))
    assert stored(scope)[0].deleted_at is not None


def test_a_members_ledger_lists_no_account_where_others_alone_promised(world, scope):
    with scope(), transaction.atomic():
        give(world)
        give(world, account=world.plover.pk, persona=None, owner_email="lena@northwind.test")
    listed = {
        whose: {account.name for account, _rate in found.by_account}
        for whose in ("mine", "all")
        for found in [world.visit.alice.get(f"/promises?whose={whose}").context["found"]]
    }
    assert listed == {"mine": {"Larkspur"}, "all": {"Larkspur", "Plover"}}


def test_an_accounts_ledger_counts_what_was_promised_there_alone(world, scope):
    with scope(), transaction.atomic():
        give(world, days=-1)
        give(world, days=-1, account=world.plover.pk, persona=None, owner_email="lena@northwind.test")
    found = world.visit.lena.get(f"/promises?account={world.larkspur.pk}").context["found"]
    assert (found.total.n, found.count) == (1, 1)


@pytest.mark.parametrize("many", [1, 3])
def test_the_ledger_costs_the_same_statements_for_one_and_many(world, scope, many):
    with scope(), transaction.atomic():
        for n in range(many):
            id = give(world, f"Promise {n}", days=n - 1)
            moved = {"due_on": (world.now + dt.timedelta(days=8)).date(), "reason": "Ill"}
            accounts.save_promises(
                items=[accounts.Item(id=id, values=moved)],
                mode=accounts.Mode.UPDATE,
                actor=None,
                at=world.now,
            )
    assert world.visit.alice.statements("/promises") == 14


def test_who_may_not_write_the_account_looks_at_a_promise_and_its_dates_and_is_offered_nothing(world, scope):
    with scope(), transaction.atomic():
        id = give(world)
    page = world.visit.vera.get(path(world, id))
    assert page.status_code == 200
    assert b"Send the figures" in page.content
    assert b"<fieldset disabled>" in page.content
    assert b'type="submit"' not in page.content.split(b"<main")[1].split(b"</main>")[0]
    assert b"<fieldset disabled>" not in world.visit.alice.get(path(world, id)).content
