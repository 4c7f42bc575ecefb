"""How a company of the demo went on after its beginning: handed over, paying more or less, gone, each on its day."""

from decimal import Decimal
from typing import Any

from csplatform.demo.shapes import Company, Decided


def decided(company: Company) -> list[Decided]:
    """Its outcomes that say what it pays from then on, the oldest first. The churn is none of them: the ARR of one that
    left stays what was lost, and its status says that nothing is paid any more."""
    return sorted((one for one in company.outcomes if one.kind != "churned"), key=lambda one: -one.ago)


def arr_at_first(company: Company) -> Decimal | None:
    """What it paid at its beginning: what its first outcome changed, or else what it pays still."""
    if company.status != "active":
        return None
    return Decimal(next((one.before for one in decided(company)), company.arr))


def changes(company: Company, loaded: Any) -> list[tuple[float, dict[str, Any]]]:
    """What changed of the account, so many days ago, the oldest first; ``loaded`` as the loader has it.

    The money changes on the day of its outcome, so that the book of a past day is worth what was paid then.
    """
    found: list[tuple[float, dict[str, Any]]] = [
        (one.ago, {"arr": Decimal(one.after)}) for one in decided(company) if one.after != one.before
    ]
    if company.former_owner:
        email = loaded.members[company.owner].membership.user.email
        found.append((company.former_owner[1], {"owner_email": email}))
    if company.churned_ago is not None:
        ended = {"status": "churned", "churned_on": loaded.day(company.churned_ago)}
        found.append((company.churned_ago, ended))
    return sorted(found, key=lambda one: -one[0])
