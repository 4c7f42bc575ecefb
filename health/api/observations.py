"""Observations over REST: the values of measures that other systems know."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.api.base import (
    AccountFilter,
    AccountNameFilter,
    AppendOnlyView,
    ItemSerializer,
    PersonaFilter,
    choice,
    external_id,
    external_reference,
    historical,
    reference,
    text,
)
from health import selectors
from health import services as health
from health.services.observations import FACETS


class ObservationSerializer(ItemSerializer):
    required = ("account", "measure", "value", "observed_at")

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = reference("account, if no persona is named", "account_id")
    account_external_id = external_reference("account")
    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    measure = serializers.CharField(max_length=50, required=False, help_text="A measure of the scorecard.")
    facet = choice([(facet, facet) for facet in FACETS], allow_blank=True, help_text="Of sentiment only.")
    value = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="In the measure's own unit; null clears. relationship 0..3, sentiment 0..2.",
    )
    observed_at = serializers.DateTimeField(required=False)
    source = text(50)
    historical = historical()
    recorded_at = serializers.DateTimeField(read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ObservationFilter(django_filters.FilterSet):
    external_id = django_filters.CharFilter()
    account = AccountFilter()
    account_external_id = AccountNameFilter()
    persona = PersonaFilter(field_name="persona_id")
    measure = django_filters.CharFilter()
    observed_from = django_filters.IsoDateTimeFilter(field_name="observed_at", lookup_expr="gte")
    observed_before = django_filters.IsoDateTimeFilter(field_name="observed_at", lookup_expr="lt")
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="recorded_at", lookup_expr="gte", help_text="Recorded at or after this time."
    )


class ObservationView(AppendOnlyView):
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilter
    orderings = {"id": ("id",), "observed_at": ("observed_at", "id")}
    save = staticmethod(health.record_observations)
    withdraw_one = staticmethod(health.withdraw_observation)

    def rows(self) -> Any:
        return selectors.observation_rows()
