"""Responses over REST."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
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
    moment,
    reference,
    text,
)
from feedback import selectors, services
from feedback.models import Response
from health.formulas.survey import GOODWILL_ITEMS

ITEM = {"type": "integer", "minimum": 1, "maximum": 7, "nullable": True}


@extend_schema_field(
    {
        "oneOf": [
            {"type": "number", "description": "nps 0..10, csat 1..5, ces 1..7 (7 is easy)"},
            {"type": "array", "items": ITEM, "minItems": 4, "maxItems": 4},
            {"type": "object", "properties": dict.fromkeys(GOODWILL_ITEMS, ITEM)},
        ],
        "description": f"A number, or goodwill's four items ({', '.join(GOODWILL_ITEMS)}) as a list or an object.",
    }
)
class AnswerField(serializers.Field):
    """A number, or goodwill's four items; out they come as a list."""

    default_error_messages = {"invalid": "A number, or the four items of goodwill."}

    def get_attribute(self, instance: Any) -> Any:
        return instance

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            if set(data) - set(GOODWILL_ITEMS):
                self.fail("invalid")
            data = [data.get(name) for name in GOODWILL_ITEMS]
        parts = data if isinstance(data, list) else [data]
        if any(isinstance(part, bool) or not isinstance(part, int | float | type(None)) for part in parts):
            self.fail("invalid")
        return data

    def to_representation(self, value: Response) -> Any:
        if value.items is not None:
            return value.items
        return int(value.answer) if value.answer == int(value.answer) else value.answer


class ResponseSerializer(ItemSerializer):
    """One answer with its why. Without a persona it counts in survey metrics only."""

    required = ("account", "kind", "answer")

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = reference("account", "account_id")
    account_external_id = external_reference("account")
    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    kind = choice(Response.Kind.choices, null=False)
    answer = AnswerField(required=False)
    score = serializers.FloatField(
        source="answer", read_only=True, help_text="The answer on the scale of its kind; goodwill 0..100."
    )
    why = text(10_000)
    asked_at = moment()
    answered_at = moment(help_text="Default: now.")
    source = text(50)
    recorded_at = serializers.DateTimeField(read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    historical = historical()


class ResponseFilter(django_filters.FilterSet):
    external_id = django_filters.CharFilter()
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="recorded_at", lookup_expr="gte", help_text="Recorded at or after this time."
    )
    account = AccountFilter()
    account_external_id = AccountNameFilter()
    persona = PersonaFilter(field_name="persona_id")
    kind = django_filters.ChoiceFilter(choices=Response.Kind.choices)


class ResponseView(AppendOnlyView):
    serializer_class = ResponseSerializer
    filterset_class = ResponseFilter
    orderings = {"id": ("id",), "answered_at": ("answered_at", "id"), "recorded_at": ("recorded_at", "id")}
    save = staticmethod(services.save_responses)
    withdraw_one = staticmethod(services.withdraw_one)

    def rows(self) -> QuerySet:
        return selectors.response_list()
