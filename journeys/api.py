"""Stages and placements over REST."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.base import (
    ItemSerializer,
    ResourceView,
    WrittenView,
    day,
    external_id,
    external_reference,
    historical,
    reference,
    text,
)
from accounts.services import Mode
from journeys import selectors, services


class StageSerializer(ItemSerializer):
    """One stage of the ideal path, with what a customer there should think, feel and do."""

    required = ("name",)

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    name = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(
        min_value=1,
        max_value=1000,
        required=False,
        help_text="1 is the first; later ones make room. Default: last.",
    )
    think = text(2000)
    feel = text(2000)
    do = text(2000)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)


class StageView(ResourceView):
    serializer_class = StageSerializer
    orderings = {"position": ("position", "id"), **ResourceView.orderings}
    save = staticmethod(services.save_stages)
    delete_one = staticmethod(services.delete_stage)
    restore_one = staticmethod(services.raise_stage)

    def rows(self) -> QuerySet:
        return selectors.stage_list()


class PlacementSerializer(ItemSerializer):
    """An account entered a stage; it left when its next placement began."""

    required = ("account", "stage")

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = reference("account", "account_id", null=False)
    account_external_id = external_reference("account")
    stage = reference("stage", "stage_id", null=False)
    stage_external_id = external_reference("stage")
    entered_on = day(help_text="Default: today at the tenant.")
    left_on = serializers.DateField(read_only=True, allow_null=True)
    reason = text(10_000)
    recorded_at = serializers.DateTimeField(read_only=True)
    historical = historical()


class PlacementFilter(django_filters.FilterSet):
    external_id = django_filters.CharFilter()
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="recorded_at", lookup_expr="gte", help_text="Recorded at or after this time."
    )
    account = django_filters.UUIDFilter(field_name="account_id")
    account_external_id = django_filters.CharFilter(field_name="account__external_id")
    stage = django_filters.UUIDFilter(field_name="stage_id")


class PlacementView(WrittenView):
    serializer_class = PlacementSerializer
    filterset_class = PlacementFilter
    orderings = {"id": ("id",), "entered_on": ("entered_on", "id"), "recorded_at": ("recorded_at", "id")}
    tombstones = False
    bulk_mode = Mode.CREATE
    save = staticmethod(services.save_placements)

    def rows(self) -> QuerySet:
        return selectors.placement_list()
