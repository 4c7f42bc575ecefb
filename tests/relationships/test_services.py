"""Recording ratings and taking them back: the rules, what they leave behind, and who may."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Activity, Persona, PersonaFact
from accounts.scope import tenant_scope
from accounts.services import Item, Mode, NotYours, save_personas
from health.models import Observation, ObservationWithdrawal
from relationships import selectors, services
from relationships.models import Driver, Rating, RatingWithdrawal
from relationships.services import NewRating
from tests.conftest import make_key
from tests.relationships.conftest import make_persona

DAY = dt.timedelta(days=1)


def positive(persona, **fields):
    return NewRating(
        persona_id=persona.pk,
        sentiment_brand="positive",
        sentiment_product="positive",
        sentiment_service="positive",
        **fields,
    )


def rate(book, rating, *, actor=None, at):
    return services.record_rating(rating=rating, actor=actor or book.alice, at=at).rating


def observed(rating):
    rows = Observation.objects.filter(pk__in=rating.observation_ids)
    return {(row.measure, row.facet): row.value for row in rows}


def test_a_rating_is_observed_as_relationship_and_sentiment_of_each_facet(book, now):
    new = NewRating(
        persona_id=book.dana.pk,
        strength="okay",
        sentiment_brand="positive",
        sentiment_product="neutral",
        sentiment_service="negative",
        driver="support",
    )
    rating = rate(book, new, at=now)
    assert observed(rating) == {
        ("relationship", ""): 2,
        ("sentiment", "brand"): 2,
        ("sentiment", "product"): 1,
        ("sentiment", "service"): 0,
    }
    row = Observation.objects.filter(measure="relationship").get()
    assert (row.account_id, row.persona_id, row.author_id, row.observed_at, row.recorded_at) == (
        book.larkspur.pk,
        book.dana.pk,
        book.alice.member_id,
        now,
        now,
    )


def test_a_part_left_out_is_not_observed_so_that_the_earlier_one_stands(book, now):
    rating = rate(book, NewRating(persona_id=book.dana.pk, strength="weak"), at=now)
    assert observed(rating) == {("relationship", ""): 1}


@pytest.mark.parametrize("facet", ["brand", "product", "service"])
def test_a_negative_sentiment_asks_for_a_driver(book, now, facet):
    new = NewRating(persona_id=book.dana.pk, **{f"sentiment_{facet}": "negative"})
    with pytest.raises(services.NeedsDriver) as refusal:
        rate(book, new, at=now)
    assert refusal.value.field == "driver"
    assert not Rating.objects.exists()
    assert not Observation.objects.exists()


def test_a_sentiment_that_changes_asks_for_a_driver(book, now):
    rate(book, positive(book.dana), at=now - DAY)
    with pytest.raises(services.NeedsDriver):
        rate(book, NewRating(persona_id=book.dana.pk, sentiment_brand="neutral"), at=now)
    assert Rating.objects.count() == 1


def test_a_sentiment_that_stays_carries_the_last_driver_over(book, now):
    rate(book, positive(book.dana, driver="value"), at=now - DAY)
    assert rate(book, positive(book.dana), at=now).driver == "value"
    assert rate(book, NewRating(persona_id=book.dana.pk, strength="okay"), at=now).driver == "value"


def test_a_sentiment_is_compared_with_the_word_that_is_shown(book, now):
    """The owner's word speaks before one that another gave later, for 120 days, and so it is shown."""
    rate(book, positive(book.dana, driver="value"), at=now - 9 * DAY)
    mood = {"sentiment_brand": "neutral", "driver": "price"}
    rate(book, NewRating(persona_id=book.dana.pk, **mood), actor=book.lena, at=now - 5 * DAY)
    shown = selectors.rating_grid(actor=book.alice, at=now).accounts[0].people
    assert next(one.brand for one in shown if one.id == book.dana.pk) == "positive"
    assert rate(book, positive(book.dana), at=now).driver == "price"
    line = Activity.objects.filter(verb="rating.recorded").latest("at")
    assert line.data["before"]["sentiment_brand"] == "positive"
    with pytest.raises(services.NeedsDriver):
        rate(book, NewRating(persona_id=book.dana.pk, sentiment_brand="neutral"), actor=book.lena, at=now)
    rate(book, positive(book.eli), at=now - 125 * DAY)
    rate(book, NewRating(persona_id=book.eli.pk, **mood), actor=book.lena, at=now - DAY)
    with pytest.raises(services.NeedsDriver):  # the owner's word is too old: Lena's is shown
        rate(book, positive(book.eli), at=now)


def test_what_was_said_at_a_former_account_is_not_shown_and_asks_for_no_driver(book, now):
    rate(book, positive(book.dana, driver="value"), at=now - DAY)
    item = Item(values={"account": book.plover.pk}, id=book.dana.pk)
    save_personas(items=[item], mode=Mode.UPDATE, actor=book.adam, at=now)
    rating = rate(
        book, NewRating(persona_id=book.dana.pk, sentiment_brand="neutral"), actor=book.lena, at=now
    )
    assert rating.driver == ""


def test_a_first_sentiment_that_is_not_negative_needs_no_driver(book, now):
    assert rate(book, positive(book.dana), at=now).driver == ""


def test_a_withdrawn_sentiment_no_longer_counts_as_the_earlier_one(book, now):
    first = rate(book, positive(book.dana), at=now - DAY)
    services.withdraw_rating(rating_id=first.pk, actor=book.alice, at=now - DAY)
    rating = rate(book, NewRating(persona_id=book.dana.pk, sentiment_brand="neutral"), at=now)
    assert rating.driver == ""


def test_migrated_history_may_lack_its_drivers(book, now):
    new = NewRating(
        persona_id=book.dana.pk, sentiment_brand="negative", rated_at=now - 90 * DAY, historical=True
    )
    rating = rate(book, new, actor=make_key(book.adam, "admin")[0], at=now)
    assert (rating.driver, rating.recorded_at) == ("", now - 90 * DAY)
    assert Activity.objects.get(verb="rating.recorded").data["historical"] is True


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({}, "strength", "required"),
        ({"strength": "great"}, "strength", "invalid_choice"),
        ({"sentiment_brand": "happy"}, "sentiment/brand", "invalid_choice"),
        ({"strength": "okay", "driver": "weather"}, "driver", "unknown_driver"),
        ({"strength": "okay", "rated_at": "tomorrow"}, "rated_at", "in_future"),
        ({"strength": "okay", "rated_at": "long ago"}, "rated_at", "too_old"),
        ({"strength": "okay", "persona_id": uuid.uuid4()}, "persona", "missing"),
    ],
)
def test_a_wrong_rating_is_refused_by_field_and_writes_nothing(book, now, wrong, field, code):
    moments = {"tomorrow": now + 1.01 * DAY, "long ago": now - 8 * 365 * DAY}
    wrong = {"persona_id": book.dana.pk, **wrong}
    if "rated_at" in wrong:
        wrong["rated_at"] = moments[wrong["rated_at"]]
    with pytest.raises(services.RatingRefused) as refusal:
        rate(book, NewRating(**wrong), at=now)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Rating.objects.exists()


def test_a_driver_that_is_switched_off_cannot_be_given(book, now):
    save_driver("price", {"active": False}, actor=book.adam, at=now)
    with pytest.raises(services.UnknownDriver):
        rate(book, positive(book.dana, driver="price"), at=now)


def test_a_csm_rates_only_accounts_that_are_theirs(book, now):
    with pytest.raises(NotYours):
        rate(book, NewRating(persona_id=book.farid.pk, strength="okay"), at=now)
    with pytest.raises(NotYours):
        rate(book, NewRating(persona_id=book.dana.pk, strength="okay"), actor=book.vera, at=now)
    assert not Rating.objects.exists()
    rate(book, NewRating(persona_id=book.farid.pk, strength="okay"), actor=book.lena, at=now)
    assert Rating.objects.count() == 1


def test_a_neighbour_finds_no_such_person(book, now):
    with tenant_scope(book.globex.pk), pytest.raises(services.PersonaMissing):
        services.record_rating(
            rating=NewRating(persona_id=book.dana.pk, strength="okay"), actor=book.charlie, at=now
        )
    assert not Rating.objects.exists()


@pytest.mark.parametrize("backdated", [{"historical": True}, {"rated_by_id": "alice"}])
def test_only_an_admin_records_past_ratings_or_those_of_another_member(book, now, backdated):
    if "rated_by_id" in backdated:
        backdated = {"rated_by_id": book.alice.member_id}
    new = NewRating(persona_id=book.dana.pk, strength="okay", **backdated)
    with pytest.raises(services.NotAllowedToBackdate):
        rate(book, new, actor=make_key(book.lena, "write")[0], at=now)
    assert not Rating.objects.exists()
    assert rate(book, new, actor=make_key(book.adam, "admin")[0], at=now).rated_by_id


def test_rating_someone_who_came_untracked_makes_them_count(book, now):
    gita = make_persona(book.larkspur, "Gita", role="end_user", tracked=False, at=now - 30 * DAY)
    rate(book, NewRating(persona_id=gita.pk, strength="okay", rated_at=now - 60 * DAY), at=now)
    assert Persona.objects.get(pk=gita.pk).tracked
    newest = PersonaFact.objects.filter(persona=gita, key="tracked").order_by(
        "effective_at", "recorded_at", "id"
    )
    assert newest.last().value is True


def test_the_log_says_what_stood_before_and_after_and_holds_no_note(book, now):
    rate(book, NewRating(persona_id=book.dana.pk, strength="okay"), at=now - DAY)
    rate(book, NewRating(persona_id=book.dana.pk, strength="weak", note="met in Lyon"), at=now)
    line = Activity.objects.filter(verb="rating.recorded").latest("at")
    assert line.data == {"before": {"strength": "okay"}, "after": {"strength": "weak"}, "driver": ""}
    assert (line.persona_id, line.account_id, line.actor_id) == (
        book.dana.pk,
        book.larkspur.pk,
        book.alice.member_id,
    )


def test_undo_takes_a_rating_and_its_observations_back_once(book, now):
    rating = rate(book, positive(book.dana, strength="okay"), at=now)
    for _ in range(2):
        services.withdraw_rating(rating_id=rating.pk, actor=book.alice, at=now)
    assert RatingWithdrawal.objects.get().rating_id == rating.pk
    withdrawn = ObservationWithdrawal.objects.values_list("observation_id", flat=True)
    assert set(withdrawn) == set(rating.observation_ids)
    assert len(rating.observation_ids) == 4
    assert Activity.objects.filter(verb="rating.withdrawn").count() == 1


def test_undo_is_refused_to_those_who_may_not_rate_there(book, now):
    rating = rate(book, NewRating(persona_id=book.farid.pk, strength="okay"), actor=book.lena, at=now)
    with pytest.raises(NotYours):
        services.withdraw_rating(rating_id=rating.pk, actor=book.alice, at=now)
    with tenant_scope(book.globex.pk), pytest.raises(services.RatingMissing):
        services.withdraw_rating(rating_id=rating.pk, actor=book.charlie, at=now)
    assert not RatingWithdrawal.objects.exists()


def test_a_batch_says_in_order_what_became_of_each_rating(book, now):
    new = [
        positive(book.dana, rated_at=now, driver="value"),
        NewRating(persona_id=book.dana.pk, sentiment_brand="negative"),
        NewRating(persona_id=uuid.uuid4(), strength="okay"),
        NewRating(persona_id=book.eli.pk, strength="weak"),
    ]
    results = services.record_ratings(ratings=new, actor=book.alice, at=now)
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Recorded", "NeedsDriver", "PersonaMissing", "Recorded"]
    assert [rating.persona_id for rating in Rating.objects.order_by("id")] == [book.dana.pk, book.eli.pk]


def test_ratings_of_a_batch_take_effect_in_order_of_their_time(book, now):
    new = [
        positive(book.dana, rated_at=now - DAY),  # stays as it was five days ago: no driver needed
        positive(book.dana, rated_at=now - 5 * DAY, driver="value"),
    ]
    results = services.record_ratings(ratings=new, actor=book.alice, at=now)
    assert [result.rating.driver for result in results] == ["value", "value"]


def test_the_same_external_id_is_unchanged_with_the_same_body_and_taken_with_another(book, now):
    same = positive(book.dana, external_id="crm-1")
    other = positive(book.dana, external_id="crm-1", strength="weak")
    first = services.record_rating(rating=same, actor=book.alice, at=now)
    results = services.record_ratings(ratings=[same, other], actor=book.alice, at=now + DAY)
    assert results[0].rating.pk == first.rating.pk
    assert (first.created, results[0].created) == (True, False)
    assert isinstance(results[1], services.Taken)
    assert Rating.objects.count() == 1


def test_a_batch_costs_the_same_queries_whatever_its_size(book, now):
    Driver.objects.exists()
    services.ensure_drivers()
    counts = []
    for size in (1, 3):
        people = [make_persona(book.larkspur, f"P{i}", at=now) for i in range(size)]
        with CaptureQueriesContext(connection) as queries:
            services.record_ratings(
                ratings=[positive(person, strength="okay") for person in people], actor=book.alice, at=now
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]


def save_driver(key, values, *, actor, at):
    return accounts.save_term(services.DRIVERS, key=key, values=values, actor=actor, at=at)


def test_a_tenant_starts_with_drivers_that_an_admin_may_change(book, now):
    assert {driver.key for driver in services.ensure_drivers()} >= {"support", "price", "value"}
    driver, created = save_driver("weather", {"label": "Weather"}, actor=book.adam, at=now)
    assert (driver.label, created, driver.position) == ("Weather", True, 12)
    driver, created = save_driver("weather", {"label": "The weather"}, actor=book.adam, at=now)
    assert (driver.label, created) == ("The weather", False)
    assert Activity.objects.filter(object_type="driver").count() == 2


@pytest.mark.parametrize("change", [("A b", {"label": "x"}), ("new", {}), ("new", {"label": " "})])
def test_a_driver_needs_a_sound_key_and_a_label(book, now, change):
    with pytest.raises(accounts.TermRefused):
        save_driver(*change, actor=book.adam, at=now)
    assert not Driver.objects.filter(key="new").exists()


def test_only_an_admin_changes_drivers(book, now):
    with pytest.raises(NotYours):
        save_driver("weather", {"label": "Weather"}, actor=book.lena, at=now)
    assert not Driver.objects.filter(key="weather").exists()
