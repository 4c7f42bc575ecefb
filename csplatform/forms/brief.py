"""Who will be at a call, as the address of its brief says."""

from uuid import UUID

from django import forms
from django.http import QueryDict

MOST = 20


class BriefForm(forms.Form):
    """``persona`` once for each who will be there, at most twenty times."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.given = data.getlist("persona")

    def clean(self) -> dict[str, list[UUID]]:
        try:
            chosen = [UUID(one) for one in self.given if one]
        except ValueError as wrong:
            raise forms.ValidationError("persona: the id of a person.") from wrong
        if len(chosen) > MOST:
            raise forms.ValidationError(f"persona: at most {MOST} people.")
        return {"persona": list(dict.fromkeys(chosen))}
