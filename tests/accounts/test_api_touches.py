"""Touches, touchpoints, and what a step waits for, over REST."""

import pytest

from accounts import services
from accounts.models import Activity, Step, Touch, TouchAttendee
from accounts.scope import tenant_scope

AT = "2026-11-01T09:00:00Z"


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def people(rest):
    """Larkspur with Dana and Eli, Mallow with Mo, by external id."""
    for key, name in (("L1", "Larkspur"), ("M1", "Mallow")):
        rest.write.post("/accounts", {"external_id": key, "name": name})
    made = {}
    for name, account in (("dana", "L1"), ("eli", "L1"), ("mo", "M1")):
        body = {"external_id": name, "account_external_id": account, "name": name.title(), "role": "champion"}
        made[name] = rest.write.post("/personas", body).json()
    return made


def call(**values):
    return {"account_external_id": "L1", "kind": "call", "at": AT, **values}


def test_a_touch_keeps_what_each_person_thought_felt_and_did(rest, people):
    said = {"thought": "Too dear", "feeling": "Worried", "behaviour": "Looked at the clock"}
    made = rest.write.post(
        "/touches",
        call(
            external_id="t1", direction="inbound", mode="reactive", touchpoint="renewal", summary="Price",
            owner_email="alice@northwind.test",
            attendees=[{"persona_external_id": "dana", **said}, {"persona": people["eli"]["id"]}],
        ),
    )  # fmt: skip
    assert made.status_code == 201, made.content
    touch = made.json()
    assert touch["attendees"] == [
        {"persona": people["dana"]["id"], **said},
        {"persona": people["eli"]["id"], "thought": "", "feeling": "", "behaviour": ""},
    ]
    assert (touch["mode"], touch["touchpoint"], touch["owner_email"]) == (
        "reactive", "renewal", "alice@northwind.test",
    )  # fmt: skip
    assert rest.read.get(f"/touches/{touch['id']}").json() == touch
    assert rest.read.get(f"/touches?persona={people['eli']['id']}").json()["results"] == [touch]
    assert rest.read.get("/touches?touchpoint=support").json()["results"] == []


def test_the_account_may_follow_from_who_was_there(rest, people):
    body = {"kind": "mail", "at": AT, "attendees": [{"persona_external_id": "dana"}]}
    made = rest.write.post("/touches", body)
    assert made.json()["account"] == people["dana"]["account"]


def test_a_written_list_of_who_was_there_takes_the_place_of_the_former_one(rest, people):
    touch = rest.write.post("/touches", call(attendees=[{"persona_external_id": "dana"}])).json()
    kept = rest.write.patch(f"/touches/{touch['id']}", {"summary": "Longer"}).json()
    assert len(kept["attendees"]) == 1
    changed = rest.write.patch(
        f"/touches/{touch['id']}", {"attendees": [{"persona_external_id": "eli", "feeling": "glad"}]}
    ).json()
    assert [(one["persona"], one["feeling"]) for one in changed["attendees"]] == [
        (people["eli"]["id"], "glad")
    ]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "séance"}, "/kind", "invalid_choice"),
        ({"at": None}, "/at", "null"),
        ({"at": "2199-01-01T00:00:00Z"}, "/at", "in_future"),
        ({"touchpoint": "moon"}, "/touchpoint", "unknown_touchpoint"),
        ({"attendees": [{"persona_external_id": "nobody"}]}, "/attendees/0/persona_external_id", "missing"),
        ({"attendees": [{"thought": "hm"}]}, "/attendees/0/persona", "required"),
        ({"attendees": [{"persona_external_id": "mo"}]}, "/attendees/0/persona_external_id", "other_account"),
        (
            {"attendees": [{"persona_external_id": "dana"}, {"persona_external_id": "dana"}]},
            "/attendees/1/persona_external_id",
            "repeated",
        ),
        ({"owner_email": "nobody@northwind.test"}, "/owner_email", "unknown_member"),
        ({"mood": "x"}, "/mood", "unknown"),
    ],
)
def test_a_wrong_touch_names_the_field_and_the_reason(rest, people, cast, body, pointer, code):
    answer = rest.write.post("/touches", call(**body))
    assert answer.status_code == 400
    assert faults(answer) == {pointer: code}
    with tenant_scope(cast.northwind.pk):
        assert list(Touch.objects.all()) == []


def test_touches_go_in_by_the_thousand_and_again_unchanged(rest, people, django_assert_max_num_queries):
    items = [
        call(
            external_id=f"t{n}",
            summary=f"No {n}",
            attendees=[{"persona_external_id": "dana", "feeling": "ok"}],
        )
        for n in range(1000)
    ]
    with django_assert_max_num_queries(60):
        first = rest.write.post("/touches/bulk", {"items": items})
    assert first.json()["summary"]["created"] == 1000
    assert rest.write.post("/touches/bulk", {"items": items}).json()["summary"]["unchanged"] == 1000


def test_a_touch_leaves_a_tombstone_and_comes_back(rest, people):
    touch = rest.write.post("/touches", call()).json()
    assert rest.write.delete(f"/touches/{touch['id']}").status_code == 204
    assert rest.read.get(f"/touches/{touch['id']}").status_code == 404
    assert rest.write.post(f"/touches/{touch['id']}/restore").status_code == 200


def test_the_log_names_who_was_there_and_nothing_they_said(rest, people, cast):
    said = {"persona_external_id": "dana", "thought": "canary"}
    touch = rest.write.post("/touches", call(summary="canary", attendees=[said])).json()
    rest.write.patch(f"/touches/{touch['id']}", {"attendees": [{**said, "feeling": "canary"}]})
    with tenant_scope(cast.northwind.pk):
        lines = list(Activity.objects.filter(object_type="touch").order_by("id"))
    assert [line.verb for line in lines] == ["touch.created", "touch.updated"]
    assert all(line.data["attendees"] == [people["dana"]["id"]] for line in lines)
    assert "canary" not in str([line.data for line in lines])


def test_erasing_a_person_blanks_what_was_said_in_their_touches(rest, people, cast):
    said = {"persona_external_id": "dana", "thought": "canary", "feeling": "canary", "behaviour": "canary"}
    rest.write.post("/touches", call(summary="canary", attendees=[said]), Idempotency_Key="k")
    assert rest.write.post(f"/personas/{people['dana']['id']}/erase").status_code == 200
    with tenant_scope(cast.northwind.pk):
        (there,) = TouchAttendee.objects.select_related("touch")
        assert (there.thought, there.feeling, there.behaviour, there.touch.summary) == ("", "", "", "")


def test_touchpoints_start_with_ours_and_are_the_tenants_to_change(rest, cast):
    keys = [touchpoint["key"] for touchpoint in rest.read.get("/touchpoints").json()["results"]]
    assert keys[:3] == ["first_contact", "pre_sales", "procurement"]
    assert rest.admin.post("/touchpoints", {"key": "Audit!", "label": "x"}).status_code == 400
    made = rest.admin.post("/touchpoints", {"key": "audit", "label": "Security audit"})
    assert made.status_code == 201
    assert rest.admin.post("/touchpoints", {"key": "audit", "label": "Again"}).status_code == 409
    path = f"/touchpoints/{made.json()['id']}"
    assert rest.admin.patch(path, {"active": False}).json()["active"] is False
    assert faults(rest.admin.patch(path, {"key": "x"})) == {"/key": "fixed"}
    assert rest.write.patch(path, {"label": "Mine"}).status_code == 403
    assert rest.read.get(path).json()["label"] == "Security audit"


def test_a_step_is_snoozed_with_a_reason_only(rest, people, cast):
    step = rest.write.post("/steps", {"title": "Call", "account_external_id": "L1"}).json()
    path = f"/steps/{step['id']}"
    assert faults(rest.write.patch(path, {"snoozed_until": "2026-12-01"})) == {"/snooze_reason": "required"}
    for day in ("0001-01-01", "9999-12-31"):
        wrong = rest.write.patch(path, {"snoozed_until": day, "due_on": day, "snooze_reason": "On holiday"})
        assert (wrong.status_code, faults(wrong)) == (
            400, {"/due_on": "out_of_range", "/snoozed_until": "out_of_range"},
        )  # fmt: skip
    snoozed = rest.write.patch(path, {"snoozed_until": "2026-12-01", "snooze_reason": "On holiday"}).json()
    assert (snoozed["snoozed_until"], snoozed["snooze_reason"]) == ("2026-12-01", "On holiday")
    awake = rest.write.patch(path, {"snoozed_until": None}).json()
    assert (awake["snoozed_until"], awake["snooze_reason"]) == (None, "")


def test_a_step_keeps_what_it_waits_for_and_where_it_came_from(northwind, now):
    item = services.Item(values={"name": "Larkspur"})
    account = services.only(
        services.save_accounts(items=[item], mode=services.Mode.CREATE, actor=None, at=now)
    ).id
    values = {"title": "Call", "account": account, "waiting_on": "Legal", "cause": "flag:unrated"}
    step = services.only(
        services.save_steps(
            items=[services.Item(values=values)], mode=services.Mode.CREATE, actor=northwind.alice, at=now,
            source="promise",
        )
    ).id  # fmt: skip
    kept = Step.objects.get(pk=step)
    assert (kept.waiting_on, kept.cause, kept.source) == ("Legal", "flag:unrated", "promise")
