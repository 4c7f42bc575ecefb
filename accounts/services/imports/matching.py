"""Which column fills which field: by the names that people and other programs give, and by what the cells look like."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.services.imports.cells import Style, Unfit, date_order_of, decimal_of
from accounts.services.imports.files import Broken
from accounts.services.imports.kinds import Field, Kind
from accounts.services.items import Fault, Refused

SAMPLES = 4
MATCHED = 200  # cells that are looked at
SETTINGS: dict[str, tuple[Any, ...]] = {
    "date_order": ("", "dmy", "mdy"),
    "decimal": ("", ".", ","),
    "unknown_owner": ("refuse", "empty"),
    "empty": ("keep", "clear"),
    "historical": (False, True),
}


def columns_of(names: Sequence[str], rows: Sequence[Any]) -> list[dict[str, Any]]:
    """What is known of each column from its first rows: name, some samples, how full it is, how it writes."""
    whole = [row for row in rows if not isinstance(row, Broken)]
    columns = []
    for index, name in enumerate(names):
        cells = [row[index] for row in whole if index < len(row) and not is_empty(row[index])]
        shown = list(dict.fromkeys(_shown(cell) for cell in cells[:MATCHED]))[:SAMPLES]
        columns.append(
            {
                "name": name,
                "samples": shown,
                "filled": round(len(cells) / len(whole), 3) if whole else 0,
                "date_order": date_order_of(cells),
                "decimal": decimal_of(cells),
            }
        )
    return columns


def is_empty(cell: Any) -> bool:
    """Whether a cell holds nothing but space."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell == []


def suggest(
    *, kind: Kind, columns: Sequence[Mapping[str, Any]], rows: Sequence[Any], members: Mapping[str, str]
) -> dict[str, Any]:
    """A mapping of these columns: fields by name first, then by content, and the key that tells rows apart."""
    cells = [_cells(index, rows) for index in range(len(columns))]
    found = _by_name(kind, columns, cells)
    for one in kind.fields:
        if not one.looks or one.name in found.values():
            continue
        for index, column in enumerate(columns):
            if column["name"] not in found and cells[index] and _fit(one, cells[index], members) >= 0.8:
                found[column["name"]] = one.name
                break
    return {"columns": found, "key": _key(kind, columns, found)}


def _by_name(kind: Kind, columns: Sequence[Mapping[str, Any]], cells: Sequence[list[Any]]) -> dict[str, str]:
    wanted = []
    for index, column in enumerate(columns):
        said = simply(column["name"])
        for place, one in enumerate(kind.fields):
            ways = (simply(one.name), simply(str(one.label)), *one.means)
            # Under our own name a column is meant, whatever stands in it; under another it must be readable. Owners
            # who are no members yet are not left out in silence: the preview names them.
            if said in ways[:2] or (said in ways and _fit(one, cells[index]) >= 0.5):
                wanted.append((ways.index(said), index, place))
    found: dict[str, str] = {}
    for _rank, index, place in sorted(wanted):
        name = kind.fields[place].name
        if name not in found.values():
            found.setdefault(columns[index]["name"], name)
    return found


def simply(name: str) -> str:
    """A column's name in small letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _cells(index: int, rows: Sequence[Any]) -> list[Any]:
    found = (row[index] for row in rows[:MATCHED] if not isinstance(row, Broken) and index < len(row))
    return [cell for cell in found if not is_empty(cell)]


def _fit(one: Field, cells: Sequence[Any], members: Mapping[str, str] | None = None) -> float:
    """The share of cells that the field can read, and of members where these are given; a name without cells fits."""
    if not cells:
        return 1
    fitting = 0
    for cell in cells:
        try:
            value = one.read(cell, Style(date_order="", decimal=decimal_of(cells)))
            fitting += (
                members is None or one.looks != "member" or str(value).lower() in members or "@" in str(value)
            )
        except Unfit as fault:
            fitting += fault.code == "ambiguous_date"
    return fitting / len(cells)


def _key(kind: Kind, columns: Sequence[Mapping[str, Any]], found: Mapping[str, str]) -> str:
    filled = {found[one["name"]]: one["filled"] for one in columns if one["name"] in found}
    mapped = [key for key in kind.keys if key in filled]
    return next((key for key in mapped if filled[key] >= 0.9), mapped[0] if mapped else "")


def checked(*, kind: Kind, names: Sequence[str], mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping as it is kept. Raises Refused for columns, fields, keys or settings that there are not."""
    faults: list[Fault] = []
    columns: dict[str, str] = {}
    for name, said in (mapping.get("columns") or {}).items():
        pointer = f"/mapping/columns/{name}"
        if name not in names:
            faults.append(Fault(pointer, "unknown", "The file has no such column."))
        elif not said:
            continue
        elif kind.field(str(said)) is None:
            faults.append(Fault(pointer, "invalid_choice", f"{kind.label} have no field {said}."))
        elif said in columns.values():
            faults.append(Fault(pointer, "repeated", f"Another column fills {said} already."))
        else:
            columns[name] = said
    key = mapping.get("key") or ""
    if key and key not in kind.keys:
        faults.append(Fault("/mapping/key", "invalid_choice", f"One of {', '.join(kind.keys)}, or empty."))
    known = {"columns", "key", *SETTINGS}
    faults += [
        Fault(f"/mapping/{name}", "unknown", "Unknown field.") for name in mapping if name not in known
    ]
    for name, choices in SETTINGS.items():
        if mapping.get(name, choices[0]) not in choices:
            said = ", ".join(str(choice) or "empty" for choice in choices)
            faults.append(Fault(f"/mapping/{name}", "invalid_choice", f"One of {said}."))
    if faults:
        raise Refused(faults)
    return {
        "columns": columns,
        "key": key,
        **{name: mapping.get(name, choices[0]) for name, choices in SETTINGS.items()},
    }


def _shown(cell: Any) -> str:
    return str(cell).replace("\x00", "\ufffd")[:80]
