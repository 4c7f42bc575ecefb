"""Ratings over REST."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.base import (
    AccountFilter,
    AccountNameFilter,
    AppendOnlyView,
    ItemSerializer,
    PersonaFilter,
    StrictSerializer,
    choice,
    external_id,
    external_reference,
    historical,
    moment,
    reference,
    text,
)
from relationships import selectors, services
from relationships.models import Confidence, Rating, Sentiment, Strength

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


class LinkSerializer(StrictSerializer):
    """Where it shows: one of an address, a touch or a case of the account."""

    url = serializers.CharField(max_length=2000, required=False, allow_null=True)
    touch = reference("touch")
    case = reference("case")

    def to_representation(self, instance: Any) -> dict[str, str | None]:
        return {name: instance.get(name) for name in ("url", "touch", "case")}


class RatingSerializer(ItemSerializer):
    """One dated judgement of one persona. A null part leaves the earlier one standing.

    A repeated `external_id` answers with the rating that has it, if it says the same: the same persona, strength,
    sentiment and note; the rest may be left out or null, and where it is named it is the same (an empty list says that
    there was none). Otherwise it is refused with `taken` at the field that differs.
    """

    required = ("persona",)

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    persona = reference("persona", "persona_id", null=False)
    persona_external_id = external_reference("persona")
    account = serializers.UUIDField(source="account_id", read_only=True)
    strength = choice(Strength.choices)
    sentiment = SentimentField(required=False, allow_null=True)
    driver = text(50, help_text="Key of a driver: needed when a sentiment is negative or changes.")
    area = text(50, help_text="Key of the product area that the driver is about; optional.")
    note = text(10_000)
    confidence = choice(Confidence.choices, help_text="How sure the rater is.")
    signs = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=30,
        required=False,
        allow_null=True,
        help_text="Keys of what was seen of the person.",
    )
    observed = serializers.ChoiceField(
        choices=Sentiment.choices,
        read_only=True,
        allow_null=True,
        help_text="The sentiment that the signs lean to; beside the stated one, never in the score.",
    )
    evidence = LinkSerializer(many=True, required=False, allow_null=True)
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
    persona = PersonaFilter(field_name="persona_id")
    persona_external_id = django_filters.CharFilter(method="named", help_text="As for `persona`.")
    account = AccountFilter()
    account_external_id = AccountNameFilter()
    rated_by_email = django_filters.CharFilter(field_name="rated_by__user__email", lookup_expr="iexact")

    def named(self, rows: QuerySet, name: str, external_id: str) -> QuerySet:
        own, merged = Q(persona__external_id=external_id), Q(persona__merged_into__external_id=external_id)
        return rows.filter(own | merged)


class RatingView(AppendOnlyView):
    serializer_class = RatingSerializer
    filterset_class = RatingFilter
    orderings = {"id": ("id",), "rated_at": ("rated_at", "id"), "recorded_at": ("recorded_at", "id")}
    save = staticmethod(services.save_ratings)
    withdraw_one = staticmethod(services.withdraw_one)

    def rows(self) -> QuerySet:
        return selectors.rating_list()
