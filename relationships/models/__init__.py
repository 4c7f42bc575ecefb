"""How we rate them: ratings, drivers and signs."""

from relationships.models.ratings import (
    Confidence,
    Driver,
    Rating,
    RatingWithdrawal,
    Sentiment,
    Sign,
    Strength,
)

__all__ = [
    "Confidence",
    "Driver",
    "Rating",
    "RatingWithdrawal",
    "Sentiment",
    "Sign",
    "Strength",
]
