"""The address of the Monday view: two days, and which part of the book, as clean values."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from csplatform.selectors.monday import KEYS, Asked

OLDEST = dt.date(2000, 1, 1)


def last_monday(today: dt.date) -> dt.date:
    """The Monday before today; on a Monday that of the week before."""
    return today - dt.timedelta(days=today.weekday() or 7)


class MondayForm(forms.Form):
    """``from`` (default: the Monday before ``to``) and ``to`` (default: today), both days included; an owner; a segment."""

    owner = forms.UUIDField(required=False)
    segment = forms.CharField(max_length=100, required=False)

    def __init__(self, data: Any, *, today: dt.date) -> None:
        super().__init__(data)
        self.today = today
        self.fields["from"] = forms.DateField(required=False)
        self.fields["to"] = forms.DateField(required=False)

    def clean_from(self) -> dt.date | None:
        return self._day("from")

    def clean_to(self) -> dt.date:
        return self._day("to") or self.today

    def _day(self, name: str) -> dt.date | None:
        day: dt.date | None = self.cleaned_data[name]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This day lies in the future."), code="future")
        if day is not None and day < OLDEST:
            raise forms.ValidationError(_("Nothing is kept from before 2000."), code="too_old")
        return day

    def clean(self) -> dict[str, Any]:
        last = self.cleaned_data.get("to")
        if last and "from" in self.cleaned_data and self.cleaned_data["from"] is None:
            self.cleaned_data["from"] = last_monday(last)
        first = self.cleaned_data.get("from")
        if first and last and first > last:
            self.add_error(
                "from", forms.ValidationError(_("The first day comes after the last."), code="order")
            )
        return self.cleaned_data

    def asked(self) -> Asked:
        """What a valid form asks for."""
        clean = self.cleaned_data
        return Asked(clean["from"], clean["to"], clean["owner"], clean["segment"])


class MondayRowsForm(MondayForm):
    """The same, and which number's rows."""

    rows = forms.ChoiceField(choices=[(key, key) for key in KEYS])
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)


class SlideForm(MondayForm):
    """The same, and as which kind of file."""

    format = forms.ChoiceField(choices=[("pdf", "pdf"), ("png", "png")], required=False)
