"""Tenants of any size with plausible, deterministic data, for tests, benches and trials. Bulk writes only."""

import datetime as dt
import itertools
import random
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Membership, Persona, Role, Scope, Tenant, User
from accounts.scope import tenant_scope
from csplatform.demo.names import COMPANIES, FIRST, LAST, TITLES
from csplatform.demo.shapes import FEATURES
from health import services as health
from health.services.usage import NewUsage
from relationships import services as relationships

LISTED = 50
BATCH = 5_000
ROLES = ("champion", "economic_buyer", "technical_owner", "power_user", "end_user", "other")
STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Sample:
    """How much to make: tenants, accounts of each, personas of each account, days of usage."""

    tenants: int
    accounts: int
    personas: int
    days: int
    seed: int = 1
    canary: str = ""

    def text(self, slug: str, words: str) -> str:
        """A free text, which begins with the tenant's canary where one is wanted."""
        return f"{self.canary}-{slug} {words}" if self.canary else words


def fill(*, sample: Sample, at: dt.datetime) -> list[dict[str, Any]]:
    """Make the tenants; what the command prints of each: users, keys, and at most 50 accounts and personas."""
    first = Tenant.objects.count() + 1
    return [_fill_tenant(sample, f"tenant-{first + number}", at) for number in range(sample.tenants)]


def _fill_tenant(sample: Sample, slug: str, at: dt.datetime) -> dict[str, Any]:
    rng = random.Random(f"{sample.seed}:{slug}")  # noqa: S311 (plausible data, not secrets)
    begun = at - dt.timedelta(days=max(sample.days, 120) + 1)
    new = accounts.NewTenant(slug=slug, name=sample.text(slug, slug.title()))
    tenant = accounts.create_tenant(tenant=new, at=begun)
    users, members = _hire(tenant, slug, begun)
    admin = members[Role.ADMIN]
    with tenant_scope(tenant.pk), transaction.atomic():
        keys = {
            scope.value: accounts.create_key(name=scope.value, scope=scope, actor=admin, at=at)[1]
            for scope in Scope
        }
        _save_accounts(sample, slug, rng, users, begun, at)
        _save_personas(sample, slug, rng, begun, at)
        _rate(sample, slug, rng, members[Role.CSM], at)
    _send_usage(sample, tenant, admin, rng, at)
    accounts.refresh_statistics("health_observation", "health_usageday", "health_usageevent")
    with tenant_scope(tenant.pk), transaction.atomic():
        health.rescore(account_ids=Account.objects.values_list("pk", flat=True), at=at)
        listed = Account.objects.order_by("pk")[:LISTED].values("id", "external_id", "name")
        people = Persona.objects.order_by("pk")[:LISTED].values("id", "account_id", "email")
        return {
            "slug": slug,
            "users": users,
            "api_keys": keys,
            "accounts": [{**row, "id": str(row["id"])} for row in listed],
            "personas": [
                {"id": str(p["id"]), "account": str(p["account_id"]), "email": p["email"]} for p in people
            ],
        }


def _hire(tenant: Tenant, slug: str, at: dt.datetime) -> tuple[list[dict[str, str]], dict[Role, Actor]]:
    """One member of each role, with a password of its own."""
    users: list[dict[str, str]] = []
    members: dict[Role, Actor] = {}
    for role in Role:
        email, password = f"{role.value}@{slug}.example", secrets.token_urlsafe(12)
        user = User.objects.create_user(email, password, name=f"{role.label} of {slug}")
        membership = Membership.objects.create(tenant=tenant, user=user, role=role, created_at=at)
        members[role] = Actor(tenant, membership, role)
        users.append({"email": email, "password": password, "role": role.value})
    return users, members


def _save(save: Any, values: Any, begun: dt.datetime, at: dt.datetime) -> None:
    """Write many things in batches, as true and known since the beginning."""
    items = (accounts.Item(values=one, effective_at=begun, historical=True) for one in values)
    while batch := list(itertools.islice(items, BATCH)):
        for saved in save(items=batch, mode=accounts.Mode.CREATE, actor=None, at=at):
            accounts.only([saved])


def _save_accounts(
    sample: Sample,
    slug: str,
    rng: random.Random,
    users: list[dict[str, str]],
    begun: dt.datetime,
    at: dt.datetime,
) -> None:
    owner = next(user["email"] for user in users if user["role"] == Role.CSM)
    values = (
        {
            "external_id": f"a-{number + 1}",
            "name": sample.text(slug, f"{COMPANIES[number % len(COMPANIES)]} {number + 1}"),
            "segment": rng.choice(("SMB", "Mid-market", "Enterprise")),
            "tier": rng.choice(("Standard", "Strategic")),
            "status": "active",
            "arr": Decimal(rng.randrange(5, 200) * 1000),
            "seats": rng.randint(5, 40),
            "entitlements": list(FEATURES[: rng.randint(4, 10)]),
            "renewal_on": (at + dt.timedelta(days=rng.randint(5, 360))).date(),
            "owner_email": owner if rng.random() < 0.9 else None,
        }
        for number in range(sample.accounts)
    )
    _save(accounts.save_accounts, values, begun, at)
    accounts.refresh_statistics("accounts_account", "accounts_accountfact")


def _save_personas(
    sample: Sample, slug: str, rng: random.Random, begun: dt.datetime, at: dt.datetime
) -> None:
    homes = Account.objects.order_by("external_id").values_list("pk", "external_id")
    values = (
        {
            "external_id": f"{external_id}-p-{number + 1}",
            "account_id": account,
            "name": sample.text(slug, f"{rng.choice(FIRST)} {rng.choice(LAST)}"),
            "email": f"p{number + 1}@{external_id}.{slug}.example",
            "role": ROLES[number % len(ROLES)],
            "title": sample.text(slug, rng.choice(TITLES[ROLES[number % len(ROLES)]])),
        }
        for account, external_id in homes
        for number in range(sample.personas)
    )
    _save(accounts.save_personas, values, begun, at)
    accounts.refresh_statistics("accounts_persona", "accounts_personafact")


def _rate(sample: Sample, slug: str, rng: random.Random, rater: Actor, at: dt.datetime) -> None:
    """Two people in three are rated, within the last hundred days."""
    people = Persona.objects.filter(tracked=True).order_by("pk").values_list("pk", flat=True)
    chosen = (pk for pk in people if rng.random() < 2 / 3)
    while batch := list(itertools.islice(chosen, BATCH)):
        ratings = []
        for pk in batch:
            felt = rng.choice(SENTIMENTS)
            ratings.append(
                relationships.NewRating(
                    persona_id=pk, strength=rng.choice(STRENGTHS), sentiment_brand=felt, sentiment_product=felt,
                    sentiment_service=felt, driver="value", note=sample.text(slug, "met last week"),
                    rated_at=at - dt.timedelta(days=rng.uniform(0.1, 100)), rated_by_id=rater.member_id,
                    historical=True,
                )
            )  # fmt: skip
        relationships.record_ratings(ratings=ratings, actor=None, at=at)


def _send_usage(sample: Sample, tenant: Tenant, admin: Actor, rng: random.Random, at: dt.datetime) -> None:
    """Three users of every account on two days in three, rolled up at once."""
    with tenant_scope(tenant.pk), transaction.atomic():
        external_ids = list(Account.objects.order_by("external_id").values_list("external_id", flat=True))
    events = (
        {
            "message_id": f"{external_id}:{user}:{day}",
            "account_external_id": external_id,
            "user_key": f"p{user}@{external_id}.{tenant.slug}.example",
            "feature": rng.choice(FEATURES),
            "occurred_at": (at - dt.timedelta(days=day, minutes=rng.randrange(600))).isoformat(),
            "historical": True,
        }
        for day in range(sample.days)
        for external_id in external_ids
        for user in range(1, 4)
        if rng.random() < 2 / 3
    )
    while batch := list(itertools.islice(events, 10_000)):
        sent = msgspec.convert(batch, list[NewUsage])
        with tenant_scope(tenant.pk), transaction.atomic():
            health.ingest_usage(events=enumerate(sent), refusals=(), actor=admin, at=at)
    with tenant_scope(tenant.pk):
        while claims := accounts.claim_work(at=at, limit=200):
            accounts.do_work(claims=claims, at=at)
