"""What the product is compared with, on the same server: the usual way to take events, and a view that does nothing."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Account
from csplatform import urls
from health.models import UsageEvent


class EventSerializer(serializers.Serializer):
    message_id = serializers.CharField(max_length=255)
    account_external_id = serializers.CharField(max_length=255)
    user_key = serializers.CharField(max_length=255)
    feature = serializers.CharField(max_length=100)
    occurred_at = serializers.DateTimeField()
    properties = serializers.DictField(required=False, allow_null=True)


class EventsSerializer(serializers.Serializer):
    events = EventSerializer(many=True)


class UsualEventsView(APIView):
    """Validated by a DRF serializer, stored by bulk_create; no deduplication, no roll-up."""

    permission_classes: list = []
    parser_classes = [JSONParser]

    def post(self, request: Request) -> Response:
        serializer = EventsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        events = serializer.validated_data["events"]
        named = Account.objects.filter(external_id__in={event["account_external_id"] for event in events})
        ids = dict(named.values_list("external_id", "pk"))
        now = timezone.now()
        UsageEvent.objects.bulk_create(
            UsageEvent(
                account_id=ids.get(event["account_external_id"]),
                account_external_id=event["account_external_id"],
                user_key=event["user_key"],
                feature=event["feature"],
                occurred_at=event["occurred_at"],
                recorded_at=now,
                properties=event.get("properties"),
                batch=0,
            )
            for event in events
        )
        return Response({"accepted": len(events)}, status=202)


@transaction.non_atomic_requests
def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


urlpatterns = [
    path("api/v1/bench/usage", UsualEventsView.as_view()),
    path("hello", hello),
    path("", include(urls)),
]
