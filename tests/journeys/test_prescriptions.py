"""What is prescribed: one default step for every cause, the most pressing first, accepted with one click."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Activity, Step
from accounts.scope import tenant_scope
from health import formulas as health_formulas
from health import services as health
from health.formulas.scorecard import default_scorecard
from health.selectors import FLAG_CODES
from journeys import formulas, selectors, services
from tests.conftest import NOW


def cause(measure, points, persona=None):
    people = [{"persona": persona, "seat": None, "contribution": points}] if persona else []
    return {"measure": measure, "value_part": points, "evidence_part": 0.0, "personas": people}


def pick(flags=(), causes=(), quadrant="captive", known=tuple(formulas.DEFAULTS)):
    found = formulas.pick(
        flags=[{"code": code} for code in flags], causes=causes, quadrant=quadrant, known=known
    )
    return found[0] if found else None


def test_every_flag_measure_and_quadrant_has_a_step_of_its_own():
    expected = {f"flag:{code}" for code in FLAG_CODES}
    expected |= {f"quadrant:{name}" for name in health_formulas.QUADRANTS}
    expected |= {f"drop:{measure['key']}" for measure in default_scorecard()["measures"]}
    assert expected | {"person:diverged"} == set(formulas.DEFAULTS)
    assert len({default.title for default in formulas.DEFAULTS.values()}) == len(formulas.DEFAULTS)


def test_a_flag_goes_before_a_fall_and_a_fall_before_the_quadrant():
    fall = cause("nps", -4.0)
    assert pick(["not_live", "champion_left"], [fall]).cause == "flag:champion_left"
    assert pick([], [fall]).cause == "drop:nps"
    assert pick([], [cause("nps", -0.9)]).cause == "quadrant:captive"


def test_the_measure_that_took_most_is_named_with_the_person_behind_it():
    picked = pick([], [cause("nps", -2.0, "n"), cause("relationship", -5.0, "r")])
    assert (picked.cause, picked.persona) == ("drop:relationship", "r")


def test_what_is_switched_off_leaves_its_place_to_the_next():
    known = set(formulas.DEFAULTS) - {"flag:champion_left", "drop:nps"}
    assert pick(["champion_left"], [cause("nps", -4.0)], known=known).cause == "quadrant:captive"
    assert pick(quadrant="captive", known=()) is None


@pytest.fixture
def larkspur(northwind, now):
    """Alice's Larkspur, scored: a champion is known and nobody is rated."""
    values = {"name": "Larkspur", "owner_email": "alice@northwind.test"}
    (saved,) = accounts.save_accounts(
        items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=now
    )
    accounts.save_personas(
        items=[accounts.Item(values={"name": "Dana", "account": saved.id, "role": "champion"})],
        mode=accounts.Mode.CREATE, actor=None, at=now,
    )  # fmt: skip
    health.rescore(account_ids=[saved.id], at=now)
    return saved.id


def accept(account_id, actor, at, **more):
    return services.accept_prescription(account_id=account_id, actor=actor, at=at, **more)


def test_accepting_makes_a_step_of_the_owner_that_names_its_cause(northwind, larkspur, now):
    step, created = accept(larkspur, northwind.alice, now, cause="flag:unrated")
    assert created
    assert (step.cause, step.source, step.owner_id) == (
        "flag:unrated", "prescription", northwind.alice.member_id,
    )  # fmt: skip
    assert step.title == formulas.DEFAULTS["flag:unrated"].title
    assert step.due_on == now.date() + dt.timedelta(days=7)
    assert Activity.objects.filter(verb="step.created", object_id=step.pk).exists()


def test_accepting_twice_leaves_one_step_until_it_is_done(northwind, larkspur, now):
    step, _created = accept(larkspur, northwind.alice, now)
    again, created = accept(larkspur, northwind.alice, now)
    assert (again.pk, created) == (step.pk, False)
    item = accounts.Item(id=step.pk, values={"done_at": now})
    accounts.save_steps(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=now)
    anew, created = accept(larkspur, northwind.alice, now)
    assert created
    assert anew.pk != step.pk


def test_a_cause_that_passed_is_not_accepted_unseen(northwind, larkspur, now):
    with pytest.raises(services.NothingPrescribed):
        accept(larkspur, northwind.alice, now, cause="flag:champion_left")
    assert not Step.objects.exists()


@pytest.mark.parametrize("gone", [{"status": "prospect"}, {"status": "churned"}, {"deleted_at": NOW}])
def test_nothing_is_prescribed_where_there_is_no_customer(northwind, larkspur, gone):
    assert selectors.prescribed(account_ids=[larkspur])
    Account.objects.filter(pk=larkspur).update(**gone)
    assert not selectors.prescribed(account_ids=[larkspur])
    assert not selectors.prescriptions_at(account_ids=[larkspur])


def test_a_step_is_not_made_of_what_was_prescribed_before_the_account_churned(northwind, larkspur, now):
    Account.objects.filter(pk=larkspur).update(status="churned")
    with pytest.raises(services.NothingPrescribed):
        accept(larkspur, northwind.alice, now, cause="flag:unrated")
    assert not Step.objects.exists()


def test_who_may_not_write_the_account_accepts_nothing(northwind, larkspur, now):
    for actor in (northwind.vera,):
        with pytest.raises(accounts.NotYours):
            accept(larkspur, actor, now)
    with pytest.raises(Account.DoesNotExist):
        accept("0190a0b0-0000-7000-8000-000000000000", northwind.alice, now)
    assert not Step.objects.exists()


def test_the_tenant_prescribes_something_else(northwind, larkspur, now):
    rows = {row.cause: row for row in services.ensure_prescriptions()}
    assert len(services.ensure_prescriptions()) == len(formulas.DEFAULTS)
    values = {"title": "Send cake", "due_days": 1, "remedies": "Bake\n\nDeliver"}
    services.save_prescription(
        prescription_id=rows["flag:unrated"].pk, values=values, actor=northwind.adam, at=now
    )
    found = selectors.prescribed(account_ids=[larkspur])[larkspur]
    assert (found.title, found.due_days, found.remedies) == ("Send cake", 1, ["Bake", "Deliver"])
    with pytest.raises(services.JourneyRefused):
        services.save_prescription(
            prescription_id=rows["flag:unrated"].pk, values={"title": " "}, actor=northwind.adam, at=now
        )
    with pytest.raises(accounts.NotYours):
        services.save_prescription(
            prescription_id=rows["flag:unrated"].pk, values={"title": "Mine"}, actor=northwind.lena, at=now
        )
    assert selectors.prescribed(account_ids=[larkspur])[larkspur].title == "Send cake"


def test_a_client_reads_and_accepts_what_is_prescribed(cast, rest, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        (saved,) = accounts.save_accounts(
            items=[accounts.Item(values={"name": "Larkspur"})], mode=accounts.Mode.CREATE, actor=None, at=now
        )
        health.rescore(account_ids=[saved.id], at=now)
    path = f"/accounts/{saved.id}/prescription"
    found = rest.read.get(path).json()
    assert found["cause"] in formulas.DEFAULTS
    assert rest.read.post(path, {}).status_code == 403
    assert rest.globex.get(path).status_code == rest.globex.post(path, {}).status_code == 404
    assert rest.write.post(path, {"cause": "flag:buyer_left"}).status_code == 409
    made = rest.write.post(path, {"cause": found["cause"]})
    assert made.status_code == 201
    assert rest.write.post(path, {}).status_code == 200
    step = rest.read.get(f"/steps/{made.json()['step']}").json()
    assert (step["cause"], step["source"], step["account"]) == (found["cause"], "prescription", str(saved.id))


def test_a_client_changes_what_is_prescribed(cast, rest):
    rows = rest.read.get("/prescriptions?limit=1000").json()["results"]
    assert [row["cause"] for row in rows] == list(formulas.DEFAULTS)
    path = f"/prescriptions/{rows[0]['id']}"
    assert rest.admin.patch(path, {"due_days": 400}).status_code == 400
    assert rest.admin.patch(path, {"cause": "x", "active": False}).json()["active"] is False
    assert rest.read.patch(path, {"active": True}).status_code == 403
    assert rest.globex.patch(path, {"active": True}).status_code == 404
    assert rest.read.get(path).json() == {**rows[0], "active": False}
