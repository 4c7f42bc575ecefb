"""The root of the JSON door: every floor's routes under /api/v1, and the accounts and personas of the first floor
with the read-only fields that higher floors add. A field whose source has nothing to say is absent."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import path, re_path

from accounts import urls as accounts
from accounts.api import docs
from accounts.api.accounts import AccountView
from accounts.api.base import Extra, Missing, resource_routes
from accounts.api.personas import PersonaView
from health import selectors as scores
from health import urls as health
from health.api.health import ShortHealthSerializer


def account_health(ids: Collection[UUID], *, at: datetime) -> dict[UUID, dict[str, Any]]:
    """The last stored health of accounts, in short."""
    return scores.short_scores(account_ids=ids)


class Accounts(AccountView):
    """Accounts with their health and stage."""

    extras = {**AccountView.extras, "health": Extra(account_health, ShortHealthSerializer())}


class Personas(PersonaView):
    """Personas with their standing rating and effective influence."""


routes = [
    *resource_routes("accounts", Accounts),
    *resource_routes("personas", Personas, {"merge": "merge", "erase": "erase"}),
    *accounts.api_routes,
    path("openapi.json", docs.openapi, name="api-openapi"),
    path("docs", docs.docs, name="api-docs"),
    *health.api_routes,
    re_path(r"^.*$", Missing.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "missing"))),
]
