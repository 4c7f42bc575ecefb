"""The drivers behind a sentiment over REST."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView
from accounts.services.items import Fault
from relationships import selectors
from relationships.forms import FACETS, BehindFilter
from relationships.models import Sentiment


class BehindSerializer(serializers.Serializer):
    driver = serializers.CharField(allow_blank=True, help_text="Its key; empty where no driver is named.")
    label = serializers.CharField(allow_blank=True)
    people = serializers.ListField(
        child=serializers.UUIDField(), help_text="Ids of the people of whom it is said."
    )
    accounts = serializers.IntegerField(help_text="How many accounts they are at.")
    share = serializers.FloatField(help_text="0 to 1.")
    cumulative = serializers.FloatField(help_text="The share of the drivers down to this one, 0 to 1.")


class AreaSerializer(serializers.Serializer):
    area = serializers.CharField(allow_blank=True, help_text="Its key; empty where no product area is named.")
    label = serializers.CharField(allow_blank=True)
    people = serializers.IntegerField(help_text="Of how many people who feel like that.")
    accounts = serializers.IntegerField()


class DriversBehindSerializer(serializers.Serializer):
    """The most frequent driver first."""

    people = serializers.IntegerField(help_text="How many people feel like that.")
    rated = serializers.IntegerField(help_text="Of how many whose sentiment is rated.")
    results = BehindSerializer(many=True)
    areas = AreaSerializer(many=True, help_text="By product area, whichever is asked for.")


class BehindView(RestView):
    """``/drivers/behind``"""

    serializer_class = DriversBehindSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "feels", str, enum=Sentiment.values, description="negative where it is left out."
            ),
            OpenApiParameter("about", str, enum=FACETS, description="One of the three; else overall."),
            OpenApiParameter("segment", str),
            OpenApiParameter("account", UUID),
            OpenApiParameter("area", str, description="Key of a product area."),
        ],
        responses={200: DriversBehindSerializer},
        summary="What is behind a sentiment",
        description="The drivers that raters named, of the people who count, the most frequent first.",
    )
    def retrieve(self, request: Request) -> Response:
        form = BehindFilter(request.query_params)
        unknown = [name for name in request.query_params if name not in form.fields or name == "driver"]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        if not form.is_valid():
            raise Invalid(*(Fault(f"?{name}", "invalid", str(said[0])) for name, said in form.errors.items()))
        found = selectors.drivers_behind(tenant=self.actor.tenant, at=self.at, **form.asked())
        results = [{**vars(one), "driver": one.key, "people": one.ids} for one in found.drivers]
        areas = [{**vars(one), "area": one.key} for one in found.areas]
        body = {"people": found.people, "rated": found.rated, "results": results, "areas": areas}
        return Response(DriversBehindSerializer(body).data)
