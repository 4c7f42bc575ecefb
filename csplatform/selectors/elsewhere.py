"""The same person at other accounts: linked by their e-mail, each rated on their own."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Persona, Tenant
from csplatform.selectors.account import has_left
from relationships import selectors as relationships
from relationships.selectors import spoken

MOST = 20


@dataclass(frozen=True)
class Elsewhere:
    """The persona at the other account, whether they left it, and what is said of them there (None: not rated)."""

    persona: Persona
    left: bool
    rating: relationships.RatedPerson | None


def elsewhere(*, persona: Persona, tenant: Tenant, today: dt.date, at: dt.datetime) -> list[Elsewhere]:
    """Where else in the tenant's book somebody with this e-mail works or worked; nobody without an e-mail."""
    if not persona.email:
        return []
    same = Persona.objects.filter(
        email_key=persona.email.lower(), deleted_at=None, merged_into=None, account__deleted_at=None
    ).exclude(account_id=persona.account_id)
    others = list(same.select_related("account").order_by("account__name", "pk")[:MOST])
    if not others:
        return []
    said = spoken.people_where("p.id = ANY(%(ids)s::uuid[])", at=at, ids=[one.pk for one in others])
    rated = {one.id: one for one in said if one.rated}
    return [Elsewhere(one, has_left(one, today), rated.get(one.pk)) for one in others]
