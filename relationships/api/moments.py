"""Moments over REST."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.base import ResourceView, choice, external_reference, reference
from accounts.api.work import AtAccountSerializer, AtPersonaFilter
from relationships import selectors, services
from relationships.models import Moment


class MomentSerializer(AtAccountSerializer):
    """Something that a person will remember of us. The account is that of the person."""

    needs = ("persona", "happened_at", "valence", "intensity", "what")

    persona = reference("persona", "persona_id", null=False)
    persona_external_id = external_reference("persona")
    happened_at = serializers.DateTimeField(required=False)
    valence = choice(Moment.Valence.choices, null=False, help_text="-2 awful to 2 wonderful.")
    intensity = choice(Moment.Intensity.choices, null=False, help_text="1 in passing to 3 unforgettable.")
    what = serializers.CharField(max_length=10_000, required=False)


class MomentFilter(AtPersonaFilter):
    since = django_filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="lt")
    valence = django_filters.ChoiceFilter(choices=Moment.Valence.choices)


class MomentView(ResourceView):
    """Moments: what people remember of us, how good or bad it was, and how strongly it was felt."""

    serializer_class = MomentSerializer
    filterset_class = MomentFilter
    orderings = {**ResourceView.orderings, "happened_at": ("happened_at", "id")}
    save = staticmethod(services.save_moments)
    delete_one = staticmethod(services.delete_moment)
    restore_one = staticmethod(services.restore_moment)

    def rows(self) -> QuerySet:
        return selectors.moment_rows()
