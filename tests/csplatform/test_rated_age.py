"""How old a rating is, on every page that tells one: due after its grace, stale after 120 days."""

import pytest
from django.db import transaction

from health import services as health
from tests.csplatform.conftest import DAY, rate, save_person

STALE = 'title="Older than 120 days"'
DUE = '<span class="flag-watch">due</span>'


@pytest.fixture
def told(world, scope):
    """Old and Late of Larkspur, rated 200 and 40 days ago, and Old once more at Plover."""
    with scope(), transaction.atomic():
        then = world.now - 300 * DAY
        for name, days in (("old", 200), ("late", 40)):
            person = save_person(
                world.larkspur, name.title(), at=then, role="power_user", email=f"{name}@larkspur.test"
            )
            rate(person, world.alice, at=world.now - days * DAY, strength="okay", mood="positive")
            setattr(world, name, person)
        world.twin = save_person(world.plover, "Old twin", at=then, email="old@larkspur.test")
        health.rescore(account_ids=[world.larkspur.pk], at=world.now)
    return world


def marks(world, path):
    page = world.visit.alice.get(path.format(**{name: getattr(world, name).pk for name in PEOPLE}))
    assert page.status_code == 200, path
    text = page.content.decode()
    return STALE in text, DUE in text


PEOPLE = ("larkspur", "old", "late", "twin")


def test_a_person_is_due_first_and_stale_later(told):
    assert marks(told, "/personas/{late}") == (False, True)
    assert marks(told, "/personas/{old}") == (True, False)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/{larkspur}/people",
        "/accounts/{larkspur}/seats/economic_buyer",
        "/personas/{twin}",
        "/accounts/{larkspur}/card?email=old@larkspur.test",
        "/ratings?show=stale",
        "/risk/people",
    ],
)
def test_every_page_marks_what_is_stale(told, path):
    assert marks(told, path)[0]
