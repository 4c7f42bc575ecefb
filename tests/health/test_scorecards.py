"""Bands set by hand, and scorecards: published, previewed, refused."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Job, Outbox
from accounts.services import NotYours
from health import formulas, selectors, services
from health.models import Override
from tests.health.builders import DAY, close


def test_an_override_shows_its_band_until_it_expires(northwind, acme, now):
    override = services.NewOverride(band="at_risk", reason="They told me.", expires_at=now + DAY)
    services.set_override(account=acme, override=override, actor=northwind.alice, at=now)
    health = selectors.health(acme.pk)
    assert (health["band"], health["override"]["reason"]) == ("at_risk", "They told me.")
    assert health["band_computed"] != "at_risk"
    after = Outbox.objects.get(kind="rescore_accounts")
    assert after.available_at == now + DAY
    services.rescore_accounts(ref=after.ref, at=now + DAY)
    health = selectors.health(acme.pk)
    assert (health["band"], health["override"]) == (health["band_computed"], None)
    assert selectors.health(acme.pk, at=now + DAY / 2)["band"] == "at_risk"


def test_an_override_can_be_taken_away(northwind, acme, now):
    override = services.NewOverride(band="at_risk", reason="They told me.", expires_at=now + DAY)
    services.set_override(account=acme, override=override, actor=northwind.alice, at=now)
    later = now + dt.timedelta(hours=1)
    assert services.clear_override(account=acme, actor=northwind.alice, at=later)
    assert selectors.health(acme.pk)["override"] is None
    assert not services.clear_override(account=acme, actor=northwind.alice, at=later)


@pytest.mark.parametrize("fields", [{"band": "green"}, {"reason": " "}, {"expires_at": "past"}])
def test_a_bad_override_is_refused_and_nothing_is_written(northwind, acme, now, fields):
    good = {"band": "watch", "reason": "Because.", "expires_at": now + DAY}
    wanted = good | ({"expires_at": now} if fields.get("expires_at") else fields)
    with pytest.raises(services.BadOverride):
        services.set_override(
            account=acme, override=services.NewOverride(**wanted), actor=northwind.alice, at=now
        )
    assert not Override.objects.exists()


def test_a_viewer_sets_no_override(northwind, acme, now):
    override = services.NewOverride(band="watch", reason="Because.", expires_at=now + DAY)
    with pytest.raises(NotYours):
        services.set_override(account=acme, override=override, actor=northwind.vera, at=now)
    assert not Override.objects.exists()


def without_usage() -> dict:
    body = formulas.default_scorecard()
    for row in body["measures"]:
        row["on"] = row["axis"] == "emotional"
    return body


def test_a_published_scorecard_is_a_new_version_and_scores_the_book(northwind, larkspur, now):
    services.rescore(account_ids=[larkspur.account.pk], at=now)
    version, job = services.publish_scorecard(
        body=without_usage(), note="No usage", actor=northwind.adam, at=now + DAY
    )
    assert (version.version, selectors.current_scorecard().version) == (2, 2)
    assert not services.rescore_book(job=job, at=now + DAY)
    assert job.done == job.total == 1
    health = selectors.health(larkspur.account.pk)
    assert health["scorecard_version"] == 2
    assert {row["axis"] for row in health["measures"]} == {"emotional"}
    assert selectors.health(larkspur.account.pk, at=now)["score"] == close(59.203186)


def test_a_change_between_two_scorecards_still_sums_exactly(northwind, larkspur, now):
    services.publish_scorecard(body=without_usage(), note="", actor=northwind.adam, at=now)
    change = selectors.score_change(larkspur.account.pk, now - DAY, now)
    parts = [cause["value_part"] + cause["evidence_part"] for cause in change["causes"]]
    assert sum(parts) == pytest.approx(change["delta"], abs=1e-9)
    assert abs(change["delta"]) > 1


def test_a_preview_says_who_changes_band_and_publishes_nothing(northwind, larkspur, now):
    body = formulas.default_scorecard()
    body["bands"]["healthy_from"] = 55
    found, job = services.preview_scorecard(body=body, actor=northwind.adam, at=now)
    assert job is None
    assert found["accounts"] == 1
    assert [(row["band_before"], row["band_after"]) for row in found["changes"]] == [("watch", "healthy")]
    assert selectors.current_scorecard().version == 1


def test_a_scorecard_that_cannot_be_read_is_refused_by_field(northwind, now):
    body = formulas.default_scorecard()
    body["L"] = 2
    with pytest.raises(services.BadScorecard) as caught:
        services.publish_scorecard(body=body, note="", actor=northwind.adam, at=now)
    assert [error["pointer"] for error in caught.value.errors] == ["/L"]
    assert not Job.objects.exists()


def test_only_an_admin_publishes_or_previews_a_scorecard(northwind, now):
    for write in (services.publish_scorecard, services.preview_scorecard):
        given = {"note": ""} if write is services.publish_scorecard else {}
        with pytest.raises(NotYours):
            write(body=formulas.default_scorecard(), actor=northwind.lena, at=now, **given)
    assert selectors.current_scorecard().version == 1
