"""Red flags raised by hand."""

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _


class RaiseFlagForm(forms.Form):
    """What is wrong at an account, and until when the flag stands."""

    reason = forms.CharField(
        label=_("What is wrong?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=_("Everybody here sees it with your name, and leaders are told. It changes neither score nor band."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The end of this day. Without one it stands until somebody clears it."),
        validators=[MaxValueValidator(dt.date(2199, 12, 31))],
    )  # fmt: skip


class ClearFlagForm(forms.Form):
    """Why a flag comes down."""

    word = forms.CharField(label=_("Why does it come down?"), max_length=1000)
