"""Input of the pages of imports and exports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ImportForm(forms.Form):
    """A file and what its rows are; one of the kept mappings, or columns matched anew."""

    kind = forms.ChoiceField(label=_("What the rows are"))
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, XLSX or JSON lines, up to 512 MiB and 2,000,000 rows (XLSX: 64 MiB and 250,000 rows)."
        ),
        widget=forms.ClearableFileInput({"accept": ".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson"}),
    )
    mapping = forms.ChoiceField(label=_("Columns"), required=False)

    def __init__(self, *args: Any, kinds: Any, mappings: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        labels = {kind.name: kind.label for kind in kinds}
        self.mappings = {str(kept.pk): kept for kept in mappings}
        self.fields["kind"].choices = list(labels.items())
        self.fields["mapping"].choices = [
            ("", _("Match by name and content")),
            *(
                (key, f"{labels.get(kept.kind, kept.kind)}: {kept.name}")
                for key, kept in self.mappings.items()
            ),
        ]
        if not mappings:
            del self.fields["mapping"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kept = self.mappings.get(values.get("mapping") or "")
        if kept is not None and kept.kind != values.get("kind"):
            self.add_error("mapping", _("This mapping is for rows of another kind."))
        return values

    def kept_mapping(self) -> str:
        """The name of the chosen mapping, or nothing."""
        kept = self.mappings.get(self.cleaned_data.get("mapping") or "")
        return kept.name if kept else ""


class MappingForm(forms.Form):
    """Which field each column fills, and how rows are matched and read."""

    key = forms.ChoiceField(label=_("Rows are matched by"), required=False)
    date_order = forms.ChoiceField(
        label=_("Dates in numbers"),
        required=False,
        choices=[
            ("", _("As the column tells")),
            ("dmy", _("Day first: 31/12/2026")),
            ("mdy", _("Month first: 12/31/2026")),
        ],
    )
    decimal = forms.ChoiceField(
        label=_("Fractions"),
        required=False,
        choices=[("", _("As the column tells")), (".", _("Point: 1,234.56")), (",", _("Comma: 1.234,56"))],
    )
    unknown_owner = forms.ChoiceField(
        label=_("Owner who is no member"),
        choices=[("refuse", _("The row is wrong")), ("empty", _("Import without owner"))],
    )
    empty = forms.ChoiceField(
        label=_("Empty cells"),
        choices=[("keep", _("Leave what is there")), ("clear", _("Clear what is there"))],
    )
    historical = forms.BooleanField(
        label=_("This is history"), required=False, help_text=_("Counts as known since it happened.")
    )
    keep_as = forms.CharField(
        label=_("Keep this mapping as"),
        max_length=100,
        required=False,
        help_text=_("For the next file of this shape."),
    )

    def __init__(self, *args: Any, one: Any, kind: Any, admin: bool, **options: Any) -> None:
        labels = {field.name: field.label for field in kind.fields}
        initial = {name: value for name, value in one.mapping.items() if name != "columns"}
        super().__init__(*args, initial=initial, **options)
        self.columns = one.columns
        self.fields["key"].choices = [
            *((key, labels.get(key, key)) for key in kind.keys), ("", _("Nothing: every row is new")),
        ]  # fmt: skip
        if not admin:
            del self.fields["historical"]
        for index, column in enumerate(one.columns):
            own = f"custom.{column['name']}"[:107]
            custom = [(own, _("Keep as a value of its own"))] if kind.open_ended else []
            chosen = one.mapping["columns"].get(column["name"], "")
            given = [(chosen, chosen)] if chosen and chosen not in labels and chosen != own else []
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=column["name"],
                required=False,
                initial=chosen,
                choices=[("", _("Do not import")), *labels.items(), *custom, *given],
                widget=forms.Select({"class": "form-select form-select-sm"}),
            )

    @property
    def column_fields(self) -> list[tuple[dict[str, Any], Any]]:
        """Each column with the choice of its field."""
        return [(column, self[f"column_{index}"]) for index, column in enumerate(self.columns)]

    @property
    def setting_fields(self) -> list[Any]:
        """The settings beside the columns."""
        names = ("key", "date_order", "decimal", "unknown_owner", "empty", "historical", "keep_as")
        return [self[name] for name in names if name in self.fields]

    def mapping(self) -> dict[str, Any]:
        """The mapping that the form asks for."""
        values = self.cleaned_data
        columns = {column["name"]: values[f"column_{index}"] for index, column in enumerate(self.columns)}
        names = ("key", "date_order", "decimal", "unknown_owner", "empty", "historical")
        return {"columns": columns, **{name: values[name] for name in names if name in values}}


class RowsForm(forms.Form):
    """Which rows of an import to show, from the address."""

    status = forms.ChoiceField(
        choices=[(name, name) for name in ("", "created", "updated", "unchanged", "failed", "to_check")],
        required=False,
    )
    after_row = forms.IntegerField(min_value=0, max_value=10**9, required=False)


KINDS = {
    "accounts": _("Accounts"), "personas": _("People"), "cases": _("Cases"), "outcomes": _("Outcomes"),
    "touches": _("Touches"), "promises": _("Promises"), "ratings": _("Ratings"), "moments": _("Moments"),
    "initiatives": _("Initiatives"),
    "advocate_asks": _("Asks of advocates"), "situations": _("Situations"), "segment": _("People for marketing"),
}  # fmt: skip


class ExportForm(forms.Form):
    """A file of everything of a kind."""

    kind = forms.ChoiceField(label=_("What"))
    format = forms.ChoiceField(
        label=_("Format"),
        help_text=_("JSON lines keep numbers and truth values in your own fields as they are."),
    )

    def __init__(self, *args: Any, kinds: list[str], formats: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        labels = {**KINDS, "csv": "CSV", "jsonl": _("JSON lines")}
        self.fields["kind"].choices = [(name, labels.get(name, name)) for name in kinds]
        self.fields["format"].choices = [(name, labels.get(name, name)) for name in formats]
