"""What is typed in after a call: what it was, who was there, what each thought and felt, and what comes next."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona
from csplatform.forms.work import Choices, PresentForm, TouchForm, unset
from csplatform.forms.writing import day
from relationships import reports as relationships
from relationships import services as ratings
from relationships.selectors import RatedPerson


class FindAccountForm(forms.Form):
    """Whose call it was: part of an account's name, or the account itself, and perhaps who was there."""

    q = forms.CharField(max_length=200, required=False)
    account = forms.UUIDField(required=False)
    persona = forms.UUIDField(required=False)


class CallForm(TouchForm):
    """A touch, with what we promised there and what is to be done next; a day without words says nothing."""

    promise = forms.CharField(
        label=_("What we promised"), max_length=300, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    promise_to = forms.ChoiceField(label=_("Promised to"), required=False)
    promise_due = day(label=_("Promised for"))
    step = forms.CharField(
        label=_("The next step"), max_length=300, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    step_due = day(label=_("Due"))
    step_owner = forms.ChoiceField(label=_("Who does it"), required=False)

    NEXT = ("summary", "promise", "step", "promise_to", "promise_due", "step_owner", "step_due")
    ABOUT = ("kind", "at", "touchpoint", "mode", "direction", "owner_email")

    def __init__(self, *args: Any, members: Choices, there: Choices = (), **options: Any) -> None:  # type: ignore[assignment]
        super().__init__(*args, members=members, **options)
        self.fields["promise_to"].choices = [("", _("Who was there, if one was")), *there]  # type: ignore[attr-defined]
        self.fields["step_owner"].choices = [("", _("Nobody yet")), *members]  # type: ignore[attr-defined]

    def next(self) -> list[forms.BoundField]:
        """The fields about what comes next, in the order in which they are typed."""
        return [self[name] for name in self.NEXT]

    def about(self) -> list[forms.BoundField]:
        """The fields about what it was: each has a usual value."""
        return [self[name] for name in self.ABOUT]

    def touch(self) -> dict[str, Any]:
        """The touch as the service takes it, without who was there."""
        return {name: value for name, value in self.values().items() if name in (*self.ABOUT, "summary")}

    def agreed(self, name: str, owner_email: str | None) -> dict[str, Any] | None:
        """The promise or the step as the service takes it, or None where nothing was typed."""
        clean = self.cleaned_data
        if not clean[name]:
            return None
        return {"title": clean[name], "due_on": clean[f"{name}_due"], "owner_email": owner_email or None}


class RatedForm(PresentForm):
    """One person who may have been there, and how we rate them now, if that changed."""

    strength = forms.ChoiceField(required=False)
    sentiment = forms.ChoiceField(required=False)
    driver = forms.ChoiceField(required=False)
    area = forms.ChoiceField(required=False)

    def __init__(
        self,
        *args: Any,
        person: Persona,
        standing: RatedPerson | None,
        drivers: Choices,
        areas: Choices = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, person=person, **options)
        strengths, sentiments = dict(relationships.STRENGTHS), dict(relationships.SENTIMENTS)
        strength = strengths.get(standing.strength or "") if standing else None
        mood = sentiments.get(standing.overall or "") if standing else None
        offered = (
            ("strength", strength or _("Strength"), relationships.STRENGTHS, _("Strength")),
            ("sentiment", mood or _("Sentiment"), relationships.SENTIMENTS, _("Sentiment")),
            ("driver", (standing and standing.driver_label) or _("Driver"), drivers, _("Driver")),
            ("area", _("Product area"), areas, _("Product area")),  # said anew with each reason
        )
        for name, now, choices, label in offered:
            self.fields[name].choices = unset(choices, now)  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["aria-label"] = f"{person.name}: {label}"
        if not areas:
            del self.fields["area"]

    @property
    def was_there(self) -> bool:
        return super().was_there or bool(self.cleaned_data["strength"] or self.cleaned_data["sentiment"])

    def rating(self) -> ratings.NewRating | None:
        """The rating that changed, or None."""
        clean = self.cleaned_data
        if not (clean["strength"] or clean["sentiment"]):
            return None
        mood = clean["sentiment"] or None
        return ratings.NewRating(
            persona_id=self.person.pk, strength=clean["strength"] or None, sentiment_brand=mood,
            sentiment_product=mood, sentiment_service=mood, driver=clean["driver"],
            area=clean.get("area", ""), source="call",
        )  # fmt: skip
