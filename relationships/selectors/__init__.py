"""Every read about how we rate people: who speaks for whom, the rating grid, the matrix, histories, disagreements."""

from relationships.selectors.grid import (
    GridAccount,
    RatingGrid,
    grid_account,
    my_people,
    rating_grid,
    ratings_due,
)
from relationships.selectors.history import Disagreement, PastRating, disagreements, rating_history
from relationships.selectors.lists import driver_list, rating_list, sign_list
from relationships.selectors.matrix import Matrix, MatrixCell, rating_matrix, stale_ratings
from relationships.selectors.seen import SeenPage, diverging_people, seen_page
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
    "SeenPage",
    "disagreements",
    "diverging_people",
    "driver_list",
    "grid_account",
    "last_touched",
    "latest_ratings",
    "my_people",
    "open_seats",
    "rated_people",
    "rating_grid",
    "rating_history",
    "rating_list",
    "rating_matrix",
    "ratings_due",
    "seen_page",
    "sign_list",
    "stale_ratings",
    "successors",
]
