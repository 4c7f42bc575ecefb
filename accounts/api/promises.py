"""Promises over REST: the ledger, and how often we keep our word."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import (
    FlagFilter,
    Invalid,
    RestView,
    choice,
    day,
    external_reference,
    moment,
    reference,
    text,
)
from accounts.api.work import AtAccountSerializer, AtPersonaFilter, PlannedView, shared, warnings
from accounts.models import PromiseTerm, Step
from accounts.services.promises import STATES

WAYS = ("owner", "account")
# Moments beyond these have no day in every time zone.
EARLIEST, LATEST = dt.datetime(2, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 1, tzinfo=dt.UTC)


class TermSerializer(serializers.Serializer):
    """What was said of a promise after it was given; a date that moved keeps the former one."""

    kind = serializers.ChoiceField(choices=PromiseTerm.Kind.choices)
    due_on = serializers.DateField(allow_null=True)
    moved_to = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    recorded_at = serializers.DateTimeField()
    by = serializers.EmailField(source="author.user.email", allow_null=True, default=None)


class PromiseSerializer(AtAccountSerializer):
    """A promise of ours. It is a step too, with the source ``promise`` and the same id."""

    needs = ("title", "account")

    title = serializers.CharField(max_length=300, required=False, help_text="What we promised.")
    persona = reference("persona to whom it was given", "persona_id")
    persona_external_id = external_reference("persona")
    owner_email = serializers.EmailField(source="owner.user.email", required=False, allow_null=True)
    due_on = day(help_text="A date that stands moves with a reason only.")
    state = choice([(one, one) for one in STATES], null=False, help_text="broken needs a reason.")
    settled_at = moment(source="done_at", help_text="When it was kept or broken. Default: now.")
    late = serializers.SerializerMethodField(help_text="Kept after the day that was agreed, or open past it.")
    shared = shared("it is shown")
    reason = text(1000, write_only=True, help_text="Why the date moves, or why it is not kept.")
    terms = TermSerializer(many=True, read_only=True)
    touch = serializers.UUIDField(
        source="touch_id", read_only=True, allow_null=True, help_text="Id of the touch it was given in."
    )
    warnings = warnings()

    def to_representation(self, step: Step) -> Any:
        shown = super().to_representation(step)
        shown["state"] = "broken" if step.broken else "kept" if step.done_at else "open"
        return shown

    def get_late(self, step: Step) -> bool:
        if step.due_on is None or step.broken:
            return False
        until = self.context["today"]
        if step.done_at:
            until = min(max(step.done_at, EARLIEST), LATEST).astimezone(self.context["zone"]).date()
        return bool(until > step.due_on)


class PromiseFilter(AtPersonaFilter):
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")
    settled = FlagFilter(field_name="done_at", lookup_expr="isnull", exclude=True)
    broken = FlagFilter()
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")


class PromiseView(PlannedView):
    """Promises: what we said we would do, to whom, by when, and whether we did."""

    serializer_class = PromiseSerializer
    filterset_class = PromiseFilter
    orderings = {**PlannedView.orderings, "due_on": ("due_on", "id")}
    save = staticmethod(services.save_promises)
    delete_one = staticmethod(services.delete_promise)
    restore_one = staticmethod(services.restore_promise)

    def rows(self) -> QuerySet:
        return selectors.promise_rows()

    def get_serializer_context(self) -> dict[str, Any]:
        context: dict[str, Any] = super().get_serializer_context()
        if hasattr(self, "actor"):
            context |= {"today": self.today, "zone": ZoneInfo(self.actor.tenant.time_zone)}
        return context


class KeptRateSerializer(serializers.Serializer):
    """How the promises of one member or account stand. ``rate`` is kept of kept, late, broken and overdue (``n``)."""

    owner_email = serializers.EmailField(required=False, allow_null=True)
    account = serializers.UUIDField(required=False)
    rate = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    kept = serializers.IntegerField()
    late = serializers.IntegerField()
    broken = serializers.IntegerField()
    overdue = serializers.IntegerField()
    open = serializers.IntegerField()
    renegotiated = serializers.IntegerField(help_text="Of all of them: how many had their date moved.")


class KeptRatesSerializer(serializers.Serializer):
    results = KeptRateSerializer(many=True)


class KeptRateView(RestView):
    """The kept-rate per member or per account, with its n."""

    serializer_class = KeptRatesSerializer
    answers = {"kept_rates": {200: KeptRatesSerializer}}
    parameters = {
        "kept_rates": [
            OpenApiParameter("by", str, enum=list(WAYS), description="owner (default) or account.")
        ]
    }

    def kept_rates(self, request: Request) -> Response:
        unknown = [name for name in request.query_params if name != "by"]
        if unknown:
            raise Invalid(*(services.Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        by = request.query_params.get("by", "owner")
        if by not in WAYS:
            raise Invalid(services.Fault("?by", "invalid_choice", "owner or account."))
        found = selectors.kept_rates(by=by, tenant=self.actor.tenant, today=self.today)
        emails = {one.pk: one.user.email for one in selectors.members(tenant_id=self.actor.tenant_id)}
        rows = [
            {**vars(one), "rate": one.rate, "n": one.n}
            | ({"owner_email": emails.get(id) if id else None} if by == "owner" else {"account": id})
            for id, one in found.items()
        ]
        rows.sort(key=lambda row: str(row.get("account") or row.get("owner_email") or ""))
        return Response(KeptRatesSerializer({"results": rows}).data)
