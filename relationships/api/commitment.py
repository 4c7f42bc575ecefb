"""How committed a person is, over REST."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView
from accounts.selectors import find_personas
from accounts.services import Fault
from relationships import selectors
from relationships.formulas.commitment import LEVELS

KINDS = ["touch", "moment", "promise", "case", "ask"]


class CommitmentMoveSerializer(serializers.Serializer):
    """An event that moved commitment, and where it left it."""

    kind = serializers.ChoiceField(choices=KINDS, source="event.kind")
    id = serializers.UUIDField(
        source="event.id", help_text="Of the touch, moment, promise, case or advocate ask."
    )
    at = serializers.DateTimeField(source="event.at")
    words = serializers.CharField(source="event.words", allow_blank=True)
    points = serializers.FloatField(source="event.points")
    before = serializers.FloatField()
    after = serializers.FloatField()
    level = serializers.ChoiceField(choices=LEVELS, help_text="The level that it left.")
    turned = serializers.BooleanField(help_text="It led to another level.")


class CommitmentSerializer(serializers.Serializer):
    """Where a person stands, and what moved them there."""

    persona = serializers.UUIDField()
    at = serializers.DateTimeField()
    level = serializers.ChoiceField(
        choices=LEVELS, allow_null=True, help_text="Null: too little happened to tell."
    )
    value = serializers.FloatField(help_text="0 to 100; 50 where nothing is known.")
    moves = CommitmentMoveSerializer(many=True, help_text="Newest first, of the last three years.")


class CommitmentView(RestView):
    serializer_class = CommitmentSerializer

    @extend_schema(
        responses={200: CommitmentSerializer},
        summary="How committed a person is, and what moved that",
        description="From touches, moments, promises, cases and advocate asks; it fades by half in 180 days. Never part "
        "of the score.",
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        if request.query_params:
            raise Invalid(
                *(Fault(f"?{name}", "unknown", "Unknown parameter.") for name in request.query_params)
            )
        known = find_personas(ids={id}).by_id.get(id)
        if known is None:
            raise Http404
        found = selectors.commitments(persona_ids=[known.id], tenant=self.actor.tenant, at=self.at)[known.id]
        body = {
            "persona": known.id,
            "at": self.at,
            "level": found.level,
            "value": found.value,
            "moves": found.moves,
        }
        return Response(CommitmentSerializer(body).data)
