"""The six pillars of trust at an account: what the evidence says, and beside it what we say ourselves, over time.

Evidence is a share of 0..1 with its n, from what is written down anyway:

- personalization: of the people who count, those with a preference and another fact in date
- integrity: promises kept of those whose day has come
- setting expectations: of the promises that could not be had on their day, those of which we said so by then: moved to a
  later one, or that they will not be kept
- empathy: of the people who count, those whose circumstances were confirmed in the last 90 days
- responsibility: of the flags on the score, those with an open step of ours that they caused and that has an owner
- time to value: of the people who count, those of whom we know what is in it for them, without which no first value is
  closed

A pillar of which there is nothing to count has no evidence yet, and says so.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Persona, ProfileFact, Step, Tenant
from accounts.tenancy import TenantQuerySet
from health import selectors as health
from relationships.models import PillarRating, PillarReading
from relationships.selectors.first_value import WIIFM

FRESH = dt.timedelta(days=90)
SHOWN = 5  # readings beside what the evidence says now


@dataclass(frozen=True)
class Evidence:
    """What the evidence says: ``share`` 0..1 of ``n``, None where there is nothing to count; ``words`` say of what."""

    share: float | None
    n: int
    words: str


@dataclass(frozen=True)
class Pillar:
    """One pillar: its evidence, what we said of it, and what the evidence said before, both oldest first."""

    key: str
    label: str
    evidence: Evidence
    said: list[PillarRating]
    readings: list[PillarReading] = field(default_factory=list)

    @property
    def latest(self) -> PillarRating | None:
        return self.said[-1] if self.said else None

    @property
    def change(self) -> int | None:
        """The last word minus the one before it; None without two."""
        return self.said[-1].value - self.said[-2].value if len(self.said) > 1 else None

    @property
    def before(self) -> list[PillarReading]:
        """The last readings that said something else than the evidence does now, oldest first, at most ``SHOWN``."""
        found = [one for one in self.readings if one.share is not None]
        last: Any = found[-1].share if found else None
        if None not in (last, self.evidence.share) and abs(last - self.evidence.share) < 5e-4:
            found = found[:-1]
        return found[-SHOWN:]

    @property
    def trend(self) -> float | None:
        """By how many points of a hundred the evidence rose since the reading before; None without one."""
        if self.evidence.share is None or not self.before:
            return None
        last: Any = self.before[-1].share
        return 100 * (self.evidence.share - last)


def pillars(*, account_id: UUID, tenant: Tenant, at: dt.datetime) -> list[Pillar]:
    """The six pillars of an account, in a constant number of statements."""
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    said: dict[str, list[PillarRating]] = {}
    rows = words_of(account_id=account_id, until=at).select_related("rated_by__user")
    for row in rows.order_by("rated_at", "pk"):
        said.setdefault(row.pillar, []).append(row)
    found = evidence_of(account_ids=[account_id], tenant=tenant, today=today)[account_id]
    before = readings(account_id=account_id, until=today)
    return [
        Pillar(key, str(label), found[key], said.get(key, []), before.get(key, []))
        for key, label in PillarRating.Pillar.choices
    ]


def words_of(*, account_id: UUID, until: dt.datetime) -> TenantQuerySet:
    """What we said of the pillars of an account, and of those that were merged into it by then."""
    said: TenantQuerySet = PillarRating.objects.filter(
        account__in=accounts.joined_accounts(account_id, at=until), rated_at__lte=until
    )
    return said


def evidence_of(
    *, account_ids: Collection[UUID], tenant: Tenant, today: dt.date
) -> dict[UUID, dict[str, Evidence]]:
    """What the evidence says of each pillar that has any, at these accounts, in a constant number of statements."""
    counting = Persona.objects.filter(
        Q(left_on=None) | Q(left_on__gt=today),
        account_id__in=list(account_ids),
        deleted_at=None,
        merged_into=None,
        tracked=True,
    )
    homes = dict(counting.values_list("pk", "account_id"))
    facts: dict[UUID, dict[UUID, list[ProfileFact]]] = {id: {} for id in account_ids}
    for person, home in homes.items():
        facts[home][person] = []
    for fact in ProfileFact.objects.filter(persona_id__in=homes):
        if (fact.expires_on is None or fact.expires_on > today) and fact.basis != "assumed":
            facts[homes[fact.persona_id]][fact.persona_id].append(fact)
    rates = accounts.kept_rates(by="account", tenant=tenant, today=today, account_ids=account_ids)
    owned = _responsible(account_ids)
    return {
        id: _evidence(list(facts[id].values()), rates.get(id, accounts.KeptRate()), owned[id], today)
        for id in account_ids
    }


def _evidence(
    facts: list[list[ProfileFact]], rate: accounts.KeptRate, owned: Evidence, today: dt.date
) -> dict[str, Evidence]:
    """Of one account: the facts about each person who counts there, its promises, and its flags."""
    nobody = _("Nobody here counts in the score.")
    return {
        "personalization": _of(
            sum(map(_personal, facts)),
            len(facts),
            _("people with a preference and another fact in date"),
            nobody,
        ),
        "integrity": _of(
            rate.kept,
            rate.n,
            _("promises kept of those whose day has come"),
            _("No promise is due or settled yet."),
        ),
        "expectations": _of(
            rate.foretold,
            rate.slipped,
            _("promises that slipped, of which we said so by their day"),
            _("No promise has slipped yet."),
        ),
        "empathy": _of(
            sum(_understood(own, today) for own in facts),
            len(facts),
            _("people whose circumstances were confirmed in 90 days"),
            nobody,
        ),
        "time_to_value": _of(
            sum(map(_gains, facts)), len(facts), _("people of whom we know what is in it for them"), nobody
        ),
        "responsibility": owned,
    }


def _of(part: int, whole: int, words: str, none: str) -> Evidence:
    return (
        Evidence(part / whole, whole, words)
        if whole
        else Evidence(None, 0, f"{_('No evidence yet.')} {none}")
    )


def _personal(facts: list[ProfileFact]) -> bool:
    keys = {fact.key for fact in facts}
    return bool(keys & set(accounts.PREFERENCES)) and bool(keys - set(accounts.PREFERENCES))


def _understood(facts: list[ProfileFact], today: dt.date) -> bool:
    return any(
        fact.key == "circumstances" and fact.confirmed_on is not None and fact.confirmed_on >= today - FRESH
        for fact in facts
    )


def _gains(facts: list[ProfileFact]) -> bool:
    return any(fact.key == WIIFM for fact in facts)


def _responsible(account_ids: Collection[UUID]) -> dict[UUID, Evidence]:
    stored = health.short_scores(account_ids=account_ids)
    causes = {id: {f"flag:{flag['code']}" for flag in score["flags"]} for id, score in stored.items()}
    steps = Step.objects.filter(
        account_id__in=list(causes),
        done_at=None,
        deleted_at=None,
        side=Step.Side.OURS,
        owner__isnull=False,
        cause__in=set().union(*causes.values()),
    )
    owned: dict[UUID, set[str]] = {}
    for id, cause in steps.values_list("account_id", "cause"):
        owned.setdefault(id, set()).add(cause)
    return {
        id: _of(
            len(owned.get(id, set()) & causes.get(id, set())),
            len(causes.get(id, ())),
            _("flags with an owned step that answers them"),
            _("No flag is up: nothing to own."),
        )
        for id in account_ids
    }


def readings(*, account_id: UUID, until: dt.date) -> dict[str, list[PillarReading]]:
    """What the evidence said over time, by pillar, oldest first. Flags are told to nobody who waits for a blind rating."""
    found: dict[str, list[PillarReading]] = {}
    for row in PillarReading.objects.filter(account_id=account_id, day__lte=until).order_by("day"):
        found.setdefault(row.pillar, []).append(row)
    if health.is_veiled(account_id):
        found.pop(PillarRating.Pillar.RESPONSIBILITY, None)
    return found
