"""The coverage page: which renewals hang on one person, the rows behind every number, and the same as a file."""

import csv
import io

import pytest
from django.utils import timezone

from health import services as health
from tests.csplatform.conftest import DAY, rate, save_account, save_person

PATH = "/risk/coverage"


@pytest.fixture
def book(world, scope):
    """Larkspur hangs on Dana and renews in 40 days; Broad, which renews too, has three threads."""
    with scope():
        then = world.now - 90 * DAY
        broad = save_account("Broad", at=then, arr=10, renewal_on=(world.now + 20 * DAY).date())
        for role in ("champion", "economic_buyer", "technical_owner"):
            person = save_person(broad, f"{role} of Broad", at=then, role=role)
            rate(person, world.lena, at=world.now - 3 * DAY, strength="very_good", mood="positive")
        health.rescore(account_ids=[broad.pk], at=timezone.now())
    world.broad = broad
    return world


def test_the_page_answers_which_renewals_hang_on_one_person(book):
    assert f'href="/t/northwind{PATH}"' in book.visit.lena.get("/risk").content.decode()
    page = book.visit.lena.get(PATH)
    text = page.content.decode()
    assert "1 renewal in 90 days hangs on one person" in text
    rows = text.split('id="rows"')[1].split("</section>")[0]
    assert f"/accounts/{book.larkspur.pk}/people" in rows
    assert f"/personas/{book.dana.pk}" in rows
    assert "Broad" not in rows


def test_every_number_leads_to_its_rows(book):
    everything = book.visit.lena.get(f"{PATH}?show=all").content.decode()
    assert f"/accounts/{book.broad.pk}/people" in everything
    lacking = book.visit.lena.get(f"{PATH}?missing=technical_owner&show=all").content.decode()
    rows = lacking.split('id="rows"')[1].split("</section>")[0]
    assert (str(book.larkspur.pk) in rows, str(book.broad.pk) in rows) == (True, False)
    assert "0 renewals in 30 days" in book.visit.lena.get(f"{PATH}?days=30").content.decode()
    mine = book.visit.lena.get(f"{PATH}?owner={book.lena.member_id}&show=all").content.decode()
    assert str(book.larkspur.pk) not in mine.split('id="rows"')[1].split("</section>")[0]


def test_an_executive_without_one_of_ours_is_named(book):
    text = book.visit.lena.get(PATH).content.decode().split('id="gaps-title"')[1]
    assert f"/personas/{book.eli.pk}" in text
    elsewhere = book.visit.lena.get(f"{PATH}?owner={book.lena.member_id}").content.decode()
    assert f"/personas/{book.eli.pk}" not in elsewhere.split('id="gaps-title"')[1]


def test_the_rows_are_a_file_too(book):
    answer = book.visit.vera.get(f"{PATH}?format=csv&show=all")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Account"] for row in rows] == ["Broad", "Larkspur", "Plover"]
    assert (rows[1]["Hangs on"], rows[1]["Missing roles"]) == ("Dana", "economic_buyer, technical_owner")


@pytest.mark.parametrize("query", ["owner=x", "days=7", "show=some", "missing=chief", "page=0", "format=pdf"])
def test_an_address_that_makes_no_sense_is_refused(book, query):
    assert book.visit.lena.get(f"{PATH}?{query}").status_code == 400


def test_another_tenant_sees_nothing(book):
    assert book.visit.charlie.get(PATH).status_code == 404


def test_the_page_costs_the_same_whatever_the_book(world, scope):
    one = world.visit.lena.statements(f"{PATH}?show=all")
    with scope():
        for name in ("Two", "Three"):
            account = save_account(name, at=world.now - 9 * DAY)
            health.rescore(account_ids=[account.pk], at=world.now)
    assert (one, world.visit.lena.statements(f"{PATH}?show=all")) == (21, 21)
