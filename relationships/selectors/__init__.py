"""Every read about how we rate people: who speaks for whom, the rating grid, the matrix, histories, disagreements."""

from relationships.selectors.grid import GridAccount, RatingGrid, grid_account, rating_grid, ratings_due
from relationships.selectors.history import Disagreement, PastRating, disagreements, rating_history
from relationships.selectors.lists import driver_list, rating_list
from relationships.selectors.matrix import Matrix, MatrixCell, rating_matrix, stale_ratings
from relationships.selectors.spoken import DUE_AFTER, STALE_AFTER, RatedPerson, latest_ratings, rated_people
from relationships.selectors.successors import Candidate, Seat, last_touched, open_seats, successors

__all__ = [
    "DUE_AFTER",
    "STALE_AFTER",
    "Candidate",
    "Disagreement",
    "GridAccount",
    "Matrix",
    "MatrixCell",
    "PastRating",
    "RatedPerson",
    "RatingGrid",
    "Seat",
    "disagreements",
    "driver_list",
    "grid_account",
    "last_touched",
    "latest_ratings",
    "open_seats",
    "rated_people",
    "rating_grid",
    "rating_history",
    "rating_list",
    "rating_matrix",
    "ratings_due",
    "stale_ratings",
    "successors",
]
