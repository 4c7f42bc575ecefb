"""Steps that open by themselves: a champion or a buyer left, or somebody shows another mood than is said of them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Account, Activity, Membership, Outbox, Step
from health import services as health
from journeys import services
from journeys.models import Prescription
from relationships import services as relationships

DAY = dt.timedelta(days=1)
WORSE = ["short_answers", "camera_off", "asks_ahead"]


def save(write, at, *, id=None, **values):
    mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
    return accounts.only(write(items=[accounts.Item(id=id, values=values)], mode=mode, actor=None, at=at)).id


@pytest.fixture
def larkspur(northwind, now):
    """Alice's Larkspur with Dana, its champion, rated and scored a month ago."""
    then = now - 30 * DAY
    northwind.account = save(
        accounts.save_accounts, then, name="Larkspur", owner_email="alice@northwind.test", renewal_on=None
    )
    northwind.dana = save(
        accounts.save_personas, then, name="Dana", account=northwind.account, role="champion"
    )
    rate(northwind, then, strength="okay", mood="positive")
    health.rescore(account_ids=[northwind.account], at=then)
    return northwind


def rate(cast, at, *, mood=None, by=None, **fields):
    facets = {f"sentiment_{facet}": mood for facet in ("brand", "product", "service")}
    rating = relationships.NewRating(persona_id=cast.dana, **facets, **fields)
    return relationships.record_rating(rating=rating, actor=by or cast.alice, at=at)


def leave(cast, at):
    """Dana leaves, the account is scored, and a worker comes by."""
    save(accounts.save_personas, at, id=cast.dana, left_on=at.date())
    follow(cast, at)


def follow(cast, at):
    health.rescore(account_ids=[cast.account], at=at)
    for ref in work():
        services.prescribe_steps(ref=ref, at=at)


def work():
    return list(
        Outbox.objects.filter(kind="prescribe_steps").order_by("created_at").values_list("ref", flat=True)
    )


def test_a_champion_who_leaves_opens_one_step_of_the_owner(larkspur, now):
    leave(larkspur, now)
    follow(larkspur, now)
    step = Step.objects.get()
    assert (step.cause, step.source, step.owner_id) == (
        "flag:champion_left", "automatic", larkspur.alice.member_id,
    )  # fmt: skip
    assert step.due_on == now.date() + 3 * DAY
    accepted = services.accept_prescription(
        account_id=larkspur.account, cause="flag:champion_left", actor=larkspur.alice, at=now
    )
    assert accepted == (step, False)


def test_a_step_that_was_accepted_is_the_same_step(larkspur, now):
    save(accounts.save_personas, now, id=larkspur.dana, left_on=now.date())
    health.rescore(account_ids=[larkspur.account], at=now)
    step, _created = services.accept_prescription(
        account_id=larkspur.account, cause="flag:champion_left", actor=larkspur.alice, at=now
    )
    save(accounts.save_steps, now, id=step.pk, persona=larkspur.dana)
    follow(larkspur, now)
    assert Step.objects.count() == 1


@pytest.mark.parametrize(("later", "steps"), [(20, 1), (40, 2)])
def test_a_flag_that_comes_and_goes_opens_no_second_step_within_a_month(larkspur, now, later, steps):
    leave(larkspur, now)
    save(accounts.save_steps, now + DAY, id=Step.objects.get().pk, done_at=now + DAY)
    save(accounts.save_personas, now + 2 * DAY, id=larkspur.dana, left_on=None)
    follow(larkspur, now + 2 * DAY)
    leave(larkspur, now + later * DAY)
    assert Step.objects.count() == steps


def test_nothing_opens_where_the_tenant_switched_the_prescription_off(larkspur, now):
    services.ensure_prescriptions()
    Prescription.objects.filter(cause__in=("flag:champion_left", "person:diverged")).update(active=False)
    rate(larkspur, now, signs=WORSE)
    leave(larkspur, now)
    assert not Step.objects.exists()


def test_another_flag_opens_nothing_by_itself(larkspur, now):
    follow(larkspur, now + 200 * DAY)  # nobody who matters is rated any more
    assert Activity.objects.filter(verb="flag.raised").exists()
    assert not work()
    assert not Step.objects.exists()


def test_who_shows_another_mood_than_is_said_opens_a_step_about_them(larkspur, now):
    rate(larkspur, now - DAY, strength="very_good")
    assert not work()
    rate(larkspur, now, signs=WORSE)
    follow(larkspur, now)
    follow(larkspur, now)
    step = Step.objects.get()
    assert (step.cause, step.persona_id, step.owner_id) == (
        "person:diverged", larkspur.dana, larkspur.alice.member_id,
    )  # fmt: skip


def test_who_is_said_to_feel_better_than_they_show_opens_a_step_too(larkspur, now):
    rate(larkspur, now - 2 * DAY, mood="negative", driver="support")
    rate(larkspur, now - DAY, signs=["short_answers"])
    follow(larkspur, now - DAY)
    assert not Step.objects.exists()
    rate(larkspur, now, mood="positive", driver="value")
    follow(larkspur, now)
    assert Step.objects.get().cause == "person:diverged"


def test_a_step_that_would_tell_a_blind_rater_what_was_said_waits_for_their_rating(larkspur, now):
    lena = Membership.objects.filter(pk=larkspur.lena.member_id)
    lena.update(blind_to=[larkspur.dana], blind_at=[larkspur.account])
    rate(larkspur, now - DAY, signs=WORSE)
    follow(larkspur, now - DAY)
    assert not Step.objects.exists()
    lena.update(blind_to=[], blind_at=[])
    rate(larkspur, now, by=larkspur.lena, strength="okay")
    follow(larkspur, now)
    assert Step.objects.get().cause == "person:diverged"


def test_an_account_that_churned_gets_no_step_about_whoever_shows_another_mood_than_is_said(larkspur, now):
    rate(larkspur, now, signs=WORSE)
    Account.objects.filter(pk=larkspur.account).update(status="churned")
    follow(larkspur, now)
    with pytest.raises(services.NothingPrescribed):
        services.accept_prescription(
            account_id=larkspur.account, cause="person:diverged", persona_id=larkspur.dana, actor=larkspur.alice,
            at=now,
        )  # fmt: skip
    assert not Step.objects.exists()


def test_what_happened_more_than_a_week_ago_opens_nothing(larkspur, now):
    save(accounts.save_personas, now - 9 * DAY, id=larkspur.dana, left_on=(now - 9 * DAY).date())
    health.rescore(account_ids=[larkspur.account], at=now - 9 * DAY)
    follow(larkspur, now)
    assert not Step.objects.exists()


def test_steps_open_in_as_many_statements_for_many_accounts(larkspur, now):
    counts = []
    for size in (1, 3):
        ids = []
        for n in range(size):
            account = save(
                accounts.save_accounts, now - 30 * DAY, name=f"A{size}{n}", owner_email="alice@northwind.test"
            )
            dana = save(accounts.save_personas, now - 30 * DAY, name="D", account=account, role="champion")
            health.rescore(account_ids=[account], at=now - 30 * DAY)
            save(accounts.save_personas, now, id=dana, left_on=now.date())
            ids.append(account)
        health.rescore(account_ids=ids, at=now)
        ref = work()[-1]
        with CaptureQueriesContext(connection) as queries:
            services.prescribe_steps(ref=ref, at=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Step.objects.count() == 4
