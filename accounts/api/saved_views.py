"""Saved views over REST: those of the member whom the key acts as, and those of the team."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import (
    FlagFilter,
    Invalid,
    ItemSerializer,
    ListedView,
    ResourceFilter,
    choice,
)
from accounts.models import Role, SavedView
from accounts.models.saved_views import LONGEST_QUERY


class SavedViewSerializer(ItemSerializer):
    needs = ("page", "name", "query")

    id = serializers.UUIDField(read_only=True)
    page = choice(SavedView.Page.choices, null=False, help_text="The page it belongs to; it cannot move.")
    name = serializers.CharField(max_length=100, required=False)
    query = serializers.CharField(
        max_length=LONGEST_QUERY,
        required=False,
        allow_blank=True,
        help_text="The query of the page's address: filters, order and columns, without the page's number.",
    )
    shared = serializers.BooleanField(required=False, help_text="Whether the team sees it too.")
    default_for = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices),
        required=False,
        help_text="The roles for which the page opens with it. It has to be shared; leaders and admins only.",
    )
    owner = serializers.EmailField(source="owner.user.email", read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class NewSavedViewSerializer(SavedViewSerializer):
    page = serializers.ChoiceField(choices=SavedView.Page.choices)
    name = serializers.CharField(max_length=100)


class SavedViewFilter(ResourceFilter):
    external_id = None
    page = django_filters.ChoiceFilter(choices=SavedView.Page.choices)
    shared = FlagFilter()


class SavedViewView(ListedView):
    """Views of pages under a name. A view that is not shared is found by its owner's keys alone."""

    serializer_class = SavedViewSerializer
    filterset_class = SavedViewFilter
    tombstones = False
    requests: ClassVar[dict[str, Any]] = {
        "create": NewSavedViewSerializer,
        "partial_update": SavedViewSerializer,
    }
    answers: ClassVar[dict[str, Any]] = {
        "create": {201: SavedViewSerializer},
        "partial_update": {200: SavedViewSerializer},
    }

    def rows(self) -> QuerySet:
        return selectors.visible_views(actor=self.actor)

    def check_query(self, page: str, query: str) -> None:
        """Raise Invalid for a query that the page would not understand."""

    def create(self, request: Request) -> Response:
        values = NewSavedViewSerializer().run_validation(request.data)
        values.setdefault("query", "")
        self.check_query(values["page"], values["query"])
        view = services.save_view(**values, actor=self.actor, at=self.at)
        return self.answer(view, status=201)

    def partial_update(self, request: Request, id: UUID) -> Response:
        values = self.get_serializer().run_validation(request.data)
        view = self._current(request, id)
        if values.pop("page", view.page) != view.page:
            raise Invalid(services.Fault("/page", "read_only", "A view stays on its page."))
        if "query" in values:
            self.check_query(view.page, values["query"])
        return self.answer(services.change_view(id=id, values=values, actor=self.actor, at=self.at))

    def destroy(self, request: Request, id: UUID) -> Response:
        """Forget a view."""
        self._current(request, id)
        services.delete_view(id=id, actor=self.actor, at=self.at)
        return Response(status=204)

    def _current(self, request: Request, id: UUID) -> SavedView:
        """The view, held still, in the version that the client names."""
        self.match(request, id)
        view: SavedView = self.find(id, self.rows().select_for_update(of=("self",)))
        return view
