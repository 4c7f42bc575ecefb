"""Ratings taken back: what stood before them stands again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Actor
from health import services as health
from relationships.models import Rating, RatingWithdrawal
from relationships.services.answering import require_rating, settle_assignments
from relationships.services.ratings import Recorded, rescored
from relationships.services.rules import RatingMissing, facets_of


@transaction.atomic
def withdraw_ratings(*, rating_ids: Collection[UUID], actor: Actor | None, at: datetime) -> set[UUID]:
    """Take many ratings back, those that are there and not withdrawn yet; their accounts are scored by a worker.

    Answers with the ids that were taken back. Raises NotYours.
    """
    ratings = list(Rating.objects.filter(pk__in=rating_ids, withdrawals=None).order_by("pk"))
    homes = {rating.account_id for rating in ratings}
    _require(ratings, actor)
    author_id = actor.member_id if actor else None
    RatingWithdrawal.objects.bulk_create(
        [RatingWithdrawal(rating=rating, author_id=author_id, recorded_at=at) for rating in ratings],
        ignore_conflicts=True,
        batch_size=1000,
    )
    health.withdraw_observations(
        observation_ids=[id for rating in ratings for id in rating.observation_ids],
        account_ids=homes,
        author_id=author_id,
        at=at,
    )
    settle_assignments(ratings=ratings)
    accounts.record_activities(activities=[_withdrawn(rating) for rating in ratings], actor=actor, at=at)
    return {rating.pk for rating in ratings}


def _require(ratings: Sequence[Rating], actor: Actor | None) -> None:
    """Raise NotYours unless the actor may write the accounts of these ratings, or takes back what a round asked of
    them."""
    member_id = actor.member_id if actor else None
    own = {rating.persona_id: rating.account_id for rating in ratings if rating.rated_by_id == member_id}
    require_rating(actor=actor, homes=own)
    others = {rating.account_id for rating in ratings if rating.rated_by_id != member_id}
    accounts.require_write(actor=actor, account_ids=others)


def _withdrawn(rating: Rating) -> accounts.NewActivity:
    return accounts.NewActivity(
        verb="rating.withdrawn",
        object_id=rating.pk,
        account_id=rating.account_id,
        persona_id=rating.persona_id,
        data={"before": {"strength": rating.strength, **facets_of(rating)}, "after": None},
    )


@transaction.atomic
def withdraw_rating(*, rating_id: UUID, actor: Actor | None, at: datetime) -> Recorded:
    """Take a rating back and score its account again; what stood before it stands again. Doing it twice is harmless.

    Raises RatingMissing or NotYours.
    """
    rating = Rating.objects.filter(pk=rating_id).first()
    if rating is None:
        raise RatingMissing("rating", "There is no such rating.")
    _require([rating], actor)
    if RatingWithdrawal.objects.filter(rating=rating).exists():
        return Recorded(rating, created=False)
    author_id = actor.member_id if actor else None
    RatingWithdrawal.objects.bulk_create(
        [RatingWithdrawal(rating=rating, author_id=author_id, recorded_at=at)], ignore_conflicts=True
    )
    health.withdraw_observations(
        observation_ids=rating.observation_ids, account_ids=[rating.account_id], author_id=author_id, at=at
    )
    settle_assignments(ratings=[rating])
    result = rescored(Recorded(rating, created=False), at=at)
    accounts.record_activity(activity=_withdrawn(rating), actor=actor, at=at)
    return result
