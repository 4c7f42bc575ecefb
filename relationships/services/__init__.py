"""Every write about how we rate people: ratings, their withdrawal, and the list of drivers."""

from relationships.services.drivers import (
    DriverRefused,
    ensure_drivers,
    save_driver,
)
from relationships.services.items import save_ratings, withdraw_one
from relationships.services.ratings import (
    NewRating,
    Recorded,
    record_rating,
    record_ratings,
    withdraw_rating,
    withdraw_ratings,
)
from relationships.services.rules import (
    NeedsDriver,
    NotAllowedToBackdate,
    PersonaMissing,
    RatedInFuture,
    RatedTooLongAgo,
    RatingMissing,
    RatingRefused,
    SaysNothing,
    Taken,
    UnknownDriver,
    UnknownWord,
)

__all__ = [
    "DriverRefused",
    "NeedsDriver",
    "NewRating",
    "NotAllowedToBackdate",
    "PersonaMissing",
    "RatedInFuture",
    "RatedTooLongAgo",
    "RatingMissing",
    "RatingRefused",
    "Recorded",
    "SaysNothing",
    "Taken",
    "UnknownDriver",
    "UnknownWord",
    "ensure_drivers",
    "record_rating",
    "record_ratings",
    "save_driver",
    "save_ratings",
    "withdraw_one",
    "withdraw_rating",
    "withdraw_ratings",
]
