"""Touches over REST by the stage of the time, and how touchpoints fare."""

import datetime as dt

import pytest
from django.utils import timezone

DAY = dt.timedelta(days=1)


def ago(days):
    return (timezone.now() - days * DAY).isoformat()


def made(rest, path, **body):
    answer = rest.admin.post(path, body)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


@pytest.fixture
def book(rest):
    """Larkspur with Dana, Eli and Fay; a training with all three, and a renewal with Dana."""
    rest.lark = made(rest, "/accounts", name="Larkspur")
    rest.people = [made(rest, "/personas", account=rest.lark, name=name) for name in ("Dana", "Eli", "Fay")]
    for days, touchpoint, people in ((40, "training", rest.people), (5, "renewal", rest.people[:1])):
        there = [{"persona": one} for one in people]
        made(
            rest, "/touches", account=rest.lark, kind="call", at=ago(days), touchpoint=touchpoint,
            mode="proactive", attendees=there,
        )  # fmt: skip
    return rest


def say(rest, person, sentiment, days):
    driver = "value" if sentiment == "negative" else None
    return made(rest, "/ratings", persona=person, sentiment=sentiment, driver=driver, rated_at=ago(days))


def uses(rest, query=""):
    answer = rest.read.get(f"/touchpoints/uses{query}")
    assert answer.status_code == 200, answer.content
    return {one["key"]: one for one in answer.json()["results"]}


def test_touches_are_listed_by_the_stage_that_their_account_stood_in_then(book):
    first, second = (made(book, "/stages", name=name) for name in ("Onboarding", "Adoption"))
    for stage, days in ((first, 50), (second, 20)):
        day = ago(days)[:10]
        made(book, "/placements", account=book.lark, stage=stage, entered_on=day, reason="x", historical=True)

    def listed(stage):
        found = book.read.get(f"/touches?stage={stage}").json()["results"]
        return [one["touchpoint"] for one in found]

    assert listed(first) == ["training"]
    assert listed(second) == ["renewal"]
    assert book.read.get("/touches?stage=x").status_code == 400
    assert "stage" in str(
        book.read.get("/openapi.json").json()["paths"]["/api/v1/touches"]["get"]["parameters"]
    )


def test_what_was_felt_at_a_touchpoint_is_what_was_first_said_of_who_was_there(book):
    dana, eli, fay = book.people
    say(book, dana, "positive", 39)
    say(book, dana, "negative", 37)  # another word of the same week counts no more
    say(book, eli, "negative", 38)
    say(book, fay, "positive", 41)  # said before
    say(book, fay, "positive", 30)  # said too long afterwards
    found = uses(book)
    assert found["training"]["felt"] == {"n": 2, "positive": 0.5, "negative": 0.5}
    assert (found["training"]["touches"], found["training"]["proactive"], found["training"]["accounts"]) == (
        1,
        1,
        1,
    )
    assert found["renewal"]["felt"] == {"n": 0, "positive": None, "negative": None}


def test_a_word_that_was_withdrawn_was_not_felt(book):
    word = say(book, book.people[0], "negative", 39)
    book.write.post(f"/ratings/{word}/withdraw")
    assert uses(book)["training"]["felt"]["n"] == 0


def test_touchpoints_are_counted_in_the_time_that_is_asked_for(book):
    since, until = ago(60).replace("+", "%2B"), ago(20).replace("+", "%2B")
    found = uses(book, f"?since={since}&until={until}")
    assert (found["training"]["touches"], found["renewal"]["touches"]) == (1, 0)


@pytest.mark.parametrize(
    "query",
    [
        "?since=x", "?until=2999-01-01", "?when=now", "?since=2026-02-01&until=2026-01-01",
        "?until=0001-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_a_time_that_makes_no_sense_is_refused_by_name(book, query):
    answer = book.read.get(f"/touchpoints/uses{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("?")
