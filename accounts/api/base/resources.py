"""Resources: the list, create, retrieve, change, delete, restore, upsert and bulk that every kind of object shares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.api.base.came import what_came
from accounts.api.base.fields import AnyField, ItemSerializer, ResourceFilter, StrictSerializer
from accounts.api.base.paging import page, refuse_unknown
from accounts.api.base.problems import Invalid, StaleVersion, flatten, shown
from accounts.api.base.views import RestView
from accounts.services.arriving import tell_arrival
from accounts.services.items import Fault, Item, Mode, Saved, Status, only, refused
from accounts.services.rows import version_of

MAX_ITEMS = 10_000
PAGING = {"limit", "cursor", "ordering"}
WRITTEN = (Status.CREATED, Status.UPDATED)
FORBIDDEN = Fault("/historical", "forbidden", "Only admin keys may write history.")


@dataclass(frozen=True)
class Extra:
    """A read-only field that a higher floor adds to a resource of a lower one.

    ``values`` takes the ids of rows, ``at`` and ``today``, and answers with the value of each id that has one: set-based,
    at most a few queries. The field of an id without a value is null, or absent with ``sparse``. ``field`` documents it.
    """

    values: Callable[..., Mapping[UUID, Any]]
    field: serializers.Field
    sparse: bool = False


class ParameterFilters(DjangoFilterBackend):
    """Filters by the parameters of the address; a wrong value is told of its parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        try:
            return super().filter_queryset(request, queryset, view)
        except ValidationError as wrong:
            faults = flatten(wrong.detail)
            raise Invalid(
                *(replace(fault, pointer=f"?{fault.pointer.removeprefix('/')}") for fault in faults)
            ) from wrong


class ListedView(RestView):
    """A resource that is read: a list with paging, filters and orderings, and single objects.

    A subclass sets ``serializer_class``, ``filterset_class``, ``orderings`` and ``rows``; ``tombstones`` is whether
    its rows have ``deleted_at``.
    """

    serializer_class: type[ItemSerializer]
    filterset_class: Any = ResourceFilter
    filter_backends = [ParameterFilters]
    orderings: ClassVar[Mapping[str, Sequence[str]]] = {
        "id": ("id",),
        "updated_at": ("updated_at", "id"),
        "created_at": ("created_at", "id"),
    }
    extras: ClassVar[Mapping[str, Extra]] = {}
    tombstones = True
    lookup_field = "id"

    def rows(self) -> QuerySet:
        """Every row of the resource, tombstones included, with what the serializer reads beside it."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet:
        return self.rows()

    def list(self, request: Request) -> Response:
        self._refuse_unknown_parameters(request)
        rows, links = page(request, self.filter_queryset(self._visible(request)), self.orderings)
        return Response({"results": self.represent(rows), **links})

    def retrieve(self, request: Request, id: UUID) -> Response:
        return self.answer(self.find(id, self._visible(request)))

    def find(self, id: UUID, rows: QuerySet | None = None) -> Any:
        """The row with this id, or Http404."""
        row = (self.rows() if rows is None else rows).filter(pk=id).first()
        if row is None:
            raise Http404
        return row

    def answer(self, row: Any, *, status: int = 200) -> Response:
        """One object as an answer, with its ETag, and where it is if it is new."""
        shown = self.represent([row])[0]
        headers = {"ETag": etag(row) or hashed(shown)}
        if status == 201:
            headers["Location"] = self.address(row.pk)
        return Response(shown, status=status, headers=headers)

    def match(self, request: Request, id: UUID) -> None:
        """Hold the row still and compare its version with If-Match. Raises StaleVersion, and Http404 for a missing row."""
        if "If-Match" not in request.headers:
            return
        rows = self.rows()
        rows.model.objects.select_for_update().filter(pk=id).first()
        row = self.find(id, rows.filter(deleted_at=None) if self.tombstones else rows)
        wanted = [tag.strip() for tag in request.headers["If-Match"].split(",")]
        if wanted != ["*"] and (etag(row) or hashed(self.represent([row])[0])) not in wanted:
            raise StaleVersion

    def address(self, id: UUID) -> str:
        return f"/api/v1/{self.basename}/{id}"

    def represent(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Rows as they stand in an answer, the fields of higher floors included."""
        shown = list(self.get_serializer(rows, many=True).data)
        ids = [row.pk for row in rows]
        for name, extra in self.extras.items():
            values = extra.values(ids, at=self.at, today=self.today) if ids else {}
            for id, one in zip(ids, shown, strict=True):
                if id in values or not extra.sparse:
                    one[name] = values.get(id)
        return shown

    def _visible(self, request: Request) -> QuerySet:
        if not self.tombstones or _flag(request, "include_deleted"):
            return self.get_queryset()
        return self.get_queryset().filter(deleted_at=None)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        known = PAGING | set(self.filterset_class.base_filters)
        known |= {"include_deleted"} if self.tombstones else set()
        refuse_unknown(request, known)


class WrittenView(ListedView):
    """A resource that is also written, one by one or in bulk, through one service.

    ``save(*, items, mode, actor, at)`` answers with one Saved per item. A subclass wraps it in ``staticmethod``.
    """

    save: ClassVar[Callable[..., list[Saved]]]
    bulk_mode: ClassVar[Mode] = Mode.UPSERT
    is_dry_run = False

    def create(self, request: Request) -> Response:
        return self._write(request.data, Mode.CREATE)

    def bulk(self, request: Request) -> Response:
        body = self._envelope(request)
        reader = self.get_serializer(partial=True)
        parsed = [self._read(reader, one) for one in body["items"]]
        good = [item for item in parsed if isinstance(item, Item)]
        with transaction.atomic():
            saved = iter(self._saved(good, self.bulk_mode))
            results = [next(saved) if isinstance(item, Item) else item for item in parsed]
            failed = any(result.status == Status.FAILED for result in results)
            undone = body["atomic"] and failed
            warned = {} if undone else self._warned([one for one in results if one.status in WRITTEN])
            if undone or body["dry_run"]:
                transaction.set_rollback(True)
        if body["dry_run"]:
            self.is_dry_run = True
            self.afterwards.clear()
        return _bulk_answer(results, warned, failed=failed, undone=undone, dry_run=body["dry_run"])

    def leave_line(self, request: HttpRequest, response: HttpResponse) -> None:
        """Each write of a key leaves a line, of whatever could be judged: what came again, or too often, leaves none."""
        actor = getattr(request, "actor", None)
        if actor is None or actor.api_key is None or request.method in SAFE_METHODS or self.is_dry_run:
            return
        if (
            not isinstance(response, Response)
            or response.status_code in (401, 429)
            or response.status_code >= 500
        ):
            return
        taken, rows = what_came(response)
        name = self.basename
        tell_arrival(
            source=f"REST {name}",
            kind=name,
            name=self.action or "",
            taken=taken,
            refused=len(rows),
            rows=rows,
            actor=actor,
            at=self.at,
        )

    def read_item(self, body: Any, **where: Any) -> Item:
        """The item that a body asks to be written. Raises ValidationError or Invalid."""
        item: Item = self.get_serializer(partial=True).to_item(body, **where)
        if item.historical and not self.actor.is_admin:
            raise Invalid(FORBIDDEN, status=403)
        return item

    def note(self, items: Sequence[Item], results: Sequence[Saved]) -> None:
        """See what came of items; what has to be kept though they were refused goes into ``afterwards``."""

    def _saved(self, items: Sequence[Item], mode: Mode) -> list[Saved]:
        results = type(self).save(items=items, mode=mode, actor=self.actor, at=self.at)
        self.note(items, results)
        return results

    def _write(self, body: Any, mode: Mode, **where: Any) -> Response:
        item = self.read_item(body, **where)
        result = only(self._saved([item], mode))
        assert result.id is not None
        row = self.find(result.id)
        if warnings := self.warn([row]).get(row.pk):
            row.warnings = warnings
        return self.answer(row, status=201 if result.status == Status.CREATED else 200)

    def minded(self) -> QuerySet | None:
        """The rows of which somebody may mind that they were written; None where nobody ever does."""
        return None

    def warn(self, rows: Iterable[Any]) -> Mapping[UUID, Sequence[Any]]:
        """What speaks against each of these rows, by id; shown where the serializer has ``warnings``."""
        return {}

    def _warned(self, results: Sequence[Saved]) -> dict[Any, list[Any]]:
        """What a bulk says against each row that it wrote, by id."""
        rows = self.minded() if results else None
        if rows is None:
            return {}
        found = self.warn(rows.filter(pk__in=[one.id for one in results]))
        shown = self.get_serializer().fields["warnings"]
        return {id: shown.to_representation(said) for id, said in found.items()}

    def _read(self, reader: Any, body: Any) -> Item | Saved:
        """A body of a bulk as an Item, or as the failed result that it is."""
        try:
            item: Item = reader.to_item(body)
        except ValidationError as error:
            return refused(*flatten(error.detail))
        return refused(FORBIDDEN) if item.historical and not self.actor.is_admin else item

    def _envelope(self, request: Request) -> dict[str, Any]:
        return BulkRequest().run_validation(request.data)


class ResourceView(WrittenView):
    """A resource with a life: created, changed, deleted as a tombstone, restored, upserted by the client's own id.

    ``delete(*, id, actor, at)`` and ``restore(*, id, actor, at)`` raise ObjectDoesNotExist for a missing row.
    """

    delete_one: ClassVar[Callable[..., None]]
    restore_one: ClassVar[Callable[..., None]]

    def partial_update(self, request: Request, id: UUID) -> Response:
        self.match(request, id)
        return self._write(request.data, Mode.UPDATE, id=id)

    def upsert(self, request: Request, external_id: str) -> Response:
        self._match_named(request, external_id)
        body = request.data
        if isinstance(body, Mapping):
            if body.get("external_id", external_id) != external_id:
                raise Invalid(Fault("/external_id", "mismatch", "Differs from the one in the address."))
            body = {**body, "external_id": external_id}
        return self._write(body, Mode.UPSERT)

    def destroy(self, request: Request, id: UUID) -> Response:
        self.match(request, id)
        type(self).delete_one(id=id, actor=self.actor, at=self.at)
        return Response(status=204)

    def restore(self, request: Request, id: UUID) -> Response:
        type(self).restore_one(id=id, actor=self.actor, at=self.at)
        return self.answer(self.find(id))

    def _match_named(self, request: Request, external_id: str) -> None:
        """As ``match``, for what an upsert would change. What is missing has no version that could be named."""
        if "If-Match" not in request.headers:
            return
        row = self.rows().model.objects.filter(external_id=external_id).first()
        if row is None:
            raise StaleVersion
        try:
            self.match(request, getattr(row, "merged_into_id", None) or row.pk)
        except Http404:
            raise StaleVersion from None


class AppendOnlyView(WrittenView):
    """A resource whose rows are added and withdrawn, never changed.

    ``save`` treats every item as new; the same external_id with the same body is unchanged, with another body
    taken (``settle_repeats``). ``withdraw_one(*, id, actor, at)`` raises ObjectDoesNotExist for a missing row.
    """

    tombstones = False
    bulk_mode = Mode.CREATE
    withdraw_one: ClassVar[Callable[..., None]]

    def withdraw(self, request: Request, id: UUID) -> Response:
        type(self).withdraw_one(id=id, actor=self.actor, at=self.at)
        return Response(status=204)


class BulkRequest(StrictSerializer):
    """The envelope of a bulk: items in order, and how to write them."""

    items = serializers.ListField(
        child=AnyField(allow_null=True),
        max_length=MAX_ITEMS,
        help_text=f"At most {MAX_ITEMS:,} items of the resource.",
    )
    match_on = serializers.ChoiceField(choices=["external_id"], default="external_id")
    dry_run = serializers.BooleanField(default=False, help_text="Answer as if, write nothing.")
    atomic = serializers.BooleanField(default=False, help_text="One failure and nothing is written (422).")


def resource_routes(
    name: str, view: type[ListedView], extra: Mapping[str, str] | None = None
) -> list[URLPattern]:
    """The routes of a resource, by what its view can do. ``extra`` maps ``<name>/{id}/<key>`` to a POST action."""
    routes = [
        (name, {"get": "list", "post": "create"}),
        (f"{name}/bulk", {"post": "bulk"}),
        (f"{name}/by-external-id/<path:external_id>", {"put": "upsert"}),
        (f"{name}/<uuid:id>", {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        (f"{name}/<uuid:id>/restore", {"post": "restore"}),
        (f"{name}/<uuid:id>/withdraw", {"post": "withdraw"}),
        *((f"{name}/<uuid:id>/{key}", {"post": action}) for key, action in (extra or {}).items()),
    ]
    able = (
        (route, {method: do for method, do in does.items() if hasattr(view, do)}) for route, does in routes
    )
    return [
        path(route, view.as_view(does, basename=name), name=f"api-{name}-{'-'.join(does.values())}")
        for route, does in able
        if does
    ]


def etag(row: Model) -> str:
    """The version of a row, or an empty string for one that keeps no time of its last change."""
    return f'"{version_of(row)}"' if getattr(row, "updated_at", None) else ""


def hashed(shown: Mapping[str, Any]) -> str:
    """The version of an object of which nothing but its representation says that it changed."""
    text = json.dumps(shown, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise Invalid(Fault(f"?{name}", "invalid_choice", "true or false."))
    return text == "true"


def _bulk_answer(
    results: Iterable[Saved], warned: Mapping[Any, Any], *, failed: bool, undone: bool, dry_run: bool
) -> Response:
    results = list(results)
    if undone:  # nothing was written: what stood well is unchanged
        results = [r if r.status == Status.FAILED else Saved(Status.UNCHANGED) for r in results]
    made_up = dry_run or undone
    counts = {status.value: sum(r.status == status for r in results) for status in Status}
    body = {
        "summary": counts,
        "results": [
            {
                "index": index,
                "status": result.status.value,
                "id": None if made_up and result.status == Status.CREATED else result.id,
                "errors": [shown(fault) for fault in result.faults],
                **({"warnings": warned[result.id]} if result.id in warned else {}),
            }
            for index, result in enumerate(results)
        ],
    }
    return Response(body, status=422 if undone else 207 if failed else 200)
