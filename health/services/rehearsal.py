"""A score of nobody, so that a connection has the plans for anybody's."""

import datetime as dt
from uuid import UUID

from accounts.selectors import plan_ahead
from health.selectors import Zones, assess_pairs
from health.selectors.cases import ZONES, make_cases
from health.selectors.usage_windows import plan_windows
from health.services.observations import INSERT
from health.services.scoring import FORGET, LOCKED, STORE, STORED, WEEK

NOBODY = UUID(int=0)


def rehearse_score(*, at: dt.datetime) -> None:
    """Let this connection plan what storing observations and scoring one account again runs; nothing is written."""
    zones = Zones(first="UTC", facts=())
    plan_ahead(INSERT, ZONES, FORGET + STORED, LOCKED, STORE)
    assess_pairs([(NOBODY, at - WEEK, at)], zones)
    plan_windows(make_cases([(NOBODY, at - WEEK), (NOBODY, at)], zones))
