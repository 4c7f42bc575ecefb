"""Ratings and drivers over REST."""

import pytest

from accounts.scope import tenant_scope
from relationships.models import Driver, Rating


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    return rest.write.post("/personas", body).json()["id"]


def faults(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def stored(cast):
    with tenant_scope(cast.northwind.pk):
        return Rating.objects.count()


def test_a_rating_is_made_and_read_back(rest, dana):
    body = {"persona": dana, "strength": "okay", "sentiment": "positive", "note": "met", "external_id": "r1"}
    made = rest.write.post("/ratings", body)
    assert made.status_code == 201
    read = rest.read.get(f"/ratings/{made.json()['id']}").json()
    word = dict.fromkeys(("brand", "product", "service"), "positive")
    assert (read["strength"], read["sentiment"], read["note"], read["external_id"]) == (
        "okay",
        word,
        "met",
        "r1",
    )
    assert (read["rated_by_email"], read["withdrawn_at"]) == ("adam@northwind.test", None)
    assert made.json() == read


def test_facets_are_named_apart_and_a_persona_by_its_own_id(rest, dana):
    body = {"persona_external_id": "dana", "sentiment": {"brand": "neutral", "service": None}}
    made = rest.write.post("/ratings", body).json()
    assert (made["persona"], made["strength"]) == (dana, None)
    assert made["sentiment"] == {"brand": "neutral", "product": None, "service": None}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/strength", "required"),
        ({"strength": "great"}, "/strength", "invalid_choice"),
        ({"sentiment": "happy"}, "/sentiment", "invalid_choice"),
        ({"sentiment": 3}, "/sentiment", "invalid_choice"),
        ({"sentiment": {"brand": "happy"}}, "/sentiment/brand", "invalid_choice"),
        ({"sentiment": {"mood": "positive"}}, "/sentiment/mood", "unknown"),
        ({"sentiment": "negative"}, "/driver", "needs_driver"),
        ({"strength": "okay", "driver": "weather"}, "/driver", "unknown_driver"),
        ({"strength": "okay", "rated_at": "2999-01-01T00:00:00Z"}, "/rated_at", "in_future"),
        ({"strength": "okay", "rated_at": "1999-01-01T00:00:00Z"}, "/rated_at", "too_old"),
        (
            {"strength": "okay", "rated_by_email": "nobody@northwind.test"},
            "/rated_by_email",
            "unknown_member",
        ),
        ({"strength": "okay", "persona": "01a20000-0000-7000-8000-000000000000"}, "/persona", "missing"),
        ({"strength": "okay", "persona": None}, "/persona", "null"),
        ({"strength": "okay", "mood": 1}, "/mood", "unknown"),
    ],
)
def test_a_wrong_rating_is_400_and_names_the_field(rest, dana, cast, body, pointer, code):
    answer = rest.write.post("/ratings", {"persona": dana, **body})
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})
    assert stored(cast) == 0


def test_only_admin_keys_name_another_rater_or_write_history(rest, dana, cast):
    body = {"persona": dana, "strength": "okay", "rated_by_email": "alice@northwind.test"}
    past = {"persona": dana, "strength": "okay", "rated_at": "2026-01-01T00:00:00Z", "historical": True}
    assert rest.write.post("/ratings", body).status_code == 403
    assert rest.write.post("/ratings", past).status_code == 403
    assert rest.read.post("/ratings", {"persona": dana, "strength": "okay"}).status_code == 403
    assert stored(cast) == 0
    assert rest.admin.post("/ratings", body).json()["rated_by_email"] == "alice@northwind.test"
    assert rest.admin.post("/ratings", past).json()["recorded_at"] == "2026-01-01T00:00:00Z"


def test_the_same_external_id_is_unchanged_or_taken(rest, dana, cast):
    body = {"persona": dana, "strength": "okay", "external_id": "r1"}
    first = rest.write.post("/ratings", body)
    again = rest.write.post("/ratings", body)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert rest.write.post("/ratings", {**body, "strength": "weak"}).status_code == 409
    assert stored(cast) == 1


def test_a_repeat_may_leave_out_its_grounds_and_is_refused_at_what_it_says_otherwise(rest, dana, cast):
    body = {
        "persona": dana, "strength": "okay", "sentiment": "positive", "note": "met", "driver": "value",
        "confidence": "high", "signs": ["lost_patience"], "evidence": [{"url": "https://a.example"}],
        "external_id": "r1",
    }  # fmt: skip
    first = rest.write.post("/ratings", body).json()
    left_out = {name: body[name] for name in ("persona", "strength", "sentiment", "note", "external_id")}
    for again in (body, left_out, {**left_out, "signs": None, "confidence": None}):
        answer = rest.write.post("/ratings", again)
        assert (answer.status_code, answer.json()["id"]) == (200, first["id"])
    for other in (
        {"note": None}, {"strength": None}, {"sentiment": None}, {"driver": "price"}, {"confidence": "low"},
        {"signs": []}, {"evidence": []}, {"evidence": [{"url": "https://b.example"}]},
        {"rated_at": "2026-01-01T00:00:00Z"},
    ):  # fmt: skip
        answer = rest.write.post("/ratings", body | other)
        assert (answer.status_code, faults(answer)) == (409, {f"/{next(iter(other))}": "taken"}), other
    assert stored(cast) == 1


def test_a_bulk_answers_per_item_and_a_dry_run_writes_nothing(rest, dana, cast):
    items = [
        {"persona": dana, "strength": "okay"},
        {"persona": dana, "sentiment": "negative"},
        {"persona_external_id": "nobody", "strength": "okay"},
    ]
    for dry_run, left in ((True, 0), (False, 1)):
        answer = rest.write.post("/ratings/bulk", {"items": items, "dry_run": dry_run})
        assert answer.status_code == 207
        assert [result["status"] for result in answer.json()["results"]] == ["created", "failed", "failed"]
        assert stored(cast) == left


def test_a_withdrawn_rating_stays_readable_with_its_withdrawal(rest, dana):
    made = rest.write.post("/ratings", {"persona": dana, "strength": "okay"}).json()
    assert rest.write.post(f"/ratings/{made['id']}/withdraw").status_code == 204
    assert rest.read.get(f"/ratings/{made['id']}").json()["withdrawn_at"]
    assert rest.write.post("/ratings/01a20000-0000-7000-8000-000000000000/withdraw").status_code == 404


def test_ratings_are_listed_by_persona(rest, dana):
    for strength in ("weak", "okay"):
        rest.write.post("/ratings", {"persona": dana, "strength": strength})
    rows = rest.read.get(f"/ratings?persona={dana}&ordering=-rated_at").json()["results"]
    assert [row["strength"] for row in rows] == ["okay", "weak"]
    assert rest.read.get("/ratings?mood=1").status_code == 400


def test_a_neighbour_sees_and_touches_nothing(rest, dana, cast):
    made = rest.write.post("/ratings", {"persona": dana, "strength": "okay"}).json()
    assert rest.globex.get("/ratings").json()["results"] == []
    assert rest.globex.get(f"/ratings/{made['id']}").status_code == 404
    assert rest.globex.post(f"/ratings/{made['id']}/withdraw").status_code == 404
    answer = rest.globex.post("/ratings", {"persona": dana, "strength": "okay"})
    assert faults(answer) == {"/persona": "missing"}
    assert stored(cast) == 1


def test_drivers_are_listed_added_and_switched_off(rest, cast):
    keys = [driver["key"] for driver in rest.read.get("/drivers").json()["results"]]
    assert keys[0] == "value"
    made = rest.admin.post("/drivers", {"key": "weather", "label": "Weather"})
    assert made.status_code == 201
    assert rest.admin.post("/drivers", {"key": "weather", "label": "Again"}).status_code == 409
    changed = rest.admin.patch(f"/drivers/{made.json()['id']}", {"active": False})
    assert changed.json() == {**made.json(), "active": False}
    assert faults(rest.admin.patch(f"/drivers/{made.json()['id']}", {"key": "rain"})) == {"/key": "fixed"}
    assert rest.write.post("/drivers", {"key": "snow", "label": "Snow"}).status_code == 403
    with tenant_scope(cast.northwind.pk):
        assert not Driver.objects.filter(key="snow").exists()


def test_a_persona_shows_what_is_said_of_them_once_they_were_rated(rest, dana):
    assert rest.read.get(f"/personas/{dana}").json()["rating"] is None
    made = rest.write.post("/ratings", {"persona": dana, "strength": "okay", "sentiment": "neutral"}).json()
    assert rest.read.get(f"/personas/{dana}").json()["rating"] == {
        "strength": "okay",
        "sentiment": dict.fromkeys(("brand", "product", "service", "overall"), "neutral"),
        "rated_at": made["rated_at"],
        "rated_by": "adam@northwind.test",
        "stale": False,
        "inherited": False,
        "confidence": None,
        "observed": None,
        "signs": [],
        "observed_at": None,
        "diverges": False,
        "advocate": False,
    }


def test_ratings_are_found_by_the_external_id_of_their_account_or_of_what_it_was_merged_into(rest, dana):
    rest.write.post("/ratings", {"persona": dana, "strength": "okay", "external_id": "r1"})
    rest.write.post("/accounts", {"external_id": "B1", "name": "Bellflower"})
    ids = lambda name: [  # noqa: E731
        row["external_id"] for row in rest.read.get(f"/ratings?account_external_id={name}").json()["results"]
    ]
    assert (ids("L1"), ids("B1"), ids("nobody")) == (["r1"], [], [])
    account = rest.read.get("/accounts?external_id=L1").json()["results"][0]["id"]
    assert rest.write.post(f"/accounts/{account}/merge", {"into_external_id": "B1"}).status_code == 200
    assert (ids("L1"), ids("B1")) == (["r1"], ["r1"])
