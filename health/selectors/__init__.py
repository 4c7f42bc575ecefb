"""Every read of the second floor: the health of an account or a book, now or as known at any past moment."""

from health.selectors.assessing import Assessed, assess_cases, assess_pairs
from health.selectors.book import PortfolioFilter
from health.selectors.cases import Cases, Zones, make_cases, read_zones
from health.selectors.dirty import dirty_accounts
from health.selectors.portfolio import portfolio
from health.selectors.reasons import cause_words, persona_names, reason
from health.selectors.scorecards import ScorecardVersion, current_scorecard, scorecard_versions
from health.selectors.scores import (
    NotScored,
    account_known,
    coverage,
    current_scores,
    health,
    score_change,
    score_history,
    short_scores,
)
from health.selectors.usage import AccountUsage, PersonUsage, account_usage, person_usage, unmatched_usage

__all__ = [
    "AccountUsage",
    "Assessed",
    "Cases",
    "NotScored",
    "PersonUsage",
    "PortfolioFilter",
    "ScorecardVersion",
    "Zones",
    "account_known",
    "account_usage",
    "assess_cases",
    "assess_pairs",
    "cause_words",
    "coverage",
    "current_scorecard",
    "current_scores",
    "dirty_accounts",
    "health",
    "make_cases",
    "person_usage",
    "persona_names",
    "portfolio",
    "read_zones",
    "reason",
    "score_change",
    "score_history",
    "scorecard_versions",
    "short_scores",
    "unmatched_usage",
]
