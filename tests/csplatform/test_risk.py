"""The risk dashboard: every number is the sum of rows it leads to; constant statements; nothing of another tenant."""

import datetime as dt
import re
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import AccountTeam, Outcome, Step
from accounts.scope import tenant_scope
from csplatform.selectors.book import BookFilter
from csplatform.selectors.risk import risk_page
from health import services as health
from health.models import Signal
from tests.conftest import make_cast
from tests.health.builders import make_account, make_persona, measure, rate

DAY = dt.timedelta(days=1)


def page(cast, now, **wanted):
    members = accounts.member_names(tenant_id=cast.northwind.pk)
    return risk_page(actor=cast.lena, wanted=BookFilter(**wanted), members=members, at=now)


def lived(cast, now, name="Acme", *, frequency=0.1, strength="weak", others="", mood="negative", **fields):
    """An account of Alice's with three people who matter, scored every night for a hundred days and now."""
    start = now - 110 * DAY
    account = make_account(
        at=start, owner=cast.alice.membership, name=name, **{"arr": Decimal("1000.00"), **fields}
    )
    buyer = make_persona(account, "economic_buyer", at=start, name=f"Bo of {name}")
    for role in ("economic_buyer", "champion", "technical_owner"):
        person = buyer if role == "economic_buyer" else make_persona(account, role, at=start)
        level = strength if person is buyer else others or strength
        for ago in (100, 60, 20):
            rate(person, at=now - ago * DAY, by=cast.alice.member_id, strength=level, mood=mood)
    for key in ("frequency", "breadth", "effectiveness", "trend"):
        for ago in range(1, 100, 7):
            measure(account, key, frequency, at=now - ago * DAY)
    health.take_snapshots(account_ids=[account.pk], at=now)
    health.rescore(account_ids=[account.pk], at=now)
    return account, buyer


def test_money_at_risk_is_what_the_accounts_shown_at_risk_are_worth(northwind, now):
    lived(northwind, now)
    lived(northwind, now, "Fine", frequency=0.9, strength="very_good", mood="positive", arr=Decimal("500.00"))
    found = page(northwind, now)
    assert found.portfolio["totals"]["arr"] == "1500.00"
    assert found.portfolio["at_risk_arr"] == "1000.00"
    assert found.rows_href(band="at_risk") == "/t/northwind/accounts?band=at_risk"


def test_the_trend_has_a_point_a_week_at_the_money_of_its_day_and_ends_now(northwind, now):
    lived(northwind, now)
    trend = page(northwind, now).trend
    assert len(trend) == 14
    assert {later["on"] - before["on"] for before, later in pairwise(trend)} == {7 * DAY}
    assert trend[-1]["on"] == now.date()
    assert {point["at_risk"] + point["watch"] for point in trend} == {Decimal("1000.00")}
    assert page(northwind, now).at_risk_change == 0


def test_every_filter_narrows_all_numbers_and_goes_along_with_the_links(northwind, now):
    wide, _buyer = lived(northwind, now, segment="Mid", tier="Gold", renewal_on=(now + 20 * DAY).date())
    lived(northwind, now, "Other", segment="Large", tier="Tin")
    AccountTeam.objects.create(account=wide, membership=northwind.lena.membership)
    for wanted in ({"segment": "Mid"}, {"tier": "Gold"}, {"renews": 30}, {"team": northwind.lena.member_id}):
        found = page(northwind, now, **wanted)
        assert [row["name"] for row in found.portfolio["accounts"]] == ["Acme"]
        assert found.trend[0]["at_risk"] + found.trend[0]["watch"] == Decimal("1000.00")
    assert page(northwind, now, owner=northwind.lena.member_id).portfolio["accounts"] == []
    found = page(northwind, now, segment="Mid", renews=30)
    day = (now + 30 * DAY).date()
    assert found.rows_href() == f"/t/northwind/accounts?segment=Mid&renews_before={day}"


def test_an_account_with_evidence_on_both_sides_is_a_bubble_with_its_trail(northwind, now):
    account, _buyer = lived(northwind, now)
    (bubble,) = page(northwind, now).bubbles
    assert bubble["href"] == f"/t/northwind/accounts/{account.pk}"
    assert bubble["arr"] == 1000.0
    assert len(bubble["trail"]) == 3
    assert bubble["voice"] is None


def test_the_voice_of_a_bubble_is_what_its_people_answered_last(northwind, now):
    account, buyer = lived(northwind, now)
    for answer, voice in ((10, "promoter"), (8, "undecided"), (2, "detractor")):
        measure(account, "nps", answer, at=now - answer * dt.timedelta(minutes=1), persona=buyer)
        health.rescore(account_ids=[account.pk], at=now)
        assert page(northwind, now).bubbles[0]["voice"] == voice


def test_movers_name_the_person_and_lead_to_them(northwind, now):
    _account, buyer = lived(northwind, now)
    rate(buyer, at=now - DAY, by=northwind.alice.member_id, strength="very_good", mood="positive")
    health.rescore(account_ids=[buyer.account_id], at=now)
    (mover,) = page(northwind, now).movers
    assert mover["change_7d"] > 1
    assert mover["causes"][0]["text"].startswith("Bo of Acme, ")
    assert mover["causes"][0]["href"] == f"/t/northwind/personas/{buyer.pk}"


def test_one_thread_before_a_renewal_is_listed_with_the_person_it_hangs_on(northwind, now):
    _account, buyer = lived(
        northwind, now, strength="very_good", others="weak", renewal_on=(now + 90 * DAY).date()
    )
    lived(northwind, now, "Far", strength="very_good", others="weak", renewal_on=(now + 300 * DAY).date())
    found = page(northwind, now)
    assert [row["name"] for row in found.threads] == ["Acme"]
    assert found.threads[0]["top_href"] == f"/t/northwind/personas/{buyer.pk}"
    assert found.portfolio["single_threaded"]["accounts"] == 2


def test_a_loss_that_nothing_warned_of_is_a_surprise(northwind, now):
    account, _buyer = lived(
        northwind, now, frequency=0.9, strength="very_good", mood="positive", status="active"
    )
    Outcome.objects.create(
        account=account, kind="churned", happened_on=now.date(), arr_before=Decimal("1000.00"), arr_after=0,
        currency="EUR", recorded_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    (surprise,) = page(northwind, now).surprises
    assert (surprise["name"], surprise["kind_label"], surprise["arr"]) == ("Acme", "Lost", "1000.00")


def test_an_account_at_risk_counts_as_without_a_step_until_it_has_one(northwind, now):
    account, _buyer = lived(northwind, now)
    assert page(northwind, now).portfolio["without_step"]["accounts"] == 1
    Step.objects.create(account=account, title="Call", created_at=now, updated_at=now)
    assert page(northwind, now).portfolio["without_step"]["accounts"] == 0


def test_stale_ratings_stand_under_their_owners_name(northwind, now):
    account, _buyer = lived(northwind, now)
    make_persona(account, "champion", at=now, name="Unrated")
    health.rescore(account_ids=[account.pk], at=now)
    (row,) = page(northwind, now).stale
    assert (row["owner"], row["due"], row["people"]) == ("Alice", 1, 4)


def test_how_soon_each_owner_acts_and_what_waits_longest_stand_on_the_page(northwind, now, client):
    account, _buyer = lived(northwind, now)
    Signal.objects.create(account=account, at=now - 9 * DAY, kind="flag", code="buyer_left")
    found = page(northwind, now)
    (row,) = found.acted
    assert (row["name"], row["href"]) == ("Alice", f"/t/northwind/accounts?owner={northwind.alice.member_id}")
    assert row["waiting"] >= 1
    assert [one["name"] for one in found.waiting] == ["Acme"]
    client.force_login(northwind.lena.membership.user)
    content = client.get("/t/northwind/risk").content.decode()
    assert "From first signal to first action" in content
    assert "Waiting longest" in content


def test_the_questions_of_a_leader_are_asked_from_the_top_of_the_page(northwind, now, client):
    lived(northwind, now)
    client.force_login(northwind.lena.membership.user)
    content = client.get("/t/northwind/risk").content.decode()
    top = content[: content.index("What they do against what they feel")]
    asked = ("risk/coverage", "ratings?show=quarter", "ratings?show=disagree", "ratings?show=inherited")
    for page in (*asked, "promises", "advocates", "situations", "touches"):
        assert f'href="/t/northwind/{page}"' in top


TOKEN = r'name="csrfmiddlewaretoken" value="[^"]+"'


def statements(cast, now) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(cast, now)
    return len(captured)


def test_the_page_takes_as_many_statements_for_three_accounts_as_for_one(northwind, now):
    lived(northwind, now, renewal_on=(now + 90 * DAY).date())
    one = statements(northwind, now)
    lived(northwind, now, "Two")
    lived(northwind, now, "Three", renewal_on=(now + 90 * DAY).date())
    assert (one, statements(northwind, now)) == (27, 27)


@pytest.mark.parametrize("who", ["alice", "lena", "adam", "vera"])
def test_every_member_opens_the_dashboard_and_a_stranger_does_not(client, cast, who):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = make_account(at=timezone.now() - 9 * DAY, name="<b>Acme</b>", arr=Decimal("1000.00"))
        health.rescore(account_ids=[account.pk], at=timezone.now())
    client.force_login(getattr(cast, who).membership.user)
    answer = client.get("/t/northwind/risk")
    assert answer.status_code == 200
    assert "€0 at risk" in answer.content.decode()
    client.force_login(cast.charlie.membership.user)
    assert client.get("/t/northwind/risk").status_code == 404


def test_a_dashboard_without_accounts_says_what_is_missing(client, cast):
    client.force_login(cast.lena.membership.user)
    assert "No account to watch yet" in client.get("/t/northwind/risk").content.decode()
    assert "No account in this part of the book" in client.get("/t/northwind/risk?tier=Tin").content.decode()


def test_nonsense_in_the_address_is_refused_by_name(client, cast):
    client.force_login(cast.lena.membership.user)
    for field, value in (("owner", "x"), ("team", "x"), ("renews", "-1"), ("segment", "x" * 101)):
        answer = client.get("/t/northwind/risk", {field: value})
        assert answer.status_code == 400
        assert field in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_kept_page_is_the_same_and_follows_every_write(client):
    cast = make_cast()
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account, _buyer = lived(cast, at - DAY, "Old name", renewal_on=(at + 40 * DAY).date())
    client.force_login(cast.lena.membership.user)

    def content() -> str:
        page = re.sub(TOKEN, "", client.get("/t/northwind/risk").content.decode())
        return page[page.index('<div class="page-head">') : page.index('<div class="saving"')]

    computed = content()
    assert "Old name" in computed
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        health.keep_book(at=at)
    assert [content(), content()] == [computed, computed]
    assert "Old name" not in client.get("/t/northwind/risk?renews=30").content.decode()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account.name = "New name"
        account.save()
    assert content() == re.sub("(?<!of )Old name", "New name", computed)
    cast.alice.membership.user.name = "Alicia"
    cast.alice.membership.user.save()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        health.keep_book(at=timezone.now())
    renamed = content()
    assert renamed == content()
    assert ("Alicia" in renamed, "Alice" in renamed, "New name" in renamed) == (True, False, True)
