"""The four goals over REST: what is, why, what next and what we do, for an account and for a person."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import RestView, refuse_unknown
from accounts.models import Step
from csplatform.selectors import account as accounts
from csplatform.selectors import panels
from csplatform.selectors import persona as people

STRENGTHS = ["none", "weak", "okay", "very_good"]
MOODS = ["negative", "neutral", "positive"]


class PanelStepSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    side = serializers.ChoiceField(choices=Step.Side.choices, help_text="Whose turn it is.")
    owner_email = serializers.EmailField(source="owner.user.email", default=None, allow_null=True)
    due_on = serializers.DateField(allow_null=True)


class DoneStepSerializer(serializers.Serializer):
    """The prescribed step that was done last."""

    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    cause = serializers.CharField(help_text="What asked for it, such as flag:champion_left.")
    done_at = serializers.DateTimeField()


class ScoreEffectSerializer(serializers.Serializer):
    """The score before the step and last within 28 days after it; null before a week has passed."""

    before = serializers.FloatField()
    after = serializers.FloatField()
    change = serializers.FloatField()
    until = serializers.DateTimeField(help_text="When the score after it was taken.")


class DrivenSerializer(serializers.Serializer):
    label = serializers.CharField()
    people = serializers.IntegerField()
    negative = serializers.IntegerField(help_text="Of them, who feel so.")


class PartSerializer(serializers.Serializer):
    measure = serializers.CharField(source="key")
    contribution = serializers.FloatField(help_text="Points of the score.")


class AccountIsSerializer(serializers.Serializer):
    people = serializers.IntegerField(help_text="Who count.")
    rated = serializers.IntegerField()
    very_good = serializers.IntegerField(source="strong")
    negative = serializers.IntegerField()
    behavioural = serializers.FloatField(allow_null=True)
    emotional = serializers.FloatField(allow_null=True)


class AccountWhySerializer(serializers.Serializer):
    drivers = DrivenSerializer(many=True)
    lowers = PartSerializer(many=True)
    lifts = PartSerializer(many=True)


class AccountNextSerializer(serializers.Serializer):
    loss_rate = serializers.FloatField(
        source="loss",
        allow_null=True,
        help_text="Of accounts in this band that were decided, who were lost, 0 to 1; null for a prospect.",
    )
    own_outcomes = serializers.BooleanField(
        source="own", help_text="Whether the rate is your own (40 outcomes)."
    )
    renewal_days = serializers.IntegerField(allow_null=True)


class AccountDoSerializer(serializers.Serializer):
    next_step = PanelStepSerializer(source="step", allow_null=True)
    prescribed = serializers.CharField(source="prescribed.title", default=None, allow_null=True)
    last_done = DoneStepSerializer(source="done", allow_null=True)
    effect = ScoreEffectSerializer(allow_null=True)


class AccountPanelsSerializer(serializers.Serializer):
    """The four goals: describe, explain, predict, change."""

    what_is = AccountIsSerializer(source="*")
    why = AccountWhySerializer(source="*")
    what_next = AccountNextSerializer(source="*")
    what_we_do = AccountDoSerializer(source="*")


class SaidSerializer(serializers.Serializer):
    strength = serializers.ChoiceField(choices=STRENGTHS, allow_null=True)
    sentiment = serializers.ChoiceField(choices=MOODS, allow_null=True, help_text="Overall.")
    at = serializers.DateTimeField()


class RatingEffectSerializer(serializers.Serializer):
    """What was said before the step, and last within 28 days after it; null where either is missing."""

    before = SaidSerializer()
    after = SaidSerializer()


class PersonIsSerializer(serializers.Serializer):
    strength = serializers.ChoiceField(choices=STRENGTHS, allow_null=True)
    sentiment = serializers.ChoiceField(choices=MOODS, allow_null=True, help_text="Overall.")
    contribution = serializers.FloatField(allow_null=True, help_text="Points of the account's score.")


class PersonWhySerializer(serializers.Serializer):
    driver = serializers.CharField(allow_null=True)
    area = serializers.CharField(allow_null=True, help_text="The product area that the driver is about.")
    note = serializers.CharField(allow_null=True)
    signs = serializers.ListField(child=serializers.CharField())


class PersonNextSerializer(serializers.Serializer):
    commitment = serializers.CharField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True, help_text="Of the account.")
    coverage_if_they_leave = serializers.FloatField(allow_null=True)
    renewal_days = serializers.IntegerField(allow_null=True)


class PersonDoSerializer(serializers.Serializer):
    next_step = PanelStepSerializer(source="step", allow_null=True)
    last_done = DoneStepSerializer(source="done", allow_null=True)
    effect = RatingEffectSerializer(allow_null=True)


class PersonPanelsSerializer(serializers.Serializer):
    """The four goals: describe, explain, predict, change."""

    what_is = PersonIsSerializer()
    why = PersonWhySerializer()
    what_next = PersonNextSerializer()
    what_we_do = PersonDoSerializer()


class AccountPanelsView(RestView):
    serializer_class = AccountPanelsSerializer

    @extend_schema(
        responses={200: AccountPanelsSerializer}, summary="What is, why, what next and what we do: an account"
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, ())
        try:
            found = accounts.account_overview(account_id=id, actor=self.actor, at=self.at)
        except accounts.NoAccount as missing:
            raise Http404 from missing
        return Response(AccountPanelsSerializer(panels.account_panels(found, tenant=self.actor.tenant)).data)


class PersonPanelsView(RestView):
    serializer_class = PersonPanelsSerializer

    @extend_schema(
        responses={200: PersonPanelsSerializer}, summary="What is, why, what next and what we do: a person"
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, ())
        try:
            found = people.persona_page(persona_id=id, actor=self.actor, at=self.at)
        except people.NoPersona as missing:
            raise Http404 from missing
        return Response(PersonPanelsSerializer(_person(found)).data)


def _person(found: people.PersonaPage) -> dict[str, Any]:
    said, shown = found.rating, found.panels
    return {
        "what_is": {
            "strength": said.strength if said else None,
            "sentiment": said.overall if said else None,
            "contribution": found.points,
        },
        "why": {
            "driver": said.driver_label if said else None,
            "area": said.area_label if said else None,
            "note": said.note if said else None,
            "signs": (said.signs if said else None) or [],
        },
        "what_next": {
            "commitment": found.commitment.level,
            "coverage": shown.covers,
            "coverage_if_they_leave": shown.if_leaves,
            "renewal_days": shown.renewal_days,
        },
        "what_we_do": {
            "step": shown.step,
            "done": shown.done,
            "effect": {"before": _said(shown.effect.before), "after": _said(shown.effect.after)}
            if shown.effect
            else None,
        },
    }


def _said(past: Any) -> dict[str, Any]:
    return {"strength": past.rating.strength, "sentiment": past.overall, "at": past.rating.rated_at}
