"""The daily score at 00:00 in the tenant's time zone: the history of an account, and the memory of its band.

A snapshot is what was known at its midnight, whenever it is taken; missed ones are caught up in order.
"""

import bisect
import datetime as dt
import itertools
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.db import connection
from uuid_utils.compat import uuid7

from accounts import services as accounts
from accounts.models import Account, PeriodicRun
from accounts.scope import current_tenant
from health import formulas
from health.formulas.bands import place_bands, place_quadrants, show_bands
from health.selectors.assessing import Assessed, assess_cases
from health.selectors.cases import make_cases, read_zones, rows, sql_array
from health.selectors.documents import sides_of
from health.selectors.flags import flag_documents
from health.selectors.states import Memory
from health.services.observations import mark_dirty
from health.services.signals import note_nights

REACH = dt.timedelta(days=400)  # how far back missed midnights are caught up
CASES_AT_ONCE = 5000
ACCOUNTS_AT_ONCE = 1000
NIGHTLY = "snapshots"


def take_snapshots(*, account_ids: Collection[UUID] | None, at: dt.datetime) -> int:
    """Take every snapshot due by ``at`` of these accounts (None: all); returns how many were taken."""
    due = _due(account_ids, at)
    memory: dict[UUID, Memory] = {}
    taken = 0
    for nights in _chunks(due):
        pairs = [
            (account_id, night) for night, account_ids_due in nights for account_id, _ in account_ids_due
        ]
        memory = {
            account_id: last for _, accounts_due in nights for account_id, last in accounts_due
        } | memory
        assessed = assess_cases(make_cases(pairs, read_zones()))
        taken += _store(_in_order(assessed, [len(accounts_due) for _, accounts_due in nights], memory))
        night_accounts = {account_id for account_id, _night in pairs}
        note_nights(account_ids=night_accounts, since=nights[0][0], until=nights[-1][0])
    return taken


def begin_night(*, at: dt.datetime) -> bool:
    """Leave the night's work of the current tenant to the workers, once for each midnight; False if it was left."""
    midnight = read_zones().midnight(at)
    _, made = PeriodicRun.objects.get_or_create(
        job=NIGHTLY, period=midnight.isoformat(), defaults={"created_at": at}
    )
    if made:
        _enqueue_night(midnight, after=None, at=at)
    return bool(made)


def take_due_snapshots(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Outbox handler: one share of a tenant's night: snapshots, then ageing by the marks of dirty accounts."""
    book = Account.objects.filter(deleted_at=None).order_by("pk")
    if ref["after"]:
        book = book.filter(pk__gt=ref["after"])
    account_ids = list(book.values_list("pk", flat=True)[:ACCOUNTS_AT_ONCE])
    midnight = dt.datetime.fromisoformat(ref["midnight"])
    if account_ids:
        take_snapshots(account_ids=account_ids, at=at)
        mark_dirty(account_ids=account_ids, at=at)
    if len(account_ids) == ACCOUNTS_AT_ONCE:
        _enqueue_night(midnight, after=account_ids[-1], at=at)
    else:
        PeriodicRun.objects.filter(job=NIGHTLY, period=midnight.isoformat()).update(done_at=at)


def _enqueue_night(midnight: dt.datetime, *, after: UUID | None, at: dt.datetime) -> None:
    ref = {"midnight": midnight.isoformat(), "after": str(after) if after else None}
    accounts.enqueue(
        kind="take_snapshots", ref=ref, dedupe_key=f"{ref['midnight']} {ref['after'] or ''}", at=at
    )


# An account begins with the first fact known of it.
LAST = """SELECT a.id, f.first, s.at, coalesce(s.band_computed, 'unknown'), coalesce(s.quadrant, 'unplaced'),
    s.scorecard_version
FROM accounts_account a
CROSS JOIN LATERAL (
    SELECT min(recorded_at) AS first FROM accounts_accountfact f
    WHERE f.tenant_id = %(tenant)s AND f.account_id = a.id
) f
LEFT JOIN LATERAL (
    SELECT at, band_computed, quadrant, scorecard_version FROM health_scoresnapshot s
    WHERE s.tenant_id = %(tenant)s AND s.account_id = a.id AND s.at >= %(since)s AND s.at <= %(at)s
    ORDER BY at DESC LIMIT 1
) s ON true
WHERE a.tenant_id = %(tenant)s AND a.deleted_at IS NULL AND f.first <= %(at)s
    AND (%(accounts)s IS NULL OR a.id = ANY(%(accounts)s::uuid[]))
ORDER BY a.id"""

Night = tuple[dt.datetime, list[tuple[UUID, Memory]]]


def _due(account_ids: Collection[UUID] | None, at: dt.datetime) -> list[Night]:
    """The midnights due, in order, each with its accounts and what their last snapshot remembers."""
    wanted = None if account_ids is None else sql_array(account_ids)
    zones = read_zones()
    midnights = zones.midnights(at - REACH, at)
    found = rows(LAST, {"accounts": wanted, "since": at - REACH, "at": at})
    nights: dict[dt.datetime, list[tuple[UUID, Memory]]] = {}
    for account_id, first, last, *remembered in found:
        begin = max(first - dt.timedelta(microseconds=1), last or first - dt.timedelta(microseconds=1))
        for midnight in midnights[bisect.bisect_right(midnights, begin) :]:
            nights.setdefault(midnight, []).append((account_id, Memory(*remembered)))
    return sorted(nights.items())


def _chunks(nights: Sequence[Night]) -> Iterator[list[Night]]:
    """Nights in order, as many together as fit into one load."""
    chunk: list[Night] = []
    size = 0
    for night in nights:
        if chunk and size + len(night[1]) > CASES_AT_ONCE:
            yield chunk
            chunk, size = [], 0
        chunk.append(night)
        size += len(night[1])
    if chunk:
        yield chunk


def _in_order(
    assessed: Sequence[Assessed], sizes: Sequence[int], memory: dict[UUID, Memory]
) -> Iterator[dict[str, Any]]:
    """Snapshot records night by night, each placed from the memory that the night before left behind."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    flags = [flag_documents(part) for part in assessed]
    for start, end in itertools.pairwise(starts):
        for part, raised in zip(assessed, flags, strict=True):
            low, high = bisect.bisect_left(part.positions, start), bisect.bisect_left(part.positions, end)
            if low < high:
                yield from _night(part, slice(low, high), raised, memory)


def _night(
    part: Assessed, chosen: slice, flags: list[list[dict[str, Any]]], memory: dict[UUID, Memory]
) -> Iterator[dict[str, Any]]:
    places = range(chosen.start, chosen.stop)
    account_ids = [part.cases.accounts[i] for i in places]
    version = part.version.version
    band, shown, quadrant = _placed(part, chosen, [memory[account_id] for account_id in account_ids])
    result, (behavioural, emotional) = part.result, part.result.axes
    for row, (i, account_id) in enumerate(zip(places, account_ids, strict=True)):
        memory[account_id] = Memory(formulas.BANDS[band[row]], formulas.QUADRANTS[quadrant[row]], version)
        cover = float(result.coverage.coverage[i])
        yield {
            "id": uuid7(),
            "account_id": account_id,
            "at": part.cases.moments[i],
            "score": float(result.health.score[i]),
            "evidence": float(result.health.evidence[i]),
            "behavioural": float(behavioural.score[i]),
            "behavioural_evidence": float(behavioural.evidence[i]),
            "emotional": float(emotional.score[i]),
            "emotional_evidence": float(emotional.evidence[i]),
            "band": formulas.BANDS[shown[row]],
            "band_computed": memory[account_id].band,
            "quadrant": memory[account_id].quadrant,
            "sides": sides_of(memory[account_id].quadrant),
            "flags": flags[i],
            "scorecard_version": version,
            "coverage": None if np.isnan(cover) else cover,
            "threads": int(result.coverage.threads[i]),
            "single_threaded": bool(result.coverage.single_threaded[i]),
        }


def _placed(part: Assessed, chosen: slice, remembered: Sequence[Memory]) -> tuple[Any, Any, Any]:
    """Band, band shown and quadrant of one night, as positions."""
    result, card = part.result, part.result.card
    kept = [memory.version in (None, part.version.version) for memory in remembered]
    before = [formulas.BANDS.index(memory.band) * keep for memory, keep in zip(remembered, kept, strict=True)]
    sides = [
        formulas.QUADRANTS.index(memory.quadrant) * keep
        for memory, keep in zip(remembered, kept, strict=True)
    ]
    health, (behavioural, emotional) = result.health, result.axes
    band = place_bands(card, health.score[chosen], health.evidence[chosen], np.array(before))
    quadrant = place_quadrants(
        card,
        (behavioural.score[chosen], behavioural.evidence[chosen]),
        (emotional.score[chosen], emotional.evidence[chosen]),
        np.array(sides),
    )
    standing = part.known.overrides
    override = [standing[i].band if i in standing else None for i in range(chosen.start, chosen.stop)]
    return band, show_bands(card, band, result.flags[:, chosen], {"override": override}), quadrant


INSERT = """INSERT INTO health_scoresnapshot (id, tenant_id, account_id, at, score, evidence, behavioural,
    behavioural_evidence, emotional, emotional_evidence, band, band_computed, quadrant, sides, flags,
    scorecard_version, coverage, threads, single_threaded)
SELECT g.id, %(tenant)s, a.id, g.at, g.score, g.evidence, g.behavioural, g.behavioural_evidence, g.emotional,
    g.emotional_evidence, g.band, g.band_computed, g.quadrant, g.sides, g.flags, g.scorecard_version, g.coverage,
    g.threads, g.single_threaded
FROM jsonb_to_recordset(%(records)s::jsonb) AS g (
    id uuid, account_id uuid, at timestamptz, score float8, evidence float8, behavioural float8,
    behavioural_evidence float8, emotional float8, emotional_evidence float8, band text, band_computed text,
    quadrant text, sides jsonb, flags jsonb, scorecard_version int, coverage float8, threads int,
    single_threaded boolean
) JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = g.account_id
ON CONFLICT DO NOTHING"""


def _store(records: Iterator[dict[str, Any]]) -> int:
    encoded = msgspec.json.encode(list(records)).decode()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"tenant": current_tenant(), "records": encoded})
        taken: int = cursor.rowcount
    return taken
