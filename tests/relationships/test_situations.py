"""Situations: what was met at accounts, and the library that says which remedies helped, in the browser and over REST."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Activity, Step
from accounts.scope import tenant_scope
from health import services as health
from relationships import selectors, services
from relationships.models import Situation
from relationships.selectors import Tried
from tests.csplatform.conftest import DAY, kept_world, save_account, scope, world

__all__ = ["kept_world", "scope", "world"]


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    return rest.write.post(
        "/personas", {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    ).json()


def met(**values):
    body = {
        "account_external_id": "L1",
        "type": "silent_sponsor",
        "reason": "never_met",
        "remedy": "executive_call",
        "what": "Has not answered since spring",
    }
    return {**body, **values}


def keep(account, *, at, result="solved", remedy="executive_call", **values):
    """One situation of a silent sponsor, by its id."""
    given = {"account": account.pk, "type": "silent_sponsor", "remedy": remedy, "result": result, **values}
    (saved,) = services.save_situations(
        items=[accounts.Item(values=given)], mode=accounts.Mode.CREATE, actor=None, at=at
    )
    assert not saved.faults, saved.faults
    return saved.id


def helped(remedy="executive_call"):
    return next(
        one.tried for kind in selectors.library() for one in kind.remedies if one.remedy.key == remedy
    )


def test_a_situation_is_written_read_ended_and_taken_away_over_rest(rest, dana):
    made = rest.write.post("/situations", met(persona_external_id="dana", external_id="s1"))
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["account"], one["persona"], one["type"], one["reason"], one["remedy"], one["result"]) == (
        dana["account"], dana["id"], "silent_sponsor", "never_met", "executive_call", None,
    )  # fmt: skip
    assert one["began_on"] is not None
    assert rest.read.get("/situations?type=silent_sponsor&open=true").json()["results"] == [one]
    ended = rest.write.patch(f"/situations/{one['id']}", {"result": "solved", "learned": "A call did it"})
    assert (ended.json()["result"], ended.json()["ended_on"]) == ("solved", one["began_on"])
    again = rest.write.patch(f"/situations/{one['id']}", {"result": None})
    assert (again.json()["result"], again.json()["ended_on"]) == (None, None)
    assert rest.write.delete(f"/situations/{one['id']}").status_code == 204
    assert rest.read.get("/situations").json()["results"] == []
    assert rest.globex.get(f"/situations/{one['id']}?include_deleted=true").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"type": "bad_weather"}, "/type", "missing"),
        ({"type": None}, "/type", "null"),
        ({"remedy": "value_review"}, "/remedy", "other_type"),
        ({"reason": "budget_cut"}, "/reason", "other_type"),
        ({"result": "maybe"}, "/result", "invalid_choice"),
        ({"began_on": "2199-01-01"}, "/began_on", "in_future"),
        ({"ended_on": "2026-01-01"}, "/result", "required"),
        ({"began_on": "2026-01-02", "ended_on": "2026-01-01", "result": "not"}, "/ended_on", "before_beginning"),
        ({"persona_external_id": "nobody"}, "/persona_external_id", "missing"),
        ({"owner_email": "nobody@northwind.test"}, "/owner_email", "unknown_member"),
    ],
)  # fmt: skip
def test_a_wrong_situation_names_the_field_and_the_reason(rest, dana, body, pointer, code):
    answer = rest.write.post("/situations", met(**body))
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})
    assert rest.read.get("/situations").json()["results"] == []


def test_the_library_is_listed_counted_extended_and_switched_off_over_rest(rest, dana):
    rest.write.post("/situations", met(result="partly"))
    (listed,) = rest.read.get("/remedies?type=silent_sponsor&key=executive_call").json()["results"]
    assert (listed["solved"], listed["partly"], listed["not_solved"], listed["under_way"]) == (0, 1, 0, 0)
    made = rest.admin.post(
        "/remedies", {"key": "send_cake", "label": "Send a cake", "type": "silent_sponsor"}
    )
    assert (made.status_code, made.json()["due_days"]) == (201, 7)
    off = rest.admin.patch(f"/remedies/{made.json()['id']}", {"active": False})
    assert off.json()["active"] is False
    assert faults(rest.write.post("/situations", met(remedy="send_cake"))) == {"/remedy": "switched_off"}
    assert rest.admin.post("/situation-types", {"key": "merger", "label": "Merger"}).status_code == 201
    why = {"key": "bought", "label": "Was bought", "type": "merger"}
    assert rest.admin.post("/situation-reasons", why).json()["type"] == "merger"
    assert faults(rest.admin.post("/remedies", {"key": "x", "label": "X", "type": "nothing"})) == {
        "/type": "missing"
    }
    assert rest.write.post("/situation-types", {"key": "y", "label": "Y"}).status_code == 403
    moved = rest.admin.patch(f"/remedies/{made.json()['id']}", {"type": "merger"})
    assert faults(moved) == {"/type": "fixed"}


def test_a_remedy_becomes_one_step_of_the_one_who_looks_after_it(rest, dana):
    body = met(persona_external_id="dana", owner_email="alice@northwind.test")
    one = rest.write.post("/situations", body).json()
    made = rest.write.post(f"/situations/{one['id']}/step", {})
    assert (made.status_code, rest.write.post(f"/situations/{one['id']}/step", {}).status_code) == (201, 200)
    (step,) = rest.read.get("/steps").json()["results"]
    assert (step["id"], step["persona"], step["owner_email"], step["title"], step["source"]) == (
        made.json()["step"], dana["id"], "alice@northwind.test", "Let one of our executives call theirs", "situation",
    )  # fmt: skip
    assert rest.read.get(f"/situations/{one['id']}").json()["step"] == step["id"]
    bare = rest.write.post("/situations", met(remedy=None)).json()
    answer = rest.write.post(f"/situations/{bare['id']}/step", {})
    assert (answer.status_code, faults(answer)) == (400, {"/remedy": "required"})


def test_erasing_a_person_leaves_the_counts_and_no_word_and_the_log_never_had_any(rest, dana, cast, now):
    rest.write.post("/situations", met(persona_external_id="dana", result="not", learned="Dana sulks"))
    with tenant_scope(cast.northwind.pk):
        said = [line.data for line in Activity.objects.filter(verb="situation.created")]
        assert "since spring" not in str(said)
        accounts.erase_persona(id=dana["id"], actor=cast.adam, at=now)
        (left,) = Situation.objects.all()
        assert (left.what, left.learned, left.result) == ("", "", "not")


def test_a_share_is_given_once_enough_was_tried_and_promise_grows_with_success():
    few, many = Tried(solved=3, partly=1), Tried(solved=6, partly=2, failed=2, open=4)
    assert (few.n, few.helped, few.share) == (4, 4, None)
    assert (many.n, many.helped, many.share) == (10, 8, 0.8)
    assert Tried(failed=2).promise < Tried().promise < Tried(partly=4, solved=1).promise < few.promise


def test_what_is_counted_leaves_out_the_removed_and_follows_a_merged_account(world, scope):
    with scope(), transaction.atomic():
        gone = save_account("Gone", at=world.now - 9 * DAY)
        twin = save_account("Larkspur again", at=world.now - 9 * DAY)
        keep(world.larkspur, at=world.now)
        keep(world.plover, at=world.now, result=None)
        keep(gone, at=world.now, result="not")
        kept = keep(twin, at=world.now, result="partly")
        services.delete_situation(id=keep(world.plover, at=world.now), actor=None, at=world.now)
        accounts.delete_account(id=gone.pk, actor=None, at=world.now)
        health.merge_accounts(id=twin.pk, into=world.larkspur.pk, actor=None, at=world.now)
        assert helped() == Tried(solved=1, partly=1, failed=0, open=1)
        assert len(selectors.situations(account_id=world.larkspur.pk)) == 2
    page = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/situations/{kept}")
    assert page.status_code == 200


def test_the_most_promising_remedy_stands_first_and_every_number_opens_to_its_rows(world, scope):
    with scope(), transaction.atomic():
        for _number in range(10):
            keep(world.larkspur, at=world.now, remedy="visit")
        keep(world.plover, at=world.now, remedy="executive_call", result="not", what="No answer")
    page = world.visit.vera.get("/situations?type=silent_sponsor")
    text = page.content.decode()
    assert text.index("Visit them") < text.index("Send one page") < text.index("Let one of our executives")
    assert "helped in 100" in text
    assert "helped 0 of 1" in text
    rows = world.visit.vera.get("/situations?type=silent_sponsor&remedy=executive_call").context["situations"]
    assert [(one["account"], one["result"]) for one in rows] == [("Plover", "not")]
    assert world.visit.vera.get("/situations?type=%00").status_code == 400


def test_a_situation_is_recorded_on_a_form_by_who_may_and_shown_where_it_belongs(world, scope):
    here = f"/accounts/{world.larkspur.pk}/situations"
    chosen = f"{here}/new?type=silent_sponsor&persona={world.dana.pk}"
    assert world.visit.vera.get(f"{here}/new").status_code == 403
    assert "Silent sponsor" in world.visit.alice.get(f"{here}/new").content.decode()
    typed = {
        "persona": str(world.dana.pk),
        "reason": "never_met",
        "remedy": "visit",
        "what": "Silent since May",
    }
    assert world.visit.alice.post(chosen, **{**typed, "remedy": "value_review"}).status_code == 422
    assert world.visit.alice.post(chosen, **{**typed, "remedy": "", "make_step": "on"}).status_code == 422
    assert world.visit.alice.post(chosen, **typed, make_step="on").status_code == 302
    with scope(), transaction.atomic():
        row = Situation.objects.get()
        step = Step.objects.get(cause=f"situation:{row.pk}")
        assert (step.title, step.persona_id) == ("Visit them", world.dana.pk)
    for page in (f"/personas/{world.dana.pk}", f"/accounts/{world.larkspur.pk}/trust",
                 f"/accounts/{world.larkspur.pk}/timeline?kind=situation"):  # fmt: skip
        text = world.visit.vera.get(page).content.decode()
        assert "Silent sponsor" in text
        assert "Visit them" in text
    assert world.visit.alice.post(f"{here}/{row.pk}", **typed, result="partly").status_code == 302
    assert "Try another remedy" in world.visit.alice.get(f"{here}/{row.pk}").content.decode()
    assert world.visit.vera.post(f"{here}/{row.pk}/delete").status_code == 403
    assert world.visit.charlie.get(f"{here}/{row.pk}").status_code == 404
    assert world.visit.alice.post(f"{here}/{row.pk}/delete").status_code == 302
    with scope(), transaction.atomic():
        assert Situation.objects.get().deleted_at is not None


def test_an_admin_extends_the_library_in_settings_and_nobody_else(world, scope):
    new = {"kind": "remedy", "type": "price_shock", "label": "Split the bill", "due_days": "5"}
    assert world.visit.vera.get("/settings/situations").status_code == 200
    assert world.visit.alice.post("/settings/situations", **new).status_code == 403
    assert world.visit.adam.post("/settings/situations", **new).status_code == 302
    assert world.visit.adam.post("/settings/situations", **{**new, "label": "漢字"}).status_code == 422
    assert world.visit.adam.post("/settings/situations", **new).status_code == 302
    with scope(), transaction.atomic():
        first, second = (row.pk for row in selectors.remedy_list().filter(key__startswith="split"))
    world.visit.adam.post(f"/settings/remedies/{first}", label="Split the bill in two")
    world.visit.adam.post(f"/settings/remedies/{second}", active="0")
    assert world.visit.adam.post(f"/settings/remedies/{world.dana.pk}", active="0").status_code == 404
    with scope(), transaction.atomic():
        remedies = selectors.remedy_list().filter(key__startswith="split")
        assert [(one.label, one.active, one.due_days) for one in remedies] == [
            ("Split the bill in two", True, 5), ("Split the bill", False, 5),
        ]  # fmt: skip


def test_the_library_costs_the_same_with_one_and_three_situations(world, scope):
    with scope(), transaction.atomic():
        keep(world.larkspur, at=world.now)
    paths = ("/situations", f"/accounts/{world.larkspur.pk}/trust")
    before = [world.visit.lena.statements(path) for path in paths]
    with scope(), transaction.atomic():
        keep(world.larkspur, at=world.now, remedy="visit")
        keep(world.larkspur, at=world.now, remedy="one_page", persona=world.dana.pk)
    assert [world.visit.lena.statements(path) for path in paths] == before == [12, 22]
