"""Ratings: recorded one by one or in bulk, corrected by a newer one, never edited.

Every rating is observed to health as relationship and as sentiment per facet, with its rater as author. A bulk write
costs the same number of queries whatever its size.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Actor, Persona, PersonaFact
from health import services as health
from relationships.models import Rating
from relationships.selectors.lists import is_hidden
from relationships.selectors.spoken import OWNER_SPEAKS
from relationships.services.answering import require_rating, settle_assignments
from relationships.services.areas import ensure_product_areas
from relationships.services.drivers import ensure_drivers
from relationships.services.evidence import Grounds
from relationships.services.rating_rows import (
    Earlier,
    Known,
    Rateable,
    insert_ratings,
    known_ratings,
    leave_shown,
    people_rated,
)
from relationships.services.rules import (
    FACETS,
    SENTIMENTS,
    STRENGTHS,
    NotAllowedToBackdate,
    PersonaMissing,
    RatingRefused,
    Standing,
    Taken,
    check_moment,
    check_words,
    facets_of,
    settle_area,
    settle_driver,
)


@dataclass(frozen=True, kw_only=True)
class NewRating:
    """One judgement to record. A part that is None leaves the earlier one standing.

    ``area`` is the key of the product area that the driver is about; ``signs`` are keys of what was seen, ``evidence``
    links to where: {url}, {touch} or {case}. ``again`` says what stands once more, for the reason that stands with it.
    ``rated_at`` None means now; ``rated_by_id`` None means the actor; ``historical`` makes it known since it was made.
    """

    persona_id: UUID
    strength: str | None = None
    sentiment_brand: str | None = None
    sentiment_product: str | None = None
    sentiment_service: str | None = None
    driver: str = ""
    area: str = ""
    note: str = ""
    signs: Sequence[str] | None = None
    confidence: str | None = None
    evidence: Sequence[Mapping[str, Any]] | None = None
    rated_at: datetime | None = None
    rated_by_id: UUID | None = None
    external_id: str | None = None
    historical: bool = False
    again: bool = False
    source: str = "browser"


NEUTRAL = 50.0  # the score of an account of which nothing is known


@dataclass(frozen=True)
class Recorded:
    """A rating, whether this call made it (False: it was there already), what it did to its account's score, and whether
    it is known that its rater alone rated the person of late.

    The scores, 0..100, and the bands are those before and after; None where the account is scored by a worker. Before
    anything was known of an account it stood where the model puts one without evidence: at 50, unknown.
    """

    rating: Rating
    created: bool
    score_before: float | None = None
    score_after: float | None = None
    band_before: str | None = None
    band_after: str | None = None
    alone: bool = False

    @property
    def delta(self) -> float | None:
        """By how much the score of the account moved."""
        if self.score_before is None or self.score_after is None:
            return None
        return self.score_after - self.score_before


@dataclass
class _Batch:
    """What a batch of ratings is checked against: read once, kept up to date as the batch goes on."""

    actor: Actor | None
    at: datetime
    personas: dict[UUID, Rateable]
    drivers: frozenset[str]  # read where a rating names one, as areas are
    areas: frozenset[str]
    grounds: Grounds
    history: dict[UUID, list[Earlier | Rating]]
    taken: dict[str, Known]
    made: list[Rating] = field(default_factory=list)
    stood: dict[UUID, Standing] = field(default_factory=dict)  # by rating: what stood before it
    historical: set[UUID] = field(default_factory=set)


@transaction.atomic
def record_rating(*, rating: NewRating, actor: Actor | None, at: datetime) -> Recorded:
    """Record one rating and score its account again at once. Raises RatingRefused or NotYours."""
    (result,) = _record([rating], actor=actor, at=at, mark=False)
    if isinstance(result, RatingRefused):
        raise result
    return rescored(result, at=at)


def rescored(recorded: Recorded, *, at: datetime) -> Recorded:
    """Score the account of a rating again, and say what that did."""
    account_id = recorded.rating.account_id
    moved = health.rescore(account_ids=[account_id], at=at)[account_id]
    return replace(
        recorded,
        score_before=NEUTRAL if moved.before is None else moved.before,
        score_after=moved.after,
        band_before=moved.band_before,
        band_after=moved.band_after,
    )


@transaction.atomic
def record_ratings(
    *, ratings: Sequence[NewRating], actor: Actor | None, at: datetime
) -> list[Recorded | RatingRefused]:
    """Record many ratings; the answer holds, in order, each one recorded or the rule that refused it.

    Ratings take effect in order of ``rated_at``, whatever their order here. The accounts are scored by a worker.
    Raises NotYours if the actor may not write one of the accounts, and no round asks them for that person.
    """
    return _record(ratings, actor=actor, at=at, mark=True)


def _record(
    ratings: Sequence[NewRating], *, actor: Actor | None, at: datetime, mark: bool
) -> list[Recorded | RatingRefused]:
    """As record_ratings; ``mark`` leaves the accounts to a worker, else the caller scores them."""
    batch = _read(ratings, actor=actor, at=at)
    results: dict[int, Recorded | RatingRefused] = {}
    for index, new in sorted(enumerate(ratings), key=lambda pair: pair[1].rated_at or at):
        try:
            results[index] = _settle(new, batch)
        except RatingRefused as refusal:
            results[index] = refusal
    if batch.made:
        _write(batch, mark=mark)
    return [results[index] for index in range(len(ratings))]


def _read(ratings: Sequence[NewRating], *, actor: Actor | None, at: datetime) -> _Batch:
    wanted = {new.persona_id for new in ratings}
    personas, history = people_rated(wanted)
    require_rating(actor=actor, homes={one.id: one.account_id for one in personas.values()})
    given = {new.external_id for new in ratings if new.external_id is not None}
    named = any(new.driver for new in ratings)
    drivers = frozenset(driver.key for driver in ensure_drivers() if driver.active) if named else frozenset()
    areas = ensure_product_areas() if any(new.area for new in ratings) else []
    return _Batch(
        actor=actor,
        at=at,
        personas=personas,
        drivers=drivers,
        areas=frozenset(area.key for area in areas if area.active),
        grounds=Grounds(ratings),
        history=history,
        taken=known_ratings(given) if given else {},
    )


def _settle(new: NewRating, batch: _Batch) -> Recorded:
    """Check one new rating against the rules and what stands, and add it to the batch."""
    check_words(new, seen=bool(new.signs))
    rated_at = new.rated_at or batch.at
    check_moment(rated_at, at=batch.at)
    persona = batch.personas.get(new.persona_id)
    if persona is None:
        raise PersonaMissing("persona", "There is no such person.")
    member_id = batch.actor.member_id if batch.actor else None
    backdated = new.historical or (new.rated_by_id is not None and new.rated_by_id != member_id)
    if backdated and batch.actor is not None and not batch.actor.is_admin:
        field_name = "historical" if new.historical else "rated_by_email"
        raise NotAllowedToBackdate(
            field_name, "Only an admin key may record another member's or past ratings."
        )
    if new.external_id is not None and new.external_id in batch.taken:
        return Recorded(_same(new, batch.taken[new.external_id], batch), created=False)
    rating = _made(new, batch, persona, rated_at)
    batch.history[persona.id].append(rating)
    batch.made.append(rating)
    if new.historical:
        batch.historical.add(rating.pk)
    if new.external_id is not None:
        batch.taken[new.external_id] = Known(rating, persona.id)
    late = [one for one in batch.history[persona.id] if one.rated_at >= batch.at - OWNER_SPEAKS]
    return Recorded(rating, created=True, alone={one.rated_by_id for one in late} <= {rating.rated_by_id})


def _made(new: NewRating, batch: _Batch, persona: Rateable, rated_at: datetime) -> Rating:
    """The row of a new rating; what stood before it is kept beside it for the log."""
    history = batch.history[persona.id]
    seen = standing_at([one for one in history if not is_hidden(one)], persona=persona, moment=rated_at)
    driver = settle_driver(
        new, standing=seen, drivers=batch.drivers, historical=new.historical, again=new.again
    )
    member_id = batch.actor.member_id if batch.actor else None
    rating = Rating(
        account_id=persona.account_id,
        persona_id=persona.id,
        external_id=new.external_id,
        strength=new.strength,
        sentiment_brand=new.sentiment_brand,
        sentiment_product=new.sentiment_product,
        sentiment_service=new.sentiment_service,
        driver=driver,
        area=settle_area(new, standing=seen, areas=batch.areas),
        note=new.note,
        observed=batch.grounds.observed(new),
        signs=list(dict.fromkeys(new.signs or ())),
        confidence=new.confidence,
        evidence=batch.grounds.links(new, persona.account_id),
        rated_at=rated_at,
        rated_by_id=new.rated_by_id or member_id,
        recorded_at=min(rated_at, batch.at) if new.historical else batch.at,
        source=new.source,
    )
    batch.stood[rating.pk] = standing_at(history, persona=persona, moment=rated_at)
    return rating


def _same(new: NewRating, known: Known, batch: _Batch) -> Rating:
    """The stored rating if it says the same as the new one; raises Taken, naming what differs, otherwise."""
    if is_hidden(known.rating, known.whose):
        raise Taken("external_id", "Another rating has this external id.")
    for name, now, then in _compared(new, known, batch):
        if now != then:
            raise Taken(name, "A rating with this external id says something else here.")
    return known.rating


def _compared(new: NewRating, known: Known, batch: _Batch) -> Iterator[tuple[str, object, object]]:
    """Each part by which a repeated rating is known as the same, new and stored. What was judged is compared as a whole;
    what is filled in for a rater who leaves it out, or what it is based on, only where the repeat names it."""
    stored = known.rating
    yield "persona", new.persona_id, known.whose
    yield "strength", new.strength, stored.strength
    yield "sentiment", facets_of(new), facets_of(stored)
    yield "note", new.note, stored.note
    links = None if new.evidence is None else batch.grounds.links(new, stored.account_id)
    named = {
        "driver": (new.driver or None, stored.driver),
        "area": (new.area or None, stored.area),
        "signs": (None if new.signs is None else list(dict.fromkeys(new.signs)), stored.signs),
        "confidence": (new.confidence, stored.confidence),
        "evidence": (links, stored.evidence),
        "rated_at": (new.rated_at, stored.rated_at),
        "rated_by_email": (new.rated_by_id, stored.rated_by_id),
    }
    yield from ((name, now, then) for name, (now, then) in named.items() if now is not None)


def standing_at(ratings: Iterable[Earlier | Rating], *, persona: Rateable, moment: datetime) -> Standing:
    """What these ratings of one persona leave standing just before a new one made at that moment: the words that pages
    show (``selectors.spoken``), where the account's owner speaks before whoever rated later, for 120 days."""
    heard = [one for one in ratings if one.rated_at <= moment and one.account_id == persona.account_id]
    heard.sort(key=lambda one: (one.rated_at, one.recorded_at, one.id))
    standing = Standing()
    for rating in heard:
        standing.carry(rating)
    for rating in sorted(heard, key=lambda one: _by_owner(one, persona, moment)):
        standing.hear(rating)
    return standing


def _by_owner(rating: Earlier | Rating, persona: Rateable, moment: datetime) -> bool:
    owned = persona.owner_id is not None and rating.rated_by_id == persona.owner_id
    return owned and rating.rated_at >= moment - OWNER_SPEAKS


def _write(batch: _Batch, *, mark: bool) -> None:
    observations = []
    for rating in batch.made:
        mine = observations_of(rating)
        rating.observation_ids = [observation.id for observation in mine]
        observations += mine
    insert_ratings(batch.made)
    _track(batch)
    health.observe(observations=observations, at=batch.at, mark=mark)
    settle_assignments(ratings=batch.made)
    leave_shown(ratings=batch.made, past=batch.historical, history=batch.history, at=batch.at)
    accounts.record_activities(
        activities=[_logged(rating, batch) for rating in batch.made],
        actor=batch.actor,
        at=batch.at,
    )


def observations_of(rating: Rating) -> list[health.NewObservation]:
    """What a rating says to health: relationship 0..3, and per facet sentiment 0..2."""
    said = [("sentiment", facet, SENTIMENTS.index(value)) for facet, value in facets_of(rating).items()]
    if rating.strength is not None:
        said.append(("relationship", "", STRENGTHS.index(rating.strength)))
    return [
        health.NewObservation(
            account_id=rating.account_id,
            persona_id=rating.persona_id,
            measure=measure,
            facet=facet,
            value=float(value),
            observed_at=rating.rated_at,
            recorded_at=rating.recorded_at,
            source="rating",
            author_id=rating.rated_by_id,
        )
        for measure, facet, value in said
    ]


def _track(batch: _Batch) -> None:
    """Whoever is rated counts from then on: people who came untracked by import are switched on."""
    since: dict[UUID, Rating] = {}
    for rating in batch.made:
        if not batch.personas[rating.persona_id].tracked:
            since.setdefault(rating.persona_id, rating)
    if not since:
        return
    Persona.objects.filter(pk__in=since).update(tracked=True, updated_at=batch.at)
    last = {
        fact.persona_id: fact
        for fact in PersonaFact.objects.filter(persona_id__in=since, key="tracked").order_by(
            "effective_at", "recorded_at", "id"
        )
    }
    facts = []
    for persona_id, rating in since.items():
        effective_at, recorded_at = rating.rated_at, rating.recorded_at
        if persona_id in last:  # older than the switch that it overrules: takes effect with that switch
            effective_at = max(effective_at, last[persona_id].effective_at)
            recorded_at = max(recorded_at, last[persona_id].recorded_at)
        facts.append(
            PersonaFact(
                persona_id=persona_id,
                key="tracked",
                value=True,
                effective_at=effective_at,
                recorded_at=recorded_at,
                source="rating",
                author_id=rating.rated_by_id,
            )
        )
    PersonaFact.objects.bulk_create(facts, batch_size=1000)


def _logged(rating: Rating, batch: _Batch) -> accounts.NewActivity:
    """The line of the log; it names no note, so that erasing a person leaves no free text behind."""
    said, standing = facets_of(rating), batch.stood[rating.pk]
    before = {f"sentiment_{facet}": standing.sentiment.get(facet) for facet in FACETS if facet in said}
    after: dict[str, str | None] = {f"sentiment_{facet}": value for facet, value in said.items()}
    if rating.strength is not None:
        before["strength"], after["strength"] = standing.strength, rating.strength
    data: dict[str, object] = {"before": before, "after": after, "driver": rating.driver}
    if rating.area:
        data["area"] = rating.area
    if rating.observed:
        data |= {"observed": rating.observed, "signs": rating.signs}
    if rating.confidence:
        data["confidence"] = rating.confidence
    if rating.pk in batch.historical:
        data["historical"] = True
    return accounts.NewActivity(
        verb="rating.recorded",
        object_id=rating.pk,
        account_id=rating.account_id,
        persona_id=rating.persona_id,
        data=data,
    )
