"""Today: who needs a member, and why; a constant number of statements, whatever the size of the book."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Persona, Step
from accounts.scope import tenant_scope
from csplatform.selectors.today import today_page
from health import selectors
from health import services as health
from relationships.models import Rating
from tests.health.builders import make_account, make_larkspur, make_persona, measure, rate, set_fact

DAY = dt.timedelta(days=1)


def page(cast, now, who="alice", whose="mine", **more):
    return today_page(actor=getattr(cast, who), whose=whose, at=now, **more)


def record(person, actor, *, at, strength="okay", mood="neutral"):
    """A rating as the services leave it."""
    Rating.objects.create(
        account_id=person.account_id, persona=person, strength=strength, sentiment_brand=mood, sentiment_product=mood,
        sentiment_service=mood, rated_at=at, rated_by=actor.membership, recorded_at=at,
    )  # fmt: skip
    rate(person, at=at, by=actor.member_id, strength=strength, mood=mood)


def troubled(cast, now, name="Acme", **fields):
    """An account of Alice's whose only person, the buyer, is weak and negative."""
    account = make_account(
        at=now - 200 * DAY, owner=cast.alice.membership, name=name, **{"arr": "1000.00", **fields}
    )
    buyer = make_persona(account, "economic_buyer", at=now - 200 * DAY, name=f"Bo of {name}")
    record(buyer, cast.alice, at=now - 2 * DAY, strength="weak", mood="negative")
    health.rescore(account_ids=[account.pk], at=now)
    return account, buyer


def test_an_account_in_trouble_stands_on_the_page_with_its_flag_and_one_action(northwind, now):
    account, _buyer = troubled(northwind, now)
    (row,) = page(northwind, now).needs
    assert row["name"] == "Acme"
    assert row["href"] == f"/t/northwind/accounts/{account.pk}"
    assert row["reasons"][0] == "The economic buyer is negative about us."
    assert any(reason.startswith("Bo of Acme,") for reason in row["reasons"])
    assert row["action"] == {
        "text": "Call the economic buyer",
        "href": f"/t/northwind/accounts/{account.pk}/people",
    }


def test_the_most_money_to_be_saved_stands_first(northwind, now):
    troubled(northwind, now, "Small", arr="1000.00")
    troubled(northwind, now, "Large", arr="90000.00")
    troubled(northwind, now, "Soon", arr="50000.00", renewal_on=(now + 80 * DAY).date())
    assert [row["name"] for row in page(northwind, now).needs] == ["Soon", "Large", "Small"]


def test_a_step_of_ours_that_is_due_is_the_next_action(northwind, now):
    account, _buyer = troubled(northwind, now)
    for title, side, due in (("Theirs", "theirs", 0), ("Later", "ours", 30), ("Call Bo", "ours", 3)):
        Step.objects.create(
            account=account, title=title, side=side, due_on=(now + due * DAY).date(), created_at=now, updated_at=now
        )  # fmt: skip
    found = page(northwind, now)
    assert found.needs[0]["action"]["text"] == "Call Bo"
    assert [(step["title"], step["late"]) for step in found.steps] == [("Call Bo", False)]


def test_steps_that_are_due_are_all_counted_however_few_are_listed(northwind, now, monkeypatch):
    for name in ("SHOWN_ALL", "LIST"):
        monkeypatch.setattr(f"csplatform.selectors.today.{name}", 2)
    account, _buyer = troubled(northwind, now)
    Step.objects.bulk_create(
        Step(account=account, title=f"Step {n}", due_on=now.date(), created_at=now, updated_at=now)
        for n in range(3)
    )
    found = page(northwind, now)
    assert (len(found.steps), found.steps_count) == (2, 3)


def test_whoever_may_rate_nobody_is_not_sent_to_rate(world, scope):
    with scope(), transaction.atomic():
        make_persona(world.larkspur, "champion", at=world.now - DAY, name="Nadia")
        health.rescore(account_ids=[world.larkspur.pk], at=timezone.now())
    pages = {who: getattr(world.visit, who).get("/?whose=all") for who in ("lena", "vera")}
    assert all(page.context["page"].ratings_due["count"] for page in pages.values())
    sent = {who: b'<a class="btn btn-primary"' in page.content for who, page in pages.items()}
    assert sent == {"lena": True, "vera": False}


def test_a_step_is_done_with_one_click_by_whoever_may_write_its_account_alone(northwind, now):
    account, _buyer = troubled(northwind, now)
    Step.objects.create(account=account, title="Call Bo", due_on=now.date(), created_at=now, updated_at=now)
    offered = {
        who: [step["writable"] for step in page(northwind, now, who, "all").steps]
        for who in ("alice", "lena", "vera")
    }
    assert offered == {"alice": [True], "lena": [True], "vera": [False]}


def test_waiting_for_them_halves_the_focus(northwind, now):
    waiting, _buyer = troubled(northwind, now, "Waiting", arr="1500.00")
    troubled(northwind, now, "Open", arr="1000.00")
    Step.objects.create(account=waiting, title="Sign", side="theirs", created_at=now, updated_at=now)
    assert [row["name"] for row in page(northwind, now).needs] == ["Open", "Waiting"]


def test_a_csm_sees_their_own_book_and_everyones_when_asked(northwind, now):
    troubled(northwind, now)
    other = make_account(at=now - 9 * DAY, owner=northwind.lena.membership, name="Lena's")
    health.rescore(account_ids=[other.pk], at=now)
    assert [row["name"] for row in page(northwind, now).needs] == ["Acme"]
    assert {row["name"] for row in page(northwind, now, whose="all").needs} == {"Acme", "Lena's"}


def test_people_taken_over_are_due_first(northwind, now):
    account, _fresh = troubled(northwind, now)
    make_persona(account, "champion", at=now, name="Never Rated")
    handed = make_account(at=now - 100 * DAY, owner=northwind.lena.membership, name="Handed over")
    person = make_persona(handed, "champion", at=now - 100 * DAY, name="Taken Over")
    record(person, northwind.lena, at=now - 20 * DAY)
    handed.owner = northwind.alice.membership
    handed.save()
    set_fact(handed, "owner", str(northwind.alice.member_id), at=now - 10 * DAY)
    due = page(northwind, now).ratings_due
    assert [person["name"] for person in due["people"]] == ["Taken Over", "Never Rated"]
    assert (due["count"], due["accounts"], due["inherited"], due["unrated"]) == (2, 2, 1, 1)
    assert due["href"] == "/t/northwind/rate?show=due"


def test_a_fall_since_yesterday_names_who_caused_it(northwind, now):
    account, _buyer = troubled(northwind, now)
    measure(account, "frequency", 0.5, at=now - 1.5 * DAY)
    health.take_snapshots(account_ids=[account.pk], at=now)
    measure(account, "frequency", 0.1, at=now)
    health.rescore(account_ids=[account.pk], at=now)
    (drop,) = page(northwind, now).drops
    assert drop["delta"] == pytest.approx(drop["to"] - drop["from"])
    assert drop["delta"] < -1
    assert drop["cause"]["text"] == "Active users"
    assert drop["cause"]["points"] < 0


def test_renewals_and_leavers_of_the_book_are_listed(northwind, now):
    _account, buyer = troubled(northwind, now, renewal_on=(now + 45 * DAY).date())
    troubled(northwind, now, "Later", renewal_on=(now + 120 * DAY).date())
    Persona.objects.filter(pk=buyer.pk).update(left_on=(now - 3 * DAY).date())
    found = page(northwind, now)
    assert [(row["name"], row["days"]) for row in found.renewals] == [("Acme", 45)]
    assert [(row["name"], row["account"]) for row in found.left] == [("Bo of Acme", "Acme")]


def test_nothing_of_another_tenant_and_no_lost_account_is_shown(northwind, now):
    account, _buyer = troubled(northwind, now)
    account.status = "churned"
    account.save()
    set_fact(account, "status", "churned", at=now)
    found = page(northwind, now, whose="all")
    assert found.book_empty
    assert not found.tenant_empty


def statements(cast, now, **more) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(cast, now, **more)
    return len(captured)


@pytest.mark.parametrize(("whose", "count"), [("mine", 30), ("all", 29)])
def test_the_page_takes_as_many_statements_for_three_accounts_as_for_one(northwind, now, whose, count):
    def grow(name):
        account, _buyer = troubled(northwind, now, name, renewal_on=(now + 45 * DAY).date())
        measure(account, "frequency", 0.5, at=now - 1.5 * DAY)
        health.take_snapshots(account_ids=[account.pk], at=now)
        measure(account, "frequency", 0.1, at=now)
        health.rescore(account_ids=[account.pk], at=now)

    grow("One")
    assert statements(northwind, now, whose=whose) == count
    grow("Two")
    grow("Three")
    assert statements(northwind, now, whose=whose) == count


@pytest.mark.parametrize("whose", ["mine", "all"])
def test_the_kept_page_is_the_computed_one_before_and_after_a_write_and_as_time_passes(northwind, now, whose):
    account, _buyer = troubled(northwind, now, "One", renewal_on=(now + 45 * DAY).date())
    troubled(northwind, now, "Two")
    computed = page(northwind, now, whose=whose)
    health.keep_book(at=now)
    assert [page(northwind, now, whose=whose), page(northwind, now, whose=whose)] == [computed] * 2
    assert selectors.book_version(at=now)
    account.name = "Renamed"
    account.save()
    written = page(northwind, now, whose=whose)
    assert "Renamed" in {row["name"] for row in written.needs}
    person = make_persona(account, "champion", at=now - 200 * DAY)
    record(person, northwind.alice, at=now - 30 * DAY + dt.timedelta(hours=1))
    health.rescore(account_ids=[account.pk], at=now)
    health.keep_book(at=now)
    assert selectors.book_version(at=now + dt.timedelta(minutes=59))
    assert selectors.book_version(at=now + dt.timedelta(minutes=61)) is None  # the champion is due again


def test_a_member_opens_the_page_and_a_stranger_finds_nothing(client, cast, db):
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        story = make_larkspur(at, cast.alice.membership)
        health.rescore(account_ids=[story.account.pk], at=at)
    client.force_login(cast.alice.membership.user)
    answer = client.get("/t/northwind/")
    assert answer.status_code == 200
    assert "Larkspur" in answer.content.decode()
    assert client.get("/t/globex/").status_code == 404


def test_a_new_tenant_is_told_how_to_fill_the_page(client, cast):
    client.force_login(cast.lena.membership.user)
    assert "No accounts yet" in client.get("/t/northwind/").content.decode()


def test_an_unknown_word_in_the_address_is_refused_by_name(client, cast):
    client.force_login(cast.alice.membership.user)
    answer = client.get("/t/northwind/?whose=nobody")
    assert answer.status_code == 400
    assert "whose" in answer.content.decode()
