"""``/differences``: people of whom touches and usage say something else than who rated them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as directory
from accounts.api.base import Invalid, RestView
from accounts.services.items import Fault
from relationships import selectors
from relationships.models import Strength

MOST = 1000
OpenApiAccount = OpenApiParameter("account", UUID, description="Of one account.")


class DifferenceSerializer(serializers.Serializer):
    """One person: what the rater says, what happened, and how many levels lie between (positive: the rater says more)."""

    persona = serializers.UUIDField()
    account = serializers.UUIDField()
    strength = serializers.ChoiceField(choices=Strength.choices, help_text="What the rater says.")
    rated_at = serializers.DateTimeField()
    rated_by_email = serializers.EmailField(allow_null=True)
    inferred = serializers.ChoiceField(choices=Strength.choices, help_text="What touches and usage say.")
    sure = serializers.FloatField(help_text="How sure that is, 0 to 1.")
    apart = serializers.IntegerField(help_text="Levels between them; positive where the rater says more.")
    weight = serializers.FloatField(
        help_text="What is left of the difference once both are weighed by their evidence."
    )
    reason = serializers.CharField()


class DifferencesSerializer(serializers.Serializer):
    """The most telling differences first, at most 1,000; ``total`` counts all."""

    total = serializers.IntegerField()
    results = DifferenceSerializer(many=True)


class DifferencesView(RestView):
    serializer_class = DifferencesSerializer

    @extend_schema(
        parameters=[
            OpenApiAccount,
            OpenApiParameter(
                "owner", str, description="E-mail of a member who owns the accounts or works on them."
            ),
        ],
        responses={200: DifferencesSerializer},
        summary="Where a rating and what happened lie far apart",
        description="Touches of 180 days and days in the product say how strong a relationship looks. It stands beside "
        "the rating and never enters the score.",
    )
    def retrieve(self, request: Request) -> Response:
        unknown = [name for name in request.query_params if name not in ("account", "owner")]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        found = selectors.divergences(
            at=self.at,
            today=selectors.local_day(tenant=self.actor.tenant, at=self.at),
            member=member_of(request.query_params.get("owner")),
            account_ids=account_of(request.query_params.get("account")),
            most=MOST,
        )
        body = {"total": found.total, "results": [_row(one) for one in found.rows]}
        return Response(DifferencesSerializer(body).data)


def _row(one: selectors.Divergence) -> dict[str, Any]:
    person, inferred = one.person, one.inferred
    return {
        "persona": person.id,
        "account": person.account_id,
        "strength": person.strength,
        "rated_at": person.rated_at,
        "rated_by_email": person.rater_email,
        "inferred": inferred.level,
        "sure": inferred.sure,
        "apart": one.apart,
        "weight": one.weight,
        "reason": one.reason(),
    }


def account_of(text: str | None) -> list[UUID] | None:
    """The account of a parameter. Raises Invalid."""
    try:
        return None if text is None else [UUID(text)]
    except ValueError:
        raise Invalid(Fault("?account", "invalid", "The id of an account.")) from None


def member_of(email: str | None) -> UUID | None:
    """The member whose e-mail a parameter names. Raises Invalid."""
    if not email:
        return None
    found = directory.find_members(emails=[email]).get(email.lower())
    if found is None:
        raise Invalid(Fault("?owner", "missing", "There is no member with this e-mail."))
    return found
