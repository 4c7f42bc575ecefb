"""Rounds and their report in the browser and over REST."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.scope import tenant_scope
from relationships.models import Cadence, Round
from tests.relationships.test_rounds import DAY, open_round
from tests.relationships.test_views import browser, save, world

__all__ = ["world"]


def test_a_leader_previews_opens_and_closes_a_round_in_the_browser(world):
    lena = browser(world.lena)
    due = (timezone.now() + 10 * DAY).date()
    preview = lena.post(
        "/t/northwind/rounds/new", {"name": "Now", "due_on": due, "preview": "1"}
    ).content.decode()
    assert "people at 2 accounts" in preview
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Round.objects.exists()
    wrong = lena.post("/t/northwind/rounds/new", {"name": "Now", "due_on": due, "second_share": "20"})
    assert (wrong.status_code, b"Say who rates a second time." in wrong.content) == (422, True)
    answer = lena.post("/t/northwind/rounds/new", {"name": "Now", "due_on": due})
    page = lena.get(answer["Location"]).content.decode()
    assert "0 of 3" in page
    assert "Still to rate" in page
    alice = browser(world.alice)
    assert b"You are asked for 2 people" in alice.get("/t/northwind/rounds").content
    assert b"A round asks you for 2 people" in alice.get("/t/northwind/").content
    queue = alice.get("/t/northwind/rate?show=asked").content.decode()
    assert "2 people to rate in a round" in queue
    assert "Dana" in queue
    assert alice.post(f"{answer['Location']}/close").status_code == 403
    assert lena.post(f"{answer['Location']}/close").status_code == 302
    assert b"Finished" in lena.get("/t/northwind/rounds").content


def test_whom_a_finished_round_left_out_is_no_longer_to_be_rated(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round = open_round(world, timezone.now())
    lena = browser(world.lena)
    titles = []
    for _finished in (False, True):
        page = lena.get(f"/t/northwind/rounds/{round.pk}").content.decode()
        titles.append([words for words in ("Still to rate", "Never rated") if words in page])
        lena.post(f"/t/northwind/rounds/{round.pk}/close")
    assert titles == [["Still to rate"], ["Never rated"]]


def test_a_round_past_its_day_is_still_open_and_not_under_way(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        open_round(world, timezone.now() - 20 * DAY)
    page = browser(world.lena).get("/t/northwind/rounds").content
    assert b"Overdue" in page
    assert b"<h1>1 open round</h1>" in page


def test_a_csm_reads_rounds_and_opens_none(world):
    alice = browser(world.alice)
    assert b"New round" not in alice.get("/t/northwind/rounds").content
    assert alice.get("/t/northwind/rounds/new").status_code == 403
    assert (
        alice.post("/t/northwind/rounds/cadence", {"tier": "", "every_days": 30, "due_days": 7}).status_code
        == 403
    )
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Round.objects.exists()
        assert not Cadence.objects.exists()


def test_a_leader_sets_how_often_a_tier_is_asked_for(world):
    lena = browser(world.lena)
    for days, count in ((30, 1), (60, 1), (0, 0)):
        lena.post("/t/northwind/rounds/cadence", {"tier": "", "every_days": days, "due_days": 7})
        with tenant_scope(world.northwind.pk), transaction.atomic():
            assert Cadence.objects.filter(deleted_at=None).count() == count
    assert lena.post("/t/northwind/rounds/cadence", {"every_days": 999, "due_days": 7}).status_code == 422


def test_a_cadence_whose_rounds_are_due_after_the_next_opens_is_refused_by_name(world):
    page = browser(world.lena).post(
        "/t/northwind/rounds/cadence", {"tier": "", "every_days": 7, "due_days": 8}
    )
    assert page.status_code == 422
    assert b"Due after, days: A round every 7 days is due by then at the latest." in page.content
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Cadence.objects.exists()


def test_rest_refuses_a_cadence_whose_rounds_are_due_after_the_next_opens(rest):
    for days, status in ((8, 400), (7, 201)):
        answer = rest.write.post("/cadences", {"tier": "A", "every_days": 7, "due_days": days})
        assert answer.status_code == status
    answer = rest.write.patch(f"/cadences/{answer.json()['id']}", {"due_days": 90})
    assert answer.json()["errors"][0]["pointer"] == "/due_days"
    assert answer.json()["errors"][0]["code"] == "after_the_next"


def test_a_leader_changes_the_name_and_the_day_of_an_open_round_in_the_browser(world):
    now = timezone.now()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round = open_round(world, now)
    path, lena = f"/t/northwind/rounds/{round.pk}", browser(world.lena)
    due = now.date() + 20 * DAY
    assert f'href="{path}/change"' in lena.get(path).content.decode()
    assert b"November" in lena.get(f"{path}/change").content
    late = lena.post(f"{path}/change", {"name": "Winter", "due_on": due + 400 * DAY})
    assert (late.status_code, b"Between today and a year from now." in late.content) == (422, True)
    assert browser(world.alice).post(f"{path}/change", {"name": "Mine", "due_on": due}).status_code == 403
    assert lena.post(f"{path}/change", {"name": "Winter", "due_on": due})["Location"] == path
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert Round.objects.values_list("name", "due_on").get() == ("Winter", due)
    lena.post(f"{path}/close")
    lena.post(f"{path}/change", {"name": "Too late", "due_on": due})
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert Round.objects.get().name == "Winter"


@pytest.mark.parametrize("show", ["quarter", "inherited", "stale", "diverging", "disagree", "nonsense"])
def test_the_report_has_a_list_for_each_question(world, show):
    page = browser(world.lena).get(f"/t/northwind/ratings?show={show}")
    assert page.status_code == 200
    assert b"Inherited, never renewed" in page.content


def test_a_neighbour_finds_no_round(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round = open_round(world, timezone.now())
    for path in ("", "/change", "/close"):
        client = browser(world.gloria)
        ask = client.post if path == "/close" else client.get
        assert ask(f"/t/globex/rounds/{round.pk}{path}").status_code == 404


def test_the_pages_cost_the_same_queries_with_one_and_three_rounds(world):
    lena = browser(world.lena)
    lena.get("/t/northwind/rounds")
    for size in (1, 2):
        with tenant_scope(world.northwind.pk), transaction.atomic():
            for _ in range(size):
                round = open_round(world, timezone.now())
        paths = (
            "rounds",
            f"rounds/{round.pk}",
            "rounds/new",
            "ratings?show=quarter",
            "ratings?show=disagree",
        )
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert lena.get(f"/t/northwind/{path}").status_code == 200
            counts.append(len(queries))
        assert counts == [11, 12, 10, 10, 13]


def book_of(rest):
    rest.write.post(
        "/accounts",
        {"external_id": "L1", "name": "Larkspur", "owner_email": "alice@northwind.test", "tier": "A"},
    )
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    return rest.write.post("/personas", body).json()["id"]


def test_rounds_over_rest(rest, cast):
    dana = book_of(rest)
    due = f"{(timezone.now() + 10 * DAY).date()}"
    body = {"external_id": "q4", "name": "Quarter", "due_on": due, "scope": {"tier": ["A"]}}
    asking = rest.write.post("/rounds/preview", {"scope": {"tier": ["A"]}}).json()
    assert asking["raters"] == [{"rater_email": "alice@northwind.test", "people": 1, "second": 0}]
    made = rest.write.post("/rounds", body)
    assert made.status_code == 201
    assert (made.json()["asked"], made.json()["done"], made.json()["state"]) == (1, 0, "open")
    assert made.json()["scope"]["tier"] == ["A"]
    again = rest.write.put("/rounds/by-external-id/q4", body)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    (one,) = rest.read.get("/assignments?done=false").json()["results"]
    assert (one["persona"], one["rater_email"], one["second"], one["due_on"]) == (
        dana,
        "alice@northwind.test",
        False,
        due,
    )
    path = f"/rounds/{made.json()['id']}"
    fixed = rest.write.patch(path, {"scope": {}})
    assert fixed.json()["errors"][0]["code"] == "fixed"
    assert rest.write.patch(path, {"name": "Q4"}).json()["name"] == "Q4"
    assert made.json()["escalated_at"] is None
    closed = rest.write.post(f"{path}/close").json()
    assert (closed["state"], closed["escalated_at"]) == ("finished", closed["closed_at"])
    assert rest.write.patch(path, {"name": "Q5"}).json()["errors"][0]["code"] == "closed"
    assert rest.write.delete(path).status_code == 204
    assert rest.read.get("/assignments").json()["results"] == []
    assert rest.globex.get(path).status_code == 404
    assert rest.read.post("/rounds", body).status_code == 403


def test_cadences_over_rest(rest, cast):
    book_of(rest)
    made = rest.write.post("/cadences", {"tier": "A", "every_days": 30})
    assert made.status_code == 201
    assert (made.json()["due_days"], made.json()["active"]) == (14, True)
    assert (
        rest.write.post("/cadences", {"tier": "A", "every_days": 60}).json()["errors"][0]["code"] == "taken"
    )
    path = f"/cadences/{made.json()['id']}"
    assert rest.write.patch(path, {"every_days": 60}).json()["every_days"] == 60
    assert rest.write.delete(path).status_code == 204
    assert rest.write.post("/cadences", {"tier": "A", "every_days": 90}).status_code == 201
    assert rest.write.post(f"{path}/restore").status_code in (400, 409, 422)


def test_rating_in_a_round_comes_back_to_the_queue(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        round = open_round(world, timezone.now())
    here = f"/t/northwind/rate?show=asked&round={round.pk}"
    answer = save(world, world.dana, headers={}, strength="okay", sentiment="positive", next=here)
    assert answer["Location"] == f"{here}#p-{world.dana.pk}"
    assert b"1 person to rate in a round" in browser(world.alice).get(here).content
