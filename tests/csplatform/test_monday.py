"""The Monday view: both days as known then, every change a sum of rows, sentences that explain it, constant
statements."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from accounts import services as accounts
from accounts.models import Account, Persona, Step
from accounts.scope import tenant_scope
from csplatform.forms.monday import MondayForm, last_monday
from csplatform.selectors import monday as selectors
from csplatform.selectors.monday import Asked, monday, total
from csplatform.selectors.monday_rows import monday_rows
from csplatform.selectors.monday_slide import monday_slide
from health import services as health
from tests.csplatform.conftest import rate as rate_person
from tests.csplatform.conftest import save_step
from tests.csplatform.test_risk import lived
from tests.health.builders import make_account, rate

DAY = dt.timedelta(days=1)


def page(cast, now, days=7, **wanted):
    today = now.date()
    return monday(actor=cast.lena, asked=Asked(today - days * DAY, today, **wanted), at=now)


def change(account, now, actor=None, **values):
    item = accounts.Item(id=account.pk, values=values)
    (saved,) = accounts.save_accounts(items=[item], mode=accounts.Mode.UPDATE, actor=actor, at=now)
    assert not saved.faults, saved.faults


def sums(found):
    change = found.at_risk
    return {what: total(getattr(change, what)) for what in ("then", "entered", "left", "revalued", "now")}


def turned(cast, now, name="Acme", **fields):
    """An account that stood well and whose buyer was lost two days ago."""
    account, buyer = lived(
        cast, now, name, frequency=0.3, strength="okay", others="okay", mood="positive", **fields
    )
    for person in Persona.objects.filter(account=account):
        rate(person, at=now - 2 * DAY, by=cast.alice.member_id, strength="none", mood="negative")
    health.take_snapshots(account_ids=[account.pk], at=now)
    health.rescore(account_ids=[account.pk], at=now)
    return account, buyer


def test_what_entered_left_and_changed_in_worth_is_exactly_the_difference(northwind, now):
    turned(northwind, now)
    stays, _buyer = lived(northwind, now, "Stays", arr=Decimal("300.00"))
    gone, _buyer = lived(northwind, now, "Gone", arr=Decimal("50.00"))
    change(stays, now - DAY, arr=Decimal("400.00"))
    change(gone, now - DAY, status="churned")
    found = page(northwind, now)
    assert [row.name for row in found.at_risk.entered] == ["Acme"]
    assert [(row.name, row.now) for row in found.at_risk.left] == [("Gone", "lost")]
    assert [(row.name, row.arr) for row in found.at_risk.revalued] == [("Stays", Decimal(100))]
    money = sums(found)
    assert money["then"] == Decimal(350)
    assert money["now"] == Decimal(1400)
    assert money["then"] + money["entered"] - money["left"] + money["revalued"] == money["now"]
    assert found.at_risk.delta == Decimal(1050)


def test_movers_say_in_sentences_why_and_the_points_sum_to_the_change(northwind, now):
    _account, buyer = turned(northwind, now)
    (mover,) = page(northwind, now).movers
    assert mover.delta < -1
    assert len(mover.why) == selectors.LINES
    assert any(f"{buyer.name}'s rating went from okay to none" == line.text for line in mover.why)
    assert page(northwind, now).at_risk.entered[0].why == mover.why


def test_a_past_span_is_told_as_it_was_known_then(northwind, now):
    account, _buyer = turned(northwind, now)
    change(account, now - DAY, arr=Decimal("9000.00"))
    early = now.date() - 20 * DAY
    found = monday(actor=northwind.lena, asked=Asked(early, early + 7 * DAY), at=now)
    assert not found.span.live
    assert total(found.at_risk.now) == 0
    assert sum(total(band.now) for band in found.bands.values()) == Decimal(1000)
    assert found.movers == []


def past(cast, now):
    """The span that ended ten days ago."""
    return monday(actor=cast.lena, asked=Asked(now.date() - 20 * DAY, now.date() - 10 * DAY), at=now)


def update(save, id, at, **values):
    (saved,) = save(items=[accounts.Item(id=id, values=values)], mode=accounts.Mode.UPDATE, actor=None, at=at)
    assert not saved.faults, saved.faults


def test_a_promise_that_was_moved_broken_or_removed_later_was_late_in_a_past_span(northwind, now):
    account, _buyer = lived(northwind, now)
    due, ids = (now - 12 * DAY).date(), []
    for title in ("Moved", "Broken", "Removed", "Kept"):
        item = accounts.Item(values={"account": account.pk, "title": title, "due_on": due})
        (saved,) = accounts.save_steps(
            items=[item], mode=accounts.Mode.CREATE, actor=None, at=now - 18 * DAY, source="promise"
        )
        ids.append(saved.id)
    moved, broken, removed, kept = ids
    update(accounts.save_steps, kept, now - 13 * DAY, done_at=now - 13 * DAY)
    assert past(northwind, now).work["promises"] == {
        "made": 4, "done": 1, "late": 3, "in_time": 1, "broken": 0,
    }  # fmt: skip
    update(accounts.save_steps, moved, now - 5 * DAY, due_on=(now + 5 * DAY).date())
    update(accounts.save_steps, broken, now - 4 * DAY, broken=True, done_at=now - 11 * DAY)
    Step.objects.filter(pk=removed).update(deleted_at=now - 3 * DAY)
    assert past(northwind, now).work["promises"] == {
        "made": 4, "done": 1, "late": 3, "in_time": 1, "broken": 0,
    }  # fmt: skip
    assert page(northwind, now, days=20).work["promises"] == {
        "made": 3, "done": 1, "late": 0, "in_time": 1, "broken": 1,
    }  # fmt: skip


def test_who_left_in_a_past_span_is_who_was_known_to_have_left(northwind, now):
    account, buyer = lived(northwind, now)
    other = Persona.objects.filter(account=account).exclude(pk=buyer.pk).first()
    day = (now - 15 * DAY).date()
    update(accounts.save_personas, other.pk, now - 14 * DAY, left_on=day)
    update(accounts.save_personas, other.pk, now - 2 * DAY, left_on=None)
    update(accounts.save_personas, buyer.pk, now - 2 * DAY, left_on=day)
    assert (past(northwind, now).gone, page(northwind, now, days=20).gone) == (1, 1)
    asked = Asked(now.date() - 20 * DAY, now.date() - 10 * DAY)
    listed = monday_rows(actor=northwind.lena, asked=asked, key="gone", page=1, members={}, at=now)
    assert [row[0]["text"] for row in listed.rows] == [other.name]
    assert listed.rows[0][3]["text"] == date_format(day, "M j, Y")


def test_an_owner_or_a_segment_narrows_every_number_and_a_new_owner_moves_no_money(northwind, now):
    account, _buyer = lived(northwind, now, segment="Mid")
    lived(northwind, now, "Other", segment="Large")
    assert page(northwind, now, segment="Mid").people == 3
    change(account, now - DAY, owner_email="lena@northwind.test")
    found = page(northwind, now, owner=northwind.lena.member_id)
    assert found.accounts == 1
    assert sums(found) == {"then": 1000, "entered": 0, "left": 0, "revalued": 0, "now": 1000}


def test_who_was_rated_what_was_promised_who_came_and_what_renews(northwind, now):
    account, buyer = lived(northwind, now, renewal_on=(now + 30 * DAY).date())
    rate_person(buyer, northwind.alice, at=now - DAY, strength="okay", mood="neutral")
    Persona.objects.filter(pk=buyer.pk).update(joined_on=(now - DAY).date())
    for source, due, done in (("promise", 3, True), ("promise", -2, False), ("call", -2, False)):
        values = {
            "account": account.pk, "title": "Call", "due_on": (now + due * DAY).date(),
            "done_at": now - DAY if done else None,
        }  # fmt: skip
        accounts.save_steps(
            items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=now - 3 * DAY,
            source=source,
        )  # fmt: skip
    found = page(northwind, now)
    assert [(row.people, row.rated, row.unrated) for row in found.rated] == [(3, 1, 2)]
    assert found.work["promises"] == {"made": 2, "done": 1, "late": 1, "in_time": 1, "broken": 0}
    assert found.work["steps"] == {"made": 1, "done": 0, "late": 1, "in_time": 0, "broken": 0}
    assert (found.joined, found.gone) == (1, 0)
    assert [row.name for row in found.renewals] == ["Acme"]
    assert total(found.renewals_at_risk) == Decimal(1000)


def test_the_slide_calls_kept_only_what_was_done_in_time(northwind, now):
    account, _buyer = lived(northwind, now)
    for due in (3, 3, -2):
        values = {
            "account": account.pk, "title": "Call", "due_on": (now + due * DAY).date(), "done_at": now - DAY,
        }  # fmt: skip
        accounts.save_steps(
            items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=now - 5 * DAY,
            source="promise",
        )  # fmt: skip
    promised = monday_slide(page(northwind, now)).numbers[-1]
    assert (promised.value, promised.label) == ("0", "promises late now; 2 kept in time")


def test_the_slide_puts_the_widest_fall_into_risk_first_whatever_it_is_worth(northwind, now):
    for name, arr in (("Near", 9000), ("Far", 1000)):
        turned(northwind, now, name, arr=Decimal(arr))
    found = page(northwind, now)
    near, far = sorted(found.at_risk.entered, key=lambda row: row.arr, reverse=True)
    found.at_risk.entered[:] = [near._replace(delta=-2.9), far._replace(delta=-5.3)]
    assert [row.name for row in monday_slide(found).moved] == ["Far", "Near"]


def test_the_slide_shows_no_money_without_a_sign(northwind, now):
    lived(northwind, now)
    assert [one.value for one in monday_slide(page(northwind, now)).numbers[:2]] == ["€0", "€0"]


def test_the_rows_of_promises_done_are_not_called_kept(world):
    shown = world.visit.lena.get("/risk/monday/rows?rows=promises-done").text
    assert "Promises done, in time or late" in shown
    assert "Promises kept" not in shown


def test_statements_do_not_grow_with_the_book(northwind, now):
    counts = []
    for names in (("One",), ("Two", "Three")):
        for name in names:
            turned(northwind, now, name)
        with CaptureQueriesContext(connection) as found:
            page(northwind, now)
        counts.append(len([query for query in found if "set_config" not in query["sql"]]))
    assert counts == [21, 21]


def test_every_number_leads_to_as_many_rows(world):
    world.visit.lena.get("/risk/monday")
    with tenant_scope(world.northwind.pk), transaction.atomic():
        save_step(world.larkspur, "Send the plan", at=world.now, due_on=world.now.date() - DAY)
    for key in selectors.KEYS:
        shown = world.visit.lena.get(f"/risk/monday/rows?rows={key}")
        assert shown.status_code == 200, key
    assert "Send the plan" in world.visit.lena.get("/risk/monday/rows?rows=steps-late").text
    unrated = world.visit.lena.get(f"/risk/monday/rows?rows=unrated&from={world.now.date() - DAY}").text
    assert "Dana" in unrated
    assert "Zoe" not in unrated


def test_the_page_says_it_and_refuses_nonsense_naming_the_field(world):
    shown = world.visit.lena.get("/risk/monday").text
    assert "at risk" in shown
    assert "Larkspur" in shown
    future = world.now.date() + 2 * DAY
    for query, field in (
        (f"to={future}", "to"), ("from=2026-13-40", "from"), ("from=0001-01-01", "from"), ("owner=me", "owner"),
        (f"from={world.now.date()}&to={world.now.date() - DAY}", "from"), ("from=%00", "from"),
    ):  # fmt: skip
        answer = world.visit.lena.get(f"/risk/monday?{query}")
        assert answer.status_code == 400, query
        assert f'id="{field}-error"' in answer.text, query
    answer = world.visit.lena.get(f"/risk/monday?from={world.now.date()}&to={world.now.date() - DAY}")
    assert f'name="from" value="{world.now.date()}" required aria-invalid="true"' in answer.text
    assert "The first day comes after the last." in answer.text
    assert world.visit.lena.get("/risk/monday/rows").status_code == 400
    assert world.visit.charlie.get("/risk/monday").status_code == 404


def test_an_empty_book_says_what_this_page_is_for(northwind, client):
    client.force_login(
        northwind.lena.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert Account.objects.count() == 0
    assert "No account to compare" in client.get("/t/northwind/risk/monday").text


def test_rest_tells_the_same(rest, cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        turned(cast, now)
        make_account(at=now - DAY, owner=cast.lena.membership, name="New", arr=Decimal("5.00"))
    answer = rest.read.get(f"/portfolio/change?from={now.date() - 7 * DAY}&owner=alice@northwind.test")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["from"] == f"{now.date() - 7 * DAY}"
    assert found["bands"]["at_risk"]["then"] == {"accounts": 0, "arr": "0.00"}
    assert found["bands"]["at_risk"]["now"] == {"accounts": 1, "arr": "1000.00"}
    assert found["movers"][0]["causes"][0]["text"]
    for query, pointer in (
        ("from=2099-01-01", "?from"), ("to=x", "?to"), ("owner=no@one.test", "?owner"), ("a=1", "?a"),
    ):  # fmt: skip
        refused = rest.read.get(f"/portfolio/change?{query}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert rest.globex.get("/portfolio/change").json()["accounts"] == 0


@pytest.mark.parametrize(
    ("today", "monday_before"),
    [("2026-11-28", "2026-11-23"), ("2026-11-23", "2026-11-16"), ("2026-11-24", "2026-11-23")],
)
def test_the_span_begins_last_monday(today, monday_before):
    day = dt.date.fromisoformat(today)
    form = MondayForm({}, today=day)
    assert form.is_valid()
    assert form.cleaned_data["from"] == last_monday(day) == dt.date.fromisoformat(monday_before)
    assert form.cleaned_data["to"] == day
    past = MondayForm({"to": "2026-11-05"}, today=day)
    assert past.is_valid()
    assert past.cleaned_data["from"] == dt.date(2026, 11, 2)
