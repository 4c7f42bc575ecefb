"""Personas over REST, with merge and erase. Rating and effective influence are fields of higher floors, which the
roof adds."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import (
    FlagFilter,
    Invalid,
    ItemSerializer,
    ResourceFilter,
    ResourceView,
    StrictSerializer,
    choice,
    day,
    effective_at,
    external_id,
    external_reference,
    historical,
    reference,
    text,
)
from accounts.api.terms import TermFilter, TermSerializer, TermView
from accounts.models import Account, Persona, PersonaTemplate


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class ZoneField(serializers.CharField):
    """A name of the tz database, such as Europe/Berlin."""

    def to_internal_value(self, data: Any) -> str:
        zone: str = super().to_internal_value(data)
        if zone and zone not in known_zones():
            raise serializers.ValidationError("Not a name of the tz database.", code="invalid_choice")
        return zone


class ProfileFactSerializer(StrictSerializer):
    key = serializers.CharField(max_length=50)
    value = serializers.CharField(max_length=10_000)
    source = serializers.CharField(max_length=100, allow_blank=True, default="")
    basis = serializers.CharField(
        max_length=100, allow_blank=True, default="", help_text="Why we may keep this fact."
    )
    expires_on = serializers.DateField(allow_null=True, default=None)
    confirmed_on = serializers.DateField(
        allow_null=True,
        required=False,
        help_text="When it was last confirmed; a new value is, today, unless you say.",
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """A fact is written whole, also where only this field of its person is."""
        values = super().to_internal_value(data)
        absent = [name for name in ("key", "value") if name not in values]
        if absent:
            required = serializers.ErrorDetail("This field is required.", code="required")
            raise serializers.ValidationError({name: [required] for name in absent})
        return values


class ProfileField(serializers.ListSerializer):
    """The typed facts about a persona; a list that is written takes the place of the former one."""

    def to_representation(self, data: Any) -> list[Any]:
        facts = sorted(data.all(), key=lambda fact: fact.key)
        return [self.child.to_representation(fact) for fact in facts]


class PersonaSerializer(ItemSerializer):
    needs = ("name", "account")

    id = serializers.UUIDField(read_only=True)
    external_id = external_id()
    account = reference("account", "account_id", null=False)
    account_external_id = external_reference("account")
    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(required=False, allow_blank=True, allow_null=True)
    phone = text(50)
    title = text(200)
    language = text(35, help_text="BCP 47, such as de or pt-BR.")
    time_zone = ZoneField(max_length=64, required=False, allow_blank=True, allow_null=True)
    role = choice(Persona.Role.choices)
    influence = serializers.IntegerField(
        min_value=1, max_value=5, required=False, allow_null=True, help_text="Overrides that of the role."
    )
    tracked = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether the persona counts in the score."
    )
    reports_to = reference("persona above", "reports_to_id")
    reports_to_external_id = external_reference("persona above")
    joined_on = day()
    left_on = day()
    active = serializers.SerializerMethodField(help_text="Has not left.")
    profile = ProfileField(child=ProfileFactSerializer(), max_length=200, required=False, allow_null=True)
    effective_at = effective_at()
    historical = historical()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    deleted_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_active(self, persona: Persona) -> bool:
        today: date = self.context["today"]
        return persona.left_on is None or persona.left_on > today


class PersonaFilter(ResourceFilter):
    account = django_filters.UUIDFilter(field_name="account_id")
    account_external_id = django_filters.CharFilter(field_name="account__external_id")
    email = django_filters.CharFilter(lookup_expr="iexact")
    role = django_filters.MultipleChoiceFilter(choices=Persona.Role.choices)
    tracked = FlagFilter()
    left = FlagFilter(method="gone", help_text="Works there no more today.")
    account_status = django_filters.MultipleChoiceFilter(
        choices=Account.Status.choices, method="at_accounts", help_text="Of accounts of this status."
    )
    account_owner_email = django_filters.CharFilter(
        field_name="account__owner__user__email", lookup_expr="iexact", help_text="Of accounts of this owner."
    )

    def gone(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        has_left = Q(left_on__isnull=False, left_on__lte=self.request.parser_context["view"].today)
        return rows.filter(has_left if value else ~has_left)

    def at_accounts(self, rows: QuerySet, name: str, status: Sequence[str]) -> QuerySet:
        return rows.filter(account__status__in=status, account__deleted_at=None)


class MergeSerializer(StrictSerializer):
    """What remains: its id, or its external_id."""

    into = serializers.UUIDField(required=False)
    into_external_id = serializers.CharField(min_length=1, max_length=255, required=False)


def remaining(body: Any, find: Any) -> UUID:
    """The id of what a merge leaves, as the body names it. Raises Invalid."""
    named = MergeSerializer().run_validation(body)
    keys = [named["into_external_id"]] if "into_external_id" in named else []
    found = find(external_ids=keys)
    into = named.get("into") or next((target.id for target in found.by_external_id.values()), None)
    if into is None:
        raise Invalid(services.Fault("/into", "missing" if keys else "required", "Name what remains."))
    return UUID(str(into))


class PersonaTemplateSerializer(TermSerializer):
    """What one may assume of people of a kind until they say otherwise. One that was used is switched off, never
    removed: the facts that it filled in stay."""

    role = serializers.ChoiceField(
        choices=Persona.Role.choices,
        required=False,
        allow_blank=True,
        help_text="The role in which such people are usual; empty: any.",
    )
    facts = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True),
        required=False,
        help_text=f"What is assumed, by the key of a kind of fact: {', '.join(selectors.TEMPLATE_KINDS)}. "
        "What is written takes the place of all former ones.",
    )


class PersonaTemplateFilter(TermFilter):
    role = django_filters.ChoiceFilter(choices=Persona.Role.choices)
    active = FlagFilter()


class PersonaTemplateView(TermView):
    """Persona templates, for every account alike: admins keep them, and whoever may write a persona applies one."""

    serializer_class = PersonaTemplateSerializer
    filterset_class = PersonaTemplateFilter
    terms = services.PERSONA_TEMPLATES

    def rows(self) -> QuerySet:
        return selectors.persona_template_rows()

    def write(self, key: str, values: Mapping[str, Any]) -> PersonaTemplate:
        return services.save_persona_template(key=key, values=values, actor=self.actor, at=self.at)[0]


class ApplySerializer(StrictSerializer):
    """Which template; of none the first of the persona's role."""

    template = serializers.CharField(
        max_length=50, required=False, help_text="The key of a persona template."
    )


class PersonaView(ResourceView):
    serializer_class = PersonaSerializer
    filterset_class = PersonaFilter
    orderings = {**ResourceView.orderings, "name": ("name", "id")}
    requests = {"merge": MergeSerializer, "erase": None, "apply_template": ApplySerializer}
    save = staticmethod(services.save_personas)
    delete_one = staticmethod(services.delete_persona)
    restore_one = staticmethod(services.restore_persona)

    def rows(self) -> QuerySet:
        return selectors.persona_rows()

    def get_serializer_context(self) -> dict[str, Any]:
        context: dict[str, Any] = super().get_serializer_context()
        if hasattr(self, "actor"):
            context["today"] = self.today
        return context

    def retrieve(self, request: Request, id: UUID) -> Response:
        merged = self.rows().filter(pk=id).values_list("merged_into_id", flat=True).first()
        if merged is not None:
            return Response(status=308, headers={"Location": self.address(merged)})
        return super().retrieve(request, id)

    def merge(self, request: Request, id: UUID) -> Response:
        """Make another persona stand for this one; answers with the one that remains."""
        into = remaining(request.data, selectors.find_personas)
        services.merge_personas(id=id, into=into, actor=self.actor, at=self.at)
        return self.answer(self.find(into))

    def apply_template(self, request: Request, id: UUID) -> Response:
        """Fill what is not known of this person with what a persona template assumes, as assumptions that expire in 90
        days; answers with the persona."""
        key = ApplySerializer().run_validation(request.data or {}).get("template", "")
        self.find(id)
        try:
            services.apply_template(persona_id=id, key=key, actor=self.actor, at=self.at)
        except services.NoTemplate:
            raise Invalid(
                services.Fault("/template", "missing", "There is no such template in use.")
            ) from None
        return self.answer(self.find(id))

    def erase(self, request: Request, id: UUID) -> Response:
        """Blank this person's name, addresses and free text everywhere; answers with what remains."""
        services.erase_persona(id=id, actor=self.actor, at=self.at)
        return self.answer(self.find(id))
