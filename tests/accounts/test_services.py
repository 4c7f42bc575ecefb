"""The first floor's writes: rights, dated facts, critical cases, outcomes, history, and ten thousand at once."""

import datetime as dt

import pytest

from accounts import services
from accounts.models import Account, AccountFact, Activity, CaseFact, Outbox, Outcome, Persona, PersonaFact
from accounts.services import Item, Mode, NotYours, Status


def save(service, actor, at, *, mode=Mode.UPSERT, **values):
    options = {name: values.pop(name) for name in ("effective_at", "historical", "id") if name in values}
    return services.only(service(items=[Item(values=values, **options)], mode=mode, actor=actor, at=at))


@pytest.fixture
def account(northwind, now):
    return save(services.save_accounts, None, now, external_id="L1", name="Larkspur").id


def test_a_csm_writes_accounts_of_their_own_or_of_nobody(northwind, account, now):
    cast = northwind
    save(services.save_accounts, cast.alice, now, external_id="L1", region="EMEA")
    save(services.save_accounts, None, now, external_id="L1", owner_email="lena@northwind.test")
    with pytest.raises(NotYours):
        save(services.save_accounts, cast.alice, now, external_id="L1", region="APAC")
    with pytest.raises(NotYours):
        services.delete_account(id=account, actor=cast.alice, at=now)
    with pytest.raises(NotYours):
        save(services.save_steps, cast.alice, now, title="x", account=account)
    assert Account.objects.get().region == "EMEA"
    save(services.save_accounts, None, now, external_id="L1", team=["alice@northwind.test"])
    save(services.save_accounts, cast.alice, now, external_id="L1", region="APAC")
    assert Account.objects.get().region == "APAC"


def test_a_viewer_writes_nothing(northwind, account, now):
    with pytest.raises(NotYours):
        save(services.save_accounts, northwind.vera, now, name="Mine")
    with pytest.raises(NotYours):
        save(services.save_personas, northwind.vera, now, name="x", account=account)
    assert Account.objects.count() == 1
    assert Persona.objects.count() == 0


def test_a_persona_added_by_hand_counts(northwind, account, now):
    made = save(services.save_personas, northwind.alice, now, name="Hugo", account=account, role="end_user")
    assert Persona.objects.get(pk=made.id).tracked
    imported = services.save_personas(
        items=[Item({"name": "Ida", "account": account, "role": "end_user"})],
        mode=Mode.CREATE, actor=northwind.alice, at=now, source="import",
    )  # fmt: skip
    assert not Persona.objects.get(pk=imported[0].id).tracked


def test_a_new_account_has_a_fact_for_every_value(northwind, account):
    facts = dict(AccountFact.objects.filter(account_id=account).values_list("key", "value"))
    assert facts == {"status": "active", "currency": "EUR"}


def test_a_write_leaves_before_and_after_and_one_outbox_row(northwind, account, now):
    save(services.save_accounts, northwind.lena, now, external_id="L1", arr=5, tier="gold")
    line = Activity.objects.get(verb="account.updated")
    assert line.data == {"before": {"arr": None, "tier": None}, "after": {"arr": 5, "tier": "gold"}}
    assert line.actor_id == northwind.lena.member_id
    assert Outbox.objects.filter(kind="follow_health").count() == 1
    assert (
        save(services.save_accounts, northwind.lena, now, external_id="L1", tier="gold").status
        == Status.UNCHANGED
    )
    assert Activity.objects.filter(verb="account.updated").count() == 1


def test_what_is_backdated_behind_a_later_value_is_history_only(northwind, account, now):
    days = lambda n: now - dt.timedelta(days=n)  # noqa: E731
    save(services.save_accounts, None, now, external_id="L1", tier="gold", effective_at=days(10))
    save(services.save_accounts, None, now, external_id="L1", tier="silver", effective_at=days(20))
    assert Account.objects.get().tier == "gold"
    facts = AccountFact.objects.filter(key="tier").order_by("effective_at")
    assert [(fact.value, fact.effective_at) for fact in facts] == [("silver", days(20)), ("gold", days(10))]
    assert {fact.recorded_at for fact in facts} == {now}


def test_history_is_known_since_it_happened(northwind, account, now):
    then = now - dt.timedelta(days=400)
    save(
        services.save_accounts,
        northwind.adam,
        now,
        external_id="L1",
        tier="gold",
        effective_at=then,
        historical=True,
    )
    fact = AccountFact.objects.get(key="tier")
    assert fact.recorded_at == fact.effective_at == then
    assert Activity.objects.get(verb="account.updated").data["historical"] is True


def test_a_fact_of_the_future_is_refused(northwind, account, now):
    later = now + dt.timedelta(days=1)
    with pytest.raises(services.Refused) as refused:
        save(services.save_accounts, None, now, external_id="L1", tier="gold", effective_at=later)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/effective_at", "future")]


def test_a_persona_that_moves_is_on_both_timelines(northwind, account, now):
    other = save(services.save_accounts, None, now, name="Mallow").id
    dana = save(services.save_personas, None, now, name="Dana", account=account).id
    save(services.save_personas, None, now, mode=Mode.UPDATE, id=dana, account=other)
    touched = Activity.objects.filter(persona_id=dana).exclude(verb="persona.created")
    assert {line.account_id for line in touched} == {account, other}
    facts = PersonaFact.objects.filter(persona_id=dana, key="account").order_by("id")
    assert [fact.value for fact in facts] == [str(account), str(other)]


def test_an_open_critical_escalation_is_kept_with_its_dates(northwind, account, now):
    opened, resolved = now - dt.timedelta(days=3), now - dt.timedelta(days=1)
    body = {"external_id": "c", "account": account, "kind": "escalation", "severity": "critical"}
    case = save(services.save_cases, None, now, **body, opened_at=opened).id
    save(services.save_cases, None, now, external_id="c", resolved_at=resolved)
    save(services.save_cases, None, now, external_id="c", resolved_at=None)
    services.delete_case(id=case, actor=None, at=now)
    services.restore_case(id=case, actor=None, at=now)
    facts = CaseFact.objects.order_by("id").values_list("value", "effective_at")
    assert list(facts) == [(True, opened), (False, resolved), (True, now), (False, now), (True, now)]


def test_an_ordinary_case_leaves_no_fact(northwind, account, now):
    save(services.save_cases, None, now, account=account, kind="question", opened_at=now)
    assert not CaseFact.objects.exists()


def test_a_churn_does_not_change_the_account(northwind, account, now):
    day = now.date()
    save(services.save_outcomes, None, now, account=account, kind="churned", happened_on=day)
    outcome = Outcome.objects.get()
    assert (outcome.currency, outcome.recorded_at) == ("EUR", now)
    assert Account.objects.get().status == "active"


def test_a_historical_outcome_is_known_since_its_day(northwind, account, now):
    day = dt.date(2025, 3, 1)
    save(
        services.save_outcomes,
        northwind.adam,
        now,
        account=account,
        kind="renewed",
        happened_on=day,
        historical=True,
    )
    assert Outcome.objects.get().recorded_at == dt.datetime(2025, 3, 1, tzinfo=dt.UTC)


def test_ten_thousand_items_are_one_bulk(rest):
    items = [
        {"external_id": f"a{n}", "name": f"Account {n}", "arr": "100", "owner_email": "alice@northwind.test"}
        for n in range(10_000)
    ]
    answer = rest.write.post("/accounts/bulk", {"items": items})
    assert answer.json()["summary"] == {"created": 10_000, "updated": 0, "unchanged": 0, "failed": 0}
    assert len(rest.read.get("/accounts?limit=1000").json()["results"]) == 1000


def test_only_admin_keys_write_history(rest):
    body = {"name": "Larkspur", "historical": True}
    refused = rest.write.post("/accounts", body)
    assert refused.status_code == 403
    bulk = rest.write.post("/accounts/bulk", {"items": [body]})
    assert bulk.json()["results"][0]["errors"][0]["code"] == "forbidden"
    assert rest.admin.post("/accounts", body).status_code == 201
    assert len(rest.read.get("/accounts").json()["results"]) == 1
