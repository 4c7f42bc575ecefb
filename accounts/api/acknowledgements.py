"""What managers said of an account at risk, over REST."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.base import RestView, StrictSerializer
from accounts.api.base.schema import list_of
from accounts.models import Account, Acknowledgement
from accounts.services.acknowledging import LONGEST_PLAN


class NewAcknowledgementSerializer(StrictSerializer):
    """Seen, and what its manager will do. Leaders and admins in the browser, keys that write."""

    plan = serializers.CharField(max_length=LONGEST_PLAN, help_text="What the manager will do.")
    look_again_on = serializers.DateField(
        required=False, allow_null=True, help_text="When they look again; overdue after it if still at risk."
    )


class AcknowledgementSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    account = serializers.UUIDField(source="account_id")
    plan = serializers.CharField()
    look_again_on = serializers.DateField(allow_null=True)
    author = serializers.EmailField(source="author.user.email", allow_null=True, default=None)
    recorded_at = serializers.DateTimeField()


class AcknowledgementView(RestView):
    """``/accounts/{id}/acknowledgements``"""

    serializer_class = AcknowledgementSerializer
    requests = {"create": NewAcknowledgementSerializer}
    answers = {"create": {201: AcknowledgementSerializer}, "list": {200: list_of(AcknowledgementSerializer)}}
    summaries = {
        "create": "Acknowledge an account at risk",
        "list": "What managers said of an account at risk",
    }

    def list(self, request: Request, id: UUID) -> Response:
        """Every word of a manager on this account, the newest first."""
        account = Account.objects.get(pk=id, deleted_at=None)
        rows = Acknowledgement.objects.filter(account=account).select_related("author__user")
        results = AcknowledgementSerializer(rows.order_by("-recorded_at", "-pk"), many=True).data
        return Response({"results": results, "next": None, "previous": None})

    def create(self, request: Request, id: UUID) -> Response:
        values: dict[str, Any] = NewAcknowledgementSerializer().run_validation(request.data)
        made = services.acknowledge(account_id=id, **values, actor=self.actor, today=self.today, at=self.at)
        return Response(AcknowledgementSerializer(made).data, status=201)
