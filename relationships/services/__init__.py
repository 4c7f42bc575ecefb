"""Every write about how we rate people: ratings, their withdrawal, the lists of drivers and signs, rounds, moments, and
situations with their library."""

from relationships.services.advocates import (
    AdvocateAskSaver,
    delete_advocate_ask,
    restore_advocate_ask,
    save_advocate_asks,
)
from relationships.services.answering import settle_assignments
from relationships.services.areas import PRODUCT_AREAS, ensure_product_areas
from relationships.services.drivers import DRIVERS, ensure_drivers
from relationships.services.first_value import (
    delete_first_value,
    restore_first_value,
    save_first_values,
)
from relationships.services.items import save_ratings, withdraw_one
from relationships.services.library import LISTS, ensure_library, free_key, save_entry
from relationships.services.merging import merge_accounts, part_accounts
from relationships.services.moments import MomentSaver, delete_moment, restore_moment, save_moments
from relationships.services.org import (
    delete_edge,
    delete_pairing,
    restore_edge,
    restore_pairing,
    save_edges,
    save_pairings,
    set_edge_strength,
)
from relationships.services.pillars import PillarRefused, rate_pillars, read_pillars
from relationships.services.ratings import (
    NewRating,
    Recorded,
    record_rating,
    record_ratings,
)
from relationships.services.rehearsal import rehearse_rating
from relationships.services.rounds import (
    close_round,
    delete_cadence,
    delete_round,
    plan_round,
    require_leader,
    restore_cadence,
    restore_round,
    save_cadences,
    save_rounds,
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
    UnknownArea,
    UnknownDriver,
    UnknownSign,
    UnknownWord,
)
from relationships.services.signs import SIGNS, ensure_signs
from relationships.services.situations import (
    NoRemedy,
    SituationSaver,
    delete_situation,
    make_step,
    restore_situation,
    save_situations,
)
from relationships.services.tending import begin_tending, tend_rounds
from relationships.services.withdrawals import withdraw_rating, withdraw_ratings

__all__ = [
    "DRIVERS",
    "LISTS",
    "PRODUCT_AREAS",
    "SIGNS",
    "AdvocateAskSaver",
    "BadEvidence",
    "MomentSaver",
    "NeedsDriver",
    "NewRating",
    "NoRemedy",
    "NotAllowedToBackdate",
    "PersonaMissing",
    "PillarRefused",
    "RatedInFuture",
    "RatedTooLongAgo",
    "RatingMissing",
    "RatingRefused",
    "Recorded",
    "SaysNothing",
    "SituationSaver",
    "Taken",
    "UnknownArea",
    "UnknownDriver",
    "UnknownSign",
    "UnknownWord",
    "begin_tending",
    "close_round",
    "delete_advocate_ask",
    "delete_cadence",
    "delete_edge",
    "delete_first_value",
    "delete_moment",
    "delete_pairing",
    "delete_round",
    "delete_situation",
    "ensure_drivers",
    "ensure_library",
    "ensure_product_areas",
    "ensure_signs",
    "free_key",
    "make_step",
    "merge_accounts",
    "part_accounts",
    "plan_round",
    "rate_pillars",
    "read_pillars",
    "record_rating",
    "record_ratings",
    "rehearse_rating",
    "require_leader",
    "restore_advocate_ask",
    "restore_cadence",
    "restore_edge",
    "restore_first_value",
    "restore_moment",
    "restore_pairing",
    "restore_round",
    "restore_situation",
    "save_advocate_asks",
    "save_cadences",
    "save_edges",
    "save_entry",
    "save_first_values",
    "save_moments",
    "save_pairings",
    "save_ratings",
    "save_rounds",
    "save_situations",
    "set_edge_strength",
    "settle_assignments",
    "tend_rounds",
    "withdraw_one",
    "withdraw_rating",
    "withdraw_ratings",
]
