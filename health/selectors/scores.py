"""The health of one account: as last stored, at any past moment, through time, and why it moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Account
from health import formulas
from health.models import Score, ScoreSnapshot
from health.selectors.assessing import assess_cases, assess_pairs
from health.selectors.cases import Zones, make_cases, read_zones
from health.selectors.changes import cause_documents
from health.selectors.departures import departures, months_until
from health.selectors.documents import coverage_documents, health_documents
from health.selectors.reasons import people_behind, persona_names, reason
from health.selectors.scorecards import role_template, scorecard_versions
from health.selectors.veil import (
    veiled_causes,
    veiled_coverage,
    veiled_health,
    veiled_score,
    without_coverage,
)


class NotScored(LookupError):
    """The account has no stored score yet: it was created a moment ago."""


def health(account_id: UUID, at: dt.datetime | None = None) -> dict[str, Any]:
    """The health resource of an account: the last stored score, or what was known at ``at``.

    Asking for the stored score's own moment gives the same. Raises NotScored without ``at`` and without a score.
    """
    if at is None:
        return _stored(_score(account_id))
    found = assess_cases(make_cases([(account_id, at)], read_zones()))
    return veiled_health(account_id, health_documents(found[0])[0])


def current_scores(*, account_ids: Collection[UUID] | QuerySet[Any]) -> dict[UUID, Score]:
    """The stored score of each of these accounts, without its parts; an account never scored is absent. One query."""
    scores = Score.objects.filter(account_id__in=account_ids).defer("parts", "coverage")
    return {score.account_id: veiled_score(score, whole=False) for score in scores}


def coverage(account_id: UUID, at: dt.datetime | None = None) -> dict[str, Any]:
    """The coverage resource of an account, stored or at a moment, with the chance that no thread is left at renewal."""
    zones = read_zones()
    if at is None:
        score = _score(account_id)
        renewal, tier = Account.objects.values_list("renewal_on", "tier").get(pk=account_id)
        stored = {**score.coverage, "at": score.at} | _required(tier, score.at, zones)
        return stored | without_coverage(account_id, _at_renewal(score.threads, renewal, score.at, zones))
    (assessed,) = assess_cases(make_cases([(account_id, at)], zones))
    known = assessed.known.facts["renewal_on"][0]
    document = coverage_documents(assessed)[0]
    renewal = dt.date.fromisoformat(known) if known else None
    return (
        veiled_coverage(account_id, document)
        | _required(assessed.known.facts["tier"][0], at, zones)
        | without_coverage(account_id, _at_renewal(document["threads"], renewal, at, zones))
    )


def _required(tier: str | None, at: dt.datetime, zones: Zones) -> dict[str, Any]:
    """The roles that the account's tier asked for at a moment, and from which day on; null: from the beginning."""
    template = role_template(scorecard_versions(), tier, at=at)
    return {
        "required_roles": template.roles,
        "required_since": zones.day(template.since).isoformat() if template.since else None,
    }


def _at_renewal(threads: int, renewal_on: dt.date | None, at: dt.datetime, zones: Zones) -> dict[str, Any]:
    """With the tenant's own departure rate over the months until the renewal; null without one ahead."""
    left = departures(at)
    months = months_until(renewal_on, zones.day(at))
    return {
        "renewal_on": renewal_on.isoformat() if renewal_on else None,
        "p_no_thread_at_renewal": left.no_thread([threads], [months])[0],
        "departure_rate": left.document(),
    }


def score_history(account_id: UUID, start: dt.datetime, end: dt.datetime) -> list[dict[str, Any]]:
    """The daily snapshots of an account with start <= at <= end, in order."""
    found = ScoreSnapshot.objects.filter(account_id=account_id, at__gte=start, at__lte=end).order_by("at")
    return [
        {
            "at": row.at,
            "score": row.score,
            "evidence": row.evidence,
            "band": row.band,
            "behavioural": {"score": row.behavioural, "evidence": row.behavioural_evidence},
            "emotional": {"score": row.emotional, "evidence": row.emotional_evidence},
        }
        for row in found
    ]


def emotions(*, account_ids: Collection[UUID] | QuerySet[Any]) -> dict[UUID, float]:
    """How these accounts feel about us now, 0..100; one of which too little is known is absent. One query."""
    rows = Score.objects.filter(account_id__in=account_ids).exclude(sides__emotional=None)
    return dict(rows.values_list("account_id", "emotional"))


def emotions_on(*, account_id: UUID, moments: Iterable[dt.datetime]) -> dict[dt.datetime, float]:
    """How the account felt about us at each of these moments, 0..100: the last snapshot of the two days before, if enough
    was known to say. One query."""
    wanted = {moment: moment - dt.timedelta(days=2) for moment in moments}
    near = Q(pk=None)
    for moment, since in wanted.items():
        near |= Q(at__gt=since, at__lte=moment)
    rows = ScoreSnapshot.objects.filter(near, account_id=account_id).order_by("at")
    known = [row for row in rows.only("at", "emotional", "sides") if row.sides.get("emotional")]
    return {
        moment: row.emotional for moment, since in wanted.items() for row in known if since < row.at <= moment
    }


def score_change(account_id: UUID, start: dt.datetime, end: dt.datetime) -> dict[str, Any]:
    """Why the score moved between two moments, as known at each: the causes sum exactly to the delta."""
    before, after = assess_pairs([(account_id, start, end)], read_zones())[0]
    change = formulas.split_change(before.result, after.result)
    return {
        "from": start,
        "to": end,
        "score_from": float(before.result.health.score[0]),
        "score_to": float(after.result.health.score[0]),
        "delta": float(change.delta[0]),
        "causes": veiled_causes(account_id, cause_documents(change)[0]),
    }


def short_scores(*, account_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The last stored health of accounts in short, as an account shows it; one without a score is left out.

    {score, evidence, band, quadrant, flags, change_7d, reason, scored_at}
    """
    scores = list(
        Score.objects.filter(account_id__in=account_ids).only(
            "account_id", "score", "evidence", "band", "quadrant", "flags", "change_7d", "causes", "at"
        )
    )
    for score in scores:
        veiled_score(score, whole=False)
    names = persona_names(person for score in scores for person in people_behind(score.causes))
    return {
        score.account_id: {
            "score": score.score,
            "evidence": score.evidence,
            "band": score.band,
            "quadrant": score.quadrant,
            "flags": score.flags,
            "change_7d": score.change_7d,
            "reason": reason(score.flags, score.causes, names),
            "scored_at": score.at,
        }
        for score in scores
    }


def _score(account_id: UUID) -> Score:
    score = Score.objects.filter(account_id=account_id).first()
    if score is None:
        raise NotScored(f"account {account_id} has no score yet")
    return veiled_score(score)


def _stored(score: Score) -> dict[str, Any]:
    return {
        "score": score.score,
        "evidence": score.evidence,
        "band": score.band,
        "band_computed": score.band_computed,
        "quadrant": score.quadrant,
        "behavioural": {"score": score.behavioural, "evidence": score.behavioural_evidence},
        "emotional": {"score": score.emotional, "evidence": score.emotional_evidence},
        "age_days": score.age_days,
        "measures": score.parts,
        "flags": score.flags,
        "override": score.override,
        "scorecard_version": score.scorecard_version,
        "at": score.at,
    }


def account_known(account_id: UUID) -> bool:
    """Whether the tenant has this account, deleted ones aside."""
    return bool(Account.objects.filter(pk=account_id, deleted_at=None).exists())
