"""The six pillars of trust over REST."""

from uuid import UUID

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import RestView, StrictSerializer
from accounts.selectors import find_accounts
from relationships import selectors, services
from relationships.models import PillarRating


class PillarWordSerializer(serializers.Serializer):
    """What a member said of a pillar."""

    value = serializers.IntegerField(min_value=1, max_value=5)
    note = serializers.CharField(allow_blank=True)
    rated_at = serializers.DateTimeField()
    rated_by = serializers.EmailField(source="rated_by.user.email", allow_null=True, default=None)


class PillarReadingSerializer(serializers.Serializer):
    """What the evidence said from a day on."""

    day = serializers.DateField()
    evidence = serializers.FloatField(source="share", allow_null=True)
    n = serializers.IntegerField()


class PillarSerializer(serializers.Serializer):
    """One pillar: the share that the evidence gives with its n (null where there is none), and what we say of it."""

    pillar = serializers.ChoiceField(choices=PillarRating.Pillar.choices, source="key")
    evidence = serializers.FloatField(source="evidence.share", allow_null=True)
    n = serializers.IntegerField(source="evidence.n")
    words = serializers.CharField(source="evidence.words")
    said = PillarWordSerializer(many=True, help_text="Oldest first.")
    readings = PillarReadingSerializer(
        many=True, help_text="The evidence over time, oldest first, kept as it changes."
    )


class PillarsSerializer(serializers.Serializer):
    results = PillarSerializer(many=True)


class NewPillarWordSerializer(StrictSerializer):
    """A word on one pillar."""

    pillar = serializers.ChoiceField(choices=PillarRating.Pillar.choices)
    value = serializers.IntegerField(min_value=1, max_value=5)
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")


class PillarView(RestView):
    """The six pillars of trust at an account: evidence, and what we say ourselves."""

    serializer_class = PillarsSerializer
    requests = {"rate": NewPillarWordSerializer}
    answers = {"retrieve": {200: PillarsSerializer}, "rate": {201: PillarsSerializer}}

    def retrieve(self, request: Request, id: UUID) -> Response:
        """The six pillars with their evidence and every word on them."""
        return self._pillars(id, 200)

    def rate(self, request: Request, id: UUID) -> Response:
        """Say how one pillar stands, from 1 to 5; answers with all six."""
        given = NewPillarWordSerializer().run_validation(request.data)
        words = {given["pillar"]: (given["value"], given["note"])}
        services.rate_pillars(account_id=id, words=words, actor=self.actor, at=self.at)
        return self._pillars(id, 201)

    def _pillars(self, id: UUID, status: int) -> Response:
        if id not in find_accounts(ids={id}).by_id:
            raise Http404
        found = selectors.pillars(account_id=id, tenant=self.actor.tenant, at=self.at)
        return Response(PillarsSerializer({"results": found}).data, status=status)
