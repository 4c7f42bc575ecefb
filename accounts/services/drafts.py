"""Items on their way into rows: what a Saver works on, and how an item names another object."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from accounts.selectors.references import find_accounts, find_initiatives, find_personas
from accounts.services.facts import encode
from accounts.services.items import Fault, Item, Saved, Status, refused

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FAR = "From 1900 to 2199."


@dataclass(eq=False, slots=True)
class Draft:
    """One item on its way: what is there, what it shall become, and what speaks against it."""

    index: int
    item: Item
    row: Any = None  # the object as it is, or as it will be created
    is_new: bool = False
    values: dict[str, Any] = field(default_factory=dict)  # wanted columns
    before: dict[str, Any] = field(default_factory=dict)  # the former values of what changes
    after: dict[str, Any] = field(default_factory=dict)
    restored: bool = False
    backdated: dict[str, Any] = field(default_factory=dict)  # fact keys whose past changes
    accounts: dict[str, UUID] = field(default_factory=dict)  # the account of each object it names
    leans: list[tuple[str, "Draft"]] = field(
        default_factory=list
    )  # new objects of this request that it names
    faults: list[Fault] = field(default_factory=list)

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(Fault(pointer, code, detail))

    @property
    def changed(self) -> bool:
        return self.is_new or self.restored or bool(self.after) or bool(self.backdated)

    def result(self) -> Saved:
        if self.faults:
            return refused(*self.faults)
        if self.is_new:
            return Saved(Status.CREATED, id=self.row.pk)
        return Saved(Status.UPDATED if self.changed else Status.UNCHANGED, id=self.row.pk)


@dataclass(frozen=True)
class Reference:
    """A field that names another object, by ``<name>`` (its id) or ``<name>_external_id``; stored in ``<name>_id``."""

    name: str
    find: Callable[..., Any]

    @property
    def column(self) -> str:
        return f"{self.name}_id"

    @property
    def external(self) -> str:
        return f"{self.name}_external_id"


ACCOUNT = Reference("account", find_accounts)
PERSONA = Reference("persona", find_personas)
INITIATIVE = Reference("initiative", find_initiatives)


def good(drafts: Iterable[Draft]) -> list[Draft]:
    """Those against which nothing speaks."""
    return [draft for draft in drafts if not draft.faults]


def refuse_leaning(drafts: Sequence[Draft]) -> None:
    """Refuse what names a new object of the same request that was itself refused, however deep."""
    again = True
    while again:
        again = False
        for draft in good(drafts):
            for pointer, other in draft.leans:
                if other.faults and (other.row is None or other.is_new):
                    draft.fault(pointer, "missing", "The object that it names was refused.")
                    again = True


def is_far(value: Any) -> bool:
    """Whether this is a day or a moment that nobody means."""
    if isinstance(value, datetime):
        return not EARLIEST <= value < LATEST
    return isinstance(value, date) and not EARLIEST.date() <= value < LATEST.date()


def refuse_far(draft: Draft) -> None:
    """Refuse days and moments that nobody means. At the ends of the calendar the way to another time zone leads out of it,
    and such a row could never be read again. A day that stands is let be."""
    for name, value in {**draft.values, "effective_at": draft.item.effective_at}.items():
        if is_far(value) and value != getattr(draft.row, name, None):
            draft.fault(f"/{name}", "out_of_range", FAR)


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the log names them."""
    return {name.removesuffix("_id"): encode(value) for name, value in values.items()}
