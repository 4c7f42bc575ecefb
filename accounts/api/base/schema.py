"""The OpenAPI description of resources: requests and answers by action, with their parameters and envelopes.

A view that is not a resource describes itself by ``serializer_class``, ``requests``, ``answers`` and ``summaries`` (by
action), or by drf-spectacular's decorators.
"""

import re
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers

from accounts.api.base.fields import ItemSerializer, WarningSerializer
from accounts.api.base.paging import DEFAULT_LIMIT, MAX_LIMIT
from accounts.api.base.resources import MAX_ITEMS, BulkRequest, ListedView, WrittenView
from accounts.services.items import Status

SUMMARIES = {
    "list": "List {things}",
    "create": "Create a {thing}",
    "retrieve": "One {thing}",
    "partial_update": "Change a {thing}",
    "upsert": "Create or change a {thing} by its external_id",
    "destroy": "Delete a {thing}, leaving a tombstone",
    "restore": "Take a deleted {thing} back",
    "withdraw": "Withdraw a {thing}",
    "bulk": "Write up to 10,000 {things}",
}


class ProblemErrorSerializer(serializers.Serializer):
    pointer = serializers.CharField(
        allow_blank=True, help_text="JSON pointer into the body; ?name for a parameter."
    )
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkSummarySerializer(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()


class BulkResultSerializer(serializers.Serializer):
    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[status.value for status in Status])
    id = serializers.UUIDField(allow_null=True)
    errors = ProblemErrorSerializer(many=True)
    warnings = WarningSerializer(
        many=True,
        required=False,
        help_text="Of steps, promises and touches, and only if there are any: see a single write.",
    )


class BulkAnswerSerializer(serializers.Serializer):
    """What became of each item, in order."""

    summary = BulkSummarySerializer()
    results = BulkResultSerializer(many=True)


class ResourceSchema(AutoSchema):
    """Knows the actions of ListedView, WrittenView, ResourceView and AppendOnlyView."""

    def get_auth(self) -> list[dict[str, Any]]:
        return [{"key": []}]

    def get_summary(self) -> str | None:
        if own := getattr(self.view, "summaries", {}).get(self._action):
            return str(own)
        thing = getattr(self.view, "basename", None)
        summary = SUMMARIES.get(self._action)
        if not thing or not summary or not isinstance(self.view, ListedView):
            return super().get_summary()
        one = re.sub(r"(ch|sh|x)es$", r"\1", thing).removesuffix("s")
        article = "an" if one[0] in "aeiou" else "a"
        return summary.format(things=thing, thing=one).replace("a " + one, f"{article} {one}")

    def get_description(self) -> str:
        said = getattr(self.view, self._action, None)
        own = getattr(said, "__doc__", None)
        return own or super().get_description() or ""

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        view = self.view
        parameters += getattr(view, "parameters", {}).get(self._action, [])
        if self.method == "POST":
            parameters.append(_header("Idempotency-Key", "The same key and body replay the first answer."))
        if isinstance(view, ListedView) and self._action in ("partial_update", "destroy", "upsert"):
            said = "The ETag that the change is based on; 412 if it is outdated"
            said += ", or if nothing has this external_id." if self._action == "upsert" else "."
            parameters.append(_header("If-Match", said))
        if isinstance(view, ListedView) and view.tombstones and self._action in ("list", "retrieve"):
            parameters.append(
                _query("include_deleted", OpenApiTypes.BOOL, "Tombstones too, with deleted_at.")
            )
        if isinstance(view, ListedView) and self._action == "list":
            parameters += self._paging(view)
        return parameters

    def _paging(self, view: ListedView) -> list[OpenApiParameter]:
        orderings = [sign + name for name in view.orderings for sign in ("", "-")]
        ordering = _query(
            "ordering", {"type": "string", "enum": orderings}, "With - in front it is turned round."
        )
        return [*page_parameters(), ordering]

    def get_request_serializer(self) -> Any:
        view, action = self.view, self._action
        if action in getattr(view, "requests", {}):
            return view.requests[action]
        if not isinstance(view, WrittenView):
            return super().get_request_serializer()
        if action in ("restore", "destroy", "withdraw"):
            return None
        item = view.serializer_class
        if action == "bulk":
            name = item.__name__.removesuffix("Serializer")
            items = serializers.ListField(child=item(partial=True), max_length=MAX_ITEMS)
            return type(f"{name}BulkSerializer", (BulkRequest,), {"items": items})
        return item(partial=action != "create")

    def get_response_serializers(self) -> Any:
        view, action = self.view, self._action
        if action in getattr(view, "answers", {}):
            return view.answers[action]
        if not isinstance(view, ListedView):
            return super().get_response_serializers()
        if action in ("destroy", "withdraw"):
            return {204: None}
        if action == "bulk":
            return {200: BulkAnswerSerializer, 207: BulkAnswerSerializer, 422: BulkAnswerSerializer}
        item = shown_serializer(type(view))
        if action == "list":
            return {200: list_of(item)}
        statuses = {"create": [201], "upsert": [200, 201]}.get(action, [200])
        if action == "create" and not view.tombstones:
            statuses = [200, 201]  # the same external_id with the same body is there already
        return dict.fromkeys(statuses, item)

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if not type(serializer).__dict__.get("__doc__"):
            schema.pop("description", None)  # a base class speaks of itself
        for name, field in serializer.fields.items():
            if direction == "response" and getattr(field, "allow_blank", False):
                schema["properties"].get(name, {}).pop("format", None)
        if isinstance(serializer, ItemSerializer):
            self._say_required(schema, serializer, direction)
        return schema

    def _say_required(self, schema: dict[str, Any], serializer: ItemSerializer, direction: str) -> None:
        """A new object needs some fields; an answer holds every field but those of higher floors."""
        schema.pop("required", None)
        if direction == "response":
            added = set(getattr(serializer, "added", ()))
            needed = [name for name in schema["properties"] if name not in added]
        elif getattr(serializer, "partial", False):
            needed = []
        else:
            needed = [n for n in serializer.needs if f"{n}_external_id" not in serializer.fields]
        if needed:
            schema["required"] = sorted(needed)

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", None) or ""


@cache
def shown_serializer(view: type[ListedView]) -> type[ItemSerializer]:
    """The serializer of a resource with the fields that higher floors add."""
    if not view.extras:
        return view.serializer_class
    fields: dict[str, Any] = {name: extra.field for name, extra in view.extras.items()}
    return type(view.serializer_class.__name__, (view.serializer_class,), {**fields, "added": tuple(fields)})


@cache
def list_of(item: Any) -> Any:
    """The envelope of a page of such items."""
    name = item.__name__.removesuffix("Serializer")
    fields = {
        "results": item(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    }
    return extend_schema_serializer(many=False)(
        type(f"{name}ListSerializer", (serializers.Serializer,), fields)
    )


def page_parameters() -> list[OpenApiParameter]:
    """What every list that has pages takes."""
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return [
        _query("limit", limit, "Rows on a page."),
        _query("cursor", OpenApiTypes.STR, "Where the page starts: taken from next or previous."),
    ]


def _query(name: str, type: Any, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, type, OpenApiParameter.QUERY, description=description)


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description)
