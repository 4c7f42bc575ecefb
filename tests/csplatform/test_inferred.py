"""What touches say beside what raters say: on the page, in the grid, in the list of differences and over REST."""

import datetime as dt
import re

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.scope import tenant_scope
from health import selectors as health
from relationships import selectors as relationships
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_person, save_touch


def met(world, person, *days, kind="meeting", direction=None, **values):
    for ago in days:
        save_touch(
            world.larkspur,
            at=world.now - ago * DAY,
            people=[person],
            kind=kind,
            direction=direction,
            **values,
        )


def quiet(world):
    """Dana, rated very good, had old mails from us alone; Eli, rated weak, is met every two weeks."""
    met(world, world.dana, 94, 100, 120, kind="mail", direction="outbound")
    met(world, world.eli, 3, 17, 31, 45, touchpoint="review")


def found(world, **given):
    return relationships.divergences(at=world.now, today=world.now.date(), **given).rows


def test_a_rating_far_from_what_happened_is_listed_with_the_reason(world, scope):
    with scope(), transaction.atomic():
        quiet(world)
        over, under = sorted(found(world), key=lambda one: -one.apart)
        assert over.person.id == world.dana.pk
        assert (
            over.reason(world.alice.member_id)
            == "You say very good; no contact for 94 days, one-way mails only"
        )
        assert over.reason(world.lena.member_id).startswith("Alice says very good; ")
        assert under.person.id == world.eli.pk
        assert under.apart <= -2
        assert (
            under.reason() == "Alice says weak; 4 touches in 180 days, the last 3 days ago, 4 of them spoken"
        )
        assert found(world, member=world.lena.member_id) == []
        assert len(found(world, member=world.alice.member_id)) == 2


def test_what_was_spoken_long_ago_is_told_as_before(world, scope):
    with scope(), transaction.atomic():
        met(world, world.dana, 98, 110)
        one = relationships.inferred_strengths(persona_ids=[world.dana.pk], at=world.now)[world.dana.pk]
    assert one.reason == "no contact for 98 days, 2 spoken touches before that"


def test_where_nobody_writes_touches_down_nothing_is_said(world, scope):
    with scope(), transaction.atomic():
        assert found(world) == []
        one = relationships.inferred_strengths(persona_ids=[world.dana.pk], at=world.now)[world.dana.pk]
    assert one.level is None


def test_what_is_recorded_later_or_deleted_is_not_seen(world, scope):
    with scope(), transaction.atomic():
        met(world, world.eli, 3, 17, 31, 45)
        past = world.now - 20 * DAY
        then = relationships.inferred_strengths(persona_ids=[world.eli.pk], at=past)[world.eli.pk]
        assert then.touches == 2
        zebra = relationships.inferred_strengths(persona_ids=[world.zoe.pk], at=world.now)
    assert zebra == {}


def test_days_in_the_product_are_counted_by_e_mail(world, scope):
    with scope(), transaction.atomic():
        people = [(world.dana.pk, world.larkspur.pk, "Dana@larkspur.test")]
        assert health.people_active_days(people=people, at=world.now) == {}
        assert health.people_active_days(people=[(world.eli.pk, world.larkspur.pk, "")], at=world.now) == {}


def test_any_number_of_people_costs_the_same_statements(world, scope, django_assert_num_queries):
    with scope(), transaction.atomic():
        quiet(world)
        with django_assert_num_queries(6):
            found(world)
        for number in range(3):
            person = save_person(
                world.larkspur, f"P{number}", at=world.now - 90 * DAY, email=f"p{number}@larkspur.test"
            )
            rate(person, world.alice, at=world.now - DAY, strength="very_good", mood="positive")
        with django_assert_num_queries(6):
            assert len(found(world)) > 2


def test_the_pages_show_it_beside_the_word_and_not_in_the_score(world, scope):
    with scope(), transaction.atomic():
        quiet(world)
        before = health.health(world.larkspur.pk)["score"]
    mine = world.visit.alice.get("/rate/differences").text
    assert "You say very good; no contact for 94 days, one-way mails only" in mine
    assert "Alice says very good" in world.visit.lena.get("/rate/differences").text
    assert "What we say is what happened" in world.visit.lena.get("/rate/differences?whose=mine").text
    assert world.visit.lena.get("/rate/differences?whose=x").status_code == 400
    assert world.visit.charlie.get("/rate/differences").status_code == 404
    person = world.visit.alice.get(f"/personas/{world.dana.pk}").text
    assert "no contact for 94 days, one-way mails only" in person
    assert "The rating says much more than what happened." in person
    assert re.search(
        r"1\d\.\d of 100 points: recency \d\.\d of 31\.5 · frequency \d\.\d of 22\.5 · two-way 0\.0 of 18",
        person,
    )
    assert "touches: none" in world.visit.alice.get("/rate").text
    with scope(), transaction.atomic():
        assert health.health(world.larkspur.pk)["score"] == before


def test_rest_shows_it_read_only(rest, cast):
    now = timezone.now()
    account = rest.write.post("/accounts", {"name": "Larkspur"}).json()["id"]
    body = {"name": "Dana", "account": account, "inferred": {"level": "okay"}, "rating": None}
    made = rest.write.post("/personas", body)
    assert made.status_code == 201, made.text
    persona = made.json()
    assert persona["inferred"]["level"] is None
    for ago in (3, 17, 31):
        touch = {
            "account": account, "kind": "meeting", "at": (now - dt.timedelta(days=ago)).isoformat(),
            "attendees": [{"persona": persona["id"]}],
        }  # fmt: skip
        assert rest.write.post("/touches", touch).status_code == 201
    shown = rest.read.get(f"/personas/{persona['id']}").json()["inferred"]
    points = {"recency": 31.5, "frequency": 22.5, "two_way": 18, "depth": 18, "usage": 10}
    assert sum(shown[part] * most for part, most in points.items()) == pytest.approx(shown["value"])
    assert 0 < shown["two_way"] < 1
    assert shown["level"] in ("okay", "very_good")
    assert shown["touches"] == 3
    assert shown["reason"] == "3 touches in 180 days, the last 3 days ago, 3 of them spoken"
    with tenant_scope(cast.globex.pk), transaction.atomic():
        assert relationships.inferred_strengths(persona_ids=[persona["id"]], at=now) == {}


def test_the_list_over_rest_is_that_of_the_page(world, scope):
    with scope(), transaction.atomic():
        quiet(world)
    ours = Rest(make_key(world.adam, "read")[1])
    body = ours.get("/differences").json()
    assert body["total"] == 2
    dana = next(row for row in body["results"] if row["persona"] == str(world.dana.pk))
    assert (dana["strength"], dana["inferred"], dana["apart"]) == ("very_good", "none", 3)
    assert dana["reason"] == "Alice says very good; no contact for 94 days, one-way mails only"
    narrow = f"/differences?account={world.larkspur.pk}&owner=alice@northwind.test"
    assert ours.get(narrow).json()["total"] == 2
    assert ours.get(f"/differences?account={world.plover.pk}").json() == {"total": 0, "results": []}
    for wrong in ("account=x", "owner=nobody@northwind.test", "page=1"):
        assert ours.get(f"/differences?{wrong}").status_code == 400
    theirs = Rest(make_key(world.charlie, "read")[1])
    assert theirs.get(f"/differences?account={world.larkspur.pk}").json()["total"] == 0


def test_risk_says_where_the_one_thread_before_a_renewal_may_not_hold(world, scope):
    with scope(), transaction.atomic():
        quiet(world)
    page = world.visit.lena.get("/risk").text
    assert "Alice says very good; no contact for 94 days, one-way mails only" in page
    assert "/rate/differences?whose=all" in page
