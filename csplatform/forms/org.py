"""Who stands how to whom, and who of ours stands beside whom of theirs, as clean values for the services."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from relationships.models import Edge

STRENGTHS = ((1, _("A little")), (2, _("Clearly")), (3, _("Strongly")))
Choices = Sequence[tuple[Any, Any]]


class ChartForm(forms.Form):
    """The day that a chart shows."""

    on = forms.DateField(required=False, validators=[MinValueValidator(dt.date(1900, 1, 1))])


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _person(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=UUID)


class EdgeForm(forms.Form):
    """A new edge between two people of an account."""

    persona = _person(_("Who"))
    kind = forms.ChoiceField(label=_("Stands how"), choices=Edge.Kind.choices)
    target = _person(_("To whom"))
    strength = forms.TypedChoiceField(label=_("How much"), choices=STRENGTHS, coerce=int, initial=2)
    from_on = _day(_("Since"))

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "edge")
        super().__init__(*args, **kwargs)
        for name in ("persona", "target"):
            self.fields[name].choices = [("", "---------"), *people]

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class PairingForm(forms.Form):
    """One of ours beside one of theirs."""

    persona = _person(_("Of theirs"))
    member_email = forms.ChoiceField(label=_("Of ours"))
    from_on = _day(_("Since"))

    def __init__(self, *args: Any, people: Choices, members: Choices, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "pairing")
        super().__init__(*args, **kwargs)
        self.fields["persona"].choices = [("", "---------"), *people]
        self.fields["member_email"].choices = [("", "---------"), *members]

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class MainContactForm(forms.Form):
    """Who the main contact of an account is; nobody said leaves it to whom we meet most."""

    main_contact = forms.TypedChoiceField(
        label=_("Main contact"), required=False, coerce=UUID, empty_value=None
    )

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["main_contact"].choices = [("", _("Whom we meet most")), *people]


class StrengthForm(forms.Form):
    """Another strength of an edge."""

    strength = forms.TypedChoiceField(choices=STRENGTHS, coerce=int)


class LinkForm(forms.Form):
    """Who else is the same person."""

    persona = forms.UUIDField()
