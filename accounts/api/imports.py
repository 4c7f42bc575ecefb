"""Imports over REST: hand a file in, see what each row would do, run it, take it back; and the mappings that are kept."""

import hashlib
import io
from typing import Any
from uuid import UUID

import django_filters
import msgspec
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.http.multipartparser import MultiPartParserError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.base import Invalid, ListedView, StrictJSONParser
from accounts.api.base.paging import MAX_LIMIT, read_limit
from accounts.api.import_fields import (
    ImportSerializer,
    KeptMappingSerializer,
    KindsSerializer,
    MappingSerializer,
    RowsSerializer,
    UploadSerializer,
)
from accounts.api.strict import strict_json
from accounts.models import Import
from accounts.services import imports
from accounts.services.imports.files import MAX_BYTES
from accounts.services.items import Fault

FORM_ROOM = 1024 * 1024  # what a multipart body holds beside the file
STATUSES = ("created", "updated", "unchanged", "failed", "to_check")


class ImportFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter()


class ImportView(ListedView):
    """Files in: CSV, XLSX or JSON lines, up to 512 MiB and 2,000,000 rows (XLSX: 64 MiB and 250,000 rows)."""

    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    orderings = {"created_at": ("created_at", "id"), "id": ("id",)}
    tombstones = False
    parser_classes = [StrictJSONParser, MultiPartParser]
    requests = {
        "create": UploadSerializer,
        "change": MappingSerializer,
        "preview": None,
        "run": None,
        "undo": None,
    }
    answers = {
        "create": {201: ImportSerializer, 202: ImportSerializer},
        "change": {200: ImportSerializer, 202: ImportSerializer},
        "preview": {200: ImportSerializer, 202: ImportSerializer},
        "run": {202: ImportSerializer},
        "undo": {202: ImportSerializer},
        "rows_seen": {200: RowsSerializer},
        "kinds": {200: KindsSerializer},
    }
    parameters = {
        "rows_seen": [
            OpenApiParameter("status", OpenApiTypes.STR, enum=STATUSES),
            OpenApiParameter(
                "after_row", OpenApiTypes.INT, description="The number of the last row that was seen."
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"From 1 to {MAX_LIMIT}."),
        ]
    }

    def rows(self) -> Any:
        return selectors.import_rows()

    def create(self, request: Request) -> Response:
        """Hand a file in: its columns are matched and, up to 4 MiB, its rows previewed at once (201). A larger one is
        previewed by a job (202)."""
        file, body = self._upload(request)
        try:
            one = imports.upload_import(
                kind=body["kind"],
                filename=body.get("filename") or getattr(file, "name", None) or "rows.jsonl",
                file=file,
                size=_size(file),
                encoding=body.get("encoding", ""),
                mapping=body.get("mapping"),
                saved_mapping=body.get("saved_mapping", ""),
                actor=self.actor,
                at=self.at,
            )
        except imports.Unreadable as error:
            raise Invalid(Fault("/file", error.code, str(error))) from error
        except imports.UnknownKind:
            known = ", ".join(each.name for each in imports.kinds())
            raise Invalid(Fault("/kind", "invalid_choice", f"One of {known}.")) from None
        return self._under_way(imports.preview_import(id=one.pk, actor=self.actor, at=self.at), at_once=201)

    def change(self, request: Request, id: UUID) -> Response:
        """Read the columns in another way; the preview is made again."""
        mapping = MappingSerializer().run_validation(request.data)
        imports.change_mapping(id=id, mapping=mapping, actor=self.actor, at=self.at)
        return self._under_way(imports.preview_import(id=id, actor=self.actor, at=self.at))

    def preview(self, request: Request, id: UUID) -> Response:
        """Say again what every row would do, against what is there now."""
        return self._under_way(imports.preview_import(id=id, actor=self.actor, at=self.at))

    def run(self, request: Request, id: UUID) -> Response:
        """Write every row that is not wrong; one that was cancelled or failed goes on where it stopped."""
        return self._under_way(imports.run_import(id=id, actor=self.actor, at=self.at))

    def undo(self, request: Request, id: UUID) -> Response:
        """Take every row back that has not changed since."""
        return self._under_way(imports.undo_import(id=id, actor=self.actor, at=self.at))

    def rows_seen(self, request: Request, id: UUID) -> Response:
        """Rows with what each changes, in the order of the file. ``to_check`` are those with a warning."""
        unknown = set(request.query_params) - {"status", "after_row", "limit"}
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in sorted(unknown)))
        status = request.query_params.get("status", "")
        if status and status not in STATUSES:
            raise Invalid(Fault("?status", "invalid_choice", f"One of {', '.join(STATUSES)}."))
        after, limit = self._after(request), read_limit(request)
        one = self.find(id)
        found = imports.rows_of(
            one=one, status=status, after=after, limit=limit + 1, actor=self.actor, at=self.at
        )
        shown, url = found[:limit], None
        if len(found) > limit:
            query = request.query_params.copy()
            query["after_row"] = str(shown[-1].number)
            url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return Response(RowsSerializer({"results": shown, "next": url, "previous": None}).data)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def errors(self, request: Request, id: UUID) -> FileResponse:
        """The wrong rows and those with a warning as a CSV file, each with its number, its level (error or warning), the
        field and the reason."""
        one = self.find(id)
        if not one.errors_file or not default_storage.exists(one.errors_file):
            raise Http404
        file = default_storage.open(one.errors_file)
        return FileResponse(
            file, as_attachment=True, filename="errors.csv", content_type="text/csv; charset=utf-8"
        )

    def kinds(self, request: Request) -> Response:
        """What can be imported: its fields, and the keys by which rows may be matched."""
        return Response(KindsSerializer({"results": imports.kinds(), "next": None, "previous": None}).data)

    def replayed_body(self, request: Any) -> bytes:
        if not request.content_type.startswith("multipart/"):
            return super().replayed_body(request)
        _refuse_too_large(request)
        try:
            said, files = sorted(request.POST.lists()), request.FILES.items()
        except MultiPartParserError as error:
            raise ParseError(f"The body cannot be read: {error}") from error
        digests = [(name, hashlib.file_digest(file, "sha256").hexdigest()) for name, file in files]
        for _, file in request.FILES.items():
            file.seek(0)
        return repr((said, digests)).encode()

    def _upload(self, request: Request) -> tuple[Any, dict[str, Any]]:
        """The file and what is said beside it. Raises Invalid."""
        if not request.content_type.startswith("multipart/"):
            body = UploadSerializer().run_validation(request.data)
            if "rows" not in body:
                raise Invalid(Fault("/rows", "required", "Send rows, or a file as multipart/form-data."))
            lines = b"\n".join(msgspec.json.encode(row) for row in body["rows"])
            return io.BytesIO(lines), body
        _refuse_too_large(request._request)
        said = {name: request.data[name] for name in request.data if name != "file"}
        if "mapping" in said:
            said["mapping"] = strict_json(str(said["mapping"]).encode("utf-8", "surrogatepass"))
        body = UploadSerializer().run_validation(said)
        file = request.FILES.get("file")
        if file is None:
            raise Invalid(Fault("/file", "required", "Send the file as the field file."))
        return file, body

    def _after(self, request: Request) -> int:
        text = request.query_params.get("after_row", "0")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Invalid(Fault("?after_row", "invalid", "The number of a row."))
        return int(text)

    def _under_way(self, one: Import, *, at_once: int = 200) -> Response:
        working = imports.state_of(one) in ("previewing", "running", "undoing")
        headers = {"Location": f"/api/v1/jobs/{one.job_id}" if working else self.address(one.pk)}
        return Response(self.represent([one])[0], status=202 if working else at_once, headers=headers)


class ImportMappingView(ListedView):
    """Mappings that are kept under a name, for the next file of the same shape."""

    serializer_class = KeptMappingSerializer
    filterset_class = ImportFilter
    orderings = {"id": ("id",), "updated_at": ("updated_at", "id")}
    tombstones = False
    requests = {"create": KeptMappingSerializer}
    answers = {"create": {200: KeptMappingSerializer}}

    def rows(self) -> Any:
        return selectors.import_mappings()

    def create(self, request: Request) -> Response:
        """Keep a mapping, in place of a former one of the same kind and name."""
        body = self.get_serializer().run_validation(request.data)
        try:
            kept = imports.keep_mapping(**body, actor=self.actor, at=self.at)
        except imports.UnknownKind:
            raise Invalid(Fault("/kind", "invalid_choice", "There is no such kind.")) from None
        return self.answer(kept)

    def destroy(self, request: Request, id: UUID) -> Response:
        """Forget a mapping."""
        self.match(request, id)
        imports.forget_mapping(id=id, actor=self.actor, at=self.at)
        return Response(status=204)


def _refuse_too_large(request: Any) -> None:
    length = request.headers.get("Content-Length", "0")
    if length.isdigit() and int(length) > MAX_BYTES + FORM_ROOM:
        raise Invalid(Fault("/file", "too_large", f"A file may have {MAX_BYTES // 1024**2} MiB."))


def _size(file: Any) -> int:
    file.seek(0, io.SEEK_END)
    size: int = file.tell()
    file.seek(0)
    return size
