"""Owners whom a request or a file named and nobody knows, with the accounts that are still without an owner."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from accounts.models import Account, UnknownOwner

MOST = 200


@dataclass
class Unknown:
    """One who was named: by what, for how many accounts, and which of these are here and have no owner."""

    word: str
    refused: int = 0
    sources: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)


def unknown_owners() -> list[Unknown]:
    """Those who were named last, in two queries."""
    found: dict[str, Unknown] = {}
    named: dict[str, list[Unknown]] = {}
    for row in UnknownOwner.objects.order_by("-last_at")[:MOST]:
        one = found.setdefault(row.word, Unknown(row.word))
        one.sources.append(row.source)
        one.refused = max(one.refused, len(row.accounts))
        for name in row.accounts:
            named.setdefault(str(name), []).append(one)
    ids = [UUID(name) for name in named if len(name) == 36 and _is_id(name)]
    rows = Account.objects.filter(owner=None, deleted_at=None).filter(
        Q(external_id__in=named) | Q(pk__in=ids)
    )
    for account in rows.order_by("name", "pk") if named else ():
        for one in {
            id(one): one
            for name in (account.external_id, str(account.pk))
            for one in named.get(name or "", ())
        }.values():
            one.accounts.append(account)
    return list(found.values())


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
