"""What looks entered twice: accounts of one name or domain, people of one account with one e-mail or name; and what was
merged already, to be undone."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.models import Account, Persona
from accounts.scope import current_tenant

SHOWN = 25
# A child may well have its parent's domain; the first of each list is the one kept, the oldest.
ACCOUNTS = """
SELECT array_agg(id ORDER BY created_at, id) AS ids FROM accounts_account
WHERE tenant_id = %(tenant)s AND deleted_at IS NULL GROUP BY lower(name) HAVING count(*) > 1
UNION
SELECT array_agg(id ORDER BY created_at, id) FROM accounts_account
WHERE tenant_id = %(tenant)s AND deleted_at IS NULL AND domain <> '' AND parent_id IS NULL
GROUP BY lower(domain) HAVING count(*) > 1
ORDER BY ids LIMIT %(shown)s
"""
PEOPLE = """
SELECT array_agg(id ORDER BY created_at, id) AS ids FROM accounts_persona
WHERE tenant_id = %(tenant)s AND deleted_at IS NULL GROUP BY account_id, lower(name) HAVING count(*) > 1
UNION
SELECT array_agg(id ORDER BY created_at, id) FROM accounts_persona
WHERE tenant_id = %(tenant)s AND deleted_at IS NULL AND email <> '' GROUP BY account_id, lower(email) HAVING count(*) > 1
ORDER BY ids LIMIT %(shown)s
"""


@dataclass(frozen=True)
class Alike:
    """Rows that look like one: the one to keep, and the others."""

    kept: Account | Persona
    others: list[Account | Persona]


def alike_accounts() -> list[Alike]:
    """Accounts of the same name, or of the same domain."""
    return _alike(ACCOUNTS, Account.objects.filter(deleted_at=None))


def alike_people() -> list[Alike]:
    """People of one account with the same name or e-mail."""
    return _alike(
        PEOPLE, Persona.objects.filter(deleted_at=None, account__deleted_at=None).select_related("account")
    )


def merged_accounts() -> list[Account]:
    """The accounts that were merged into another, the latest first."""
    rows = Account.objects.filter(merged_into__isnull=False).select_related("merged_into")
    return list(rows.order_by("-updated_at", "-pk")[:SHOWN])


def merged_people() -> list[Persona]:
    """The people who were merged into another, the latest first."""
    rows = Persona.objects.filter(merged_into__isnull=False, erased_at=None)
    return list(rows.select_related("merged_into", "account").order_by("-updated_at", "-pk")[:SHOWN])


def _alike(sql: str, rows: object) -> list[Alike]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant(), "shown": SHOWN})
        groups: list[list[UUID]] = [[UUID(str(id)) for id in ids] for (ids,) in cursor.fetchall()]
    known = {row.pk: row for row in rows.filter(pk__in={id for ids in groups for id in ids})}  # type: ignore[attr-defined]
    found = [[known[id] for id in ids if id in known] for ids in groups]
    return [Alike(kept, others) for kept, *others in (one for one in found if one) if others]
