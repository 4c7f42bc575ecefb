"""Many accounts changed at once: the plan is exact, only one's own change, and an edit can be taken back."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Account, AccountFact, AccountTeam, Activity, Job
from accounts.services import edits

LATER = dt.timedelta(minutes=5)


def add(name, now, **values):
    item = accounts.Item(values={"name": name, **values})
    return accounts.save_accounts(items=[item], mode=accounts.Mode.CREATE, actor=None, at=now)[0].id


@pytest.fixture
def book(northwind, now):
    """Alice's Larkspur, nobody's Heron, and Lena's Plover, whose team is Lena alone."""
    northwind.larkspur = add(
        "Larkspur", now, owner_email="alice@northwind.test", segment="SMB", custom={"a": "1"}
    )
    northwind.heron = add("Heron", now, custom={"b": "2"})
    northwind.plover = add(
        "Plover", now, owner_email="lena@northwind.test", team=["lena@northwind.test"], segment="Mid"
    )
    northwind.all = [northwind.larkspur, northwind.heron, northwind.plover]
    return northwind


def run(job, now):
    """What the worker does: steps until the job has ended."""
    while Job.objects.get(pk=job.pk).state in ("queued", "running"):
        accounts.run_job(ref={"job": str(job.pk)}, at=now)
    job.refresh_from_db()
    return job


def segments():
    return dict(Account.objects.values_list("name", "segment"))


def test_a_plan_says_what_changes_what_stays_and_who_is_left_out_and_writes_nothing(book, now):
    edit = accounts.Edit(values={"segment": "SMB", "renewal_on": "2027-01-31"})
    lines = Activity.objects.count()
    plan = accounts.plan_edit(account_ids=book.all, edit=edit, actor=book.alice, at=now)
    assert [(row.name, row.changes) for row in plan.changing] == [
        ("Heron", [("segment", "", "SMB"), ("renewal_on", None, dt.date(2027, 1, 31))]),
        ("Larkspur", [("renewal_on", None, dt.date(2027, 1, 31))]),
    ]
    assert [(row.name, row.reason) for row in plan.left_out] == [("Plover", edits.NOT_YOURS)]
    assert segments() == {"Larkspur": "SMB", "Heron": "", "Plover": "Mid"}
    assert Activity.objects.count() == lines


def test_an_edit_does_what_its_plan_said_and_leaves_the_accounts_of_others_alone(book, now):
    edit = accounts.Edit(values={"segment": "SMB"})
    job = accounts.edit_accounts(account_ids=book.all, edit=edit, actor=book.alice, at=now)
    assert (job.state, job.result["changed"], job.result["same"]) == ("done", 1, 1)
    assert job.result["left_out"] == [{"id": str(book.plover), "reason": edits.NOT_YOURS}]
    assert segments() == {"Larkspur": "SMB", "Heron": "SMB", "Plover": "Mid"}
    assert AccountFact.objects.filter(account_id=book.heron, key="segment").count() == 1
    assert Activity.objects.filter(verb="account.updated", account_id=book.heron).exists()


def test_each_field_can_be_set_and_cleared(book, now):
    values = {
        "owner_email": "alice@northwind.test", "tier": "Gold", "region": "EMEA", "status": "trial",
        "renewal_on": "2027-02-01", "team": ["adam@northwind.test"],
    }  # fmt: skip
    accounts.edit_accounts(account_ids=book.all, edit=accounts.Edit(values=values), actor=book.lena, at=now)
    for account in Account.objects.all():
        assert account.owner_id == book.alice.member_id
        assert (account.tier, account.region, account.status) == ("Gold", "EMEA", "trial")
        assert account.renewal_on == dt.date(2027, 2, 1)
    assert AccountTeam.objects.count() == 3
    empty = accounts.Edit(values={"owner_email": None, "tier": "", "renewal_on": None, "team": []})
    accounts.edit_accounts(account_ids=book.all, edit=empty, actor=book.lena, at=now)
    assert set(Account.objects.values_list("owner", "tier", "renewal_on")) == {(None, "", None)}
    assert not AccountTeam.objects.exists()


def test_a_team_is_joined_and_left_beside_who_is_on_it(book, now):
    joined = accounts.Edit(team_add=["alice@northwind.test"])
    accounts.edit_accounts(account_ids=book.all, edit=joined, actor=book.lena, at=now)
    assert AccountTeam.objects.filter(account_id=book.plover).count() == 2
    left = accounts.Edit(team_remove=["lena@northwind.test"])
    job = accounts.edit_accounts(account_ids=book.all, edit=left, actor=book.lena, at=now)
    assert (job.result["changed"], job.result["same"]) == (1, 2)
    assert list(AccountTeam.objects.filter(account_id=book.plover).values_list("membership", flat=True)) == [
        book.alice.member_id
    ]


def test_one_own_field_changes_beside_the_others(book, now):
    accounts.edit_accounts(
        account_ids=book.all, edit=accounts.Edit(custom={"b": "3"}), actor=book.lena, at=now
    )
    assert Account.objects.get(pk=book.larkspur).custom == {"a": "1", "b": "3"}
    accounts.edit_accounts(
        account_ids=book.all, edit=accounts.Edit(custom={"b": None}), actor=book.lena, at=now
    )
    assert Account.objects.get(pk=book.larkspur).custom == {"a": "1"}
    assert Account.objects.get(pk=book.heron).custom == {}


def test_an_edit_is_taken_back_whole(book, now):
    before = list(Account.objects.order_by("pk").values("owner", "segment", "renewal_on", "custom", "status"))
    edit = accounts.Edit(
        values={"owner_email": None, "segment": "New", "renewal_on": "2027-01-31", "status": "churned"},
        team_remove=["lena@northwind.test"],
        custom={"a": None, "c": "3"},
    )
    job = accounts.edit_accounts(account_ids=book.all, edit=edit, actor=book.lena, at=now)
    assert job.result["changed"] == 3
    undone = accounts.undo_edit(job=job, actor=book.lena, at=now + LATER)
    assert undone.result["changed"] == 3
    after = list(Account.objects.order_by("pk").values("owner", "segment", "renewal_on", "custom", "status"))
    assert after == before
    assert AccountTeam.objects.filter(account_id=book.plover).count() == 1
    newest = (
        AccountFact.objects.filter(account_id=book.plover, key="segment").order_by("-effective_at").first()
    )
    assert newest.value == "Mid"


def test_what_has_changed_since_an_edit_stays_as_it_is(book, now):
    job = accounts.edit_accounts(
        account_ids=book.all, edit=accounts.Edit(values={"segment": "New"}), actor=book.lena, at=now
    )
    item = accounts.Item(values={"segment": "Later"}, id=book.plover)
    accounts.save_accounts(items=[item], mode=accounts.Mode.UPDATE, actor=book.lena, at=now + LATER)
    undone = accounts.undo_edit(job=job, actor=book.lena, at=now + LATER)
    assert undone.result["left_out"] == [{"id": str(book.plover), "reason": edits.CHANGED_SINCE}]
    assert segments() == {"Larkspur": "SMB", "Heron": "", "Plover": "Later"}


def test_only_who_made_an_edit_or_an_admin_takes_it_back(book, now):
    edit = accounts.Edit(values={"segment": "New"})
    job = accounts.edit_accounts(account_ids=book.all, edit=edit, actor=book.alice, at=now)
    with pytest.raises(accounts.NotYours):
        accounts.undo_edit(job=job, actor=book.lena, at=now)
    assert segments()["Heron"] == "New"
    accounts.undo_edit(job=job, actor=book.adam, at=now + LATER)
    assert segments()["Heron"] == ""


def test_a_viewer_edits_nothing(book, now):
    edit = accounts.Edit(values={"segment": "New"})
    plan = accounts.plan_edit(account_ids=book.all, edit=edit, actor=book.vera, at=now)
    assert (plan.changing, len(plan.left_out)) == ([], 3)
    with pytest.raises(accounts.NotYours):
        accounts.edit_accounts(account_ids=book.all, edit=edit, actor=book.vera, at=now)
    assert not Job.objects.exists()


def test_a_large_edit_is_a_job_of_steps_that_can_be_taken_back(northwind, now, monkeypatch):
    monkeypatch.setattr(edits, "AT_ONCE", 2)
    monkeypatch.setattr(edits, "STEP", 2)
    ids = [add(f"Account {n}", now) for n in range(5)]
    job = accounts.edit_accounts(
        account_ids=ids, edit=accounts.Edit(values={"tier": "Gold"}), actor=northwind.alice, at=now
    )
    assert (job.state, Account.objects.filter(tier="Gold").count()) == ("queued", 0)
    run(job, now)
    assert (job.state, job.done, job.result["changed"]) == ("done", 5, 5)
    assert Account.objects.filter(tier="Gold").count() == 5
    run(accounts.undo_edit(job=job, actor=northwind.alice, at=now + LATER), now + LATER)
    assert Account.objects.filter(tier="").count() == 5


def test_an_account_that_changes_between_the_look_and_its_turn_in_the_job_stays_as_it_is(
    northwind, now, monkeypatch
):
    monkeypatch.setattr(edits, "AT_ONCE", 2)
    monkeypatch.setattr(edits, "STEP", 2)
    ids = [add(f"Account {n}", now) for n in range(5)]
    edit = accounts.Edit(values={"tier": "Gold"})
    plan = accounts.plan_edit(account_ids=ids, edit=edit, actor=northwind.alice, at=now)
    job = accounts.edit_accounts(account_ids=ids, edit=edit, seen=plan, actor=northwind.alice, at=now)
    Account.objects.filter(pk=ids[4]).update(tier="Silver")
    run(job, now)
    assert job.result["left_out"] == [{"id": str(ids[4]), "reason": edits.NOT_AS_SEEN}]
    assert dict(Account.objects.values_list("pk", "tier")) == dict.fromkeys(ids, "Gold") | {ids[4]: "Silver"}


def test_an_edit_of_too_many_is_refused(northwind, now, monkeypatch):
    monkeypatch.setattr(edits, "MOST_EDITED", 2)
    ids = [add(f"Account {n}", now) for n in range(3)]
    with pytest.raises(accounts.TooMany):
        accounts.edit_accounts(account_ids=ids, edit=accounts.Edit(), actor=northwind.lena, at=now)


@pytest.mark.parametrize("write", [False, True])
def test_an_edit_costs_the_same_statements_for_one_account_and_for_three(book, now, write):
    def cost(ids, segment):
        edit = accounts.Edit(
            values={"segment": segment}, team_add=["adam@northwind.test"], custom={"x": segment}
        )
        do = accounts.edit_accounts if write else accounts.plan_edit
        with CaptureQueriesContext(connection) as found:
            do(account_ids=ids, edit=edit, actor=book.lena, at=now)
        return len(found)

    accounts.edit_accounts(
        account_ids=book.all, edit=accounts.Edit(team_add=["adam@northwind.test"]), actor=book.lena, at=now
    )
    expected = 15 if write else 5
    assert (cost(book.all[:1], "One"), cost(book.all, "Three")) == (expected, expected)
