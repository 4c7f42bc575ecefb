"""Every write about how we rate people: ratings, their withdrawal, and the lists of drivers and signs."""

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
)
from relationships.services.rules import (
    BadEvidence,
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
    UnknownSign,
    UnknownWord,
)
from relationships.services.signs import SignRefused, ensure_signs, save_sign
from relationships.services.withdrawals import withdraw_rating, withdraw_ratings

__all__ = [
    "BadEvidence",
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
    "SignRefused",
    "Taken",
    "UnknownDriver",
    "UnknownSign",
    "UnknownWord",
    "ensure_drivers",
    "ensure_signs",
    "record_rating",
    "record_ratings",
    "save_driver",
    "save_ratings",
    "save_sign",
    "withdraw_one",
    "withdraw_rating",
    "withdraw_ratings",
]
