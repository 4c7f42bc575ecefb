"""Scores out: accounts scored again, inline for one rating or drained in batches from the marks of writers.

Scores are computed first; only then are their rows locked, in the order of account ids, and written. A row that
another scorer wrote meanwhile is computed again under the lock, so that the later of two sees everything the earlier
saw, and nobody waits while a batch is computed.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet
from uuid_utils.compat import uuid7

from accounts.models import Account, Activity, Actor
from accounts.scope import current_tenant
from accounts.selectors import planned
from health import formulas
from health.selectors import Assessed, Zones, assess_pairs, read_zones
from health.selectors.cases import FEW, rows, sql_array
from health.selectors.changes import cause_documents
from health.selectors.documents import coverage_documents, health_documents, sides_of
from health.selectors.matrix import NEGATIVE_CELLS, matrix_cell
from health.services.news import Shown, log_changes
from health.services.observations import mark_all_dirty, mark_dirty
from health.services.signals import note_signals
from health.services.tracking.groups import settle_groups
from health.services.usage import match_usage

WEEK = dt.timedelta(days=7)
BATCH = 1000
# Marks are chosen once, into an array: joined, PostgreSQL may choose them anew for each mark there is, as it does where
# a burst has just filled a table of which it knows nothing yet.
TAKE = """DELETE FROM health_dirtymark WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(
    SELECT id FROM health_dirtymark WHERE tenant_id = %(tenant)s
    ORDER BY account_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING account_id"""


class Stored(NamedTuple):
    """A stored score: its moment, the version of its row, which every write changes, and what others were shown."""

    at: dt.datetime
    version: str
    shown: Shown


class Moved(NamedTuple):
    """A score, 0..100, before (None: never scored) and after it was computed again, and the band shown."""

    before: float | None
    after: float
    band_before: str
    band_after: str


def rescore(
    *, account_ids: Collection[UUID], at: dt.datetime, actor: Actor | None = None
) -> dict[UUID, Moved]:
    """Compute and store the scores of accounts as known at ``at``, or at a later moment already stored; how each moved.
    ``actor`` is who raised or cleared a flag by hand just now."""
    wanted, zones = sorted(set(account_ids)), read_zones()
    moves: dict[UUID, Moved] = {}
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        seen = _stored(part, FORGET + STORED)
        records = _records(_moments(part, seen, at), zones)
        locked, made = seen, set[UUID]()
        if not (len(part) == len(seen) == 1 and _store(records, version=seen[part[0]].version)):
            locked, made = _locked(part, seen, at)
            if moved := [account for account, stored in locked.items() if seen.get(account) != stored]:
                records |= _records(_moments(moved, locked, at), zones)
            _store(records)
        known = {account: stored.shown for account, stored in locked.items() if account not in made}
        log_changes(before=known, records=records, actor=actor, at=at)
        note_signals(before=known, records=records)
        for account, record in records.items():
            score, band = (
                (known[account].score, known[account].band) if account in known else (None, "unknown")
            )
            moves[account] = Moved(score, record["score"], band, record["band"])
    return moves


def drain_dirty(*, at: dt.datetime, limit: int = 500) -> int:
    """Score accounts that are marked dirty, up to ``limit`` marks; returns how many accounts were scored."""
    dirty = {account_id for (account_id,) in rows(TAKE, {"limit": limit})}
    if dirty:
        rescore(account_ids=dirty, at=at)
    return len(dirty)


def rescore_accounts(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Outbox handler: score the accounts that a write named for this moment, such as the end of an override or of a flag,
    and those that they were merged into meanwhile."""
    named = {UUID(account_id) for account_id in ref["accounts"]}
    merged = Account.objects.filter(pk__in=named, merged_into__isnull=False)
    rescore(account_ids=named | set(merged.values_list("merged_into_id", flat=True)), at=at)


def follow_activity(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Outbox handler: mark dirty what a transaction of the floor below changed, and match usage and groups that
    waited for it."""
    changed = Activity.objects.filter(
        xact=ref["xact"], object_type__in=("account", "persona", "case", "tenant")
    )
    found = list(changed.values_list("object_type", "object_id", "account_id", "data"))
    appeared = _new_external_ids(changed)
    match_usage(external_ids=appeared, at=at)
    settle_groups(external_ids=appeared, at=at)
    if any(kind == "tenant" for kind, *_ in found):
        mark_all_dirty(at=at)
        return
    dirty = {account_id or object_id for _, object_id, account_id, _ in found}
    for kind, _, _, data in found:
        if kind in ("persona", "case"):
            dirty |= {UUID(home) for home in _homes(data)}
    mark_dirty(account_ids={account_id for account_id in dirty if account_id}, at=at)


def _new_external_ids(changed: QuerySet[Activity]) -> list[str]:
    """The external ids under which accounts have appeared: created, brought back, or renamed."""
    appeared = changed.filter(
        Q(verb__in=("account.created", "account.restored")) | Q(data__after__has_key="external_id")
    )
    accounts = Account.objects.filter(pk__in=appeared.filter(object_type="account").values("object_id"))
    known = accounts.filter(deleted_at=None).exclude(external_id=None)
    return list(known.values_list("external_id", flat=True))


def _homes(data: dict[str, Any]) -> list[str]:
    """The accounts that a persona or a case moved from and to."""
    sides = [side for side in (data.get("before"), data.get("after")) if isinstance(side, dict)]
    return [side["account"] for side in sides if isinstance(side.get("account"), str)]


def _moments(
    account_ids: Sequence[UUID], stored: Mapping[UUID, Stored], at: dt.datetime
) -> dict[UUID, dt.datetime]:
    """Each account's moment to score: ``at``, unless a later one is stored already."""
    return {one: max(stored[one].at, at) if one in stored else at for one in account_ids}


# Removes the marks of accounts about to be scored; those that another scorer holds are left to it.
FORGET = """WITH forgotten AS (
    DELETE FROM health_dirtymark WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(
        SELECT id FROM health_dirtymark WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[])
        FOR UPDATE SKIP LOCKED))
) """
STORED = """SELECT account_id, at, xmin::text || ctid::text, band, score, flags, quadrant,
    (SELECT count(*) FROM unnest(people_cell) AS c WHERE c = ANY(%(negative)s::int[])) FROM health_score
WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[]) ORDER BY account_id"""
LOCKED = f"{STORED} FOR UPDATE"


def _stored(account_ids: Sequence[UUID], sql: str = STORED) -> dict[UUID, Stored]:
    params = {"accounts": sql_array(account_ids), "negative": sql_array(NEGATIVE_CELLS)}
    found = rows(planned(sql) if len(account_ids) <= FEW else sql, params)
    return {
        account_id: Stored(at, version, Shown(band, score, msgspec.json.decode(flags), *rest))
        for account_id, at, version, band, score, flags, *rest in found
    }


def _locked(
    account_ids: Sequence[UUID], seen: dict[UUID, Stored], at: dt.datetime
) -> tuple[dict[UUID, Stored], set[UUID]]:
    """Lock the score rows of accounts in id order. Missing ones are made first, and added to what was seen; which
    ones those are is the second answer."""
    missing = [account_id for account_id in account_ids if account_id not in seen]
    made = _make_scores(missing, at) if missing else set()
    locked = _stored(account_ids, LOCKED)
    seen |= {account_id: locked[account_id] for account_id in made}
    return locked, made


def _make_scores(account_ids: Sequence[UUID], at: dt.datetime) -> set[UUID]:
    """Rows for accounts that were never scored; which of them this transaction made."""
    found = rows(
        "INSERT INTO health_score (id, tenant_id, account_id, at, score, evidence, behavioural, "
        "behavioural_evidence, emotional, emotional_evidence, band, band_computed, quadrant, sides, flags, "
        "scorecard_version, parts, coverage, causes, threads, single_threaded, capped, people_id, people_role, "
        "people_cell, people_share, people_rated_at, people_inherited, missing_roles) "
        "SELECT g.id, %(tenant)s, a.id, %(at)s, 50, 0, 50, 0, 50, 0, 'unknown', 'unknown', 'unplaced', '{}', '[]', "
        "1, '[]', '{}', '[]', 0, true, false, '{}', '{}', '{}', '{}', '{}', '{}', '{}' "
        "FROM unnest(%(ids)s::uuid[], %(accounts)s::uuid[]) AS g (id, account) "
        "JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = g.account "
        "ORDER BY a.id ON CONFLICT DO NOTHING RETURNING account_id",
        {"at": at, "ids": sql_array(uuid7() for _ in account_ids), "accounts": sql_array(account_ids)},
    )
    return {account_id for (account_id,) in found}


STORE = """UPDATE health_score s SET at = g.at, score = g.score, evidence = g.evidence,
    behavioural = g.behavioural, behavioural_evidence = g.behavioural_evidence, emotional = g.emotional,
    emotional_evidence = g.emotional_evidence, band = g.band, band_computed = g.band_computed,
    quadrant = g.quadrant, sides = g.sides, flags = g.flags, scorecard_version = g.scorecard_version,
    parts = g.parts, coverage = g.coverage, override = g.override, age_days = g.age_days,
    change_7d = g.change_7d, causes = g.causes, cover = g.cover, if_top_leaves = g.if_top_leaves,
    threads = g.threads, single_threaded = g.single_threaded, top_persona_id = g.top_persona_id, capped = g.capped,
    people_id = g.people_id, people_role = g.people_role, people_cell = g.people_cell,
    people_share = g.people_share, people_rated_at = g.people_rated_at, people_inherited = g.people_inherited,
    effective_threads = g.effective_threads, top_share = g.top_share, missing_roles = g.missing_roles
FROM jsonb_to_recordset(%(records)s::jsonb) AS g (
    account_id uuid, at timestamptz, score float8, evidence float8, behavioural float8,
    behavioural_evidence float8, emotional float8, emotional_evidence float8, band text, band_computed text,
    quadrant text, sides jsonb, flags jsonb, scorecard_version int, parts jsonb, coverage jsonb, override jsonb,
    age_days float8, change_7d float8, causes jsonb, cover float8, if_top_leaves float8, threads int,
    single_threaded boolean, top_persona_id uuid, capped boolean, people_id uuid[], people_role smallint[],
    people_cell smallint[], people_share float8[], people_rated_at timestamptz[], people_inherited boolean[],
    effective_threads float8, top_share float8, missing_roles text[]
) WHERE s.tenant_id = %(tenant)s AND s.account_id = g.account_id AND s.account_id = ANY(%(accounts)s::uuid[])
    AND (%(version)s::text IS NULL OR s.xmin::text || s.ctid::text = %(version)s::text)"""


def _store(records: Mapping[UUID, dict[str, Any]], *, version: str | None = None) -> bool:
    """Whether the scores were stored: the one score that has a ``version`` is, unless another scorer wrote it
    meanwhile, for whom this statement waits."""
    encoded = msgspec.json.encode(list(records.values())).decode()
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "records": encoded,
        "accounts": sql_array(records),
        "version": version,
    }
    with connection.cursor() as cursor:
        cursor.execute(planned(STORE) if len(records) <= FEW else STORE, params)
        stored: bool = cursor.rowcount == len(records)
    return stored


def _records(moments: Mapping[UUID, dt.datetime], zones: Zones) -> dict[UUID, dict[str, Any]]:
    """What is to be stored of accounts scored at their moments."""
    pairs = [(account_id, moment - WEEK, moment) for account_id, moment in moments.items()]
    return {
        record["account_id"]: record
        for before, after in assess_pairs(pairs, zones)
        for record in _assessed_records(before, after)
    }


def _assessed_records(before: Assessed, after: Assessed) -> Iterator[dict[str, Any]]:
    change = formulas.split_change(before.result, after.result)
    causes = cause_documents(change)
    for i, (document, coverage) in enumerate(
        zip(health_documents(after), coverage_documents(after), strict=True)
    ):
        known_then = before.known.facts["status"][i] is not None
        yield {
            **score_fields(document),
            **book_fields(document["flags"], coverage),
            "account_id": after.cases.accounts[i],
            "parts": document["measures"],
            "coverage": coverage,
            "override": document["override"],
            "age_days": document["age_days"],
            "change_7d": float(change.delta[i]) if known_then else None,
            "causes": causes[i] if known_then else [],
        }


def score_fields(document: dict[str, Any]) -> dict[str, Any]:
    """The columns that a score and a snapshot share, of a health document."""
    return {
        "at": document["at"],
        "score": document["score"],
        "evidence": document["evidence"],
        "behavioural": document["behavioural"]["score"],
        "behavioural_evidence": document["behavioural"]["evidence"],
        "emotional": document["emotional"]["score"],
        "emotional_evidence": document["emotional"]["evidence"],
        "band": document["band"],
        "band_computed": document["band_computed"],
        "quadrant": document["quadrant"],
        "sides": sides_of(document["quadrant"]),
        "flags": document["flags"],
        "scorecard_version": document["scorecard_version"],
    }


def book_fields(flags: Sequence[Mapping[str, Any]], coverage: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a score that a book is summed from."""
    people = coverage["people"]
    total = sum(person["influence"] for person in people)
    return {
        "cover": coverage["coverage"],
        "if_top_leaves": coverage["if_top_leaves"],
        "threads": coverage["threads"],
        "single_threaded": coverage["single_threaded"],
        "top_persona_id": coverage["top_persona"],
        "effective_threads": coverage["effective_threads"],
        "top_share": coverage["top_share"],
        "missing_roles": coverage["missing_roles"],
        "capped": any(flag["cap"] for flag in flags),
        "people_id": [person["persona"] for person in people],
        "people_role": [formulas.ROLES.index(person["role"]) for person in people],
        "people_cell": [matrix_cell(person["strength"], person["sentiment"]) for person in people],
        "people_share": [person["influence"] / total for person in people],
        "people_rated_at": [person["rated_at"] for person in people],
        "people_inherited": [person["inherited"] for person in people],
    }
