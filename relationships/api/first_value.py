"""First values over REST."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api.base import FlagFilter, ResourceView, day, external_reference, reference, text
from accounts.api.work import AtAccountFilter, AtAccountSerializer
from relationships import selectors, services


class FirstValueSerializer(AtAccountSerializer):
    """The first thing of us that an account can show, at most one for each."""

    needs = ("account", "what")

    what = serializers.CharField(max_length=10_000, required=False, help_text="What they will have in hand.")
    due_on = day()
    reached_on = day(help_text="Null: still ahead. Refused while of anybody who counts no wiifm is known.")
    evidence = text(10_000, help_text="What shows it; needed with reached_on.")
    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")


class FirstValueFilter(AtAccountFilter):
    open = FlagFilter(field_name="reached_on", lookup_expr="isnull")
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")


class FirstValueView(ResourceView):
    """First values: what an account is to have in hand first, and when it had it. Closed only once we know of everybody
    who counts what is in it for them."""

    serializer_class = FirstValueSerializer
    filterset_class = FirstValueFilter
    save = staticmethod(services.save_first_values)
    delete_one = staticmethod(services.delete_first_value)
    restore_one = staticmethod(services.restore_first_value)

    def rows(self) -> QuerySet:
        return selectors.first_value_rows()
