"""The forms that pages show, with the names of their own fields, so that a new form is walked from its first day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SAMPLES = {
    "date": "2026-10-01",
    "datetime-local": "2026-10-01T10:00",
    "number": "3",
    "email": "text-1@missing.test",
}


@dataclass
class Form:
    """One form: its page, where it goes, and its fields, each with the values it offers (the chosen one first)."""

    page: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """Forms of one kind differ in the row they are about."""
        return UUID.sub("<id>", self.action or self.page), self.method, tuple(sorted(self.fields))

    def filled(self) -> dict[str, str]:
        return {name: values[0] for name, values in self.fields.items()}

    def naming(self, label_of: dict[str, str]) -> Iterator[tuple[str, str]]:
        """(field, label of the model) of each field that offers a row of that model."""
        for name, values in self.fields.items():
            label = next((label_of[value] for value in values if value in label_of), None)
            if label:
                yield name, label


class PageReader(HTMLParser):
    """Collects the forms of a page, and the addresses that it offers to be read."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""
        self.links: list[str] = []

    def updatepos(self, i: int, j: int) -> int:
        """Counting lines is a tenth of the reading, and nobody asks for them."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not attrs and tag not in ("form", "option"):
            return
        given = {name: value or "" for name, value in attrs}
        self.links += [value for name, value in attrs if name in ("href", "hx-get", "src") and value]
        if tag == "form":
            self.form = Form(self.path, given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "option" and self.select:
            self.offer(self.select, given.get("value", ""), "selected" in given)
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            self.select = given["name"] if tag == "select" else ""
            if tag != "select":
                value = given.get("value") or sample(tag, given)
                self.offer(given["name"], value, "checked" in given)

    def offer(self, name: str, value: str, chosen: bool) -> None:
        assert self.form is not None
        values = self.form.fields.setdefault(name, [])
        values.insert(0 if chosen or (values and not values[0]) else len(values), value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def sample(tag: str, given: dict[str, str]) -> str:
    if tag == "button" or given.get("type") in ("hidden", "checkbox", "radio", "submit"):
        return ""
    return SAMPLES.get(given.get("type", "text"), "text-1")


def read_page(text: str, path: str) -> PageReader:
    """What a page links to, and its forms without the tokens that every one carries."""
    reader = PageReader(path)
    reader.feed(text)
    for form in reader.forms:
        form.fields.pop("csrfmiddlewaretoken", None)
    return reader


def names_of(rows: dict[str, list[Any]]) -> dict[str, str]:
    """The label of the model by each id, and members' by their e-mail."""
    found = {
        str(row.pk): label for label, some in rows.items() for row in some if UUID.fullmatch(str(row.pk))
    }
    return found | {row.user.email: "accounts.membership" for row in rows["accounts.membership"]}
