"""Input of the first floor's pages, as clean values."""

import datetime as dt
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    EVENTS,
    NoticePreference,
    Notification,
    Role,
    SavedView,
    Scope,
    Touch,
    User,
    WebhookDelivery,
)
from accounts.models.notes import LONGEST_NOTE
from accounts.models.persona_templates import ROLES
from accounts.selectors import BY_KEY, TEMPLATE_KINDS


def zones() -> list[tuple[str, str]]:
    """Every IANA time zone, UTC first."""
    return [
        ("UTC", "UTC"),
        *((zone, zone) for zone in sorted(zoneinfo.available_timezones() - {"UTC", "localtime"})),
    ]


class CurrencyField(forms.RegexField):
    """An ISO 4217 code, in capitals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            r"^[A-Z]{3}$", error_messages={"invalid": _("Three letters, such as EUR.")}, **options
        )

    def to_python(self, value: Any) -> str:
        return super().to_python(value).strip().upper()


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CSM)


class MemberForm(forms.Form):
    """One row of the members' table: a new role, or access taken away or given back."""

    role = forms.ChoiceField(choices=Role.choices, required=False)
    active = forms.ChoiceField(choices=[("0", "0"), ("1", "1")], required=False)


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What uses it, such as CRM sync."))
    scope = forms.ChoiceField(
        label=_("May"),
        choices=[
            (Scope.READ, _("Read")),
            (Scope.WRITE, _("Read and write")),
            (Scope.INGEST, _("Send usage only")),
            (Scope.ADMIN, _("Everything, settings too")),
        ],
    )


class TenantForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("Where a day begins and ends.")
    )
    currency = CurrencyField(label=_("Currency"), help_text=_("Sums of money are shown in it."))
    create_from_group = forms.BooleanField(
        label=_("Make accounts from the group calls of a tracking library"), required=False
    )


class RateForm(forms.Form):
    currency = CurrencyField(label=_("Currency"))
    rate = forms.DecimalField(
        label=_("Worth"), max_digits=18, decimal_places=8, min_value=Decimal("0.00000001"), required=False,
        help_text=_("What one unit is worth in your currency. Empty ends the rate."),
    )  # fmt: skip


class MeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    theme = forms.ChoiceField(label=_("Colours"), choices=User.Theme.choices)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [("", _("As my organisation")), *zones()], required=False
    )
    single_keys = forms.BooleanField(
        label=_("Keys of one letter lead to pages"),
        help_text=_("Such as c for After a call. Switch them off if you speak to your computer. The keys of the "
                    "rating grid work only inside it, and stay."),
        required=False,
    )  # fmt: skip


class JoinForm(forms.Form):
    """An invited person without a login."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )


class TermForm(forms.Form):
    """A new term of a list; its key is made from the label and never changes."""

    label = forms.CharField(max_length=100, label=_("Label"))

    def clean_label(self) -> str:
        label: str = self.cleaned_data["label"]
        self.cleaned_data["key"] = slugify(label).replace("-", "_")[:50]
        if not self.cleaned_data["key"]:
            raise forms.ValidationError(_("Use at least one Latin letter or digit."))
        return label


class ChangedTermForm(forms.Form):
    """What changes of a term; what is absent stays."""

    label = forms.CharField(max_length=100, required=False)
    active = forms.CharField(max_length=10, required=False)

    def values(self) -> dict[str, Any]:
        """The label and whether it is on, as the service takes them: None for what was not sent."""
        sent = {name: self.cleaned_data[name] if name in self.data else None for name in self.fields}
        return sent | {"active": None if sent["active"] is None else bool(sent["active"])}


class PersonaTemplateForm(TermForm):
    """A new persona template, and the role in which such people are usual."""

    role = forms.ChoiceField(choices=ROLES, required=False, label=_("Role"))


class AssumedForm(forms.Form):
    """A persona template whole: what it is called, for which role, and a text for each kind of fact it may assume."""

    label = forms.CharField(max_length=100, label=_("Label"))
    role = forms.ChoiceField(choices=ROLES, required=False, label=_("Role"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for key in TEMPLATE_KINDS:
            kind = BY_KEY[key]
            named: dict[str, Any] = {"label": kind.label, "help_text": kind.ask, "required": False}
            if key == "channel":
                made: forms.Field = forms.ChoiceField(
                    choices=[("", _("Not assumed")), *Touch.Kind.choices], **named
                )
            elif key == "cadence":
                made = forms.IntegerField(min_value=1, max_value=999, **named)
            else:
                made = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 2}), **named)
            self.fields[key] = made

    def values(self) -> dict[str, Any]:
        """The template as its service takes it; call after ``is_valid``."""
        clean = self.cleaned_data
        facts = {key: str(clean[key]) for key in TEMPLATE_KINDS if clean[key] not in (None, "")}
        return {"label": clean["label"], "role": clean["role"], "facts": facts}


class PlaceField(forms.RegexField):
    """Where a page begins: a moment and an id, as its address names them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            r"^\d{4}-\d\d-\d\dT[\d:.]+([+-]\d\d:\d\d|Z)~[0-9a-f-]{36}$", required=False, **options
        )

    def clean(self, value: Any) -> tuple[dt.datetime, UUID] | None:
        at, _sign, key = super().clean(value).partition("~")
        try:
            return (dt.datetime.fromisoformat(at), UUID(key)) if key else None
        except ValueError:
            raise forms.ValidationError(_("There is no such place.")) from None


class NoticesForm(forms.Form):
    """Which notifications, and from where on; ``notification`` names one of them."""

    kind = forms.ChoiceField(choices=Notification.Kind.choices, required=False)
    show = forms.ChoiceField(choices=[("unread", "")], required=False)
    before = PlaceField()
    notification = forms.UUIDField(required=False)


class NoticeChoiceForm(forms.Form):
    """When a digest is mailed, and of what a member is told."""

    digest = forms.ChoiceField(choices=NoticePreference.Digest.choices, widget=forms.RadioSelect)
    told_of = forms.MultipleChoiceField(
        choices=Notification.Kind.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    def muted(self) -> list[str]:
        """What was not ticked."""
        return [kind for kind in Notification.Kind.values if kind not in self.cleaned_data["told_of"]]


class NoteForm(forms.Form):
    """A note as it is typed; ``version`` is the body that was edited, ``restore`` takes a deleted note back."""

    body = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3, "data-mentions": "nameable", "autocomplete": "off"}),
        help_text=_("@ and a colleague's name mentions them."),
    )
    persona = forms.UUIDField(required=False, widget=forms.HiddenInput)
    version = forms.RegexField(r"^\d{1,9}$", required=False, widget=forms.HiddenInput)
    restore = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ActivityForm(forms.Form):
    """The filter of the activity log, from the address."""

    actor = forms.UUIDField(required=False)
    verb = forms.CharField(max_length=50, required=False)
    object_type = forms.CharField(max_length=30, required=False)
    object = forms.UUIDField(required=False)
    account = forms.UUIDField(required=False)
    before = forms.RegexField(r"^\d{1,18}\.[0-9a-f-]{36}$", required=False)


class WebhookForm(forms.Form):
    """An address that is told of events."""

    url = forms.CharField(
        label=_("Address"), max_length=1000, widget=forms.URLInput({"placeholder": "https://"}),
        help_text=_("https, on a public address."),
    )  # fmt: skip
    description = forms.CharField(label=_("What it is for"), max_length=200, required=False, empty_value="")
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(event.name, event.name) for event in EVENTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one at least.")},
    )


class SpanForm(forms.Form):
    """Which deliveries to send again: of the last hours, and whether those that arrived, too."""

    hours = forms.TypedChoiceField(
        label=_("From"),
        coerce=int,
        choices=[
            (1, _("the last hour")),
            (24, _("the last 24 hours")),
            (72, _("the last 3 days")),
            (168, _("the last 7 days")),
            (720, _("the last 30 days")),
        ],
        initial=24,
    )
    delivered = forms.BooleanField(label=_("Also what arrived"), required=False)


class DeliveriesForm(forms.Form):
    """The filter of the delivery log, from the address; ``before`` becomes (moment, id)."""

    state = forms.ChoiceField(choices=[("", ""), *WebhookDelivery.State.choices], required=False)
    before = forms.RegexField(r"^\d{1,16}\.[0-9a-f-]{36}$", required=False)

    def clean_before(self) -> tuple[datetime, UUID] | None:
        micros, _dot, last = self.cleaned_data["before"].partition(".")
        try:
            return (datetime.fromtimestamp(int(micros) / 1e6, UTC), UUID(last)) if last else None
        except ValueError:
            raise forms.ValidationError(_("No such page.")) from None


class SavedViewForm(forms.Form):
    """A view to keep or to change. A view that opens a page for a role is the team's."""

    page = forms.ChoiceField(choices=SavedView.Page.choices)
    name = forms.CharField(label=_("Name"), max_length=100)
    query = forms.CharField(max_length=4000, required=False)
    shared = forms.BooleanField(required=False)
    default_for = forms.MultipleChoiceField(choices=Role.choices, required=False)

    def __init__(self, *args: Any, changing: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].required = not changing or "details" in self.data

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        clean["shared"] = bool(clean.get("shared") or clean.get("default_for"))
        return clean

    def given(self) -> set[str]:
        """The fields that this form says something about: the query alone, or the details."""
        details = {"name", "shared"} if "details" in self.data else set()
        return details | ({"query"} & set(self.data)) | ({"default_for"} if "roles" in self.data else set())

    def first_error(self) -> str:
        """What is wrong, in a sentence."""
        field, errors = next(iter(self.errors.items()))
        return f"{self.fields[field].label or field}: {errors[0]}" if field in self.fields else str(errors[0])
