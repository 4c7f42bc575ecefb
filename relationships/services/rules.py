"""The rules a rating must keep, each with the error that defends it. Pure: what stands is handed in.

A sentiment that is negative, or that changes from what is shown, needs a driver; otherwise the last driver is carried
over, and so it is where a rating says again what stands. A part left out leaves the earlier one standing.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.core.exceptions import ObjectDoesNotExist

FACETS = ("brand", "product", "service")
STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")
CONFIDENCES = ("low", "medium", "high")
FUTURE = timedelta(days=1)
OLDEST = timedelta(days=84 * 30)  # months that are sure to have a partition of observations


class RatingRefused(ValueError):
    """A rating breaks a rule. ``field`` names the input, ``code`` the rule, the message says what to do."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class SaysNothing(RatingRefused):
    code = "required"


class UnknownWord(RatingRefused):
    code = "invalid_choice"


class NeedsDriver(RatingRefused):
    """The sentiment is negative or changes, and no driver says why."""

    code = "needs_driver"


class UnknownArea(RatingRefused):
    code = "unknown_area"


class UnknownDriver(RatingRefused):
    code = "unknown_driver"


class UnknownSign(RatingRefused):
    code = "unknown_sign"


class BadEvidence(RatingRefused):
    """A link leads nowhere, or to another account's touch or case."""


class RatedInFuture(RatingRefused):
    code = "in_future"


class RatedTooLongAgo(RatingRefused):
    code = "too_old"


class PersonaMissing(RatingRefused):
    code = "missing"


class RatingMissing(RatingRefused, ObjectDoesNotExist):
    code = "missing"


class NotAllowedToBackdate(RatingRefused):
    """Only an admin key records migrated history or rates in another member's name."""

    code = "forbidden"


class Taken(RatingRefused):
    """The external id belongs to another rating."""

    code = "taken"


class Judgement(Protocol):
    """What a rating says, new or stored."""

    @property
    def strength(self) -> str | None: ...

    @property
    def driver(self) -> str: ...

    @property
    def area(self) -> str: ...

    @property
    def sentiment_brand(self) -> str | None: ...

    @property
    def sentiment_product(self) -> str | None: ...

    @property
    def sentiment_service(self) -> str | None: ...


@dataclass
class Standing:
    """What stands for one persona: strength and sentiment by facet in the words of who speaks for them, and driver with
    its area as last said by anyone."""

    strength: str | None = None
    sentiment: dict[str, str] = field(default_factory=dict)
    driver: str = ""
    area: str = ""

    def hear(self, rating: Judgement) -> None:
        """Take the words of a rating that speaks before those taken until now."""
        self.strength = rating.strength or self.strength
        self.sentiment.update(facets_of(rating))

    def carry(self, rating: Judgement) -> None:
        """Take the driver of a newer rating."""
        self.driver = rating.driver or self.driver
        if rating.driver or rating.area:
            self.area = rating.area


def facets_of(rating: Judgement) -> dict[str, str]:
    """The sentiments that a rating says, by facet."""
    said = {
        "brand": rating.sentiment_brand,
        "product": rating.sentiment_product,
        "service": rating.sentiment_service,
    }
    return {facet: value for facet, value in said.items() if value is not None}


def check_words(rating: Judgement, *, seen: bool = False) -> None:
    """Raise SaysNothing or UnknownWord unless the rating says at least one part, or what was ``seen``, in known words."""
    sentiments = facets_of(rating)
    if rating.strength is None and not sentiments and not seen:
        raise SaysNothing("strength", "Give a strength, a sentiment, or a sign that you saw.")
    if rating.strength is not None and rating.strength not in STRENGTHS:
        raise UnknownWord("strength", f"Strength is one of {', '.join(STRENGTHS)}.")
    for facet, value in sentiments.items():
        if value not in SENTIMENTS:
            raise UnknownWord(f"sentiment/{facet}", f"Sentiment is one of {', '.join(SENTIMENTS)}.")


def check_moment(rated_at: datetime, *, at: datetime) -> None:
    """Raise unless the moment lies between 84 months ago and a day from now."""
    if rated_at > at + FUTURE:
        raise RatedInFuture("rated_at", "A rating cannot lie in the future.")
    if rated_at < at - OLDEST:
        raise RatedTooLongAgo("rated_at", "A rating cannot be older than 84 months.")


def settle_driver(
    rating: Judgement,
    *,
    standing: Standing,
    drivers: Container[str],
    historical: bool = False,
    again: bool = False,
) -> str:
    """The driver that the rating is kept with: its own, or the last one carried over.

    Raises NeedsDriver or UnknownDriver. Migrated history may lack its reasons: nobody can be asked any more.
    """
    if rating.driver:
        if rating.driver not in drivers:
            raise UnknownDriver("driver", "This is not one of your drivers.")
        return rating.driver
    if historical:
        return standing.driver
    for facet, value in facets_of(rating).items():
        if value == "negative" and not (again and standing.driver and standing.sentiment.get(facet) == value):
            raise NeedsDriver("driver", "A negative sentiment needs a driver: what is behind it?")
        if standing.sentiment.get(facet, value) != value:
            raise NeedsDriver("driver", "The sentiment changes, so it needs a driver: what changed it?")
    return standing.driver


def settle_area(rating: Judgement, *, standing: Standing, areas: Container[str]) -> str:
    """The product area that the rating is kept with: its own, or the last one where the driver is carried over too.

    Raises UnknownArea.
    """
    if rating.area and rating.area not in areas:
        raise UnknownArea("area", "This is not one of your product areas.")
    return rating.area or ("" if rating.driver else standing.area)
