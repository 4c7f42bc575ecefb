"""Steps, cases, outcomes and touches in the browser: written, changed, removed, and read on the timelines."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Case, Outcome, Step, Touch, TouchAttendee
from health.models import Score
from journeys import services as journeys
from tests.csplatform.conftest import DAY, rate, save_case, save_person, save_step, save_touch

CASE = {
    "kind": "escalation",
    "severity": "critical",
    "subject": "Plant stands",
    "opened_at": "2026-01-05T10:00",
}
SAID = {"thought": "Too dear", "feeling": "Worried", "behaviour": "Left early"}


def path(account, tail=""):
    return f"/accounts/{account.pk}{tail}"


def stored(scope, model, **wanted):
    with scope(), transaction.atomic():
        return list(model.objects.filter(**wanted))


def in_scope(scope, make):
    with scope(), transaction.atomic():
        return make()


def test_a_step_is_changed_snoozed_with_a_reason_and_done(world, scope):
    step = in_scope(scope, lambda: save_step(world.larkspur, at=world.now))
    tail = f"/steps/{step}"
    form = {
        "title": "Call Dana",
        "side": "theirs",
        "persona": str(world.dana.pk),
        "waiting_on": "Their lawyer",
    }
    later = str((world.now + 9 * DAY).date())
    refused = world.visit.alice.post(path(world.larkspur, tail), **form, snoozed_until=later)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["snooze_reason"])
    for day in ("0001-01-01", "9999-12-31"):
        refused = world.visit.alice.post(path(world.larkspur, tail), **form, due_on=day)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["due_on"])
    world.visit.alice.post(
        path(world.larkspur, tail), **form, snoozed_until=later, snooze_reason="On holiday"
    )
    (kept,) = stored(scope, Step)
    assert (kept.title, kept.side, kept.persona_id) == ("Call Dana", "theirs", world.dana.pk)
    assert (kept.waiting_on, str(kept.snoozed_until), kept.done_at) == ("Their lawyer", later, None)
    page = world.visit.vera.get(path(world.larkspur)).content
    assert b"Their lawyer" in page
    assert b"On holiday" in page
    world.visit.alice.post(path(world.larkspur, tail), title="Call Dana", side="theirs", done="on")
    assert stored(scope, Step)[0].done_at is not None


def test_a_snoozed_step_is_not_due_on_today_before_its_day(world, scope):
    step = in_scope(
        scope,
        lambda: save_step(
            world.larkspur, at=world.now, due_on=world.now.date(), owner_email="alice@northwind.test"
        ),
    )
    assert [one["title"] for one in world.visit.alice.get("/").context["page"].steps] == ["Call"]
    later = {"snoozed_until": (world.now + 9 * DAY).date(), "snooze_reason": "On holiday"}
    with scope(), transaction.atomic():
        item = accounts.Item(id=step, values=later)
        accounts.save_steps(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=world.now)
    assert world.visit.alice.get("/").context["page"].steps == []


def test_an_open_critical_escalation_raises_its_flag_until_it_is_resolved(world, scope):
    from health import services as health

    world.visit.alice.post(path(world.larkspur, "/cases/new"), **CASE, persona=str(world.eli.pk))
    (case,) = stored(scope, Case)
    assert (case.persona_id, case.resolved_at) == (world.eli.pk, None)
    assert b"Plant stands" in world.visit.vera.get(path(world.larkspur)).content

    def flags():
        with scope(), transaction.atomic():
            health.rescore(account_ids=[world.larkspur.pk], at=dt.datetime.now(dt.UTC))
            return {flag["code"] for flag in Score.objects.get(account=world.larkspur).flags}

    assert "critical_escalation" in flags()
    world.visit.alice.post(
        path(world.larkspur, f"/cases/{case.pk}"), **CASE, resolved_at="2026-01-06T10:00", solved="yes",
        felt="worse",
    )  # fmt: skip
    (case,) = stored(scope, Case)
    assert (case.solved, case.felt) == (True, "worse")
    assert "critical_escalation" not in flags()
    timeline = world.visit.vera.get(path(world.larkspur, "/timeline?kind=case")).context["entries"]
    assert timeline[0]["detail"] == "Resolved, solved, felt worse"


def test_a_case_is_not_resolved_before_it_was_opened(world, scope):
    answer = world.visit.alice.post(
        path(world.larkspur, "/cases/new"), **CASE, resolved_at="2026-01-04T10:00"
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["resolved_at"])
    assert stored(scope, Case) == []


def test_what_nobody_touched_in_a_form_is_not_written_anew(world, scope):
    opened = world.now.replace(second=42, microsecond=7)
    case = in_scope(scope, lambda: save_case(world.larkspur, at=opened, subject="Slow"))
    shown = world.visit.alice.get(path(world.larkspur, f"/cases/{case}")).context["form"]
    data = {"kind": "problem", "severity": "high", "subject": "Slow"}
    data["opened_at"] = shown["opened_at"].value().strftime("%Y-%m-%dT%H:%M")
    assert world.visit.alice.post(path(world.larkspur, f"/cases/{case}"), **data).status_code == 302
    (kept,) = stored(scope, Case)
    assert (kept.severity, kept.opened_at) == ("high", opened)


def test_an_outcome_is_written_with_money_and_reason_and_read_on_the_timeline(world, scope):
    form = {"kind": "downsold", "happened_on": "2026-01-05", "arr_before": "100000", "arr_after": "60000"}
    world.visit.alice.post(path(world.larkspur, "/outcomes/new"), **form, reason="Fewer plants")
    (outcome,) = stored(scope, Outcome)
    assert (outcome.arr_after, outcome.reason) == (60000, "Fewer plants")
    page = world.visit.vera.get(path(world.larkspur, "/timeline?kind=outcome"))
    assert b"Fewer plants" in page.content
    assert page.context["entries"][0]["money"][:2] == (100000, 60000)
    assert page.context["entries"][0]["edit"] == ""


def test_a_touch_is_changed_with_what_each_person_said(world, scope):
    touch = in_scope(scope, lambda: save_touch(world.larkspur, at=world.now - DAY, people=[world.dana]))
    eli = f"p-{world.eli.pk}"
    world.visit.alice.post(
        path(world.larkspur, f"/touches/{touch}"), kind="meeting", at="2026-01-05T10:00", touchpoint="renewal",
        mode="proactive", summary="The price", **{f"{eli}-{name}": words for name, words in SAID.items()},
    )  # fmt: skip
    (kept,) = stored(scope, Touch)
    assert (kept.kind, kept.touchpoint, kept.mode, kept.summary) == (
        "meeting", "renewal", "proactive", "The price",
    )  # fmt: skip
    (there,) = stored(scope, TouchAttendee)
    assert (there.persona_id, there.thought, there.feeling) == (world.eli.pk, "Too dear", "Worried")
    (entry,) = world.visit.vera.get(path(world.larkspur, "/timeline?kind=touch")).context["entries"]
    assert entry["text"] == "Meeting with Eli"
    assert entry["said"] == (("Eli", "thought: Too dear · felt: Worried · did: Left early"),)


@pytest.mark.parametrize("kind", ["step", "case", "outcome", "touch"])
def test_a_thing_is_removed_and_leaves_the_pages(world, scope, kind):
    made = {
        "step": lambda: save_step(world.larkspur, "Canary", at=world.now),
        "case": lambda: save_case(world.larkspur, at=world.now, subject="Canary"),
        "outcome": lambda: accounts.only(
            accounts.save_outcomes(
                items=[
                    accounts.Item(
                        values={
                            "account": world.larkspur.pk, "kind": "renewed", "happened_on": world.now.date(),
                            "reason": "Canary",
                        }
                    )
                ],
                mode=accounts.Mode.CREATE, actor=None, at=world.now,
            )
        ).id,
        "touch": lambda: save_touch(world.larkspur, at=world.now - DAY, summary="Canary"),
    }  # fmt: skip
    id = in_scope(scope, made[kind])
    tail = f"/{'touches' if kind == 'touch' else kind + 's'}/{id}"
    assert world.visit.vera.post(path(world.larkspur, f"{tail}/delete")).status_code == 403
    assert world.visit.alice.post(path(world.larkspur, f"{tail}/delete")).status_code == 302
    assert world.visit.alice.get(path(world.larkspur, tail)).status_code == 404
    for page in (path(world.larkspur), path(world.larkspur, "/timeline"), "/touches"):
        assert b"Canary" not in world.visit.alice.get(page).content


@pytest.mark.parametrize("tail", ["/steps/{step}", "/cases/{case}", "/touches/{touch}"])
def test_a_thing_of_another_account_is_not_reached_from_here(world, scope, tail):
    made = in_scope(
        scope,
        lambda: {
            "step": save_step(world.plover, at=world.now),
            "case": save_case(world.plover, at=world.now),
            "touch": save_touch(world.plover, at=world.now - DAY),
        },
    )
    assert world.visit.lena.get(path(world.plover, tail.format(**made))).status_code == 200
    assert world.visit.lena.get(path(world.larkspur, tail.format(**made))).status_code == 404
    assert world.visit.lena.post(path(world.larkspur, tail.format(**made) + "/delete")).status_code == 404


def entries(world, account, query):
    return [
        one["detail"] for one in world.visit.vera.get(path(account, f"/timeline?{query}")).context["entries"]
    ]


def test_the_timeline_is_narrowed_by_touchpoint_and_by_the_stage_then(world, scope):
    with scope(), transaction.atomic():
        first, second = (
            journeys.save_stage(values={"name": name}, actor=None, at=world.now - 60 * DAY)
            for name in ("Onboarding", "Adoption")
        )
        for stage, days in ((first, 50), (second, 20)):
            journeys.place_accounts(
                placements=[
                    journeys.NewPlacement(
                        account_id=world.larkspur.pk, stage_id=stage.pk, historical=True, reason="Moved",
                        entered_on=(world.now - days * DAY).date(),
                    )
                ],
                actor=None,
                at=world.now,
            )  # fmt: skip
        accounts.ensure_touchpoints()
        for days, touchpoint in ((40, "training"), (10, "training"), (5, "renewal")):
            save_touch(
                world.larkspur,
                at=world.now - days * DAY,
                touchpoint=touchpoint,
                summary=f"{touchpoint} {days}",
            )
    assert entries(world, world.larkspur, "touchpoint=training") == ["training 10", "training 40"]
    assert entries(world, world.larkspur, f"kind=touch&stage={first.pk}") == ["training 40"]
    assert entries(world, world.larkspur, f"touchpoint=training&stage={second.pk}") == ["training 10"]
    over_all = world.visit.vera.get(f"/touches?stage={first.pk}").context["entries"]
    assert [one["detail"] for one in over_all] == ["training 40"]
    uses = {use.touchpoint.key: use.touches for use in world.visit.vera.get("/touches").context["uses"]}
    assert (uses["training"], uses["renewal"], uses["support"]) == (2, 1, 0)


@pytest.mark.parametrize("query", ["kind=moon", "stage=x", "before=x", "touchpoint=%20"])
def test_an_address_of_touches_that_makes_no_sense_is_no_server_error(world, query):
    assert world.visit.vera.get(f"/touches?{query}").status_code in (200, 400)
    assert world.visit.vera.get(path(world.larkspur, f"/timeline?{query}")).status_code in (200, 404)


def test_the_persons_page_shows_what_they_said_and_is_narrowed(world, scope):
    with scope(), transaction.atomic():
        accounts.ensure_touchpoints()
        save_touch(world.larkspur, at=world.now - DAY, people={world.dana: SAID}, touchpoint="renewal")
        save_touch(world.larkspur, at=world.now - 2 * DAY, people=[world.dana, world.eli], kind="mail")
    page = f"/personas/{world.dana.pk}"
    assert len(world.visit.vera.get(page).context["entries"]) == 2
    (entry,) = world.visit.vera.get(f"{page}?kind=call&touchpoint=renewal").context["entries"]
    assert entry["said"][0][1].startswith("thought: Too dear")
    assert [one["kind"] for one in world.visit.vera.get(f"/personas/{world.eli.pk}").context["entries"]] == [
        "touch"
    ]
    assert world.visit.vera.get(f"{page}?kind=moon").status_code == 404


def test_the_page_of_touches_says_what_was_felt_at_a_touchpoint(world, scope):
    with scope(), transaction.atomic():
        accounts.ensure_touchpoints()
        save_touch(world.larkspur, at=world.now - DAY, people=[world.dana, world.eli], touchpoint="renewal")
        rate(world.dana, world.alice, at=world.now - DAY, strength="okay", mood="positive")
    page = world.visit.vera.get("/touches").content.decode()
    assert "Felt: 100% positive, 0% negative, of 1" in page


@pytest.mark.parametrize("more", [1, 3])
def test_the_page_of_touches_costs_the_same_whatever_it_shows(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            person = save_person(world.larkspur, f"Person {n}", at=world.now - 30 * DAY, role="power_user")
            rate(person, world.alice, at=world.now - 2 * DAY, strength="okay", mood="positive")
            save_touch(world.larkspur, at=world.now - n * DAY, people=[person, world.dana])
    assert world.visit.alice.statements("/touches") == 14


def test_touchpoints_are_changed_by_an_admin_alone(world, scope):
    world.visit.adam.post("/settings/touchpoints", label="Security audit")
    page = world.visit.adam.get("/settings/touchpoints")
    audit = page.context["terms"][-1]
    assert (audit.key, audit.active) == ("security_audit", True)
    world.visit.adam.post(f"/settings/touchpoints/{audit.pk}", label="Audit")
    world.visit.adam.post(f"/settings/touchpoints/{audit.pk}", active="")
    assert world.visit.lena.post(f"/settings/touchpoints/{audit.pk}", active="1").status_code == 403
    audit = world.visit.vera.get("/settings/touchpoints").context["terms"][-1]
    assert (audit.label, audit.active) == ("Audit", False)
