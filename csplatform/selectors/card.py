"""The card of an account for a support agent: how they are, why, and what the agent may do about it.

A constant number of statements. The same card stands on a page and over REST.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts import selectors as accounts
from accounts.models import Account, Case, Persona, Tenant
from csplatform.selectors.acting import NextStep, acting
from csplatform.selectors.book import BookRow
from csplatform.selectors.reasons import reasons, stories
from health import selectors as health
from journeys import selectors as journeys
from relationships import selectors as relationships


class NoCard(LookupError):
    """The tenant has no such account, or it was deleted."""


@dataclass(frozen=True)
class Remedy:
    """What an agent may do about one cause, the most pressing first."""

    cause: str
    words: str
    remedies: list[str]


@dataclass(frozen=True)
class Caller:
    """The person who asks for help, if the account knows the e-mail: how we rate them and how to work with them."""

    id: UUID
    name: str
    role: str
    title: str
    language: str
    strength: str | None
    sentiment: str | None
    rated: Mapping[str, Any]
    profile: list[dict[str, str]]


@dataclass(frozen=True)
class Card:
    """What an agent sees. ``score`` is the stored score's row or None; ``reasons`` are sentences; ``email`` asked for."""

    account: Account
    score: Any
    reasons: list[str]
    stage: str
    remedies: list[Remedy]
    cases: list[Case]
    step: NextStep | None
    touch: accounts.LastTouch | None
    email: str
    caller: Caller | None


def account_card(*, account_id: UUID, email: str = "", tenant: Tenant, at: dt.datetime) -> Card:
    """The card of one account, and of whoever has this e-mail there. Raises NoCard."""
    account = Account.objects.filter(pk=account_id, deleted_at=None).select_related("owner__user").first()
    if account is None:
        raise NoCard(str(account_id))
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    score = health.current_scores(account_ids=[account_id]).get(account_id)
    told, names = stories([account_id])
    doing = acting(account_ids=[account_id], today=today, at=at, prescribe=False)[account_id]
    asked = journeys.prescriptions_at(account_ids=[account_id]).get(account_id, [])
    stage = journeys.current_stages(account_ids=[account_id], today=today, at=at).get(account_id)
    cases = Case.objects.filter(account_id=account_id, resolved_at=None, deleted_at=None)
    return Card(
        account=account,
        score=score,
        reasons=reasons(_row(account, score), told.get(account_id), names, today=today),
        stage=stage.stage.name if stage else "",
        remedies=[Remedy(one.cause, one.words, one.remedies) for one in asked if one.remedies],
        cases=list(cases.annotate(in_all=accounts.IN_ALL).order_by("-opened_at", "pk")[:20]),
        step=doing.step,
        touch=doing.touch,
        email=email,
        caller=_caller(account_id, email, at) if email else None,
    )


def _row(account: Account, score: Any) -> BookRow:
    """The account as the reasons read it."""
    return BookRow(
        id=account.pk,
        name=account.name,
        arr=account.arr,
        currency=account.currency,
        renewal_on=account.renewal_on,
        owner_id=account.owner_id,
        score=score.score if score else None,
        evidence=score.evidence if score else None,
        band=score.band if score else "unknown",
        quadrant=score.quadrant if score else "unplaced",
        behavioural=score.behavioural if score else None,
        emotional=score.emotional if score else None,
        change=score.change_7d if score else None,
        capped=bool(score and score.capped),
        open_step=False,
        due_step=False,
        worth=None,
    )


def _caller(account_id: UUID, email: str, at: dt.datetime) -> Caller | None:
    person = (
        Persona.objects.filter(account_id=account_id, email__iexact=email, deleted_at=None)
        .prefetch_related("profile")
        .order_by("pk")
        .first()
    )
    if person is None:
        return None
    rated = relationships.latest_ratings(persona_ids=[person.pk], at=at).get(person.pk, {})
    return Caller(
        id=person.pk,
        name=person.name,
        role=person.role,
        title=person.title,
        language=person.language,
        strength=rated.get("strength"),
        sentiment=(rated.get("sentiment") or {}).get("overall"),
        rated=rated,
        profile=[
            {"key": fact.key, "value": fact.value}
            for fact in sorted(person.profile.all(), key=lambda fact: fact.key)
        ],
    )
