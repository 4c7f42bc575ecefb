"""What is typed in about a situation, and which of them the library shows. Clean values, never a write."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from csplatform.forms.work import Asking, WorkForm, said_anyway, unset, words
from csplatform.forms.writing import day
from relationships.models import Situation
from relationships.selectors import LibraryType, Tried


class SituationForm(Asking, WorkForm):
    """A situation of one type of the library: what is behind it, which remedy is tried, and how it came out.

    ``remedies`` are (key, label, how it came out so far), the most promising first, for the template.
    """

    nullable = ("reason", "remedy", "result")

    persona = forms.ChoiceField(label=_("Whom it is about"), required=False)
    reason = forms.ChoiceField(label=_("What is behind it"), required=False)
    began_on = day(label=_("Since"))
    owner_email = forms.ChoiceField(label=_("Who looks after it"), required=False)
    what = words(_("What happened"), 10_000)
    remedy = forms.ChoiceField(label=_("What we try"), required=False)
    make_step = forms.BooleanField(label=_("Make it a step"), required=False)
    anyway = said_anyway(_("Make it a step, although they want it otherwise"))
    result = forms.ChoiceField(
        label=_("How it came out"), required=False, choices=unset(Situation.Result.choices, _("Under way"))
    )
    ended_on = day(label=_("On"), help_text=_("Today unless you say another day."))
    learned = words(_("What we learned"), 10_000)

    ABOUT = ("persona", "reason", "began_on", "owner_email")
    AFTER = ("result", "ended_on")

    def __init__(self, *args: Any, type: LibraryType, **options: Any) -> None:
        super().__init__(*args, **options)
        here = {str(self.initial.get("reason") or ""), str(self.initial.get("remedy") or "")}
        why = [(row.key, row.label) for row, _n in type.reasons if row.active or row.key in here]
        self.remedies: list[tuple[str, str, Tried]] = [
            (one.remedy.key, one.remedy.label, one.tried)
            for one in type.remedies
            if one.remedy.active or one.remedy.key in here
        ]
        self.fields["reason"].choices = [("", _("Not known yet")), *why]  # type: ignore[attr-defined]
        self.fields["remedy"].choices = [  # type: ignore[attr-defined]
            ("", _("Nothing yet")), *((key, label) for key, label, _tried in self.remedies)
        ]  # fmt: skip

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT]

    def after(self) -> list[forms.BoundField]:
        return [self[name] for name in self.AFTER]

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if clean.get("make_step") and not clean.get("remedy"):
            self.add_error("make_step", _("Choose what we try first."))
        return clean

    def values(self) -> dict[str, Any]:
        found = super().values()
        found = {name: value for name, value in found.items() if name not in ("make_step", "anyway")}
        if found.get("ended_on") is None and found.get("result"):
            found.pop("ended_on", None)
        return found


class LibraryForm(forms.Form):
    """Of which type, reason, remedy and result the library shows what was met; keys that are none find nothing."""

    type = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    reason = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    remedy = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    result = forms.ChoiceField(choices=[*Situation.Result.choices, ("open", "")], required=False)

    def wanted(self) -> dict[str, Any]:
        """The conditions on situations; call after ``is_valid``."""
        clean = self.cleaned_data
        found = {f"{name}__key": clean[name] for name in ("type", "reason", "remedy") if clean[name]}
        if clean["result"]:
            found["result"] = None if clean["result"] == "open" else clean["result"]
        return found


class NewSituationForm(forms.Form):
    """Of which type a new situation is, whom it is about, and what is known from one that was met before."""

    type = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    reason = forms.RegexField(r"^[a-z0-9_]{1,50}$", required=False)
    persona = forms.UUIDField(required=False)
