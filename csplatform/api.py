"""The root of the JSON door: every floor's routes under /api/v1, and the accounts and personas of the first floor
with the read-only fields that higher floors add. A field whose source has nothing to say is absent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import path, re_path
from rest_framework import serializers

from accounts import selectors as accounts_selectors
from accounts import urls as accounts
from accounts.api import docs
from accounts.api.accounts import AccountFilter, AccountView
from accounts.api.base import Extra, Invalid, Missing, resource_routes
from accounts.api.personas import PersonaView
from accounts.api.saved_views import SavedViewView
from accounts.services import Fault
from csplatform.forms import AccountsForm, RiskForm
from feedback import urls as feedback_urls
from health import selectors as health_selectors
from health import urls as health
from health.api.health import ShortHealthSerializer
from journeys import selectors as journeys
from journeys import urls as journeys_urls
from relationships import selectors as relationships
from relationships import urls as relationships_urls

SENTIMENTS = ["negative", "neutral", "positive"]


class SentimentsSerializer(serializers.Serializer):
    brand = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    product = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    service = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    overall = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)


class StandingRatingSerializer(serializers.Serializer):
    """The rating that speaks for a persona now; absent while nobody has rated them."""

    strength = serializers.ChoiceField(choices=["none", "weak", "okay", "very_good"], allow_null=True)
    sentiment = SentimentsSerializer()
    rated_at = serializers.DateTimeField(allow_null=True)
    rated_by = serializers.EmailField(allow_null=True)
    stale = serializers.BooleanField()
    inherited = serializers.BooleanField(help_text="Given by somebody before the present owner.")


def health_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    return health_selectors.short_scores(account_ids=ids)


def stage_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    standing = journeys.current_stages(account_ids=ids, today=today, at=at)
    return {account_id: current.stage.name for account_id, current in standing.items()}


def rating_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    return relationships.latest_ratings(persona_ids=ids, at=at)


def influence_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    """The persona's own influence, else that of its role in the scorecard."""
    by_role = health_selectors.current_scorecard().body["influence"]
    rows = accounts_selectors.persona_rows().prefetch_related(None).filter(pk__in=ids)
    found = rows.values_list("pk", "influence", "role")
    return {persona_id: own if own is not None else by_role[role] for persona_id, own, role in found}


class WholeAccountFilter(AccountFilter):
    stage = django_filters.UUIDFilter(
        method="in_stage", help_text="Id of the stage that the account stands in."
    )

    def in_stage(self, rows: QuerySet, name: str, stage_id: UUID) -> QuerySet:
        view = self.request.parser_context["view"]
        return rows.filter(journeys.in_stage(stage_id=stage_id, today=view.today, at=view.at))


class Accounts(AccountView):
    """Accounts: the companies that you serve, with their health and stage."""

    filterset_class = WholeAccountFilter
    extras = {
        "stage": Extra(stage_of, serializers.CharField(read_only=True)),
        "health": Extra(health_of, ShortHealthSerializer(read_only=True)),
    }


class Personas(PersonaView):
    """Personas: the people in a role at an account, with the rating that speaks for them."""

    extras = {
        "effective_influence": Extra(influence_of, serializers.FloatField(read_only=True)),
        "rating": Extra(rating_of, StandingRatingSerializer(read_only=True)),
    }


class SavedViews(SavedViewView):
    """Saved views: a page's filters, order and columns under a name, for one member or for the team."""

    forms = {"accounts": AccountsForm, "risk": RiskForm}

    def check_query(self, page: str, query: str) -> None:
        form = self.forms[page](QueryDict(query))
        if not form.is_valid():
            detail = "; ".join(f"{name}: {' '.join(said)}" for name, said in form.errors.items())
            raise Invalid(Fault("/query", "invalid", detail))


routes = [
    *resource_routes("accounts", Accounts),
    *resource_routes("personas", Personas, {"merge": "merge", "erase": "erase"}),
    *resource_routes("views", SavedViews),
    *accounts.api_routes,
    path("openapi.json", docs.openapi, name="api-openapi"),
    path("docs", docs.docs, name="api-docs"),
    *health.api_routes,
    *relationships_urls.api_routes,
    *feedback_urls.api_routes,
    *journeys_urls.api_routes,
    re_path(
        r"^[\s\S]*$", Missing.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "missing"))
    ),
]
