"""The scorecard over REST: read, published as a new version, and tried before."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView
from accounts.models import Job, Scope
from accounts.services.items import Fault
from health import selectors
from health import services as health

READ_ONLY = ("version", "published_at", "job")


class ScorecardSerializer(serializers.Serializer):
    """Everything that the model lets a tenant choose."""

    version = serializers.IntegerField(read_only=True)
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)
    note = serializers.CharField(max_length=300, required=False)
    axes = serializers.DictField(child=serializers.FloatField())
    measures = serializers.ListField(child=serializers.DictField())
    L = serializers.FloatField()
    influence = serializers.DictField(child=serializers.FloatField())
    required_roles = serializers.ListField(child=serializers.CharField())
    required_roles_by_tier = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Roles of accounts whose tier asks for others than required_roles.",
    )
    bands = serializers.DictField(child=serializers.FloatField())
    speaker_days = serializers.FloatField()
    caps = serializers.DictField()
    loss_rates = serializers.DictField(child=serializers.FloatField())
    renewal_focus = serializers.DictField(child=serializers.FloatField())
    ask_every_days = serializers.FloatField()
    churn_after_days = serializers.FloatField(allow_null=True)


class BandChangeSerializer(serializers.Serializer):
    account = serializers.UUIDField()
    name = serializers.CharField()
    score_before = serializers.FloatField()
    score_after = serializers.FloatField()
    delta = serializers.FloatField()
    band_before = serializers.CharField()
    band_after = serializers.CharField()


class PreviewSerializer(serializers.Serializer):
    """Who would change band, and by how much."""

    accounts = serializers.IntegerField()
    bands_before = serializers.DictField(child=serializers.IntegerField())
    bands_after = serializers.DictField(child=serializers.IntegerField())
    changes = BandChangeSerializer(many=True)


class ScorecardView(RestView):
    """``/scorecard`` and ``/scorecard/preview``"""

    serializer_class = ScorecardSerializer

    @property
    def scope(self) -> str | None:
        return None if self.request.method == "GET" else Scope.ADMIN

    @extend_schema(summary="The scorecard in force")
    def retrieve(self, request: Request) -> Response:
        return Response(_document(selectors.current_scorecard()))

    @extend_schema(
        responses={202: ScorecardSerializer},
        summary="Publish a new version",
        description="Fields left out stay. The book is scored again as a job, named in Location.",
    )
    def replace(self, request: Request) -> Response:
        body, note = _asked(request.data)
        try:
            version, job = health.publish_scorecard(body=body, note=note, actor=self.actor, at=self.at)
        except health.BadScorecard as error:
            raise _refusal(error) from error
        return Response(_document(version), status=202, headers=_location(job))

    @extend_schema(
        responses={200: PreviewSerializer},
        summary="What publishing it would change",
        description="Answered at once for up to 5,000 accounts, else 202 with the Location of a job.",
    )
    def preview(self, request: Request) -> Response:
        body, _ = _asked(request.data)
        try:
            found, job = health.preview_scorecard(body=body, actor=self.actor, at=self.at)
        except health.BadScorecard as error:
            raise _refusal(error) from error
        if job is not None:
            return Response({"job": job.pk}, status=202, headers=_location(job))
        return Response(found)


def _document(version: selectors.ScorecardVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "published_at": version.recorded_at,
        "note": version.note,
        **version.body,
    }


def _asked(data: Any) -> tuple[dict[str, Any], str]:
    """The scorecard in force with the fields of a request put over it, and the request's note."""
    if not isinstance(data, Mapping):
        raise Invalid(Fault("", "invalid", "A JSON object is expected."))
    given = {name: value for name, value in data.items() if name not in READ_ONLY}
    note = given.pop("note", "") or ""
    if not isinstance(note, str) or len(note) > 300:
        raise Invalid(Fault("/note", "invalid", "A text of at most 300 characters."))
    return {**selectors.current_scorecard().body, **given}, note


def _refusal(error: health.BadScorecard) -> Invalid:
    return Invalid(*(Fault(one["pointer"], one["code"], one["detail"]) for one in error.errors))


def _location(job: Job) -> dict[str, str]:
    return {"Location": f"/api/v1/jobs/{job.pk}"}
