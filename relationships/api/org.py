"""Edges between personas, pairings of ours with theirs, and what is missing between them, over REST."""

from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as directory
from accounts.api.base import (
    Extra,
    FlagFilter,
    Invalid,
    ItemSerializer,
    PersonaFilter,
    ResourceFilter,
    ResourceView,
    RestView,
    choice,
    day,
    external_id,
    external_reference,
    reference,
)
from accounts.services import Fault
from relationships import selectors, services
from relationships.models import Edge


class DatedSerializer(ItemSerializer):
    """What holds of a persona from a day until a day; ``until_on`` is the first day on which it is no more."""

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = serializers.UUIDField(source="account_id", read_only=True)
    persona = reference("persona", "persona_id", null=False)
    persona_external_id = external_reference("persona")
    from_on = day(help_text="Default: today.")
    until_on = day(help_text="Null while it holds.")
    source = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)


class DatedFilter(ResourceFilter):
    account = django_filters.UUIDFilter(field_name="persona__account_id")
    account_external_id = django_filters.CharFilter(field_name="persona__account__external_id")
    open = FlagFilter(field_name="until_on", lookup_expr="isnull")


class EdgeSerializer(DatedSerializer):
    """A persona influences, conflicts with or sponsors another of the same account. Persona, target and kind never
    change: end the edge and add another."""

    needs = ("persona", "target", "kind")

    target = reference("persona", "target_id", null=False)
    target_external_id = external_reference("persona")
    kind = choice(Edge.Kind.choices, null=False)
    strength = serializers.IntegerField(
        min_value=1, max_value=3, required=False, allow_null=True, help_text="1 to 3, 2 unless given."
    )


class EdgeFilter(DatedFilter):
    persona = django_filters.UUIDFilter(
        method="at_persona", help_text="From or to this persona, or one merged into them."
    )
    kind = django_filters.ChoiceFilter(choices=Edge.Kind.choices)

    def at_persona(self, rows: QuerySet, name: str, value: UUID) -> QuerySet:
        whose = directory.joined_people(value)
        return rows.filter(Q(persona_id__in=whose) | Q(target_id__in=whose))


class EdgeView(ResourceView):
    """Edges of the org chart, beside reports_to, which stands on the persona."""

    serializer_class = EdgeSerializer
    filterset_class = EdgeFilter
    save = staticmethod(services.save_edges)
    delete_one = staticmethod(services.delete_edge)
    restore_one = staticmethod(services.restore_edge)

    def rows(self) -> QuerySet:
        return selectors.edge_list()


class PairingSerializer(DatedSerializer):
    """One of ours who looks after one of theirs. Persona and member never change: end the pairing and add another."""

    needs = ("persona", "member_email")

    member_email = serializers.EmailField(source="member.user.email", required=False)


class PairingFilter(DatedFilter):
    persona = PersonaFilter(field_name="persona_id")
    member_email = django_filters.CharFilter(field_name="member__user__email", lookup_expr="iexact")


class PairingView(ResourceView):
    """Our executives beside theirs, with the last touch of the two."""

    serializer_class = PairingSerializer
    filterset_class = PairingFilter
    extras = {
        "last_contact_at": Extra(
            selectors.last_contacts, serializers.DateTimeField(read_only=True, allow_null=True)
        ),
    }
    save = staticmethod(services.save_pairings)
    delete_one = staticmethod(services.delete_pairing)
    restore_one = staticmethod(services.restore_pairing)

    def rows(self) -> QuerySet:
        return selectors.pairing_list()


class GapSerializer(serializers.Serializer):
    """An executive of theirs without one of ours (unpaired), or a pair who have not spoken for 90 days (quiet)."""

    kind = serializers.ChoiceField(choices=["unpaired", "quiet"])
    account = serializers.UUIDField(source="account_id")
    account_name = serializers.CharField(source="account")
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    persona = serializers.UUIDField(source="persona_id")
    persona_name = serializers.CharField(source="persona")
    role = serializers.CharField()
    member = serializers.UUIDField(source="member_id", allow_null=True)
    last_contact_at = serializers.DateTimeField(source="last_at", allow_null=True)


class PairingGapsView(RestView):
    """``/pairings/gaps``"""

    serializer_class = GapSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("account", UUID, description="Of one account."),
            OpenApiParameter("owner", str, description="E-mail of the accounts' owner."),
        ],
        responses=GapSerializer(many=True),
        summary="What is missing between our executives and theirs",
        description="At most 1,000, the accounts that are worth most first.",
    )
    def retrieve(self, request: Request) -> Response:
        unknown = [name for name in request.query_params if name not in ("account", "owner")]
        if unknown:
            raise Invalid(*(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in unknown))
        found = selectors.pairing_gaps(
            tenant=self.actor.tenant,
            at=self.at,
            account_ids=_account(request.query_params.get("account")),
            owner_id=_owner(request.query_params.get("owner")),
        )
        return Response(GapSerializer(found, many=True).data)


def _account(text: str | None) -> list[UUID] | None:
    if text is None:
        return None
    try:
        return [UUID(text)]
    except ValueError:
        raise Invalid(Fault("?account", "invalid", "The id of an account.")) from None


def _owner(email: str | None) -> UUID | None:
    if not email:
        return None
    found = directory.find_members(emails=[email]).get(email.lower())
    if found is None:
        raise Invalid(Fault("?owner", "missing", "There is no member with this e-mail."))
    return found
