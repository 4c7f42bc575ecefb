"""What about an account asks us to act: noted once, when a score is stored or a midnight's snapshot is taken.

A change that was noted during the day is not noted again by the midnight that ends it. How soon anybody acted is
read in ``health.selectors.first_action``.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from accounts.scope import current_tenant
from health.models import Signal
from health.selectors.cases import sql_array
from health.selectors.matrix import NEGATIVE_CELLS
from health.services.news import Shown

BANDS = ("at_risk", "watch", "healthy")  # from worst to best
LOW = {
    "disengaged": {"behaviour", "emotion"},
    "captive": {"emotion"},
    "forgetful_fan": {"behaviour"},
    "engaged": set(),
}
WEEK = dt.timedelta(days=7)  # how far back the snapshot before a midnight may lie


def note_signals(*, before: Mapping[UUID, Shown], records: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Note what turned for the worse between the stored scores of accounts and the records that replace them."""
    found = [
        (uuid7(), account_id, records[account_id]["at"], kind, code)
        for account_id, stored in before.items()
        if account_id in records
        for kind, code in _turned(stored, records[account_id])
    ]
    if not found:
        return
    columns = [list(column) for column in zip(*found, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_signal (id, tenant_id, account_id, at, kind, code) "
            "SELECT g.id, %s, g.account, g.at, g.kind, g.code FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], "
            "%s::text[], %s::text[]) AS g (id, account, at, kind, code) ORDER BY g.account ON CONFLICT DO NOTHING",
            [current_tenant(), *columns],
        )


def _turned(before: Shown, after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What turned for the worse, as (kind, code)."""
    were = {flag["code"] for flag in before.flags}
    for flag in after["flags"]:
        if flag["code"] not in were:
            yield Signal.Kind.FLAG.value, flag["code"]
    if fell(before.band, after["band"]):
        yield Signal.Kind.BAND.value, after["band"]
    was, now = LOW.get(before.quadrant), LOW.get(after["quadrant"])
    if was is not None and now is not None and now - was:
        yield Signal.Kind.QUADRANT.value, after["quadrant"]
    if sum(cell in NEGATIVE_CELLS for cell in after["people_cell"]) > before.negative:
        yield Signal.Kind.SENTIMENT.value, ""


def fell(was: str, now: str) -> bool:
    """Whether the band is worse than before; at risk is worse than unknown."""
    if was in BANDS and now in BANDS:
        return BANDS.index(now) < BANDS.index(was)
    return was == "unknown" and now == "at_risk"


# The same between the snapshots of two nights. Where something was noted since the night before, it was that.
NIGHTS = """INSERT INTO health_signal (id, tenant_id, account_id, at, kind, code)
SELECT gen_random_uuid(), %(tenant)s, n.account_id, n.at, g.kind, g.code
FROM (
    SELECT account_id, at, band, quadrant, flags, lag(at) OVER w AS was_at, lag(band) OVER w AS was_band,
        lag(quadrant) OVER w AS was_quadrant, lag(flags) OVER w AS was_flags
    FROM health_scoresnapshot
    WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[]) AND at >= %(before)s AND at <= %(until)s
    WINDOW w AS (PARTITION BY account_id ORDER BY at)
) n CROSS JOIN LATERAL (
    SELECT 'band' AS kind, n.band AS code
    WHERE array_position(%(bands)s::text[], n.band::text) < array_position(%(bands)s::text[], n.was_band::text)
        OR (n.was_band = 'unknown' AND n.band = 'at_risk')
    UNION ALL
    SELECT 'quadrant', n.quadrant
    WHERE (n.was_quadrant IN ('engaged', 'captive') AND n.quadrant IN ('forgetful_fan', 'disengaged'))
        OR (n.was_quadrant IN ('engaged', 'forgetful_fan') AND n.quadrant IN ('captive', 'disengaged'))
    UNION ALL
    SELECT 'flag', f ->> 'code' FROM jsonb_array_elements(n.flags) AS f
    WHERE NOT n.was_flags @> jsonb_build_array(jsonb_build_object('code', f ->> 'code'))
) g
WHERE n.at >= %(since)s AND n.was_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM health_signal k WHERE k.tenant_id = %(tenant)s AND k.account_id = n.account_id
        AND k.at > n.was_at AND k.at <= n.at
)
ORDER BY n.account_id, n.at ON CONFLICT DO NOTHING"""


def note_nights(*, account_ids: Collection[UUID], since: dt.datetime, until: dt.datetime) -> None:
    """Note what turned for the worse in the nights of these accounts, their snapshots being taken: one statement."""
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "accounts": sql_array(account_ids),
        "before": since - WEEK,
        "since": since,
        "until": until,
        "bands": list(BANDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(NIGHTS, params)
