"""The scorecard published: a new version, never an edit; and what it would change, before it is."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Job
from accounts.scope import current_tenant
from health import formulas
from health.models import Scorecard
from health.selectors.previews import preview
from health.selectors.scorecards import ScorecardVersion, current_scorecard
from health.services.scoring import rescore

SHARE = 500
DIRECT = 5000


class BadScorecard(ValueError):
    """A scorecard that the model cannot read; ``errors`` names every field that is wrong."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['pointer']} {error['detail']}" for error in errors))
        self.errors = errors


@transaction.atomic
def publish_scorecard(
    *, body: dict[str, Any], note: str, actor: Actor | None, at: dt.datetime
) -> tuple[ScorecardVersion, Job]:
    """Make a new version of the scorecard and score the whole book under it, as a job. Raises BadScorecard, NotYours."""
    accounts.require_admin(actor=actor)
    if errors := formulas.validate_scorecard(body):
        raise BadScorecard(errors)
    with connection.cursor() as cursor:  # one publisher at a time, so that versions follow one another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('scorecard'), %s)", [current_tenant()])
    version = current_scorecard().version + 1
    made = Scorecard.objects.create(
        version=version,
        body=body,
        note=note,
        author_id=actor.member_id if actor else None,
        recorded_at=at,
    )
    activity = accounts.NewActivity(
        verb="scorecard.published", object_id=made.pk, data={"after": {"version": version, "note": note}}
    )
    accounts.record_activity(activity=activity, actor=actor, at=at)
    return ScorecardVersion(version, body, at, note), rescore_all(actor=actor, at=at)


def rescore_all(*, actor: Actor | None, at: dt.datetime) -> Job:
    """Score the whole book again, as a job with progress."""
    total = Account.objects.filter(deleted_at=None).count()
    return accounts.start_job(kind="rescore_book", params={"after": None}, actor=actor, at=at, total=total)


def rescore_book(*, job: Job, at: dt.datetime) -> bool:
    """Job handler: one share of the book; True while there is more."""
    account_ids = _share(job.params["after"], SHARE)
    rescore(account_ids=account_ids, at=at)
    job.done += len(account_ids)
    if len(account_ids) < SHARE:
        job.result = {"accounts": job.done}
        return False
    job.params = {"after": str(account_ids[-1])}
    return True


def preview_scorecard(
    *, body: dict[str, Any], actor: Actor | None, at: dt.datetime
) -> tuple[dict[str, Any] | None, Job | None]:
    """What publishing this scorecard would change: at once for up to 5,000 accounts, else a job with the same result.

    Raises BadScorecard, NotYours.
    """
    accounts.require_admin(actor=actor)
    if errors := formulas.validate_scorecard(body):
        raise BadScorecard(errors)
    total = Account.objects.filter(deleted_at=None).count()
    if total <= DIRECT:
        return preview(body, _share(None, DIRECT), at), None
    params = {"after": None, "body": body, "at": at.isoformat()}
    return None, accounts.start_job(kind="preview_scorecard", params=params, actor=actor, at=at, total=total)


def preview_book(*, job: Job, at: dt.datetime) -> bool:
    """Job handler: one share of a preview of the book; True while there is more."""
    account_ids = _share(job.params["after"], DIRECT)
    moment = dt.datetime.fromisoformat(job.params["at"])
    part = preview(job.params["body"], account_ids, moment)
    job.result = _joined(job.result, part) if job.result else part
    job.done += len(account_ids)
    job.params = {**job.params, "after": str(account_ids[-1]) if account_ids else None}
    return len(account_ids) == DIRECT


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two shares of a preview as one."""
    return {
        **first,
        "accounts": first["accounts"] + second["accounts"],
        "bands_before": _added(first["bands_before"], second["bands_before"]),
        "bands_after": _added(first["bands_after"], second["bands_after"]),
        "changes": sorted(first["changes"] + second["changes"], key=lambda row: -abs(row["delta"])),
    }


def _added(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {band: first[band] + second[band] for band in first}


def _share(after: str | None, limit: int) -> list[UUID]:
    book = Account.objects.filter(deleted_at=None).order_by("pk")
    if after:
        book = book.filter(pk__gt=after)
    return list(book.values_list("pk", flat=True)[:limit])
