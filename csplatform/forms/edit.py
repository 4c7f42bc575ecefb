"""What many accounts shall become, and which ones: clean values, never a write."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.models import Account
from csplatform.forms.writing import day, short_text

FIELDS = (
    ("owner", _("Owner")),
    ("team", _("Team")),
    ("segment", _("Segment")),
    ("tier", _("Tier")),
    ("region", _("Region")),
    ("status", _("Status")),
    ("renewal_on", _("Renewal")),
    ("custom", _("Own field")),
)


class ChosenForm(forms.Form):
    """Which accounts: those ticked, or ``all`` that the rest of the address lets through."""

    all = forms.BooleanField(required=False)

    def ids(self) -> list[UUID]:
        """The accounts that were ticked; what is no id is left out."""
        found = []
        for text in self.data.getlist("account"):
            try:
                found.append(UUID(text))
            except ValueError:
                continue
        return list(dict.fromkeys(found))


class EditForm(forms.Form):
    """What to change: ``change`` names the fields, and a field named but left empty is cleared."""

    change = forms.MultipleChoiceField(choices=FIELDS, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team_how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("add", _("Add to the team")),
            ("remove", _("Take off it")),
            ("set", _("Be the whole team")),
        ],
        required=False,
    )
    team = forms.MultipleChoiceField(label=_("Team"), required=False)
    segment = short_text(_("Segment"), 100)
    tier = short_text(_("Tier"), 100)
    region = short_text(_("Region"), 100)
    status = forms.ChoiceField(label=_("Status"), choices=Account.Status.choices, required=False)
    renewal_on = day(label=_("Renews on"))
    custom_key = short_text(_("Name of the field"), 100)
    custom_value = short_text(_("Its value"), 1000)

    def __init__(self, *args: Any, members: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = [("", _("Nobody")), *members]
        self.fields["team"].choices = members
        self.fields["team"].widget.attrs["size"] = 4

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        changed = clean.get("change") or []
        if not changed and "change" not in self.errors:
            self.add_error("change", _("Tick at least one field that shall change."))
        if "status" in changed and not clean.get("status") and "status" not in self.errors:
            self.add_error("status", _("An account always has a status."))
        if "custom" in changed and not clean.get("custom_key") and "custom_key" not in self.errors:
            self.add_error("custom_key", _("Which field?"))
        if "team" in changed and not clean.get("team") and clean.get("team_how") != "set":
            self.add_error("team", _("Who?"))
        return clean

    def edit(self) -> accounts.Edit:
        """The edit that a valid form asks for."""
        clean, changed = self.cleaned_data, self.cleaned_data["change"]
        values: dict[str, Any] = {
            name: clean[name] for name in ("segment", "tier", "region", "status") if name in changed
        }
        if "renewal_on" in changed:
            values["renewal_on"] = clean["renewal_on"].isoformat() if clean["renewal_on"] else None
        if "owner" in changed:
            values["owner_email"] = clean["owner"] or None
        how = clean["team_how"] or "add"
        if "team" in changed and how == "set":
            values["team"] = clean["team"]
        return accounts.Edit(
            values=values,
            team_add=clean["team"] if "team" in changed and how == "add" else (),
            team_remove=clean["team"] if "team" in changed and how == "remove" else (),
            custom={clean["custom_key"]: clean["custom_value"] or None} if "custom" in changed else {},
        )
