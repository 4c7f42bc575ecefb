"""Moments: what people remember of us, over REST, on their page and on the timeline."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Activity
from accounts.scope import tenant_scope
from relationships import services
from relationships.models import Moment
from tests.csplatform.conftest import DAY, kept_world, scope, world

__all__ = ["kept_world", "scope", "world"]

AT = "2026-11-01T09:00:00Z"


def faults(response):
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def dana(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    return rest.write.post(
        "/personas", {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    ).json()


def moment(**values):
    body = {
        "persona_external_id": "dana",
        "happened_at": AT,
        "valence": -2,
        "intensity": 3,
        "what": "The outage",
    }
    return {**body, **values}


def test_a_moment_is_written_read_changed_and_taken_away_over_rest(rest, dana):
    made = rest.write.post("/moments", moment(external_id="m1"))
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["account"], one["persona"], one["valence"], one["intensity"]) == (
        dana["account"], dana["id"], -2, 3,
    )  # fmt: skip
    assert rest.read.get(f"/moments?persona={dana['id']}&valence=-2").json()["results"] == [one]
    assert rest.write.patch(f"/moments/{one['id']}", {"valence": 1}).json()["valence"] == 1
    assert rest.write.delete(f"/moments/{one['id']}").status_code == 204
    assert rest.read.get("/moments").json()["results"] == []
    assert rest.globex.get(f"/moments/{one['id']}?include_deleted=true").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"valence": 3}, "/valence", "invalid_choice"),
        ({"intensity": 0}, "/intensity", "invalid_choice"),
        ({"what": None}, "/what", "null"),
        ({"happened_at": "2199-01-01T00:00:00Z"}, "/happened_at", "in_future"),
        ({"persona_external_id": "nobody"}, "/persona_external_id", "missing"),
    ],
)
def test_a_wrong_moment_names_the_field_and_the_reason(rest, dana, body, pointer, code):
    answer = rest.write.post("/moments", moment(**body))
    assert (answer.status_code, faults(answer)) == (400, {pointer: code})


def test_erasing_a_person_leaves_the_numbers_and_no_word_and_the_log_never_had_any(rest, dana, cast, now):
    rest.write.post("/moments", moment())
    with tenant_scope(cast.northwind.pk):
        said = [line.data for line in Activity.objects.filter(verb="moment.created")]
        assert "The outage" not in str(said)
        accounts.erase_persona(id=dana["id"], actor=cast.adam, at=now)
        (left,) = Moment.objects.all()
        assert (left.what, left.valence) == ("", -2)


def keep(world, what, days, valence, intensity):
    values = {
        "persona": world.dana.pk, "happened_at": world.now - days * DAY, "valence": valence,
        "intensity": intensity, "what": what,
    }  # fmt: skip
    (saved,) = services.save_moments(
        items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=world.now
    )
    return saved.id


def test_the_peak_and_the_latest_are_pinned_on_the_page_of_the_person(world, scope):
    with scope(), transaction.atomic():
        keep(world, "The outage", 30, -2, 3)
        keep(world, "A kind word", 20, 1, 1)
        keep(world, "The refresher", 10, 1, 2)
    page = world.visit.vera.get(f"/personas/{world.dana.pk}")
    remembered = page.context["remembered"]
    assert (remembered.peak.what, remembered.latest.what) == ("The outage", "The refresher")
    text = page.content.decode().partition("What they remember of us")[2]
    assert text.index("The outage") < text.index("The refresher") < text.index("A kind word")
    line = world.visit.vera.get(f"/accounts/{world.larkspur.pk}/timeline?kind=moment").content
    assert b"The outage" in line


def test_a_moment_is_written_on_a_form_by_who_may(world, scope):
    typed = {
        "persona": str(world.dana.pk), "what": "The outage", "valence": "-2", "intensity": "3",
        "happened_at": "2026-01-05T10:00",
    }  # fmt: skip
    address = f"/accounts/{world.larkspur.pk}/moments/new"
    assert world.visit.vera.post(address, **typed).status_code == 403
    assert world.visit.alice.post(address, **{**typed, "valence": "9"}).status_code == 422
    for far in ("0001-01-01T00:00", "9999-12-31T23:59"):  # such a row could not be read again
        assert world.visit.alice.post(address, **{**typed, "happened_at": far}).status_code == 422
    assert world.visit.alice.post(address, **typed).status_code == 302
    with scope(), transaction.atomic():
        assert [(one.what, one.valence, one.persona_id) for one in Moment.objects.all()] == [
            ("The outage", -2, world.dana.pk)
        ]
