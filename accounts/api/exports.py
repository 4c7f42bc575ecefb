"""Exports over REST: a file of everything of a kind, written by a worker, that an import reads back as it was."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.access import HasScope, holds
from accounts.api.base import RestView, StrictSerializer
from accounts.api.tenant import JobSerializer
from accounts.models import Scope
from accounts.selectors.exports import export_kinds
from accounts.services.exports import FORMATS, exported_file


class ExportSerializer(StrictSerializer):
    """What to write into a file: all live rows of a kind, under the names by which an import reads them. What has no
    external id is named by its own, and an import knows it again.

    ``segment`` is the people to write to, each with the quadrant of their account and why: low behaviour asks for
    education, low emotion for trust. It is for the keys of leaders and admins, and may be of some ``accounts`` alone;
    it leaves quadrant and why empty at accounts where whoever asks is still to give a blind second rating.
    """

    kind = serializers.ChoiceField(choices=export_kinds())
    format = serializers.ChoiceField(choices=list(FORMATS), default="csv")
    accounts = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=10_000,
        required=False,
        allow_null=True,
        help_text="Of segment.",
    )


class MayRead(HasScope):
    """Reading is enough: the file holds what a list would show."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user is not None and holds(request.user.scopes, Scope.READ)


class ExportView(RestView):
    permission_classes = [MayRead]
    serializer_class = ExportSerializer
    requests = {"create": ExportSerializer}
    answers = {"create": {202: JobSerializer}}

    def create(self, request: Request) -> Response:
        """Have a file written; its job tells how far it is, and in the end where it is."""
        body = ExportSerializer().run_validation(request.data)
        job = services.start_export(**body, actor=self.actor, at=self.at)
        return Response(JobSerializer(job).data, status=202, headers={"Location": f"/api/v1/jobs/{job.pk}"})

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def file(self, request: Request, id: UUID) -> FileResponse:
        """The file that a finished export has written."""
        found = exported_file(id=id, actor=self.actor)
        file = default_storage.open(found.name)
        return FileResponse(file, as_attachment=True, filename=found.filename, content_type=found.media)
