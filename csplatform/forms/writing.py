"""What people type in: accounts, people, answers, a stage, a word on the band. Clean values, never a write."""

import datetime as dt
import re
import zoneinfo
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Persona


def day(**options: Any) -> forms.DateField:
    """A day, with the browser's own picker."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, widget=widget, **options)


def short_text(label: Any, length: int, **options: Any) -> forms.CharField:
    """An optional line of text."""
    return forms.CharField(label=label, max_length=length, required=False, **options)


def version() -> forms.CharField:
    """What ``version_of`` said of the row when the form was opened."""
    return forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)


class AccountForm(forms.Form):
    """An account as a person enters it. ``members``: (e-mail, name) of whom it may belong to."""

    name = forms.CharField(label=_("Name"), max_length=200)
    domain = short_text(_("Domain"), 255)
    status = forms.ChoiceField(
        label=_("Status"), choices=Account.Status.choices, initial=Account.Status.ACTIVE
    )
    owner_email = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.MultipleChoiceField(label=_("Team"), required=False)
    segment = short_text(_("Segment"), 100)
    tier = short_text(_("Tier"), 100)
    region = short_text(_("Region"), 100)
    arr = forms.DecimalField(
        label=_("ARR"), max_digits=14, decimal_places=2, min_value=0, required=False,
        help_text=_("What it pays a year."),
    )  # fmt: skip
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$", label=_("Currency"), required=False,
        error_messages={"invalid": _("Three letters, such as EUR.")},
    )  # fmt: skip
    seats = forms.IntegerField(
        label=_("Licensed seats"), min_value=0, max_value=2_000_000_000, required=False
    )
    entitlements = forms.CharField(
        label=_("Features in the contract"), required=False, max_length=5000,
        help_text=_("Their keys, separated by commas."),
    )  # fmt: skip
    started_on = day(label=_("Customer since"))
    renewal_on = day(label=_("Renews on"))
    churned_on = day(label=_("Left us on"))
    external_id = short_text(_("Your id"), 255, help_text=_("By which your other systems know it."))
    version = version()

    def __init__(self, *args: Any, members: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner_email"].choices = [("", _("Nobody")), *members]
        self.fields["team"].choices = members
        self.fields["team"].widget.attrs["size"] = 4

    def clean_currency(self) -> str | None:
        return self.cleaned_data["currency"].upper() or None

    def clean_entitlements(self) -> list[str]:
        words = [word.strip() for word in re.split(r"[,\n]", self.cleaned_data["entitlements"])]
        found = list(dict.fromkeys(word for word in words if word))
        if any(len(word) > 100 for word in found):
            raise forms.ValidationError(_("A feature's key has at most 100 characters."))
        return found

    def values(self) -> dict[str, Any]:
        """The fields as the service takes them; what was left empty is cleared."""
        clean = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in ("owner_email", "external_id"):
            clean[name] = clean[name] or None
        return clean


class PersonaForm(forms.Form):
    """A person at an account. ``colleagues``: (id, name) of whom they may report to."""

    name = forms.CharField(label=_("Name"), max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=Persona.Role.choices, initial=Persona.Role.CHAMPION)
    title = short_text(_("Title"), 200)
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, required=False, help_text=_("Usage under this address is theirs.")
    )
    phone = short_text(_("Phone"), 50)
    influence = forms.TypedChoiceField(
        label=_("Influence"), required=False, coerce=int, empty_value=None,
        choices=[("", _("As the role has it")), *((n, str(n)) for n in range(5, 0, -1))],
    )  # fmt: skip
    reports_to = forms.ChoiceField(label=_("Reports to"), required=False)
    language = short_text(_("Language"), 35)
    time_zone = short_text(_("Time zone"), 64, help_text=_("Such as Europe/Paris."))
    joined_on = day(label=_("There since"))
    left_on = day(label=_("Left on"))
    tracked = forms.BooleanField(label=_("Counts in the score"), required=False, initial=True)
    version = version()

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reports_to"].choices = [("", _("Nobody we know")), *colleagues]

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        if name and name not in zoneinfo.available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Try one such as Europe/Paris."))
        return str(name)

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        joined, left = clean.get("joined_on"), clean.get("left_on")
        if joined and left and left < joined:
            self.add_error("left_on", _("Nobody leaves before they came."))
        return clean

    def values(self) -> dict[str, Any]:
        """The fields as the service takes them; what was left empty is cleared."""
        above = self.cleaned_data["reports_to"]
        clean = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {**clean, "reports_to": UUID(above) if above else None}


class NewPersonForm(PersonaForm):
    """Somebody new, who may be the one whom somebody there reports to."""

    leads = forms.ChoiceField(label=_("Leads"), required=False)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, colleagues=colleagues, **options)
        self.fields["leads"].choices = [("", _("Nobody we know")), *colleagues]
        self.order_fields(["name", "role", "title", "email", "phone", "influence", "reports_to", "leads"])

    def clean(self) -> dict[str, Any]:
        clean = super().clean()
        if clean.get("leads") and clean["leads"] == clean.get("reports_to"):
            self.add_error("leads", _("Nobody leads whom they report to."))
        return clean

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "leads"}

    def led(self) -> UUID | None:
        """Who reports to them; call after ``is_valid``."""
        below = self.cleaned_data["leads"]
        return UUID(below) if below else None


class OverrideForm(forms.Form):
    """A person's word on the band, with its reason and its end."""

    band = forms.ChoiceField(
        label=_("Show it as"),
        choices=[("healthy", _("Healthy")), ("watch", _("Watch")), ("at_risk", _("At risk"))],
    )
    reason = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea({"rows": 2}),
        help_text=_("The computed band stays beside it."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The end of this day."), validators=[MaxValueValidator(dt.date(2199, 12, 31))],
    )  # fmt: skip


class StageForm(forms.Form):
    """Where the account stands now, and why. ``stages``: (id, name)."""

    stage = forms.ChoiceField(label=_("Stage"))
    entered_on = day(label=_("Since"))
    reason = forms.CharField(label=_("Why"), max_length=1000, required=False)

    def __init__(self, *args: Any, stages: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stage"].choices = stages


def statement(label: str) -> forms.IntegerField:
    """One of goodwill's four statements."""
    return forms.IntegerField(label=label, min_value=1, max_value=7, required=False)


class ResponseForm(forms.Form):
    """An answer that somebody gave us, written down by hand. ``people``: (id, name)."""

    RANGES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
    STATEMENTS = ("insider", "contributor", "off_market", "forward_looking")

    kind = forms.ChoiceField(
        label=_("Question"),
        choices=[
            ("nps", _("NPS: would recommend us, 0 to 10")),
            ("csat", _("CSAT: satisfied, 1 to 5")),
            ("ces", _("CES: made it easy, 1 to 7")),
            ("goodwill", _("Goodwill: four statements, 1 to 7")),
        ],
    )
    answer = forms.DecimalField(
        label=_("Answer"), min_value=0, max_value=10, max_digits=4, decimal_places=1, required=False
    )
    insider = statement(_("Goodwill: feels like an insider"))
    contributor = statement(_("Goodwill: contributes actively"))
    off_market = statement(_("Goodwill: looks for nobody else"))
    forward_looking = statement(_("Goodwill: plans ahead with us"))
    persona = forms.ChoiceField(label=_("Who answered"), required=False)
    why = forms.CharField(
        label=_("Why, in their words"), max_length=5000, required=False, widget=forms.Textarea({"rows": 2})
    )
    answered_on = day(label=_("When"))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["persona"].choices = [("", _("Nobody we know")), *people]

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        answer = clean.get("answer")
        if clean.get("kind") == "goodwill":
            if sum(item is not None for item in self.items()) < 3:
                self.add_error("insider", _("Goodwill needs an answer to three of its four statements."))
        elif answer is None and "answer" not in self.errors:
            self.add_error("answer", _("This question needs a number."))
        elif answer is not None:
            low, high = self.RANGES.get(clean.get("kind", ""), (0, 10))
            if not low <= answer <= high:
                self.add_error("answer", _("From %(low)s to %(high)s.") % {"low": low, "high": high})
        return clean

    def items(self) -> tuple[int | None, ...]:
        """The four statements of goodwill, None where unanswered."""
        return tuple(self.cleaned_data.get(name) for name in self.STATEMENTS)

    def said(self) -> float | tuple[int | None, ...]:
        """The answer as the service takes it; call after ``is_valid``."""
        return self.items() if self.cleaned_data["kind"] == "goodwill" else float(self.cleaned_data["answer"])
