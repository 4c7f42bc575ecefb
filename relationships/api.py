"""Ratings and drivers over REST."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import (
    AppendOnlyView,
    Invalid,
    ItemSerializer,
    ListedView,
    StrictSerializer,
    choice,
    external_id,
    external_reference,
    historical,
    moment,
    reference,
    text,
)
from accounts.services import Fault
from relationships import selectors, services
from relationships.models import Rating, Sentiment, Strength

FACETS = ("brand", "product", "service")
WORDS = {"type": "string", "enum": Sentiment.values, "nullable": True}


class FacetsSerializer(StrictSerializer):
    """A sentiment towards each facet; null or absent leaves the earlier one standing."""

    brand = choice(Sentiment.choices)
    product = choice(Sentiment.choices)
    service = choice(Sentiment.choices)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": Sentiment.values},
            {"type": "object", "properties": dict.fromkeys(FACETS, WORDS)},
        ],
        "description": "One word for brand, product and service, or an object that names each.",
    }
)
class SentimentField(serializers.Field):
    """In: one word, or {brand, product, service}. Out: always the object."""

    default_error_messages = {"invalid_choice": f"Sentiment is one of {', '.join(Sentiment.values)}."}

    def get_attribute(self, instance: Any) -> Any:
        return instance

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            return FacetsSerializer().run_validation(data)
        if not isinstance(data, str) or data not in Sentiment.values:
            self.fail("invalid_choice")
        return data

    def to_representation(self, value: Rating) -> dict[str, str | None]:
        return {facet: getattr(value, f"sentiment_{facet}") for facet in FACETS}


class RatingSerializer(ItemSerializer):
    """One dated judgement of one persona. A null part leaves the earlier one standing."""

    required = ("persona",)

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    persona = reference("persona", "persona_id", null=False)
    persona_external_id = external_reference("persona")
    account = serializers.UUIDField(source="account_id", read_only=True)
    strength = choice(Strength.choices)
    sentiment = SentimentField(required=False, allow_null=True)
    driver = text(50, help_text="Key of a driver: needed when a sentiment is negative or changes.")
    note = text(10_000)
    rated_at = moment(help_text="Default: now.")
    rated_by_email = serializers.EmailField(
        source="rated_by.user.email",
        required=False,
        allow_null=True,
        help_text="Default: the key's member. Admin keys may name another.",
    )
    recorded_at = serializers.DateTimeField(read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    historical = historical()


class RatingFilter(django_filters.FilterSet):
    external_id = django_filters.CharFilter()
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="recorded_at", lookup_expr="gte", help_text="Recorded at or after this time."
    )
    persona = django_filters.UUIDFilter(field_name="persona_id")
    persona_external_id = django_filters.CharFilter(field_name="persona__external_id")
    account = django_filters.UUIDFilter(field_name="account_id")
    rated_by_email = django_filters.CharFilter(field_name="rated_by__user__email", lookup_expr="iexact")


class RatingView(AppendOnlyView):
    serializer_class = RatingSerializer
    filterset_class = RatingFilter
    orderings = {"id": ("id",), "rated_at": ("rated_at", "id"), "recorded_at": ("recorded_at", "id")}
    save = staticmethod(services.save_ratings)
    withdraw_one = staticmethod(services.withdraw_one)

    def rows(self) -> QuerySet:
        return selectors.rating_list()


class DriverSerializer(ItemSerializer):
    """A coded reason behind a sentiment. One that ratings name is switched off, never removed."""

    required = ("key", "label")

    id = serializers.UUIDField(read_only=True)
    key = serializers.RegexField(r"^[a-z0-9_]+$", max_length=50, required=False)
    label = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    active = serializers.BooleanField(required=False)


class DriverFilter(django_filters.FilterSet):
    key = django_filters.CharFilter()


class DriverView(ListedView):
    serializer_class = DriverSerializer
    filterset_class = DriverFilter
    orderings = {"position": ("position", "id"), "id": ("id",)}
    tombstones = False

    def rows(self) -> QuerySet:
        return selectors.driver_list()

    def list(self, request: Request) -> Response:
        services.ensure_drivers()
        return super().list(request)

    def create(self, request: Request) -> Response:
        values = self._values(request)
        for name in DriverSerializer.required:
            if values.get(name) is None:
                raise Invalid(Fault(f"/{name}", "required", "This field is required."))
        services.ensure_drivers()
        if selectors.driver_list().filter(key=values["key"]).exists():
            raise Invalid(Fault("/key", "taken", "Another driver has this key."), status=409)
        return self._save(values, status=201)

    def partial_update(self, request: Request, id: UUID) -> Response:
        driver = self.find(id)
        values = self._values(request)
        if values.setdefault("key", driver.key) != driver.key:
            raise Invalid(Fault("/key", "fixed", "A key never changes: ratings name it."))
        return self._save(values, status=200)

    def _values(self, request: Request) -> dict[str, Any]:
        return dict(self.get_serializer(partial=True).run_validation(request.data))

    def _save(self, values: Mapping[str, Any], *, status: int) -> Response:
        try:
            driver, _created = services.save_driver(**values, actor=self.actor, at=self.at)
        except services.DriverRefused as refusal:
            raise Invalid(Fault(f"/{refusal.field}", "invalid", str(refusal))) from refusal
        return self.answer(driver, status=status)
