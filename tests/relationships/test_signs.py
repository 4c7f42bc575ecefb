"""What was seen of a person beside what is said of them: signs, confidence, evidence, and where the two differ."""

import datetime as dt
import re
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Activity, Touch
from accounts.scope import tenant_scope
from health.models import Observation
from journeys import services as journeys
from relationships import formulas, selectors, services
from relationships.models import Rating, Sign
from relationships.services import NewRating
from tests.relationships.conftest import make_account, make_persona
from tests.relationships.test_views import browser, save, world

__all__ = ["world"]

DAY = dt.timedelta(days=1)
WORSE = ("short_answers", "camera_off", "asks_ahead")


def rate(book, persona, *, actor=None, at, **fields):
    new = NewRating(persona_id=persona.pk, **fields)
    return services.record_rating(rating=new, actor=actor or book.alice, at=at).rating


def positive(book, persona, at):
    facets = {f"sentiment_{facet}": "positive" for facet in ("brand", "product", "service")}
    return rate(book, persona, at=at, strength="okay", **facets)


def person(book, persona, at):
    rows = selectors.rated_people(tenant=book.northwind, at=at, account_ids=[persona.account_id])
    return next(row for row in rows if row.id == persona.pk)


@pytest.mark.parametrize(
    ("leans", "word"),
    [
        ([], None),
        (["negative", "positive", "negative"], "negative"),
        (["negative", "positive"], "neutral"),
        (["neutral"], "neutral"),
        (["positive", "neutral"], "positive"),
    ],
)
def test_observed_is_where_most_of_the_signs_lean(leans, word):
    assert formulas.observed_sentiment(leans) == word


def test_signs_are_kept_with_what_they_leaned_to_and_never_reach_the_score(book, now):
    rating = rate(book, book.dana, at=now, signs=WORSE, confidence="low")
    assert (rating.observed, rating.signs, rating.confidence) == ("negative", list(WORSE), "low")
    assert rating.observation_ids == []
    assert not Observation.objects.exists()
    row = person(book, book.dana, now)
    assert (row.observed, row.confidence, row.rated, row.due) == ("negative", "low", False, True)
    assert row.signs == ["Answers get shorter", "Keeps the camera off", "Asks what comes next"]
    line = Activity.objects.get(verb="rating.recorded")
    assert (line.data["observed"], line.data["signs"]) == ("negative", list(WORSE))


def test_a_sign_that_changes_its_leaning_leaves_what_was_observed_as_it_was(book, now):
    rating = rate(book, book.dana, at=now, signs=["camera_off"])
    accounts.save_term(services.SIGNS, key="camera_off", values={"leans": "neutral"}, actor=book.adam, at=now)
    assert Rating.objects.get(pk=rating.pk).observed == "negative"
    assert rate(book, book.dana, at=now, signs=["camera_off"]).observed == "neutral"


def test_who_shows_another_mood_than_is_said_is_flagged_and_goes_first(book, now):
    positive(book, book.dana, now - 2 * DAY)
    assert not person(book, book.dana, now).diverges
    rate(book, book.dana, at=now - DAY, signs=WORSE)
    row = person(book, book.dana, now)
    assert (row.overall, row.observed, row.gap, row.attention) == ("positive", "negative", -2, 2)
    assert [one.name for one in selectors.diverging_people(tenant=book.northwind, at=now)] == ["Dana"]
    later = now + 40 * DAY
    due = selectors.my_ratings(actor=book.alice, at=later, first=5, diverging=8)
    assert [row.name for row in due.first] == ["Dana", "Eli"]
    assert not person(book, book.dana, now + 121 * DAY).diverges  # old signs say nothing of today


def test_signs_taken_back_are_not_seen_any_more(book, now):
    rating = rate(book, book.dana, at=now, signs=WORSE)
    services.withdraw_rating(rating_id=rating.pk, actor=book.alice, at=now)
    assert person(book, book.dana, now).observed is None


def test_a_rating_links_to_where_it_shows(book, now):
    (saved,) = accounts.save_touches(
        items=[accounts.Item(values={"account_id": book.larkspur.pk, "kind": "call", "at": now})],
        mode=accounts.Mode.CREATE, actor=book.alice, at=now,
    )  # fmt: skip
    links = [{"url": "https://mail.example/1"}, {"touch": str(saved.id)}]
    assert rate(book, book.dana, at=now, strength="okay", evidence=links).evidence == links


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"signs": ["sulks"]}, "signs", "unknown_sign"),
        ({"strength": "okay", "confidence": "very"}, "confidence", "invalid_choice"),
        ({"confidence": "high"}, "strength", "required"),
        ({"strength": "okay", "evidence": [{"url": "javascript:alert(1)"}]}, "evidence", "invalid"),
        ({"strength": "okay", "evidence": [{"url": "https://[x"}]}, "evidence", "invalid"),
        ({"strength": "okay", "evidence": [{"touch": str(uuid.uuid4())}]}, "evidence", "invalid"),
        ({"strength": "okay", "evidence": [{"touch": "nonsense"}]}, "evidence", "invalid"),
        (
            {"strength": "okay", "evidence": [{"url": "https://a.b", "case": str(uuid.uuid4())}]},
            "evidence",
            "invalid",
        ),
        ({"strength": "okay", "evidence": [{"url": "https://a.b"}] * 11}, "evidence", "invalid"),
    ],
)
def test_what_was_seen_is_refused_by_field(book, now, wrong, field, code):
    with pytest.raises(services.RatingRefused) as refusal:
        rate(book, book.dana, at=now, **wrong)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Rating.objects.exists()


def test_a_touch_of_another_account_is_no_evidence_here(book, now):
    touch = Touch.objects.create(account=book.plover, kind="call", at=now, created_at=now, updated_at=now)
    with pytest.raises(services.BadEvidence):
        rate(book, book.dana, at=now, strength="okay", evidence=[{"touch": str(touch.pk)}])


def test_erasing_a_person_reaches_the_links_of_their_ratings(book, now):
    rating = rate(book, book.dana, at=now, strength="okay", evidence=[{"url": "https://wiki.example/dana"}])
    accounts.erase_persona(id=book.dana.pk, actor=book.adam, at=now)
    assert Rating.objects.get(pk=rating.pk).evidence == []


def test_a_mood_that_contradicts_what_is_said_makes_a_step_of_its_own(book, now):
    positive(book, book.dana, now)
    wanted = {"account_id": book.larkspur.pk, "cause": "person:diverged", "persona_id": book.dana.pk}
    with pytest.raises(journeys.NothingPrescribed):
        journeys.accept_prescription(**wanted, actor=book.alice, at=now)
    rate(book, book.dana, at=now, signs=WORSE)
    step, made = journeys.accept_prescription(**wanted, actor=book.alice, at=now)
    assert (step.persona_id, step.cause, made) == (book.dana.pk, "person:diverged", True)
    assert journeys.accept_prescription(**wanted, actor=book.alice, at=now) == (step, False)


def test_rest_takes_signs_confidence_and_evidence(rest, cast):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    rest.write.post("/personas", body)
    rating = {
        "persona_external_id": "dana", "sentiment": "positive", "signs": ["camera_off"], "confidence": "medium",
        "evidence": [{"url": "https://mail.example/1"}], "external_id": "r1",
    }  # fmt: skip
    made = rest.write.post("/ratings", rating)
    assert made.status_code == 201
    read = made.json()
    assert (read["observed"], read["signs"], read["confidence"]) == ("negative", ["camera_off"], "medium")
    assert read["evidence"] == [{"url": "https://mail.example/1", "touch": None, "case": None}]
    assert rest.write.post("/ratings/bulk", {"items": [rating]}).json()["summary"]["unchanged"] == 1
    other = {**rating, "signs": ["lost_patience"]}
    assert rest.write.post("/ratings", other).status_code == 409
    persona = rest.read.get("/personas").json()["results"][0]["rating"]
    assert (persona["observed"], persona["signs"], persona["diverges"]) == (
        "negative",
        ["Keeps the camera off"],
        True,
    )
    wrong = rest.write.post("/ratings", {"persona_external_id": "dana", "signs": ["sulks"]}).json()
    assert [(one["pointer"], one["code"]) for one in wrong["errors"]] == [("/signs", "unknown_sign")]


def test_signs_are_listed_added_and_switched_off_over_rest(rest, cast):
    assert rest.read.get("/signs").json()["results"][0]["key"] == "short_answers"
    made = rest.admin.post("/signs", {"key": "sulks", "label": "Sulks", "leans": "negative"})
    assert made.status_code == 201
    assert rest.admin.patch(f"/signs/{made.json()['id']}", {"active": False}).json()["active"] is False
    assert rest.admin.post("/signs", {"key": "x", "label": "X"}).json()["errors"][0]["pointer"] == "/leans"
    assert rest.write.post("/signs", {"key": "y", "label": "Y", "leans": "neutral"}).status_code == 403


def test_the_page_of_what_was_seen_saves_it_as_a_rating(world):
    page = browser(world.alice).get(f"/t/northwind/rate/{world.dana.pk}/seen").content.decode()
    assert "What do you see in Dana?" in page
    assert page.count('name="signs"') == 15
    answer = save(
        world,
        world.dana,
        signs=["camera_off", "slow_replies"],
        confidence="high",
        links="https://a.example/x\n",
    )
    assert "Keeps the camera off" in answer.content.decode()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        rating = Rating.objects.get()
        assert (rating.observed, rating.confidence, rating.evidence) == (
            "negative",
            "high",
            [{"url": "https://a.example/x"}],
        )
    save(world, world.dana, again="okay|positive||neutral", confidence="low")
    with tenant_scope(world.northwind.pk), transaction.atomic():
        rating = Rating.objects.latest("recorded_at")
        assert (rating.strength, rating.sentiment_brand, rating.sentiment_product) == (
            "okay",
            "positive",
            None,
        )


def test_what_stands_at_negative_is_said_again_for_the_reason_that_stands(world):
    save(world, world.dana, strength="weak", sentiment="negative", driver="support")
    page = browser(world.alice).get(f"/t/northwind/rate/{world.dana.pk}/seen").content.decode()
    again = re.search(r'name="again" value="([^"]+)"', page).group(1)
    answer = save(world, world.dana, again=again, signs=["camera_off"], confidence="high")
    assert answer.status_code == 200
    with tenant_scope(world.northwind.pk), transaction.atomic():
        rating = Rating.objects.latest("recorded_at")
        assert (rating.sentiment_product, rating.driver) == ("negative", "support")
        assert (rating.signs, rating.confidence) == (["camera_off"], "high")


def test_what_is_said_again_but_does_not_stand_needs_its_reason(world):
    save(world, world.dana, sentiment="neutral", driver="support")
    assert save(world, world.dana, again="|negative|negative|negative").status_code == 422


def test_what_was_seen_and_refused_is_shown_again_with_why_and_a_driver_to_choose(world):
    entered = {
        "signs": ["camera_off"],
        "confidence": "low",
        "links": "https://a.example/x",
        "again": "|negative||",
        "next": f"/t/northwind/personas/{world.dana.pk}",
    }
    save(world, world.dana, strength="okay")
    answer = save(world, world.dana, headers={}, **entered)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "What do you see in Dana?" in page
    assert "A negative sentiment needs a driver" in page
    assert 'name="signs" value="camera_off" checked' in page
    assert 'name="confidence" value="low" checked' in page
    assert 'name="again" value="okay|||" checked' in page
    assert "https://a.example/x</textarea>" in page
    assert '<option value="support">' in page
    assert f'name="next" value="/t/northwind/personas/{world.dana.pk}"' in page


def test_the_page_is_read_only_elsewhere_and_nowhere_for_a_neighbour(world):
    farid = f"/t/northwind/rate/{world.farid.pk}/seen"
    assert b'name="signs"' not in browser(world.alice).get(farid).content
    assert browser(world.charlie).get(f"/t/globex/rate/{world.farid.pk}/seen").status_code == 404
    assert browser(world.alice).get(f"/t/northwind/rate/{uuid.uuid4()}/seen").status_code == 404


def test_an_admin_edits_the_list_of_signs(world):
    adam = browser(world.adam)
    adam.post("/t/northwind/settings/signs", {"label": "Sulks", "leans": "negative"})
    with tenant_scope(world.northwind.pk), transaction.atomic():
        sign = Sign.objects.get(key="sulks")
    adam.post(f"/t/northwind/settings/signs/{sign.pk}", {"active": ""})
    assert b"Sulks" in adam.get("/t/northwind/settings/signs").content
    assert (
        browser(world.lena)
        .post("/t/northwind/settings/signs", {"label": "No", "leans": "neutral"})
        .status_code
        == 403
    )
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Sign.objects.get(pk=sign.pk).active
        assert not Sign.objects.filter(key="no").exists()


def test_today_and_the_person_say_that_the_mood_differs(world):
    at = timezone.now()
    with tenant_scope(world.northwind.pk), transaction.atomic():
        positive(world, world.dana, at)
        rate(world, world.dana, at=at, signs=WORSE)
    alice = browser(world.alice)
    assert b"Say one thing, show another" in alice.get("/t/northwind/").content
    page = alice.get(f"/t/northwind/personas/{world.dana.pk}").content.decode()
    assert "Said to be positive, seen negative." in page
    answer = alice.post(
        f"/t/northwind/accounts/{world.larkspur.pk}/accept",
        {"cause": "person:diverged", "persona": world.dana.pk},
    )
    assert answer.status_code == 302
    assert b"Shows another mood" in alice.get("/t/northwind/rate").content


def test_a_person_seen_at_a_lost_account_is_nobodys_business(book, now):
    lost = make_account("Lost", owner=book.alice, at=now, status="churned")
    gone = make_persona(lost, "Gone", at=now)
    positive(book, gone, now)
    rate(book, gone, at=now, signs=WORSE)
    assert selectors.diverging_people(tenant=book.northwind, at=now) == []
