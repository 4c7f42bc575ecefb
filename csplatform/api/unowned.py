"""What nobody owns, over REST."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.services import Fault
from csplatform.selectors.unowned import KINDS, unowned

MOST = 1000


class UnownedItemSerializer(serializers.Serializer):
    """One thing that nobody answers for."""

    kind = serializers.ChoiceField(choices=KINDS)
    id = serializers.UUIDField()
    title = serializers.CharField()
    account = serializers.UUIDField(source="account_id")
    former_owner_email = serializers.EmailField(
        source="former.user.email", default=None, allow_null=True, help_text="Who is no longer a member."
    )
    account_owner_email = serializers.EmailField(source="helper.user.email", default=None, allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="Of an account: its renewal.")


class UnownedSerializer(serializers.Serializer):
    """How many there are of each kind, and the most pressing, at most 1,000."""

    counts = serializers.DictField(child=serializers.IntegerField())
    results = UnownedItemSerializer(many=True, source="items")


class UnownedView(RestView):
    serializer_class = UnownedSerializer

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, enum=KINDS, description="Of this kind alone.")],
        responses={200: UnownedSerializer},
        summary="What nobody owns",
        description="Live accounts, and open steps, promises and situations at them, that have no owner or one who is no "
        "longer a member.",
    )
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, ("kind",))
        kind = request.query_params.get("kind", "")
        if kind and kind not in KINDS:
            raise Invalid(Fault("?kind", "invalid_choice", f"One of {', '.join(KINDS)}."))
        return Response(UnownedSerializer(unowned(kind=kind, most=MOST)).data)
