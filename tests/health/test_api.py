"""Health over REST: observations in, health, coverage, scorecard and portfolio out."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Outbox
from accounts.scope import tenant_scope
from health import services
from health.models import Observation, Override, Scorecard


@pytest.fixture
def clock():
    """The present: a request asks the real clock."""
    return timezone.now()


@pytest.fixture
def account(rest):
    return rest.write.post("/accounts", {"name": "Larkspur", "external_id": "lark", "arr": "120000"}).json()[
        "id"
    ]


@pytest.fixture
def dana(rest, account):
    body = {"name": "Dana", "external_id": "dana", "account": account, "role": "champion"}
    return rest.write.post("/personas", body).json()["id"]


def ago(clock: dt.datetime, days: float) -> str:
    return (clock - dt.timedelta(days=days)).isoformat().replace("+00:00", "Z")


def score(cast) -> None:
    """What the worker does a moment later."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for row in list(Outbox.objects.filter(kind="follow_health")):
            services.follow_activity(ref=row.ref, at=timezone.now())
        services.drain_dirty(at=timezone.now())


def codes(answer) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


def test_larkspur_through_rest_is_the_model_s(rest, cast, account, dana, clock):
    people = {"dana": dana}
    for name, role in (
        ("eli", "economic_buyer"), ("farid", "technical_owner"), ("gita", "power_user"), ("hugo", "end_user"),
        ("ines", "champion"),
    ):  # fmt: skip
        body = {"name": name.title(), "external_id": name, "account": account, "role": role, "tracked": True}
        people[name] = rest.write.post("/personas", body).json()["id"]
    rest.write.patch(f"/personas/{people['ines']}", {"left_on": clock.date().isoformat()})
    items = []
    for name, strength, mood, age in (
        ("dana", 3, 2, 20), ("eli", 1, 1, 75), ("farid", 2, 0, 120), ("gita", 2, 2, 10), ("ines", 3, 2, 5)
    ):  # fmt: skip
        said = [("relationship", "", strength)] + [
            ("sentiment", f, mood) for f in ("brand", "product", "service")
        ]
        items += [
            {"persona": people[name], "measure": measure, "facet": facet, "value": value, "observed_at": ago(clock, age)}
            for measure, facet, value in said
        ]  # fmt: skip
    for measure, value, age in (
        ("frequency", 0.42, 1),
        ("effectiveness", 0.5, 20),
        ("breadth", 0.4, 1),
        ("trend", -0.12, 1),
    ):
        items.append({"account": account, "measure": measure, "value": value, "observed_at": ago(clock, age)})
    for measure, value, age in (("nps", 8, 120), ("csat", 4.2, 30)):
        items.append({"persona": dana, "measure": measure, "value": value, "observed_at": ago(clock, age)})
    bulk = rest.write.post("/observations/bulk", {"items": items})
    assert bulk.json()["summary"] == {"created": 26, "updated": 0, "unchanged": 0, "failed": 0}
    score(cast)
    health = rest.read.get(f"/accounts/{account}/health").json()
    assert health["score"] == pytest.approx(59.203186, abs=1e-3)
    assert health["evidence"] == pytest.approx(0.781574, abs=1e-4)
    assert (health["band"], health["quadrant"]) == ("watch", "engaged")
    assert sum(row["contribution"] for row in health["measures"]) == pytest.approx(
        health["score"] - 50, abs=1e-9
    )
    again = rest.read.get(f"/accounts/{account}/health?at={health['at']}").json()
    assert again == health
    cover = rest.read.get(f"/accounts/{account}/coverage").json()
    assert cover["coverage"] == pytest.approx(50.078964, abs=1e-3)
    assert cover["p_no_thread"] == pytest.approx(0.04, abs=1e-6)
    short = rest.read.get(f"/accounts/{account}").json()["health"]
    assert (short["score"], short["band"], short["change_7d"]) == (health["score"], "watch", None)


def test_an_account_without_a_stored_score_is_answered_all_the_same(rest, account):
    health = rest.read.get(f"/accounts/{account}/health")
    assert (health.status_code, health.json()["band"]) == (200, "unknown")
    assert rest.read.get(f"/accounts/{account}").json()["health"] is None


def test_an_observation_is_read_back_withdrawn_and_sent_again_unchanged(rest, cast, account, clock):
    body = {"external_id": "o1", "account_external_id": "lark", "measure": "csat", "value": 4,
            "observed_at": ago(clock, 1), "source": "desk"}  # fmt: skip
    made = rest.write.post("/observations", body)
    assert made.status_code == 201
    assert made.json()["account"] == account
    assert rest.write.post("/observations", body).status_code == 200
    assert codes(rest.write.post("/observations", body | {"value": 5})) == {("/external_id", "taken")}
    assert rest.write.post(f"/observations/{made.json()['id']}/withdraw").status_code == 204
    listed = rest.read.get("/observations?external_id=o1").json()["results"]
    assert [row["external_id"] for row in listed] == ["o1"]
    assert listed[0]["withdrawn_at"]


def test_observations_are_found_by_the_external_id_of_their_account(rest, account, clock):
    rest.write.post("/observations", {"external_id": "o1", "account": account, "measure": "csat", "value": 4,
                                      "observed_at": ago(clock, 1)})  # fmt: skip
    found = rest.read.get("/observations?account_external_id=lark").json()["results"]
    assert [row["external_id"] for row in found] == ["o1"]
    assert rest.read.get("/observations?account_external_id=other").json()["results"] == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"measure": "mood"}, ("/measure", "unknown")),
        ({"observed_at": "2090-01-01T00:00:00Z"}, ("/observed_at", "future")),
        ({"observed_at": None}, ("/observed_at", "null")),
        ({"account": "018f0000-0000-7000-8000-000000000000"}, ("/account", "missing")),
        ({"account": None}, ("/account", "required")),
        ({"value": "x"}, ("/value", "invalid")),
        ({"colour": "red"}, ("/colour", "unknown")),
        ({"measure": "relationship"}, ("/persona", "required")),
    ],
)
def test_a_bad_observation_is_refused_by_field(rest, cast, account, clock, fields, fault):
    body = {"account": account, "measure": "csat", "value": 4, "observed_at": ago(clock, 1)}
    answer = rest.write.post("/observations", body | fields)
    assert answer.status_code == 400
    assert fault in codes(answer)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not Observation.objects.exists()


def test_history_is_for_admins_and_is_known_since_it_was_observed(rest, cast, account, clock):
    body = {
        "account": account,
        "measure": "effectiveness",
        "value": 1,
        "observed_at": ago(clock, 10),
        "historical": True,
    }
    assert rest.write.post("/observations", body).status_code == 403
    assert rest.admin.post("/observations", body).json()["recorded_at"] == ago(clock, 10)
    then = rest.read.get(f"/accounts/{account}/health?at={ago(clock, 5)}").json()
    assert {row["key"]: row["value"] for row in then["measures"]}["effectiveness"] == 100


def test_a_change_over_rest_sums_exactly(rest, cast, account, dana, clock):
    rest.write.post(
        "/observations", {"persona": dana, "measure": "nps", "value": 9, "observed_at": ago(clock, 0)}
    )
    change = rest.read.get(f"/accounts/{account}/health/change").json()
    parts = [cause["value_part"] + cause["evidence_part"] for cause in change["causes"]]
    assert sum(parts) == pytest.approx(change["delta"], abs=1e-9)
    assert change["delta"] > 1
    assert rest.read.get(f"/accounts/{account}/health/history").json() == []


@pytest.mark.parametrize(
    "query",
    ["at=yesterday", "at=2026-11-02T12:00:00", "at=2090-01-01T00:00:00Z", "at=0001-99-99", "when=now"],
)
def test_a_moment_that_is_none_is_refused(rest, account, query):
    assert rest.read.get(f"/accounts/{account}/health?{query}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "health?at", "health/history?to", "health/change?to", "coverage?at", "coverage/history?to",
    ],
)  # fmt: skip
def test_a_moment_from_which_no_window_reaches_back_is_refused_by_name(rest, account, asked):
    answer = rest.read.get(f"/accounts/{account}/{asked}=0001-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "?" + asked.partition("?")[2])


@pytest.mark.parametrize("path", ["health", "health/history", "health/change", "coverage"])
def test_a_neighbour_s_account_answers_as_a_missing_one(rest, account, path):
    missing = "018f0000-0000-7000-8000-000000000000"
    theirs = rest.globex.get(f"/accounts/{account}/{path}")
    nothing = rest.globex.get(f"/accounts/{missing}/{path}")
    assert theirs.status_code == nothing.status_code == 404
    assert {**theirs.json(), "request_id": ""} == {**nothing.json(), "request_id": ""}


def test_an_override_is_shown_and_taken_away(rest, cast, account, clock):
    body = {"band": "at_risk", "reason": "They said so.", "expires_at": ago(clock, -5)}
    answer = rest.write.put(f"/accounts/{account}/health/override", body)
    assert (answer.status_code, answer.json()["band"]) == (200, "at_risk")
    assert rest.read.get(f"/accounts/{account}/health").json()["band"] == "at_risk"
    assert rest.write.delete(f"/accounts/{account}/health/override").status_code == 204
    assert rest.read.get(f"/accounts/{account}/health").json()["override"] is None


def test_an_override_of_a_neighbour_or_of_nonsense_is_refused(rest, cast, account, clock):
    body = {"band": "at_risk", "reason": "x", "expires_at": ago(clock, -5)}
    assert rest.globex.put(f"/accounts/{account}/health/override", body).status_code == 404
    assert rest.read.put(f"/accounts/{account}/health/override", body).status_code == 403
    past = rest.write.put(f"/accounts/{account}/health/override", body | {"expires_at": ago(clock, 1)})
    assert codes(past) == {("/expires_at", "invalid")}
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not Override.objects.exists()


def test_the_scorecard_is_published_in_versions(rest, account):
    assert rest.read.get("/scorecard").json()["version"] == 1
    answer = rest.admin.put("/scorecard", {"L": 0.3, "note": "Bolder"})
    assert answer.status_code == 202
    assert rest.read.get(answer["Location"].removeprefix("/api/v1")).json()["kind"] == "rescore_book"
    now = rest.read.get("/scorecard").json()
    assert (now["version"], now["L"], now["note"]) == (2, 0.3, "Bolder")


def test_a_scorecard_is_previewed_without_publishing(rest, cast, account):
    found = rest.admin.post("/scorecard/preview", {"L": 0.3})
    assert found.status_code == 200
    assert found.json()["accounts"] == 1
    assert rest.read.get("/scorecard").json()["version"] == 1


def test_a_bad_scorecard_or_key_publishes_nothing(rest, cast):
    assert codes(rest.admin.put("/scorecard", {"L": 9})) == {("/L", "range")}
    assert codes(rest.admin.put("/scorecard", {"colour": 1})) == {("/colour", "unknown")}
    assert rest.admin.put("/scorecard", [1]).status_code == 400
    assert rest.write.put("/scorecard", {"L": 0.1}).status_code == 403
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not Scorecard.objects.exists()


def test_the_portfolio_answers_now_and_then_with_filters(rest, cast, account, clock):
    score(cast)
    now = rest.read.get("/portfolio").json()
    assert (now["totals"]["accounts"], now["totals"]["arr"]) == (1, "120000.00")
    assert rest.read.get(f"/portfolio?at={ago(clock, 1)}").json()["totals"]["accounts"] == 0
    assert rest.read.get("/portfolio?segment=Large").json()["totals"]["accounts"] == 0
    assert rest.read.get("/portfolio?owner=alice@northwind.test").json()["totals"]["accounts"] == 0
    assert rest.globex.get("/portfolio").json()["totals"]["accounts"] == 0


@pytest.mark.parametrize(
    "query", ["owner=nobody@x.test", "renews_before=soon", "renews_before=2026-13-01", "by=x"]
)
def test_a_portfolio_filter_that_is_none_is_refused(rest, query):
    assert rest.read.get(f"/portfolio?{query}").status_code == 400
