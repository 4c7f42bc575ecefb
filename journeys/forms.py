"""What the page of the path posts, as clean values."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Step


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


class PrescriptionForm(forms.Form):
    """The step that one cause asks for."""

    title = forms.CharField(max_length=300, label=_("Step"))
    due_days = forms.IntegerField(min_value=0, max_value=365, label=_("Due after days"))
    side = forms.ChoiceField(choices=Step.Side.choices, label=_("Whose"))
    remedies = forms.CharField(
        max_length=5000, required=False, label=_("What a support agent may do, a line each"),
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    active = forms.BooleanField(required=False, label=_("Prescribe it"))
