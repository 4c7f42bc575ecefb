"""The tenant's lists over REST: drivers, and signs. An entry that ratings name is switched off, never removed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, ItemSerializer, ListedView, choice
from accounts.services import Fault
from relationships import selectors, services
from relationships.models import Sentiment


class WordSerializer(ItemSerializer):
    required: tuple[str, ...] = ("key", "label")

    id = serializers.UUIDField(read_only=True)
    key = serializers.RegexField(r"^[a-z0-9_]+$", max_length=50, required=False)
    label = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    active = serializers.BooleanField(required=False)


class DriverSerializer(WordSerializer):
    """A coded reason behind a sentiment. One that ratings name is switched off, never removed."""


class SignSerializer(WordSerializer):
    """Something that can be seen of a person, and the sentiment that it leans to. One that ratings name is switched
    off, never removed."""

    required = ("key", "label", "leans")

    leans = choice(Sentiment.choices, null=False)


class WordFilter(django_filters.FilterSet):
    key = django_filters.CharFilter()


class WordView(ListedView):
    """A list whose entries are added, changed and switched off by admins; ``noun`` names an entry."""

    serializer_class: type[WordSerializer]
    filterset_class = WordFilter
    orderings = {"position": ("position", "id"), "id": ("id",)}
    tombstones = False
    noun: str

    def ensure(self) -> None:
        """Make the list where the tenant has none yet."""
        raise NotImplementedError

    def write(self, values: Mapping[str, Any]) -> Any:
        """The entry as it was saved. Raises Invalid."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        self.ensure()
        return super().list(request)

    def create(self, request: Request) -> Response:
        values = self._values(request)
        for name in self.serializer_class.required:
            if values.get(name) is None:
                raise Invalid(Fault(f"/{name}", "required", "This field is required."))
        self.ensure()
        if self.rows().filter(key=values["key"]).exists():
            raise Invalid(Fault("/key", "taken", f"Another {self.noun} has this key."), status=409)
        return self.answer(self.write(values), status=201)

    def partial_update(self, request: Request, id: UUID) -> Response:
        row = self.find(id)
        values = self._values(request)
        if values.setdefault("key", row.key) != row.key:
            raise Invalid(Fault("/key", "fixed", "A key never changes: ratings name it."))
        return self.answer(self.write(values), status=200)

    def _values(self, request: Request) -> dict[str, Any]:
        return dict(self.get_serializer(partial=True).run_validation(request.data))


class DriverView(WordView):
    serializer_class = DriverSerializer
    noun = "driver"

    def rows(self) -> QuerySet:
        return selectors.driver_list()

    def ensure(self) -> None:
        services.ensure_drivers()

    def write(self, values: Mapping[str, Any]) -> Any:
        try:
            return services.save_driver(**values, actor=self.actor, at=self.at)[0]
        except services.DriverRefused as refusal:
            raise Invalid(Fault(f"/{refusal.field}", "invalid", str(refusal))) from refusal


class SignView(WordView):
    serializer_class = SignSerializer
    noun = "sign"

    def rows(self) -> QuerySet:
        return selectors.sign_list()

    def ensure(self) -> None:
        services.ensure_signs()

    def write(self, values: Mapping[str, Any]) -> Any:
        try:
            return services.save_sign(**values, actor=self.actor, at=self.at)[0]
        except services.SignRefused as refusal:
            raise Invalid(Fault(f"/{refusal.field}", "invalid", str(refusal))) from refusal
