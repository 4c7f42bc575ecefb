"""Rounds, who is asked in them, and their cadences, over REST."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts
from accounts.api.base import (
    FlagFilter,
    Invalid,
    ItemSerializer,
    ListedView,
    PersonaFilter,
    ResourceFilter,
    ResourceView,
    RestView,
    StrictSerializer,
    external_id,
)
from accounts.services import Fault
from relationships import selectors, services

STATES = ["open", "overdue", "finished"]


class ResourceSerializer(ItemSerializer):
    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)


def words(**options: Any) -> serializers.ListField:
    child = serializers.CharField(max_length=100)
    return serializers.ListField(child=child, max_length=100, required=False, **options)


def days(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=3650, required=False, allow_null=True, help_text=help_text
    )


class ScopeSerializer(StrictSerializer):
    """For whom a round is; what is left out does not narrow it."""

    segment = words()
    tier = words()
    owner_email = serializers.ListField(
        child=serializers.EmailField(), max_length=500, required=False, help_text="Owners of accounts."
    )
    renews_within = days("Accounts that renew within so many days.")
    rated_within = days("Leave out whose whole rating is younger than so many days.")
    besides_tiers = words(help_text="Leave out accounts of these tiers.")

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        emails = self.root.context.get("emails", {})
        return {
            "segment": instance.get("segment", []),
            "tier": instance.get("tier", []),
            "owner_email": [emails.get(owner, "") for owner in instance.get("owner", [])],
            "renews_within": instance.get("renews_within"),
            "rated_within": instance.get("rated_within"),
            "besides_tiers": instance.get("besides_tiers", []),
        }


def emails_of() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.EmailField(), max_length=100, required=False, write_only=True,
        help_text="Who rates a second time, blind; needed with second_share.",
    )  # fmt: skip


def share() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        help_text="Of how many in a hundred a second rater is asked for.",
    )


class RoundSerializer(ResourceSerializer):
    """A rating campaign. Scope and second raters are settled when it opens."""

    needs = ("name", "due_on")

    name = serializers.CharField(max_length=200, required=False)
    scope = ScopeSerializer(required=False)
    second_share = share()
    second_rater_emails = emails_of()
    due_on = serializers.DateField(required=False)
    opened_at = serializers.DateTimeField(read_only=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    escalated_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the leaders were told that people are left."
    )
    cadence = serializers.UUIDField(source="cadence_id", read_only=True, allow_null=True)
    asked = serializers.IntegerField(read_only=True, help_text="How many ratings it asks for.")
    done = serializers.IntegerField(read_only=True, help_text="How many of them it has.")
    state = serializers.ChoiceField(choices=STATES, read_only=True)


class RoundFilter(ResourceFilter):
    closed = FlagFilter(field_name="closed_at", lookup_expr="isnull", exclude=True)
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt")


class RoundView(ResourceView):
    """``/rounds``"""

    serializer_class = RoundSerializer
    filterset_class = RoundFilter
    orderings = {**ResourceView.orderings, "due_on": ("due_on", "id")}
    requests = {"close": None}
    save = staticmethod(services.save_rounds)
    delete_one = staticmethod(services.delete_round)
    restore_one = staticmethod(services.restore_round)

    def rows(self) -> QuerySet:
        return selectors.round_list()

    def get_serializer_context(self) -> dict[str, Any]:
        context: dict[str, Any] = super().get_serializer_context()
        actor = getattr(self, "actor", None)
        return context | {"emails": _emails(actor.tenant_id) if actor else {}}

    def represent(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        for row in rows:
            row.state = selectors.state_of(row, today=self.today)
        return super().represent(rows)

    def close(self, request: Request, id: UUID) -> Response:
        """End a round: nobody is asked any more."""
        services.close_round(id=id, actor=self.actor, at=self.at)
        return self.answer(self.find(id))


def _emails(tenant_id: int) -> dict[str, str]:
    return {str(member.pk): member.user.email for member in accounts.members(tenant_id=tenant_id)}


class NewScopeSerializer(StrictSerializer):
    scope = ScopeSerializer(required=False)
    second_share = share()
    second_rater_emails = emails_of()


class AskedRaterSerializer(serializers.Serializer):
    rater_email = serializers.EmailField()
    people = serializers.IntegerField()
    second = serializers.IntegerField(help_text="Of these as the second rater.")


class AskingSerializer(serializers.Serializer):
    """Whom a round of this scope would ask now."""

    people = serializers.IntegerField()
    accounts = serializers.IntegerField()
    asked = serializers.IntegerField(help_text="Ratings in all, second ones included.")
    inherited = serializers.IntegerField()
    nobody = serializers.IntegerField(help_text="People for whom there is nobody to ask.")
    raters = AskedRaterSerializer(many=True)


class RoundPreviewView(RestView):
    """``/rounds/preview``"""

    serializer_class = AskingSerializer

    @extend_schema(
        request=NewScopeSerializer, responses={200: AskingSerializer}, summary="Whom a round would ask"
    )
    def preview(self, request: Request) -> Response:
        body = NewScopeSerializer().run_validation(request.data)
        scope = dict(body.get("scope") or {})
        owners = self._ids("/scope/owner_email", scope.pop("owner_email", ()))
        seconds = self._ids("/second_rater_emails", body.get("second_rater_emails", ()))
        named = {name: value for name, value in scope.items() if value is not None}
        asking = selectors.whom_to_ask(
            scope=selectors.Scope(**named, owner=owners),
            second_share=body.get("second_share", 0),
            second_raters=seconds,
            tenant=self.actor.tenant,
            at=self.at,
        )
        emails = _emails(self.actor.tenant_id)
        return Response(
            {
                "people": asking.people,
                "accounts": asking.accounts,
                "asked": len(asking.asks),
                "inherited": asking.inherited,
                "nobody": len(asking.nobody),
                "raters": [
                    {"rater_email": emails.get(str(rater), ""), "people": people, "second": second}
                    for rater, people, second in asking.by_rater()
                ],
            }
        )

    def _ids(self, pointer: str, emails: Sequence[str]) -> list[UUID]:
        known = accounts.find_members(emails=set(emails))
        for email in emails:
            if email.lower() not in known:
                detail = f"No active member has the e-mail {email}."
                raise Invalid(Fault(pointer, "unknown_member", detail))
        return [known[email.lower()] for email in emails]


class AssignmentSerializer(ItemSerializer):
    """One rater is asked for one person in a round."""

    id = serializers.UUIDField(read_only=True)
    round = serializers.UUIDField(source="round_id", read_only=True)
    account = serializers.UUIDField(source="account_id", read_only=True)
    persona = serializers.UUIDField(source="persona_id", read_only=True)
    rater_email = serializers.EmailField(source="rater.user.email", read_only=True)
    second = serializers.BooleanField(
        source="blind", read_only=True, help_text="Asked as the second rater, blind."
    )
    inherited = serializers.BooleanField(read_only=True, help_text="What stood was a former owner's.")
    asked_at = serializers.DateTimeField(read_only=True)
    due_on = serializers.DateField(source="round.due_on", read_only=True)
    done_at = serializers.DateTimeField(read_only=True, allow_null=True)


class AssignmentFilter(django_filters.FilterSet):
    round = django_filters.UUIDFilter(field_name="round_id")
    persona = PersonaFilter(field_name="persona_id")
    account = django_filters.UUIDFilter(field_name="account_id")
    rater_email = django_filters.CharFilter(field_name="rater__user__email", lookup_expr="iexact")
    done = FlagFilter(field_name="done_at", lookup_expr="isnull", exclude=True)
    second = FlagFilter(field_name="blind")


class AssignmentView(ListedView):
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    orderings = {"id": ("id",), "asked_at": ("asked_at", "id"), "done_at": ("done_at", "id")}
    tombstones = False

    def rows(self) -> QuerySet:
        return selectors.assignment_list()


class CadenceSerializer(ResourceSerializer):
    """How often the people at accounts of one tier are asked for; an empty tier means all without one of their own."""

    tier = serializers.CharField(max_length=100, required=False, allow_blank=True)
    every_days = serializers.IntegerField(min_value=7, max_value=366, required=False)
    due_days = serializers.IntegerField(
        min_value=1, max_value=90, required=False, help_text="At most every_days."
    )
    next_on = serializers.DateField(required=False, help_text="When the next round opens; default: tomorrow.")
    active = serializers.BooleanField(required=False)


class CadenceView(ResourceView):
    serializer_class = CadenceSerializer
    orderings = {**ResourceView.orderings, "tier": ("tier", "id")}
    save = staticmethod(services.save_cadences)
    delete_one = staticmethod(services.delete_cadence)
    restore_one = staticmethod(services.restore_cadence)

    def rows(self) -> QuerySet:
        return selectors.cadence_list()
