"""The heat map down to its people: four filters and the role together, on Risk, on the page of a cell, as a file, in
saved views and over REST."""

import csv
import io

import pytest
from django.utils import timezone

from health import services as health
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_account, save_person

PATH = "/risk/people"


@pytest.fixture
def book(world, scope):
    """Larkspur (Dana champion very good, Eli buyer weak), and Birch of the same segment with a weak buyer and champion,
    renewing in a year."""
    with scope():
        then = world.now - 90 * DAY
        birch = save_account(
            "Birch", at=then, arr=20000, segment="Enterprise", renewal_on=(world.now + 300 * DAY).date(),
            owner_email="lena@northwind.test",
        )  # fmt: skip
        for role in ("champion", "economic_buyer"):
            person = save_person(birch, f"{role} of Birch", at=then, role=role)
            rate(person, world.lena, at=world.now - 3 * DAY, strength="weak", mood="neutral")
        health.rescore(account_ids=[birch.pk, world.larkspur.pk], at=timezone.now())
    world.birch = birch
    return world


def listed(page):
    """The people of the page's table."""
    return [row["name"] for row in page.context["page"].rows]


def test_a_cell_leads_to_its_people_where_most_money_is_first(book):
    risk = book.visit.lena.get("/risk").content.decode()
    assert f'"/t/northwind{PATH}?cell=weak%3Aneutral"' in risk
    page = book.visit.lena.get(f"{PATH}?cell=weak:neutral")
    assert listed(page) == ["Eli", "economic_buyer of Birch", "champion of Birch"]
    assert "3 people: weak, neutral" in page.content.decode()
    assert listed(book.visit.lena.get(f"{PATH}?cell=very_good:positive")) == ["Dana"]
    everyone = book.visit.lena.get(f"{PATH}?page=9")
    assert len(listed(everyone)) == everyone.context["page"].found.total == 4


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("role=economic_buyer", ["Eli", "economic_buyer of Birch"]),
        ("role=economic_buyer&renews=90", ["Eli"]),
        ("role=economic_buyer&owner={lena}", ["economic_buyer of Birch"]),
        ("role=champion&segment=Enterprise&owner={alice}&renews=90&cell=very_good:positive", ["Dana"]),
        ("role=champion&segment=Enterprise&owner={alice}&renews=90&cell=weak:neutral", []),
        ("role=procurement", []),
        ("tier=Tin", []),
    ],
)
def test_owner_segment_role_and_renewal_narrow_together_everywhere(book, rest_of, query, names):
    asked = query.format(lena=book.lena.member_id, alice=book.alice.member_id)
    assert listed(book.visit.lena.get(f"{PATH}?{asked}")) == names
    part = "&".join(one for one in asked.split("&") if not one.startswith("cell"))
    matrix = book.visit.lena.get(f"{PATH}?{part}").context["page"].matrix
    told = sum(cell["people"] for cell in matrix["cells"]) + matrix["unrated"]["people"]
    assert told == len(listed(book.visit.lena.get(f"{PATH}?{part}")))
    over_rest = rest_of(query)
    assert [one["persona"] for one in over_rest["results"]] == [
        str(row["persona"]) for row in book.visit.lena.get(f"{PATH}?{asked}").context["page"].rows
    ]
    assert over_rest["people"] == len(names)


def rest_for(world, scope="read"):
    """A key of Adam's."""
    return Rest(make_key(world.adam, scope)[1])


@pytest.fixture
def rest_of(book):
    """The same question over REST: e-mails for ids, a day for a window."""

    def ask(query):
        asked = query.format(lena="lena@northwind.test", alice="alice@northwind.test")
        day = (book.now + 90 * DAY).date()
        return (
            rest_for(book)
            .get(f"/portfolio/people?{asked.replace('renews=90', f'renews_before={day}')}")
            .json()
        )

    return ask


def test_the_role_narrows_the_numbers_about_people_and_no_account(book):
    read = rest_for(book)
    whole, buyers = read.get("/portfolio").json(), read.get("/portfolio?role=economic_buyer").json()
    assert buyers["totals"]["arr"] == whole["totals"]["arr"]
    assert (whole["totals"]["people"], buyers["totals"]["people"]) == (4, 2)
    then = timezone.now().isoformat().replace("+00:00", "Z")
    known = read.get(f"/portfolio?role=economic_buyer&at={then}").json()
    assert known["matrix"] == buyers["matrix"]
    cells = {(one["strength"], one["sentiment"]): one["people"] for one in buyers["matrix"]["cells"]}
    assert (cells["weak", "neutral"], cells["very_good", "positive"]) == (2, 0)
    risk = book.visit.lena.get("/risk?role=economic_buyer")
    assert "count this role alone: Economic buyer" in risk.content.decode()
    assert 'data-about="Role: Economic buyer"' in risk.content.decode()


def test_what_makes_no_sense_is_refused_by_name_and_a_view_keeps_the_role(book):
    for query in ("role=x", "cell=weak:happy", "page=0", "format=pdf"):
        assert book.visit.lena.get(f"{PATH}?{query}").status_code == 400
    read = rest_for(book)
    for query in ("role=x", "cell=weak", "limit=0", "limit=1001", "offset=-1", "by=x"):
        assert read.get(f"/portfolio/people?{query}").status_code == 400
    assert read.get("/portfolio?role=x").status_code == 400
    assert read.get("/coverage?role=champion").status_code == 400
    body = {"page": "risk", "name": "Buyers", "query": "role=economic_buyer&renews=90"}
    write = rest_for(book, scope="write")
    assert write.post("/views", body).status_code == 201
    assert write.post("/views", {**body, "name": "No", "query": "role=king"}).status_code == 400


def test_the_people_are_a_file_and_globex_sees_none(book):
    answer = book.visit.vera.get(f"{PATH}?format=csv&cell=weak:neutral&role=champion")
    (row,) = rows_of(answer)
    assert (row["Name"], row["Strength"], row["Sentiment"]) == ("champion of Birch", "weak", "neutral")
    assert book.visit.charlie.get(PATH).status_code == 404


def rows_of(answer):
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_file_holds_everyone_however_many_are_read_at_a_time(book, monkeypatch):
    monkeypatch.setattr("csplatform.selectors.standing.CHUNK", 3)
    monkeypatch.setattr("csplatform.selectors.standing.PAGE", 10)
    rows = rows_of(book.visit.lena.get(f"{PATH}?format=csv"))
    assert [row["Name"] for row in rows] == listed(book.visit.lena.get(PATH))
    assert len(rows) == 4


def test_the_page_takes_as_many_statements_for_one_person_as_for_all(book):
    one = book.visit.lena.statements(f"{PATH}?cell=very_good:positive")
    assert (one, book.visit.lena.statements(PATH)) == (16, 16)
