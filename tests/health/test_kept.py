"""The stored portfolio: equal to the computed one after every door of writes, and never shown when it is not."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import zlib
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Account, Case, Persona, Step
from accounts.scope import tenant_scope
from csplatform.postgres.walls import BOOK_TABLES
from health import selectors, services
from health.models import BookWrite, TenantKpi
from health.selectors import PortfolioFilter
from health.selectors.kept import portfolio_body
from tests.conftest import NOW, make_cast
from tests.health.builders import DAY, make_account, make_persona, measure, rate, set_fact

LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def book(northwind):
    """Two accounts a year and a half old, one of them at risk and without a step."""
    start = NOW - 500 * DAY
    well = make_account(
        at=start, name="Well", external_id="well", arr=Decimal(100_000), owner=northwind.alice.membership,
        segment="Large", tier="Gold", renewal_on=(NOW + 60 * DAY).date(),
    )  # fmt: skip
    risky = make_account(at=start, name="Risky", external_id="risky", arr=Decimal(50_000))
    for account, level in ((well, 1.0), (risky, 0.0)):
        for key, top in (("frequency", 0.6), ("effectiveness", 1), ("breadth", 0.7), ("trend", 0.15)):
            measure(account, key, top * level - (0.3 if key == "trend" and not level else 0), at=NOW - DAY)
    champion = make_persona(well, "champion", at=start)
    make_persona(well, "power_user", at=start)
    rate(champion, at=NOW - 119 * DAY, by=northwind.alice.member_id, strength="okay", mood="positive")
    buyer = make_persona(risky, "economic_buyer", at=start)
    rate(buyer, at=NOW - 2 * DAY, by=None, strength="none", mood="negative")
    services.rescore(account_ids=[well.pk, risky.pk], at=NOW)
    northwind.well, northwind.risky, northwind.champion = well, risky, champion
    return northwind


def shown(chosen: PortfolioFilter | None = None, *, at: dt.datetime = LATER) -> dict:
    return json.loads(selectors.portfolio_json(chosen or PortfolioFilter(), at=at))


def computed(chosen: PortfolioFilter | None = None, *, at: dt.datetime = LATER) -> dict:
    body = json.loads(portfolio_body(chosen or PortfolioFilter(), at=at))
    return {"at": at.isoformat().replace("+00:00", "Z"), **body}


def save(save_items, at, **values) -> None:
    item = accounts.Item(values=values)
    (saved,) = save_items(items=[item], mode=accounts.Mode.UPSERT, actor=None, at=at)
    accounts.only([saved])


def score_a_rating(book, at) -> None:
    rate(book.champion, at=at, by=book.alice.member_id, strength="very_good", mood="negative")
    services.rescore(account_ids=[book.well.pk], at=at)


def score_a_new_account(book, at) -> None:
    save(accounts.save_accounts, at, external_id="new", name="New", status="active")
    services.rescore(account_ids=[Account.objects.get(external_id="new").pk], at=at)


def take_a_rating_back(book, at) -> None:
    ids = rate(book.champion, at=NOW, by=None, strength="none")
    services.rescore(account_ids=[book.well.pk], at=at)
    services.keep_book(at=at)
    services.withdraw_observations(observation_ids=ids, account_ids=[book.well.pk], author_id=None, at=at)
    services.rescore(account_ids=[book.well.pk], at=at)


def drain_a_mark(book, at) -> None:
    measure(book.well, "nps", 1.0, at=at, persona=book.champion)
    services.drain_dirty(at=at)


def override_a_band(book, at) -> None:
    new = services.NewOverride(band="watch", reason="They said so", expires_at=at + DAY)
    services.set_override(account=book.risky, override=new, actor=book.adam, at=at)


def lose_silently(book, at) -> None:
    services.take_snapshots(account_ids=None, at=at)
    save(
        accounts.save_outcomes, at, external_id="o", account_external_id="well", kind="churned",
        happened_on=at.date(), arr_before=Decimal(100_000), arr_after=Decimal(0), currency="EUR",
    )  # fmt: skip


def open_and_finish_a_step(book, at) -> None:
    step = Step.objects.create(account=book.risky, title="Call", created_at=NOW, updated_at=NOW)
    services.keep_book(at=at)
    step.done_at = at
    step.save()


def put_on_the_team(book, at) -> None:
    save(accounts.save_accounts, at, external_id="well", team=["vera@northwind.test"])


def erase_somebody(book, at) -> None:
    accounts.erase_persona(id=book.champion.pk, actor=book.adam, at=at)


def touch_them(book, at) -> None:
    values = {"account": book.risky.pk, "kind": "call", "at": NOW, "mode": "proactive"}
    items = [accounts.Item(values=values)]
    accounts.only(accounts.save_touches(items=items, mode=accounts.Mode.CREATE, actor=None, at=at))


DOORS = {
    "a rating": score_a_rating,
    "a rating taken back": take_a_rating_back,
    "a drain": drain_a_mark,
    "an override": override_a_band,
    "a new account": score_a_new_account,
    "another ARR": lambda b, at: save(accounts.save_accounts, at, external_id="well", arr=Decimal(7)),
    "another owner": lambda b, at: save(
        accounts.save_accounts, at, external_id="risky", owner_email="lena@northwind.test"
    ),
    "another name": lambda b, at: save(accounts.save_accounts, at, external_id="well", name="Better"),
    "a status": lambda b, at: save(accounts.save_accounts, at, external_id="well", status="churned"),
    "a currency without a rate": lambda b, at: save(
        accounts.save_accounts, at, external_id="well", currency="SEK"
    ),
    "a deletion": lambda b, at: accounts.delete_account(id=b.well.pk, actor=b.adam, at=at),
    "a person's new name": lambda b, at: Persona.objects.filter(pk=b.champion.pk).update(name="Renamed"),
    "an erasure": erase_somebody,
    "a step": lambda b, at: save(accounts.save_steps, at, external_id="s", title="Call", account_external_id="risky"),
    "a step that is done": open_and_finish_a_step,
    "an outcome": lose_silently,
    "a manager's word": lambda b, at: accounts.acknowledge(
        account_id=b.risky.pk, plan="Call", actor=b.lena, today=at.date(), at=at
    ),
    "a touch": touch_them,
    "an escalation": lambda b, at: Case.objects.create(
        account=b.well, kind="escalation", severity="low", opened_at=at, created_at=at, updated_at=at
    ),
    "a fact of last year": lambda b, at: set_fact(b.well, "arr", "200000.00", at=at - 370 * DAY),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_the_stored_portfolio_is_the_computed_one_after_every_door_of_writes(book, door):
    services.keep_book(at=NOW)
    assert selectors.book_version(at=LATER)
    before = computed()
    assert shown() == before
    DOORS[door](book, LATER)
    after = computed()
    assert shown() == after
    if door not in ("a rating taken back", "a step that is done"):  # these end where they began
        assert after != before
    services.keep_book(at=LATER)
    assert selectors.book_version(at=LATER)
    assert shown() == after
    assert json.loads(zlib.decompress(TenantKpi.objects.get().body)) == {
        key: after[key] for key in after if key != "at"
    }


FILTERS = [
    lambda b: PortfolioFilter(owner=b.alice.member_id),
    lambda b: PortfolioFilter(team=b.vera.member_id),
    lambda b: PortfolioFilter(segment="Large"),
    lambda b: PortfolioFilter(tier="Gold"),
    lambda b: PortfolioFilter(renews_before=(NOW + 90 * DAY).date()),
]


@pytest.mark.parametrize("choose", FILTERS)
def test_a_part_of_the_book_is_kept_apart_and_true_before_and_after_a_write(book, choose):
    put_on_the_team(book, NOW)
    services.keep_book(at=LATER)
    chosen = choose(book)
    assert [shown(chosen), shown(chosen)] == [computed(chosen)] * 2
    assert {row["name"] for row in shown(chosen)["accounts"]} == {"Well"}
    assert len(shown()["accounts"]) == 2
    save(
        accounts.save_accounts, LATER, external_id="well", owner_email=None, team=[], segment=None, tier=None,
        renewal_on=None,
    )  # fmt: skip
    assert shown(chosen) == computed(chosen)
    services.keep_book(at=LATER)
    assert shown(chosen) == computed(chosen)
    assert shown(chosen)["accounts"] == []


def test_time_alone_makes_a_rating_stale_and_the_stored_portfolio_with_it(book):
    services.keep_book(at=NOW)
    kept = TenantKpi.objects.get()
    assert kept.good_until == dt.datetime(
        2026, 11, 3, tzinfo=dt.UTC
    )  # the surprises of a year move at midnight
    tomorrow = kept.good_until + dt.timedelta(hours=1)
    services.keep_book(at=tomorrow)
    until = TenantKpi.objects.get().good_until
    assert until == NOW + DAY  # when a rating is 120 days old
    assert shown(at=until - dt.timedelta(microseconds=1))["stale_ratings"]["people"] == 1
    assert shown(at=until)["stale_ratings"]["people"] == 1
    over = until + dt.timedelta(microseconds=1)
    assert selectors.book_version(at=over) is None
    assert shown(at=over)["stale_ratings"]["people"] == 2
    assert shown(at=over) == computed(at=over)


def test_a_fact_that_turns_a_year_old_or_comes_into_force_ends_the_stored_portfolio(book):
    soon = NOW + dt.timedelta(hours=2)
    set_fact(book.well, "arr", "1.00", at=soon - 365 * DAY)
    services.keep_book(at=NOW)
    assert TenantKpi.objects.get().good_until == soon
    assert computed(at=soon)["retention"] != computed(at=soon - dt.timedelta(seconds=1))["retention"]
    Step.objects.create(
        account=book.risky, title="Call", created_at=NOW, updated_at=NOW, done_at=NOW + dt.timedelta(hours=1)
    )
    services.keep_book(at=NOW)
    assert TenantKpi.objects.get().good_until == NOW + dt.timedelta(hours=1)


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_book_that_is_read_and_written_in_pieces_is_the_same(book, monkeypatch, pieces):
    third = make_account(at=NOW - DAY, name="Third")
    services.rescore(account_ids=[third.pk], at=NOW)
    whole = computed()
    assert [account["name"] for account in whole["accounts"]] == ["Well", "Risky", "Third"]
    monkeypatch.setattr("health.selectors.book.PAGE", pieces)
    monkeypatch.setattr(import_module("health.selectors.kept"), "WRITTEN", pieces)
    assert computed() == whole
    services.keep_book(at=LATER)
    assert shown() == whole


def test_every_table_that_a_portfolio_reads_leaves_a_mark(book):
    with CaptureQueriesContext(connection) as captured:
        selectors.portfolio(PortfolioFilter(team=book.vera.member_id, owner=book.alice.member_id), at=LATER)
        selectors.portfolio(at=LATER)
        selectors.money_by_week(account_ids=None, at=LATER)
    read = set(
        re.findall(
            r"\b(?:accounts|health|relationships|feedback|journeys)_[a-z]+\b", str(captured.captured_queries)
        )
    )
    # The tenant's own row changes together with its facts.
    assert read - {"accounts_tenant"} <= set(BOOK_TABLES)
    assert {"accounts_account", "health_score", "accounts_accountteam", "accounts_persona"} <= read


def test_a_tenant_knows_nothing_of_anothers_writes(book):
    services.keep_book(at=NOW)
    with tenant_scope(book.globex.pk):
        make_account(at=NOW, name="Theirs")
        assert BookWrite.objects.count() == 1
        assert selectors.book_version(at=LATER) is None
        assert "Well" not in json.dumps(shown())
    assert selectors.book_version(at=LATER)


@pytest.mark.django_db(transaction=True)
def test_a_write_that_commits_while_the_book_is_summed_is_not_lost():
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = make_account(at=NOW - DAY, name="Old name")
        services.rescore(account_ids=[account.pk], at=NOW)
    written, summed = threading.Event(), threading.Event()

    def rename() -> None:
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(name="New name")
            written.set()
            summed.wait(60)
        connection.close()

    writer = threading.Thread(target=rename)
    writer.start()
    written.wait(60)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert services.keep_book(at=NOW)
    summed.set()
    writer.join(60)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert selectors.book_version(at=LATER) is None
        assert [row["name"] for row in shown()["accounts"]] == ["New name"]
        services.keep_book(at=NOW)
        assert selectors.book_version(at=LATER)
        assert [row["name"] for row in shown()["accounts"]] == ["New name"]


@pytest.mark.django_db(transaction=True)
def test_only_one_sums_a_book_at_a_time():
    cast = make_cast()
    answers = []

    def also() -> None:
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            answers.append(services.keep_book(at=NOW))
        connection.close()

    with tenant_scope(cast.northwind.pk), transaction.atomic():
        answers.append(services.keep_book(at=NOW))
        other = threading.Thread(target=also)
        other.start()
        other.join(60)
    assert answers == [True, False]


@pytest.mark.django_db(transaction=True)
def test_what_the_owner_writes_outside_a_tenant_marks_every_book():
    cast = make_cast()
    for tenant in (cast.northwind, cast.globex):
        with tenant_scope(tenant.pk), transaction.atomic():
            make_account(at=NOW - DAY)
            services.keep_book(at=NOW)
            assert selectors.book_version(at=LATER)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET name = 'Migrated'")
    for tenant in (cast.northwind, cast.globex):
        with tenant_scope(tenant.pk), transaction.atomic():
            assert selectors.book_version(at=LATER) is None
