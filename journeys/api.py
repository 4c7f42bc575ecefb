"""Stages, placements and prescriptions over REST."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import (
    Extra,
    Invalid,
    ItemSerializer,
    ListedView,
    ResourceView,
    RestView,
    StrictSerializer,
    WrittenView,
    choice,
    day,
    external_id,
    external_reference,
    historical,
    reference,
    text,
)
from accounts.api.work import warned, warnings
from accounts.models import Step
from accounts.services import Fault, Mode
from health import selectors as scores
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


class FeltSerializer(serializers.Serializer):
    """What is felt in a stage: the mean emotion of the accounts there of which enough is known."""

    emotion = serializers.FloatField(help_text="0..100.")
    accounts = serializers.IntegerField()


def felt(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    found = selectors.felt_in_stages(today=today, at=at)
    return {id: FeltSerializer(found[id]).data for id in ids if id in found}


class StageView(ResourceView):
    serializer_class = StageSerializer
    extras = {"felt": Extra(felt, FeltSerializer(read_only=True, allow_null=True))}
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
    account = django_filters.UUIDFilter(method="of", help_text="With those of accounts merged into it.")
    account_external_id = django_filters.CharFilter(method="named", help_text="As for `account`.")
    stage = django_filters.UUIDFilter(field_name="stage_id")

    def of(self, rows: QuerySet, name: str, account_id: UUID) -> QuerySet:
        return rows.filter(selectors.placements_of(account_id))

    def named(self, rows: QuerySet, name: str, external_id: str) -> QuerySet:
        own, merged = Q(account__external_id=external_id), Q(account__merged_into__external_id=external_id)
        return rows.filter(own | merged)


class PlacementView(WrittenView):
    serializer_class = PlacementSerializer
    filterset_class = PlacementFilter
    orderings = {"id": ("id",), "entered_on": ("entered_on", "id"), "recorded_at": ("recorded_at", "id")}
    tombstones = False
    bulk_mode = Mode.CREATE
    save = staticmethod(services.save_placements)

    def rows(self) -> QuerySet:
        return selectors.placement_list()


class PrescriptionSerializer(ItemSerializer):
    """The step that one cause asks for by default. Causes are ours: a quadrant, a flag, or the measure that fell."""

    id = serializers.UUIDField(read_only=True)
    cause = serializers.CharField(read_only=True, help_text="Such as flag:champion_left.")
    title = serializers.CharField(max_length=300, required=False)
    side = choice(Step.Side.choices, null=False)
    due_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    remedies = serializers.CharField(
        max_length=5000,
        required=False,
        allow_blank=True,
        help_text="What a support agent may do, a line each.",
    )
    active = serializers.BooleanField(required=False)


class PrescriptionFilter(django_filters.FilterSet):
    cause = django_filters.CharFilter()


class PrescriptionView(ListedView):
    """Prescriptions, in order of urgency."""

    serializer_class = PrescriptionSerializer
    filterset_class = PrescriptionFilter
    orderings = {"position": ("position", "id"), "id": ("id",)}
    tombstones = False

    def rows(self) -> QuerySet:
        return selectors.prescription_list()

    def list(self, request: Request) -> Response:
        services.ensure_prescriptions()
        return super().list(request)

    def partial_update(self, request: Request, id: UUID) -> Response:
        self.match(request, id)
        values = dict(self.get_serializer(partial=True).run_validation(request.data))
        try:
            row = services.save_prescription(prescription_id=id, values=values, actor=self.actor, at=self.at)
        except services.PrescriptionMissing as missing:
            raise Http404 from missing
        except services.JourneyRefused as refusal:
            raise Invalid(Fault(f"/{refusal.field}", refusal.code, str(refusal))) from refusal
        return self.answer(row)


class PrescribedSerializer(serializers.Serializer):
    """What is prescribed at an account now."""

    cause = serializers.CharField()
    words = serializers.CharField(help_text="The cause as a person reads it.")
    title = serializers.CharField()
    side = serializers.ChoiceField(choices=Step.Side.choices)
    due_days = serializers.IntegerField()
    remedies = serializers.ListField(child=serializers.CharField())
    persona = serializers.UUIDField(source="persona_id", allow_null=True, help_text="Who is behind it.")


class AcceptSerializer(StrictSerializer):
    cause = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="The cause that was shown; without it, whatever is prescribed now.",
    )


class AcceptedSerializer(serializers.Serializer):
    step = serializers.UUIDField(help_text="Id of the step.")
    cause = serializers.CharField()
    warnings = warnings()


class PrescribedView(RestView):
    """The next step that the account's state asks for: to be read, and accepted as a step of its owner."""

    serializer_class = PrescribedSerializer
    requests = {"accept": AcceptSerializer}
    answers = {
        "retrieve": {200: PrescribedSerializer},
        "accept": {200: AcceptedSerializer, 201: AcceptedSerializer},
    }

    def retrieve(self, request: Request, id: UUID) -> Response:
        """What is prescribed there now; 404 where nothing is, as at a prospect or where the account churned."""
        account_id = _known(id)
        found = selectors.prescribed(account_ids=[account_id]).get(account_id)
        if found is None:
            raise Http404
        return Response(PrescribedSerializer(found).data)

    def accept(self, request: Request, id: UUID) -> Response:
        """Make a step of it; accepting twice leaves one step."""
        account_id = _known(id)
        wanted = AcceptSerializer().run_validation(request.data)
        try:
            step, created = services.accept_prescription(
                account_id=account_id, cause=wanted.get("cause", ""), actor=self.actor, at=self.at
            )
        except services.NothingPrescribed as refusal:
            raise Invalid(Fault("/cause", refusal.code, str(refusal)), status=409) from refusal
        against = warned(step, actor=self.actor, at=self.at) if created else {}
        body = AcceptedSerializer({"step": step.pk, "cause": step.cause, **against}).data
        return Response(body, status=201 if created else 200)


def _known(account_id: UUID) -> UUID:
    if not scores.account_known(account_id):
        raise Http404
    return account_id
