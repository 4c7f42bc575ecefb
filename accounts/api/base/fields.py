"""Serializers and filters that refuse what they do not know.

Input is always partial: an absent field stays, null clears. Which fields a new object needs, the service says.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.selectors import accounts_named, joined_accounts, joined_people
from accounts.services.items import Item


class StrictSerializer(serializers.Serializer):
    """Refuses unknown fields beside whatever else is wrong, and ignores read-only ones.

    Validated values stand under the names of the fields, whatever their source.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("A JSON object is expected.", code="invalid")
        errors: dict[str, Any] = {
            name: serializers.ErrorDetail("Unknown field.", code="unknown")
            for name in data
            if name not in self.fields and not self.ignores(name)
        }
        values = {}
        for field in self._writable_fields:
            try:
                values[field.field_name] = field.run_validation(field.get_value(data))
            except serializers.ValidationError as error:
                errors[field.field_name] = error.detail
            except serializers.SkipField:
                pass
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def ignores(self, name: str) -> bool:
        """Whether a field that is not one of these is passed over in silence."""
        return False


class ItemSerializer(StrictSerializer):
    """The fields of a resource, in and out. ``needs`` names what a new object needs, for the documentation."""

    needs: tuple[str, ...] = ()

    def ignores(self, name: str) -> bool:
        """The read-only fields that higher floors add, so that what was read can be sent back."""
        return name in getattr(self.context.get("view"), "extras", ())

    def to_item(self, body: Any, **where: Any) -> Item:
        """A body as an Item. Raises ValidationError."""
        values = self.run_validation(body)
        historical = bool(values.pop("historical", False))
        effective_at = values.pop("effective_at", None)
        return Item(values=values, effective_at=effective_at, historical=historical, **where)


class AnyField(serializers.Field):
    """Any JSON value, left as it is."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def text(max_length: int, **options: Any) -> serializers.CharField:
    """A text that may be absent, empty or null (which empties it)."""
    return serializers.CharField(
        max_length=max_length, required=False, allow_blank=True, allow_null=True, **options
    )


def external_id() -> serializers.CharField:
    return serializers.CharField(
        min_length=1,
        max_length=255,
        required=False,
        allow_null=True,
        trim_whitespace=False,
        help_text="The client's own id of the object, unique per tenant and resource.",
    )


def reference(what: str, source: str | None = None, *, null: bool = True) -> serializers.UUIDField:
    """The id of another object; ``source`` is the column it is read from."""
    return serializers.UUIDField(
        required=False, allow_null=null, source=source, help_text=f"Id of the {what}."
    )


def external_reference(what: str) -> serializers.CharField:
    """The external_id of another object, in place of its id."""
    return serializers.CharField(
        min_length=1,
        max_length=255,
        required=False,
        allow_null=True,
        write_only=True,
        trim_whitespace=False,
        help_text=f"external_id of the {what}, in place of its id.",
    )


def choice(choices: Any, *, null: bool = True, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=choices, required=False, allow_null=null, **options)


def moment(**options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, allow_null=True, **options)


def day(**options: Any) -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True, **options)


def money(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True, **options
    )


def historical() -> serializers.BooleanField:
    return serializers.BooleanField(
        required=False,
        write_only=True,
        help_text="Admin keys only: recorded_at becomes the observed (or effective) time.",
    )


def effective_at() -> serializers.DateTimeField:
    return serializers.DateTimeField(
        required=False,
        allow_null=True,
        write_only=True,
        help_text="When the values of this item took effect, if earlier than now.",
    )


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.TypedChoiceFilter):
    """``true`` or ``false``; anything else is refused."""

    def __init__(self, **options: Any) -> None:
        flags = (("true", "true"), ("false", "false"))
        super().__init__(choices=flags, coerce=lambda value: value == "true", **options)


class AccountFilter(django_filters.UUIDFilter):
    """What was said of an account, and of those that were merged into it: their rows keep naming the one they were said
    of."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="With those of accounts merged into it.", **options)

    def filter(self, qs: QuerySet, value: UUID | None) -> QuerySet:
        return qs if value is None else qs.filter(account_id__in=joined_accounts(value))


class AccountNameFilter(django_filters.CharFilter):
    """As AccountFilter, by the account's external id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="As for `account`.", **options)

    def filter(self, qs: QuerySet, value: str | None) -> QuerySet:
        return qs.filter(account_id__in=accounts_named(value)) if value else qs


class PersonaFilter(django_filters.UUIDFilter):
    """What names a persona, or somebody who was merged into them: rows keep naming the one they were written for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="With those of people merged into them.", **options)

    def filter(self, qs: QuerySet, value: UUID | None) -> QuerySet:
        if value is None:
            return qs
        found: QuerySet = qs.filter(**{f"{self.field_name}__in": joined_people(value)})
        return found


class ResourceFilter(django_filters.FilterSet):
    """The filters that every resource has; a resource adds its own."""

    external_id = django_filters.CharFilter()
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="updated_at", lookup_expr="gte", help_text="Changed at or after this time."
    )


class WarningSerializer(serializers.Serializer):
    """What a person would say against a contact with them. It was written nevertheless."""

    persona = serializers.UUIDField(source="persona_id")
    code = serializers.ChoiceField(choices=["no_contact", "channel", "cadence"])
    detail = serializers.CharField(source="words")
