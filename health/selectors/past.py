"""An account as it was known at a past moment: health and coverage from one reading, to compare with now."""

import datetime as dt
from typing import Any
from uuid import UUID

from health.selectors.assessing import assess_cases
from health.selectors.cases import make_cases, read_zones
from health.selectors.documents import coverage_documents, health_documents
from health.selectors.veil import veiled_coverage, veiled_health


def past_state(*, account_id: UUID, at: dt.datetime) -> dict[str, Any]:
    """{health, coverage}: the two resources of the account as known at ``at``."""
    (assessed,) = assess_cases(make_cases([(account_id, at)], read_zones()))
    return {
        "health": veiled_health(account_id, health_documents(assessed)[0]),
        "coverage": veiled_coverage(account_id, coverage_documents(assessed)[0]),
    }
