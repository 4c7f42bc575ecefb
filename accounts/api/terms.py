"""A tenant's lists of coded terms over REST. A term that other rows name is switched off, never removed."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.base import Invalid, ItemSerializer, ListedView
from accounts.services import Fault


class TermSerializer(ItemSerializer):
    required: tuple[str, ...] = ("key", "label")

    id = serializers.UUIDField(read_only=True)
    key = serializers.RegexField(r"^[a-z0-9_]+$", max_length=50, required=False)
    label = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    active = serializers.BooleanField(required=False)


class TermFilter(django_filters.FilterSet):
    key = django_filters.CharFilter()


class TermView(ListedView):
    """A list whose terms are added, changed and switched off by admins. A subclass sets ``terms`` and ``rows``."""

    serializer_class: type[TermSerializer]
    filterset_class = TermFilter
    orderings = {"position": ("position", "id"), "id": ("id",)}
    tombstones = False
    terms: ClassVar[services.TermList[Any]]

    def ensure(self) -> None:
        """Make the list where the tenant has none yet."""
        services.terms_of(self.terms)

    def write(self, key: str, values: Mapping[str, Any]) -> Any:
        """The term as it was saved. Raises TermRefused."""
        return services.save_term(self.terms, key=key, values=values, actor=self.actor, at=self.at)[0]

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
            raise Invalid(Fault("/key", "taken", f"Another {self.terms.one} has this key."), status=409)
        return self._save(values, status=201)

    def partial_update(self, request: Request, id: UUID) -> Response:
        self.match(request, id)
        row = self.find(id)
        values = self._values(request)
        if values.setdefault("key", row.key) != row.key:
            raise Invalid(Fault("/key", "fixed", "A key never changes: other rows name it."))
        return self._save(values, status=200)

    def _values(self, request: Request) -> dict[str, Any]:
        return dict(self.get_serializer(partial=True).run_validation(request.data))

    def _save(self, values: dict[str, Any], *, status: int) -> Response:
        try:
            row = self.write(values.pop("key"), values)
        except services.TermRefused as refusal:
            raise Invalid(Fault(f"/{refusal.field}", refusal.code, str(refusal))) from refusal
        return self.answer(row, status=status)
