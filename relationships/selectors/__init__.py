"""Every read about how we rate people: who speaks for whom, the grid, the matrix, histories, rounds, and agreement."""

from relationships.formulas.inferred import divergence
from relationships.selectors.agreement import RatedTwice, RaterPair, rated_twice, rater_pairs
from relationships.selectors.asked import Asking, Scope, asked_of, whom_to_ask
from relationships.selectors.between import CountedPerson, RatedOfOwner, counted_people, rated_by_owner
from relationships.selectors.grid import (
    GridAccount,
    RatingGrid,
    grid_account,
    my_people,
    rating_grid,
    ratings_due,
)
from relationships.selectors.history import Disagreement, PastRating, disagreements, rating_history
from relationships.selectors.inferred import (
    Divergence,
    InferredStrength,
    beside,
    divergences,
    inferred_of,
    inferred_strengths,
)
from relationships.selectors.lists import driver_list, rating_list, sign_list
from relationships.selectors.matrix import Matrix, MatrixCell, rating_matrix, stale_ratings
from relationships.selectors.moments import Remembered, moment_rows, remembered
from relationships.selectors.pillars import Evidence, Pillar, pillars
from relationships.selectors.report import RatingReport, quarter_began, rating_report
from relationships.selectors.rounds import (
    RoundPage,
    Waiting,
    assignment_list,
    cadence_list,
    cadence_rows,
    round_list,
    round_page,
    state_of,
    waiting,
    words_in_use,
)
from relationships.selectors.seen import SeenPage, diverging_people, seen_page
from relationships.selectors.spoken import (
    DUE_AFTER,
    STALE_AFTER,
    RatedPerson,
    latest_ratings,
    local_day,
    rated_people,
)
from relationships.selectors.successors import Candidate, Seat, last_touched, open_seats, successors

__all__ = [
    "DUE_AFTER",
    "STALE_AFTER",
    "Asking",
    "Candidate",
    "CountedPerson",
    "Disagreement",
    "Divergence",
    "Evidence",
    "GridAccount",
    "InferredStrength",
    "Matrix",
    "MatrixCell",
    "PastRating",
    "Pillar",
    "RatedOfOwner",
    "RatedPerson",
    "RatedTwice",
    "RaterPair",
    "RatingGrid",
    "RatingReport",
    "Remembered",
    "RoundPage",
    "Scope",
    "Seat",
    "SeenPage",
    "Waiting",
    "asked_of",
    "assignment_list",
    "beside",
    "cadence_list",
    "cadence_rows",
    "counted_people",
    "disagreements",
    "divergence",
    "divergences",
    "diverging_people",
    "driver_list",
    "grid_account",
    "inferred_of",
    "inferred_strengths",
    "last_touched",
    "latest_ratings",
    "local_day",
    "moment_rows",
    "my_people",
    "open_seats",
    "pillars",
    "quarter_began",
    "rated_by_owner",
    "rated_people",
    "rated_twice",
    "rater_pairs",
    "rating_grid",
    "rating_history",
    "rating_list",
    "rating_matrix",
    "rating_report",
    "ratings_due",
    "remembered",
    "round_list",
    "round_page",
    "seen_page",
    "sign_list",
    "stale_ratings",
    "state_of",
    "successors",
    "waiting",
    "whom_to_ask",
    "words_in_use",
]
