"""The writes of the second floor: observations, scores, snapshots."""

from __future__ import annotations

import copy
import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Activity, Outbox, PeriodicRun
from health import formulas, selectors, services
from health.models import DirtyMark, Observation, Score, ScoreSnapshot
from health.services import scoring
from tests.health.builders import (
    DAY,
    close,
    escalate,
    flags_of,
    heard,
    leave,
    make_account,
    make_persona,
    measure,
    rate,
    set_fact,
    set_persona_fact,
)
from tests.plans import most_loops


def score_of(account: Account, at: dt.datetime) -> dict:
    services.rescore(account_ids=[account.pk], at=at)
    return selectors.health(account.pk)


def test_larkspur_is_the_model_s_through_the_database(larkspur, now):
    health = score_of(larkspur.account, now)
    assert (health["score"], health["evidence"]) == (close(59.203186), close(0.781574))
    assert (health["band"], health["quadrant"]) == ("watch", "engaged")
    assert health["behavioural"] == {"score": close(53.521113), "evidence": close(0.931207)}
    assert health["emotional"] == {"score": close(65.927241), "evidence": close(0.631941)}
    assert {row["key"]: row["contribution"] for row in health["measures"]} == {
        "frequency": close(2.750377), "effectiveness": close(0), "breadth": close(0), "trend": close(-0.841952),
        "relationship": close(1.865464), "sentiment": close(1.403253), "nps": close(1.500188),
        "csat": close(2.525856), "ces": 0, "goodwill": 0,
    }  # fmt: skip


def test_larkspur_s_measures_split_down_to_the_person(larkspur, now):
    rows = {row["key"]: row for row in score_of(larkspur.account, now)["measures"]}
    by_person = {row["persona"]: row["contribution"] for row in rows["relationship"]["personas"]}
    assert by_person == {
        str(larkspur.dana.pk): close(1.871004), str(larkspur.eli.pk): close(-0.551250),
        str(larkspur.farid.pk): close(0.233876), str(larkspur.gita.pk): close(0.311834),
    }  # fmt: skip
    assert (rows["frequency"]["raw"], rows["frequency"]["value"]) == (0.42, close(64))
    assert (rows["ces"]["value"], rows["ces"]["evidence"]) == (None, 0)
    assert rows["nps"]["answered"] == {"k": 1, "n": 5}


def test_larkspur_s_coverage_is_the_model_s(larkspur, now):
    services.rescore(account_ids=[larkspur.account.pk], at=now)
    cover = selectors.coverage(larkspur.account.pk)
    assert (cover["coverage"], cover["headcount"]) == (close(50.078964), close(40))
    assert (cover["role_coverage"], cover["threads"]) == (close(33.333333), 2)
    assert (cover["effective_threads"], cover["top_share"]) == (close(2.798073), close(0.532492))
    assert (cover["if_top_leaves"], cover["top_persona"]) == (close(23.412298), str(larkspur.dana.pk))
    assert not cover["single_threaded"]
    assert sorted(cover["missing_roles"]) == ["economic_buyer", "technical_owner"]


@pytest.mark.parametrize(("name", "score"), [("dana", 49.523215), ("eli", 57.488222)])
def test_a_leaver_leaves_a_vacant_seat(larkspur, now, name, score):
    leave(getattr(larkspur, name), at=now - dt.timedelta(hours=1))
    health = score_of(larkspur.account, now)
    assert health["score"] == close(score)
    assert ("champion_left" if name == "dana" else "buyer_left") in flags_of(health)


def test_asking_for_the_stored_moment_gives_the_stored_score(larkspur, now):
    stored = score_of(larkspur.account, now)
    assert selectors.health(larkspur.account.pk, at=stored["at"]) == stored
    services.rescore(account_ids=[larkspur.account.pk], at=now + DAY)
    assert selectors.health(larkspur.account.pk, at=now) == stored


def test_what_is_recorded_later_does_not_change_an_earlier_moment(larkspur, now):
    before = selectors.health(larkspur.account.pk, at=now)
    services.observe(
        observations=[
            services.NewObservation(
                account_id=larkspur.account.pk, measure="frequency", value=0.1, observed_at=now, source="test"
            )
        ],
        at=now + dt.timedelta(minutes=5),
    )
    assert selectors.health(larkspur.account.pk, at=now) == before
    later = selectors.health(larkspur.account.pk, at=now + dt.timedelta(minutes=5))
    assert later["score"] < before["score"] - 5


def test_a_withdrawn_observation_is_skipped_from_then_on(acme, now):
    before = score_of(acme, now)["score"]
    persona = acme.personas.get()
    ids = rate(persona, at=now + DAY, by=acme.owner_id, strength="none", mood="negative")
    rated = score_of(acme, now + DAY)["score"]
    services.withdraw_observations(
        observation_ids=ids, account_ids=[acme.pk], author_id=acme.owner_id, at=now + 2 * DAY
    )
    assert rated < before
    assert selectors.health(acme.pk, at=now + 2 * DAY)["score"] == close(before)
    assert selectors.health(acme.pk, at=now + DAY)["score"] == close(rated)


def test_an_observation_without_a_value_clears(acme, now):
    measure(acme, "effectiveness", 1.0, at=now - DAY)
    measure(acme, "effectiveness", None, at=now)
    row = {row["key"]: row for row in score_of(acme, now)["measures"]}["effectiveness"]
    assert (row["value"], row["evidence"]) == (None, 0)


def test_the_owner_s_rating_speaks_before_a_newer_one_by_another(northwind, acme, now):
    mine = score_of(acme, now)["score"]
    rate(acme.personas.get(), at=now, by=northwind.lena.member_id, strength="none", mood="negative")
    assert score_of(acme, now)["score"] == close(mine)


def test_after_a_handover_the_newest_rating_by_anyone_speaks_and_is_inherited(northwind, acme, now):
    set_fact(acme, "owner", str(northwind.lena.member_id), at=now)
    services.rescore(account_ids=[acme.pk], at=now)
    person = selectors.coverage(acme.pk)["people"][0]
    assert (person["strength"], person["inherited"]) == ("very_good", True)
    assert person["rated_by"] == str(northwind.alice.member_id)


def test_a_persona_that_moved_counts_at_each_account_in_its_time(northwind, acme, now):
    other = make_account(at=now - 50 * DAY, name="Other")
    persona = acme.personas.get()
    set_persona_fact(persona, "account", str(other.pk), at=now - DAY)
    assert selectors.coverage(acme.pk, at=now)["headcount"] is None
    assert selectors.coverage(other.pk, at=now)["headcount"] == 0
    assert selectors.coverage(acme.pk, at=now - 2 * DAY)["headcount"] == 100


def test_an_untracked_or_deleted_persona_does_not_count(northwind, acme, now):
    make_persona(acme, "end_user", at=now - DAY, tracked=False)
    gone = make_persona(acme, "power_user", at=now - DAY)
    gone.deleted_at = now
    gone.save()
    assert [row["role"] for row in selectors.coverage(acme.pk, at=now)["people"]] == ["champion"]


def test_flags_cap_the_band_and_never_the_score(northwind, acme, now):
    for key, value in (("frequency", 0.6), ("effectiveness", 1), ("breadth", 0.7), ("trend", 0.15)):
        measure(acme, key, value, at=now - DAY)
    well = score_of(acme, now)
    escalate(acme, at=now)
    capped = score_of(acme, now)
    assert (well["band"], well["band_computed"]) == ("healthy", "healthy")
    assert (capped["band"], capped["band_computed"]) == ("watch", "healthy")
    assert capped["score"] == close(well["score"])
    assert flags_of(capped) == {"critical_escalation"}
    assert capped["flags"][0]["since"] == "2026-11-02T12:00:00Z"


def test_a_renewal_without_anyone_covered_puts_the_account_at_risk(northwind, now):
    account = make_account(at=now - DAY, renewal_on=(now + 30 * DAY).date())
    make_persona(account, "champion", at=now - DAY)
    for key in ("frequency", "effectiveness", "breadth", "trend"):
        measure(account, key, 1.0, at=now)
    health = score_of(account, now)
    assert (health["band"], flags_of(health)) == ("at_risk", {"renewal_uncovered", "unrated"})


def test_an_account_with_nothing_reads_fifty_and_unknown(northwind, now):
    health = score_of(make_account(at=now), now)
    assert (health["score"], health["evidence"], health["band"]) == (50, 0, "unknown")
    assert flags_of(health) == {"no_personas", "unrated"}


def test_a_rescore_takes_the_same_number_of_queries_for_one_and_for_three(northwind, now):
    accounts = [make_account(at=now - 30 * DAY, name=f"A{n}", seats=3) for n in range(4)]
    for account in accounts:
        rate(make_persona(account, "champion", at=now - 30 * DAY), at=now, by=None, strength="okay")
        heard(account, now - DAY)
    counts = []
    for ids in ([accounts[0].pk], [account.pk for account in accounts[1:]]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            services.rescore(account_ids=ids, at=now)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_a_rescore_never_goes_back_in_time(acme, now):
    services.rescore(account_ids=[acme.pk], at=now + DAY)
    services.rescore(account_ids=[acme.pk], at=now)
    assert selectors.health(acme.pk)["at"] == now + DAY


def test_change_7d_is_the_score_less_the_score_known_a_week_before(larkspur, now):
    services.rescore(account_ids=[larkspur.account.pk], at=now)
    week_ago = selectors.health(larkspur.account.pk, at=now - 7 * DAY)["score"]
    short = selectors.short_scores(account_ids=[larkspur.account.pk])[larkspur.account.pk]
    assert short["change_7d"] == pytest.approx(short["score"] - week_ago, abs=1e-9)
    change = selectors.score_change(larkspur.account.pk, now - 7 * DAY, now)
    stored = Score.objects.get(account=larkspur.account)
    assert stored.causes == change["causes"]
    assert short["reason"]


def test_an_account_unknown_a_week_ago_has_no_change(northwind, now):
    account = make_account(at=now - DAY)
    services.rescore(account_ids=[account.pk], at=now)
    assert selectors.short_scores(account_ids=[account.pk])[account.pk]["change_7d"] is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"measure": "Not a key"}, "/0/measure"),
        ({"value": float("nan")}, "/0/value"),
        ({"observed_at": dt.datetime(2027, 1, 1, tzinfo=dt.UTC)}, "/0/observed_at"),
        ({"observed_at": dt.datetime(1999, 1, 1, tzinfo=dt.UTC)}, "/0/observed_at"),
        ({"facet": "brand"}, "/0/facet"),
        ({"measure": "relationship"}, "/0/persona"),
    ],
)
def test_a_bad_observation_is_refused_by_field_and_nothing_is_written(acme, now, fields, pointer):
    before = Observation.objects.count()
    good = {
        "account_id": acme.pk,
        "measure": "effectiveness",
        "value": 1.0,
        "observed_at": now,
        "source": "test",
    }
    with pytest.raises(services.BadObservation) as caught:
        services.observe(observations=[services.NewObservation(**(good | fields))], at=now)
    assert pointer in [error["pointer"] for error in caught.value.errors]
    assert Observation.objects.count() == before


def test_an_observation_of_another_tenant_s_account_is_refused(cast, northwind, now):
    stranger = services.NewObservation(
        account_id=Account().pk, measure="effectiveness", value=1.0, observed_at=now, source="test"
    )
    with pytest.raises(services.UnknownAccount):
        services.observe(observations=[stranger], at=now)


def test_dirty_accounts_are_drained_once(acme, now):
    DirtyMark.objects.all().delete()
    services.mark_dirty(account_ids=[acme.pk], at=now)
    services.mark_dirty(account_ids=[acme.pk], at=now)
    assert services.drain_dirty(at=now) == 1
    assert services.drain_dirty(at=now) == 0
    assert selectors.health(acme.pk)["at"] == now


@pytest.mark.parametrize(
    "sql", [scoring.TAKE, scoring.FORGET + scoring.STORED], ids=["drained", "scored inline"]
)
def test_marks_are_chosen_once_however_many_wait(sql, northwind, now):
    """Also where a burst has just filled the table, and PostgreSQL has not counted it yet."""
    ids = [uuid4() for _ in range(300)]
    services.mark_dirty(account_ids=ids, at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off"
        )
    asked = {"tenant": northwind.northwind.pk, "limit": 9, "accounts": ids[:9], "negative": []}
    assert most_loops(sql, asked) <= 9
    assert DirtyMark.objects.count() == 291


def test_scoring_inline_removes_the_marks_it_serves(acme, now):
    services.rescore(account_ids=[acme.pk], at=now)
    assert not DirtyMark.objects.filter(account_id=acme.pk).exists()


def test_activity_of_the_floor_below_marks_its_accounts_dirty(northwind, acme, now):
    DirtyMark.objects.all().delete()
    Activity.objects.create(verb="persona.updated", object_type="persona", account_id=acme.pk, at=now)
    other = make_account(at=now, name="Other")
    Activity.objects.create(verb="note.created", object_type="note", account_id=other.pk, at=now)
    services.follow_activity(ref={"xact": Activity.objects.first().xact}, at=now)
    assert set(DirtyMark.objects.values_list("account_id", flat=True)) == {acme.pk}


def test_a_snapshot_is_taken_for_every_midnight_of_the_tenant_and_once(northwind, acme, now):
    assert services.take_snapshots(account_ids=None, at=now) == 100
    assert services.take_snapshots(account_ids=None, at=now) == 0
    history = selectors.score_history(acme.pk, now - 3 * DAY, now)
    assert [row["at"].isoformat() for row in history] == [
        f"2026-1{day}T00:00:00+00:00" for day in ("0-31", "1-01", "1-02")
    ]
    midnight = history[-1]["at"]
    assert selectors.health(acme.pk, at=midnight)["score"] == history[-1]["score"]


def test_many_nights_at_once_are_the_nights_one_by_one(larkspur, now):
    services.take_snapshots(account_ids=None, at=now)
    together = list(ScoreSnapshot.objects.order_by("at").values_list("at", "score", "band", "quadrant"))
    ScoreSnapshot.objects.all().delete()
    for ago in range(210, -1, -1):
        services.take_snapshots(account_ids=None, at=now - ago * DAY)
    assert (
        list(ScoreSnapshot.objects.order_by("at").values_list("at", "score", "band", "quadrant")) == together
    )


def full(account: Account, score: float, at: dt.datetime) -> None:
    """Make an account score exactly this, from its one measure."""
    measure(account, "effectiveness", score / 100, at=at)


def test_bands_remember_the_last_snapshot(northwind, now):
    body = copy.deepcopy(formulas.default_scorecard())
    for row in body["measures"]:
        row["on"] = row["key"] == "effectiveness"
    account = make_account(at=now - 30 * DAY)
    champion = make_persona(account, "champion", at=now - 30 * DAY)
    rate(champion, at=now - 30 * DAY, by=None, strength="very_good", mood="positive")
    services.publish_scorecard(body=body, note="", actor=None, at=now - 30 * DAY)
    levels = [71, 69, 66, 68, 72, 73, 41, 38, 36, 42, 44, 90]
    for night, level in enumerate(levels):
        full(account, level, now - (14 - night) * DAY)
    services.take_snapshots(account_ids=None, at=now)
    bands = [row["band"][0] for row in selectors.score_history(account.pk, now - 14 * DAY, now - 2 * DAY)]
    assert "".join(bands).replace("a", "r") == "hhwwwhwwrrwh"


def test_the_night_is_left_to_the_workers_once(northwind, acme, now):
    assert services.begin_night(at=now)
    assert not services.begin_night(at=now + dt.timedelta(hours=1))
    left = Outbox.objects.get(kind="take_snapshots")
    services.take_due_snapshots(ref=left.ref, at=now)
    assert PeriodicRun.objects.get(job="snapshots").done_at == now
    assert ScoreSnapshot.objects.filter(account_id=acme.pk).count() == 100
    assert services.begin_night(at=now + DAY)
