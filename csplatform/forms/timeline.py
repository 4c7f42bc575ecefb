"""The addresses of timelines and of the list of touches, as clean values."""

from django import forms

from accounts.models import Touch
from csplatform.selectors.timeline import SOURCES

# From 1900 to 2199, so that no zone leads out of the calendar.
POSITION = r"^(?:19|2[01])\d\d-\d\d-\d\dT[\d:.]+(Z|\+00:00)~[0-9a-f-]{36}$"


class TimelineForm(forms.Form):
    """Which kind, which touchpoint, while in which stage, and from where on."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in SOURCES], required=False)
    touchpoint = forms.SlugField(max_length=50, required=False)
    stage = forms.UUIDField(required=False)
    before = forms.RegexField(POSITION, required=False)


class NotesForm(forms.Form):
    """From where on."""

    before = forms.RegexField(POSITION, required=False)


class PersonTouchesForm(forms.Form):
    """Which touches with one person."""

    kind = forms.ChoiceField(choices=Touch.Kind.choices, required=False)
    touchpoint = forms.SlugField(max_length=50, required=False)


class TouchesForm(forms.Form):
    """Which touches, over all accounts, and from where on."""

    kind = forms.ChoiceField(choices=Touch.Kind.choices, required=False)
    touchpoint = forms.SlugField(max_length=50, required=False)
    mode = forms.ChoiceField(choices=Touch.Mode.choices, required=False)
    stage = forms.UUIDField(required=False)
    owner = forms.UUIDField(required=False)
    before = forms.RegexField(POSITION, required=False)
