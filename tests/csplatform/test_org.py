"""The org chart on an account's People tab: drawn by the server, legible without scripts, on any day, as a file."""

import datetime as dt
import re
from xml.etree import ElementTree

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Persona, PersonaFact
from relationships import services as relationships
from relationships.models import Edge, Pairing
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_one, save_person, save_touch

SVG = "{http://www.w3.org/2000/svg}"


def path(world, more=""):
    return f"/accounts/{world.larkspur.pk}/people{more}"


def org(world, name):
    return f"/accounts/{world.larkspur.pk}/{name}"


@pytest.fixture
def staffed(world, scope):
    """Larkspur with Gita under Eli, who influences him, and Lena beside Eli since she called him; Ines left."""
    with scope(), transaction.atomic():
        then = world.now - 60 * DAY
        world.gita = save_person(
            world.larkspur, "Gita <b>", at=then, reports_to=world.eli.pk, title="Planner"
        )
        world.ines = save_person(world.larkspur, "Ines", at=then, joined_on=(then - 300 * DAY).date())
        items = [
            accounts.Item(id=world.ines.pk, values={"left_on": (world.now - 9 * DAY).date()}),
            accounts.Item(id=world.gita.pk, values={"joined_on": (world.now - 30 * DAY).date()}),
        ]
        accounts.save_personas(items=items, mode=accounts.Mode.UPDATE, actor=None, at=world.now)
        edge = {"persona": world.gita.pk, "target": world.eli.pk, "kind": "influences", "strength": 3}
        world.edge = save_one(relationships.save_edges, edge, at=world.now - 20 * DAY)
        pair = {"persona": world.eli.pk, "member_email": "lena@northwind.test"}
        world.pair = save_one(relationships.save_pairings, pair, at=world.now - 20 * DAY)
        save_touch(
            world.larkspur, at=world.now - 2 * DAY, people=[world.eli], owner_email="lena@northwind.test"
        )
    return world


def names(page):
    """Whom the chart draws."""
    return {box["name"] for box in page.context["org"]["chart"]["boxes"] if box["kind"] == "person"}


def test_the_chart_draws_people_empty_boxes_edges_and_who_of_ours_stands_beside(staffed):
    page = staffed.visit.vera.get(path(staffed))
    assert names(page) == {"Dana", "Eli", "Gita <b>", "Ines"}
    seats = [box["name"] for box in page.context["org"]["chart"]["boxes"] if box["kind"] == "seat"]
    assert "Leadership, one level up" in seats
    text = page.content.decode()
    assert "Gita &lt;b&gt; influences Eli: strongly" in text
    assert "<b>" not in text.split('<svg class="oc"')[1].split("</svg>")[0]
    assert "Lena, 2 days ago" in text
    assert page.context["org"]["known"] < page.context["org"]["asked"] == 5
    assert 'method="post"' not in text.split('id="edges"')[1].split("</section>")[0]


def test_a_past_day_shows_who_was_there_then(staffed):
    assert names(staffed.visit.vera.get(path(staffed, f"?on={(staffed.now - 45 * DAY).date()}"))) == {
        "Dana", "Eli", "Ines",
    }  # fmt: skip
    page = staffed.visit.vera.get(path(staffed, f"?on={(staffed.now - 25 * DAY).date()}"))
    assert "Gita <b>" in names(page)
    assert page.context["org"]["past"]
    assert not page.context["org"]["chart"]["edges"]
    for nonsense in ("yesterday", "0001-01-01"):
        assert staffed.visit.vera.get(path(staffed, f"?on={nonsense}")).status_code == 404
    future = staffed.visit.vera.get(path(staffed, f"?on={(staffed.now + 99 * DAY).date()}"))
    assert not future.context["org"]["past"]


def test_the_days_on_which_something_changed_are_one_click_apart(staffed):
    page = staffed.visit.vera.get(path(staffed)).context["org"]
    assert page["before"] == (staffed.now - 9 * DAY).date()
    assert page["after"] is None
    assert [(one["kind"], one["name"]) for one in page["changes"]][:2] == [
        ("left", "Ines"),
        ("joined", "Gita <b>"),
    ]


def test_the_chart_is_a_file_that_stands_alone(staffed):
    answer = staffed.visit.vera.get(path(staffed, "/chart.svg"))
    assert answer["Content-Type"] == "image/svg+xml"
    assert "attachment" in answer["Content-Disposition"]
    tree = ElementTree.fromstring(answer.content)
    words = [node.text for node in tree.iter(f"{SVG}text")]
    assert "Gita <b>" in words
    assert any(word and word.startswith("Larkspur · ") for word in words)
    assert not list(tree.iter(f"{SVG}a"))
    assert staffed.visit.charlie.get(path(staffed, "/chart.svg")).status_code == 404


FIVE = {
    "Main contact", "Champion", "A peer of the champion", "Leadership, one level up", "Leadership, two levels up",
}  # fmt: skip


@pytest.mark.parametrize("who", ["lena", "vera"])
def test_an_account_without_anybody_shows_what_the_plan_asks_for(world, who):
    page = getattr(world.visit, who).get(f"/accounts/{world.plover.pk}/people")
    assert "No people yet" in page.content.decode()
    boxes = page.context["org"]["chart"]["boxes"]
    assert {box["name"] for box in boxes} == {row["full"] for row in page.context["org"]["twin"]} == FIVE
    assert {bool(box["href"]) for box in boxes} == {who == "lena"}
    assert (page.context["org"]["known"], page.context["org"]["asked"]) == (0, 5)


def test_the_table_beside_the_chart_holds_its_empty_boxes(staffed):
    page = staffed.visit.vera.get(path(staffed))
    seats = [box["name"] for box in page.context["org"]["chart"]["boxes"] if box["kind"] == "seat"]
    table = page.content.decode().split("The chart as a table")[-1].split("</table>")[0]
    assert seats
    assert all(seat in table for seat in seats)


def boxes_of(page):
    return {box["name"]: box["href"] for box in page.context["org"]["chart"]["boxes"]}


def test_an_empty_box_leads_to_the_form_for_somebody_new_filled_with_what_it_is(world, scope):
    alice, dana = world.visit.alice, world.dana
    new = f"/t/northwind/accounts/{world.larkspur.pk}/people/new"
    boxes = boxes_of(alice.get(path(world)))
    assert boxes["Leadership, one level up"] == f"{new}?role=other&leads={dana.pk}"
    form = alice.get(path(world, f"/new?role=other&leads={dana.pk}")).context["form"]
    assert (form["role"].value(), form["leads"].value()) == ("other", f"{dana.pk}")
    said = {"name": "Hedy", "role": "other", "leads": dana.pk, "tracked": "on"}
    wrong = alice.post(path(world, "/new"), **said, reports_to=dana.pk)
    assert (wrong.status_code, b"Nobody leads whom they report to." in wrong.content) == (422, True)
    assert alice.post(path(world, "/new"), **said).status_code == 302
    with scope(), transaction.atomic():
        dana.refresh_from_db()
        assert dana.reports_to.name == "Hedy"
    boxes = boxes_of(alice.get(path(world)))
    assert "Leadership, one level up" not in boxes
    assert boxes["A peer of the champion"] == f"{new}?role=other&reports_to={dana.reports_to_id}"
    assert boxes["Leadership, two levels up"] == f"{new}?role=other&leads={dana.reports_to_id}"


def test_who_cannot_lead_whom_the_form_names_is_not_added_and_what_was_written_stays(world, scope):
    said = {
        "name": "Hedy",
        "role": "other",
        "leads": world.dana.pk,
        "reports_to": world.eli.pk,
        "tracked": "on",
    }
    with scope(), transaction.atomic():
        below = accounts.Item(id=world.eli.pk, values={"reports_to": world.dana.pk})
        accounts.save_personas(items=[below], mode=accounts.Mode.UPDATE, actor=None, at=world.now)
    page = world.visit.alice.post(path(world, "/new"), **said)
    assert page.status_code == 422
    assert page.context["form"].errors == {"leads": ["This would close a circle."]}
    assert page.context["form"]["name"].value() == "Hedy"
    with scope(), transaction.atomic():
        assert not Persona.objects.filter(name="Hedy").exists()


def test_an_empty_seat_of_a_champion_leads_to_who_could_take_it_and_to_somebody_new_in_it(world, scope):
    with scope(), transaction.atomic():
        item = accounts.Item(id=world.dana.pk, values={"role": "power_user"})
        accounts.save_personas(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=world.now)
    seat = boxes_of(world.visit.alice.get(path(world)))["Champion"]
    assert seat == f"/t/northwind/accounts/{world.larkspur.pk}/seats/champion"
    page = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/seats/champion").content.decode()
    assert f"/accounts/{world.larkspur.pk}/people/new?role=champion" in page
    with scope(), transaction.atomic():
        item = accounts.Item(values={"name": "Gone", "account": world.plover.pk, "left_on": world.now.date()})
        accounts.save_personas(items=[item], mode=accounts.Mode.CREATE, actor=None, at=world.now)
    empty = boxes_of(world.visit.lena.get(f"/accounts/{world.plover.pk}/people"))["Champion"]
    assert empty == f"/t/northwind/accounts/{world.plover.pk}/people/new?role=champion"


def test_a_past_day_draws_the_most_influential_of_then_first(staffed, scope):
    ago = {days: (staffed.now - days * DAY) for days in (50, 20, 10, 0)}
    with scope(), transaction.atomic():
        for days, influence in ((50, 5), (10, 1)):
            item = accounts.Item(id=staffed.gita.pk, values={"influence": influence, "reports_to": None})
            accounts.save_personas(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=ago[days])
    first = {}
    for days in (20, 0):
        page = staffed.visit.vera.get(path(staffed, f"?on={ago[days].date()}")).context["org"]
        people = [row["full"] for row in page["twin"]]
        first[days] = people.index("Gita <b>")
    assert first[20] < first[0]


def test_an_edge_is_added_weighed_ended_and_removed_by_hand(world, scope):
    visit = world.visit.alice
    new = {
        "edge-persona": world.dana.pk,
        "edge-target": world.eli.pk,
        "edge-kind": "sponsors",
        "edge-strength": 1,
    }
    assert visit.post(org(world, "edges"), **new).status_code == 302
    with scope(), transaction.atomic():
        made = Edge.objects.get()
        Edge.objects.update(from_on=dt.date(2026, 1, 1))
    visit.post(org(world, f"edges/{made.pk}/weigh"), strength=3)
    with scope(), transaction.atomic():
        first, second = Edge.objects.order_by("from_on")
        assert (first.until_on, second.strength) == (second.from_on, 3)
    visit.post(org(world, f"edges/{second.pk}/end"))
    visit.post(org(world, f"edges/{first.pk}/end"), never="1")
    with scope(), transaction.atomic():
        assert [row.until_on is not None for row in Edge.objects.filter(deleted_at=None)] == [True]
        assert Edge.objects.exclude(deleted_at=None).get() == first


def test_two_are_paired_and_parted_by_hand(world, scope):
    visit = world.visit.alice
    new = {"pairing-persona": world.eli.pk, "pairing-member_email": "lena@northwind.test"}
    assert visit.post(org(world, "pairings"), **new).status_code == 302
    with scope(), transaction.atomic():
        made = Pairing.objects.get()
    text = visit.get(path(world)).content.decode()
    assert "have not spoken yet" in text
    visit.post(org(world, f"pairings/{made.pk}/end"))
    with scope(), transaction.atomic():
        assert Pairing.objects.get().until_on is not None
    assert "None of ours knows them" in visit.get(path(world)).content.decode()


def test_what_cannot_be_is_said_and_nothing_is_written(world, scope):
    visit = world.visit.alice
    same = {
        "edge-persona": world.dana.pk,
        "edge-target": world.dana.pk,
        "edge-kind": "sponsors",
        "edge-strength": 1,
    }
    answer = visit.client.post(f"/t/northwind{org(world, 'edges')}", same, follow=True)
    assert "Two different people." in answer.content.decode()
    visit.post(org(world, "edges"), **{**same, "edge-kind": "loves"})
    visit.post(org(world, "pairings"), **{"pairing-persona": "x", "pairing-member_email": "y"})
    with scope(), transaction.atomic():
        assert (Edge.objects.count(), Pairing.objects.count()) == (0, 0)


@pytest.mark.parametrize("who", ["vera", "charlie"])
def test_who_may_not_write_changes_no_chart(staffed, scope, who):
    visit = getattr(staffed.visit, who)
    new = {
        "edge-persona": staffed.dana.pk,
        "edge-target": staffed.eli.pk,
        "edge-kind": "sponsors",
        "edge-strength": 1,
    }
    answers = [
        visit.post(org(staffed, "edges"), **new),
        visit.post(org(staffed, f"edges/{staffed.edge}/end"), never="1"),
        visit.post(org(staffed, f"edges/{staffed.edge}/weigh"), strength=1),
        visit.post(org(staffed, f"pairings/{staffed.pair}/end")),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
    with scope(), transaction.atomic():
        assert [(one.strength, one.until_on) for one in Edge.objects.all()] == [(3, None)]
        assert Pairing.objects.get().until_on is None


def test_an_edge_of_another_account_is_not_found_here(staffed):
    other = f"/accounts/{staffed.plover.pk}/edges/{staffed.edge}/end"
    assert staffed.visit.lena.post(other).status_code == 404


def test_a_persons_page_says_how_they_stand_to_others(staffed):
    text = staffed.visit.alice.get(f"/personas/{staffed.eli.pk}").content.decode()
    part = text.split('id="edges"')[1].split("</section>")[0]
    assert re.search(r"influences\s+<a", part)
    assert 'method="post"' in part


def test_what_is_said_long_ago_shows_its_age_in_the_chart_its_label_and_the_table(world, scope):
    ages = {"Fay": 130, "Gus": 40, "Hal": 2}
    with scope(), transaction.atomic():
        for name, age in ages.items():
            person = save_person(world.larkspur, name, at=world.now - 200 * DAY, reports_to=world.dana.pk)
            rate(person, world.alice, at=world.now - age * DAY, strength="none", mood="negative")
    page = world.visit.alice.get(path(world))
    boxes = {box["name"]: box for box in page.context["org"]["chart"]["boxes"] if box["kind"] == "person"}
    assert {name: (boxes[name]["age"], boxes[name]["stale"], boxes[name]["felt"]) for name in ages} == {
        "Fay": ("130 d", True, "None · negative"),
        "Gus": ("40 d", False, "None · negative"),
        "Hal": ("2 d", False, "None · negative"),
    }
    assert "No relationship · negative, rated 130 days ago, stale, reports to Dana" in boxes["Fay"]["label"]
    text = page.content.decode()
    assert text.count('class="oc-clock"') == 1
    table = text.split("The chart as a table")[-1].split("</table>")[0]
    told = {name: table.split(f">{name}</a>")[1].split("</tr>")[0] for name in ages}
    assert {name: ("Stale" in row, ">due<" in row) for name, row in told.items()} == {
        "Fay": (True, False), "Gus": (False, True), "Hal": (False, False),
    }  # fmt: skip


@pytest.mark.parametrize("more", [1, 40])
def test_the_chart_costs_the_same_for_few_and_many(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            person = save_person(
                world.larkspur, f"Person {n}", at=world.now - 30 * DAY, reports_to=world.dana.pk
            )
            save_one(
                relationships.save_edges,
                {"persona": person.pk, "target": world.eli.pk, "kind": "influences"}, at=world.now,
            )  # fmt: skip
    assert world.visit.alice.statements(path(world)) == 21
    day = (world.now - 5 * DAY).date()
    assert world.visit.alice.statements(path(world, f"?on={day}")) == 24


def test_a_past_day_shows_the_titles_of_then(staffed, scope):
    ago = {days: staffed.now - days * DAY for days in (25, 20, 10, 0)}
    with scope(), transaction.atomic():
        for days, title in ((20, "Head of Planning"), (10, None)):
            item = accounts.Item(id=staffed.gita.pk, values={"title": title})
            accounts.save_personas(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=ago[days])
    found = {}
    for days, moment in ago.items():
        page = staffed.visit.vera.get(path(staffed, f"?on={moment.date()}")).context["org"]
        found[days] = next(row["title"] for row in page["twin"] if row["full"] == "Gita <b>")
    assert found == {25: "Planner", 20: "Head of Planning", 10: "", 0: ""}
    key = Rest(make_key(staffed.vera, "read")[1])
    chart = key.get(f"/accounts/{staffed.larkspur.pk}/org?on={ago[25].date()}").json()
    assert next(one["title"] for one in chart["people"] if one["name"] == "Gita <b>") == "Planner"


def test_who_headed_the_company_then_needs_nobody_above_on_that_day_alone(staffed, scope):
    with scope(), transaction.atomic():
        for days, title in ((50, "CEO"), (10, "Adviser")):
            item = accounts.Item(id=staffed.dana.pk, values={"title": title})
            accounts.save_personas(
                items=[item], mode=accounts.Mode.UPDATE, actor=None, at=staffed.now - days * DAY
            )
    states = []
    for days in (30, 5):
        page = staffed.visit.vera.get(path(staffed, f"?on={(staffed.now - days * DAY).date()}"))
        states.append({one["label"]: one["state"] for one in page.context["org"]["checks"]})
    assert [one["Leadership, one level up"] for one in states] == ["not_needed", "empty"]


def test_no_title_of_then_is_kept_of_somebody_who_was_erased(staffed, scope):
    with scope(), transaction.atomic():
        assert PersonaFact.objects.filter(persona=staffed.gita, key="title").exists()
        accounts.erase_persona(id=staffed.gita.pk, actor=staffed.lena, at=staffed.now)
        assert not PersonaFact.objects.filter(persona=staffed.gita, key="title").exists()
        assert PersonaFact.objects.filter(persona=staffed.gita, key="role").exists()
