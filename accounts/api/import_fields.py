"""What imports look like over REST: the bodies of requests and answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.base import ItemSerializer, StrictSerializer
from accounts.api.base.fields import AnyField
from accounts.api.base.resources import MAX_ITEMS
from accounts.models import Import
from accounts.services import imports
from accounts.services.imports.reading import ENCODINGS

STATES = ("draft", "previewing", "ready", "running", "done", "undoing", "undone", "cancelled", "failed")
COUNTS = ("created", "updated", "unchanged", "failed", "undone", "kept", "to_check")


class MappingSerializer(StrictSerializer):
    """Which field each column fills, and how rows are matched and read. What is absent stays as it is."""

    columns = serializers.DictField(
        child=serializers.CharField(max_length=150, allow_blank=True, allow_null=True),
        required=False,
        help_text="The name of a column: the field that it fills, or null.",
    )
    key = serializers.CharField(
        max_length=50,
        required=False,
        allow_blank=True,
        help_text="The declared key by which rows are matched; empty makes every row new.",
    )
    date_order = serializers.ChoiceField(
        choices=["", "dmy", "mdy"],
        required=False,
        help_text="Of dates in numbers; empty: as the column tells.",
    )
    decimal = serializers.ChoiceField(choices=["", ".", ","], required=False)
    unknown_owner = serializers.ChoiceField(
        choices=["refuse", "empty"],
        required=False,
        help_text="A row whose owner is no member: wrong, or without owner.",
    )
    empty = serializers.ChoiceField(
        choices=["keep", "clear"],
        required=False,
        help_text="What an empty cell does to a value that is there.",
    )
    historical = serializers.BooleanField(
        required=False, help_text="Admin keys only: recorded_at becomes the observed (or effective) time."
    )


class UploadSerializer(StrictSerializer):
    """A file as multipart/form-data in ``file``, or rows as a JSON list of objects."""

    kind = serializers.CharField(max_length=50, help_text="What the rows are: see /imports/kinds.")
    filename = serializers.CharField(max_length=200, required=False)
    rows = serializers.ListField(
        child=serializers.DictField(child=AnyField(allow_null=True)),
        max_length=MAX_ITEMS,
        required=False,
        help_text=f"At most {MAX_ITEMS:,} objects; more as a file of JSON lines.",
    )
    encoding = serializers.ChoiceField(
        choices=list(ENCODINGS), required=False, help_text="If not to be guessed."
    )
    mapping = MappingSerializer(required=False)
    saved_mapping = serializers.CharField(
        max_length=100, required=False, help_text="Name of a mapping that was kept for this kind."
    )


class ColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    samples = serializers.ListField(child=serializers.CharField())
    filled = serializers.FloatField(help_text="Share of the first rows that hold something.")
    date_order = serializers.CharField(help_text="dmy or mdy, as the cells tell; empty if they do not.")
    decimal = serializers.CharField()


class IssueSerializer(serializers.Serializer):
    level = serializers.ChoiceField(choices=["error", "warning"], help_text="A row with a warning is right.")
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    rows = serializers.IntegerField(help_text="How many rows it concerns.")
    first = serializers.IntegerField(help_text="The first of them, as numbered in the file.")


class CountsSerializer(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    undone = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="Not taken back: changed since the import.")
    to_check = serializers.IntegerField(help_text="Rows with a warning, counted above as well.")


class ImportSerializer(ItemSerializer):
    """One file that was handed in, and what became of it."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.CharField(read_only=True)
    filename = serializers.CharField(read_only=True)
    state = serializers.SerializerMethodField()
    format = serializers.ChoiceField(choices=Import.Format.values, read_only=True)
    encoding = serializers.CharField(read_only=True)
    delimiter = serializers.CharField(read_only=True)
    size = serializers.IntegerField(read_only=True, help_text="Bytes.")
    columns = ColumnSerializer(many=True, read_only=True)
    mapping = MappingSerializer(read_only=True)
    rows = serializers.IntegerField(read_only=True, allow_null=True)
    counts = serializers.SerializerMethodField()
    issues = IssueSerializer(many=True, read_only=True)
    job = serializers.UUIDField(source="job_id", read_only=True, allow_null=True)
    errors_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    ran_at = serializers.DateTimeField(read_only=True, allow_null=True)
    undone_at = serializers.DateTimeField(read_only=True, allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, one: Import) -> str:
        return imports.state_of(one)

    @extend_schema_field(CountsSerializer)
    def get_counts(self, one: Import) -> dict[str, int]:
        return {name: one.counts.get(name, 0) for name in COUNTS}

    def get_errors_url(self, one: Import) -> str | None:
        return f"/api/v1/imports/{one.pk}/errors" if one.errors_file else None


class RowSerializer(serializers.Serializer):
    row = serializers.IntegerField(source="number", help_text="As numbered in the file; the head is row 1.")
    status = serializers.CharField(
        help_text="created, updated, unchanged or failed; empty before the preview."
    )
    cells = serializers.ListField(
        child=AnyField(), help_text="As they stand in the file, in the order of the columns."
    )
    before = serializers.DictField(child=AnyField(), help_text="The former values of what changes.")
    after = serializers.DictField(child=AnyField())
    errors = serializers.ListField(
        source="faults", child=serializers.DictField(child=serializers.CharField())
    )
    warnings = serializers.ListField(
        source="notes", child=serializers.DictField(child=serializers.CharField())
    )


class RowsSerializer(serializers.Serializer):
    results = RowSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class KeptMappingSerializer(ItemSerializer):
    """A mapping that is kept under a name."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.CharField(max_length=50)
    name = serializers.CharField(max_length=100)
    mapping = MappingSerializer()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class KindFieldSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()


class KindSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    keys = serializers.ListField(child=serializers.CharField())
    fields_ = KindFieldSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class KindsSerializer(serializers.Serializer):
    results = KindSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
