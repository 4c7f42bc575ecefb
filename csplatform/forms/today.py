"""The addresses of Today and of the risk dashboard, as clean values."""

from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona
from csplatform.forms.work import said_anyway
from csplatform.selectors.book import BANDS, BookFilter
from csplatform.selectors.coverage import SHOWS, Wanted
from csplatform.selectors.unowned import KINDS as UNOWNED
from health import selectors as health

WINDOWS = (
    (30, _("Renews in 30 days")),
    (90, _("Renews in 90 days")),
    (180, _("Renews in 180 days")),
    (365, _("Renews in a year")),
)


class TodayForm(forms.Form):
    whose = forms.ChoiceField(choices=[("mine", ""), ("all", "")], required=False)
    show = forms.ChoiceField(choices=[("everything", "")], required=False)


class FocusForm(forms.Form):
    """Whose accounts by focus."""

    whose = forms.ChoiceField(choices=[("mine", ""), ("all", "")], required=False)


class AdvocatesForm(forms.Form):
    """Whose advocates, and which of them."""

    whose = forms.ChoiceField(choices=[("mine", ""), ("all", "")], required=False)
    show = forms.ChoiceField(
        choices=[(one, "") for one in ("ready", "open", "resting", "all")], required=False
    )


class UnownedForm(forms.Form):
    """Of which kind of thing without an owner."""

    kind = forms.ChoiceField(choices=[(one, "") for one in UNOWNED], required=False)


class IdleForm(forms.Form):
    """Whose scores without a step, and of which band."""

    whose = forms.ChoiceField(choices=[("mine", ""), ("all", "")], required=False)
    band = forms.ChoiceField(choices=[(band, band) for band in BANDS], required=False)


class MakeStepForm(forms.Form):
    """One click that makes a step, and the second one where its person wants to be reached otherwise."""

    next = forms.CharField(required=False, widget=forms.HiddenInput)
    anyway = said_anyway()


class AcceptForm(MakeStepForm):
    """The cause that was shown, and whom it is about where it is one person's."""

    cause = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    persona = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def wanted(self) -> dict[str, Any]:
        return {"cause": self.cleaned_data["cause"], "persona_id": self.cleaned_data["persona"]}


class RiskyForm(forms.Form):
    """Which of the accounts that ask for a manager's word."""

    which = forms.ChoiceField(choices=[(one, one) for one in ("all", "unseen", "overdue")], required=False)


class AcknowledgeForm(forms.Form):
    """What a manager will do about an account that asks for their word, and when they look again."""

    plan = forms.CharField(
        label=_("What will you do?"), max_length=2000, widget=forms.Textarea({"rows": 2, "required": True})
    )
    look_again_on = forms.DateField(
        label=_("Look again on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class CardForm(forms.Form):
    """Who asks for help: the e-mail they write from."""

    email = forms.EmailField(label=_("E-mail of who asks"), max_length=254, required=False)


class RiskForm(forms.Form):
    """Which part of the book; see ``BookFilter``."""

    owner = forms.UUIDField(required=False)
    team = forms.UUIDField(required=False)
    segment = forms.CharField(max_length=100, required=False)
    tier = forms.CharField(max_length=100, required=False)
    renews = forms.TypedChoiceField(choices=WINDOWS, coerce=int, empty_value=None, required=False)
    role = forms.ChoiceField(choices=Persona.Role.choices, required=False)

    def wanted(self) -> BookFilter:
        """The filter of a valid form."""
        return BookFilter(
            **{one.name: self.cleaned_data[one.name] for one in fields(BookFilter) if one.name in self.fields}
        )


class StandingForm(RiskForm):
    """Who stands in which cell of the matrix."""

    cell = forms.ChoiceField(choices=[(cell, cell) for cell in health.CELL_NAMES], required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    format = forms.ChoiceField(choices=[("csv", "csv")], required=False)


class CoverageForm(RiskForm):
    """Which rows of the coverage page; see ``csplatform.selectors.coverage.Wanted``."""

    renews = None
    role = None
    days = forms.TypedChoiceField(choices=WINDOWS, coerce=int, empty_value=90, required=False)
    show = forms.ChoiceField(choices=[(show, show) for show in SHOWS], required=False)
    missing = forms.ChoiceField(choices=Persona.Role.choices, required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    format = forms.ChoiceField(choices=[("csv", "csv")], required=False)

    def asked(self) -> Wanted:
        """What a valid form asks for."""
        clean = self.cleaned_data
        part = BookFilter(**{name: clean[name] for name in ("owner", "team", "segment", "tier")})
        show = clean["show"] or "hanging"
        return Wanted(part, clean["days"], show, clean["missing"], clean["page"] or 1)
