"""The addresses of pages, for the rows that lead there. The paths are promises to every bookmark."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from accounts.models import Tenant


def account_href(tenant: Tenant, account_id: UUID | str, tab: str = "") -> str:
    """An account's page, or one of its tabs."""
    return f"/t/{tenant.slug}/accounts/{account_id}" + (f"/{tab}" if tab else "")


def persona_href(tenant: Tenant, persona_id: UUID | str) -> str:
    """A person's page."""
    return f"/t/{tenant.slug}/personas/{persona_id}"


def new_person_href(tenant: Tenant, account_id: UUID | str, **said: Any) -> str:
    """The form for somebody new at an account, with what is known of them: role, reports_to, leads."""
    return _with(account_href(tenant, account_id, "people/new"), said)


def step_href(tenant: Tenant, account_id: UUID | str, step_id: UUID | str, *, promise: bool) -> str:
    """A step of an account, on its form or as the promise that it is."""
    return account_href(tenant, account_id, f"{'promises' if promise else 'steps'}/{step_id}")


def seat_href(tenant: Tenant, account_id: UUID | str, role: str) -> str:
    """Who could take the seat of a role at an account."""
    return account_href(tenant, account_id, f"seats/{role}")


def main_contact_href(tenant: Tenant, account_id: UUID | str) -> str:
    """Where is said who the main contact of an account is."""
    return account_href(tenant, account_id, "main-contact")


def accounts_href(tenant: Tenant, **filters: Any) -> str:
    """The list of accounts under these filters; empty ones are left out."""
    return _with(f"/t/{tenant.slug}/accounts", filters)


def standing_href(tenant: Tenant, **filters: Any) -> str:
    """The people who stand in a cell of the 4 x 3 matrix, in a part of the book."""
    return _with(f"/t/{tenant.slug}/risk/people", filters)


def rate_href(tenant: Tenant, **filters: Any) -> str:
    """The rating grid: ``show`` mine, due or all, or one ``account``."""
    return _with(f"/t/{tenant.slug}/rate", filters)


def _with(path: str, filters: dict[str, Any]) -> str:
    kept = {name: value for name, value in filters.items() if value not in (None, "", False)}
    query = urlencode({name: "1" if value is True else value for name, value in kept.items()})
    return f"{path}?{query}" if query else path
