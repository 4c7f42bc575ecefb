"""The account's page: why the score is what it is, who is there, what happened, and what is written there."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Account, Activity, Persona, Step
from csplatform.selectors.moves import Compared, moves
from feedback.models import Response
from health import services as health
from health.models import Override, Score
from journeys import services as journeys
from journeys.models import Placement
from tests.csplatform.conftest import DAY, rate, save_case, save_note, save_person, save_touch
from tests.health.builders import measure

TABS = ("", "/people", "/usage", "/timeline")
FORMS = ("/edit", "/people/new", "/override", "/stage", "/answers/new")


def path(account, tail=""):
    return f"/accounts/{account.pk}{tail}"


def stored(world, scope, model, **wanted):
    with scope(), transaction.atomic():
        return list(model.objects.filter(**wanted))


@pytest.mark.parametrize("tab", TABS)
def test_every_member_reads_every_tab(world, tab):
    response = world.visit.vera.get(path(world.larkspur, tab))
    assert response.status_code == 200
    assert b"Larkspur" in response.content
    assert b"/people/new" not in response.content


@pytest.mark.parametrize("tab", [*TABS, *FORMS])
def test_another_tenants_account_answers_as_a_missing_one(world, tab):
    missing = "0190a0b0-0000-7000-8000-000000000000"
    foreign = world.visit.adam.get(path(world.zebra, tab))
    nothing = world.visit.adam.get(f"/accounts/{missing}{tab}")
    assert foreign.status_code == nothing.status_code == 404
    assert b"of Globex" not in foreign.content


def test_the_waterfall_goes_from_fifty_to_the_score_by_measure_and_person(world):
    answer = world.visit.alice.get(path(world.larkspur))
    page = answer.context
    rows = [[cell["text"] for cell in row] for row in page["waterfall"]["table"]["rows"]]
    assert rows[0] == ["Neutral", "", "50"]
    assert rows[-1] == ["Health", "", f"{page['health']['score']:.2f}"]
    assert {"Dana", "Eli"} <= {row[1] for row in rows}
    assert sum(part["contribution"] for part in page["measures"]) + 50 == pytest.approx(
        page["health"]["score"]
    )
    assert sum(part["weight"] for part in page["measures"]) == pytest.approx(1)
    for part in page["measures"]:
        assert (
            f'<td class="end num muted hide-small">{round(part["weight"] * 100)}%</td>'
            in answer.content.decode()
        )


def test_a_changed_rating_is_told_as_a_sentence_with_its_points(world, scope):
    with scope(), transaction.atomic():
        rate(world.dana, world.alice, at=timezone.now(), strength="weak", mood="positive")
    change = world.visit.alice.get(path(world.larkspur)).context["change"]
    line = next(line for line in change["lines"] if "rating went from very good to weak" in line["text"])
    assert line["text"].startswith("Dana's")
    assert line["points"] < -1
    assert line["href"] == f"/t/northwind/personas/{world.dana.pk}"
    assert sum(line["points"] for line in change["lines"]) == pytest.approx(change["delta"], abs=0.05)


def test_the_sentences_name_what_happened_and_sum_to_the_change():
    before = {
        "people": [
            {"persona": "d", "role": "champion", "strength": "okay", "sentiment": "neutral", "rated_at": "1"}
        ]
    }
    now = {
        "people": [
            {"persona": "e", "role": "power_user", "strength": "weak", "sentiment": None, "rated_at": "2"}
        ]
    }
    week = Compared(
        before=before,
        now=now,
        measures_before={"frequency": {"raw": 0.42}},
        measures_now={"frequency": {"raw": 0.30}},
        names={"d": "Dana", "e": "Eli"},
        gone=frozenset("d"),
        answers={("e", "nps"): "3"},
        called={"frequency": "Active users", "nps": "NPS"},
    )
    people = [("d", None, -4.0), ("e", None, 1.0), (None, "champion", -2.0)]
    causes = [
        {"measure": "frequency", "value_part": -3.0, "evidence_part": 0.25, "personas": []},
        {
            "measure": "relationship",
            "value_part": 0,
            "evidence_part": 0,
            "personas": [{"persona": p, "seat": s, "contribution": c} for p, s, c in people],
        },
        {"measure": "nps", "value_part": 0, "evidence_part": 0,
         "personas": [{"persona": "e", "seat": None, "contribution": -0.5}]},
    ]  # fmt: skip
    assert [(move.text, move.points) for move in moves(causes=causes, week=week)] == [
        ("Dana left", -4.0),
        ("Active users went from 42% to 30%", -3.0),
        ("Nobody holds the role of champion any more", -2.0),
        ("Eli was rated for the first time: weak", 1.0),
        ("Eli answered NPS with 3", -0.5),
        ("What is known grew older, or weighs differently", 0.25),
    ]


def test_an_account_without_people_says_how_to_begin(world):
    response = world.visit.lena.get(path(world.plover, "/people"))
    assert b"No people yet" in response.content
    assert b"/people/new" in response.content


def test_the_people_tab_shows_everyone_their_seats_and_the_matrix(world, scope):
    with scope(), transaction.atomic():
        save_person(
            world.larkspur, "Ines", at=world.now - 9 * DAY, role="champion", left_on=(world.now - DAY).date()
        )
    page = world.visit.alice.get(path(world.larkspur, "/people")).context
    assert [row["name"] for row in page["people"]] == ["Eli", "Dana", "Ines"]
    assert page["people"][-1]["left_on"] is not None
    assert page["people"][1]["rated_by"] == "Alice"
    href = f"/t/northwind{path(world.larkspur)}/seats/technical_owner"
    assert page["seats"] == [{"label": "Technical owner", "state": "unknown", "href": href}]
    assert page["matrix"]["total"] == 2
    drawn = [box["name"] for box in page["org"]["chart"]["boxes"] if box["kind"] == "person"]
    assert sorted(drawn) == ["Dana", "Eli", "Ines"]


def test_two_raters_who_disagree_are_named(world, scope):
    with scope(), transaction.atomic():
        rate(world.dana, world.lena, at=timezone.now(), strength="none", mood="negative")
    content = world.visit.alice.get(path(world.larkspur, "/people")).content.decode()
    assert "Lena says none, Alice says very good" in content


def test_the_timeline_lists_what_happened_newest_first_and_by_kind(world):
    page = world.visit.alice.get(path(world.larkspur, "/timeline")).context
    texts = [entry["text"] for entry in page["entries"]]
    assert "Dana was rated very good, positive" in texts
    assert texts.index("Dana was rated very good, positive") < texts.index("The account was added")
    ratings = world.visit.alice.get(path(world.larkspur, "/timeline?kind=rating")).context["entries"]
    assert {entry["kind"] for entry in ratings} == {"rating"}
    assert world.visit.alice.get(path(world.larkspur, "/timeline?kind=gossip")).status_code == 404


def test_the_timeline_names_who_was_removed_and_not_who_was_erased(world, scope):
    with scope(), transaction.atomic():
        accounts.delete_persona(id=world.eli.pk, actor=None, at=timezone.now())
        accounts.erase_persona(id=world.dana.pk, actor=None, at=timezone.now())
    entries = world.visit.alice.get(path(world.larkspur, "/timeline?kind=activity")).context["entries"]
    assert {"Eli was removed", "Eli was added", "A person was erased"} <= {entry["text"] for entry in entries}
    assert not [entry for entry in entries if "Dana" in entry["text"]]


def test_the_timeline_pages_without_gap_or_repeat(world, scope):
    with scope(), transaction.atomic():
        for n in range(90):
            at = world.now - n * dt.timedelta(hours=1)
            Step.objects.create(
                account=world.larkspur, title=f"{n}", done_at=at, created_at=at, updated_at=at
            )
    seen, tail = [], "/timeline?kind=step"
    while tail:
        page = world.visit.alice.get(path(world.larkspur, tail)).context
        seen += [entry["text"] for entry in page["entries"]]
        tail = page["next"].partition(str(world.larkspur.pk))[2]
    assert seen == [f"Done: {n}" for n in range(90)]


@pytest.mark.parametrize(
    ("tab", "statements"),
    [("", 38), ("/people", 21), ("/usage", 18), ("/notes", 15), ("/timeline", 31)],
)
@pytest.mark.parametrize("more", [1, 3])
def test_a_tab_costs_the_same_statements_whatever_it_shows(world, scope, tab, statements, more):
    with scope(), transaction.atomic():
        for n in range(more):
            person = save_person(world.larkspur, f"Person {n}", at=world.now - 30 * DAY, role="power_user")
            rate(person, world.alice, at=world.now - 2 * DAY, strength="okay", mood="positive")
            for source in ("", "promise"):
                Step.objects.create(
                    account=world.larkspur,
                    title="Call",
                    source=source,
                    created_at=world.now,
                    updated_at=world.now,
                )
            save_touch(world.larkspur, at=world.now - n * DAY, people=[person, world.dana])
            save_case(world.larkspur, at=world.now - n * DAY)
            save_note(world.larkspur, "Ask @Lena", at=world.now)
    assert world.visit.alice.statements(path(world.larkspur, tab)) == statements


def test_a_step_is_added_and_done(world, scope):
    added = world.visit.alice.post(
        path(world.larkspur, "/steps"), title="Call Dana", side="ours", owner_email="alice@northwind.test"
    )
    assert added.status_code == 302
    (step,) = stored(world, scope, Step)
    assert (step.title, step.owner_id, step.done_at) == ("Call Dana", world.alice.member_id, None)
    assert b"Call Dana" in world.visit.alice.get(path(world.larkspur)).content
    world.visit.alice.post(path(world.larkspur, f"/steps/{step.pk}/done"))
    assert stored(world, scope, Step)[0].done_at is not None
    assert b"No open step" in world.visit.alice.get(path(world.larkspur)).content


def test_a_step_without_a_title_says_so_at_the_field(world, scope):
    response = world.visit.alice.post(path(world.larkspur, "/steps"), title=" ", side="ours")
    assert response.status_code == 422
    assert "title" in response.context["step_form"].errors
    assert stored(world, scope, Step) == []


def test_a_step_of_another_account_is_not_done_from_here(world, scope):
    with scope(), transaction.atomic():
        step = Step.objects.create(
            account=world.plover, title="X", created_at=world.now, updated_at=world.now
        )
    assert world.visit.lena.post(path(world.larkspur, f"/steps/{step.pk}/done")).status_code == 404
    assert stored(world, scope, Step)[0].done_at is None


def test_a_band_set_by_hand_stands_beside_the_computed_one_and_is_taken_back(world, scope):
    until = (world.now + 20 * DAY).date()
    world.visit.alice.post(
        path(world.larkspur, "/override"), band="at_risk", reason="Merger", until=str(until)
    )
    (score,) = stored(world, scope, Score, account=world.larkspur)
    assert score.band == "at_risk"
    assert score.band_computed != "at_risk"
    page = world.visit.vera.get(path(world.larkspur))
    assert page.context["health"]["override"]["by"] == "Alice"
    assert b"Merger" in page.content
    assert b"/override/clear" not in page.content
    world.visit.alice.post(path(world.larkspur, "/override/clear"))
    (score,) = stored(world, scope, Score, account=world.larkspur)
    assert score.override is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"band": "at_risk", "reason": "", "until": "2099-01-01"}, "reason"),
        ({"band": "at_risk", "reason": "Merger", "until": ""}, "until"),
        ({"band": "at_risk", "reason": "Merger", "until": "2020-01-01"}, "until"),
        ({"band": "at_risk", "reason": "Merger", "until": "9999-12-31"}, "until"),
        ({"band": "purple", "reason": "Merger", "until": "2099-01-01"}, "band"),
    ],
)
def test_an_override_needs_a_band_a_reason_and_an_end(world, scope, data, field):
    response = world.visit.alice.post(path(world.larkspur, "/override"), **data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert stored(world, scope, Override) == []


def test_an_account_moves_to_a_stage_with_a_reason(world, scope):
    with scope(), transaction.atomic():
        stage = journeys.save_stage(values={"name": "Value"}, actor=world.adam, at=world.now)
    world.visit.alice.post(path(world.larkspur, "/stage"), stage=str(stage.pk), reason="First report sent")
    (placement,) = stored(world, scope, Placement)
    assert (placement.stage_id, placement.reason) == (stage.pk, "First report sent")
    assert world.visit.alice.get(path(world.larkspur)).context["stage"]["name"] == "Value"


def test_an_answer_by_hand_counts_at_once(world, scope):
    before = world.visit.alice.get(path(world.larkspur)).context["health"]["score"]
    data = {"kind": "nps", "answer": "0", "persona": str(world.dana.pk), "why": "Too slow"}
    assert world.visit.alice.post(path(world.larkspur, "/answers/new"), **data).status_code == 302
    page = world.visit.alice.get(path(world.larkspur)).context
    assert page["health"]["score"] < before
    assert page["responses"][0]["why"] == "Too slow"


def test_goodwill_by_hand_is_the_mean_of_its_statements(world, scope):
    items = {"insider": "6", "contributor": "5", "off_market": "7", "forward_looking": "4"}
    data = {"kind": "goodwill", "persona": str(world.dana.pk), **items}
    assert world.visit.alice.post(path(world.larkspur, "/answers/new"), **data).status_code == 302
    with scope(), transaction.atomic():
        assert world.larkspur.responses.get(kind="goodwill").answer == 75


def test_goodwill_with_two_statements_is_refused_at_the_field(world, scope):
    data = {"kind": "goodwill", "insider": "6", "contributor": "5"}
    response = world.visit.alice.post(path(world.larkspur, "/answers/new"), **data)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["insider"])


def test_an_answer_off_its_scale_is_refused_at_the_field(world, scope):
    response = world.visit.alice.post(path(world.larkspur, "/answers/new"), kind="csat", answer="7")
    assert response.status_code == 422
    assert response.context["form"].errors["answer"] == ["From 1 to 5."]
    assert stored(world, scope, Response) == []


def test_an_account_is_changed_and_what_is_left_empty_is_cleared(world, scope):
    form = world.visit.alice.get(path(world.larkspur, "/edit")).context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None}
    data |= {"name": "Larkspur & Sons", "segment": "", "team": ["lena@northwind.test"]}
    assert world.visit.alice.post(path(world.larkspur, "/edit"), **data).status_code == 302
    (account,) = stored(world, scope, Account, pk=world.larkspur.pk)
    assert (account.name, account.segment, account.arr) == ("Larkspur & Sons", "", 100000)
    assert b"Larkspur &amp; Sons" in world.visit.alice.get(path(world.larkspur)).content


def test_a_person_is_added(world, scope):
    response = world.visit.alice.post(
        path(world.larkspur, "/people/new"), name="Farid", role="technical_owner", tracked="on",
        reports_to=str(world.dana.pk),
    )  # fmt: skip
    (farid,) = stored(world, scope, Persona, name="Farid")
    assert response["Location"] == f"/t/northwind/personas/{farid.pk}"
    assert (farid.reports_to_id, farid.tracked) == (world.dana.pk, True)


WRITES = [
    ("/edit", {"name": "Mine", "status": "active"}),
    ("/people/new", {"name": "Mine", "role": "champion"}),
    ("/steps", {"title": "Mine", "side": "ours"}),
    ("/steps/new", {"title": "Mine", "side": "ours"}),
    (
        "/cases/new",
        {"kind": "problem", "severity": "high", "subject": "Mine", "opened_at": "2026-01-01T10:00"},
    ),
    ("/outcomes/new", {"kind": "renewed", "happened_on": "2026-01-01"}),
    ("/override", {"band": "healthy", "reason": "Mine", "until": "2099-01-01"}),
    ("/override/clear", {}),
    ("/stage", {"stage": "x"}),
    ("/answers/new", {"kind": "nps", "answer": "9"}),
]


@pytest.mark.parametrize(("tail", "data"), WRITES)
@pytest.mark.parametrize("who", ["vera", "alice"])
def test_who_may_not_write_an_account_changes_nothing(world, scope, who, tail, data):
    account = world.plover if who == "alice" else world.larkspur  # Plover is Lena's
    logged = len(stored(world, scope, Activity))
    assert getattr(world.visit, who).post(path(account, tail), **data).status_code == 403
    assert len(stored(world, scope, Activity)) == logged
    page = getattr(world.visit, who).get(path(account)).content
    assert b"/people/new" not in page
    assert b"/steps" not in page


def test_a_name_of_two_hundred_characters_and_markup_stays_text(world, scope):
    with scope(), transaction.atomic():
        name = "<b>" + "W" * 197
        Persona.objects.filter(pk=world.dana.pk).update(name=name)
        Account.objects.filter(pk=world.larkspur.pk).update(name=name)
        health.rescore(account_ids=[world.larkspur.pk], at=timezone.now())
    for tab in TABS:
        assert b"<b>WWW" not in world.visit.alice.get(path(world.larkspur, tab)).content


def test_usage_measures_that_came_without_events_are_not_denied(world, scope):
    with scope(), transaction.atomic():
        measure(world.larkspur, "frequency", 0.42, at=world.now - DAY)
        health.rescore(account_ids=[world.larkspur.pk], at=timezone.now())
    page = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/usage").content.decode()
    assert "These figures were handed in as values." in page
    assert "No usage yet" not in page
