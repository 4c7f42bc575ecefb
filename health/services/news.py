"""What a new score means to others: a line of the activity log when the band shown or a red flag changes.

Written in the transaction that stores the score, under its lock, so that each change is told once. The first score of
an account is no change.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from accounts import services as accounts


class Shown(NamedTuple):
    """What was stored of an account before: its band, its score, its flags as [{code, cap, since, detail}], its
    quadrant, and how many of its people are negative."""

    band: str
    score: float
    flags: Sequence[Mapping[str, Any]]
    quadrant: str
    negative: int


def log_changes(
    *, before: Mapping[UUID, Shown], records: Mapping[UUID, Mapping[str, Any]], at: dt.datetime
) -> None:
    """Log what differs between the stored scores of accounts and the records that replace them."""
    lines = [
        line
        for account_id, stored in before.items()
        if account_id in records
        for line in _changes(account_id, stored, records[account_id])
    ]
    accounts.record_activities(activities=lines, actor=None, at=at)


def _changes(account_id: UUID, before: Shown, after: Mapping[str, Any]) -> Iterator[accounts.NewActivity]:
    if before.band != after["band"]:
        data: dict[str, Any] = {
            "before": {"band": before.band, "score": before.score},
            "after": {"band": after["band"], "score": after["score"]},
        }
        yield accounts.NewActivity("score.band_changed", account_id, account_id, data=data)
    up, were = ({flag["code"]: flag for flag in flags} for flags in (after["flags"], before.flags))
    for code in sorted(up.keys() ^ were.keys()):
        raised = code in up
        flag = {name: (up if raised else were)[code].get(name) for name in ("code", "cap")}
        data = {"before": None if raised else flag, "after": flag if raised else None}
        verb = "flag.raised" if raised else "flag.cleared"
        yield accounts.NewActivity(verb, account_id, account_id, data=data)
