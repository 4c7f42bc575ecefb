"""The tenant over REST: who am I, members, features, jobs, and the change feed."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import Invalid, ItemSerializer, ListedView, RestView, StrictSerializer, refuse_unknown
from accounts.api.base.paging import MAX_LIMIT, page_of_all, read_limit
from accounts.api.base.resources import MAX_ITEMS
from accounts.api.base.schema import list_of, page_parameters
from accounts.models import Activity, Job, Membership, Role, Scope
from accounts.services.limits import REQUESTS_A_MINUTE


class AnyKey(BasePermission):
    """Whoever holds a working key, whatever its scopes."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user is not None


class MyTenantSerializer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()


class MyKeySerializer(serializers.Serializer):
    name = serializers.CharField()
    prefix = serializers.CharField()


class LimitsSerializer(serializers.Serializer):
    requests_per_minute = serializers.IntegerField()
    bulk_items = serializers.IntegerField()
    page_size = serializers.IntegerField()


class MeSerializer(serializers.Serializer):
    """The key that asks: its tenant, its name, what it may do, and how much."""

    tenant = MyTenantSerializer()
    key = MyKeySerializer()
    acts_as = serializers.EmailField(help_text="The member whom the key acts as.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    limits = LimitsSerializer()


class MeView(RestView):
    permission_classes = [AnyKey]
    serializer_class = MeSerializer

    def retrieve(self, request: Request) -> Response:
        actor = self.actor
        body = {
            "tenant": actor.tenant,
            "key": actor.api_key,
            "acts_as": actor.membership.user.email,
            "scopes": sorted(actor.scopes),
            "limits": {
                "requests_per_minute": REQUESTS_A_MINUTE,
                "bulk_items": MAX_ITEMS,
                "page_size": MAX_LIMIT,
            },
        }
        return Response(MeSerializer(body).data)


class MemberSerializer(ItemSerializer):
    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class MemberFilter(django_filters.FilterSet):
    email = django_filters.CharFilter(field_name="user__email", lookup_expr="iexact")
    role = django_filters.MultipleChoiceFilter(choices=Role.choices)


class MemberView(ListedView):
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    orderings = {"id": ("id",), "created_at": ("created_at", "id")}
    tombstones = False

    def rows(self) -> QuerySet:
        tenant_id = self.actor.tenant_id if hasattr(self, "actor") else None
        return Membership.objects.filter(tenant_id=tenant_id).select_related("user")


class FeatureSerializer(serializers.Serializer):
    key = serializers.CharField()
    listed = serializers.BooleanField(help_text="Stands in the tenant's own list.")
    accounts = serializers.IntegerField(help_text="How many accounts are entitled to it.")


class FeatureKeysSerializer(StrictSerializer):
    """The feature keys that the tenant sells."""

    features = serializers.ListField(child=serializers.CharField(max_length=100), max_length=1000)


class FeatureView(RestView):
    serializer_class = FeatureSerializer
    requests = {"replace": FeatureKeysSerializer}
    answers = {"list": {200: list_of(FeatureSerializer)}, "replace": {200: list_of(FeatureSerializer)}}
    parameters = {"list": page_parameters(), "replace": page_parameters()}

    @property
    def scope(self) -> str | None:
        return Scope.ADMIN if self.request.method == "PUT" else None

    def list(self, request: Request) -> Response:
        results, links = page_of_all(request, selectors.features(), "key")
        return Response({"results": results, **links})

    def replace(self, request: Request) -> Response:
        keys = FeatureKeysSerializer().run_validation(request.data)["features"]
        services.list_features(keys=keys, actor=self.actor, at=self.at)
        return self.list(request)


@extend_schema_field({"type": "object", "additionalProperties": True})
class JobResultField(serializers.JSONField):
    """What a job ends with; null before."""


class JobSerializer(ItemSerializer):
    id = serializers.UUIDField(read_only=True)
    kind = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=Job.State.choices, read_only=True)
    done = serializers.IntegerField(read_only=True)
    total = serializers.IntegerField(read_only=True, allow_null=True)
    result = JobResultField(read_only=True, allow_null=True)
    error = serializers.CharField(read_only=True)
    errors_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_errors_url(self, job: Job) -> str | None:
        return job.result.get("errors_url") if isinstance(job.result, dict) else None


class JobView(ListedView):
    serializer_class = JobSerializer
    answers = {"cancel": {200: JobSerializer}}
    tombstones = False

    def rows(self) -> QuerySet:
        return Job.objects.all()

    def cancel(self, request: Request, id: UUID) -> Response:
        """Stop the job after the step it is in."""
        services.cancel_job(job=self.find(id), actor=self.actor, at=self.at)
        return self.answer(self.find(id))


class ObjectSerializer(serializers.Serializer):
    type = serializers.CharField(source="object_type")
    id = serializers.UUIDField(source="object_id", allow_null=True)


class ActivitySerializer(serializers.Serializer):
    id = serializers.UUIDField()
    verb = serializers.CharField()
    object = ObjectSerializer(source="*")
    account = serializers.UUIDField(source="account_id", allow_null=True)
    persona = serializers.UUIDField(source="persona_id", allow_null=True)
    actor = serializers.EmailField(source="actor.user.email", allow_null=True, required=False)
    key = serializers.CharField(source="api_key.name", allow_null=True, required=False)
    at = serializers.DateTimeField()
    data = serializers.JSONField(help_text="before and after of what changed, or what the verb needs.")


class ActivityFeedSerializer(serializers.Serializer):
    results = ActivitySerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ActivityView(RestView):
    """The change feed: ask again with ``after`` = the id of the last line you saw, and miss nothing."""

    serializer_class = ActivityFeedSerializer
    answers = {"feed": {200: ActivityFeedSerializer}}
    parameters = {
        "feed": [
            OpenApiParameter(
                "after",
                OpenApiTypes.UUID,
                description="The id of the last line that was seen; empty or absent: from the beginning.",
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"From 1 to {MAX_LIMIT}."),
        ]
    }

    def feed(self, request: Request) -> Response:
        refuse_unknown(request, ("after", "limit"))
        limit = read_limit(request)
        lines = selectors.feed_after(after=self._after(request), limit=limit + 1)
        more, lines = len(lines) > limit, lines[:limit]
        following = request.query_params.copy()
        if lines:
            following["after"] = str(lines[-1].pk)
        url = request.build_absolute_uri(f"{request.path}?{following.urlencode()}")
        body = {"results": lines, "next": url if more else None, "previous": None}
        return Response(ActivityFeedSerializer(body).data)

    def _after(self, request: Request) -> UUID | None:
        text = request.query_params.get("after")
        if not text:
            return None
        try:
            after = UUID(text)
            Activity.objects.only("id").get(pk=after)
        except (ValueError, Activity.DoesNotExist):
            raise Invalid(services.Fault("?after", "invalid", "Not the id of a line of the feed.")) from None
        return after
