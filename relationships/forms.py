"""What the rating grid posts: one row, or one part of it, as clean values."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.forms import TermForm
from relationships.models import Confidence, Sentiment, Strength

FACETS = ("brand", "product", "service")


class KeysField(forms.Field):
    """Any number of keys that were ticked; which of them are known, the service says."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        keys = [str(one) for one in value or ()]
        if any(not 1 <= len(key) <= 60 or "\x00" in key for key in keys):
            raise forms.ValidationError(_("This is not one of the choices."))
        return keys


class RatingForm(forms.Form):
    """One rating. ``sentiment`` speaks for brand, product and service; a facet named by itself goes before it.

    ``again`` says once more what stands, for the same reason: its strength and the three sentiments, with | between
    them. ``links`` holds an address a line, ``where`` touches and cases as touch:id.
    """

    strength = forms.ChoiceField(choices=Strength, required=False, label=_("Strength"))
    sentiment = forms.ChoiceField(choices=Sentiment, required=False, label=_("Sentiment"))
    sentiment_brand = forms.ChoiceField(choices=Sentiment, required=False, label=_("Brand"))
    sentiment_product = forms.ChoiceField(choices=Sentiment, required=False, label=_("Product"))
    sentiment_service = forms.ChoiceField(choices=Sentiment, required=False, label=_("Service"))
    driver = forms.CharField(max_length=50, required=False, label=_("Driver"))
    area = forms.CharField(max_length=50, required=False, label=_("Product area"))
    note = forms.CharField(max_length=2000, required=False, label=_("Note"))
    signs = KeysField(required=False, label=_("Signs"))
    confidence = forms.ChoiceField(choices=Confidence, required=False, label=_("How sure are you?"))
    links = forms.CharField(max_length=20_000, required=False, label=_("Links"))
    where = KeysField(required=False, label=_("Where it shows"))
    again = forms.RegexField(r"^[a-z_]{0,9}(\|[a-z]{0,8}){3}$", required=False)

    def rating(self) -> dict[str, Any]:
        """The parts that were given, by the names of a new rating; call after ``is_valid``."""
        clean = self.cleaned_data
        strength, *stood = (clean["again"] or "|||").split("|")
        facets = {
            f"sentiment_{facet}": clean[f"sentiment_{facet}"] or clean["sentiment"] or was or None
            for facet, was in zip(FACETS, stood, strict=True)
        }
        return {
            "strength": clean["strength"] or strength or None,
            "driver": clean["driver"],
            "area": clean["area"],
            "note": clean["note"].strip(),
            "signs": clean["signs"],
            "confidence": clean["confidence"] or None,
            "evidence": self._evidence(),
            "again": bool(clean["again"]),
            **facets,
        }

    def _evidence(self) -> list[dict[str, str]]:
        urls = [{"url": line.strip()} for line in self.cleaned_data["links"].splitlines() if line.strip()]
        return urls + [
            {kind: id} for kind, _sign, id in (one.partition(":") for one in self.cleaned_data["where"])
        ]

    def first_error(self) -> str:
        """The first thing that is wrong, as a sentence; call after ``is_valid``."""
        return next((str(said) for errors in self.errors.values() for said in errors), "")


class SignForm(TermForm):
    """A new sign, and the sentiment that it leans to."""

    leans = forms.ChoiceField(choices=Sentiment, label=_("Leans to"))


class EntryForm(forms.Form):
    """A new entry of the library of situations; of a reason and a remedy, the key of its type."""

    kind = forms.ChoiceField(choices=[("type", ""), ("reason", ""), ("remedy", "")])
    type = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    label = forms.CharField(max_length=300, label=_("Label"))
    due_days = forms.IntegerField(min_value=0, max_value=365, required=False, label=_("Due in days"))

    def values(self) -> dict[str, Any]:
        """The entry as its service takes it; call after ``is_valid``."""
        clean = self.cleaned_data
        return {name: clean[name] for name in ("label", "due_days", "type") if clean[name] not in (None, "")}


class SeenFilter(forms.Form):
    """Where the page of what was seen leads back to; an address that is not ours is as good as none."""

    next = forms.CharField(max_length=500, required=False)

    def way_back(self) -> str:
        self.full_clean()
        wanted: str = self.cleaned_data.get("next") or ""
        ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return wanted if ours else ""


class GridFilter(forms.Form):
    """Which part of the grid to show; nonsense is as good as nothing."""

    show = forms.ChoiceField(choices=[("mine", ""), ("due", ""), ("all", ""), ("asked", "")], required=False)
    account = forms.UUIDField(required=False)
    round = forms.UUIDField(required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def wanted(self) -> dict[str, Any]:
        """show or None, account_id or None, round_id or None, page."""
        self.full_clean()
        clean = self.cleaned_data
        return {
            "show": clean.get("show") or ("asked" if clean.get("round") else None),
            "account_id": clean.get("account"),
            "round_id": clean.get("round"),
            "page": clean.get("page") or 1,
        }


Choices = list[tuple[str, str]]


class RoundForm(forms.Form):
    """A new round: for whom, until when, and of whom a second opinion is wanted."""

    name = forms.CharField(max_length=200, label=_("Name"))
    due_on = forms.DateField(label=_("Due"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    segment = forms.MultipleChoiceField(required=False, label=_("Segments"))
    tier = forms.MultipleChoiceField(required=False, label=_("Tiers"))
    owner = forms.MultipleChoiceField(required=False, label=_("Owners"))
    renews_within = forms.IntegerField(
        min_value=1, max_value=3650, required=False, label=_("Renews within, days")
    )
    rated_within = forms.IntegerField(
        min_value=1,
        max_value=3650,
        required=False,
        label=_("Leave out who was rated within, days"),
    )
    second_share = forms.IntegerField(
        min_value=0, max_value=100, required=False, label=_("Second opinions, % of the people")
    )
    second_rater_emails = forms.MultipleChoiceField(required=False, label=_("Who gives them"))

    ABOUT = ("name", "due_on")
    SCOPE = ("segment", "tier", "owner", "renews_within", "rated_within")
    SECOND = ("second_share", "second_rater_emails")

    def __init__(
        self, *args: Any, segments: Choices, tiers: Choices, members: Choices, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for name, choices in (
            ("segment", segments),
            ("tier", tiers),
            ("owner", members),
            ("second_rater_emails", members),
        ):
            field = self.fields[name]
            field.choices = choices  # type: ignore[attr-defined]
            field.widget.attrs["size"] = min(6, max(2, len(choices)))

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT]

    def narrows(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SCOPE]

    def second(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SECOND]

    def values(self) -> dict[str, Any]:
        """The round as its service takes it; call after ``is_valid``."""
        clean = self.cleaned_data
        return {
            "name": clean["name"],
            "due_on": clean["due_on"],
            "scope": {
                "segment": clean["segment"],
                "tier": clean["tier"],
                "owner_email": clean["owner"],
                "renews_within": clean["renews_within"],
                "rated_within": clean["rated_within"],
            },
            "second_share": clean["second_share"] or 0,
            "second_rater_emails": clean["second_rater_emails"],
        }


class ChangeRoundForm(forms.Form):
    """What may change of a round that is open."""

    name = RoundForm.base_fields["name"]
    due_on = RoundForm.base_fields["due_on"]


class CadenceForm(forms.Form):
    """How often a tier is asked for; 0 days: no more."""

    tier = forms.CharField(max_length=100, required=False)
    every_days = forms.IntegerField(min_value=0, max_value=366, label=_("Every, days"))
    due_days = forms.IntegerField(min_value=1, max_value=90, label=_("Due after, days"))


class ReportFilter(forms.Form):
    """Which list of people, and whose; nonsense is as good as nothing."""

    show = forms.ChoiceField(
        choices=[(name, name) for name in ("quarter", "inherited", "stale", "diverging", "disagree")],
        required=False,
    )
    owner = forms.UUIDField(required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def wanted(self) -> tuple[str, UUID | None, int]:
        """(list, owner or None, page)."""
        self.full_clean()
        clean = self.cleaned_data
        return clean.get("show") or "quarter", clean.get("owner"), clean.get("page") or 1


class BehindFilter(forms.Form):
    """Whose drivers: who feel so, about what, where; and the people of one driver."""

    feels = forms.ChoiceField(
        choices=[("negative", _("Negative")), ("neutral", _("Neutral")), ("positive", _("Positive"))],
        required=False,
        widget=forms.Select(attrs={"class": "form-select form-select-sm", "data-submit": ""}),
    )
    about = forms.ChoiceField(
        choices=[
            ("", _("About us, all in all")),
            ("brand", _("About the brand")),
            ("product", _("About the product")),
            ("service", _("About the service")),
        ],
        required=False,
        widget=forms.Select(attrs={"class": "form-select form-select-sm", "data-submit": ""}),
    )
    segment = forms.CharField(max_length=100, required=False)
    account = forms.UUIDField(required=False)
    area = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    driver = forms.CharField(max_length=50, required=False)

    def asked(self) -> dict[str, Any]:
        """As the selector takes it; call after ``is_valid``."""
        clean = self.cleaned_data
        return {
            "feels": clean["feels"] or "negative",
            "about": clean["about"],
            "segment": clean["segment"],
            "account_id": clean["account"],
            "area": clean["area"],
        }

    def address(self, driver: str = "", **other: str) -> str:
        """The query of this page, with one driver chosen or none, and what is asked for otherwise."""
        asked = {name: self.cleaned_data[name] for name in ("feels", "about", "segment", "account", "area")}
        asked |= {**other, "driver": driver}
        return "?" + urlencode({name: value for name, value in asked.items() if value})


class MergeForm(forms.Form):
    """What remains of two that are one."""

    into = forms.UUIDField()
