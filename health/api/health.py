"""The health of one account over REST: now or at a moment, its history, why it moved, its override, its coverage."""

import datetime as dt
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, StrictSerializer, refuse_unknown
from accounts.models import Account
from accounts.services.items import Fault
from health import selectors
from health import services as health
from health.api.asking import read_moment, require_account
from health.models import Band, Quadrant

WEEK = dt.timedelta(days=7)
HISTORY = dt.timedelta(days=366)
LAST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
AT = OpenApiParameter(
    "at", dt.datetime, description="As known at that moment; by default the last stored score."
)
FROM = OpenApiParameter("from", dt.datetime)
TO = OpenApiParameter("to", dt.datetime)


class AxisSerializer(serializers.Serializer):
    score = serializers.FloatField(help_text="0..100")
    evidence = serializers.FloatField(help_text="0..1")


class ContributorSerializer(serializers.Serializer):
    persona = serializers.UUIDField(allow_null=True)
    seat = serializers.CharField(allow_null=True, help_text="The role of a seat that nobody holds.")
    contribution = serializers.FloatField(help_text="Points of health.")


class AnsweredSerializer(serializers.Serializer):
    k = serializers.IntegerField()
    n = serializers.IntegerField()


class MeasureSerializer(serializers.Serializer):
    key = serializers.CharField()
    axis = serializers.ChoiceField(choices=["behavioural", "emotional"])
    raw = serializers.FloatField(allow_null=True, help_text="In the measure's own unit.")
    value = serializers.FloatField(allow_null=True, help_text="0..100; null where it is missing.")
    evidence = serializers.FloatField(help_text="0..1")
    weight = serializers.FloatField()
    contribution = serializers.FloatField(help_text="Points; all of them sum to score - 50.")
    age_days = serializers.FloatField(allow_null=True)
    answered = AnsweredSerializer(allow_null=True)
    personas = ContributorSerializer(many=True)


class FlagSerializer(serializers.Serializer):
    code = serializers.CharField()
    cap = serializers.CharField(allow_null=True)
    since = serializers.CharField(allow_null=True)
    detail = serializers.CharField()
    id = serializers.UUIDField(required=False, help_text="Of a flag raised by hand: see /flags.")
    author = serializers.UUIDField(required=False, allow_null=True, help_text="Member who raised it by hand.")
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Of a flag raised by hand: when it goes down by itself."
    )


class OverrideSerializer(serializers.Serializer):
    band = serializers.ChoiceField(choices=Band.choices)
    reason = serializers.CharField()
    author = serializers.UUIDField(allow_null=True)
    set_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class HealthSerializer(serializers.Serializer):
    """The health of an account; parts sum exactly."""

    score = serializers.FloatField()
    evidence = serializers.FloatField()
    band = serializers.ChoiceField(choices=Band.choices, help_text="Shown: flags and override included.")
    band_computed = serializers.ChoiceField(choices=Band.choices)
    quadrant = serializers.ChoiceField(choices=Quadrant.choices)
    behavioural = AxisSerializer()
    emotional = AxisSerializer()
    age_days = serializers.FloatField(allow_null=True)
    measures = MeasureSerializer(many=True)
    flags = FlagSerializer(many=True)
    override = OverrideSerializer(allow_null=True)
    scorecard_version = serializers.IntegerField()
    at = serializers.DateTimeField()


class ShortHealthSerializer(serializers.Serializer):
    """The health of an account in short, as last stored."""

    score = serializers.FloatField()
    evidence = serializers.FloatField()
    band = serializers.ChoiceField(choices=Band.choices)
    quadrant = serializers.ChoiceField(choices=Quadrant.choices)
    flags = FlagSerializer(many=True)
    change_7d = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    scored_at = serializers.DateTimeField()


class SnapshotSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    score = serializers.FloatField()
    evidence = serializers.FloatField()
    band = serializers.ChoiceField(choices=Band.choices)
    behavioural = AxisSerializer()
    emotional = AxisSerializer()


class CauseSerializer(serializers.Serializer):
    measure = serializers.CharField()
    value_part = serializers.FloatField()
    evidence_part = serializers.FloatField()
    personas = ContributorSerializer(many=True)


class ChangeSerializer(serializers.Serializer):
    """Why the score moved; causes sum exactly to delta. (``from`` is the moment compared with.)"""

    to = serializers.DateTimeField()
    score_from = serializers.FloatField()
    score_to = serializers.FloatField()
    delta = serializers.FloatField()
    causes = CauseSerializer(many=True)


class DepartureRateSerializer(serializers.Serializer):
    """How often people leave, over your whole book in the last 24 months."""

    yearly = serializers.FloatField(help_text="The chance that a person leaves within a year.")
    departures = serializers.IntegerField()
    person_years = serializers.FloatField()


class CoverageSerializer(serializers.Serializer):
    """What is counted from ratings is null while you are asked for a blind second rating at the account."""

    coverage = serializers.FloatField(allow_null=True)
    headcount = serializers.FloatField(allow_null=True)
    role_coverage = serializers.FloatField(allow_null=True)
    if_top_leaves = serializers.FloatField(allow_null=True)
    threads = serializers.IntegerField(allow_null=True)
    effective_threads = serializers.FloatField(allow_null=True)
    top_share = serializers.FloatField(allow_null=True)
    top_persona = serializers.UUIDField(allow_null=True)
    single_threaded = serializers.BooleanField(allow_null=True)
    p_no_thread = serializers.FloatField(
        allow_null=True,
        help_text="No thread left in 12 months, at the rate at which people left this account in the last 24.",
    )
    required_roles = serializers.ListField(
        child=serializers.CharField(), help_text="What the scorecard asks of the account's tier."
    )
    required_since = serializers.DateField(
        allow_null=True, help_text="The day from which on it asks for these; null: from the beginning."
    )
    missing_roles = serializers.ListField(
        child=serializers.CharField(), help_text="Without a covered holder."
    )
    vacant_roles = serializers.ListField(
        child=serializers.CharField(), help_text="Required, and whoever held it left."
    )
    unknown_roles = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Required, and nobody ever held it."
    )
    people = serializers.ListField(child=serializers.DictField())
    renewal_on = serializers.DateField(allow_null=True)
    p_no_thread_at_renewal = serializers.FloatField(
        allow_null=True,
        help_text="No thread left at the renewal, at the departure rate of your whole book; null without one ahead.",
    )
    departure_rate = DepartureRateSerializer()
    at = serializers.DateTimeField()


class CoverageNightSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    coverage = serializers.FloatField(allow_null=True)
    threads = serializers.IntegerField()
    single_threaded = serializers.BooleanField()


class NewOverrideSerializer(StrictSerializer):
    band = serializers.ChoiceField(choices=Band.choices)
    reason = serializers.CharField(max_length=2000)
    expires_at = serializers.DateTimeField()


class HealthView(RestView):
    """``/accounts/{id}/health``"""

    serializer_class = HealthSerializer

    @extend_schema(parameters=[AT], responses=HealthSerializer, summary="The health of an account")
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, {"at"})
        at = read_moment(request, "at", latest=self.at)
        require_account(id)
        try:
            return Response(selectors.health(id, at=at))
        except selectors.NotScored:
            return Response(selectors.health(id, at=self.at))


class HistoryView(RestView):
    """``/accounts/{id}/health/history``"""

    serializer_class = SnapshotSerializer

    @extend_schema(
        parameters=[FROM, TO], responses=SnapshotSerializer(many=True), summary="The daily snapshots"
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, {"from", "to"})
        end = read_moment(request, "to", latest=LAST) or self.at
        start = read_moment(request, "from", latest=LAST) or end - HISTORY
        return Response(selectors.score_history(require_account(id), start, end))


class ChangeView(RestView):
    """``/accounts/{id}/health/change``"""

    serializer_class = ChangeSerializer

    @extend_schema(parameters=[FROM, TO], responses=ChangeSerializer, summary="Why the score moved")
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, {"from", "to"})
        end = read_moment(request, "to", latest=self.at) or self.at
        start = read_moment(request, "from", latest=self.at) or end - WEEK
        return Response(selectors.score_change(require_account(id), start, end))


class CoverageView(RestView):
    """``/accounts/{id}/coverage``"""

    serializer_class = CoverageSerializer

    @extend_schema(parameters=[AT], responses=CoverageSerializer, summary="Who knows us there")
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, {"at"})
        at = read_moment(request, "at", latest=self.at)
        require_account(id)
        try:
            return Response(selectors.coverage(id, at=at))
        except selectors.NotScored:
            return Response(selectors.coverage(id, at=self.at))


class CoverageHistoryView(RestView):
    """``/accounts/{id}/coverage/history``"""

    serializer_class = CoverageNightSerializer

    @extend_schema(
        parameters=[FROM, TO],
        responses=CoverageNightSerializer(many=True),
        summary="Who knew us there, night by night",
        description="As known at each midnight; by default the last 366 days.",
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, {"from", "to"})
        end = read_moment(request, "to", latest=LAST) or self.at
        start = read_moment(request, "from", latest=LAST) or end - HISTORY
        return Response(selectors.account_coverage_history(require_account(id), start, end))


class OverrideView(RestView):
    """``/accounts/{id}/health/override``"""

    serializer_class = NewOverrideSerializer

    @extend_schema(responses=OverrideSerializer, summary="Show another band until a day")
    def replace(self, request: Request, id: UUID) -> Response:
        values = NewOverrideSerializer().run_validation(request.data)
        account = self._account(id)
        try:
            health.set_override(
                account=account, override=health.NewOverride(**values), actor=self.actor, at=self.at
            )
        except health.BadOverride as error:
            raise Invalid(Fault(f"/{error.field}", "invalid", str(error))) from error
        return Response(selectors.health(id)["override"])

    @extend_schema(responses={204: None}, summary="Show the computed band again")
    def destroy(self, request: Request, id: UUID) -> Response:
        health.clear_override(account=self._account(id), actor=self.actor, at=self.at)
        return Response(status=204)

    def _account(self, id: UUID) -> Any:
        return Account.objects.get(pk=id, deleted_at=None)
