"""Advocates: who would speak for us, whom we asked for what, and that nobody is asked too soon."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Activity, ProfileFact
from accounts.scope import tenant_scope
from relationships import selectors, services
from relationships.formulas.advocates import Asked, rest_until, resting
from relationships.models import AdvocateAsk
from tests.csplatform.conftest import DAY, kept_world, rate, save_person, scope, world

__all__ = ["kept_world", "scope", "world"]

TODAY = dt.date(2026, 6, 1)


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    return rest.write.post(
        "/personas", {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    ).json()


def ask(**values):
    return {"persona_external_id": "dana", "kind": "reference", "what": "The board of Globex", **values}


@pytest.mark.parametrize(("answer", "days"), [(None, 30), ("later", 60), ("yes", 90), ("no", 180)])
def test_the_answer_says_how_long_somebody_is_left_in_peace(answer, days):
    one = Asked(TODAY, answer)
    assert rest_until(one) == TODAY + days * DAY
    assert resting([one], TODAY + (days - 1) * DAY) == (one, TODAY + days * DAY)
    assert resting([one], TODAY + days * DAY) is None


def test_rest_begins_with_the_deed_and_the_longest_one_counts():
    done = Asked(TODAY, "yes", TODAY, TODAY + 40 * DAY)
    later = Asked(TODAY + 41 * DAY, "later", TODAY + 42 * DAY)
    assert resting([later, done], TODAY + 50 * DAY) == (done, TODAY + 130 * DAY)
    assert resting([], TODAY) is None


def test_an_ask_is_written_answered_done_and_taken_away_over_rest(rest, dana):
    today = timezone.now().date()
    made = rest.write.post("/advocate-asks", ask(external_id="a1"))
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["persona"], one["account"], one["answer"], one["asked_on"]) == (
        dana["id"], dana["account"], None, today.isoformat(),
    )  # fmt: skip
    assert one["owner_email"]  # the writer
    yes = rest.write.patch(f"/advocate-asks/{one['id']}", {"answer": "yes"}).json()
    assert (yes["answered_on"], yes["done_on"]) == (today.isoformat(), None)
    done = rest.write.patch(f"/advocate-asks/{one['id']}", {"done_on": today.isoformat()})
    assert done.json()["done_on"] == today.isoformat()
    again = rest.write.patch(f"/advocate-asks/{one['id']}", {"answer": None}).json()
    assert (again["answered_on"], again["done_on"]) == (None, None)
    assert rest.read.get("/advocate-asks?waiting=true&kind=reference").json()["results"] == [again]
    assert rest.write.delete(f"/advocate-asks/{one['id']}").status_code == 204
    assert rest.read.get("/advocate-asks").json()["results"] == []
    assert rest.globex.get(f"/advocate-asks/{one['id']}?include_deleted=true").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "kiss"}, "/kind", "invalid_choice"),
        ({"kind": None}, "/kind", "null"),
        ({"asked_on": "2199-01-01"}, "/asked_on", "in_future"),
        ({"answered_on": "2026-01-02", "asked_on": "2026-01-01"}, "/answer", "required"),
        ({"answer": "no", "asked_on": "2026-01-01", "done_on": "2026-01-05"}, "/answer", "not_yes"),
        (
            {"answer": "yes", "asked_on": "2026-01-09", "done_on": "2026-01-05"},
            "/answered_on",
            "before_asking",
        ),
        ({"persona_external_id": "nobody"}, "/persona_external_id", "missing"),
    ],
)
def test_a_wrong_ask_names_the_field_and_the_reason(rest, dana, body, pointer, code):
    answer = rest.write.post("/advocate-asks", ask(**body))
    assert answer.status_code == 400
    assert faults(answer)[pointer] == code


def test_nobody_is_asked_too_soon_unless_somebody_says_why(rest, dana):
    rest.write.post("/advocate-asks", ask(answer="yes"))
    refused = rest.write.post("/advocate-asks", ask(kind="talk"))
    assert (refused.status_code, faults(refused)) == (400, {"/despite": "too_soon"})
    assert (timezone.now().date() + 90 * DAY).isoformat() in refused.json()["detail"]
    assert rest.write.post("/advocate-asks", ask(kind="talk", despite="She offered.")).status_code == 201
    old = {"asked_on": "2024-01-01", "answer": "no", "kind": "review"}
    assert rest.write.post("/advocate-asks", ask(**old)).status_code == 201  # history is written as it was
    assert len(rest.read.get("/advocate-asks").json()["results"]) == 3


def test_two_asks_of_one_person_in_one_request_are_too_soon_as_well(rest, dana):
    body = {"items": [ask(external_id="a"), ask(external_id="b", kind="talk")]}
    results = rest.write.post("/advocate-asks/bulk", body).json()["results"]
    assert [one["status"] for one in results] == ["created", "failed"]
    assert results[1]["errors"][0]["code"] == "too_soon"


def test_erasing_a_person_leaves_no_word_and_the_log_never_had_any(rest, dana, cast, now):
    rest.write.post("/advocate-asks", ask(despite="She said so"))
    with tenant_scope(cast.northwind.pk):
        said = str([line.data for line in Activity.objects.filter(verb="advocate_ask.created")])
        assert "Globex" not in said
        assert "She said so" not in said
        assert "reference" in said
        accounts.erase_persona(id=dana["id"], actor=cast.adam, at=now)
        (left,) = AdvocateAsk.objects.all()
        assert (left.what, left.despite, left.kind) == ("", "", "reference")
        assert selectors.ask_stories(persona_ids=None, today=now.date()) == {}


def asked(world, person, days, **values):
    given = {"persona": person.pk, "kind": "talk", "asked_on": (world.now - days * DAY).date(), **values}
    (saved,) = services.save_advocate_asks(
        items=[accounts.Item(values=given)], mode=accounts.Mode.CREATE, actor=world.alice, at=world.now
    )
    assert not saved.faults, saved.faults
    return saved.id


def found(world, **options):
    rows = selectors.advocates(tenant=world.northwind, at=world.now, **options)
    return {one.person.name: (one.now, one.may_ask) for one in rows}


def test_an_advocate_is_very_good_and_positive_and_the_word_is_not_stale(world, scope):
    with scope(), transaction.atomic():
        assert found(world) == {"Dana": (True, True)}  # Eli is weak
        assert found(world, member=world.lena.member_id) == {}
        late = selectors.advocates(tenant=world.northwind, at=world.now + 121 * DAY)
        assert late == []
        rate(world.dana, world.alice, at=world.now, strength="very_good", mood="negative")
        assert found(world) == {}


def test_who_was_asked_is_listed_and_left_in_peace(world, scope):
    with scope(), transaction.atomic():
        asked(world, world.dana, 10, answer="no")
        asked(world, world.eli, 40)
        assert found(world) == {"Dana": (True, False), "Eli": (False, False)}
        (dana, _eli) = selectors.advocates(tenant=world.northwind, at=world.now)
        assert dana.story.refused
        assert "Said no" in dana.story.reason


def test_one_and_three_advocates_cost_the_same_statements(world, scope, django_assert_num_queries):
    with scope(), transaction.atomic():
        asked(world, world.dana, 10)
    one = world.visit.lena.statements("/advocates?show=all")
    with scope(), transaction.atomic():
        for name in ("Fay", "Gus"):
            person = save_person(world.larkspur, name, at=world.now - 50 * DAY)
            rate(person, world.alice, at=world.now - 5 * DAY, strength="very_good", mood="positive")
            asked(world, person, 15)
        with django_assert_num_queries(3):
            assert len(selectors.advocates(tenant=world.northwind, at=world.now)) == 3
    assert world.visit.lena.statements("/advocates?show=all") == one


def test_asks_are_written_on_a_form_by_who_may_and_shown_on_the_person_and_in_the_list(world, scope):
    address = f"/accounts/{world.larkspur.pk}/asks/new"
    typed = {
        "persona": str(world.dana.pk), "kind": "talk", "what": "Our user day", "asked_on": world.now.date().isoformat(),
        "owner_email": "alice@northwind.test", "answer": "",
    }  # fmt: skip
    assert world.visit.vera.post(address, **typed).status_code == 403
    assert world.visit.alice.get(f"{address}?persona={world.dana.pk}").status_code == 200
    assert world.visit.alice.post(address, **{**typed, "kind": "kiss"}).status_code == 422
    assert world.visit.alice.post(address, **typed).status_code == 302
    again = world.visit.alice.post(address, **typed)
    assert again.status_code == 422
    assert "despite" in again.context["form"].errors
    page = world.visit.vera.get(f"/personas/{world.dana.pk}")
    assert (page.context["advocate"], len(page.context["asked"].asks)) == (True, 1)
    assert b"Our user day" in page.content
    listed = world.visit.alice.get("/advocates?show=open").content.decode()
    assert "Our user day" in listed
    assert "Nobody in this list" in world.visit.alice.get("/advocates").content.decode()
    assert world.visit.alice.get("/advocates?show=kiss").status_code == 400
    with scope(), transaction.atomic():
        (one,) = AdvocateAsk.objects.all()
    edited = world.visit.alice.post(
        f"/accounts/{world.larkspur.pk}/asks/{one.pk}", **{**typed, "answer": "yes"}
    )
    assert edited.status_code == 302
    with scope(), transaction.atomic():
        assert AdvocateAsk.objects.get().answer == "yes"


def test_the_list_over_rest_says_who_may_be_asked(rest, dana):
    body = {
        "persona_external_id": "dana",
        "strength": "very_good",
        "sentiment": "positive",
        "driver": "value",
    }
    assert rest.write.post("/ratings", body).status_code == 201
    page = rest.read.get("/advocates").json()
    assert (page["total"], page["may_ask"]) == (1, 1)
    assert page["results"][0]["persona"] == dana["id"]
    assert rest.read.get(f"/personas/{dana['id']}").json()["rating"]["advocate"] is True
    rest.write.post("/advocate-asks", ask())
    (one,) = rest.read.get(f"/advocates?account={dana['account']}").json()["results"]
    assert (one["advocate"], one["may_ask"], one["asked"], one["done"]) == (True, False, 1, 0)
    assert rest.read.get("/advocates?account=x").status_code == 400
    assert rest.read.get("/advocates?sort=x").status_code == 400
    assert rest.globex.get("/advocates").json()["total"] == 0


def test_who_wants_no_contact_is_not_to_be_asked(world, scope):
    with scope(), transaction.atomic():
        for key, until in (("no_contact", world.now.date() + DAY), ("wiifm", None)):
            accounts.save_fact(
                persona_id=world.dana.pk, key=key, value="Since May: too many mails", expires_on=until,
                actor=world.alice, at=world.now,
            )  # fmt: skip
        assert found(world) == {"Dana": (True, False)}
        (dana,) = selectors.advocates(tenant=world.northwind, at=world.now)
        assert dana.story.reason == "Wants no contact from us: Since May: too many mails"
    for visit, words in (("/advocates", "Nobody in this list"), ("/advocates?show=resting", "too many mails"),
                         (f"/personas/{world.dana.pk}", "too many mails")):  # fmt: skip
        page = world.visit.alice.get(visit).content.decode()
        assert words in page
        assert "They may be asked." not in page
    typed = {"persona": str(world.dana.pk), "kind": "talk", "asked_on": world.now.date().isoformat()}
    address = f"/accounts/{world.larkspur.pk}/asks/new"
    refused = world.visit.alice.post(address, **typed)
    assert (refused.status_code, refused.context["form"].errors["despite"]) == (
        422,
        ["Wants no contact from us: Since May: too many mails. Not to be asked, unless you say why."],
    )
    assert world.visit.alice.post(address, **typed, despite="She offered").status_code == 302
    with scope(), transaction.atomic():
        assert found(world) == {"Dana": (True, False)}
        AdvocateAsk.objects.all().delete()
        ProfileFact.objects.filter(key="no_contact").update(expires_on=world.now.date())
        assert found(world) == {"Dana": (True, True)}


def test_an_ask_of_one_who_wants_no_contact_names_the_field_over_rest(rest, dana):
    other = {"external_id": "d2", "account_external_id": "L1", "name": "Dana D."}
    other["profile"] = [{"key": "no_contact", "value": "Asked us in May"}]
    merged = rest.write.post("/personas", other).json()["id"]
    assert rest.write.post("/advocate-asks", ask(asked_on="2024-01-01", answer="no")).status_code == 201
    assert rest.write.post(f"/personas/{merged}/merge", {"into": dana["id"]}).status_code in (200, 204)
    refused = rest.write.post("/advocate-asks", ask())
    assert (refused.status_code, faults(refused)) == (400, {"/despite": "no_contact"})
    assert rest.write.post("/advocate-asks", ask(despite="She offered.")).status_code == 201


def test_an_ask_stands_on_the_timeline_of_the_account_with_what_was_answered(world, scope):
    with scope(), transaction.atomic():
        asked(world, world.dana, 40, what="Our user day", answer="yes")
    page = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/timeline?kind=ask")
    (entry,) = page.context["entries"]
    assert (entry["text"], entry["detail"], entry["tags"]) == (
        "Dana was asked: Talk", "Our user day", ("Yes",),
    )  # fmt: skip
    assert world.visit.alice.get(entry["edit"].removeprefix("/t/northwind")).status_code == 200
