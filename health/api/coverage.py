"""The coverage of the book over REST: now or as known at a moment, and its course week by week."""

import datetime as dt

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.services.items import Fault
from health import selectors
from health.api.asking import read_moment
from health.api.health import FROM, TO, DepartureRateSerializer
from health.api.portfolio import FILTERS, PARAMETERS, read_filter

MOST_DAYS = 366
MOST_WEEKS = dt.timedelta(weeks=160)


class SumSerializer(serializers.Serializer):
    accounts = serializers.IntegerField()
    arr = serializers.CharField()


class GroupSerializer(serializers.Serializer):
    """Means over the accounts where anyone counts, 0..100; null where nobody does."""

    accounts = serializers.IntegerField()
    arr = serializers.CharField()
    mean = serializers.FloatField(allow_null=True)
    by_arr = serializers.FloatField(allow_null=True, help_text="Weighed by ARR.")
    single_threaded = SumSerializer()
    hanging = SumSerializer(help_text="Single-threaded, and the renewal is near.")


class OwnerCoverageSerializer(GroupSerializer):
    owner = serializers.UUIDField(allow_null=True)
    missing_seats = serializers.IntegerField()


class MissingRoleSerializer(SumSerializer):
    role = serializers.CharField()


class AccountCoverageSerializer(serializers.Serializer):
    """What is counted from ratings is null while you are asked for a blind second rating at the account."""

    account = serializers.UUIDField()
    name = serializers.CharField()
    owner = serializers.UUIDField(allow_null=True)
    arr = serializers.CharField(allow_null=True, help_text="In your currency; null without a rate.")
    renewal_on = serializers.DateField(allow_null=True)
    band = serializers.CharField()
    coverage = serializers.FloatField(allow_null=True)
    if_top_leaves = serializers.FloatField(allow_null=True)
    threads = serializers.IntegerField(allow_null=True)
    effective_threads = serializers.FloatField(allow_null=True)
    top_share = serializers.FloatField(allow_null=True)
    single_threaded = serializers.BooleanField(allow_null=True)
    renews_soon = serializers.BooleanField()
    top_persona = serializers.UUIDField(allow_null=True)
    top_name = serializers.CharField(allow_null=True)
    p_no_thread_at_renewal = serializers.FloatField(allow_null=True)
    missing_roles = serializers.ListField(child=serializers.CharField())


class BookCoverageSerializer(GroupSerializer):
    """The coverage of a part of the book; ``results`` begin with the nearest renewal."""

    at = serializers.DateTimeField()
    currency = serializers.CharField()
    soon_days = serializers.IntegerField()
    departure_rate = DepartureRateSerializer()
    owners = OwnerCoverageSerializer(many=True)
    missing_roles = MissingRoleSerializer(many=True)
    results = AccountCoverageSerializer(many=True)


class CoverageWeekSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    accounts = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    by_arr = serializers.FloatField(allow_null=True)
    single_threaded = serializers.IntegerField()
    single_threaded_arr = serializers.CharField()
    threads = serializers.FloatField(help_text="Mean number of threads.")


class BookCoverageView(RestView):
    """``/coverage``"""

    serializer_class = BookCoverageSerializer

    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter(
                "soon_days", int, description="In how many days a renewal is near; by default 90."
            ),
            OpenApiParameter("at", dt.datetime, description="As known at that moment."),
        ],
        responses=BookCoverageSerializer,
        summary="Who knows us where, and what hangs on one person",
    )
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, {*PARAMETERS, "soon_days", "at"})
        at = read_moment(request, "at", latest=self.at)
        found = selectors.book_coverage(
            read_filter(request), at=at or self.at, stored=at is None, soon=_days(request)
        )
        return Response(found)


class BookCoverageHistoryView(RestView):
    """``/coverage/history``"""

    serializer_class = CoverageWeekSerializer

    @extend_schema(
        parameters=[*FILTERS, FROM, TO],
        responses=CoverageWeekSerializer(many=True),
        summary="The coverage of the book, week by week",
        description="From the snapshots of every seventh midnight back from ``to`` (by default now) to ``from`` (by "
        "default 13 weeks): what was known at each, at the ARR and the rates of the day, of the accounts that fit the "
        "filter now.",
    )
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, {*PARAMETERS, "from", "to"})
        end = read_moment(request, "to", latest=self.at) or self.at
        start = read_moment(request, "from", latest=self.at)
        if start is not None and not dt.timedelta(0) <= end - start <= MOST_WEEKS:
            raise Invalid(Fault("?from", "range", "At most 160 weeks before the end."))
        ids = selectors.chosen_ids(read_filter(request))
        return Response(selectors.coverage_weeks(account_ids=ids, start=start, at=end))


def _days(request: Request) -> int:
    given = request.query_params.get("soon_days")
    if given is None:
        return selectors.SOON
    if not given.isascii() or not given.isdigit() or len(given) > 3 or not 1 <= int(given) <= MOST_DAYS:
        raise Invalid(Fault("?soon_days", "range", f"A number of days, 1 to {MOST_DAYS}."))
    return int(given)
