"""Promises over REST: given, moved with a reason, kept or broken; the former dates stay; how often we keep our word."""

import datetime as dt

import pytest

from accounts import services
from accounts.models import PromiseTerm, Step
from accounts.scope import tenant_scope

TODAY = dt.datetime.now(dt.UTC).date()
DAY = dt.timedelta(days=1)


def day(days):
    return (TODAY + days * DAY).isoformat()


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def people(rest):
    """Larkspur with Dana, by external id."""
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    return rest.write.post(
        "/personas", {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    ).json()


def promise(rest, **values):
    body = {"title": "Send the figures", "persona_external_id": "dana", "due_on": day(5), **values}
    made = rest.write.post("/promises", body)
    assert made.status_code == 201, made.content
    return made.json()


def test_a_promise_is_a_step_of_ours_and_takes_its_account_from_the_person(rest, people):
    made = promise(rest, owner_email="alice@northwind.test")
    assert (made["account"], made["persona"]) == (people["account"], people["id"])
    assert (made["state"], made["late"], made["settled_at"], made["terms"]) == ("open", False, None, [])
    step = rest.read.get(f"/steps/{made['id']}").json()
    assert (step["source"], step["side"], step["title"]) == ("promise", "ours", "Send the figures")
    assert rest.read.get(f"/promises?persona={people['id']}").json()["results"] == [made]


def test_a_date_moves_with_a_reason_and_the_former_one_stays(rest, people):
    made = promise(rest)
    assert faults(rest.write.patch(f"/promises/{made['id']}", {"due_on": day(9)})) == {"/reason": "required"}
    moved = rest.write.patch(f"/promises/{made['id']}", {"due_on": day(9), "reason": "Waits for audit"})
    (term,) = moved.json()["terms"]
    assert (moved.json()["due_on"], moved.json()["state"]) == (day(9), "open")
    assert (term["kind"], term["due_on"], term["moved_to"], term["reason"], term["by"]) == (
        "renegotiated", day(5), day(9), "Waits for audit", "adam@northwind.test",
    )  # fmt: skip
    again = rest.write.patch(f"/steps/{made['id']}", {"due_on": day(12)})  # the door of steps loses nothing
    assert again.status_code == 200
    kept = rest.read.get(f"/promises/{made['id']}").json()["terms"]
    assert [(one["due_on"], one["moved_to"], one["reason"]) for one in kept] == [
        (day(5), day(9), "Waits for audit"), (day(9), day(12), ""),
    ]  # fmt: skip


def test_a_promise_is_kept_broken_with_a_reason_or_open_again(rest, people):
    made = promise(rest)
    address = f"/promises/{made['id']}"
    assert faults(rest.write.patch(address, {"state": "broken"})) == {"/reason": "required"}
    broken = rest.write.patch(address, {"state": "broken", "reason": "The vendor refused"}).json()
    assert (broken["state"], broken["terms"][0]["kind"]) == ("broken", "broken")
    assert rest.read.get(f"/steps/{made['id']}").json()["done_at"] is not None
    assert (
        rest.write.patch(address, {"state": "broken", "reason": "Again"}).json()["terms"] == broken["terms"]
    )
    opened = rest.write.patch(address, {"state": "open"}).json()
    assert (opened["state"], opened["settled_at"]) == ("open", None)
    kept = rest.write.patch(address, {"state": "kept"}).json()
    assert (kept["state"], kept["late"]) == ("kept", False)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": None}, "/title", "null"),
        ({"state": "forgotten"}, "/state", "invalid_choice"),
        ({"persona_external_id": "nobody"}, "/persona_external_id", "missing"),
        ({"owner_email": "nobody@northwind.test"}, "/owner_email", "unknown_member"),
        ({"state": "kept", "settled_at": "2199-01-01T00:00:00Z"}, "/settled_at", "in_future"),
        ({"settled_at": "2026-01-01T00:00:00Z"}, "/settled_at", "open"),
        ({"side": "theirs"}, "/side", "unknown"),
    ],
)
def test_a_wrong_promise_names_the_field_and_the_reason(rest, people, body, pointer, code):
    answer = rest.write.post("/promises", {"title": "X", "persona_external_id": "dana", **body})
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})


def test_a_step_that_is_no_promise_is_not_taken_for_one(rest, people):
    step = rest.write.post(
        "/steps", {"external_id": "s1", "title": "Call", "persona_external_id": "dana"}
    ).json()
    assert rest.read.get(f"/promises/{step['id']}").status_code == 404
    assert faults(rest.write.patch(f"/promises/{step['id']}", {"title": "X"})) == {"": "no_promise"}
    assert faults(rest.write.put("/promises/by-external-id/s1", {"title": "X"})) == {
        "/external_id": "no_promise"
    }
    assert rest.write.delete(f"/promises/{step['id']}").status_code == 404
    assert rest.read.get(f"/steps/{step['id']}").json()["title"] == "Call"


def test_the_kept_rate_counts_what_is_overdue_against_us_and_what_was_moved_in_time_not(rest, people):
    owner = {"owner_email": "alice@northwind.test"}
    promise(rest, **owner)  # open
    promise(rest, **owner, due_on=day(-3))  # overdue
    promise(rest, **owner, state="kept")
    promise(rest, **owner, due_on=day(-3), state="kept")  # late
    moved = promise(rest, **owner, due_on=day(-1))
    rest.write.patch(f"/promises/{moved['id']}", {"due_on": day(1), "reason": "Ill"})
    rest.write.patch(f"/promises/{moved['id']}", {"state": "kept"})
    promise(rest)  # nobody's
    rates = {one["owner_email"]: one for one in rest.read.get("/promises/kept-rate").json()["results"]}
    hers = rates["alice@northwind.test"]
    assert {name: hers[name] for name in ("kept", "late", "broken", "overdue", "open", "renegotiated", "n")} == {
        "kept": 2, "late": 1, "broken": 0, "overdue": 1, "open": 1, "renegotiated": 1, "n": 4,
    }  # fmt: skip
    assert hers["rate"] == 0.5
    assert (rates[None]["open"], rates[None]["rate"]) == (1, None)
    (account,) = rest.read.get("/promises/kept-rate?by=account").json()["results"]
    assert (account["account"], account["n"]) == (people["account"], 4)
    assert rest.read.get("/promises/kept-rate?by=moon").status_code == 400
    assert rest.globex.get("/promises/kept-rate").json() == {"results": []}


def test_erasing_a_person_blanks_what_was_promised_to_them_and_why_it_moved(rest, people, cast, now):
    made = promise(rest)
    rest.write.patch(f"/promises/{made['id']}", {"due_on": day(9), "reason": "Dana is ill"})
    with tenant_scope(cast.northwind.pk):
        services.erase_persona(id=people["id"], actor=cast.adam, at=now)
        assert Step.objects.get(pk=made["id"]).title == ""
        term = PromiseTerm.objects.get()
        assert (term.reason, term.due_on.isoformat()) == ("", day(5))


def test_only_who_may_write_the_account_gives_a_promise(cast, rest, people, now):
    item = services.Item(values={"title": "X", "account": people["account"]})
    with tenant_scope(cast.northwind.pk):
        before = Step.objects.count()
        with pytest.raises(services.NotYours):
            services.save_promises(items=[item], mode=services.Mode.CREATE, actor=cast.vera, at=now)
        assert Step.objects.count() == before
