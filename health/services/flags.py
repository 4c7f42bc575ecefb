"""Red flags raised by hand: a member says that something is wrong at an account and why, and somebody takes it down."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import services as accounts
from accounts.models import Account, Actor
from health.models import ClearedFlag, RaisedFlag, Score
from health.selectors import raised_flags
from health.services.scoring import rescore

LONGEST = dt.timedelta(days=366)
LONGEST_REASON = 1000


class BadFlag(ValueError):
    """A flag without a reason, with an end that is no end, or cleared without a word; ``field`` names which."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class FlagIsDown(ValueError):
    """The flag was cleared already, or its end has come."""


@transaction.atomic
def raise_flag(
    *,
    account: Account,
    reason: str,
    expires_at: dt.datetime | None = None,
    actor: Actor | None,
    at: dt.datetime,
) -> RaisedFlag:
    """Raise a red flag at an account, until it is cleared or until ``expires_at``. Raises BadFlag or NotYours."""
    accounts.require_write(actor=actor, account_ids=[account.pk])
    reason = _said("reason", reason)
    if expires_at is not None and not at < expires_at <= at + LONGEST:
        raise BadFlag("expires_at", "must lie in the future, a year ahead at most")
    if not Score.objects.filter(account=account).exists():
        rescore(account_ids=[account.pk], at=at)  # the first score is no news, but this flag is
    author = actor.member_id if actor else None
    made: RaisedFlag = RaisedFlag.objects.create(
        account=account, reason=reason, expires_at=expires_at, author_id=author, recorded_at=at
    )
    if expires_at is not None:
        accounts.enqueue(
            kind="rescore_accounts",
            ref={"accounts": [str(account.pk)]},
            dedupe_key=f"flag {made.pk}",
            at=expires_at,
        )
    rescore(account_ids=[account.pk], at=at, actor=actor)
    return made


@transaction.atomic
def clear_flag(*, flag_id: UUID, word: str, actor: Actor | None, at: dt.datetime) -> None:
    """Take a flag down and say why. Raises BadFlag, FlagIsDown, NotYours, or RaisedFlag.DoesNotExist."""
    flag = raised_flags().get(pk=flag_id)
    accounts.require_write(actor=actor, account_ids=[flag.home])
    word = _said("word", word)
    if flag.expires_at is not None and flag.expires_at <= at:
        raise FlagIsDown("Its end has come.")
    author = actor.member_id if actor else None
    try:
        with transaction.atomic():
            ClearedFlag.objects.create(flag=flag, word=word, author_id=author, recorded_at=at)
    except IntegrityError as error:
        raise FlagIsDown("It was cleared already.") from error
    rescore(account_ids=[flag.home], at=at, actor=actor)


def _said(field: str, text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_REASON:
        raise BadFlag(field, f"must say why, in at most {LONGEST_REASON:,} characters")
    return text
