"""Rounds: whom they ask, how they are done, and what happens to them by itself."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import AccountTeam, Activity, Membership, NoticePreference, Notification, Outbox
from accounts.scope import tenant_scope
from accounts.selectors import notice_words
from relationships import selectors, services
from relationships.models import Assignment, Cadence, Rating, Round
from relationships.services import NewRating
from tests.relationships.conftest import make_account, make_persona

DAY = dt.timedelta(days=1)


def whole(persona, strength="okay", mood="positive", **fields):
    facets = {f"sentiment_{facet}": mood for facet in ("brand", "product", "service")}
    fields.setdefault("driver", "support" if mood == "negative" else "")
    return NewRating(persona_id=persona.pk, strength=strength, **facets, **fields)


def rate(book, rating, *, actor=None, at):
    return services.record_rating(rating=rating, actor=actor or book.alice, at=at).rating


def open_round(book, at, *, actor=None, **values):
    values = {"name": "November", "due_on": at.date() + 10 * DAY, **values}
    (saved,) = services.save_rounds(
        items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=actor or book.lena, at=at
    )
    if saved.faults:
        raise accounts.Refused(saved.faults)
    return Round.objects.get(pk=saved.id)


def asked(round):
    rows = Assignment.objects.filter(round=round).select_related("persona", "rater__user")
    return {(row.persona.name, str(row.rater), row.blind) for row in rows}


def test_a_round_asks_each_owner_for_the_people_who_count_and_tells_them(book, now):
    make_persona(book.larkspur, "Gone", left_on=now.date() - DAY, at=now)
    make_persona(book.larkspur, "Uncounted", tracked=False, at=now)
    make_persona(make_account("Lost", owner=book.alice, at=now, status="churned"), "Past", at=now)
    round = open_round(book, now)
    assert asked(round) == {("Dana", "Alice", False), ("Eli", "Alice", False), ("Farid", "Lena", False)}
    told = Notification.objects.filter(kind="round").values_list("member_id", "data")
    assert dict(told)[book.alice.member_id] == {"people": 2, "due_on": f"{now.date() + 10 * DAY}"}
    assert Activity.objects.get(verb="round.created").data["after"]["name"] == "November"


@pytest.mark.parametrize(
    ("scope", "people"),
    [
        ({"segment": ["SMB"]}, {"Farid"}),
        ({"tier": ["A"]}, {"Dana", "Eli"}),
        ({"besides_tiers": ["A"]}, {"Farid"}),
        ({"owner_email": ["lena@northwind.test"]}, {"Farid"}),
        ({"renews_within": 30}, {"Dana", "Eli"}),
        ({"rated_within": 7}, {"Eli", "Farid"}),
    ],
)
def test_a_scope_narrows_whom_a_round_asks_for(book, now, scope, people):
    book.larkspur.tier, book.larkspur.renewal_on = "A", now.date() + 20 * DAY
    book.larkspur.save()
    book.plover.segment = "SMB"
    book.plover.save()
    rate(book, whole(book.dana), at=now - DAY)
    assert {name for name, _rater, _blind in asked(open_round(book, now, scope=scope))} == people


def test_without_an_owner_who_may_rate_the_team_is_asked_else_nobody(book, now):
    Membership.objects.filter(pk=book.lena.member_id).update(role="viewer")
    tenant = book.northwind
    asking = selectors.whom_to_ask(scope=selectors.Scope(), tenant=tenant, at=now)
    assert [person.name for person in asking.nobody] == ["Farid"]
    AccountTeam.objects.create(account=book.plover, membership_id=book.adam.member_id)
    asking = selectors.whom_to_ask(scope=selectors.Scope(), tenant=tenant, at=now)
    assert (asking.people, asking.accounts, asking.nobody) == (3, 2, [])
    assert {rater: people for rater, people, _ in asking.by_rater()}[book.adam.member_id] == 1


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"name": " "}, "/name", "required"),
        ({"due_on": dt.date(2026, 11, 1)}, "/due_on", "out_of_range"),
        ({"scope": {"tier": ["nowhere"]}}, "/scope", "nobody"),
        ({"scope": {"owner_email": ["no@body.test"]}}, "/scope/owner_email", "unknown_member"),
        ({"second_share": 50}, "/second_rater_emails", "required"),
        (
            {"second_share": 50, "second_rater_emails": ["vera@northwind.test"]},
            "/second_rater_emails",
            "viewer",
        ),
    ],
)
def test_a_round_is_refused_by_field_and_asks_nobody(book, now, wrong, pointer, code):
    with pytest.raises(accounts.Refused) as refusal:
        open_round(book, now, **wrong)
    assert (refusal.value.faults[0].pointer, refusal.value.faults[0].code) == (pointer, code)
    assert not Round.objects.exists()
    assert not Notification.objects.exists()


def test_only_a_leader_opens_and_closes_rounds(book, now):
    with pytest.raises(accounts.NotYours):
        open_round(book, now, actor=book.alice)
    round = open_round(book, now)
    with pytest.raises(accounts.NotYours):
        services.close_round(id=round.pk, actor=book.alice, at=now)
    with tenant_scope(book.globex.pk), pytest.raises(Round.DoesNotExist):
        services.close_round(id=round.pk, actor=book.gloria, at=now)
    assert Round.objects.get().closed_at is None


def test_a_person_is_done_once_strength_and_every_sentiment_is_said_since(book, now):
    rate(book, whole(book.dana), at=now - DAY)  # before the round: does not count
    round = open_round(book, now)
    later = now + DAY
    rate(book, NewRating(persona_id=book.dana.pk, strength="weak"), at=later)
    assert not Assignment.objects.filter(round=round, done_at__isnull=False).exists()
    last = rate(book, whole(book.dana, strength=None), at=later + DAY)
    assert Assignment.objects.get(round=round, persona=book.dana).done_at == later + DAY
    services.withdraw_rating(rating_id=last.pk, actor=book.alice, at=later + 2 * DAY)
    assert Assignment.objects.get(round=round, persona=book.dana).done_at is None


def test_anyone_asked_in_a_round_may_rate_whoever_owns_the_account(book, now):
    farid = whole(book.farid)
    with pytest.raises(accounts.NotYours):
        rate(book, farid, at=now)
    seconds = {"second_share": 100, "second_rater_emails": ["alice@northwind.test", "adam@northwind.test"]}
    round = open_round(book, now, **seconds)
    assert ("Farid", "Alice", True) in asked(round)
    assert {rater for _name, rater, blind in asked(round) if blind} == {"Alice", "Adam"}
    made = rate(book, farid, at=now)
    services.withdraw_rating(rating_id=made.pk, actor=book.alice, at=now)
    services.close_round(id=round.pk, actor=book.lena, at=now)
    with pytest.raises(accounts.NotYours):
        rate(book, farid, at=now)
    assert Rating.objects.count() == 1


def test_a_share_is_drawn_for_a_second_opinion_and_never_by_the_first_rater(book, now):
    for i in range(8):
        make_persona(book.larkspur, f"More {i}", at=now)
    emails = ["alice@northwind.test", "lena@northwind.test"]
    round = open_round(book, now, second_share=50, second_rater_emails=emails)
    rows = asked(round)
    first = {name: rater for name, rater, blind in rows if not blind}
    second = {name: rater for name, rater, blind in rows if blind}
    assert len(second) == 6  # half of eleven, upwards
    assert all(first[name] != rater for name, rater in second.items())


def test_the_queue_shows_the_inherited_first(book, now):
    other = make_account("Another", owner=book.alice, at=now - 90 * DAY)
    make_persona(other, "Zoe", at=now - 90 * DAY)
    rate(book, whole(book.dana), actor=book.lena, at=now - 40 * DAY)
    values = {"owner_email": "adam@northwind.test"}
    for moment, owner in ((now - 20 * DAY, "adam"), (now - 10 * DAY, "alice")):
        values = {"owner_email": f"{owner}@northwind.test"}
        accounts.save_accounts(
            items=[accounts.Item(values=values, id=book.larkspur.pk)],
            mode=accounts.Mode.UPDATE,
            actor=None,
            at=moment,
        )
    open_round(book, now)
    grid = selectors.rating_grid(actor=book.alice, at=now, show="asked")
    assert [person.name for account in grid.accounts for person in account.people] == ["Dana", "Eli", "Zoe"]
    assert (grid.asked, grid.accounts[0].people[0].inherited) == (3, True)


def tend(book, at):
    services.tend_rounds(ref={"day": str(at.date())}, at=at)


def test_a_hand_over_moves_what_is_open_to_the_new_owner(book, now):
    round = open_round(book, now)
    rate(book, whole(book.eli), at=now)
    accounts.save_accounts(
        items=[accounts.Item(values={"owner_email": "lena@northwind.test"}, id=book.larkspur.pk)],
        mode=accounts.Mode.UPDATE, actor=None, at=now + DAY,
    )  # fmt: skip
    tend(book, now + DAY)
    assert asked(round) == {("Dana", "Lena", False), ("Eli", "Alice", False), ("Farid", "Lena", False)}
    assert Assignment.objects.get(persona=book.dana).inherited


def test_who_left_is_asked_for_no_more_and_a_finished_round_closes(book, now):
    round = open_round(book, now, scope={"owner_email": ["alice@northwind.test"]})
    rate(book, whole(book.dana), at=now)
    accounts.save_personas(
        items=[accounts.Item(values={"left_on": now.date()}, id=book.eli.pk)],
        mode=accounts.Mode.UPDATE, actor=None, at=now,
    )  # fmt: skip
    tend(book, now + DAY)
    assert Round.objects.get(pk=round.pk).closed_at == now + DAY


def test_raters_are_reminded_and_the_leader_is_told_once_it_is_overdue(book, now):
    round = open_round(book, now, due_on=now.date() + 5 * DAY)
    for day in range(1, 14):
        tend(book, now + day * DAY)
        tend(book, now + day * DAY)  # twice is harmless
    mine = Notification.objects.filter(kind="round", member_id=book.alice.member_id).order_by("at")
    assert [(notice.at - now).days for notice in mine] == [0, 2, 5, 12]
    late = Notification.objects.get(kind="late_round")
    assert (late.member_id, late.data["people"], late.object_id) == (book.lena.member_id, 3, round.pk)
    assert Round.objects.get(pk=round.pk).escalated_at == now + 6 * DAY
    services.close_round(id=round.pk, actor=None, at=now + 14 * DAY)
    assert Notification.objects.filter(kind__in=["late_round", "closed_round"]).count() == 1


def test_the_leaders_are_told_again_of_a_round_that_is_overdue_on_its_new_day_too(book, now):
    round = open_round(book, now, due_on=now.date() + 5 * DAY)
    tend(book, now + 6 * DAY)
    later = accounts.Item(values={"due_on": (now + 10 * DAY).date()}, id=round.pk)
    services.save_rounds(items=[later], mode=accounts.Mode.UPDATE, actor=book.lena, at=now + 6 * DAY)
    assert Round.objects.get(pk=round.pk).escalated_at is None
    tend(book, now + 9 * DAY)
    assert Notification.objects.filter(kind="late_round").count() == 1
    tend(book, now + 11 * DAY)
    told = Notification.objects.filter(kind="late_round").latest("at")
    assert told.data["due_on"] == (now + 10 * DAY).date().isoformat()
    assert Round.objects.get(pk=round.pk).escalated_at == now + 11 * DAY


def test_the_leaders_are_told_of_a_round_that_closes_with_people_left(book, now):
    round = open_round(book, now)
    rate(book, whole(book.dana), at=now)
    services.close_round(id=round.pk, actor=book.adam, at=now + DAY)
    told = Notification.objects.get(kind="closed_round")
    assert (told.member_id, told.data["people"]) == (book.lena.member_id, 2)
    assert notice_words(told) == "A rating round was closed, and 2 people are not rated"
    assert Round.objects.get(pk=round.pk).escalated_at == now + DAY


def test_the_leaders_are_told_of_what_a_cadence_leaves_behind_when_its_next_round_opens(book, now):
    values = {"tier": "", "every_days": 7, "due_days": 7, "next_on": now.date()}
    services.save_cadences(
        items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=book.lena, at=now
    )
    tend(book, now)
    tend(book, now + 7 * DAY)
    told = Notification.objects.get(kind="closed_round")
    assert (told.member_id, told.data["people"]) == (book.lena.member_id, 3)


@pytest.mark.parametrize(("muted", "told"), [("late_round", 1), ("closed_round", 0)])
def test_a_leader_who_mutes_overdue_rounds_is_still_told_of_one_that_closes(book, now, muted, told):
    NoticePreference.objects.create(member=book.lena.membership, muted=[muted])
    round = open_round(book, now)
    services.close_round(id=round.pk, actor=book.adam, at=now + DAY)
    assert Notification.objects.filter(kind="closed_round", object_id=round.pk).count() == told


def test_a_cadence_opens_the_next_round_by_itself_once_a_period(book, now):
    book.larkspur.tier = "A"
    book.larkspur.save()
    for values in ({"tier": "A", "every_days": 30, "due_days": 7}, {"tier": "", "every_days": 60}):
        (saved,) = services.save_cadences(
            items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=book.lena, at=now
        )
        assert not saved.faults
    tend(book, now)
    assert not Round.objects.exists()
    tend(book, now + DAY)
    tend(book, now + DAY)
    first = Round.objects.get(name__startswith="A, ")
    assert {name for name, _rater, _blind in asked(first)} == {"Dana", "Eli"}
    assert {name for name, _rater, _blind in asked(Round.objects.get(name__startswith="All"))} == {"Farid"}
    assert Cadence.objects.get(tier="A").next_on == now.date() + 31 * DAY
    tend(book, now + 31 * DAY)
    assert Round.objects.filter(name__startswith="A, ").count() == 2
    assert Round.objects.get(pk=first.pk).closed_at == now + 31 * DAY


def test_a_tier_has_one_cadence(book, now):
    item = accounts.Item(values={"tier": "A", "every_days": 30})
    for code in (None, "taken"):
        (saved,) = services.save_cadences(items=[item], mode=accounts.Mode.CREATE, actor=book.adam, at=now)
        assert [fault.code for fault in saved.faults] == ([code] if code else [])
    with pytest.raises(accounts.NotYours):
        services.save_cadences(items=[item], mode=accounts.Mode.CREATE, actor=book.alice, at=now)


def test_a_day_is_left_to_the_workers_once(book, now):
    assert services.begin_tending(tenant=book.northwind, at=now)
    assert not services.begin_tending(tenant=book.northwind, at=now)
    assert Outbox.objects.filter(kind="tend_rounds").count() == 1


def test_opening_a_round_costs_the_same_queries_whatever_its_size(book, now):
    counts = []
    for size in (1, 3):
        for i in range(size):
            make_persona(book.larkspur, f"P{size}{i}", at=now)
        with CaptureQueriesContext(connection) as queries:
            open_round(book, now, second_share=100, second_rater_emails=["adam@northwind.test"])
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_report_answers_the_questions_of_a_leader(book, now):
    began = selectors.quarter_began(tenant=book.northwind, at=now)
    assert began == dt.datetime(2026, 10, 1, tzinfo=ZoneInfo("UTC"))
    rate(book, whole(book.dana), at=now - DAY)
    rate(book, whole(book.farid), actor=book.lena, at=now - 60 * DAY)
    accounts.save_accounts(
        items=[accounts.Item(values={"owner_email": "alice@northwind.test"}, id=book.plover.pk)],
        mode=accounts.Mode.UPDATE, actor=None, at=now - DAY,
    )  # fmt: skip
    report = selectors.rating_report(actor=book.lena, kind="quarter", at=now)
    assert [person.name for person in report.people] == ["Eli", "Farid"]
    assert (report.counts, report.all) == ({"quarter": 2, "inherited": 1, "stale": 1, "diverging": 0}, 3)
    assert report.by_owner == [(book.alice.member_id, "Alice", 2, 3)]
    inherited = selectors.rating_report(actor=book.lena, kind="inherited", at=now)
    assert [person.name for person in inherited.people] == ["Farid"]
