"""What is typed in about a person: one fact of a kind, where it comes from, why we keep it, and until when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Touch
from accounts.selectors import BASES, FactKind
from csplatform.forms.writing import day


class FactForm(forms.Form):
    """One fact. A personal one needs its basis; a channel is one of ours, a cadence a number of days."""

    value = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 3}))
    source = forms.CharField(
        label=_("Where we know it from"),
        max_length=100,
        required=False,
        help_text=_("Such as: the call on Tuesday."),
    )
    basis = forms.ChoiceField(label=_("Why we may keep it"), required=False)
    expires_on = day(
        label=_("Until when"), help_text=_("From that day on it is hidden, and listed to be asked again.")
    )

    def __init__(self, *args: Any, kind: FactKind, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind.key == "channel":
            self.fields["value"] = forms.ChoiceField(choices=Touch.Kind.choices)
        elif kind.key == "cadence":
            self.fields["value"] = forms.IntegerField(min_value=1, max_value=999)
        self.fields["value"].label, self.fields["value"].help_text = kind.label, kind.ask
        standing = self.initial.get("basis", "")
        own = [(standing, standing)] if standing and standing not in dict(BASES) else []
        self.fields["basis"].choices = [("", _("Not said")), *BASES, *own]  # type: ignore[attr-defined]
        if kind.personal:
            self.fields["basis"].required = True

    def values(self) -> dict[str, Any]:
        """The fact as the service takes it."""
        return {**self.cleaned_data, "value": str(self.cleaned_data["value"])}
