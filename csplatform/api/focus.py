"""Where a look at an account saves most, over REST."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.services import Fault
from csplatform.api.acting import NextStepSerializer
from csplatform.selectors import focus
from csplatform.selectors.book import BookFilter
from health.api.asking import read_member


class FocusRowSerializer(serializers.Serializer):
    """One account: points = worth x loss_rate x renewal_factor x ability, in the tenant's currency."""

    account = serializers.UUIDField(source="id")
    name = serializers.CharField()
    band = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    worth = serializers.DecimalField(max_digits=20, decimal_places=2)
    loss_rate = serializers.FloatField(source="factors.loss_rate")
    renewal_factor = serializers.FloatField(source="factors.hurry")
    ability = serializers.FloatField(
        source="factors.ability",
        help_text="1, or 0.5 where no step of ours is for this week: the account waits for them, or the step is for later "
        "or snoozed beyond it.",
    )
    points = serializers.FloatField(source="factors.points")
    renewal_days = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Sentences.")
    next_step = NextStepSerializer(source="acting.step", allow_null=True)
    last_touch_at = serializers.DateTimeField(source="acting.touch.at", default=None, allow_null=True)
    prescribed = serializers.CharField(source="acting.prescribed.title", default=None, allow_null=True)


class FocusSerializer(serializers.Serializer):
    """The live accounts by what a look at each may save."""

    results = FocusRowSerializer(many=True, source="rows")
    accounts = serializers.IntegerField(help_text="Live ones in this part of the book.")
    without_rate = serializers.IntegerField(help_text="Of them without an exchange rate, so not ranked.")
    loss_rates = serializers.DictField(source="chances.rates", child=serializers.FloatField())
    own_outcomes = serializers.BooleanField(
        source="chances.own", help_text="Whether the rates come from your own outcomes (40 or more)."
    )


class FocusView(RestView):
    """The focus list."""

    serializer_class = FocusSerializer
    answers = {"retrieve": {200: FocusSerializer}}
    parameters = {
        "retrieve": [
            OpenApiParameter("owner", str, description="E-mail of the accounts' owner."),
            OpenApiParameter("limit", int, description=f"Default {focus.MOST}, at most 1000."),
        ]
    }

    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, ("owner", "limit"))
        given = request.query_params.get("limit", str(focus.MOST))
        if not (given.isascii() and given.isdigit() and 0 < int(given[:5]) <= 1000):
            raise Invalid(Fault("?limit", "invalid", "A number from 1 to 1000."))
        wanted = BookFilter(owner=read_member(request, "owner"))
        found = focus.focus_list(actor=self.actor, wanted=wanted, at=self.at, most=int(given))
        return Response(FocusSerializer(found).data)
