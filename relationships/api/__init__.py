"""The JSON door: ratings, and the lists that they name."""

from relationships.api.ratings import RatingView
from relationships.api.words import DriverView, SignView

__all__ = ["DriverView", "RatingView", "SignView"]
