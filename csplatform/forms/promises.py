"""What is typed in about a promise, and which of them the ledger shows. Clean values, never a write."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.selectors import STANDINGS
from csplatform.forms.work import Asking, WorkForm, said_anyway, words
from csplatform.forms.writing import day


class PromiseForm(Asking, WorkForm):
    """A promise of ours: to whom, what, by when, and what became of it. A date that stands moves with a reason only."""

    title = forms.CharField(
        label=_("What we promise"), max_length=300, widget=forms.TextInput({"autocomplete": "off"})
    )
    persona = forms.ChoiceField(label=_("To whom"), required=False)
    owner_email = forms.ChoiceField(label=_("Who of ours"), required=False)
    due_on = day(label=_("By when"))
    state = forms.ChoiceField(
        label=_("How it stands"), choices=[("open", _("Open")), ("kept", _("Kept")), ("broken", _("Broken"))],
        initial="open",
    )  # fmt: skip
    reason = words(
        _("Why"),
        1000,
        help_text=_("Needed when the date moves or the promise is broken. The old date stays."),
    )

    shared = forms.BooleanField(
        label=_("Show it to the customer"), required=False, initial=True,
        help_text=_("On the pages that they have a link to; never why it moved or was broken."),
    )  # fmt: skip
    anyway = said_anyway()

    @property
    def planned(self) -> bool:
        """Whether an open promise is given, or what its person might mind of it has changed."""
        moved = not self.initial.get("id") or {"title", "persona", "due_on"} & set(self.changed_data)
        return bool(moved) and self.cleaned_data["state"] == "open"

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if not self.initial.get("id") or (clean.get("reason") or "").strip():
            return clean
        if self.initial.get("due_on") and "due_on" in self.changed_data and "due_on" in clean:
            self.add_error("reason", _("Say why the date moves."))
        elif clean.get("state") == "broken" and "state" in self.changed_data:
            self.add_error("reason", _("Say why it is not kept."))
        return clean

    def values(self) -> dict[str, Any]:
        """As the service takes it: a new promise is open unless somebody says that it was kept already."""
        found = super().values()
        found.pop("anyway", None)
        if not self.initial.get("id") and not found.get("due_on"):
            found.pop("due_on", None)
        return found


class PromisesForm(forms.Form):
    """Whose promises, at which account, and how they stand."""

    whose = forms.ChoiceField(choices=[("mine", ""), ("all", "")], required=False)
    owner = forms.UUIDField(required=False)
    account = forms.UUIDField(required=False)
    standing = forms.ChoiceField(choices=[(one, one) for one in STANDINGS], required=False)
