"""Touches by the stage of the time, and how each touchpoint fares, over REST."""

import datetime as dt
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.api.touches import TouchFilter, TouchView
from accounts.services import Fault
from csplatform.selectors import touches as selectors
from health.api.asking import read_moment


class WholeTouchFilter(TouchFilter):
    stage = django_filters.UUIDFilter(
        method="in_stage_then", help_text="Id of the stage that the account stood in on the day of the touch."
    )

    def in_stage_then(self, rows: QuerySet, name: str, stage_id: UUID) -> QuerySet:
        view = self.request.parser_context["view"]
        return selectors.in_stage_then(rows, stage_id=stage_id, tenant=view.actor.tenant, at=view.at)


class Touches(TouchView):
    filterset_class = WholeTouchFilter


class FeltAtTouchesSerializer(serializers.Serializer):
    """The first sentiment that was said of those who were there, within seven days from the touch."""

    n = serializers.IntegerField(help_text="Of how many something was said.")
    positive = serializers.FloatField(
        source="positive_share", allow_null=True, help_text="Share of n, 0 to 1; null where n is 0."
    )
    negative = serializers.FloatField(source="negative_share", allow_null=True, help_text="Share of n.")


class UseSerializer(serializers.Serializer):
    """One touchpoint."""

    key = serializers.CharField(source="touchpoint.key")
    label = serializers.CharField(source="touchpoint.label")
    active = serializers.BooleanField(source="touchpoint.active")
    touches = serializers.IntegerField()
    proactive = serializers.IntegerField(help_text="Touches that we began before anything went wrong.")
    accounts = serializers.IntegerField()
    felt = FeltAtTouchesSerializer()


class UsesSerializer(serializers.Serializer):
    """Every touchpoint in its order, with what happened there in this time."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    results = UseSerializer(many=True)


class TouchpointUsesView(RestView):
    serializer_class = UsesSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("since", dt.datetime, description="By default 90 days before until."),
            OpenApiParameter("until", dt.datetime, description="By default now."),
        ],
        responses={200: UsesSerializer},
        summary="How touchpoints fare",
        description="How many touches each touchpoint had, how many of them were proactive, at how many accounts, and "
        "what was felt there.",
    )
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, ("since", "until"))
        until = read_moment(request, "until", latest=self.at) or self.at
        since = read_moment(request, "since", latest=self.at) or until - selectors.QUARTER
        if since > until:
            raise Invalid(Fault("?since", "invalid", "Not after until."))
        uses = selectors.touchpoint_uses(since=since, until=until)
        return Response(UsesSerializer({"since": since, "until": until, "results": uses}).data)
