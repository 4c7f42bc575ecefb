"""The address of the Accounts page: its filters, order, columns and page as clean values."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from accounts.models import Account
from csplatform.selectors.accounts import BANDS, SORTS, Wanted
from health import formulas
from health import selectors as health
from relationships import reports as relationships

QUADRANTS = tuple(formulas.QUADRANTS)
CELLS = {
    "unrated",
    *(
        f"{strength}:{mood}"
        for strength, _1 in relationships.STRENGTHS
        for mood, _2 in relationships.SENTIMENTS
    ),
}


def _one_of(words: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(word, word) for word in words], required=False)


class AccountsForm(forms.Form):
    """See ``Wanted`` for what the fields mean. A field that makes no sense is reported and left out."""

    q = forms.CharField(max_length=200, required=False)
    status = _one_of(("all", *Account.Status.values))
    band = _one_of(BANDS)
    owner = forms.CharField(max_length=40, required=False)
    team = forms.UUIDField(required=False)
    segment = forms.CharField(max_length=100, required=False)
    tier = forms.CharField(max_length=100, required=False)
    region = forms.CharField(max_length=100, required=False)
    stage = forms.CharField(max_length=40, required=False)
    flag = _one_of(health.FLAG_CODES)
    quadrant = _one_of(QUADRANTS)
    renews_before = forms.DateField(required=False)
    single_threaded = forms.BooleanField(required=False)
    cell = _one_of(sorted(CELLS))
    no_step = forms.BooleanField(required=False)
    sort = _one_of([*SORTS, *(f"-{key}" for key in SORTS)])
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)

    def clean_owner(self) -> str:
        return _id_or("owner", self.cleaned_data["owner"], {"me", "none"})

    def clean_stage(self) -> str:
        return _id_or("stage", self.cleaned_data["stage"], {"none"})

    def wanted(self) -> Wanted:
        """What to show; call after ``is_valid``, whatever it said."""
        clean = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}
        return Wanted(**clean)


def _id_or(name: str, value: str, words: set[str]) -> str:
    if value in words or not value:
        return value
    try:
        return str(UUID(value))
    except ValueError:
        raise forms.ValidationError(_("There is no such %(name)s.") % {"name": name}) from None
