"""What the page of the path posts, as clean values."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StageForm(forms.Form):
    """One stage. Without a position it comes last."""

    name = forms.CharField(max_length=100, label=_("Name"))
    position = forms.IntegerField(min_value=1, max_value=1000, required=False, label=_("Position"))
    think = forms.CharField(
        max_length=2000, required=False, label=_("They think"), widget=forms.Textarea({"rows": 2})
    )
    feel = forms.CharField(
        max_length=2000, required=False, label=_("They feel"), widget=forms.Textarea({"rows": 2})
    )
    do = forms.CharField(
        max_length=2000, required=False, label=_("They do"), widget=forms.Textarea({"rows": 2})
    )
