"""Situations over REST, and the library of their types, reasons and remedies with how often each helped."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import (
    Extra,
    FlagFilter,
    ResourceView,
    choice,
    day,
    external_reference,
    reference,
    text,
)
from accounts.api.terms import TermFilter, TermSerializer, TermView
from accounts.api.work import AtAccountSerializer, AtPersonaFilter, warned, warnings
from relationships import selectors, services
from relationships.models import Situation

KEY = r"^[a-z0-9_]+$"


def key(what: str, source: str, *, null: bool = True) -> serializers.RegexField:
    """The key of an entry of the library."""
    return serializers.RegexField(
        KEY, max_length=50, required=False, allow_null=null, source=source, help_text=f"Key of the {what}."
    )


class CountedSerializer(TermSerializer):
    """What entries of the library share: how the situations that name them came out."""

    solved = serializers.IntegerField(read_only=True)
    partly = serializers.IntegerField(read_only=True)
    not_solved = serializers.IntegerField(source="failed", read_only=True)
    under_way = serializers.IntegerField(read_only=True)


class SituationTypeSerializer(CountedSerializer):
    """A kind of difficult situation. One that situations name is switched off, never removed."""


class SituationReasonSerializer(CountedSerializer):
    """What may be behind a type of situation."""

    required = ("key", "label", "type")

    label = serializers.CharField(max_length=200, required=False)
    type = key("type of situation; it never changes", "type.key", null=False)


class RemedySerializer(CountedSerializer):
    """What may help in a type of situation: the title of the step that it becomes, and in how many days it is due."""

    required = ("key", "label", "type")

    label = serializers.CharField(max_length=300, required=False)
    type = key("type of situation; it never changes", "type.key", null=False)
    due_days = serializers.IntegerField(min_value=0, max_value=365, required=False)


class OfTypeFilter(TermFilter):
    type = django_filters.CharFilter(field_name="type__key")


class EntryView(TermView):
    """A list of the library; ``kind`` is what its service calls an entry."""

    kind: str

    def ensure(self) -> None:
        services.ensure_library()

    def write(self, key: str, values: Mapping[str, Any]) -> Any:
        row, _new = services.save_entry(kind=self.kind, key=key, values=values, actor=self.actor, at=self.at)
        return self.find(row.pk)


class SituationTypeView(EntryView):
    """Types of situations, with how often each was met."""

    serializer_class = SituationTypeSerializer
    kind = "type"
    terms = services.LISTS["type"]

    def rows(self) -> QuerySet:
        return selectors.situation_type_list()


class SituationReasonView(EntryView):
    """Reasons behind situations, with how often each was one."""

    serializer_class = SituationReasonSerializer
    filterset_class = OfTypeFilter
    kind = "reason"
    terms = services.LISTS["reason"]

    def rows(self) -> QuerySet:
        return selectors.situation_reason_list()


class RemedyView(EntryView):
    """Remedies, with how often each was tried and how it came out."""

    serializer_class = RemedySerializer
    filterset_class = OfTypeFilter
    kind = "remedy"
    terms = services.LISTS["remedy"]

    def rows(self) -> QuerySet:
        return selectors.remedy_list()


class SituationSerializer(AtAccountSerializer):
    """A situation that was met: its type, reason and remedy by their keys in the library, and how it came out. One
    situation is one remedy that was tried."""

    needs = ("account", "type")

    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    type = key("type of situation", "type.key", null=False)
    reason = key("reason", "reason.key")
    remedy = key("remedy that was tried", "remedy.key")
    what = text(10_000, help_text="What happened.")
    began_on = day(help_text="Default: today.")
    result = choice(Situation.Result.choices, help_text="Null while it is under way.")
    ended_on = day(help_text="Default: today, once there is a result.")
    learned = text(10_000, help_text="What came of it.")
    owner_email = serializers.EmailField(source="owner.user.email", required=False, allow_null=True)


class SituationFilter(AtPersonaFilter):
    type = django_filters.CharFilter(field_name="type__key")
    reason = django_filters.CharFilter(field_name="reason__key")
    remedy = django_filters.CharFilter(field_name="remedy__key")
    result = django_filters.ChoiceFilter(choices=Situation.Result.choices)
    open = FlagFilter(field_name="result", lookup_expr="isnull")
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")


class MadeStepSerializer(serializers.Serializer):
    step = serializers.UUIDField(help_text="Id of the step.")
    warnings = warnings()


class SituationView(ResourceView):
    """Difficult situations at accounts: what was tried, and how it came out."""

    serializer_class = SituationSerializer
    filterset_class = SituationFilter
    orderings = {**ResourceView.orderings, "began_on": ("began_on", "id")}
    extras = {
        "step": Extra(
            selectors.situation_steps,
            serializers.UUIDField(
                read_only=True, allow_null=True, help_text="The newest step that was made of the remedy."
            ),
        ),
    }
    answers = {"make_step": {200: MadeStepSerializer, 201: MadeStepSerializer}}
    requests = {"make_step": None}
    save = staticmethod(services.save_situations)
    delete_one = staticmethod(services.delete_situation)
    restore_one = staticmethod(services.restore_situation)

    def rows(self) -> QuerySet:
        return selectors.situation_rows()

    def make_step(self, request: Request, id: UUID) -> Response:
        """Make a step of the remedy; while that is open, asking again leaves the one step."""
        step, created = services.make_step(id=id, actor=self.actor, at=self.at)
        against = warned(step, actor=self.actor, at=self.at) if created else {}
        body = MadeStepSerializer({"step": step.pk, **against}).data
        return Response(body, status=201 if created else 200)
