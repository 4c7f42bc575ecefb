"""The same person at other accounts over REST: read, linked and unlinked."""

from typing import Any
from uuid import UUID

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import Invalid, RestView, StrictSerializer
from accounts.services import Fault


class SamePersonSerializer(serializers.Serializer):
    """A persona at another account that is the same person."""

    persona = serializers.UUIDField(source="persona.pk")
    account = serializers.UUIDField(source="persona.account_id")
    account_name = serializers.CharField(source="persona.account.name")
    name = serializers.CharField(source="persona.name")
    role = serializers.CharField(source="persona.role")
    left_on = serializers.DateField(source="persona.left_on", allow_null=True)
    by = serializers.ChoiceField(
        choices=["email", "hand"],
        help_text="By the same e-mail, or by a member's word, also on another of them.",
    )


class SamePeopleSerializer(serializers.Serializer):
    results = SamePersonSerializer(many=True)


class NewLinkSerializer(StrictSerializer):
    """Who else is this person: their id, or their external_id."""

    persona = serializers.UUIDField(required=False)
    persona_external_id = serializers.CharField(min_length=1, max_length=255, required=False)


class PersonaLinksView(RestView):
    """The same person at other accounts, by e-mail or by hand."""

    serializer_class = SamePeopleSerializer
    requests = {"link": NewLinkSerializer, "unlink": NewLinkSerializer}
    answers = {
        "retrieve": {200: SamePeopleSerializer},
        "link": {200: SamePeopleSerializer, 201: SamePeopleSerializer},
        "unlink": {200: SamePeopleSerializer},
    }

    def retrieve(self, request: Request, id: UUID) -> Response:
        """Where else this person works or worked, at most 20."""
        return self._same(self._persona(id), 200)

    def link(self, request: Request, id: UUID) -> Response:
        """Say that another persona is the same person; answers with all of them."""
        here, other = self._persona(id), self._other(request.data)
        new = services.link_personas(id=here, other=other, actor=self.actor, at=self.at)
        return self._same(here, 201 if new else 200)

    def unlink(self, request: Request, id: UUID) -> Response:
        """Say that another persona is not the same person, though the e-mail or somebody says so."""
        here, other = self._persona(id), self._other(request.data)
        services.unlink_personas(id=here, other=other, actor=self.actor, at=self.at)
        return self._same(here, 200)

    def _same(self, id: UUID, status: int) -> Response:
        found = selectors.same_person(persona_id=id)
        return Response(SamePeopleSerializer({"results": found}).data, status=status)

    def _persona(self, id: UUID) -> UUID:
        target = selectors.find_personas(ids=[id]).by_id.get(id)
        if target is None:
            raise Http404
        return target.id

    def _other(self, body: Any) -> UUID:
        named = NewLinkSerializer().run_validation(body)
        keys = [named["persona_external_id"]] if "persona_external_id" in named else []
        ids = [named["persona"]] if "persona" in named else []
        if not keys and not ids:
            raise Invalid(Fault("/persona", "required", "Name the other persona."))
        found = selectors.find_personas(ids=ids, external_ids=keys)
        target = next(iter([*found.by_id.values(), *found.by_external_id.values()]), None)
        if target is None:
            field = "persona" if ids else "persona_external_id"
            raise Invalid(Fault(f"/{field}", "missing", "There is no such object."))
        return target.id
