"""A member's own notifications over REST: those of the member who made the key."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import FlagFilter, Invalid, ItemSerializer, ListedView
from accounts.models import Notification
from accounts.services import Fault


class NotificationSerializer(ItemSerializer):
    id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=Notification.Kind.choices, read_only=True)
    text = serializers.SerializerMethodField(help_text="What happened, in words.")
    detail = serializers.SerializerMethodField(help_text="The title of the step or case that it is about.")
    count = serializers.IntegerField(
        read_only=True, help_text="Above 1: so many of a kind happened at once, and it names none."
    )
    account = serializers.UUIDField(source="account_id", read_only=True, allow_null=True)
    persona = serializers.UUIDField(source="persona_id", read_only=True, allow_null=True)
    object = serializers.UUIDField(
        source="object_id", read_only=True, allow_null=True, help_text="The note, step, case or round."
    )
    actor_email = serializers.EmailField(
        source="actor.user.email", read_only=True, default=None, allow_null=True
    )
    band = serializers.CharField(source="data.band", read_only=True, default=None, allow_null=True)
    flag = serializers.CharField(source="data.flag", read_only=True, default=None, allow_null=True)
    at = serializers.DateTimeField(read_only=True)
    read = serializers.BooleanField(required=False)
    read_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_text(self, notice: Notification) -> str:
        return selectors.notice_words(notice)

    def get_detail(self, notice: Notification) -> str:
        titles: dict[UUID, str] = self.context["view"].titles
        return titles.get(notice.object_id, "") if notice.object_id else ""


class NotificationFilter(django_filters.FilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=Notification.Kind.choices)
    read = FlagFilter(field_name="read_at", lookup_expr="isnull", exclude=True)


class NotificationView(ListedView):
    """Notifications: what the member who made the key is told. Nobody else reads them."""

    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    orderings = {"at": ("at", "id")}
    tombstones = False
    titles: dict[UUID, str]

    def rows(self) -> QuerySet:
        return selectors.notice_rows(actor=self.actor)

    def represent(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        self.titles = selectors.notice_titles(rows)
        return super().represent(rows)

    def partial_update(self, request: Request, id: UUID) -> Response:
        """Mark it as read."""
        self.match(request, id)
        notice = self.find(id)
        if self.get_serializer(partial=True).run_validation(request.data).get("read") is not True:
            raise Invalid(Fault("/read", "invalid", "What was told can only be read: true."))
        services.mark_read(ids=[notice.pk], actor=self.actor, at=self.at)
        return self.answer(self.find(id))
