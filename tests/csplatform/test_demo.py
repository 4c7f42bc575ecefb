"""The demo's twelve stories, told by the product's own numbers, and its growth from start to start."""

import dataclasses
import datetime as dt
import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts import selectors as accounts_selectors
from accounts.models import (
    Account,
    AccountFact,
    Import,
    Job,
    Notification,
    Outcome,
    Persona,
    ProfileFact,
    Step,
    Tenant,
    Touch,
    TouchAttendee,
    UnknownOwner,
    Webhook,
    WebhookDelivery,
)
from accounts.scope import tenant_scope
from accounts.services import imports
from csplatform.demo.books import books
from csplatform.demo.history import continue_book, seed_book
from csplatform.demo.load import loaded_again
from csplatform.demo.news import left_lately
from csplatform.demo.roles import TIER, ask_for_fewer
from health import selectors as health
from health.models import ScoreSnapshot, UsageDay
from relationships import selectors as relationships
from relationships.models import PillarReading, Rating

AT = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Northwind with its twelve stories and its prospect alone, seeded at AT; rolled back at the end."""
    whole, _ = books()
    book = dataclasses.replace(whole, companies=(*whole.companies[:12], whole.companies[-1]))
    with django_db_blocker.unblock(), transaction.atomic():
        tenant = seed_book(book=book, at=AT)
        continue_book(book=book, tenant=tenant, at=AT)
        with tenant_scope(tenant.pk):
            accounts = {account.external_id: account for account in Account.objects.all()}
            yield SimpleNamespace(book=book, tenant=tenant, accounts=accounts)
        transaction.set_rollback(True)


def health_of(demo, external_id, at=None):
    return health.health(account_id=demo.accounts[external_id].pk, at=at)


def flags(document):
    return {flag["code"] for flag in document["flags"]}


def test_larkspur_shows_the_exact_figures_of_the_model_on_the_seed_day(demo):
    document = health_of(demo, "crm-1001")
    assert document["score"] == pytest.approx(59.203186, abs=1e-6)
    assert document["evidence"] == pytest.approx(0.781574, abs=1e-6)
    assert (document["band"], document["quadrant"]) == ("watch", "engaged")


@pytest.mark.parametrize(
    ("external_id", "band", "quadrant", "flag"),
    [
        ("crm-1002", "watch", "unplaced", "champion_left"),
        ("crm-1003", "watch", "captive", "buyer_negative"),
        ("crm-1004", "watch", "forgetful_fan", None),
        ("crm-1006", "watch", "unplaced", "unrated"),
        ("crm-1009", "healthy", "engaged", None),
        ("crm-1010", "at_risk", "disengaged", None),
        ("crm-1011", "healthy", "engaged", None),
        ("crm-1012", "at_risk", "disengaged", "buyer_negative"),
    ],
)
def test_each_story_shows_in_band_quadrant_and_flag(demo, external_id, band, quadrant, flag):
    document = health_of(demo, external_id)
    assert (document["band"], document["quadrant"]) == (band, quadrant)
    assert flags(document) == ({flag} if flag else set())


def test_the_captive_uses_nearly_everything(demo):
    assert health_of(demo, "crm-1003")["behavioural"]["score"] > 90


def test_the_account_that_nobody_rated_would_be_healthy_by_its_usage(demo):
    assert health_of(demo, "crm-1006")["band_computed"] == "healthy"


def test_the_champion_left_one_thread_behind(demo):
    coverage = health.coverage(account_id=demo.accounts["crm-1002"].pk)
    assert (coverage["threads"], coverage["single_threaded"]) == (1, True)


def test_the_surprise_looked_healthy_and_unflagged_a_month_before(demo):
    churned_on = Outcome.objects.get(account=demo.accounts["crm-1005"], kind="churned").happened_on
    before = ScoreSnapshot.objects.filter(
        account_id=demo.accounts["crm-1005"].pk, at__date__lte=churned_on - dt.timedelta(days=30)
    ).latest("at")
    assert (before.band, before.flags) == ("healthy", [])


def test_two_raters_disagree_about_the_same_buyer(demo):
    said = Rating.objects.filter(persona__name="Cyrus Rahman").values_list("strength", flat=True)
    assert set(said) == {"very_good", "weak"}


def test_the_handed_over_account_was_rated_by_somebody_else_than_its_owner(demo):
    account = demo.accounts["crm-1008"]
    raters = set(Rating.objects.filter(account=account).values_list("rated_by_id", flat=True))
    assert raters
    assert account.owner_id not in raters


def test_the_outage_was_flagged_then_and_is_over_now(demo):
    assert "critical_escalation" in flags(health_of(demo, "crm-1009", at=AT - dt.timedelta(days=69)))
    assert flags(health_of(demo, "crm-1009")) == set()


def test_the_bad_fit_stands_under_an_override_that_expires(demo):
    override = health_of(demo, "crm-1012")["override"]
    assert override["band"] == "at_risk"
    assert override["expires_at"] > AT.isoformat()


def test_the_seeded_past_was_known_when_it_happened(demo):
    late = [rating for rating in Rating.objects.all() if rating.recorded_at != rating.rated_at]
    assert late == []


@pytest.mark.parametrize("book", books(), ids=lambda book: book.slug)
def test_the_outcomes_of_a_company_lead_from_one_to_the_next_and_to_what_it_pays(book):
    for company in book.companies:
        told = sorted(company.outcomes, key=lambda one: -one.ago)
        ends = [one.after if one.kind != "churned" else one.before for one in told]
        assert [one.before for one in told[1:]] == ends[:-1], company.name
        assert ends[-1:] in ([], [company.arr]), company.name
        assert all(one.ago < company.started_ago for one in told), company.name
        gone = [one.ago for one in told if one.kind == "churned"]
        assert gone == ([] if company.churned_ago is None else [company.churned_ago]), company.name


@pytest.mark.parametrize(
    ("external_id", "paid"),
    [
        ("crm-1001", [(96_000, 500)]),
        ("crm-1005", [(80_000, 760), (88_000, 386)]),
        ("crm-1011", [(150_000, 1100), (170_000, 430), (210_000, 120)]),
    ],
)
def test_what_an_account_pays_changes_on_the_day_of_its_outcome_and_was_known_then(demo, external_id, paid):
    facts = AccountFact.objects.filter(account=demo.accounts[external_id], key="arr").order_by("effective_at")
    moments = [AT - dt.timedelta(days=ago) for _arr, ago in paid]
    assert [int(fact.value) for fact in facts] == [arr for arr, _ago in paid]
    assert [fact.effective_at for fact in facts] == [fact.recorded_at for fact in facts] == moments
    assert demo.accounts[external_id].arr == paid[-1][0]


def test_the_book_of_a_past_day_is_worth_what_was_paid_then(demo):
    # Willowbank grew from 170,000 to 210,000 between these days, and nothing else changed.
    days = [AT - dt.timedelta(days=ago) for ago in (121, 119)]
    before, after = (health.portfolio(at=day, stored=False)["totals"] for day in days)
    assert before["accounts"] == after["accounts"]
    assert float(after["arr"]) - float(before["arr"]) == 40_000


def test_retention_is_what_the_year_made_of_the_money_of_a_year_ago(demo):
    found = health.portfolio(at=AT)["retention"]
    # Glasswing's 88,000 left, Willowbank's 170,000 grew by 40,000; Rookery's 120,000 dollars are 111,600 euros
    began = 96_000 + 180_000 + 142_000 + 38_000 + 88_000 + 64_000 + 111_600 + 110_000 + 156_000 + 170_000
    assert (found["accounts"], found["arr"]) == (10, f"{began}.00")
    assert found["gross"] == pytest.approx((began - 88_000) / began)
    assert found["net"] == pytest.approx((began - 88_000 + 40_000) / began)


def test_a_later_start_brings_usage_ratings_and_snapshots_up_to_the_day(demo):
    later = AT + dt.timedelta(days=60)
    counts = [model.objects.count() for model in (Rating, UsageDay, ScoreSnapshot)]
    sid = transaction.savepoint()
    continue_book(book=demo.book, tenant=demo.tenant, at=later)
    grown = [model.objects.count() for model in (Rating, UsageDay, ScoreSnapshot)]
    newest = UsageDay.objects.latest("day").day
    transaction.savepoint_rollback(sid)
    assert all(after > before for before, after in zip(counts, grown, strict=True))
    assert newest == later.date()


def test_a_round_is_finished_one_is_overdue_and_one_under_way(demo):
    today = relationships.local_day(tenant=demo.tenant, at=AT)
    rounds = relationships.round_list().order_by("opened_at")
    states = [relationships.state_of(round, today=today) for round in rounds]
    assert states == ["finished", "overdue", "open"]
    assert all(round.asked for round in rounds)
    assert relationships.cadence_list().count() == 2


def test_two_people_say_one_thing_and_show_another(demo):
    people = relationships.diverging_people(tenant=demo.tenant, at=AT)
    assert {person.name for person in people} == {"Leila Abbas", "Theo Farrow"}


def test_people_stand_to_others_remember_us_and_are_described_and_trust_has_its_evidence(demo):
    assert {edge.kind for edge in relationships.edge_list()} == {"influences", "conflicts_with", "sponsors"}
    assert relationships.pairing_list().exists()
    assert {moment.valence > 0 for moment in relationships.moment_rows()} == {True, False}
    assert "finance_chief" in {one.key for one in accounts_selectors.persona_template_rows()}
    larkspur = demo.accounts["crm-1001"].pk
    pillars = relationships.pillars(account_id=larkspur, tenant=demo.tenant, at=AT)
    assert len(pillars) == 6
    assert PillarReading.objects.values("pillar").distinct().count() > 1


def test_the_neighbour_repeats_external_ids_and_emails():
    northwind, globex = books()
    assert {c.external_id for c in northwind.companies} & {c.external_id for c in globex.companies}
    people = [{(c.name, p.name) for c in book.companies for p in c.people} for book in (northwind, globex)]
    assert people[0] & people[1]
    assert sum(c.churned_ago is not None for c in globex.companies) == 3


def test_the_book_is_as_large_as_promised():
    northwind, _ = books()
    live = [c for c in northwind.companies if c.status == "active" and c.churned_ago is None]
    assert len(live) == 60
    assert sum(c.churned_ago is not None for c in northwind.companies) == 12
    # 400, the rest of Willowbank's forty, a consultant at two accounts, and two to be won
    assert sum(len(c.people) for c in northwind.companies) == 436 + 2 + 2
    assert {c.currency for c in northwind.companies} == {"EUR", "USD"}


def test_the_largest_of_the_crowd_has_one_critical_escalation_open():
    northwind, globex = books()
    found = [
        (company.name, company.arr)
        for book in (northwind, globex)
        for company in book.companies
        for case in company.cases
        if case.severity == "critical" and case.resolved_ago is None
    ]
    live = [company for company in northwind.companies[12:] if company.churned_ago is None]
    assert [arr for _name, arr in found] == [max(company.arr for company in live)]


def test_the_leader_has_seen_accounts_at_risk_and_was_to_look_at_one_of_them_again(demo):
    ids = [demo.accounts[name].pk for name in ("crm-1010", "crm-1012")]
    late, seen = (health.acknowledged(account_ids=ids, at=AT)[one] for one in ids)
    assert (late.seen, late.overdue, seen.seen, seen.overdue) == (True, True, True, False)
    assert seen.by == "Lena Sandberg"


def test_the_year_has_signals_that_were_answered_and_some_that_wait(demo):
    found = health.portfolio(at=AT)["first_action"]
    assert found["answered"] > 5
    assert found["waiting"] >= 1
    assert 0 < found["proactive_share"] < 1


def test_seed_makes_what_it_lists_and_marks_every_free_text(db):
    out = io.StringIO()
    call_command(
        "seed", "--tenants=1", "--accounts=2", "--personas=3", "--days=3", "--canary=CN", "--json", stdout=out
    )
    (made,) = json.loads(out.getvalue())["tenants"]
    assert {user["role"] for user in made["users"]} == {"csm", "leader", "admin", "viewer"}
    assert set(made["api_keys"]) == {"read", "write", "ingest", "admin"}
    assert (len(made["accounts"]), len(made["personas"])) == (2, 6)
    tenant = Tenant.objects.get(slug=made["slug"])
    with tenant_scope(tenant.pk):
        names = [
            *Account.objects.values_list("name", flat=True),
            *Persona.objects.values_list("name", flat=True),
        ]
        notes = Rating.objects.values_list("note", flat=True)
        assert all(text.startswith(f"CN-{tenant.slug}") for text in (*names, *notes, tenant.name))


def test_the_touches_tell_the_stories_in_peoples_own_words(demo):
    captive = TouchAttendee.objects.filter(touch__account=demo.accounts["crm-1003"])
    assert {one.feeling for one in captive} >= {"Angry", "Ignored", "Resigned"}
    assert set(Touch.objects.values_list("mode", flat=True)) == {"proactive", "reactive"}
    gone = Step.objects.exclude(source="promise").get(account=demo.accounts["crm-1002"], done_at=None)
    assert (gone.source, gone.cause) == ("prescription", "flag:champion_left")
    assert Step.objects.filter(source="promise").exists()


def test_the_files_of_the_demo_tell_what_was_wrong_and_what_was_taken_back(demo):
    finished, cards, taken = Import.objects.order_by("created_at").select_related("job")
    assert (imports.state_of(finished), finished.counts) == ("done", {"updated": 8, "failed": 3})
    assert {issue["code"] for issue in finished.issues} == {"unknown_member", "required"}
    assert (imports.state_of(cards), cards.counts) == ("done", {"created": 1, "to_check": 1})
    (twice,) = accounts_selectors.alike_people()
    assert {one.name for one in twice.others} == {twice.kept.name}
    assert (imports.state_of(taken), taken.counts["undone"]) == ("undone", 7)
    assert Persona.objects.filter(name="Noor Haddad", deleted_at=None).count() == 0
    assert [one.word for one in UnknownOwner.objects.all()] == ["priya nair"]
    assert Job.objects.get(kind="export").result["rows"] == 13


def test_what_is_known_of_people_has_its_source_and_basis_and_some_of_it_has_expired(demo):
    facts = ProfileFact.objects.all()
    assert {fact.basis for fact in facts} == {"told_us", "consent", "work", "public", "assumed"}
    assert all(fact.source for fact in facts)
    late = [fact for fact in facts if fact.expires_on and fact.expires_on <= AT.date()]
    assert {(fact.persona.name, fact.key) for fact in late} == {
        ("Sunniva Dahl", "circumstances"),
        ("Petra Winther", "frustrations"),
    }
    assert [fact.persona.name for fact in facts if fact.key == "no_contact"] == ["Tess Janssen"]
    assert Persona.objects.exclude(phone="").exclude(language="").exclude(time_zone="").count() > 8
    assert [(one.name, one.influence) for one in Persona.objects.exclude(influence=None)] == [
        ("Emre Kaya", 5)
    ]


def test_a_consultant_at_two_accounts_is_known_as_one_by_her_address(demo):
    here = Persona.objects.get(name="Ruth Adeyemi", account=demo.accounts["crm-1002"])
    (there,) = accounts_selectors.same_person(persona_id=here.pk)
    assert (there.persona.account_id, there.by) == (demo.accounts["crm-1008"].pk, "email")


def test_a_prospect_is_known_and_rated_like_a_customer_and_pays_nothing(demo):
    account = demo.accounts["crm-1013"]
    assert (account.status, account.arr, account.renewal_on) == ("prospect", None, None)
    rated = Rating.objects.filter(account=account).values_list("persona__name", flat=True)
    assert set(rated) == {"Gudrun Thorsen", "Joost Verbeek"}


def test_the_leader_was_told_of_the_champion_who_left_on_the_day(demo):
    told = Notification.objects.filter(member__role="leader", kind="flag", data__flag="champion_left")
    (one,) = told.select_related("account")
    assert (one.account.name, one.data) == ("Kestrel Mobility", {"flag": "champion_left"})
    assert one.at.date() == (AT - dt.timedelta(days=12)).date()


def test_a_red_flag_stands_at_one_account_with_the_words_of_its_owner_and_the_leader_was_told(demo):
    (flag,) = [one for one in health_of(demo, "crm-1008")["flags"] if one["code"] == "by_hand"]
    assert (flag["author"], flag["cap"]) == (str(demo.accounts["crm-1008"].owner_id), None)
    assert flag["detail"].startswith("Hector asks two other vendors")
    told = Notification.objects.filter(member__role="leader", kind="flag", data__flag="by_hand")
    assert [one.account.name for one in told.select_related("account")] == ["Harborline Shipping"]


def test_a_webhook_to_an_address_that_is_not_public_was_refused_and_is_off(demo):
    hook = Webhook.objects.get()
    assert (hook.is_active, hook.disabled_reason) == (False, "Switched off by hand.")
    log = WebhookDelivery.objects.filter(webhook=hook)
    assert {one.event for one in log} >= {"webhook.test", "flag.raised"}
    assert {one.state for one in log} == {"failed"}
    assert all(said["at"] < hook.disabled_at.isoformat() for one in log for said in one.tries)
    assert {said["error"] for one in log for said in one.tries} == {
        "The name leads to an address that is not public."
    }


def test_who_left_lately_a_seat_that_counts_is_found_the_earliest_first():
    northwind, _ = books()
    found = left_lately(northwind)
    assert (12, "crm-1002") in found
    assert found == sorted(found, reverse=True)
    assert all(days < 14 for days, _account in found)


def test_one_tier_of_the_whole_book_asks_for_roles_of_its_own(demo):
    sid = transaction.savepoint()
    Account.objects.filter(external_id="crm-1006").update(tier=TIER)
    ask_for_fewer(loaded_again(demo.book, AT))
    card = health.current_scorecard()
    transaction.savepoint_rollback(sid)
    assert (card.version, card.required_roles("Tech touch")) == (2, ["economic_buyer", "champion"])
    assert len(card.required_roles("Strategic")) == 3
