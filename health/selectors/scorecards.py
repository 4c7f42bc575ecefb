"""The scorecard in force: its newest version as known at a moment, or the model's default."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.selectors import planned
from health import formulas
from health.selectors.cases import rows

DEFAULT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ScorecardVersion:
    """One version of the tenant's scorecard; `recorded_at` is None for the model's default."""

    version: int
    body: dict[str, Any]
    recorded_at: dt.datetime | None = None
    note: str = ""

    @property
    def card(self) -> formulas.Card:
        """The arrays that the formulas read."""
        return _card(json.dumps(self.body, sort_keys=True))

    def required_roles(self, tier: str | None) -> list[str]:
        """The roles that an account of this tier must have."""
        return formulas.required_roles(self.body, tier)


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """The roles that accounts of a tier must have, and since when (None: since there are accounts)."""

    roles: list[str]
    since: dt.datetime | None


def role_template(
    versions: Sequence[ScorecardVersion], tier: str | None, *, at: dt.datetime | None = None
) -> RoleTemplate:
    """The template of a tier in the last of these versions, or in the one in force at a moment, and the moment of the
    first version from which on it has been the same."""
    known = [v for v in versions if at is None or v.recorded_at is None or v.recorded_at <= at]
    roles, since = known[-1].required_roles(tier), None
    for version in reversed(known):
        if version.required_roles(tier) != roles:
            break
        since = version.recorded_at
    return RoleTemplate(roles, since)


# What a version published before there was such a field says by its silence.
LATER: dict[str, Any] = {"required_roles_by_tier": {}}
DEFAULT = ScorecardVersion(version=DEFAULT_VERSION, body=formulas.default_scorecard())


def current_scorecard() -> ScorecardVersion:
    """The newest version of the tenant's scorecard."""
    return scorecard_versions()[-1]


VERSIONS = "SELECT version, body, recorded_at, note FROM health_scorecard WHERE tenant_id = %(tenant)s ORDER BY version"


def scorecard_versions() -> list[ScorecardVersion]:
    """All versions in order of publication, beginning with the model's default."""
    found = rows(planned(VERSIONS))
    return [
        DEFAULT,
        *(
            ScorecardVersion(
                version=version,
                body=LATER | (json.loads(body) if isinstance(body, str) else body),
                recorded_at=recorded_at,
                note=note,
            )
            for version, body, recorded_at, note in found
        ),
    ]


def tiers_in_use() -> list[str]:
    """The tiers of the tenant's accounts, in order."""
    found = rows(
        "SELECT DISTINCT tier FROM accounts_account WHERE tenant_id = %(tenant)s AND deleted_at IS NULL "
        "AND tier <> '' ORDER BY tier LIMIT %(most)s",
        {"most": formulas.MOST_TIERS},
    )
    return [tier for (tier,) in found]


def scorecards_at(moments: Iterable[dt.datetime]) -> dict[dt.datetime, ScorecardVersion]:
    """The version in force at each moment."""
    versions = scorecard_versions()
    return {
        moment: [v for v in versions if v.recorded_at is None or v.recorded_at <= moment][-1]
        for moment in set(moments)
    }


@functools.lru_cache(maxsize=256)
def _card(body: str) -> formulas.Card:
    return formulas.read_scorecard(json.loads(body))
