"""The six pillars of trust: evidence with its n from what is written down, and beside it our own dated word."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Persona
from accounts.scope import tenant_scope
from relationships import selectors, services
from relationships.models import PillarRating
from tests.csplatform.conftest import DAY, kept_world, save_account, save_one, save_person, scope, world

__all__ = ["kept_world", "scope", "world"]


def evidence(world, scope):
    with scope(), transaction.atomic():
        found = selectors.pillars(account_id=world.larkspur.pk, tenant=world.northwind, at=world.now)
    return {one.key: (one.evidence.share, one.evidence.n) for one in found}


def test_evidence_comes_from_facts_promises_and_flags_and_is_none_where_there_is_none(world, scope):
    before = evidence(world, scope)
    assert before["personalization"] == before["empathy"] == (0.0, 2)
    assert before["integrity"] == before["expectations"] == (None, 0)
    assert before["time_to_value"] == (0.0, 2)
    with scope(), transaction.atomic():
        for key, value in (("channel", "mail"), ("circumstances", "Moving")):
            accounts.save_fact(
                persona_id=world.dana.pk,
                key=key,
                value=value,
                basis="told_us",
                actor=world.alice,
                at=world.now,
            )
        accounts.apply_template(
            persona_id=world.eli.pk, actor=world.alice, at=world.now
        )  # assumed: does not count
        for state in ("kept", "open"):
            promise = {
                "account": world.larkspur.pk, "title": state, "state": state,
                "due_on": (world.now - DAY).date() if state == "open" else None,
            }  # fmt: skip
            save_one(accounts.save_promises, promise, at=world.now)
    after = evidence(world, scope)
    assert after["personalization"] == after["empathy"] == (0.5, 2)
    assert after["integrity"] == (0.5, 2)
    with scope(), transaction.atomic():
        Persona.objects.filter(pk=world.eli.pk).update(left_on=world.now.date() - DAY)
    assert evidence(world, scope)["empathy"] == (1.0, 1)


def test_setting_expectations_is_saying_by_the_day_that_a_promise_slips(world, scope):
    def promise(due, at=-20, **more):
        values = {"account": world.larkspur.pk, "title": "Call", "due_on": (world.now + due * DAY).date()}
        return save_one(accounts.save_promises, values | more, at=world.now + at * DAY)

    def say(id, at, **values):
        with scope(), transaction.atomic():
            item = accounts.Item(values, id=id)
            accounts.save_promises(
                items=[item], mode=accounts.Mode.UPDATE, actor=world.alice, at=world.now + at * DAY
            )

    with scope(), transaction.atomic():
        promise(-3, at=-5, state="kept")
        in_time, too_late, sooner, refused, _overdue = (promise(due) for due in (-6, -6, 9, 4, -2))
    assert evidence(world, scope)["expectations"] == (
        0.0,
        3,
    )  # three are past their day, and nobody said a word
    moved = {"due_on": (world.now + 5 * DAY).date(), "reason": "The release is late"}
    say(in_time, -7, **moved)
    say(too_late, -1, **moved)
    say(sooner, -1, **moved)  # no slip
    say(refused, 0, state="broken", reason="We cannot")
    assert evidence(world, scope)["expectations"] == (0.5, 4)


def test_our_word_is_kept_with_every_former_one_on_the_tab(world, scope):
    address = f"/accounts/{world.larkspur.pk}/trust"
    assert world.visit.vera.post(address, **{"integrity-value": "4"}).status_code == 403
    refused = world.visit.alice.post(address, **{"integrity-note": "Fine"})
    assert refused.status_code == 422
    for value in ("3", "4", "4"):
        sent = world.visit.alice.post(address, **{"integrity-value": value, "integrity-note": "Fine"})
        assert sent.status_code == 302
    page = world.visit.vera.get(address)
    pillar = next(one for one, _form in page.context["pillars"] if one.key == "integrity")
    assert ([one.value for one in pillar.said], pillar.change, pillar.latest.note) == ([3, 4], 1, "Fine")
    assert "No evidence yet" in page.content.decode()
    assert world.visit.charlie.get(address).status_code == 404


def test_the_pillars_are_read_and_rated_over_rest(rest, cast):
    account = rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"}).json()["id"]
    made = rest.write.post(f"/accounts/{account}/pillars", {"pillar": "empathy", "value": 2, "note": "Late"})
    assert made.status_code == 201, made.content
    rows = {one["pillar"]: one for one in rest.read.get(f"/accounts/{account}/pillars").json()["results"]}
    assert list(rows) == PillarRating.Pillar.values
    assert [(one["value"], one["note"], one["rated_by"]) for one in rows["empathy"]["said"]] == [
        (2, "Late", "adam@northwind.test")
    ]
    assert (rows["empathy"]["evidence"], rows["empathy"]["n"]) == (None, 0)
    for body, pointer in (
        ({"pillar": "luck", "value": 2}, "/pillar"),
        ({"pillar": "empathy", "value": 6}, "/value"),
    ):
        answer = rest.write.post(f"/accounts/{account}/pillars", body)
        assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (400, [pointer])
    assert rest.globex.get(f"/accounts/{account}/pillars").status_code == 404
    assert (
        rest.globex.post(f"/accounts/{account}/pillars", {"pillar": "empathy", "value": 2}).status_code == 404
    )
    assert (
        rest.read.post(f"/accounts/{account}/pillars", {"pillar": "empathy", "value": 2}).status_code == 403
    )
    with tenant_scope(cast.northwind.pk):
        assert PillarRating.objects.count() == 1


def test_our_words_follow_a_merged_account_and_go_back_when_it_parts(rest):
    one, other = (
        rest.write.post("/accounts", {"external_id": key, "name": "Larkspur"}).json()["id"]
        for key in ("L1", "L2")
    )

    def said(account):
        rows = rest.read.get(f"/accounts/{account}/pillars").json()["results"]
        return [(row["pillar"], word["value"], word["note"]) for row in rows for word in row["said"]]

    def say(account, value, note):
        body = {"pillar": "empathy", "value": value, "note": note}
        return rest.write.post(f"/accounts/{account}/pillars", body).status_code

    assert (say(other, 4, "Kind"), say(one, 2, "Late")) == (201, 201)
    assert rest.admin.post(f"/accounts/{one}/merge", {"into": other}).status_code == 200
    assert said(other) == [("empathy", 4, "Kind"), ("empathy", 2, "Late")]
    say(other, 2, "Late")  # says what stands
    assert len(said(other)) == 2
    say(other, 3, "Better")
    assert rest.admin.post(f"/accounts/{one}/part", {}).status_code == 200
    assert said(one) == [("empathy", 2, "Late")]
    assert said(other) == [("empathy", 4, "Kind"), ("empathy", 3, "Better")]


@pytest.mark.parametrize("many", [1, 3])
def test_the_tab_costs_the_same_statements_whatever_was_said(world, scope, many):
    with scope(), transaction.atomic():
        for n in range(many):
            services.rate_pillars(
                account_id=world.larkspur.pk, words={"empathy": (n + 1, ""), "integrity": (n + 1, "")},
                actor=world.alice, at=world.now - (9 - n) * DAY,
            )  # fmt: skip
            accounts.save_fact(
                persona_id=world.dana.pk, key="tone", value=str(n), actor=world.alice, at=world.now
            )
    assert world.visit.alice.statements(f"/accounts/{world.larkspur.pk}/trust") == 22


def test_the_evidence_is_kept_as_it_changes_and_shows_its_trend(world, scope):
    def read(days):
        with scope(), transaction.atomic():
            services.read_pillars(ref={}, at=world.now - days * DAY)

    def integrity():
        with scope(), transaction.atomic():
            found = selectors.pillars(account_id=world.larkspur.pk, tenant=world.northwind, at=world.now)
        return next(one for one in found if one.key == "integrity")

    def promise(state):
        values = {
            "account": world.larkspur.pk,
            "title": state,
            "state": state,
            "settled_at": world.now - 30 * DAY,
        }
        with scope(), transaction.atomic():
            save_one(accounts.save_promises, values | {"reason": "We forgot"}, at=world.now)

    read(25)
    assert integrity().readings == []  # nothing to count says nothing
    promise("kept")
    read(20)
    read(20)
    read(19)
    assert [(one.share, one.n) for one in integrity().readings] == [(1.0, 1)]
    assert integrity().trend is None  # nothing else was said before
    promise("broken")
    read(10)
    found = integrity()
    assert [one.share for one in found.readings] == [1.0, 0.5]
    assert ([one.share for one in found.before], found.trend) == ([1.0], -50)
    page = world.visit.vera.get(f"/accounts/{world.larkspur.pk}/trust").content.decode()
    assert "before:" in page


def test_reading_the_pillars_costs_the_same_statements_for_any_number_of_accounts(
    world, scope, django_assert_num_queries
):
    with scope(), transaction.atomic():
        with CaptureQueriesContext(connection) as few:
            services.read_pillars(ref={}, at=world.now)
        for number in range(3):
            save_person(
                save_account(f"More {number}", at=world.now), "Somebody", at=world.now, role="champion"
            )
        with django_assert_num_queries(len(few)):
            services.read_pillars(ref={}, at=world.now + DAY)
