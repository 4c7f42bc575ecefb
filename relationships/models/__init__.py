"""How we rate them: ratings, drivers and signs, and the rounds that ask for ratings."""

from relationships.models.memories import Moment, PillarRating
from relationships.models.org import Edge, Pairing
from relationships.models.ratings import (
    Confidence,
    Driver,
    Rating,
    RatingWithdrawal,
    Sentiment,
    Sign,
    Strength,
)
from relationships.models.rounds import Assignment, Cadence, Round

__all__ = [
    "Assignment",
    "Cadence",
    "Confidence",
    "Driver",
    "Edge",
    "Moment",
    "Pairing",
    "PillarRating",
    "Rating",
    "RatingWithdrawal",
    "Round",
    "Sentiment",
    "Sign",
    "Strength",
]
