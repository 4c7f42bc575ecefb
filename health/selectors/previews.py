"""What another scorecard would make of accounts: who changes band, and by how much, before it is published."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.models import Account
from health import formulas
from health.selectors.assessing import assess, load
from health.selectors.cases import make_cases, read_zones
from health.selectors.scorecards import ScorecardVersion, scorecards_at

CHUNK = 1000


def preview(body: Mapping[str, Any], account_ids: Sequence[UUID], at: dt.datetime) -> dict[str, Any]:
    """Accounts under the scorecard in force and under another one, at one moment.

    {"accounts", "bands_before", "bands_after", "changes": [{account, name, score_before, score_after, delta,
    band_before, band_after}]}: those that change band, largest difference first.
    """
    now = scorecards_at([at])[at]
    other = ScorecardVersion(version=now.version + 1, body=dict(body), recorded_at=at)
    before: Counter[str] = Counter(dict.fromkeys(formulas.BANDS, 0))
    after: Counter[str] = Counter(before)
    changes = []
    zones = read_zones()
    for start in range(0, len(account_ids), CHUNK):
        known = load(make_cases([(one, at) for one in account_ids[start : start + CHUNK]], zones))
        old, new = assess(known, now), assess(known, other)
        for i, account_id in enumerate(known.cases.accounts):
            was, becomes = formulas.BANDS[old.band_shown[i]], formulas.BANDS[new.band_shown[i]]
            before[was] += 1
            after[becomes] += 1
            if was != becomes:
                changes.append((account_id, old.health.score[i], new.health.score[i], was, becomes))
    names = dict(Account.objects.filter(pk__in=[change[0] for change in changes]).values_list("pk", "name"))
    return {
        "accounts": len(account_ids),
        "bands_before": dict(before),
        "bands_after": dict(after),
        "changes": sorted(
            (_change(*change, names) for change in changes), key=lambda row: -abs(row["delta"])
        ),
    }


def _change(
    account_id: UUID, old: float, new: float, was: str, becomes: str, names: Mapping[UUID, str]
) -> dict[str, Any]:
    return {
        "account": str(account_id),
        "name": names.get(account_id, ""),
        "score_before": float(old),
        "score_after": float(new),
        "delta": float(new - old),
        "band_before": was,
        "band_after": becomes,
    }
