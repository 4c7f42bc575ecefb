"""Where a word and what happened lie apart: the whole book gives what a look at each person gives."""

import datetime as dt
import random

import pytest

from accounts.models import Account, Persona, Touch, TouchAttendee
from health import selectors as health
from health.models import UsageDay
from relationships import selectors
from relationships.formulas.inferred import DEPTH, divergence, weight
from relationships.selectors.inferred import said_days
from tests.relationships.test_heard import crowd, kept_crowd, mine_of, reader

__all__ = ["crowd", "kept_crowd", "reader"]

DAY = dt.timedelta(days=1)


@pytest.fixture
def met(crowd, now):
    """Touches and usage of any kind with the people of the crowd, one of whom was entered twice."""
    rng = random.Random(3)
    people = list(Persona.objects.order_by("account__name", "name", "pk"))
    for number, person in enumerate(people):
        person.email = f"P{number}@larkspur.test" if number % 3 else ""
    Persona.objects.bulk_update(people, ["email"])
    seen = [
        person for number, person in enumerate(people) if number % 3
    ]  # nobody wrote down anything of the others
    twin = people[2]
    Persona.objects.filter(pk=twin.pk).update(merged_into=people[3], deleted_at=now)
    Account.objects.update(status="active")
    touches = []
    for _ in range(240):
        account, at = rng.choice(people).account_id, now - rng.choice((1, 3, 9, 25, 50, 90, 150, 190)) * DAY
        touches.append(
            Touch(
                account_id=account, at=at, kind=rng.choice(list(DEPTH)), direction=rng.choice((None, "inbound", "outbound")),
                touchpoint=rng.choice(("", "review", "training", "renewal")), created_at=at, updated_at=at,
                deleted_at=rng.choice((None, None, None, at)),
            )
        )  # fmt: skip
    Touch.objects.bulk_create(touches)
    TouchAttendee.objects.bulk_create(
        TouchAttendee(touch=touch, persona=person)
        for touch in touches
        for person in rng.sample(seen, 3)
        if person == twin or person.account_id == touch.account_id or rng.random() < 0.5
    )
    UsageDay.objects.bulk_create(
        UsageDay(
            account_id=person.account_id, day=(now - ago * DAY).date(), user_key=key, feature="reports", count=1,
            recorded_at=now - DAY,
        )
        for person in people[::2] if person.email
        for key in (person.email, person.email.lower())
        for ago in rng.sample(range(40), 9)
    )  # fmt: skip
    return crowd


def one_by_one(people, at):
    """(person, what happened, levels apart, weight) of a look at each."""
    inferred = selectors.inferred_strengths(persona_ids=[one.id for one in people], at=at)
    found = []
    for one in people:
        given = {"age_days": said_days(one)}
        if apart := divergence(one.strength, inferred[one.id], **given):
            found.append(
                (one, inferred[one.id], apart, pytest.approx(weight(one.strength, inferred[one.id], **given)))
            )
    found.sort(
        key=lambda row: (-round(row[3].expected, 2), -row[2], row[0].account_name.lower(), row[0].name, row[0].id)
    )  # fmt: skip
    return [(one, happened(inferred), *rest) for one, inferred, *rest in found]


def happened(inferred):
    """Without the last digits, which depend on the order in which touches are summed."""
    return (
        inferred.level,
        round(inferred.value, 9),
        round(inferred.sure, 9),
        inferred.active_days,
        inferred.reason,
    )


def told(found):
    return [(one.person, happened(one.inferred), one.apart, one.weight) for one in found.rows]


def test_the_book_gives_whom_a_look_at_each_finds(met, reader, now):
    people = selectors.rated_people(tenant=met.northwind, at=now)
    expected = one_by_one(people, now)
    found = selectors.divergences(at=now, today=now.date())
    assert told(found) == expected
    assert (found.total, found.above) == (len(expected), sum(row[2] > 0 for row in expected))
    assert 0 < found.above < found.total
    assert any(row[1][3] for row in expected)  # days in the product
    first = selectors.divergences(at=now, today=now.date(), most=3)
    assert (told(first), first.total) == (expected[:3], found.total)


def test_a_member_and_an_account_have_their_own(met, reader, now):
    given = {"at": now, "today": now.date()}
    mine = selectors.divergences(member=met.alice.member_id, **given)
    assert told(mine) == one_by_one(mine_of(met, now), now)
    account = mine.rows[0].person.account_id
    people = selectors.rated_people(tenant=met.northwind, at=now, account_ids=[account])
    assert told(selectors.divergences(account_ids=[account], **given)) == one_by_one(people, now)


def test_days_under_two_keys_are_counted_once(met, now):
    person = Persona.objects.exclude(email="").filter(account__name__startswith="a").order_by("pk")[0]
    UsageDay.objects.all().delete()
    for key, days in ((person.email, (0, 1, 2, 28, 29)), (person.email.lower(), (2, 3))):
        for ago in days:
            UsageDay.objects.create(
                account_id=person.account_id, day=(now - ago * DAY).date(), user_key=key, feature="reports", count=1,
                recorded_at=now,
            )  # fmt: skip
    people = [(person.pk, person.account_id, person.email)]
    assert health.people_active_days(people=people, at=now) == {person.pk: 4}  # 1, 2, 3 and 28 days ago
