"""What the rating grid posts: one row, or one part of it, as clean values."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from relationships.models import Sentiment, Strength

FACETS = ("brand", "product", "service")


class RatingForm(forms.Form):
    """One rating. ``sentiment`` speaks for brand, product and service; a facet named by itself goes before it."""

    strength = forms.ChoiceField(choices=Strength, required=False, label=_("Strength"))
    sentiment = forms.ChoiceField(choices=Sentiment, required=False, label=_("Sentiment"))
    sentiment_brand = forms.ChoiceField(choices=Sentiment, required=False, label=_("Brand"))
    sentiment_product = forms.ChoiceField(choices=Sentiment, required=False, label=_("Product"))
    sentiment_service = forms.ChoiceField(choices=Sentiment, required=False, label=_("Service"))
    driver = forms.CharField(max_length=50, required=False, label=_("Driver"))
    note = forms.CharField(max_length=2000, required=False, label=_("Note"))

    def rating(self) -> dict[str, Any]:
        """The parts that were given, by the names of a new rating; call after ``is_valid``."""
        clean = self.cleaned_data
        facets = {
            f"sentiment_{facet}": clean[f"sentiment_{facet}"] or clean["sentiment"] or None
            for facet in FACETS
        }
        return {
            "strength": clean["strength"] or None,
            "driver": clean["driver"],
            "note": clean["note"].strip(),
            **facets,
        }

    def first_error(self) -> str:
        """The first thing that is wrong, as a sentence; call after ``is_valid``."""
        return next((str(said) for errors in self.errors.values() for said in errors), "")


class DriverForm(forms.Form):
    """A new driver; its key is made from the label and never changes."""

    label = forms.CharField(max_length=100, label=_("Label"))

    def clean_label(self) -> str:
        label: str = self.cleaned_data["label"]
        self.cleaned_data["key"] = slugify(label).replace("-", "_")[:50]
        if not self.cleaned_data["key"]:
            raise forms.ValidationError(_("Use at least one Latin letter or digit."))
        return label


class GridFilter(forms.Form):
    """Which part of the grid to show; nonsense is as good as nothing."""

    show = forms.ChoiceField(choices=[("mine", ""), ("due", ""), ("all", "")], required=False)
    account = forms.UUIDField(required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def wanted(self) -> tuple[str | None, UUID | None, int]:
        """(show or None, account or None, page)."""
        self.full_clean()
        clean = self.cleaned_data
        return clean.get("show") or None, clean.get("account"), clean.get("page") or 1
