"""How well raters agree, pair by pair, and on whom they differ, over REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts
from accounts.api.base import Invalid, RestView
from accounts.services import Fault
from relationships import selectors
from relationships.models import Sentiment, Strength

MOST = 1000


class KappaSerializer(serializers.Serializer):
    n = serializers.IntegerField(help_text="People whom both rated blindly.")
    needed = serializers.IntegerField(help_text="With fewer people no kappa is told.")
    same = serializers.FloatField(allow_null=True, help_text="Share on which both say the same, 0..1.")
    kappa = serializers.FloatField(allow_null=True, help_text="Weighted kappa, linear weights.")
    error = serializers.FloatField(allow_null=True, help_text="Its standard error.")
    low = serializers.FloatField(allow_null=True, help_text="The lower end of the 95 % interval.")
    high = serializers.FloatField(allow_null=True, help_text="The upper end.")


class AgreementSerializer(serializers.Serializer):
    """How well two raters agree."""

    rater_emails = serializers.ListField(child=serializers.EmailField())
    strength = KappaSerializer()
    sentiment = KappaSerializer()
    aside = serializers.IntegerField(
        help_text="People left out: one rater might have seen the other's rating."
    )


class WordSerializer(serializers.Serializer):
    """What one rater said."""

    rater_email = serializers.EmailField(allow_blank=True)
    strength = serializers.ChoiceField(choices=Strength.choices)
    sentiment = serializers.ChoiceField(choices=Sentiment.choices, allow_null=True, help_text="Overall.")


class DifferedSerializer(serializers.Serializer):
    """A person whom two raters of a round saw differently, the second blind."""

    persona = serializers.UUIDField()
    name = serializers.CharField()
    account = serializers.UUIDField()
    round = serializers.UUIDField()
    first = WordSerializer()
    second = WordSerializer(help_text="Given blind.")
    apart = serializers.IntegerField(help_text="Levels between them, in strength or sentiment: the more.")
    independent = serializers.BooleanField(
        help_text="False: the first rated after the second had, and might have seen it; kappa leaves them out."
    )
    at = serializers.DateTimeField(help_text="When the second had rated.")


class SideSerializer(serializers.Serializer):
    """One end of a disagreement."""

    value = serializers.CharField(help_text="A strength, or a sentiment.")
    rater = serializers.CharField(help_text="Name, or e-mail without one.")
    rated_at = serializers.DateTimeField()


class ApartSerializer(serializers.Serializer):
    """Two raters' newest words on one facet of a person, in a round or not."""

    persona = serializers.UUIDField()
    name = serializers.CharField()
    account = serializers.UUIDField()
    facet = serializers.ChoiceField(choices=["strength", "brand", "product", "service"])
    low = SideSerializer()
    high = SideSerializer()


class AgreementsSerializer(serializers.Serializer):
    results = AgreementSerializer(many=True)
    people = DifferedSerializer(
        many=True,
        help_text="Whom two raters of a round saw differently: the widest apart first, at most 1,000.",
    )
    people_total = serializers.IntegerField(help_text="Counts them all.")
    apart = ApartSerializer(
        many=True,
        help_text="Two levels apart among all ratings of 120 days, of live accounts: the widest first, at most 1,000.",
    )
    more_apart = serializers.BooleanField(help_text="Whether there are more than these.")


class AgreementView(RestView):
    """``/agreement``"""

    serializer_class = AgreementsSerializer

    @extend_schema(
        responses={200: AgreementsSerializer},
        summary="How well raters agree, pair by pair, and on whom they differ",
        description="A key of somebody who still owes a blind second rating is told nothing of that person.",
    )
    def retrieve(self, request: Request) -> Response:
        if request.query_params:
            raise Invalid(
                *(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in request.query_params)
            )
        emails = {one.pk: one.user.email for one in accounts.members(tenant_id=self.actor.tenant_id)}
        twice = selectors.rated_twice()
        differing = [one for one in sorted(twice, key=lambda one: -one.apart) if one.apart]
        apart = selectors.disagreements(at=self.at, most=MOST + 1)
        body = {
            "results": [_pair(pair, emails) for pair in selectors.rater_pairs(twice)],
            "people": [_differed(one, emails) for one in differing[:MOST]],
            "people_total": len(differing),
            "apart": [_apart(one) for one in apart[:MOST]],
            "more_apart": len(apart) > MOST,
        }
        return Response(AgreementsSerializer(body).data)


def _pair(pair: selectors.RaterPair, emails: dict[Any, str]) -> dict[str, Any]:
    return {
        "rater_emails": [emails.get(rater, "") for rater in pair.raters],
        "strength": vars(pair.strength),
        "sentiment": vars(pair.sentiment),
        "aside": pair.aside,
    }


def _differed(one: selectors.RatedTwice, emails: dict[Any, str]) -> dict[str, Any]:
    first, second = (
        {"rater_email": emails.get(word.rater_id, ""), "strength": word.strength, "sentiment": word.sentiment}
        for word in (one.first, one.second)
    )
    return {
        "persona": one.persona_id,
        "name": one.name,
        "account": one.account_id,
        "round": one.round_id,
        "first": first,
        "second": second,
        "apart": one.apart,
        "independent": one.independent,
        "at": one.at,
    }


def _apart(one: selectors.Disagreement) -> dict[str, Any]:
    return {
        "persona": one.persona_id,
        "name": one.name,
        "account": one.account_id,
        "facet": one.facet,
        "low": {"value": one.low, "rater": one.low_rater, "rated_at": one.low_at},
        "high": {"value": one.high, "rater": one.high_rater, "rated_at": one.high_at},
    }
