"""Touches and the list of touchpoints over REST."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts import selectors, services
from accounts.api.base import (
    ResourceView,
    StrictSerializer,
    choice,
    external_reference,
    reference,
    text,
)
from accounts.api.terms import TermSerializer, TermView
from accounts.api.work import AtAccountFilter, AtAccountSerializer, warnings
from accounts.models import Touch, TouchAttendee


class AttendeeSerializer(StrictSerializer):
    """Somebody who was there."""

    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    thought = text(5000)
    feeling = text(5000)
    behaviour = text(5000, help_text="What they did.")


class AttendeesField(serializers.ListSerializer):
    """Who was there; a list that is written takes the place of the former one."""

    def to_representation(self, data: Any) -> list[Any]:
        rows: list[TouchAttendee] = list(data.all())
        return [self.child.to_representation(row) for row in rows]


class TouchSerializer(AtAccountSerializer):
    needs = ("account", "kind", "at")

    kind = choice(Touch.Kind.choices, null=False)
    at = serializers.DateTimeField(required=False)
    direction = choice(Touch.Direction.choices)
    mode = choice(Touch.Mode.choices)
    summary = text(10_000)
    touchpoint = text(50, help_text="The key of one of your touchpoints.")
    owner_email = serializers.EmailField(source="owner.user.email", required=False, allow_null=True)
    attendees = AttendeesField(child=AttendeeSerializer(), max_length=200, required=False, allow_null=True)
    warnings = warnings()


class TouchFilter(AtAccountFilter):
    persona = django_filters.UUIDFilter(
        method="attended", help_text="Who was there; with those of people merged into them."
    )
    kind = django_filters.ChoiceFilter(choices=Touch.Kind.choices)
    direction = django_filters.ChoiceFilter(choices=Touch.Direction.choices)
    mode = django_filters.ChoiceFilter(choices=Touch.Mode.choices)
    touchpoint = django_filters.CharFilter()
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    def attended(self, rows: QuerySet, name: str, persona_id: UUID) -> QuerySet:
        there = TouchAttendee.objects.filter(persona_id__in=selectors.joined_people(persona_id))
        return rows.filter(pk__in=there.values("touch_id"))


class TouchView(ResourceView):
    serializer_class = TouchSerializer
    filterset_class = TouchFilter
    orderings = {**ResourceView.orderings, "at": ("at", "id")}
    save = staticmethod(services.save_touches)
    delete_one = staticmethod(services.delete_touch)
    restore_one = staticmethod(services.restore_touch)

    def rows(self) -> QuerySet:
        return selectors.touch_rows()

    def minded(self) -> QuerySet:
        there = TouchAttendee.objects.filter(selectors.names_wishes())
        return self.rows().filter(pk__in=there.values("touch_id"))

    def warn(self, rows: Iterable[Touch]) -> Mapping[UUID, Sequence[Any]]:
        tenant = self.actor.tenant
        had = {row.pk: selectors.contact_of_touch(row, tenant=tenant) for row in rows}
        return selectors.objections_to(had, tenant=tenant, at=self.at)


class TouchpointSerializer(TermSerializer):
    """Where on the way a customer meets us. One that touches name is switched off, never removed."""


class TouchpointView(TermView):
    serializer_class = TouchpointSerializer
    terms = services.TOUCHPOINTS

    def rows(self) -> QuerySet:
        return selectors.touchpoint_rows()
