"""Accounts over REST. Health, stage and fit are read-only fields of higher floors, which the roof adds."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import (
    FlagFilter,
    ItemSerializer,
    ResourceFilter,
    ResourceView,
    choice,
    day,
    effective_at,
    external_id,
    external_reference,
    historical,
    money,
    reference,
    text,
)
from accounts.models import Account, Step
from accounts.services import Item, Saved

MAX_CUSTOM = 65_536


class CustomField(serializers.DictField):
    """Whatever else a client keeps on an object: a JSON object of at most 64 KiB."""

    child = serializers.JSONField(allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if len(json.dumps(value)) > MAX_CUSTOM:
            raise serializers.ValidationError("Larger than 64 KiB.", code="max_length")
        return value


class TeamField(serializers.ListField):
    """The e-mails of the members who work on an account beside its owner."""

    child = serializers.EmailField()

    def to_representation(self, data: Any) -> list[str]:
        return [seat.membership.user.email for seat in data.all()]


class AccountSerializer(ItemSerializer):
    needs = ("name",)

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    name = serializers.CharField(max_length=200, required=False)
    domain = text(255)
    parent = reference("account above it", "parent_id")
    parent_external_id = external_reference("account above it")
    segment = text(100)
    tier = text(100)
    region = text(100)
    status = choice(Account.Status.choices)
    arr = money()
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, allow_null=True, help_text="ISO 4217.")
    seats = serializers.IntegerField(min_value=0, max_value=2_147_483_647, required=False, allow_null=True)
    entitlements = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=1000,
        required=False,
        allow_null=True,
        help_text="Keys of the features that the customer is entitled to.",
    )
    started_on = day()
    renewal_on = day()
    churned_on = day()
    owner_email = serializers.EmailField(source="owner.user.email", required=False, allow_null=True)
    team = TeamField(required=False, allow_null=True)
    main_contact = reference("person there whom we talk to most, as a member says", "main_contact_id")
    main_contact_external_id = external_reference("main contact")
    custom = CustomField(required=False, allow_null=True)
    effective_at = effective_at()
    historical = historical()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)


class AccountFilter(ResourceFilter):
    status = django_filters.MultipleChoiceFilter(choices=Account.Status.choices)
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")
    segment = django_filters.CharFilter()
    tier = django_filters.CharFilter()
    region = django_filters.CharFilter()
    domain = django_filters.CharFilter(lookup_expr="iexact")
    parent = django_filters.UUIDFilter(field_name="parent_id")
    renews_before = django_filters.DateFilter(field_name="renewal_on", lookup_expr="lt")
    no_step = FlagFilter(
        method="without_step", help_text="Nobody has an open step there; false: somebody has."
    )

    def without_step(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        has_one = Exists(Step.objects.filter(account=OuterRef("pk"), done_at=None, deleted_at=None))
        return rows.filter(~has_one if value else has_one)


class AccountView(ResourceView):
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    orderings = {
        **ResourceView.orderings,
        "name": ("name", "id"),
        "arr": ("arr", "id"),
        "renewal_on": ("renewal_on", "id"),
    }
    save = staticmethod(services.save_accounts)
    delete_one = staticmethod(services.delete_account)
    restore_one = staticmethod(services.restore_account)

    def rows(self) -> QuerySet:
        return selectors.account_rows()

    def note(self, items: Sequence[Item], results: Sequence[Saved]) -> None:
        """Whoever is named as owner and is no member waits on the Connect page."""
        named = services.unknown_owners(items=items, results=results)
        if named:
            keep = partial(services.note_unknown_owners, named=named, source="api", at=self.at)
            self.afterwards.append(keep)

    def retrieve(self, request: Request, id: UUID) -> Response:
        merged = self.rows().filter(pk=id).values_list("merged_into_id", flat=True).first()
        if merged is not None:
            return Response(status=308, headers={"Location": self.address(merged)})
        return super().retrieve(request, id)
