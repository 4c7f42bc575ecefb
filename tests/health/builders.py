"""Accounts with their dated facts, people and observations, for the tests of the second floor.

Rows are written as the services of the first floor leave them: one fact for every value, known from the day that
the test says.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Account, AccountFact, Case, CaseFact, Membership, Persona, PersonaFact
from health import services as health
from health.models import UsageEvent

DAY = dt.timedelta(days=1)
STRENGTH = {"none": 0, "weak": 1, "okay": 2, "very_good": 3}
MOOD = {"negative": 0, "neutral": 1, "positive": 2}


def make_account(*, at: dt.datetime, owner: Membership | None = None, **fields: Any) -> Account:
    """An account whose facts are known from `at` on."""
    account = Account.objects.create(
        name=fields.pop("name", "Acme"), currency=fields.pop("currency", "EUR"), owner=owner,
        created_at=at, updated_at=at, **fields,
    )  # fmt: skip
    for key in (
        "arr",
        "currency",
        "status",
        "segment",
        "tier",
        "region",
        "seats",
        "renewal_on",
        "started_on",
    ):
        value = getattr(account, key)
        if value not in (None, ""):
            plain = value if isinstance(value, int) else str(value)
            set_fact(account, key, plain, at=at)
    if account.entitlements:
        set_fact(account, "entitlements", account.entitlements, at=at)
    if owner is not None:
        set_fact(account, "owner", str(owner.pk), at=at)
    return account


def set_fact(account: Account, key: str, value: Any, *, at: dt.datetime) -> None:
    """A dated fact of an account, known since it is true."""
    AccountFact.objects.create(account=account, key=key, value=value, effective_at=at, recorded_at=at)


def make_persona(account: Account, role: str, *, at: dt.datetime, **fields: Any) -> Persona:
    """A persona whose facts are known from `at` on."""
    persona = Persona.objects.create(
        account=account,
        name=fields.pop("name", role.title()),
        role=role,
        created_at=at,
        updated_at=at,
        **fields,
    )
    values = {"account": str(account.pk), "role": role, "tracked": persona.tracked}
    if persona.influence:
        values["influence"] = persona.influence
    if persona.left_on:
        values["left_on"] = str(persona.left_on)
    for key, value in values.items():
        set_persona_fact(persona, key, value, at=at)
    return persona


def set_persona_fact(persona: Persona, key: str, value: Any, *, at: dt.datetime) -> None:
    """A dated fact of a persona, known since it is true."""
    PersonaFact.objects.create(persona=persona, key=key, value=value, effective_at=at, recorded_at=at)


def leave(persona: Persona, *, at: dt.datetime) -> None:
    """The persona leaves on the day of `at`."""
    set_persona_fact(persona, "left_on", at.date().isoformat(), at=at)


def escalate(account: Account, *, at: dt.datetime) -> Case:
    """An open critical escalation."""
    case = Case.objects.create(
        account=account, kind="escalation", severity="critical", opened_at=at, created_at=at, updated_at=at
    )
    CaseFact.objects.create(
        account=account, case=case, key="critical", value=True, effective_at=at, recorded_at=at
    )
    return case


def rate(
    persona: Persona,
    *,
    at: dt.datetime,
    by: UUID | None,
    strength: str | None = None,
    mood: str | None = None,
) -> list[UUID]:
    """A rating as relationships observes it: strength, and one mood on all three facets. Returns the ids."""
    parts = [("relationship", "", STRENGTH[strength])] if strength else []
    parts += [("sentiment", facet, MOOD[mood]) for facet in ("brand", "product", "service")] if mood else []
    observations = [
        health.NewObservation(
            account_id=persona.account_id, persona_id=persona.pk, measure=measure, facet=facet, value=value,
            observed_at=at, source="rating", author_id=by,
        )
        for measure, facet, value in parts
    ]  # fmt: skip
    health.observe(observations=observations, at=at)
    return [observation.id for observation in observations]


def measure(
    account: Account, key: str, value: float | None, *, at: dt.datetime, persona: Persona | None = None
) -> UUID:
    """One value of an account's own measure, or of a persona's answer, known when it was observed."""
    observation = health.NewObservation(
        account_id=account.pk, persona_id=persona.pk if persona else None, measure=key, value=value,
        observed_at=at, source="test",
    )  # fmt: skip
    health.observe(observations=[observation], at=at)
    return observation.id


def make_larkspur(now: dt.datetime, owner: Membership) -> SimpleNamespace:
    """The example of the model, exact at `now`, known as long as its oldest rating."""
    start = now - 200 * DAY
    account = make_account(at=start, owner=owner, name="Larkspur", arr="120000.00")
    roles = {
        "dana": "champion", "eli": "economic_buyer", "farid": "technical_owner", "gita": "power_user",
        "hugo": "end_user", "ines": "champion",
    }  # fmt: skip
    people = {name: make_persona(account, role, at=start, name=name.title()) for name, role in roles.items()}
    leave(people["ines"], at=now - 3 * DAY)
    ratings = {
        "dana": ("very_good", "positive", 20), "eli": ("weak", "neutral", 75), "farid": ("okay", "negative", 120),
        "gita": ("okay", "positive", 10), "ines": ("very_good", "positive", 5),
    }  # fmt: skip
    for name, (strength, mood, age) in ratings.items():
        rate(people[name], at=now - age * DAY, by=owner.pk, strength=strength, mood=mood)
    for key, value, age in (
        ("frequency", 0.42, 1), ("effectiveness", 0.50, 20), ("breadth", 0.40, 1), ("trend", -0.12, 1)
    ):  # fmt: skip
        measure(account, key, value, at=now - age * DAY)
    measure(account, "nps", 8, at=now - 120 * DAY, persona=people["dana"])
    measure(account, "csat", 4.2, at=now - 30 * DAY, persona=people["dana"])
    return SimpleNamespace(account=account, **people)


def close(value: float) -> object:
    """A figure of model.md, to the sixth digit."""
    return pytest.approx(value, abs=1e-6)


def flags_of(health: dict) -> set[str]:
    return {flag["code"] for flag in health["flags"]}


def heard(account: Account, at: dt.datetime) -> None:
    """An event of the account in the feed: the feed is live."""
    UsageEvent.objects.create(
        account_id=account.pk, account_external_id="x", user_key="u0", feature="boards", occurred_at=at,
        recorded_at=at, batch=1,
    )  # fmt: skip
