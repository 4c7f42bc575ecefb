"""What is done about an account, as answers of REST show it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.api.base import Extra
from accounts.models import Step
from csplatform.selectors import acting

RISKY = "At risk only, else absent; null: "


class NextStepSerializer(serializers.Serializer):
    """The open step that comes first."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    side = serializers.ChoiceField(choices=Step.Side.choices, help_text="Whose turn it is.")
    owner = serializers.CharField(
        allow_blank=True, help_text="Who of us answers for it, also where it is theirs to do."
    )
    owner_email = serializers.EmailField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    snoozed_until = serializers.DateField(allow_null=True, help_text="Where it is put off, until when.")


def next_step_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    found = acting.steps_at_risk(account_ids=ids, today=today)
    return {id: NextStepSerializer(step).data if step else None for id, step in found.items()}


def last_touch_of(ids: Sequence[UUID], *, at: datetime, today: date) -> Mapping[UUID, Any]:
    shown = serializers.DateTimeField()
    found = acting.touches_at_risk(account_ids=ids, at=at)
    return {id: shown.to_representation(moment) if moment else None for id, moment in found.items()}


ACTING = {
    "next_step": Extra(
        next_step_of,
        NextStepSerializer(read_only=True, allow_null=True, help_text=f"{RISKY}nobody has one."),
        sparse=True,
    ),
    "last_touch_at": Extra(
        last_touch_of,
        serializers.DateTimeField(read_only=True, allow_null=True, help_text=f"{RISKY}never touched."),
        sparse=True,
    ),
}
