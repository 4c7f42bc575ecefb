"""What is typed in about the six pillars of trust: a value and a note for each that somebody speaks of."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

VALUES = (
    ("", _("No word")),
    ("5", _("5: we would be proud to be asked")),
    ("4", "4"),
    ("3", _("3: neither good nor bad")),
    ("2", "2"),
    ("1", _("1: we let them down")),
)


class PillarForm(forms.Form):
    """One pillar; an empty value says nothing."""

    value = forms.ChoiceField(choices=VALUES, required=False)
    note = forms.CharField(max_length=2000, required=False, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, label: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["value"].widget.attrs["aria-label"] = f"{label}: {_('our word')}"
        self.fields["note"].widget.attrs |= {"aria-label": f"{label}: {_('why')}", "placeholder": _("Why")}

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if clean.get("note") and not clean.get("value") and "value" not in self.errors:
            self.add_error("value", _("Say how it stands, from 1 to 5."))
        return clean
