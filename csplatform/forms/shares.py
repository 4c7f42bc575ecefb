"""What is typed in about a link for a customer. Clean values, never a write."""

import datetime as dt
from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.services.shares import LONGEST, LONGEST_GREETING, LONGEST_TITLE, USUAL


class SharesPage(forms.Form):
    """Which page of what a customer is shown."""

    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)


class ShownForm(forms.Form):
    """What a customer sees (``shown``) of the lines that were ``listed``."""

    def ids(self, name: str) -> set[UUID]:
        """The lines that a field names; what is no id is left out."""
        found = set()
        for text in self.data.getlist(name):
            with suppress(ValueError):
                found.add(UUID(text))
        return found


class ShareForm(forms.Form):
    """A link: what its page is called and begins with, and its last day."""

    title = forms.CharField(
        label=_("Title"), max_length=LONGEST_TITLE, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    greeting = forms.CharField(
        label=_("A word to begin with"), max_length=LONGEST_GREETING, required=False,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    expires_on = forms.DateField(
        label=_("Works until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The end of this day; a year ahead at most."),
    )  # fmt: skip

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, initial={"expires_on": today + USUAL}, **options)
        days = {"min": today.isoformat(), "max": (today + LONGEST).isoformat()}
        self.fields["expires_on"].widget.attrs |= days
