"""Every read of the second floor: the health of an account or a book, now or as known at any past moment."""

from health.selectors.acknowledged import Acknowledged, acknowledged, raised_accounts
from health.selectors.assessing import Assessed, assess_cases, assess_pairs
from health.selectors.between import Moved, Standing, TwoBooks, states_between, two_books
from health.selectors.book import PortfolioFilter
from health.selectors.cases import Cases, Zones, make_cases, read_zones, sql_array
from health.selectors.counted import (
    CELL_NAMES,
    Counted,
    CountedPeople,
    counted_matrix,
    counted_people,
    everyone_counted,
)
from health.selectors.coverage import (
    SOON,
    account_coverage_history,
    book_coverage,
    chosen_ids,
    coverage_history,
    coverage_weeks,
)
from health.selectors.departures import Departures, departures, months_until
from health.selectors.dirty import dirty_accounts
from health.selectors.flags import FLAG_CODES
from health.selectors.focus import Chances, FocusRow, focus, loss_chances
from health.selectors.kept import book_version, kept, kept_weeks, portfolio_json
from health.selectors.matrix import matrix_cell
from health.selectors.observations import observation_rows
from health.selectors.past import past_state
from health.selectors.portfolio import portfolio
from health.selectors.raised import flag_is_up, raised_flags
from health.selectors.reasons import cause_words, measure_names, people_behind, persona_names, reason
from health.selectors.scorecards import (
    RoleTemplate,
    ScorecardVersion,
    current_scorecard,
    role_template,
    scorecard_versions,
    tiers_in_use,
)
from health.selectors.scores import (
    NotScored,
    account_known,
    coverage,
    current_scores,
    emotions,
    emotions_on,
    health,
    score_change,
    score_history,
    short_scores,
)
from health.selectors.support import support_contacts, support_document
from health.selectors.trends import (
    Fall,
    causes_between,
    falls,
    money_by_band,
    money_by_week,
    people_to_rate,
    trails,
    voices,
)
from health.selectors.usage import AccountUsage, PersonUsage, account_usage, person_usage, unmatched_usage
from health.selectors.usage_people import people_active_days
from health.selectors.veil import is_veiled, veiled_causes, veiled_flags, veiled_parts, veiled_score

__all__ = [
    "CELL_NAMES",
    "FLAG_CODES",
    "SOON",
    "AccountUsage",
    "Acknowledged",
    "Assessed",
    "Cases",
    "Chances",
    "Counted",
    "CountedPeople",
    "Departures",
    "Fall",
    "FocusRow",
    "Moved",
    "NotScored",
    "PersonUsage",
    "PortfolioFilter",
    "RoleTemplate",
    "ScorecardVersion",
    "Standing",
    "TwoBooks",
    "Zones",
    "account_coverage_history",
    "account_known",
    "account_usage",
    "acknowledged",
    "assess_cases",
    "assess_pairs",
    "book_coverage",
    "book_version",
    "cause_words",
    "causes_between",
    "chosen_ids",
    "counted_matrix",
    "counted_people",
    "coverage",
    "coverage_history",
    "coverage_weeks",
    "current_scorecard",
    "current_scores",
    "departures",
    "dirty_accounts",
    "emotions",
    "emotions_on",
    "everyone_counted",
    "falls",
    "flag_is_up",
    "focus",
    "health",
    "is_veiled",
    "kept",
    "kept_weeks",
    "loss_chances",
    "make_cases",
    "matrix_cell",
    "measure_names",
    "money_by_band",
    "money_by_week",
    "months_until",
    "observation_rows",
    "past_state",
    "people_active_days",
    "people_behind",
    "people_to_rate",
    "person_usage",
    "persona_names",
    "portfolio",
    "portfolio_json",
    "raised_accounts",
    "raised_flags",
    "read_zones",
    "reason",
    "role_template",
    "score_change",
    "score_history",
    "scorecard_versions",
    "short_scores",
    "sql_array",
    "states_between",
    "support_contacts",
    "support_document",
    "tiers_in_use",
    "trails",
    "two_books",
    "unmatched_usage",
    "veiled_causes",
    "veiled_flags",
    "veiled_parts",
    "veiled_score",
    "voices",
]
