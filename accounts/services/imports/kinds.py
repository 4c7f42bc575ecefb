"""What can be imported: each kind names its fields, the keys by which a row may be matched, and how rows are written.

The roof maps the name of a kind to its ``Kind`` (settings.IMPORT_KINDS). A kind whose resource has a ``Saver`` is a
``SaverKind`` of some lines; one that is recorded and withdrawn is a ``Kind`` with functions of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Actor
from accounts.services.imports.cells import Reader
from accounts.services.items import Fault, Item, Mode, Saved, Status


@dataclass(frozen=True)
class Field:
    """A value that a column may fill. ``means``: how other programs head such a column, in small letters and digits.

    ``looks``: what its cells look like, for columns whose head says nothing (email, domain, member, or empty);
    ``dated`` and ``counted``: whether the order of day and month, or the sign of the fraction, matters.
    """

    name: str
    label: Any
    read: Reader
    means: tuple[str, ...] = ()
    looks: str = ""
    dated: bool = False
    counted: bool = False


@dataclass(eq=False, slots=True)
class Line:
    """One row on its way: its number in the file, what its cells say, and what came of it.

    ``undo`` is what takes it back, as the kind wrote it; ``named`` is what the row is called where nothing else is.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)  # what a person should see, though the row is right
    id: UUID | None = None
    status: Status | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    undo: list[Any] | None = None
    strangers: list[str] = field(default_factory=list)  # who is named as its owner and is no member

    def fault(self, name: str, code: str, detail: str) -> None:
        self.faults.append(Fault(f"/{name}" if name else "", code, detail))

    def settle(self, result: Saved) -> None:
        """Take over what a service said of the row."""
        self.status, self.id = result.status, result.id or self.id
        self.faults += result.faults


@dataclass(frozen=True)
class Work:
    """For whom and how rows are read and written: the actor, the moment, the mapping's settings, the tenant's zone,
    its members by e-mail and by name, and whether a key names a row of the same file."""

    actor: Actor | None
    at: datetime
    settings: Mapping[str, Any]
    zone: str = "UTC"
    members: Mapping[str, str] = field(default_factory=dict)
    in_file: Any = None
    tells: bool = False  # whether a plan also says of each row which values it changes

    @property
    def historical(self) -> bool:
        return bool(self.settings.get("historical"))


class Kind:
    """One kind of thing that can be imported.

    ``keys`` are the declared keys: by which of them rows are matched, the mapping says; ``tree`` is the field in which
    a row may name another row of the same file (``<tree>_external_id`` and the like).
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    fields: ClassVar[tuple[Field, ...]]
    keys: ClassVar[tuple[str, ...]] = ("external_id",)
    tree: ClassVar[str] = ""
    open_ended: ClassVar[bool] = False
    twins: ClassVar[tuple[str, ...]] = ()  # in these fields two new rows are not alike, as a rule
    about_people: ClassVar[bool] = True  # whether a row that names a person tells of that person

    def field(self, name: str) -> Field | None:
        """The field of this name; of a kind that is open-ended also ``custom.<anything>``."""
        return self.by_name().get(name)

    @classmethod
    @cache
    def by_name(cls) -> Mapping[str, Field]:
        return {one.name: one for one in cls.fields}

    # Fields that ``compose`` makes, with those that it makes them of.
    composed: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def judged_by(self, key: str, ways: Mapping[str, str]) -> set[str]:
        """The fields that have to be read to tell rows from each other, and to see who names whom."""
        wanted = {key, *ways, *ways.values()} - {""}
        return wanted | {name for made in wanted for name in self.composed.get(made, ())}

    @property
    def tree_ways(self) -> Mapping[str, str]:
        """The fields that name a row above, each with the field of that row that it repeats."""
        start = f"{self.tree}_"
        return {
            name: name.removeprefix(start) for name in self.by_name() if self.tree and name.startswith(start)
        }

    def key_words(self, line: Line, key: str) -> str:
        """What tells a row from every other row of the file, or an empty string."""
        value = line.values.get(key)
        return str(value) if key == "external_id" else str(value or "").lower()

    def twin_words(self, line: Line, name: str) -> str:
        """What would make two new rows look the same in one of the fields of ``twins``, or an empty string."""
        return str(line.values.get(name) or "").lower()

    def names(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """What a person reads for ids in the rows of this kind that are no account, person or member."""
        return {}

    def compose(self, lines: Sequence[Line]) -> None:
        """Make values out of several columns; asks nobody."""

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        """Find what the rows name: people, accounts, members. What is not found is a fault of its row."""

    def plan(self, lines: Sequence[Line], work: Work) -> None:
        """Say on each line what ``save`` would do; write nothing."""
        raise NotImplementedError

    def save(self, lines: Sequence[Line], work: Work) -> None:
        """Write the rows, and leave on each line what takes it back."""
        raise NotImplementedError

    def link(self, lines: Sequence[Line], work: Work) -> None:
        """Write what a row says of other rows of the file, once all are there. For kinds with a ``tree``."""

    def joined(self, saved: list[Any], linked: list[Any]) -> list[Any]:
        """One entry that takes back both what ``save`` and what ``link`` did to a row."""
        raise NotImplementedError

    def take_back(self, entries: Sequence[list[Any]], work: Work) -> list[bool]:
        """Undo what ``save`` and ``link`` left entries of; for each, whether it could (False: it has changed since)."""
        raise NotImplementedError


class UnknownKind(LookupError):
    """There is no such kind of thing to import."""


@cache
def kind_of(name: str) -> Kind:
    """The kind of this name. Raises UnknownKind."""
    if name not in settings.IMPORT_KINDS:
        raise UnknownKind(name)
    made: Kind = import_string(settings.IMPORT_KINDS[name])()
    return made


def kinds() -> list[Kind]:
    """Every kind, in the order of the setting."""
    return [kind_of(name) for name in settings.IMPORT_KINDS]


def items_of(lines: Sequence[Line], work: Work) -> list[Item]:
    """Lines as the items of a service; ``effective_at`` is of the item, all else its values."""
    return [
        Item(
            values=line.values
            if "effective_at" not in line.values
            else {name: value for name, value in line.values.items() if name != "effective_at"},
            id=line.id,
            effective_at=line.values.get("effective_at"),
            historical=work.historical,
        )
        for line in lines
    ]


def good(lines: Collection[Line]) -> list[Line]:
    """The lines against which nothing speaks so far."""
    return [line for line in lines if not line.faults]


__all__ = [
    "Field",
    "Item",
    "Kind",
    "Line",
    "Mode",
    "UnknownKind",
    "Work",
    "good",
    "items_of",
    "kind_of",
    "kinds",
]
