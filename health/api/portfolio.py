"""The portfolio over REST."""

import datetime as dt
from collections.abc import Sequence

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.services.items import Fault
from health import formulas, selectors
from health.api.asking import read_day, read_member, read_moment

PARAMETERS = ("owner", "team", "segment", "tier", "renews_before")
FILTERS = [
    OpenApiParameter("owner", str, description="E-mail of the accounts' owner."),
    OpenApiParameter("team", str, description="E-mail of a member of their team."),
    OpenApiParameter("segment", str),
    OpenApiParameter("tier", str),
    OpenApiParameter("renews_before", dt.date),
]


ROLE = OpenApiParameter(
    "role",
    str,
    enum=formulas.ROLES,
    description="Of the people, count those of this role: in `matrix`, `stale_ratings` and `totals.people`. Accounts "
    "and their money stay.",
)


class PortfolioSerializer(serializers.Serializer):
    """The whole book in people and in money; sums are in the tenant's currency."""

    at = serializers.DateTimeField()
    currency = serializers.CharField()
    totals = serializers.DictField()
    arr_by_band = serializers.DictField()
    at_risk_arr = serializers.CharField()
    quadrants = serializers.DictField()
    accounts = serializers.ListField(child=serializers.DictField())
    matrix = serializers.DictField()
    coverage = serializers.DictField()
    single_threaded = serializers.DictField()
    stale_ratings = serializers.DictField()
    movers = serializers.ListField(child=serializers.DictField())
    without_step = serializers.DictField()
    unacknowledged = serializers.DictField(
        help_text="Accounts at risk that no manager has acknowledged, and those whose word is overdue."
    )
    surprises = serializers.DictField()
    retention = serializers.DictField()
    first_action = serializers.DictField(
        required=False,
        help_text="In the last 180 days: signals, how many were answered, after how many days in the median, how many "
        "wait; touches by mode; the same by owner. Absent where nothing is known, as each of its fields is.",
    )
    without_rate = serializers.ListField(child=serializers.DictField())


class ShareSerializer(serializers.Serializer):
    n = serializers.IntegerField(help_text="Accounts.")
    stayed = serializers.IntegerField()
    share = serializers.FloatField(
        allow_null=True, help_text="In percent; null where n is 0, as the interval is."
    )
    low = serializers.FloatField(allow_null=True, help_text="The 95 % interval (Wilson).")
    high = serializers.FloatField(allow_null=True)


class GroupSerializer(ShareSerializer):
    contacts = serializers.ChoiceField(
        choices=["none", "one_or_two", "three_to_five", "more"], help_text="Support contacts in half a year."
    )


class FindingSerializer(serializers.Serializer):
    """Accounts with a kind of contact against those without."""

    about = serializers.ChoiceField(
        choices=["contacts", "question", "problem", "request", "escalation"],
        help_text="contacts: more than the median against the rest; a kind: any against none.",
    )
    with_it = ShareSerializer()
    without = ShareSerializer()
    difference = serializers.FloatField(allow_null=True, help_text="Points more that stay; null if too few.")
    low = serializers.FloatField(allow_null=True, help_text="The 95 % interval (Newcombe).")
    high = serializers.FloatField(allow_null=True)
    says = serializers.ChoiceField(choices=["more_stay", "fewer_stay", "no_difference", "too_few"])


class SupportSerializer(serializers.Serializer):
    """What support contacts have to do with staying. What goes together is not what causes."""

    days = serializers.IntegerField(help_text="Before the decision, in which contacts are counted.")
    accounts = serializers.IntegerField()
    lost = serializers.IntegerField()
    enough = serializers.BooleanField(
        help_text="False: not enough churn yet to tell; then there is no finding."
    )
    median_contacts = serializers.FloatField(allow_null=True)
    groups = GroupSerializer(many=True)
    findings = FindingSerializer(many=True)


class SupportView(RestView):
    """``/portfolio/support``"""

    serializer_class = SupportSerializer

    @extend_schema(responses=SupportSerializer, summary="Support contacts and retention")
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, ())
        found = selectors.support_contacts(at=self.at)
        return Response(selectors.support_document(found))


class PortfolioView(RestView):
    """``/portfolio``"""

    serializer_class = PortfolioSerializer

    @extend_schema(
        parameters=[
            *FILTERS,
            ROLE,
            OpenApiParameter("at", dt.datetime, description="As known at that moment."),
        ],
        responses=PortfolioSerializer,
        summary="The portfolio",
    )
    def retrieve(self, request: Request) -> HttpResponse:
        refuse_unknown(request, {*PARAMETERS, "role", "at"})
        at = read_moment(request, "at", latest=self.at)
        chosen = read_filter(request)
        if at is None:
            found = selectors.portfolio_json(chosen, at=self.at)
            return HttpResponse(found, content_type="application/json")
        return Response(selectors.portfolio(chosen, at=at, stored=False))


class CountedSerializer(serializers.Serializer):
    """One person who counts, in their cell of the matrix; both null in the cell of the unrated."""

    persona = serializers.UUIDField()
    account = serializers.UUIDField()
    account_name = serializers.CharField()
    role = serializers.ChoiceField(choices=formulas.ROLES)
    strength = serializers.ChoiceField(choices=formulas.STRENGTHS, allow_null=True)
    sentiment = serializers.ChoiceField(choices=list(formulas.SENTIMENTS), allow_null=True)
    arr = serializers.DecimalField(
        max_digits=24,
        decimal_places=2,
        allow_null=True,
        help_text="Their share of the account's ARR by influence, in your currency; null without a rate.",
    )
    band = serializers.CharField(help_text="Of the account.")
    renewal_on = serializers.DateField(allow_null=True)


class CountedPeopleSerializer(serializers.Serializer):
    """Where most money is first; the sums are of everyone found, listed or not."""

    people = serializers.IntegerField(source="total")
    accounts = serializers.IntegerField()
    arr = serializers.DecimalField(max_digits=24, decimal_places=2)
    currency = serializers.CharField()
    results = CountedSerializer(many=True, source="people")


class PortfolioPeopleView(RestView):
    """``/portfolio/people``"""

    serializer_class = CountedPeopleSerializer

    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter("role", str, enum=formulas.ROLES),
            OpenApiParameter(
                "cell", str, enum=selectors.CELL_NAMES, description="Strength and sentiment, or unrated."
            ),
            OpenApiParameter("limit", int, description="By default 100, at most 1,000."),
            OpenApiParameter("offset", int, description="How many to leave out."),
        ],
        responses=CountedPeopleSerializer,
        summary="The people behind a cell of the matrix",
        description="Everyone who counts in the score in this part of the book, as the matrix of `/portfolio` counts them.",
    )
    def retrieve(self, request: Request) -> Response:
        refuse_unknown(request, {*PARAMETERS, "role", "cell", "limit", "offset"})
        found = selectors.counted_people(
            read_filter(request),
            cell=_one_of(request, "cell", selectors.CELL_NAMES),
            most=_count(request, "limit", 100, range(1, 1001)),
            skip=_count(request, "offset", 0, range(10_000_000)),
            at=self.at,
        )
        return Response(CountedPeopleSerializer(found).data)


def _count(request: Request, name: str, usual: int, allowed: range) -> int:
    given = request.query_params.get(name, str(usual))
    if not (given.isascii() and given.isdigit() and len(given) < 9 and int(given) in allowed):
        raise Invalid(Fault(f"?{name}", "range", f"A number from {allowed[0]} to {allowed[-1]}."))
    return int(given)


def read_filter(request: Request) -> selectors.PortfolioFilter:
    """Which part of the book the address asks for. Raises Invalid."""
    return selectors.PortfolioFilter(
        owner=read_member(request, "owner"),
        team=read_member(request, "team"),
        segment=request.query_params.get("segment", ""),
        tier=request.query_params.get("tier", ""),
        renews_before=read_day(request, "renews_before"),
        role=_one_of(request, "role", formulas.ROLES),
    )


def _one_of(request: Request, name: str, words: Sequence[str]) -> str:
    given = request.query_params.get(name, "")
    if given and given not in words:
        raise Invalid(Fault(f"?{name}", "invalid_choice", f"One of {', '.join(words)}."))
    return given
