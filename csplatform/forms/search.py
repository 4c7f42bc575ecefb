"""What is typed into the search, and what was opened last, as the browser remembers it."""

from uuid import UUID

from django import forms

REMEMBERED = 8


class SearchForm(forms.Form):
    """``q`` the words; ``recent`` ids joined by commas, the newest first: what is no id is left out."""

    q = forms.CharField(max_length=200, required=False)
    recent = forms.CharField(max_length=1000, required=False)

    def clean_recent(self) -> list[UUID]:
        found = []
        for text in self.cleaned_data["recent"].split(",")[:REMEMBERED]:
            try:
                found.append(UUID(text))
            except ValueError:
                continue
        return found
