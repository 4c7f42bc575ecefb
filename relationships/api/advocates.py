"""Advocates and what we asked of them, over REST."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import (
    FlagFilter,
    Invalid,
    ResourceView,
    RestView,
    choice,
    day,
    external_reference,
    reference,
    text,
)
from accounts.api.work import AtAccountSerializer, AtPersonaFilter
from accounts.services import Fault
from relationships import selectors, services
from relationships.api.differences import MOST, OpenApiAccount, account_of, member_of
from relationships.models import AdvocateAsk


class AdvocateAskSerializer(AtAccountSerializer):
    """One asking of one person for one favour. The account is that of the person."""

    needs = ("persona", "kind")

    persona = reference("persona", "persona_id", null=False)
    persona_external_id = external_reference("persona")
    kind = choice(AdvocateAsk.Kind.choices, null=False)
    what = text(10_000, help_text="What for.")
    asked_on = day(help_text="Default: today.")
    owner_email = serializers.EmailField(
        source="owner.user.email",
        required=False,
        allow_null=True,
        help_text="Who asked. Default: the writer.",
    )
    answer = choice(AdvocateAsk.Answer.choices, help_text="Null while it waits.")
    answered_on = day(help_text="Default: today, once there is an answer.")
    done_on = day(help_text="When they did it; only after a yes.")
    despite = text(
        1000,
        help_text="Why nevertheless; needed within the rest of their last ask, and where they want no contact.",
    )


class AdvocateAskFilter(AtPersonaFilter):
    kind = django_filters.ChoiceFilter(choices=AdvocateAsk.Kind.choices)
    answer = django_filters.ChoiceFilter(choices=AdvocateAsk.Answer.choices)
    waiting = FlagFilter(field_name="answer", lookup_expr="isnull")
    since = django_filters.DateFilter(field_name="asked_on", lookup_expr="gte")
    before = django_filters.DateFilter(field_name="asked_on", lookup_expr="lt")
    owner_email = django_filters.CharFilter(field_name="owner__user__email", lookup_expr="iexact")


class AdvocateAskView(ResourceView):
    """What we asked of people who may speak for us: a reference, a case study, a talk; what they answered and did."""

    serializer_class = AdvocateAskSerializer
    filterset_class = AdvocateAskFilter
    orderings = {**ResourceView.orderings, "asked_on": ("asked_on", "id")}
    save = staticmethod(services.save_advocate_asks)
    delete_one = staticmethod(services.delete_advocate_ask)
    restore_one = staticmethod(services.restore_advocate_ask)

    def rows(self) -> QuerySet:
        return selectors.advocate_ask_rows()


class AdvocateSerializer(serializers.Serializer):
    """A person who would speak well of us, or was asked to."""

    persona = serializers.UUIDField()
    account = serializers.UUIDField()
    advocate = serializers.BooleanField(
        help_text="Very good and positive today, by a word that is not stale."
    )
    may_ask = serializers.BooleanField(
        help_text="An advocate who is neither left in peace nor wants no contact."
    )
    ask_from = serializers.DateField(allow_null=True, help_text="Not before this day; null: today.")
    reason = serializers.CharField()
    asked = serializers.IntegerField(help_text="How often they were asked.")
    done = serializers.IntegerField(help_text="How often they did it.")
    last_ask = serializers.UUIDField(allow_null=True)


class AdvocatesSerializer(serializers.Serializer):
    """Whom we may ask first, then who rests, at most 1,000; ``total`` counts all."""

    total = serializers.IntegerField()
    may_ask = serializers.IntegerField()
    results = AdvocateSerializer(many=True)


class AdvocatesView(RestView):
    serializer_class = AdvocatesSerializer

    @extend_schema(
        parameters=[
            OpenApiAccount,
            OpenApiParameter(
                "owner", str, description="E-mail of a member who owns the accounts or works on them."
            ),
        ],
        responses={200: AdvocatesSerializer},
        summary="Who would speak well of us, and whom we may ask",
        description="Very good and positive, and not asked too soon: 30 days after an ask without an answer, 60 after "
        "a later, 90 after a yes or what came of it, 180 after a no; and nobody who wants no contact.",
    )
    def retrieve(self, request: Request) -> Response:
        unknown = [name for name in request.query_params if name not in ("account", "owner")]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        found = selectors.advocates(
            tenant=self.actor.tenant,
            at=self.at,
            member=member_of(request.query_params.get("owner")),
            account_ids=account_of(request.query_params.get("account")),
        )
        body = {
            "total": len(found),
            "may_ask": sum(one.may_ask for one in found),
            "results": [_row(one) for one in found[:MOST]],
        }
        return Response(AdvocatesSerializer(body).data)


def _row(one: selectors.Advocate) -> dict[str, Any]:
    return {
        "persona": one.person.id,
        "account": one.person.account_id,
        "advocate": one.now,
        "may_ask": one.may_ask,
        "ask_from": one.story.ask_from,
        "reason": one.story.reason,
        "asked": len(one.story.asks),
        "done": one.story.done,
        "last_ask": one.story.last.pk if one.story.last else None,
    }
