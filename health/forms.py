"""The scorecard as a form: one number field for everything in it that a tenant may set, checked by the model's rules."""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import Persona
from health.formulas import ROLES, validate_scorecard
from health.models import Band
from health.selectors import measure_names

MEASURE_NUMBERS = ("weight", "floor", "target", "grace", "half_life")
BANDS = ("watch_from", "healthy_from", "margin", "min_evidence")


def roles_field(label: str) -> forms.MultipleChoiceField:
    choices = [(role, str(Persona.Role(role).label)) for role in ROLES]
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def _in_order(roles: Collection[str]) -> list[str]:
    return [role for role in ROLES if role in roles]


def number(label: str, *, required: bool = True) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "any", "class": "form-control form-control-sm num"})
    return forms.FloatField(label=label, required=required, widget=widget)


class ScorecardForm(forms.Form):
    """Fields are named by their place in the body, such as ``measures/0/weight``; ``note`` says why."""

    note = forms.CharField(label=_("What changes, and why"), max_length=300, required=False)

    def __init__(
        self, data: Any = None, *, body: dict[str, Any], editable: bool, tiers: Collection[str] = ()
    ) -> None:
        """``tiers``: those in use, each of which may ask for other roles than the default."""
        self.body = body
        self.tiers = sorted({*tiers, *body["required_roles_by_tier"]})
        super().__init__(data, initial=dict(_leaves(body)) | _role_leaves(body, self.tiers))
        for path, label in _labels(body):
            whole = path.endswith("/on")
            self.fields[path] = (
                forms.BooleanField(label=label, required=False)
                if whole
                else number(label, required=self.initial[path] is not None)
            )
        self.fields["required_roles"] = roles_field(_("Every tier without roles of its own"))
        for tier in self.tiers:
            self.fields[f"own/{tier}"] = forms.BooleanField(
                label=_("%(tier)s: roles of its own") % {"tier": tier}, required=False
            )
            self.fields[f"roles/{tier}"] = roles_field(tier)
        for field in self.fields.values():
            field.disabled = not editable

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for error in validate_scorecard(self.new_body()):
                path = error["pointer"].lstrip("/")
                self.add_error(path if path in self.fields else None, error["detail"])
        return cleaned

    def new_body(self) -> dict[str, Any]:
        """The scorecard as the form says it."""
        body = copy.deepcopy(self.body)
        for path in self.fields:
            if path in ("note", "required_roles") or path.startswith(("own/", "roles/")):
                continue
            *way, last = path.split("/")
            place: Any = body
            for step in way:
                place = place[int(step)] if isinstance(place, list) else place[step]
            place[last] = self.cleaned_data[path]
        given = self.cleaned_data
        body["required_roles"] = _in_order(given["required_roles"])
        body["required_roles_by_tier"] = {
            tier: _in_order(given[f"roles/{tier}"]) for tier in self.tiers if given[f"own/{tier}"]
        }
        return body

    def roles(self) -> list[tuple[forms.BoundField | None, forms.BoundField]]:
        """The required roles: the default's, then each tier's with the box that says whether it has its own."""
        return [
            (None, self["required_roles"]),
            *((self[f"own/{tier}"], self[f"roles/{tier}"]) for tier in self.tiers),
        ]

    def measures(self) -> Iterator[dict[str, Any]]:
        """The measures in order, each with its name, its axis and its fields; None where it has no such number."""
        names = measure_names()
        for at, measure in enumerate(self.body["measures"]):
            yield {
                "name": names.get(measure["key"], measure["key"]),
                "axis": measure["axis"],
                "on": self[f"measures/{at}/on"],
                "numbers": [
                    self[path] if (path := f"measures/{at}/{one}") in self.fields else None
                    for one in MEASURE_NUMBERS
                ],
            }

    def group(self, prefix: str) -> list[forms.BoundField]:
        return [self[path] for path in self.fields if path.startswith(f"{prefix}/")]

    def axes(self) -> list[forms.BoundField]:
        return self.group("axes")

    def bands(self) -> list[forms.BoundField]:
        return [*self.group("bands"), self["L"], self["speaker_days"]]

    def influence(self) -> list[forms.BoundField]:
        return self.group("influence")

    def loss_rates(self) -> list[forms.BoundField]:
        return self.group("loss_rates")


def _leaves(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for at, measure in enumerate(body["measures"]):
        for one in ("on", *MEASURE_NUMBERS):
            yield f"measures/{at}/{one}", measure[one]
    for group in ("axes", "bands", "influence", "loss_rates"):
        for key, value in body[group].items():
            yield f"{group}/{key}", value
    yield "L", body["L"]
    yield "speaker_days", body["speaker_days"]


def _role_leaves(body: dict[str, Any], tiers: Collection[str]) -> dict[str, Any]:
    own = body["required_roles_by_tier"]
    leaves: dict[str, Any] = {"required_roles": body["required_roles"]}
    for tier in tiers:
        leaves[f"own/{tier}"] = tier in own
        leaves[f"roles/{tier}"] = own.get(tier, body["required_roles"])
    return leaves


def _labels(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field's path and label; numbers that a measure cannot have (people measures have no range) are absent."""
    names = measure_names()
    numbers = {
        "on": _("counts"),
        "weight": _("weight"),
        "floor": _("worst"),
        "target": _("best"),
        "grace": _("days of grace"),
        "half_life": _("half-life in days"),
    }
    for at, measure in enumerate(body["measures"]):
        for one, label in numbers.items():
            if measure["kind"] != "people" or one not in ("floor", "target"):
                yield f"measures/{at}/{one}", f"{names.get(measure['key'], measure['key'])}: {label}"
    yield "axes/behavioural", _("Weight of behaviour, 0 to 1")
    yield "axes/emotional", _("Weight of emotion, 0 to 1")
    words = (
        _("Watch from, in points"),
        _("Healthy from, in points"),
        _("Margin to change back, in points"),
        _("Least share that is sure, 0 to 1"),
    )
    for key, label in zip(BANDS, words, strict=True):
        yield f"bands/{key}", label
    yield "L", _("Pull of missing evidence to neutral, 0 to 1")
    yield "speaker_days", _("The owner speaks for, in days")
    for role in body["influence"]:
        yield f"influence/{role}", str(Persona.Role(role).label)
    for band in body["loss_rates"]:
        yield f"loss_rates/{band}", _("%(band)s: lost in a year, 0 to 1") % {"band": Band(band).label}


class FindForm(forms.Form):
    """Which accounts to choose from, by a part of the name."""

    find = forms.CharField(max_length=100, required=False)


class GroupForm(forms.Form):
    """Whose group it is; no account takes that back."""

    external_id = forms.CharField(max_length=255, strip=False)
    account = forms.UUIDField(required=False)


class OwnerForm(forms.Form):
    """Whose word is taken, as it was told."""

    email = forms.CharField(max_length=254)
    forget = forms.BooleanField(required=False)
