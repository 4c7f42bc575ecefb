"""How we rate them: ratings, drivers and signs, the rounds that ask for ratings, and the situations that were met."""

from relationships.models.advocates import AdvocateAsk
from relationships.models.first_value import FirstValue
from relationships.models.memories import Moment, PillarRating, PillarReading
from relationships.models.org import Edge, Pairing
from relationships.models.ratings import (
    Confidence,
    Driver,
    ProductArea,
    Rating,
    RatingWithdrawal,
    Sentiment,
    Sign,
    Strength,
)
from relationships.models.rounds import Assignment, Cadence, Round
from relationships.models.situations import Remedy, Situation, SituationReason, SituationType

__all__ = [
    "AdvocateAsk",
    "Assignment",
    "Cadence",
    "Confidence",
    "Driver",
    "Edge",
    "FirstValue",
    "Moment",
    "Pairing",
    "PillarRating",
    "PillarReading",
    "ProductArea",
    "Rating",
    "RatingWithdrawal",
    "Remedy",
    "Round",
    "Sentiment",
    "Sign",
    "Situation",
    "SituationReason",
    "SituationType",
    "Strength",
]
