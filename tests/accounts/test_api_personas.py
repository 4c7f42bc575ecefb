"""Personas over REST: who counts, who they report to, merging and erasing."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Activity, IdempotentReply, Persona, PersonaFact, ProfileFact
from accounts.scope import tenant_scope


def named(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


@pytest.fixture
def make(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})

    def make(external_id, **fields):
        body = {
            "external_id": external_id,
            "account_external_id": "L1",
            "name": external_id.title(),
            **fields,
        }
        answer = rest.write.post("/personas", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


def test_end_users_and_others_that_arrive_by_api_start_untracked(make):
    assert make("dana", role="champion")["tracked"] is True
    assert make("hugo", role="end_user")["tracked"] is False
    assert make("otto")["tracked"] is False
    assert make("anna", role="other", tracked=True)["tracked"] is True


def test_a_persona_keeps_its_facts_with_dates(make, rest, cast):
    dana = make("dana", role="champion")
    rest.write.patch(f"/personas/{dana['id']}", {"role": "economic_buyer", "influence": 4})
    with tenant_scope(cast.northwind.pk):
        facts = PersonaFact.objects.filter(persona_id=dana["id"]).order_by("recorded_at", "key")
        said = [(fact.key, fact.value) for fact in facts]
    assert said == [
        ("account", dana["account"]),
        ("role", "champion"),
        ("tracked", True),
        ("influence", 4),
        ("role", "economic_buyer"),
    ]


def test_a_persona_is_active_until_the_day_it_leaves(make, rest):
    dana = make("dana")
    today = dt.datetime.now(dt.UTC).date()
    for left_on, active in ((today, False), (today + dt.timedelta(days=1), True), (None, True)):
        body = {"left_on": left_on and left_on.isoformat()}
        assert rest.write.patch(f"/personas/{dana['id']}", body).json()["active"] is active


def test_a_circle_of_reports_is_refused(make, rest):
    boss, dana = make("boss"), make("dana", reports_to_external_id="boss")
    assert dana["reports_to"] == boss["id"]
    answer = rest.write.patch(f"/personas/{boss['id']}", {"reports_to": dana["id"]})
    assert named(answer) == {"/reports_to": "circle"}
    assert named(rest.write.patch(f"/personas/{boss['id']}", {"reports_to": boss["id"]})) == {
        "/reports_to": "circle"
    }


def test_reports_within_one_bulk_may_name_each_other_but_not_a_refused_one(make, rest):
    make("boss")
    person = {"account_external_id": "L1", "name": "X"}
    items = [
        {**person, "external_id": "a", "reports_to_external_id": "b"},
        {**person, "external_id": "b", "reports_to_external_id": "boss"},
        {**person, "external_id": "c", "reports_to_external_id": "d"},
        {**person, "external_id": "d", "account_external_id": "none"},
        {**person, "external_id": "e", "reports_to_external_id": "f"},
        {**person, "external_id": "f", "reports_to_external_id": "e"},
    ]
    body = rest.write.post("/personas/bulk", {"items": items}).json()
    assert [result["status"] for result in body["results"]] == ["created"] * 2 + ["failed"] * 4


def test_a_persona_needs_an_account_that_exists(rest, make):
    assert named(rest.write.post("/personas", {"name": "x"})) == {"/account": "required"}
    answer = rest.write.post("/personas", {"name": "x", "account_external_id": "no"})
    assert named(answer) == {"/account_external_id": "missing"}


@pytest.fixture
def spread(rest):
    """A person at each of an active account, a trial, one that churned and one that was deleted; Adam owns the trial."""
    owned = {"trial": {"owner_email": "adam@northwind.test"}}
    for status in ("active", "trial", "churned", "internal"):
        body = {"external_id": status, "name": status, "status": status, **owned.get(status, {})}
        rest.write.post("/accounts", body)
        person = {"external_id": status, "name": status, "account_external_id": status, "role": "champion"}
        rest.write.post("/personas", person)
    (gone,) = rest.read.get("/accounts?external_id=internal").json()["results"]
    rest.write.patch(f"/accounts/{gone['id']}", {"status": "active"})
    rest.write.delete(f"/accounts/{gone['id']}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("account_status=active", {"active"}),
        ("account_status=active&account_status=trial", {"active", "trial"}),
        ("account_status=churned", {"churned"}),
        ("account_owner_email=ADAM@northwind.test", {"trial"}),
        ("account_owner_email=nobody@northwind.test", set()),
    ],
)
def test_people_are_found_by_the_status_and_the_owner_of_their_account(rest, spread, query, found):
    answer = rest.read.get(f"/personas?{query}")
    assert {one["name"] for one in answer.json()["results"]} == found


def test_a_status_that_no_account_has_is_refused_by_name(rest):
    answer = rest.read.get("/personas?account_status=dead")
    assert (answer.status_code, named(answer)) == (400, {"?account_status": "invalid_choice"})


def test_who_leaves_later_has_not_left_yet(rest, make):
    today = timezone.now().date()
    for name, days in (("dana", 9), ("eli", 0), ("gita", None)):
        make(name, left_on=None if days is None else str(today + dt.timedelta(days=days)))
    for asked, found in (("false", {"Dana", "Gita"}), ("true", {"Eli"})):
        results = rest.read.get(f"/personas?left={asked}").json()["results"]
        assert {one["name"] for one in results} == found


def test_leaving_before_joining_is_refused(rest, make):
    dana = make("dana", joined_on="2026-01-02")
    answer = rest.write.patch(f"/personas/{dana['id']}", {"left_on": "2026-01-01"})
    assert named(answer) == {"/left_on": "before_joining"}


@pytest.mark.parametrize(
    ("fact", "pointer", "code"),
    [
        ({"key": "birthday", "value": "May 1"}, "/profile/1/basis", "required"),
        ({"key": "circumstances", "value": "Moving", "basis": " "}, "/profile/1/basis", "required"),
        ({"key": "channel", "value": "Slack"}, "/profile/1/value", "invalid_choice"),
        ({"key": "cadence", "value": "soon"}, "/profile/1/value", "out_of_range"),
        ({"key": "channel"}, "/profile/1/value", "required"),
        ({"value": "chess"}, "/profile/1/key", "required"),
    ],
)
def test_a_personal_fact_says_why_it_is_kept_and_a_preference_is_one_that_binds(
    rest, make, fact, pointer, code
):
    dana = make("dana")
    answer = rest.write.patch(
        f"/personas/{dana['id']}", {"profile": [{"key": "likes", "value": "chess"}, fact]}
    )
    assert named(answer) == {pointer: code}
    assert rest.read.get(f"/personas/{dana['id']}").json()["profile"] == []


@pytest.mark.parametrize(
    "said", ["1980-05-12", "--02-29", "02-29", "2000-02-29", "12 May", "1. march", "Sep 3", " February 29 "]
)
def test_a_birthday_is_a_day_and_a_month_perhaps_with_its_year(rest, make, said):
    dana = make("dana", profile=[{"key": "birthday", "value": said, "basis": "told_us"}])
    assert [one["value"] for one in dana["profile"]] == [said.strip()]


@pytest.mark.parametrize(
    "said",
    [
        "yesterday", "1980-02-30", "2199-01-01", "0001-01-01", "1981-02-29", "13-01", "00-10", "5/12", "12 Maybe",
        "30 February", "May", "12", "1980-5-12", "\u0665-\u0661\u0662",
    ],
)  # fmt: skip
def test_what_is_no_birthday_is_refused_at_its_value(rest, make, said):
    dana = make("dana")
    fact = {"key": "birthday", "value": said, "basis": "told_us"}
    answer = rest.write.patch(f"/personas/{dana['id']}", {"profile": [fact]})
    assert (answer.status_code, named(answer)) == (400, {"/profile/0/value": "invalid"})
    assert rest.read.get(f"/personas/{dana['id']}").json()["profile"] == []


def test_a_birthday_that_stands_in_other_words_is_read_and_stops_no_change(rest, make, cast):
    dana = make("dana")
    fact = {"key": "birthday", "value": "in spring", "basis": "told_us"}
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        ProfileFact.objects.create(persona_id=dana["id"], recorded_at=timezone.now(), **fact)
    facts = [fact, {"key": "cadence", "value": "30"}]
    answer = rest.write.patch(f"/personas/{dana['id']}", {"profile": facts})
    assert [one["value"] for one in answer.json()["profile"]] == ["in spring", "30"]


def test_a_fact_that_stands_without_its_basis_stops_no_change_of_another(rest, make, cast):
    dana = make("dana")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        ProfileFact.objects.create(
            persona_id=dana["id"], key="birthday", value="May 1", recorded_at=timezone.now()
        )
    facts = [{"key": "birthday", "value": "May 1"}, {"key": "cadence", "value": "30"}]
    answer = rest.write.patch(f"/personas/{dana['id']}", {"profile": facts})
    assert [(one["key"], one["value"]) for one in answer.json()["profile"]] == [
        ("birthday", "May 1"),
        ("cadence", "30"),
    ]


def test_the_profile_is_written_as_a_whole(rest, make):
    birthday = {"key": "birthday", "value": "May 1", "source": "call", "basis": "told_us"}
    facts = [birthday, {"key": "likes", "value": "chess"}]
    dana = make("dana", profile=facts)
    assert [fact["key"] for fact in dana["profile"]] == ["birthday", "likes"]
    path = f"/personas/{dana['id']}"
    assert rest.write.patch(path, {"title": "CTO"}).json()["profile"] == dana["profile"]
    assert rest.write.patch(path, {"profile": facts[1:]}).json()["profile"] == dana["profile"][1:]
    assert rest.write.patch(path, {"profile": None}).json()["profile"] == []


def test_a_merged_persona_stands_for_the_one_that_remains(rest, make, cast):
    old, new = make("old"), make("new")
    other = make("other", reports_to=old["id"])
    answer = rest.write.post(f"/personas/{old['id']}/merge", {"into_external_id": "new"})
    assert answer.json()["id"] == new["id"]
    seen = rest.read.get(f"/personas/{old['id']}")
    assert (seen.status_code, seen["Location"]) == (308, f"/api/v1/personas/{new['id']}")
    synced = rest.write.put("/personas/by-external-id/old", {"title": "CTO"}).json()
    assert (synced["id"], synced["external_id"], synced["title"]) == (new["id"], "new", "CTO")
    step = rest.write.post("/steps", {"title": "Call", "persona_external_id": "old"}).json()
    assert step["persona"] == new["id"]
    both = rest.write.post(
        "/personas/bulk", {"items": [{"external_id": "old"}, {"external_id": "new"}]}
    ).json()
    assert [result["status"] for result in both["results"]] == ["unchanged", "failed"]
    assert rest.write.post(f"/personas/{old['id']}/restore").json()["id"] == old["id"]
    assert rest.read.get(f"/personas/{old['id']}").status_code == 200
    assert rest.read.get(f"/personas/{other['id']}").json()["reports_to"] == old["id"]


@pytest.mark.parametrize("first", ["one", "two"])
def test_people_merged_one_into_the_next_are_parted_in_any_order(rest, make, cast, first):
    people = {name: make(name)["id"] for name in ("one", "two", "three")}

    def whose():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            found = dict(Persona.objects.values_list("pk", "merged_into_id"))
        return [str(found[UUID(people[name])]) for name in ("one", "two")]

    rest.write.post(f"/personas/{people['one']}/merge", {"into": people["two"]})
    rest.write.post(f"/personas/{people['two']}/merge", {"into": people["three"]})
    assert whose() == [people["three"], people["three"]]
    rest.write.post(f"/personas/{people[first]}/restore")
    assert whose() == (["None", people["three"]] if first == "one" else [people["two"], "None"])
    for name in ("two", "one"):
        rest.write.post(f"/personas/{people[name]}/restore")
    assert whose() == ["None", "None"]


def test_who_came_along_with_another_since_does_not_go_back_with_the_first(rest, make, cast):
    one, two, three, four = (make(name)["id"] for name in ("one", "two", "three", "four"))
    for id, into in ((one, two), (two, three), (three, four)):
        rest.write.post(f"/personas/{id}/merge", {"into": into})
    rest.write.post(f"/personas/{two}/restore")
    rest.write.post(f"/personas/{two}/merge", {"into": four})
    rest.write.post(f"/personas/{three}/restore")
    rest.write.post(f"/personas/{two}/restore")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        found = {str(id): str(into) for id, into in Persona.objects.values_list("pk", "merged_into_id")}
    assert found == {one: two, two: "None", three: "None", four: "None"}


def test_what_names_who_was_merged_is_found_by_who_remains_and_by_nobody_once_they_are_parted(rest, make):
    old, new = make("old"), make("new")
    step = {"title": "Call", "persona": old["id"]}
    touch = {"account_external_id": "L1", "kind": "call", "at": "2026-01-05T09:00:00Z"}
    both = [{"persona": old["id"]}, {"persona": new["id"]}]
    written = {
        "/steps": step, "/touches": touch | {"attendees": both}, "/ratings": {"persona": old["id"], "strength": "okay"},
        "/responses": {"account_external_id": "L1", "persona": old["id"], "kind": "nps", "answer": 9},
        "/org-edges": {"persona": make("third")["id"], "target": old["id"], "kind": "influences"},
    }  # fmt: skip
    for path, body in written.items():
        answer = rest.write.post(path, body)
        assert answer.status_code == 201, answer.content

    def found():
        return {path: len(rest.read.get(f"{path}?persona={new['id']}").json()["results"]) for path in written}

    before = found()
    rest.write.post(f"/personas/{old['id']}/merge", {"into": new["id"]})
    merged = found()
    by_name = rest.read.get("/ratings?persona_external_id=new").json()["results"]
    assert [row["persona"] for row in by_name] == [old["id"]]
    rest.write.post(f"/personas/{old['id']}/restore")
    assert before == found() == dict.fromkeys(written, 0) | {"/touches": 1}
    assert merged == dict.fromkeys(written, 1)


def test_personas_of_two_accounts_or_one_persona_are_not_merged(rest, make):
    rest.write.post("/accounts", {"external_id": "M1", "name": "Mallow"})
    dana, other = make("dana"), make("other", account_external_id="M1")
    assert named(rest.write.post(f"/personas/{dana['id']}/merge", {"into": other["id"]})) == {
        "/into": "other_account"
    }
    assert named(rest.write.post(f"/personas/{dana['id']}/merge", {"into": dana["id"]})) == {"/into": "same"}
    assert named(rest.write.post(f"/personas/{dana['id']}/merge", {})) == {"/into": "required"}
    assert rest.read.get(f"/personas/{dana['id']}").status_code == 200


def test_erasing_leaves_no_name_and_no_way_back(rest, make, cast):
    body = {
        "external_id": "dana", "account_external_id": "L1", "name": "Dana Canary", "email": "canary@lark.test",
        "phone": "canary-1", "title": "canary", "role": "champion",
        "profile": [{"key": "likes", "value": "canary"}],
    }  # fmt: skip
    dana = rest.write.post("/personas", body, Idempotency_Key="k1").json()
    step = rest.write.post("/steps", {"title": "canary", "persona": dana["id"]}).json()
    answer = rest.write.post(f"/personas/{dana['id']}/erase")
    assert answer.status_code == 200
    assert b"anary" not in answer.content
    with tenant_scope(cast.northwind.pk):
        persona = Persona.objects.get(pk=dana["id"])
        assert (persona.name, persona.email, persona.phone, persona.title) == ("Erased person", "", "", "")
        assert not ProfileFact.objects.filter(persona=persona).exists()
        assert PersonaFact.objects.filter(persona=persona, key="role", value="champion").exists()
        assert b"anary" not in bytes(IdempotentReply.objects.get().body)
        for activity in Activity.objects.filter(persona_id=dana["id"]):
            assert "anary" not in str(activity.data)
    assert b"anary" not in rest.read.get(f"/steps/{step['id']}").content
    back = rest.write.put("/personas/by-external-id/dana", {"name": "Dana", "account_external_id": "L1"})
    assert named(back) == {"/external_id": "erased"}
    assert rest.write.post(f"/personas/{dana['id']}/restore").status_code == 400
    assert rest.write.post(f"/personas/{dana['id']}/erase").status_code == 404


def test_erasing_reaches_one_tenant_only(rest, make, cast):
    dana = make("dana", email="dana@lark.test")
    assert rest.globex.post(f"/personas/{dana['id']}/erase").status_code == 404
    with tenant_scope(cast.globex.pk), connection.cursor() as cursor:
        cursor.execute("SELECT erase_persona(%s, now())", [dana["id"]])
    assert rest.read.get(f"/personas/{dana['id']}").json() == dana
