"""Two days of the book compared, over REST: what the Monday view shows."""

from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts_selectors
from accounts.api.base import Invalid, RestView
from accounts.services import Fault
from csplatform.forms.monday import MondayForm
from csplatform.selectors import monday as selectors

MONEY = {"max_digits": 20, "decimal_places": 2}


class ChangeCauseSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="A sentence.")
    points = serializers.FloatField()
    persona = serializers.UUIDField(allow_null=True)
    measure = serializers.CharField(allow_blank=True)


class ChangeRowSerializer(serializers.Serializer):
    """One account; ``was`` and ``now`` are bands, ``new`` or ``lost``. The causes are the largest few."""

    account = serializers.UUIDField()
    name = serializers.CharField()
    arr = serializers.DecimalField(**MONEY, help_text="What it adds to the number.")
    was = serializers.CharField()
    now = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    delta = serializers.FloatField(allow_null=True)
    causes = ChangeCauseSerializer(many=True, source="why")


class ChangeSumSerializer(serializers.Serializer):
    accounts = serializers.IntegerField()
    arr = serializers.DecimalField(**MONEY)


class ChangeBandSerializer(serializers.Serializer):
    """then + entered - left + revalued = now, in money."""

    then = ChangeSumSerializer(source="sums.then")
    now = ChangeSumSerializer(source="sums.now")
    entered = ChangeRowSerializer(many=True)
    left = ChangeRowSerializer(many=True)
    revalued = ChangeRowSerializer(many=True)


class ChangeBandsSerializer(serializers.Serializer):
    at_risk = ChangeBandSerializer()
    watch = ChangeBandSerializer()
    healthy = ChangeBandSerializer()
    unknown = ChangeBandSerializer()


class ChangeRatedSerializer(serializers.Serializer):
    owner = serializers.UUIDField(source="owner_id", allow_null=True, help_text="The member; null: nobody.")
    people = serializers.IntegerField()
    rated = serializers.IntegerField()
    unrated = serializers.IntegerField()


class ChangeWorkSerializer(serializers.Serializer):
    made = serializers.IntegerField()
    done = serializers.IntegerField()
    in_time = serializers.IntegerField(help_text="Of those done.")
    broken = serializers.IntegerField(help_text="Promises that were given up.")
    late = serializers.IntegerField(help_text="Open and overdue on the last day.")


class ChangeRenewalSerializer(serializers.Serializer):
    account = serializers.UUIDField()
    name = serializers.CharField()
    arr = serializers.DecimalField(**MONEY)
    band = serializers.CharField()
    renewal_on = serializers.DateField()


class PortfolioChangeSerializer(serializers.Serializer):
    """Two days of the book compared, each as known then."""

    to = serializers.DateField(source="asked.last")
    currency = serializers.CharField()
    accounts = serializers.IntegerField(help_text="Live on the last day.")
    bands = ChangeBandsSerializer()
    movers = ChangeRowSerializer(many=True)
    rated = ChangeRatedSerializer(many=True)
    promises = ChangeWorkSerializer(source="work.promises")
    steps = ChangeWorkSerializer(source="work.steps")
    joined = serializers.IntegerField()
    left = serializers.IntegerField(source="gone")
    renewals = ChangeRenewalSerializer(many=True, help_text="Within 90 days after the last day.")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(source="asked.first"), **super().get_fields()}


class PortfolioChangeView(RestView):
    """``/portfolio/change``"""

    serializer_class = PortfolioChangeSerializer
    answers = {"retrieve": {200: PortfolioChangeSerializer}}
    parameters = {
        "retrieve": [
            OpenApiParameter(
                "from", date, description="The first day, from its morning; default the Monday before."
            ),
            OpenApiParameter("to", date, description="The last day, to its end or to now; default today."),
            OpenApiParameter("owner", str, description="E-mail of the accounts' owner."),
            OpenApiParameter("segment", str),
        ]
    }

    def retrieve(self, request: Request) -> Response:
        """What moved between two days, and why."""
        given = request.query_params
        unknown = [name for name in given if name not in ("from", "to", "owner", "segment")]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        asked = {name: given.get(name, "") for name in ("from", "to", "segment")}
        form = MondayForm({**asked, "owner": self.owner(given.get("owner", ""))}, today=self.today)
        if not form.is_valid():
            faults = [
                Fault(f"?{name}", one.code or "invalid", " ".join(one.messages))
                for name, errors in form.errors.as_data().items()
                for one in errors
            ]
            raise Invalid(*faults)
        found = selectors.monday(actor=self.actor, asked=form.asked(), at=self.at)
        return Response(PortfolioChangeSerializer(found).data)

    def owner(self, email: str) -> str:
        """The member with this e-mail. Raises Invalid."""
        if not email:
            return ""
        member = accounts_selectors.find_members(emails=[email]).get(email.lower())
        if member is None:
            raise Invalid(Fault("?owner", "missing", "There is no member with this e-mail."))
        return str(member)
