"""The six pillars of trust at an account: what the evidence says, and beside it what we say ourselves, over time.

Evidence is a share of 0..1 with its n, from what is written down anyway:

- personalization: of the people who count, those with a preference and another fact in date
- integrity: promises kept of those whose day has come
- empathy: of the people who count, those whose circumstances were confirmed in the last 90 days
- responsibility: of the flags on the score, those with an open step of ours that they caused and that has an owner

- time to value: of the people who count, those of whom we know what is in it for them, without which no first value is
  closed

Setting expectations has no evidence yet, and says so.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Persona, ProfileFact, Step, Tenant
from health import selectors as health
from relationships.models import PillarRating
from relationships.selectors.first_value import WIIFM

FRESH = dt.timedelta(days=90)


@dataclass(frozen=True)
class Evidence:
    """What the evidence says: ``share`` 0..1 of ``n``, None where there is nothing to count; ``words`` say of what."""

    share: float | None
    n: int
    words: str


@dataclass(frozen=True)
class Pillar:
    """One pillar: its evidence, and what we said of it, oldest first."""

    key: str
    label: str
    evidence: Evidence
    said: list[PillarRating]

    @property
    def latest(self) -> PillarRating | None:
        return self.said[-1] if self.said else None

    @property
    def change(self) -> int | None:
        """The last word minus the one before it; None without two."""
        return self.said[-1].value - self.said[-2].value if len(self.said) > 1 else None


def pillars(*, account_id: UUID, tenant: Tenant, at: dt.datetime) -> list[Pillar]:
    """The six pillars of an account, in a constant number of statements."""
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    said: dict[str, list[PillarRating]] = {}
    rows = PillarRating.objects.filter(account_id=account_id, rated_at__lte=at).select_related(
        "rated_by__user"
    )
    for row in rows.order_by("rated_at", "pk"):
        said.setdefault(row.pillar, []).append(row)
    found = _evidence(account_id, tenant, today)
    nothing = Evidence(None, 0, _("No evidence yet: nothing that we keep tells."))
    return [
        Pillar(key, str(label), found.get(key, nothing), said.get(key, []))
        for key, label in PillarRating.Pillar.choices
    ]


def _evidence(account_id: UUID, tenant: Tenant, today: dt.date) -> dict[str, Evidence]:
    counting = Persona.objects.filter(
        Q(left_on=None) | Q(left_on__gt=today),
        account_id=account_id,
        deleted_at=None,
        merged_into=None,
        tracked=True,
    )
    people = set(counting.values_list("pk", flat=True))
    facts: dict[UUID, list[ProfileFact]] = {id: [] for id in people}
    for fact in ProfileFact.objects.filter(persona_id__in=people):
        if (fact.expires_on is None or fact.expires_on > today) and fact.basis != "assumed":
            facts[fact.persona_id].append(fact)
    rate = accounts.kept_rates(by="account", tenant=tenant, today=today, account_ids=[account_id]).get(
        account_id, accounts.KeptRate()
    )
    return {
        "personalization": _of(
            sum(_personal(own) for own in facts.values()),
            len(people),
            _("people with a preference and another fact in date"),
            _("Nobody here counts in the score."),
        ),
        "integrity": _of(
            rate.kept,
            rate.n,
            _("promises kept of those whose day has come"),
            _("No promise is due or settled yet."),
        ),
        "empathy": _of(
            sum(_understood(own, today) for own in facts.values()),
            len(people),
            _("people whose circumstances were confirmed in 90 days"),
            _("Nobody here counts in the score."),
        ),
        "time_to_value": _of(
            sum(_gains(own) for own in facts.values()),
            len(people),
            _("people of whom we know what is in it for them"),
            _("Nobody here counts in the score."),
        ),
        "responsibility": _responsible(account_id),
    }


def _of(part: int, whole: int, words: str, none: str) -> Evidence:
    return Evidence(part / whole, whole, words) if whole else Evidence(None, 0, none)


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


def _responsible(account_id: UUID) -> Evidence:
    stored = health.short_scores(account_ids=[account_id]).get(account_id)
    flags = {flag["code"] for flag in stored["flags"]} if stored else set()
    causes = {f"flag:{code}" for code in flags}
    steps = Step.objects.filter(
        account_id=account_id,
        done_at=None,
        deleted_at=None,
        side=Step.Side.OURS,
        owner__isnull=False,
        cause__in=causes,
    )
    owned = set(steps.values_list("cause", flat=True))
    return _of(
        len(owned),
        len(causes),
        _("flags with an owned step that answers them"),
        _("No flag is up: nothing to own."),
    )
