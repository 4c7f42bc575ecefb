"""The brief before a call: on one page what has to be known of who will be there."""

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as date_format

from accounts import services as accounts
from accounts.scope import reader_scope, tenant_scope
from csplatform.selectors.brief import brief
from feedback import services as feedback
from health.models import Score, ScoreSnapshot
from relationships import services as relationships
from relationships.models import Driver
from tests.csplatform.conftest import DAY, rate, save_case, save_one, save_person, save_touch
from tests.relationships.test_blind import NOTE, make_seen


def prepare(world, person):
    for key, value in (("wiifm", "A quiet night"), ("circumstances", "Moving"), ("frustrations", "Exports")):
        accounts.save_fact(
            persona_id=person.pk, key=key, value=value, basis="told_us", actor=world.alice, at=world.now
        )
    promise = {"account": world.larkspur.pk, "persona": person.pk, "title": "Send the figures"}
    save_one(accounts.save_promises, promise, at=world.now)
    moment = {
        "persona": person.pk, "happened_at": world.now - 30 * DAY, "valence": -2, "intensity": 3,
        "what": "The outage",
    }  # fmt: skip
    save_one(relationships.save_moments, moment, at=world.now)
    save_touch(world.larkspur, at=world.now - DAY, people={person: {"feeling": "Wary"}}, summary="Budget")
    save_case(world.larkspur, at=world.now - DAY, persona=person.pk, subject="Import fails")


def path(world, query=""):
    return f"/accounts/{world.larkspur.pk}/brief{query}"


def test_the_brief_says_who_what_they_expect_fear_remember_and_were_promised(world, scope):
    with scope(), transaction.atomic():
        prepare(world, world.dana)
    page = world.visit.vera.get(path(world, f"?persona={world.dana.pk}"))
    text = page.content.decode()
    for said in (
        "A quiet night",
        "Moving",
        "Exports",
        "Import fails",
        "Send the figures",
        "The outage",
        "Wary",
        "Budget",
    ):
        assert said in text, said
    assert [one.person.name for one, _promised in page.context["people"]] == ["Dana"]
    (one,) = [one for one, _promised in page.context["people"]]
    assert one.emotion[0] == "Wary"
    everybody = world.visit.vera.get(path(world)).context["people"]
    assert [one.person.name for one, _promised in everybody] == ["Eli", "Dana"]


def test_the_account_and_the_form_after_a_call_lead_to_the_brief(world):
    address = f"/t/northwind{path(world)}"
    assert address in world.visit.vera.get(f"/accounts/{world.larkspur.pk}").content.decode()
    assert address in world.visit.alice.get(f"/accounts/{world.larkspur.pk}/call").content.decode()


def test_what_they_decided_stands_beside_how_they_felt_on_that_day(world, scope):
    night = world.now.replace(hour=0, minute=0, second=0, microsecond=0) - 10 * DAY
    with scope(), transaction.atomic():
        Score.objects.update(emotional=66, sides={"emotional": "high"})
        felt = {"account_id": world.larkspur.pk, "score": 50, "evidence": 1, "behavioural": 50, "threads": 1}
        sure = {"behavioural_evidence": 1, "emotional_evidence": 1, "scorecard_version": 1}
        for at, emotional, side in ((night - DAY, 31.4, "low"), (night - 40 * DAY, 12, None)):
            ScoreSnapshot.objects.create(
                at=at, emotional=emotional, sides={"emotional": side}, band="watch", band_computed="watch",
                quadrant="unplaced", **felt, **sure,
            )  # fmt: skip
        for kind, day in (("downsold", night), ("renewed", night - 39 * DAY)):
            decided = {
                "account": world.larkspur.pk,
                "kind": kind,
                "happened_on": day.date(),
                "reason": "Budget",
            }
            save_one(accounts.save_outcomes, decided, at=world.now)
    page = world.visit.vera.get(path(world))
    decided = [(one.outcome.kind, one.emotion) for one in page.context["brief"].decided]
    assert decided == [("downsold", 31.4), ("renewed", None)]
    assert "felt 31 of 100 then" in page.content.decode()
    assert page.context["brief"].emotion == 66


def worries(world, actor):
    """What the brief says of Dana's worries to this member."""
    with tenant_scope(world.northwind.pk), transaction.atomic(), reader_scope(actor.membership.reader):
        found = brief(account_id=world.larkspur.pk, chosen=[world.dana.pk], actor=actor, at=timezone.now())
        return found.people[0].worries


def test_worries_tell_why_somebody_is_negative_and_what_they_answered_badly(world, scope):
    now = timezone.now()
    day, week = (date_format(now - n * DAY, "M j, Y") for n in (1, 7))
    with scope(), transaction.atomic():
        twin = save_person(world.larkspur, "Dana B.", at=now - 90 * DAY)
        rate(world.dana, world.alice, at=now - 9 * DAY, strength="okay", mood="positive", note="Happy then")
        rating = relationships.NewRating(
            persona_id=twin.pk, sentiment_product="negative", driver="usability", note="Two failed imports"
        )
        relationships.record_rating(rating=rating, actor=world.alice, at=now - DAY)
        for kind, answer, when, why in (
            ("nps", 3, 7, "Nobody calls back"), ("ces", 2, 8, "I explain it anew each time"), ("ces", 6, 7, "Better"),
        ):  # fmt: skip
            said = feedback.NewResponse(
                kind=kind, answer=answer, account_id=world.larkspur.pk, persona_id=twin.pk, why=why,
                answered_at=now - when * DAY,
            )  # fmt: skip
            feedback.record_response(response=said, actor=world.alice, at=now)
    assert worries(world, world.lena) == []
    with scope(), transaction.atomic():
        accounts.merge_personas(id=twin.pk, into=world.dana.pk, actor=world.alice, at=now)
        usability = relationships.ensure_drivers() and Driver.objects.get(key="usability").label
    told = [
        f"Product rated negative, {day}: {usability}: Two failed imports",
        f"NPS 3, {week}: Nobody calls back",
    ]
    assert worries(world, world.lena) == told
    page = world.visit.lena.get(path(world, f"?persona={world.dana.pk}"))
    assert all(words in page.content.decode() for words in told)
    with scope(), transaction.atomic():
        rate(world.dana, world.alice, at=now, strength="okay", mood="neutral")
    assert worries(world, world.lena) == told[1:]


@pytest.mark.django_db
def test_who_waits_for_a_blind_opinion_hears_no_worry_of_anothers_word():
    seen = make_seen()
    assert worries(seen, seen.lena) == []
    (told,) = worries(seen, seen.alice)
    assert told.startswith("Rated negative, ")
    assert NOTE in told


def test_no_contact_stands_first_and_cadence_and_the_age_of_a_rating_beside_it(world, scope):
    with scope(), transaction.atomic():
        people = [save_person(world.larkspur, name, at=world.now - 200 * DAY) for name in ("Fay", "Gus")]
        for person, age in zip(people, (130, 40), strict=True):
            rate(person, world.alice, at=world.now - age * DAY, strength="okay", mood="positive")
        for key, value in (("no_contact", "Asked us in May"), ("cadence", "30")):
            accounts.save_fact(persona_id=people[0].pk, key=key, value=value, actor=world.alice, at=world.now)
    stale, due = (
        world.visit.vera.get(path(world, f"?persona={person.pk}")).content.decode() for person in people
    )
    assert stale.index("Asked us in May") < stale.index("Worries about")
    for said in ("at most every 30 days", "Stale", date_format(world.now - 130 * DAY, "M j, Y")):
        assert said in stale, said
    assert ("Stale" in due, ">due<" in due, "No contact" in due) == (False, True, False)


@pytest.mark.parametrize("query", ["?persona=x", "?" + "&".join(["persona=" + "0" * 32] * 21)])
def test_a_wrong_choice_is_refused(world, query):
    assert world.visit.alice.get(path(world, query)).status_code == 400
    assert world.visit.charlie.get(path(world)).status_code == 404


@pytest.mark.parametrize("more", [1, 3])
def test_the_brief_costs_the_same_statements_for_one_and_many(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            person = save_person(
                world.larkspur, f"Person {n}", at=world.now - 90 * DAY, role="decision_maker"
            )
            prepare(world, person)
            happened = (world.now - n * DAY).date()
            save_one(
                accounts.save_outcomes,
                {"account": world.larkspur.pk, "kind": "renewed", "happened_on": happened},
                at=world.now,
            )
    assert world.visit.alice.statements(path(world)) == 36


def test_the_brief_and_the_org_chart_are_read_over_rest(rest, cast, now):
    account = rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"}).json()["id"]
    fact = {"key": "wiifm", "value": "A quiet night", "basis": "told_us"}
    body = {"external_id": "dana", "account_external_id": "L1", "name": "Dana", "role": "champion"}
    dana = rest.write.post(
        "/personas", {**body, "profile": [fact, {"key": "no_contact", "value": "Asked us in May"}]}
    ).json()["id"]
    boss = rest.write.post(
        "/personas", {**body, "external_id": "eli", "name": "Eli", "role": "other"}
    ).json()["id"]
    rest.write.patch(f"/personas/{dana}", {"reports_to": boss})
    rest.write.post("/promises", {"persona": dana, "account": account, "title": "Send the figures"})
    rest.write.post(
        "/outcomes", {"account": account, "kind": "renewed", "happened_on": now.date().isoformat()}
    )
    rated = {
        "persona": dana,
        "strength": "okay",
        "sentiment": "negative",
        "driver": "value",
        "note": "Too dear",
    }
    assert rest.write.post("/ratings", rated).status_code == 201
    found = rest.read.get(f"/accounts/{account}/brief?persona={dana}").json()
    (one,) = found["people"]
    assert (one["no_contact"], one["stale"], one["rated_at"] is None) == ("Asked us in May", False, False)
    assert [words.rpartition(": ")[2] for words in one["worries"]] == ["Too dear"]
    assert (one["persona"], one["expects"], one["promises"][0]["title"]) == (
        dana,
        ["A quiet night"],
        "Send the figures",
    )
    assert [(row["kind"], row["emotion"]) for row in found["decided"]] == [("renewed", None)]
    assert rest.read.get(f"/accounts/{account}/brief?persona=x").status_code == 400
    chart = rest.read.get(f"/accounts/{account}/org").json()
    checks = {check["key"]: (check["state"], check["personas"]) for check in chart["checks"]}
    assert (checks["champion"], checks["leader1"]) == (("known", [dana]), ("known", [boss]))
    assert (chart["needed"], checks["leader2"]) == (5, ("empty", []))
    assert {row["persona"]: row["reports_to"] for row in chart["people"]} == {dana: boss, boss: None}
    said = {row["persona"]: (row["strength"], row["sentiment"], row["stale"]) for row in chart["people"]}
    assert said == {dana: ("okay", "negative", False), boss: (None, None, False)}
    assert [row["rated_at"] is None for row in chart["people"] if row["persona"] == boss] == [True]
    assert rest.read.get(f"/accounts/{account}/org?on=yesterday").status_code == 400
    for path in ("brief", "org"):
        assert rest.globex.get(f"/accounts/{account}/{path}").status_code == 404
