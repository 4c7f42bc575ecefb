"""What a new score means to others: a line of the log for each change of band or flag, once, and none for the first."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Activity, CaseFact, Outbox, WebhookDelivery
from accounts.services import add_webhook, claim_work, do_work
from health import services
from health.models import Score
from tests.health.builders import DAY, escalate, make_account, make_persona, measure, rate

VERBS = ("score.band_changed", "flag.raised", "flag.cleared")


@pytest.fixture
def acme(northwind, now):
    """An account whose champion and buyer are rated very good and positive, scored a day ago."""
    return make_rated(northwind, now)


def make_rated(northwind, now):
    account = make_account(at=now - 100 * DAY, owner=northwind.alice.membership)
    for role in ("champion", "economic_buyer", "technical_owner"):
        person = make_persona(account, role, at=now - 100 * DAY)
        rate(person, at=now - 2 * DAY, by=northwind.alice.member_id, strength="very_good", mood="positive")
    for key, value in (("frequency", 0.5), ("effectiveness", 0.9), ("breadth", 0.6)):
        measure(account, key, value, at=now - 2 * DAY)
    return account


def lines():
    return [(line.verb, line.data) for line in Activity.objects.filter(verb__in=VERBS).order_by("pk")]


def sour(account, northwind, at):
    """Everybody's rating goes to none and negative."""
    for person in account.personas.all():
        rate(person, at=at, by=northwind.alice.member_id, strength="none", mood="negative")


def test_the_first_score_is_no_change(acme, now):
    services.rescore(account_ids=[acme.pk], at=now)
    assert Score.objects.get().band == "healthy"
    assert lines() == []


def test_a_change_of_band_is_told_with_the_score_before_and_after(acme, northwind, now):
    services.rescore(account_ids=[acme.pk], at=now)
    before = Score.objects.get()
    sour(acme, northwind, now)
    services.rescore(account_ids=[acme.pk], at=now + dt.timedelta(hours=1))
    after = Score.objects.get()
    assert before.band != after.band
    told = [data for verb, data in lines() if verb == "score.band_changed"]
    assert told == [
        {
            "before": {"band": before.band, "score": before.score},
            "after": {"band": after.band, "score": after.score},
        }
    ]
    line = Activity.objects.get(verb="score.band_changed")
    assert (line.account_id, line.object_type, line.actor) == (acme.pk, "score", None)


def test_a_flag_is_told_when_it_goes_up_and_when_it_goes_down(acme, now):
    services.rescore(account_ids=[acme.pk], at=now)
    case = escalate(acme, at=now)
    services.rescore(account_ids=[acme.pk], at=now + dt.timedelta(hours=1))
    flag = {"code": "critical_escalation", "cap": "watch"}
    band = ("score.band_changed", {"before": "healthy", "after": "watch"})
    assert short(lines()) == [band, ("flag.raised", {"before": None, "after": flag})]
    over = now + dt.timedelta(hours=2)
    CaseFact.objects.create(
        account=acme, case=case, key="critical", value=False, effective_at=over, recorded_at=over
    )
    services.rescore(account_ids=[acme.pk], at=over)
    band = ("score.band_changed", {"before": "watch", "after": "healthy"})
    assert short(lines())[2:] == [band, ("flag.cleared", {"before": flag, "after": None})]


def short(found):
    """Lines with the band alone of what a band's line says."""
    return [
        (verb, {side: value["band"] for side, value in data.items()} if verb == VERBS[0] else data)
        for verb, data in found
    ]


def test_the_same_score_again_tells_nothing(acme, now):
    services.rescore(account_ids=[acme.pk], at=now)
    services.rescore(account_ids=[acme.pk], at=now + dt.timedelta(minutes=1))
    assert lines() == []
    assert not Outbox.objects.exists()


def test_many_changes_are_told_in_as_many_queries_as_two(northwind, now):
    counts = []
    for number in (2, 4):  # one alone is stored without being locked before
        accounts = [make_rated(northwind, now) for _ in range(number)]
        ids = [account.pk for account in accounts]
        services.rescore(account_ids=ids, at=now)
        for account in accounts:
            sour(account, northwind, now)
        with CaptureQueriesContext(connection) as queries:
            services.rescore(account_ids=ids, at=now + dt.timedelta(hours=1))
        counts.append(len(queries))
        assert Activity.objects.filter(verb="score.band_changed", account_id__in=ids).count() == number
    assert counts[0] == counts[1]


def test_a_webhook_hears_of_a_change_of_band(acme, northwind, now):
    add_webhook(url="https://hooks.test/", events=["score.band_changed"], actor=northwind.adam, at=now)
    services.rescore(account_ids=[acme.pk], at=now)
    sour(acme, northwind, now)
    services.rescore(account_ids=[acme.pk], at=now + dt.timedelta(hours=1))
    later = now + dt.timedelta(hours=2)
    while claims := claim_work(at=later):
        do_work(claims=claims, at=later)
    assert WebhookDelivery.objects.get().event == "score.band_changed"
