"""What the database sorts, filters and counts of many people is what a look at each of them gives."""

import datetime as dt
import random
from collections import Counter, defaultdict

import pytest
from django.db import transaction

from accounts.models import Account, AccountFact, AccountTeam, Persona
from accounts.scope import Reader, reader_scope, tenant_scope
from relationships import selectors
from relationships.models import Driver, Rating, RatingWithdrawal
from relationships.selectors import spoken
from relationships.selectors.heard import ORDER, SENTIMENTS, STRENGTHS, heard
from tests.conftest import make_cast
from tests.kept import KEPT
from tests.relationships.conftest import make_account, make_book, make_persona

DAY = dt.timedelta(days=1)
MOODS = (None, "negative", "neutral", "positive")
NAMES = ("Ada", "ada", "Émile", "Zoë", "Bo", "bo")  # in the order of a machine, not of a dictionary


def make_crowd(book, now):
    """Nine accounts, one taken over, one of a team, one of nobody, one lost; 54 people with any ratings."""
    rng, year_ago = random.Random(8), now - 365 * DAY
    cast = (book.alice, book.lena, book.adam)
    Driver.objects.create(key="price", label="Price")
    Driver.objects.create(key="support", label="Support")
    for number in range(9):
        owner = None if number == 3 else cast[number % 2]
        account = make_account(f"{'aB'[number % 2]}ccount {number % 4}", owner=owner, at=year_ago)
        account.segment = ("Enterprise", "SMB", "")[number % 3]
        account.status = Account.Status.CHURNED if number == 4 else Account.Status.ACTIVE
        account.save()
        if number == 5:
            AccountTeam.objects.create(account=account, membership=book.alice.membership)
        if number in (0, 6):
            AccountFact.objects.create(
                account=account, key="owner", value=str(owner.member_id), effective_at=now - 10 * DAY, recorded_at=now
            )  # fmt: skip
        for index in range(6):
            make_persona(account, NAMES[index], at=year_ago, role=rng.choice(Persona.Role.values))
    people = list(Persona.objects.order_by("account__name", "name", "pk"))
    Rating.objects.bulk_create(_rating(rng, rng.choice(people), cast, now) for _ in range(180))
    RatingWithdrawal.objects.bulk_create(
        RatingWithdrawal(rating=rating, author=book.adam.membership, recorded_at=now - DAY)
        for rating in Rating.objects.order_by("recorded_at")[::7]
    )
    Persona.objects.filter(pk__in=[person.pk for person in people[::11]]).update(tracked=False)
    Persona.objects.filter(pk=people[5].pk).update(left_on=(now - 9 * DAY).date())
    Persona.objects.filter(pk=people[6].pk).update(
        account=people[40].account
    )  # what was said there stays there
    return book


def made(now):
    cast = make_cast()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return make_crowd(make_book(cast, now), now)


@pytest.fixture
def kept_crowd(request, now, django_db_setup, django_db_blocker):
    return KEPT.given(request, django_db_blocker, lambda: made(now))


@pytest.fixture
def crowd(kept_crowd, db):
    """See ``make_crowd``; with Northwind's scope open."""
    with tenant_scope(kept_crowd.northwind.pk), transaction.atomic():
        yield kept_crowd


def _rating(rng, person, cast, now):
    at = now - rng.choice((0.1, 1, 20, 29.9, 31, 60, 119, 121, 200, 300)) * DAY
    moods = [rng.choice(MOODS) for _ in range(3)] if rng.random() < 0.7 else [rng.choice(MOODS)] * 3
    return Rating(
        account_id=person.account_id, persona=person, strength=rng.choice((None, *STRENGTHS)),
        sentiment_brand=moods[0], sentiment_product=moods[1], sentiment_service=moods[2],
        observed=rng.choice(MOODS[1:]), driver=rng.choice(("", "price", "support", "gone")),
        rated_at=at, recorded_at=at + rng.choice((0, 0, 400)) * DAY * (rng.random() < 0.2),
        rated_by=rng.choice((*cast, cast[1])).membership,
    )  # fmt: skip


@pytest.fixture(params=["anybody", "a second rater"])
def reader(request, crowd):
    """As somebody who may see everything, and as one who waits for a blind rating of every third."""
    people = [row.pk for row in Persona.objects.order_by("pk")][::3]
    who = Reader(member_id=crowd.lena.member_id, people=frozenset(people))
    with reader_scope(Reader() if request.param == "anybody" else who):
        yield request.param


def test_levels_moments_and_flags_are_those_of_each_person(crowd, reader, now):
    given = {"at": now, "today": now.date()}
    people = spoken.people_where("true", **given)
    rows = heard(
        "SELECT id, strength, brand, overall, rated_at, oldest_at, rated, inherited, due, stale, gap, driver "
        f"FROM people_heard ORDER BY {ORDER}",
        condition="true",
        driver=True,
        **given,
    )
    place = {None: None} | {word: levels.index(word) for levels in (STRENGTHS, SENTIMENTS) for word in levels}
    assert rows == [
        (
            one.id, place[one.strength], place[one.brand], place[one.overall], one.rated_at, one.oldest_at, one.rated,
            one.inherited, one.due, one.stale, one.gap, one.driver,
        )
        for one in people
    ]  # fmt: skip
    counts = [sum(row[i] is True for row in rows) for i in (6, 7, 8, 9)]
    assert all(counts), counts
    assert {row[10] for row in rows} >= {-1, 0, 1}


def test_people_are_found_by_what_holds_of_their_rating(crowd, reader, now):
    people, before = spoken.people_where("true", at=now, today=now.date()), now - 25 * DAY
    for asked, holds in (
        ({"stale": True}, lambda one: one.stale),
        ({"inherited": True, "stale": False}, lambda one: one.inherited and not one.stale),
        ({"diverges": True}, lambda one: one.diverges),
        ({"rated_before": before}, lambda one: one.rated_at is None or one.rated_at < before),
    ):
        expected = {one.id for one in people if holds(one)}
        assert expected
        assert set(selectors.people_said(at=now, **asked)) == expected
    account = people[0].account_id
    here = {one.id for one in people if one.account_id == account and not one.diverges}
    assert set(selectors.people_said(at=now, account_id=account, diverges=False)) == here


def live(crowd, now):
    return selectors.rated_people(tenant=crowd.northwind, at=now)


@pytest.mark.parametrize("kind", ["quarter", "inherited", "stale", "diverging"])
@pytest.mark.parametrize("whose", [None, "alice"])
def test_the_report_lists_and_counts_whom_a_look_at_each_finds(crowd, reader, now, kind, whose):
    owner = getattr(crowd, whose).member_id if whose else None
    chosen = [one for one in live(crowd, now) if owner in (None, one.owner_id)]
    began = selectors.quarter_began(tenant=crowd.northwind, at=now)
    lists = {
        "quarter": [one for one in chosen if one.rated_at is None or one.rated_at < began],
        "inherited": [one for one in chosen if one.inherited],
        "stale": [one for one in chosen if one.stale or not one.rated],
        "diverging": [one for one in chosen if one.diverges],
    }
    report = selectors.rating_report(actor=crowd.lena, kind=kind, owner=owner, at=now)
    assert report.people == sorted(
        lists[kind],
        key=lambda one: (-one.attention, one.rated, one.oldest_at or now, one.account_name, one.name),
    )
    assert (report.counts, report.all) == ({name: len(found) for name, found in lists.items()}, len(chosen))
    listed, everyone = (Counter(one.owner_id for one in found) for found in (lists[kind], chosen))
    assert [(row[0], *row[2:]) for row in report.by_owner] == sorted(
        ((one, listed[one], count) for one, count in everyone.items()),
        key=lambda row: (-row[1], {crowd.alice.member_id: "Alice", crowd.lena.member_id: "Lena"}.get(row[0], "")),
    )  # fmt: skip
    assert report.owners == {crowd.alice.member_id: "Alice", crowd.lena.member_id: "Lena"}


def test_the_pages_of_a_list_of_the_report_are_the_whole_of_it(crowd, reader, now, monkeypatch):
    whole = selectors.rating_report(actor=crowd.lena, kind="quarter", at=now)
    assert (whole.listed, whole.pages) == (len(whole.people), 1)
    monkeypatch.setattr("relationships.selectors.report.REPORT_PAGE", 4)
    found = []
    for number in range(1, -(-whole.listed // 4) + 1):
        page = selectors.rating_report(actor=crowd.lena, kind="quarter", page=number, at=now)
        assert len(page.people) <= 4
        found += page.people
    assert page.pages == number > 1
    assert found == whole.people


def mine_of(crowd, now):
    """Alice's people, by a look at each account."""
    owned = set(Account.objects.filter(owner_id=crowd.alice.member_id).values_list("pk", flat=True))
    team = set(
        AccountTeam.objects.filter(membership_id=crowd.alice.member_id).values_list("account_id", flat=True)
    )
    lost = set(Account.objects.filter(status="churned").values_list("pk", flat=True))
    return selectors.rated_people(tenant=crowd.northwind, at=now, account_ids=list((owned | team) - lost))


def test_what_is_mine_to_rate_is_whom_a_look_at_each_finds(crowd, reader, now):
    mine = mine_of(crowd, now)
    due = sorted(
        (one for one in mine if one.due),
        key=lambda one: (-one.attention, not one.inherited, one.rated, one.oldest_at or now),
    )
    found = selectors.my_ratings(actor=crowd.alice, at=now, first=5, diverging=8)
    assert found == selectors.MyRatings(
        due=len(due),
        accounts=len({one.account_id for one in due}),
        inherited=sum(one.inherited for one in due),
        unrated=sum(not one.rated for one in due),
        first=due[:5],
        diverging=sorted((one for one in mine if one.diverges), key=lambda one: (one.gap, one.name))[:8],
    )
    assert found.first
    assert found.diverging


@pytest.mark.parametrize("show", ["mine", "due"])
def test_a_page_of_the_grid_holds_the_accounts_that_follow_by_name(crowd, reader, now, show, monkeypatch):
    monkeypatch.setattr("relationships.selectors.grid.ACCOUNTS_A_PAGE", 2)
    mine = mine_of(crowd, now)
    chosen = [one for one in mine if one.due or show == "mine"]
    accounts = list(dict.fromkeys(one.account_id for one in chosen))
    pages = -(-len(accounts) // 2)
    assert pages > 1
    for page in range(pages + 2):
        grid = selectors.rating_grid(actor=crowd.alice, at=now, show=show, page=page)
        here = min(max(page, 1), pages)
        shown = accounts[2 * here - 2 : 2 * here]
        assert (grid.page, grid.pages) == (here, pages)
        assert (grid.people, grid.due) == (len(mine), sum(one.due for one in mine))
        assert [one.id for one in grid.accounts] == shown
        assert [one for each in grid.accounts for one in each.people] == [
            one for one in chosen if one.account_id in shown
        ]


@pytest.mark.parametrize("feels", ["negative", "positive"])
@pytest.mark.parametrize("about", ["", "product"])
@pytest.mark.parametrize("segment", ["", "SMB"])
def test_drivers_are_said_of_whom_a_look_at_each_finds(crowd, reader, now, feels, about, segment):
    homes = set(Account.objects.filter(segment=segment).values_list("pk", flat=True))
    chosen = [one for one in live(crowd, now) if not segment or one.account_id in homes]
    felt = {one.id: getattr(one, about) if about else one.overall for one in chosen}
    groups = defaultdict(list)
    for one in chosen:
        if felt[one.id] == feels:
            groups[one.driver or "", one.driver_label or ""].append(one)
    found = selectors.drivers_behind(
        tenant=crowd.northwind, at=now, feels=feels, about=about, segment=segment
    )
    assert [(one.key, one.label, one.people, one.ids, one.accounts) for one in found.drivers] == [
        (key, label, len(people), [one.id for one in people], len({one.account_id for one in people}))
        for (key, label), people in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0][1], group[0][0]))
    ]  # fmt: skip
    assert (found.people, found.rated) == (
        sum(map(len, groups.values())), sum(word is not None for word in felt.values()),
    )  # fmt: skip
    assert found.segments == ["Enterprise", "SMB"]
    first = selectors.people_behind(found.drivers, at=now, most=3)
    assert [one.id for one in first] == [id for one in found.drivers for id in one.ids][:3]
    fewer = selectors.drivers_behind(
        tenant=crowd.northwind, at=now, feels=feels, about=about, segment=segment, most=1
    )
    assert [one.ids for one in fewer.drivers] == [one.ids[:1] for one in found.drivers]


def test_the_widest_disagreements_come_first_however_few_are_asked_for(crowd, reader, now):
    every = [
        one
        for one in selectors.disagreements(at=now, account_ids=Account.objects.values_list("pk", flat=True))
        if Account.objects.get(pk=one.account_id).status in ("active", "trial")
    ]
    assert selectors.disagreements(at=now) == every
    assert selectors.disagreements(at=now, most=3) == every[:3]
    assert len(every) > 3


@pytest.mark.parametrize(
    ("statements", "read"),
    [
        (2, lambda cast, at: selectors.my_ratings(actor=cast.alice, at=at, first=5, diverging=8)),
        (3, lambda cast, at: selectors.rating_report(actor=cast.lena, kind="quarter", at=at)),
        (2, lambda cast, at: selectors.drivers_behind(tenant=cast.northwind, at=at)),
        (1, lambda cast, at: selectors.disagreements(at=at)),
    ],
)
def test_any_number_of_people_costs_the_same_statements(
    book, now, django_assert_num_queries, statements, read
):
    with django_assert_num_queries(statements):
        read(book, now)
    for number in range(3):
        make_persona(book.larkspur, f"P{number}", at=now)
    with django_assert_num_queries(statements):
        read(book, now)
