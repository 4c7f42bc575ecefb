"""Accounts and people of Northwind for what follows."""

import datetime as dt
from types import SimpleNamespace

import pytest

from accounts.models import Account, AccountFact, Persona, PersonaFact


def make_account(name, *, owner=None, at, **fields):
    """An account with the dated fact of its owner, as its service leaves it."""
    account = Account.objects.create(
        name=name,
        currency="EUR",
        created_at=at,
        updated_at=at,
        owner_id=owner.member_id if owner else None,
        **fields,
    )
    value = str(owner.member_id) if owner else None
    AccountFact.objects.create(account=account, key="owner", value=value, effective_at=at, recorded_at=at)
    return account


def make_persona(account, name, *, at, tracked=True, **fields):
    """A person with the facts that a score reads."""
    persona = Persona.objects.create(
        account=account, name=name, tracked=tracked, created_at=at, updated_at=at, **fields
    )
    facts = {"role": persona.role, "tracked": tracked, "account": str(account.pk)}
    PersonaFact.objects.bulk_create(
        PersonaFact(persona=persona, key=key, value=value, effective_at=at, recorded_at=at)
        for key, value in facts.items()
    )
    return persona


def make_book(northwind, now):
    """Alice owns Larkspur with Dana (champion) and Eli (economic buyer); Lena owns Plover with Farid."""
    year_ago = now - dt.timedelta(days=365)
    larkspur = make_account("Larkspur", owner=northwind.alice, at=year_ago, arr=100_000)
    plover = make_account("Plover", owner=northwind.lena, at=year_ago, arr=50_000)
    return SimpleNamespace(
        **vars(northwind),
        larkspur=larkspur,
        plover=plover,
        dana=make_persona(larkspur, "Dana", role="champion", at=year_ago),
        eli=make_persona(larkspur, "Eli", role="economic_buyer", at=year_ago),
        farid=make_persona(plover, "Farid", role="technical_owner", at=year_ago),
    )


@pytest.fixture
def book(northwind, now):
    """See ``make_book``."""
    return make_book(northwind, now)
