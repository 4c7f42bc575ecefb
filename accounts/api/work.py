"""Initiatives, steps, cases and outcomes over REST."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts import selectors, services
from accounts.api.base import (
    FlagFilter,
    ItemSerializer,
    PersonaFilter,
    ResourceFilter,
    ResourceView,
    WarningSerializer,
    choice,
    day,
    external_id,
    external_reference,
    historical,
    moment,
    money,
    reference,
    text,
)
from accounts.models import Actor, Case, Initiative, Outcome, Step, Touch


class AtAccountSerializer(ItemSerializer):
    """What objects of an account share."""

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = reference("account", "account_id", null=False)
    account_external_id = external_reference("account")
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)


class AtAccountFilter(ResourceFilter):
    account = django_filters.UUIDFilter(field_name="account_id")
    account_external_id = django_filters.CharFilter(field_name="account__external_id")


class AtPersonaFilter(AtAccountFilter):
    persona = PersonaFilter(field_name="persona_id")


def shared(usual: str) -> serializers.BooleanField:
    """Whether the customer sees a row on the pages that are shared with them."""
    help_text = f"Whether pages that are shared with the account's customer show it. null: as usual, {usual}."
    return serializers.BooleanField(required=False, allow_null=True, help_text=help_text)


def warnings() -> serializers.ListSerializer:
    """The warnings of a write; the field is left out where there are none, and where a row is only read."""
    help_text = "Only in the answer to a write, and only if there are any: who wants to be reached otherwise."
    found: serializers.ListSerializer = WarningSerializer(many=True, read_only=True, help_text=help_text)
    return found


class StepSerializer(AtAccountSerializer):
    needs = ("title", "account")

    title = serializers.CharField(max_length=300, required=False)
    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    side = choice(Step.Side.choices)
    owner_email = serializers.EmailField(source="owner.user.email", required=False, allow_null=True)
    due_on = day()
    done_at = moment()
    channel = serializers.ChoiceField(
        choices=Touch.Kind.choices,
        required=False,
        allow_blank=True,
        help_text="How the person is to be reached.",
    )
    waiting_on = text(1000, help_text="Who or what it waits for.")
    snoozed_until = day(help_text="Not due before this day; needs a snooze_reason.")
    snooze_reason = text(1000)
    shared = shared("a promise is shown and no other step")
    initiative = reference("initiative", "initiative_id")
    initiative_external_id = external_reference("initiative")
    source = serializers.CharField(read_only=True)
    cause = serializers.CharField(
        read_only=True, help_text="What asked for it, such as flag:champion_left; empty if nothing did."
    )
    touch = serializers.UUIDField(
        source="touch_id", read_only=True, allow_null=True, help_text="Id of the touch it was agreed in."
    )
    warnings = warnings()


class StepFilter(AtPersonaFilter):
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")
    side = django_filters.ChoiceFilter(choices=Step.Side.choices)
    done = FlagFilter(field_name="done_at", lookup_expr="isnull", exclude=True)
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")
    source = django_filters.CharFilter()
    cause = django_filters.CharFilter()
    initiative = django_filters.UUIDFilter(field_name="initiative_id")


class PlannedView(ResourceView):
    """Steps of any kind: a write answers with what the person it is about would say against it."""

    def minded(self) -> QuerySet:
        return self.rows().filter(selectors.names_wishes(), done_at=None)

    def warn(self, rows: Iterable[Step]) -> Mapping[UUID, Sequence[Any]]:
        planned = {row.pk: selectors.contact_of_step(row, at=self.at) for row in rows}
        return selectors.objections_to(planned, tenant=self.actor.tenant, at=self.at)


def warned(step: Step, *, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """The warnings of a step that was just made, for an answer that has them; nothing where there are none."""
    planned = selectors.contact_of_step(step, at=at)
    against = selectors.objections(planned, tenant=actor.tenant, at=at)
    return {"warnings": against} if against else {}


class StepView(PlannedView):
    serializer_class = StepSerializer
    filterset_class = StepFilter
    orderings = {**ResourceView.orderings, "due_on": ("due_on", "id")}
    save = staticmethod(services.save_steps)
    delete_one = staticmethod(services.delete_step)
    restore_one = staticmethod(services.restore_step)

    def rows(self) -> QuerySet:
        return selectors.step_rows()


class InitiativeSerializer(AtAccountSerializer):
    """Something that the customer wants to achieve; steps may name it."""

    needs = ("title", "account")

    title = serializers.CharField(max_length=300, required=False)
    note = text(10_000)
    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    state = choice(Initiative.State.choices, null=False)
    due_on = day()


class InitiativeFilter(AtPersonaFilter):
    state = django_filters.ChoiceFilter(choices=Initiative.State.choices)
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")


class InitiativeView(ResourceView):
    serializer_class = InitiativeSerializer
    filterset_class = InitiativeFilter
    orderings = {**ResourceView.orderings, "due_on": ("due_on", "id")}
    save = staticmethod(services.save_initiatives)
    delete_one = staticmethod(services.delete_initiative)
    restore_one = staticmethod(services.restore_initiative)

    def rows(self) -> QuerySet:
        return selectors.initiative_rows()


class CaseSerializer(AtAccountSerializer):
    needs = ("account", "kind", "opened_at")

    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    kind = choice(Case.Kind.choices, null=False)
    severity = choice(Case.Severity.choices)
    subject = text(300)
    opened_at = serializers.DateTimeField(required=False)
    first_reply_at = moment()
    resolved_at = moment()
    solved = serializers.BooleanField(required=False, allow_null=True)
    felt = choice(Case.Felt.choices)
    url = serializers.URLField(max_length=1000, required=False, allow_blank=True, allow_null=True)
    shared = shared("all but escalations are shown")
    historical = historical()


class CaseFilter(AtPersonaFilter):
    kind = django_filters.ChoiceFilter(choices=Case.Kind.choices)
    severity = django_filters.ChoiceFilter(choices=Case.Severity.choices)
    resolved = FlagFilter(field_name="resolved_at", lookup_expr="isnull", exclude=True)


class CaseView(ResourceView):
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    orderings = {**ResourceView.orderings, "opened_at": ("opened_at", "id")}
    save = staticmethod(services.save_cases)
    delete_one = staticmethod(services.delete_case)
    restore_one = staticmethod(services.restore_case)

    def rows(self) -> QuerySet:
        return selectors.case_rows()


class OutcomeSerializer(AtAccountSerializer):
    needs = ("account", "kind", "happened_on")

    kind = choice(Outcome.Kind.choices, null=False)
    happened_on = serializers.DateField(required=False)
    arr_before = money()
    arr_after = money()
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, allow_null=True, help_text="ISO 4217.")
    reason = text(10_000)
    historical = historical()


class OutcomeFilter(AtAccountFilter):
    kind = django_filters.ChoiceFilter(choices=Outcome.Kind.choices)
    happened_from = django_filters.DateFilter(field_name="happened_on", lookup_expr="gte")
    happened_before = django_filters.DateFilter(field_name="happened_on", lookup_expr="lt")


class OutcomeView(ResourceView):
    serializer_class = OutcomeSerializer
    filterset_class = OutcomeFilter
    orderings = {**ResourceView.orderings, "happened_on": ("happened_on", "id")}
    save = staticmethod(services.save_outcomes)
    delete_one = staticmethod(services.delete_outcome)
    restore_one = staticmethod(services.restore_outcome)

    def rows(self) -> QuerySet:
        return selectors.outcome_rows()
