"""The root of the JSON door: every floor's routes under /api/v1, and the accounts and personas of the first floor
with the read-only fields that higher floors add. A field whose source has nothing to say is absent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import django_filters
from django.contrib.postgres.fields import ArrayField
from django.db.models import QuerySet, UUIDField, Value
from django.http import Http404, QueryDict
from django.urls import path, re_path
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts_selectors
from accounts import urls as accounts
from accounts.api import docs
from accounts.api.accounts import AccountFilter, AccountView
from accounts.api.base import Extra, FlagFilter, Invalid, Missing, RestView, resource_routes
from accounts.api.personas import MergeSerializer, PersonaFilter, PersonaView, remaining
from accounts.api.saved_views import SavedViewView
from accounts.models import Account, Case, Persona, Step
from accounts.services import Fault
from csplatform.api.acting import ACTING
from csplatform.api.change import PortfolioChangeView
from csplatform.api.focus import FocusView
from csplatform.api.panels import AccountPanelsView, PersonPanelsView
from csplatform.api.preparing import BriefView, OrgView
from csplatform.api.touches import Touches, TouchpointUsesView
from csplatform.api.unowned import UnownedView
from csplatform.forms import AccountsForm, RiskForm
from csplatform.selectors import card
from csplatform.selectors.book import Among
from feedback import urls as feedback_urls
from health import selectors as health_selectors
from health import urls as health
from health.api.health import ShortHealthSerializer
from journeys import selectors as journeys
from journeys import urls as journeys_urls
from relationships import selectors as relationships
from relationships import services as relationships_services
from relationships import urls as relationships_urls

SENTIMENTS = ["negative", "neutral", "positive"]


class SentimentsSerializer(serializers.Serializer):
    brand = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    product = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    service = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)
    overall = serializers.ChoiceField(choices=SENTIMENTS, allow_null=True)


class StandingRatingSerializer(serializers.Serializer):
    """The rating that speaks for a persona now; absent while nobody has rated them."""

    strength = serializers.ChoiceField(choices=["none", "weak", "okay", "very_good"], allow_null=True)
    sentiment = SentimentsSerializer()
    rated_at = serializers.DateTimeField(allow_null=True)
    rated_by = serializers.EmailField(allow_null=True)
    stale = serializers.BooleanField()
    inherited = serializers.BooleanField(help_text="Given by somebody before the present owner.")
    confidence = serializers.ChoiceField(choices=["low", "medium", "high"], allow_null=True)
    observed = serializers.ChoiceField(
        choices=SENTIMENTS, allow_null=True, help_text="What the observed signs lean to; not in the score."
    )
    signs = serializers.ListField(child=serializers.CharField(), help_text="What was seen, in words.")
    observed_at = serializers.DateTimeField(allow_null=True)
    diverges = serializers.BooleanField(help_text="The signs contradict what is said.")
    advocate = serializers.BooleanField(
        help_text="Very good and positive, not stale: would speak well of us."
    )


class InferredStrengthSerializer(serializers.Serializer):
    """What touches of 180 days and days in the product say of the relationship; never part of the score."""

    level = serializers.ChoiceField(
        choices=["none", "weak", "okay", "very_good"],
        allow_null=True,
        help_text="Null: too little is written down.",
    )
    value = serializers.FloatField(help_text="0 to 100.")
    sure = serializers.FloatField(help_text="0 to 1.")
    days = serializers.IntegerField(allow_null=True, help_text="Since the last touch.")
    touches = serializers.IntegerField()
    active_days = serializers.IntegerField(help_text="In the product, of the last 28.")
    reason = serializers.CharField()
    recency = serializers.FloatField(help_text="0 to 1; adds up to 31.5 points of the value.")
    frequency = serializers.FloatField(help_text="0 to 1; adds up to 22.5.")
    two_way = serializers.FloatField(help_text="0 to 1: how far both sides spoke; adds up to 18.")
    depth = serializers.FloatField(help_text="0 to 1: by kind of touch and what it was about; adds up to 18.")
    usage = serializers.FloatField(help_text="0 to 1, of their days in the product; adds up to 10.")


def health_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    return health_selectors.short_scores(account_ids=ids)


def stage_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    standing = journeys.current_stages(account_ids=ids, today=today, at=at)
    return {account_id: current.stage.name for account_id, current in standing.items()}


def rating_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    return relationships.latest_ratings(persona_ids=ids, at=at)


def inferred_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    found = relationships.inferred_strengths(persona_ids=ids, at=at)
    return {id: InferredStrengthSerializer(one).data for id, one in found.items()}


def influence_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    """The persona's own influence, else that of its role in the scorecard."""
    by_role = health_selectors.current_scorecard().body["influence"]
    rows = accounts_selectors.persona_rows().prefetch_related(None).filter(pk__in=ids)
    found = rows.values_list("pk", "influence", "role")
    return {persona_id: own if own is not None else by_role[role] for persona_id, own, role in found}


class WholeAccountFilter(AccountFilter):
    stage = django_filters.UUIDFilter(
        method="in_stage", help_text="Id of the stage that the account stands in."
    )

    def in_stage(self, rows: QuerySet, name: str, stage_id: UUID) -> QuerySet:
        view = self.request.parser_context["view"]
        return rows.filter(journeys.in_stage(stage_id=stage_id, today=view.today, at=view.at))


class Accounts(AccountView):
    """Accounts: the companies that you serve, with their health and stage, and what is done about those at risk."""

    filterset_class = WholeAccountFilter
    extras = {
        "stage": Extra(stage_of, serializers.CharField(read_only=True, allow_null=True)),
        "health": Extra(health_of, ShortHealthSerializer(read_only=True, allow_null=True)),
        **ACTING,
    }
    requests = {"merge": MergeSerializer, "part": None}

    def merge(self, request: Request, id: UUID) -> Response:
        """Make another account stand for this one, with its people, work and usage, the words on its pillars and its
        stages; answers with the one that remains."""
        into = remaining(request.data, accounts_selectors.find_accounts)
        relationships_services.merge_accounts(id=id, into=into, actor=self.actor, at=self.at)
        return self.answer(self.find(into))

    def part(self, request: Request, id: UUID) -> Response:
        """Undo a merge; answers with the account that stands for itself again."""
        relationships_services.part_accounts(id=id, actor=self.actor, at=self.at)
        return self.answer(self.find(id))


class WholePersonaFilter(PersonaFilter):
    """Also by the rating that speaks for them; of whom a key's member owes a blind rating, by their own words alone."""

    stale = FlagFilter(method="said", help_text="Whose rating is older than 120 days; false: everybody else.")
    inherited = FlagFilter(method="said", help_text="Rated by somebody before the present owner alone.")
    diverges = FlagFilter(method="said", help_text="Whose observed signs contradict what is said.")
    rated_before = django_filters.IsoDateTimeFilter(
        method="said",
        help_text="Last rated before this time, or never. Who has not been rated this quarter: its first midnight, with "
        "`tracked=true&left=false&account_status=active&account_status=trial`.",
    )

    def said(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """All of these are read at once, below."""
        return rows

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        given = self.form.cleaned_data
        asked = {
            name: given[name]
            for name in (*relationships.RATING_FLAGS, "rated_before")
            if given[name] not in ("", None)
        }
        rows = super().filter_queryset(queryset)
        if not asked:
            return rows
        at = self.request.parser_context["view"].at
        ids = relationships.people_said(at=at, account_id=given["account"], **asked)
        return rows.filter(Among("pk", Value(ids, output_field=ArrayField(UUIDField()))))


class Personas(PersonaView):
    """Personas: the people in a role at an account, with the rating that speaks for them."""

    filterset_class = WholePersonaFilter
    extras = {
        "effective_influence": Extra(influence_of, serializers.FloatField(read_only=True)),
        "rating": Extra(rating_of, StandingRatingSerializer(read_only=True, allow_null=True)),
        "inferred": Extra(inferred_of, InferredStrengthSerializer(read_only=True)),
    }


class SavedViews(SavedViewView):
    """Saved views: a page's filters, order and columns under a name, for one member or for the team."""

    forms = {"accounts": AccountsForm, "risk": RiskForm}

    def check_query(self, page: str, query: str) -> None:
        form = self.forms[page](QueryDict(query))
        if not form.is_valid():
            detail = "; ".join(f"{name}: {' '.join(said)}" for name, said in form.errors.items())
            raise Invalid(Fault("/query", "invalid", detail))


class CardStepSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    side = serializers.ChoiceField(choices=Step.Side.choices, help_text="Whose turn it is.")
    owner = serializers.CharField(allow_blank=True, help_text="Who of us answers for it.")
    due_on = serializers.DateField(allow_null=True)


class CardCaseSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    severity = serializers.ChoiceField(choices=Case.Severity.choices)
    subject = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField()


class CardRemedySerializer(serializers.Serializer):
    cause = serializers.CharField(help_text="Such as flag:champion_left.")
    words = serializers.CharField()
    remedies = serializers.ListField(child=serializers.CharField())


class CardFactSerializer(serializers.Serializer):
    key = serializers.CharField()
    value = serializers.CharField()


class CardPersonSerializer(serializers.Serializer):
    """Who asks, if the account knows the e-mail."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True)
    strength = serializers.CharField(allow_null=True)
    sentiment = serializers.CharField(allow_null=True)
    profile = CardFactSerializer(many=True)


class CardSerializer(serializers.Serializer):
    """What a support agent needs: how they are, why, and what the agent may do about it."""

    account = serializers.UUIDField(source="account.pk")
    name = serializers.CharField(source="account.name")
    owner = serializers.EmailField(source="account.owner.user.email", default=None, allow_null=True)
    stage = serializers.CharField(allow_blank=True)
    renewal_on = serializers.DateField(source="account.renewal_on", allow_null=True)
    score = serializers.FloatField(source="score.score", default=None, allow_null=True)
    evidence = serializers.FloatField(source="score.evidence", default=None, allow_null=True)
    band = serializers.CharField(source="score.band", default="unknown")
    change_7d = serializers.FloatField(source="score.change_7d", default=None, allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Sentences.")
    remedies = CardRemedySerializer(many=True)
    cases = CardCaseSerializer(many=True, help_text="Open ones.")
    next_step = CardStepSerializer(source="step", allow_null=True)
    last_touch_at = serializers.DateTimeField(source="touch.at", default=None, allow_null=True)
    person = CardPersonSerializer(source="caller", allow_null=True)


class SuccessorSerializer(serializers.Serializer):
    """One who could take the seat."""

    persona = serializers.UUIDField(source="persona.pk")
    name = serializers.CharField(source="persona.name")
    role = serializers.CharField(source="persona.role")
    points = serializers.FloatField(help_text="How well they fit, 0..100.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="In words, the strongest first.")
    warning = serializers.CharField(allow_blank=True, help_text="What speaks against it.")
    strength = serializers.CharField(allow_null=True)
    sentiment = serializers.CharField(allow_null=True)
    touched_at = serializers.DateTimeField(allow_null=True)


class SeatSerializer(serializers.Serializer):
    """The seat of a role at an account, and who could take it."""

    role = serializers.ChoiceField(choices=Persona.Role.choices)
    state = serializers.ChoiceField(choices=["held", "vacant", "unknown"])
    required = serializers.BooleanField(help_text="Whether accounts of this tier must have the role.")
    former = serializers.UUIDField(
        source="former.pk", default=None, allow_null=True, help_text="Who held it and left."
    )
    holders = serializers.SerializerMethodField()
    candidates = SuccessorSerializer(many=True)

    def get_holders(self, seat: relationships.Seat) -> list[UUID]:
        return [person.pk for person in seat.holders]


class SuccessorsView(RestView):
    """Who could take the seat of a role at an account, the best first; give them the role by PATCH of the persona."""

    serializer_class = SeatSerializer
    answers = {"retrieve": {200: SeatSerializer}}
    parameters = {
        "retrieve": [
            OpenApiParameter("role", str, enum=Persona.Role.values, description="By default champion.")
        ]
    }

    def retrieve(self, request: Request, id: UUID) -> Response:
        unknown = [name for name in request.query_params if name != "role"]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        role = request.query_params.get("role", "champion")
        if role not in Persona.Role.values:
            raise Invalid(Fault("?role", "invalid_choice", f"One of {', '.join(Persona.Role.values)}."))
        account = Account.objects.filter(pk=id, deleted_at=None).first()
        if account is None:
            raise Http404
        found = relationships.successors(account=account, role=role, tenant=self.actor.tenant, at=self.at)
        return Response(SeatSerializer(found).data)


class CardView(RestView):
    """The card of an account for support agents."""

    serializer_class = CardSerializer
    answers = {"retrieve": {200: CardSerializer}}
    parameters = {
        "retrieve": [
            OpenApiParameter(
                "email", str, description="Of the person who asks; they are shown if the account knows them."
            )
        ]
    }

    def retrieve(self, request: Request, id: UUID) -> Response:
        unknown = [name for name in request.query_params if name != "email"]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        email = request.query_params.get("email", "")[:254]
        try:
            found = card.account_card(account_id=id, email=email, tenant=self.actor.tenant, at=self.at)
        except card.NoCard as missing:
            raise Http404 from missing
        return Response(CardSerializer(found).data)


routes = [
    path("portfolio/change", PortfolioChangeView.as_view({"get": "retrieve"}), name="api-portfolio-change"),
    path(
        "accounts/<uuid:id>/panels", AccountPanelsView.as_view({"get": "retrieve"}), name="api-account-panels"
    ),
    path(
        "personas/<uuid:id>/panels", PersonPanelsView.as_view({"get": "retrieve"}), name="api-person-panels"
    ),
    path(
        "accounts/<uuid:id>/successors",
        SuccessorsView.as_view({"get": "retrieve"}),
        name="api-successors",
    ),
    path("unowned", UnownedView.as_view({"get": "retrieve"}), name="api-unowned"),
    path("focus", FocusView.as_view({"get": "retrieve"}), name="api-focus"),
    path("accounts/<uuid:id>/brief", BriefView.as_view({"get": "retrieve"}), name="api-brief"),
    path("accounts/<uuid:id>/org", OrgView.as_view({"get": "retrieve"}), name="api-org"),
    path("accounts/<uuid:id>/card", CardView.as_view({"get": "retrieve"}), name="api-card"),
    *resource_routes("accounts", Accounts, {"merge": "merge", "part": "part"}),
    *resource_routes(
        "personas", Personas, {"merge": "merge", "erase": "erase", "apply-template": "apply_template"}
    ),
    *resource_routes("touches", Touches),
    path("touchpoints/uses", TouchpointUsesView.as_view({"get": "retrieve"}), name="api-touchpoint-uses"),
    *resource_routes("views", SavedViews),
    *accounts.api_routes,
    path("openapi.json", docs.openapi, name="api-openapi"),
    path("docs", docs.docs, name="api-docs"),
    *health.api_routes,
    *relationships_urls.api_routes,
    *feedback_urls.api_routes,
    *journeys_urls.api_routes,
    re_path(
        r"^[\s\S]*$", Missing.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "missing"))
    ),
]
