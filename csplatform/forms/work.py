"""What people type in about work: steps, cases, outcomes, touches and who was there. Clean values, never a write.

A form that changes something gives only what was changed, so that nothing else is written anew. Moments are entered in
the zone of the reader, which is the current one.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Case, Initiative, Outcome, Persona, Step, Touch
from csplatform.forms.writing import day
from relationships.models import AdvocateAsk, Moment

Choices = list[tuple[str, str]]


def moment(label: Any, **options: Any) -> forms.DateTimeField:
    """A minute, with the browser's own picker."""
    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **{"required": False, **options})


def words(label: Any, length: int, **options: Any) -> forms.CharField:
    """Optional text of a few lines."""
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.Textarea({"rows": 2}), **options
    )


def unset(choices: Any, word: Any) -> Any:
    """Choices with one in front that says nothing."""
    return [("", word), *choices]


def said_anyway(label: Any = None) -> forms.BooleanField:
    """Whether something is kept though a person would say something against it."""
    return forms.BooleanField(label=label or _("Keep it so, although they want it otherwise"), required=False)


class Asking(forms.Form):
    """A form whose ``anyway`` is out of sight until there is something to ask."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self["anyway"].value():
            self.fields["anyway"].widget = forms.HiddenInput()

    def add_error(self, field: Any, error: Any) -> None:
        super().add_error(field, error)
        if field == "anyway":
            self.fields["anyway"].widget = forms.CheckboxInput()


class WorkForm(forms.Form):
    """``people``: (id, name) of whom it may be about; ``members``: (e-mail, name) of who may do it; ``initiatives``: (id,
    title) of what it may belong to."""

    nullable: tuple[str, ...] = ()

    def __init__(
        self,
        *args: Any,
        people: Choices = (),  # type: ignore[assignment]
        members: Choices = (),  # type: ignore[assignment]
        initiatives: Choices = (),  # type: ignore[assignment]
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if "initiative" in self.fields:
            self.fields["initiative"].choices = [("", _("None")), *initiatives]
        if "persona" in self.fields:
            self.fields["persona"].choices = [("", _("Nobody in particular")), *people]
        if "owner_email" in self.fields:
            self.fields["owner_email"].choices = [("", _("Nobody yet")), *members]

    def values(self) -> dict[str, Any]:
        """What was entered, as the service takes it; of a thing that is there, only what was changed."""
        changed = set(self.changed_data) if self.initial.get("id") else set(self.cleaned_data)
        found = {name: value for name, value in self.cleaned_data.items() if name in changed}
        for name in (*self.nullable, "persona", "owner_email", "initiative"):
            if found.get(name) == "":
                found[name] = None
        for name in ("persona", "initiative"):
            if found.get(name):
                found[name] = UUID(found[name])
        return found


class InitiativeForm(WorkForm):
    """What the customer wants to achieve."""

    title = forms.CharField(
        label=_("What they want to achieve"), max_length=300, widget=forms.TextInput({"autocomplete": "off"})
    )
    persona = forms.ChoiceField(label=_("Whose it is there"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=Initiative.State.choices)
    due_on = day(label=_("Due"))
    note = words(_("Note"), 10_000)


class StepForm(WorkForm):
    """A thing to do."""

    title = forms.CharField(
        label=_("What is to be done"), max_length=300, widget=forms.TextInput({"autocomplete": "off"})
    )
    side = forms.ChoiceField(label=_("Whose"), choices=Step.Side.choices, initial=Step.Side.OURS)
    owner_email = forms.ChoiceField(label=_("Who"), required=False)
    due_on = day(label=_("Due"))


class WholeStepForm(Asking, StepForm):
    """A step with everything about it."""

    persona = forms.ChoiceField(label=_("About"), required=False)
    channel = forms.ChoiceField(
        label=_("How they are reached"), required=False, choices=[("", _("Not said")), *Touch.Kind.choices]
    )
    initiative = forms.ChoiceField(label=_("Part of"), required=False)
    waiting_on = words(_("Waiting for"), 1000, help_text=_("Who or what has to move first."))
    snoozed_until = day(label=_("Not before"), help_text=_("Until then it is open, and not due."))
    snooze_reason = words(_("Why it can wait"), 1000)
    shared = forms.BooleanField(
        label=_("Show it to the customer"),
        required=False,
        help_text=_("On the pages that they have a link to."),
    )
    done = forms.BooleanField(label=_("Done"), required=False)
    anyway = said_anyway()

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if clean.get("snoozed_until") and not (clean.get("snooze_reason") or "").strip():
            self.add_error("snooze_reason", _("Say why it can wait."))
        return clean


class CaseForm(WorkForm):
    """A support case: what happened, what was solved, and how it felt to them, which may differ."""

    nullable = ("felt",)

    kind = forms.ChoiceField(label=_("Kind"), choices=Case.Kind.choices)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Case.Severity.choices, initial=Case.Severity.NORMAL,
        help_text=_("An open critical escalation raises a flag."),
    )  # fmt: skip
    subject = forms.CharField(label=_("Subject"), max_length=300)
    persona = forms.ChoiceField(label=_("Who asked"), required=False)
    opened_at = moment(_("Opened"), required=True)
    first_reply_at = moment(_("First reply"))
    resolved_at = moment(_("Resolved"))
    solved = forms.TypedChoiceField(
        label=_("Was it solved?"), required=False, coerce=lambda word: word == "yes", empty_value=None,
        choices=[("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))],
    )  # fmt: skip
    felt = forms.ChoiceField(
        label=_("How they feel after it"), required=False, choices=unset(Case.Felt.choices, _("Not known"))
    )
    url = forms.URLField(label=_("Link"), max_length=1000, required=False, assume_scheme="https")

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        opened = clean.get("opened_at")
        for name in ("first_reply_at", "resolved_at"):
            if opened and clean.get(name) and clean[name] < opened:
                self.add_error(name, _("Earlier than it was opened."))
        return clean


class OutcomeForm(WorkForm):
    """What the customer decided, with the money and the reason."""

    kind = forms.ChoiceField(label=_("What they decided"), choices=Outcome.Kind.choices)
    happened_on = forms.DateField(
        label=_("When"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    arr_before = forms.DecimalField(
        label=_("ARR before"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    arr_after = forms.DecimalField(
        label=_("ARR after"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    reason = words(_("Why"), 10_000)


class MomentForm(WorkForm):
    """Something that a person will remember of us."""

    persona = forms.ChoiceField(label=_("Whose moment"))
    what = forms.CharField(
        label=_("What happened"), max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text=_("As they would tell it."),
    )  # fmt: skip
    valence = forms.TypedChoiceField(
        label=_("How was it"), coerce=int, choices=Moment.Valence.choices, initial=1
    )
    intensity = forms.TypedChoiceField(
        label=_("How strongly was it felt"), coerce=int, choices=Moment.Intensity.choices, initial=2
    )
    happened_at = moment(_("When"), required=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["persona"].choices = self.fields["persona"].choices[1:]  # type: ignore[attr-defined]


class AskForm(WorkForm):
    """One asking of one person to speak for us."""

    nullable = ("answer",)

    persona = forms.ChoiceField(label=_("Whom we ask"))
    kind = forms.ChoiceField(label=_("For what"), choices=AdvocateAsk.Kind.choices)
    what = words(_("In words"), 1000, help_text=_("Which talk, for whom, by when."))
    asked_on = day(label=_("Asked on"))
    owner_email = forms.ChoiceField(label=_("Who asks"), required=False)
    answer = forms.ChoiceField(
        label=_("Their answer"), choices=unset(AdvocateAsk.Answer.choices, _("None yet")), required=False
    )
    answered_on = day(label=_("Answered on"))
    done_on = day(label=_("Done on"))
    despite = words(
        _("Why nevertheless"),
        1000,
        help_text=_(
            "Only needed while they are left in peace after the last ask, or want no contact from us."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["persona"].choices = self.fields["persona"].choices[1:]  # type: ignore[attr-defined]


class FirstValueForm(WorkForm):
    """What an account is to have in hand first, and when it had it."""

    what = forms.CharField(
        label=_("What they will have in hand"), max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text=_("So that anybody there could tell whether it came."),
    )  # fmt: skip
    due_on = day(label=_("By when"))
    reached_on = day(label=_("Reached on"))
    evidence = words(_("What shows it"), 2000)
    persona = forms.ChoiceField(label=_("Who of theirs says so"), required=False)


class TouchForm(WorkForm):
    """A contact with them. ``touchpoints``: (key, label)."""

    nullable = ("direction", "mode")

    kind = forms.ChoiceField(label=_("What it was"), choices=Touch.Kind.choices, initial=Touch.Kind.CALL)
    at = moment(_("When"), required=True)
    touchpoint = forms.ChoiceField(label=_("Touchpoint"), required=False)
    mode = forms.ChoiceField(
        label=_("Why we spoke"), required=False,
        choices=[("", _("Not known")), ("proactive", _("We thought ahead")), ("reactive", _("Something came up"))],
    )  # fmt: skip
    direction = forms.ChoiceField(
        label=_("Who began"), required=False, choices=unset(Touch.Direction.choices, _("Not known"))
    )
    owner_email = forms.ChoiceField(label=_("Who of ours"), required=False)
    summary = words(_("In short"), 10_000)
    anyway = said_anyway(_("It was so, although they want it otherwise"))

    def __init__(self, *args: Any, touchpoints: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["touchpoint"].choices = [("", _("None")), *touchpoints]

    def usual(self) -> list[forms.BoundField]:
        """Every field but the one that is asked for only where somebody wants it otherwise."""
        return [self[name] for name in self.fields if name != "anyway"]

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "anyway"}


class PresentForm(forms.Form):
    """One person and whether they were there, with what they thought, felt and did; what was said says they were."""

    there = forms.BooleanField(required=False)
    thought = forms.CharField(label=_("Thought"), max_length=5000, required=False)
    feeling = forms.CharField(label=_("Felt"), max_length=5000, required=False)
    behaviour = forms.CharField(label=_("Did"), max_length=5000, required=False)

    def __init__(self, *args: Any, person: Persona, **options: Any) -> None:
        super().__init__(*args, prefix=f"p-{person.pk}", **options)
        self.person = person
        self.fields["there"].label = person.name
        for name in ("thought", "feeling", "behaviour"):
            self.fields[name].widget.attrs |= {
                "autocomplete": "off", "aria-label": f"{person.name}: {self.fields[name].label}",
                "placeholder": self.fields[name].label,
            }  # fmt: skip

    @property
    def was_there(self) -> bool:
        clean = self.cleaned_data
        return any(clean[name] for name in ("there", "thought", "feeling", "behaviour"))

    def attendee(self) -> dict[str, Any]:
        """The person as a touch takes them."""
        said = {name: self.cleaned_data[name] for name in ("thought", "feeling", "behaviour")}
        return {"persona": self.person.pk, **said}


def present_forms(data: Any, people: list[Persona], said: dict[UUID, dict[str, str]]) -> list[PresentForm]:
    """A row for each of these people; ``said`` by whoever is known to have been there."""
    return [
        PresentForm(
            data, person=person, initial={"there": True, **said[person.pk]} if person.pk in said else {}
        )
        for person in people
    ]
