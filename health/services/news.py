"""What a new score means to others: a line of the activity log when the band shown or a red flag changes.

Written in the transaction that stores the score, under its lock, so that each change is told once. The first score of
an account is no change.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from accounts import services as accounts
from accounts.models import LEFT_SEATS, Actor


class Shown(NamedTuple):
    """What was stored of an account before: its band, its score, its flags as [{code, cap, since, detail}], its
    quadrant, and how many of its people are negative."""

    band: str
    score: float
    flags: Sequence[Mapping[str, Any]]
    quadrant: str
    negative: int


def log_changes(
    *,
    before: Mapping[UUID, Shown],
    records: Mapping[UUID, Mapping[str, Any]],
    actor: Actor | None = None,
    at: dt.datetime,
) -> None:
    """Log what differs between the stored scores of accounts and the records that replace them. ``actor`` raised or cleared
    a flag by hand: of such a flag the line says so, everything else happens by itself."""
    changed = [account_id for account_id in before if account_id in records]
    lines = [line for one in changed for line in _changes(one, before[one], records[one])]
    by_hand = [line for line in lines if "id" in (line.data["after"] or line.data["before"])]
    accounts.record_activities(activities=[line for line in lines if line not in by_hand], actor=None, at=at)
    accounts.record_activities(activities=by_hand, actor=actor, at=at)
    _leave_leavers(lines, at)


def _leave_leavers(lines: Sequence[accounts.NewActivity], at: dt.datetime) -> None:
    """Leave the flags of a champion or a buyer who left to whoever prescribes what to do about them."""
    raised: dict[str, list[str]] = {}
    for line in lines:
        code = line.data["after"].get("code") if line.verb == "flag.raised" else ""
        if code in LEFT_SEATS:
            raised.setdefault(code, []).append(str(line.account_id))
    if raised:
        ref = {"flags": raised, "at": at.isoformat()}
        accounts.enqueue(kind="prescribe_steps", ref=ref, dedupe_key=str(uuid7()), at=at)


def _changes(account_id: UUID, before: Shown, after: Mapping[str, Any]) -> Iterator[accounts.NewActivity]:
    if before.band != after["band"]:
        data: dict[str, Any] = {
            "before": {"band": before.band, "score": before.score},
            "after": {"band": after["band"], "score": after["score"]},
        }
        yield accounts.NewActivity("score.band_changed", account_id, account_id, data=data)
    up, were = _by_key(after["flags"]), _by_key(before.flags)
    for key in sorted(up.keys() ^ were.keys()):
        raised = key in up
        flag = up[key] if raised else were[key]
        told = {name: flag.get(name) for name in ("code", "cap")} | (
            {"id": flag["id"]} if "id" in flag else {}
        )
        data = {"before": None if raised else told, "after": told if raised else None}
        verb = "flag.raised" if raised else "flag.cleared"
        yield accounts.NewActivity(verb, account_id, account_id, data=data)


def _by_key(flags: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """A detected flag is one of its kind; those raised by hand have an id each."""
    return {(flag["code"], flag.get("id", "")): flag for flag in flags}
