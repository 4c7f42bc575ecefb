"""Webhooks over REST: the catalogue of events, the addresses that are told of them, their deliveries, and subscribe /
unsubscribe for tools in the manner of REST hooks. Admin keys only; a secret is shown once, when it is made."""

from datetime import datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import Invalid, ItemSerializer, ListedView, StrictSerializer
from accounts.api.base.schema import list_of
from accounts.models import EVENT_NAMES, EVENTS, Scope, Webhook, WebhookDelivery
from accounts.services import Fault


class EventSerializer(serializers.Serializer):
    name = serializers.CharField()
    says = serializers.CharField()


class WebhookSerializer(ItemSerializer):
    """An address that is told of events. Requests are signed as Standard Webhooks says."""

    needs = ("url", "events")

    id = serializers.UUIDField(read_only=True)
    url = serializers.CharField(
        max_length=1000, required=False, help_text="https, on a public address, without redirects."
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENT_NAMES), required=False, max_length=100
    )
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    active = serializers.BooleanField(source="is_active", required=False)
    disabled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    disabled_reason = serializers.CharField(read_only=True)
    failures = serializers.IntegerField(read_only=True, help_text="Failed attempts since the last success.")
    held_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Nothing is sent before: it failed, or asked us to wait."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class NewWebhookSerializer(WebhookSerializer):
    """The webhook with its secret, which is never shown again."""

    secret = serializers.CharField(read_only=True)


class KeptMoment(serializers.DateTimeField):
    """A moment that is kept as text in a document."""

    def to_representation(self, value: str) -> str:
        return str(super().to_representation(datetime.fromisoformat(value)))


class TrySerializer(serializers.Serializer):
    """One attempt at a delivery."""

    at = KeptMoment()
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer; null where none came.")
    took_ms = serializers.IntegerField(source="ms")
    error = serializers.CharField(help_text="What went wrong; empty for one that arrived.")


class DeliverySerializer(ItemSerializer):
    """One event for one webhook. Its id is the header webhook-id of every attempt."""

    id = serializers.UUIDField(read_only=True)
    event = serializers.CharField(read_only=True)
    activity = serializers.UUIDField(source="activity_id", read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, read_only=True)
    attempts = serializers.IntegerField(read_only=True)
    available_at = serializers.DateTimeField(
        read_only=True, help_text="When it is tried next, while waiting."
    )
    expires_at = serializers.DateTimeField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    status = serializers.IntegerField(read_only=True, allow_null=True, help_text="Of the last answer.")
    took_ms = serializers.IntegerField(read_only=True, allow_null=True)
    error = serializers.CharField(read_only=True)
    answer = serializers.CharField(read_only=True, help_text="The beginning of the last answer.")
    tries = TrySerializer(
        many=True, read_only=True, help_text=f"The last {services.TRIES_KEPT} attempts, the oldest first."
    )


class SpanSerializer(StrictSerializer):
    """The deliveries to send again: those left from ``since`` to ``until`` (now) that did not arrive, or all."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False)
    delivered = serializers.BooleanField(default=False, help_text="Those that arrived, too.")


class ReplayedSerializer(serializers.Serializer):
    deliveries = serializers.IntegerField(help_text="How many will be sent again.")


class SubscribeSerializer(StrictSerializer):
    target_url = serializers.CharField(max_length=1000)
    event = serializers.ChoiceField(choices=EVENT_NAMES)


class UnsubscribeSerializer(StrictSerializer):
    target_url = serializers.CharField(max_length=1000)
    event = serializers.ChoiceField(
        choices=EVENT_NAMES, required=False, help_text="Only this one; else every event."
    )


class WebhookFilter(django_filters.FilterSet):
    url = django_filters.CharFilter()


class WebhookView(ListedView):
    """Webhooks: who is told of what, as it happens, at least once, for up to 72 hours."""

    scope = Scope.ADMIN
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    orderings = {"created_at": ("created_at", "id"), "id": ("id",)}
    tombstones = False
    summaries = {
        "destroy": "Remove a webhook for good",
        "rotate": "Make a new secret",
        "test": "Send a test event",
        "replay": "Send the deliveries of a span again",
        "subscribe": "Tell an address of an event",
        "unsubscribe": "Tell an address no more",
        "events": "The catalogue of events",
    }
    requests = {
        "create": WebhookSerializer,
        "partial_update": WebhookSerializer(partial=True),
        "destroy": None,
        "rotate": None,
        "test": None,
        "replay": SpanSerializer,
        "subscribe": SubscribeSerializer,
        "unsubscribe": UnsubscribeSerializer,
    }
    answers = {
        "create": {201: NewWebhookSerializer},
        "partial_update": {200: WebhookSerializer},
        "destroy": {204: None},
        "rotate": {200: NewWebhookSerializer},
        "test": {202: DeliverySerializer},
        "replay": {202: ReplayedSerializer},
        "subscribe": {200: WebhookSerializer, 201: NewWebhookSerializer},
        "unsubscribe": {204: None},
        "events": {200: list_of(EventSerializer)},
    }

    def rows(self) -> QuerySet:
        return selectors.webhook_rows()

    def create(self, request: Request) -> Response:
        """Add a webhook; the answer alone shows its secret."""
        values = self._values(request)
        missing = [name for name in WebhookSerializer.needs if name not in values]
        if missing:
            raise Invalid(*(Fault(f"/{name}", "required", "This field is required.") for name in missing))
        active = values.pop("active", True)
        webhook = services.add_webhook(**values, actor=self.actor, at=self.at)
        if not active:
            webhook = services.change_webhook(
                webhook_id=webhook.pk, active=False, actor=self.actor, at=self.at
            )
        return self._with_secret(webhook, status=201)

    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a webhook; one that is switched on again gets what waited for it."""
        self.match(request, id)
        values = self._values(request)
        services.change_webhook(webhook_id=id, **values, actor=self.actor, at=self.at)
        return self.answer(self.find(id))

    def destroy(self, request: Request, id: UUID) -> Response:
        """Remove a webhook with its secret and its deliveries, for good."""
        self.match(request, id)
        services.delete_webhook(webhook_id=id, actor=self.actor, at=self.at)
        return Response(status=204)

    def rotate(self, request: Request, id: UUID) -> Response:
        """Make a new secret; the old one signs beside it for 24 hours."""
        webhook = services.rotate_secret(webhook_id=id, actor=self.actor, at=self.at)
        return self._with_secret(webhook, status=200)

    def test(self, request: Request, id: UUID) -> Response:
        """Send a test event (webhook.test)."""
        delivery = services.send_test(webhook_id=id, actor=self.actor, at=self.at)
        return Response(DeliverySerializer(delivery).data, status=202)

    def replay(self, request: Request, id: UUID) -> Response:
        """Send the deliveries of a span again, each under its own id."""
        values = SpanSerializer().run_validation(request.data)
        values.setdefault("until", self.at)
        count = services.replay_span(webhook_id=id, **values, actor=self.actor, at=self.at)
        return Response({"deliveries": count}, status=202)

    def subscribe(self, request: Request) -> Response:
        """Tell an address of one event, beside what it is told of already."""
        values = SubscribeSerializer().run_validation(request.data)
        webhook, is_new = services.subscribe(
            url=values["target_url"], event=values["event"], actor=self.actor, at=self.at
        )
        return self._with_secret(webhook, status=201) if is_new else self.answer(self.find(webhook.pk))

    def unsubscribe(self, request: Request) -> Response:
        """Tell an address no more of one event, or of anything; with the last event the webhook goes."""
        values = UnsubscribeSerializer().run_validation(request.data)
        services.unsubscribe(
            url=values["target_url"], event=values.get("event"), actor=self.actor, at=self.at
        )
        return Response(status=204)

    def events(self, request: Request) -> Response:
        """The catalogue: every event that a webhook may be told of."""
        return Response({"results": EventSerializer(EVENTS, many=True).data, "next": None, "previous": None})

    def _values(self, request: Request) -> dict[str, Any]:
        return dict(self.get_serializer(partial=True).run_validation(request.data))

    def _with_secret(self, webhook: Webhook, *, status: int) -> Response:
        answer = self.answer(webhook, status=status)
        answer.data["secret"] = webhook.secret
        answer.shows_secret = True  # type: ignore[attr-defined]
        return answer


class DeliveryFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices)
    event = django_filters.CharFilter()


class DeliveryView(ListedView):
    """What became of the events for one webhook; kept for 30 days, at most 20,000."""

    scope = Scope.ADMIN
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    orderings = {"created_at": ("created_at", "id")}
    tombstones = False
    summaries = {"list": "What became of the events for a webhook", "replay": "Send one delivery again"}
    requests = {"replay": None}
    answers = {"replay": {202: DeliverySerializer}}

    def rows(self) -> QuerySet:
        return selectors.delivery_rows(webhook_id=self.kwargs.get("webhook_id"))

    def list(self, request: Request, webhook_id: UUID) -> Response:
        selectors.webhook_rows().get(pk=webhook_id)
        return super().list(request)

    def replay(self, request: Request, webhook_id: UUID, id: UUID) -> Response:
        """Send one delivery again, under the same id."""
        delivery = services.replay_delivery(
            webhook_id=webhook_id, delivery_id=id, actor=self.actor, at=self.at
        )
        return Response(DeliverySerializer(delivery).data, status=202)
