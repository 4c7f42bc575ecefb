"""What one reads before a call, over REST: the brief about the people who will be there, and the org chart with what is
missing in it."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, RestView, refuse_unknown
from accounts.models import Case, Outcome, Persona
from accounts.services import FAR, Fault, is_far
from csplatform.forms.brief import BriefForm
from csplatform.selectors import account as accounts
from csplatform.selectors import brief as briefs
from csplatform.selectors.org import OrgTab, org_tab
from health.api.asking import read_day

CHECKS = ("contact", "champion", "leader1", "leader2", "peer")


def rated_at() -> serializers.DateTimeField:
    """When the rating of a row was given."""
    help_text = "The newest of the ratings that speak."
    return serializers.DateTimeField(
        source="rating.rated_at", default=None, allow_null=True, help_text=help_text
    )


def stale() -> serializers.BooleanField:
    """Whether the rating of a row is too old to be trusted."""
    return serializers.BooleanField(
        source="rating.stale", default=False, help_text="Older than 120 days, wholly or in part."
    )


class BriefFactSerializer(serializers.Serializer):
    key = serializers.CharField(source="fact.key")
    value = serializers.CharField(source="fact.value")
    basis = serializers.CharField(source="fact.basis", allow_blank=True)
    confirmed_on = serializers.DateField(source="fact.confirmed_on", allow_null=True)


class BriefPromiseSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="step.pk")
    title = serializers.CharField(source="step.title")
    persona = serializers.UUIDField(source="step.persona_id", allow_null=True)
    standing = serializers.CharField(help_text="open, overdue, kept, late (kept, but late) or broken.")
    due_on = serializers.DateField(source="step.due_on", allow_null=True)


class BriefMomentSerializer(serializers.Serializer):
    what = serializers.CharField()
    valence = serializers.IntegerField(min_value=-2, max_value=2)
    intensity = serializers.IntegerField(min_value=1, max_value=3)
    happened_at = serializers.DateTimeField()


class BriefPersonSerializer(serializers.Serializer):
    """One who will be there."""

    persona = serializers.UUIDField(source="person.pk")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(source="person.role", choices=Persona.Role.choices)
    title = serializers.CharField(source="person.title", allow_blank=True)
    no_contact = serializers.CharField(
        allow_blank=True, help_text="What was said where they want no contact from us at all; empty: they do."
    )
    strength = serializers.CharField(source="rating.strength", default=None, allow_null=True)
    sentiment = serializers.CharField(source="rating.overall", default=None, allow_null=True)
    rated_at = rated_at()
    stale = stale()
    feels = serializers.CharField(allow_blank=True, help_text="How they will probably feel, in words.")
    feels_because = serializers.CharField(allow_blank=True, help_text="Where that comes from.")
    commitment = serializers.CharField(source="commitment.level", default=None, allow_null=True)
    peak = BriefMomentSerializer(
        source="remembered.peak", allow_null=True, help_text="What they remember most strongly."
    )
    latest = BriefMomentSerializer(source="remembered.latest", allow_null=True)
    expects = serializers.ListField(child=serializers.CharField())
    worries = serializers.ListField(
        child=serializers.CharField(),
        help_text="What wears them out or sets them off, what makes them negative, bad answers, and open cases.",
    )
    promises = BriefPromiseSerializer(many=True)
    profile = BriefFactSerializer(source="profile.known", many=True, help_text="What is known and in date.")


class BriefTouchSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    words = serializers.CharField(source="text")
    summary = serializers.CharField(source="detail", allow_blank=True)


class BriefCaseSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="pk")
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    subject = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField()


class BriefDecisionSerializer(serializers.Serializer):
    """What they decided, and how they felt about us on that morning."""

    id = serializers.UUIDField(source="outcome.pk")
    kind = serializers.ChoiceField(source="outcome.kind", choices=Outcome.Kind.choices)
    happened_on = serializers.DateField(source="outcome.happened_on")
    emotion = serializers.FloatField(allow_null=True, help_text="0..100; null: too little was known.")


class BriefSerializer(serializers.Serializer):
    """What has to be known before a call, about the people who will be there."""

    account = serializers.UUIDField(source="frame.account.pk")
    people = BriefPersonSerializer(many=True)
    emotion = serializers.FloatField(
        allow_null=True, help_text="How the account feels about us now, 0..100; null: too little is known."
    )
    usual_feeling = serializers.CharField(
        source="frame.stage.stage.feel", default="", allow_blank=True, help_text="What is usual in its stage."
    )
    decided = BriefDecisionSerializer(many=True, help_text="The last three, newest first.")
    happened = BriefTouchSerializer(many=True, help_text="The last touches, newest first.")
    promises = BriefPromiseSerializer(many=True, help_text="Open or broken, whoever they were given to.")
    cases = BriefCaseSerializer(many=True, help_text="Open ones.")


class BriefView(RestView):
    serializer_class = BriefSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "persona",
                UUID,
                many=True,
                description="Who will be there, at most 20; by default the five who weigh most.",
            )
        ],
        responses={200: BriefSerializer},
        summary="The brief before a call",
        description="Who they are, what happened, what they expect, what worries them, what we promised, and how they "
        "will probably feel.",
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, ("persona",))
        form = BriefForm(request.query_params)
        if not form.is_valid():
            raise Invalid(Fault("?persona", "invalid", "The id of a person, at most 20 times."))
        try:
            found = briefs.brief(
                account_id=id, chosen=form.cleaned_data["persona"], actor=self.actor, at=self.at
            )
        except accounts.NoAccount as missing:
            raise Http404 from missing
        return Response(BriefSerializer(found).data)


class OrgCheckSerializer(serializers.Serializer):
    """One thing that the account plan asks of the chart."""

    key = serializers.ChoiceField(choices=CHECKS)
    state = serializers.ChoiceField(choices=["known", "empty", "not_needed"])
    personas = serializers.ListField(source="ids", child=serializers.UUIDField())


class OrgPersonSerializer(serializers.Serializer):
    """A person on the chart, as they stood on that day."""

    persona = serializers.UUIDField(source="id")
    name = serializers.CharField(source="person.name")
    title = serializers.CharField()
    role = serializers.ChoiceField(choices=Persona.Role.choices)
    reports_to = serializers.UUIDField(allow_null=True)
    strength = serializers.CharField(source="rating.strength", default=None, allow_null=True)
    sentiment = serializers.CharField(source="rating.overall", default=None, allow_null=True)
    rated_at = rated_at()
    stale = stale()
    joined_on = serializers.DateField(source="person.joined_on", allow_null=True)
    left_on = serializers.DateField(source="person.left_on", allow_null=True)


class OrgSerializer(serializers.Serializer):
    """Who reports to whom, and which boxes are empty. Influence, conflict and sponsorship stand at /org-edges, our
    executives beside theirs at /pairings."""

    account = serializers.UUIDField()
    on = serializers.DateField()
    known = serializers.IntegerField(help_text="How many of the boxes that are needed are filled.")
    needed = serializers.IntegerField()
    checks = OrgCheckSerializer(many=True)
    contact_said = serializers.BooleanField(
        help_text="Whether a member said who the main contact is; else it is whom we met most in a year."
    )
    people = OrgPersonSerializer(many=True)


class OrgView(RestView):
    serializer_class = OrgSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "on", dt.date, description="From 1900 to 2199; by default today, and a later day is today."
            )
        ],
        responses={200: OrgSerializer},
        summary="The org chart of an account, and what is missing in it",
        description="Main contact, champion, a peer of theirs, and two levels of leadership above.",
    )
    def retrieve(self, request: Request, id: UUID) -> Response:
        refuse_unknown(request, ("on",))
        day = read_day(request, "on")
        if is_far(day):
            raise Invalid(Fault("?on", "out_of_range", FAR))
        try:
            tab = accounts.account_people(account_id=id, actor=self.actor, at=self.at)
        except accounts.NoAccount as missing:
            raise Http404 from missing
        return Response(OrgSerializer(_shown(id, org_tab(tab, actor=self.actor, day=day))).data)


def _shown(account_id: UUID, tab: OrgTab) -> dict[str, Any]:
    """The chart without its empty boxes: the checks tell of those."""
    checks = [
        {**check, "ids": [one for one in check["ids"] if isinstance(one, UUID)]} for check in tab.checks
    ]
    people = [row for row in tab.rows if "person" in row]
    known = {row["id"] for row in people}
    return {
        "account": account_id,
        "on": tab.day,
        "known": sum(check["state"] == "known" for check in checks),
        "needed": sum(check["state"] != "not_needed" for check in checks),
        "checks": checks,
        "contact_said": tab.contact_said,
        "people": [
            {
                **row,
                "reports_to": row["reports_to"] if row["reports_to"] in known else None,
                "rating": None if row["left"] else row["rated"],
            }
            for row in people
        ],
    }
