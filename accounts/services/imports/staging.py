"""The rows of a file in chunks of the database: packed, read back as lines, and judged against the rest of the file.

What every later step works on is here, so that a step needs one chunk and never the file.
"""

import hashlib
import itertools
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import IO, Any, cast
from uuid import UUID

import msgspec
import numpy as np
from django.core.files.storage import default_storage

from accounts.models import Actor, Import, ImportChunk, Membership, Tenant
from accounts.scope import current_tenant
from accounts.selectors.matches import members_by_word
from accounts.services.imports import reading
from accounts.services.imports.cells import Style, Unfit
from accounts.services.imports.files import MAX_ROWS, Broken, Unreadable
from accounts.services.imports.kinds import Field, Kind, Line, Work
from accounts.services.imports.matching import is_empty

CHUNK = 2_000
STEP_ROWS = 100_000  # rows that are read from a CSV in one step; it begins by passing over the former ones
MAX_SHEET_ROWS = 250_000


def pack(value: Any) -> bytes:
    """A value as few bytes."""
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def unpack(packed: Any) -> Any:
    """What ``pack`` was given."""
    return msgspec.msgpack.decode(zlib.decompress(bytes(packed))) if packed else None


def work_for(*, one: Import, actor: Actor | None, at: Any) -> Work:
    """How the rows of an import are read and written, now."""
    zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
    return Work(actor=actor, at=at, settings=one.mapping, zone=zone, members=members_by_word())


class NoLongerAllowed(PermissionError):
    """Whoever handed the file in may no longer write all accounts."""


def actor_of(one: Import) -> Actor | None:
    """Whoever handed the file in, with the rights that they have now. Raises NoLongerAllowed."""
    if one.created_by_id is None:
        return None
    member = Membership.objects.select_related("tenant", "user").get(
        tenant_id=current_tenant(), pk=one.created_by_id
    )
    key = one.api_key
    scopes = frozenset(key.scopes) if key else frozenset()
    actor = Actor(tenant=member.tenant, membership=member, role=member.role, api_key=key, scopes=scopes)
    if not member.is_active or (key and key.revoked_at) or not actor.writes_all:
        raise NoLongerAllowed("Whoever handed this file in may no longer write all accounts.")
    return actor


# Reading a file into chunks


def stage(*, one: Import, after: int, limit: int | None) -> tuple[int, bool]:
    """Read rows of the file behind row ``after`` into chunks; the last row's number, and whether there is more.

    Raises Unreadable where the file cannot be read on.
    """
    if not one.file or not default_storage.exists(one.file):
        raise Unreadable("gone", "The file is no longer kept: hand it in again.")
    form = reading.Format(one.format, one.encoding, one.delimiter)
    number = ImportChunk.objects.filter(of_import=one).count()
    with default_storage.open(one.file) as file:
        rows = enumerate(reading.read(cast(IO[bytes], file), form), 1)
        last = after
        waiting: list[tuple[int, Any]] = []
        for last, row in itertools.islice(rows, after, None if limit is None else after + limit):
            if last == 1 or (not isinstance(row, Broken) and all(is_empty(cell) for cell in row)):
                continue
            waiting.append((last, _staged(row, len(one.columns))))
            if len(waiting) == CHUNK:
                number = _keep(one, number, waiting)
                waiting = []
        if waiting:
            _keep(one, number, waiting)
    refuse_too_many(one, last)
    return last, limit is not None and last == after + limit


def refuse_too_many(one: Import, rows: int) -> None:
    """Raise Unreadable for a file with more rows than are read."""
    limit = MAX_SHEET_ROWS if one.format == Import.Format.XLSX else MAX_ROWS
    if rows > limit + 1:
        more = "save it as CSV" if one.format == Import.Format.XLSX else "split it"
        raise Unreadable("too_many_rows", f"The file has more than {limit:,} rows; {more}.")


def _staged(row: Any, width: int) -> Any:
    if isinstance(row, Broken):
        return {"code": row.code, "detail": row.detail, "text": row.text}
    if len(row) > width and any(not is_empty(cell) for cell in row[width:]):
        detail = f"The row has {len(row)} cells, the head names {width} columns."
        return {"code": "too_many_cells", "detail": detail, "text": "\t".join(str(cell) for cell in row)}
    return row[:width]


def _keep(one: Import, number: int, rows: Sequence[tuple[int, Any]]) -> int:
    packed = pack({"numbers": [at for at, _ in rows], "rows": [row for _, row in rows]})
    ImportChunk.objects.create(of_import=one, number=number, first=rows[0][0], length=len(rows), rows=packed)
    return number + 1


# Chunks as lines


def lines_of(
    one: Import,
    kind: Kind,
    chunk: ImportChunk,
    work: Work,
    only: Sequence[int] = (),
    names: Collection[str] | None = None,
) -> list[Line]:
    """The rows of a chunk, or those at some positions, with their values read and their faults told; where only some
    fields are wanted, by their ``names``, no others are read."""
    content = unpack(chunk.rows)
    chosen = only or range(len(content["rows"]))
    rows = [content["rows"][place] for place in chosen]
    lines = [Line(content["numbers"][place]) for place in chosen]
    for line, row in zip(lines, rows, strict=True):
        if isinstance(row, dict):
            line.fault("", row["code"], row["detail"])
    for index, field, style in plan_columns(one, kind, work.zone):
        if names is not None and field.name not in names:
            continue
        _fill(lines, rows, index, field, style, clears=one.mapping.get("empty") == "clear")
    kind.compose(lines)
    key = one.mapping.get("key")
    for place, line in zip(chosen, lines, strict=True):
        for name, code, detail in chunk.refused.get(str(place), ()):
            line.fault(name, code, detail)
        if key and not line.faults and not line.values.get(key):
            line.fault(key, "required", f"Rows are matched by {key}, and this one has none.")
    return lines


def plan_columns(one: Import, kind: Kind, zone: str) -> Iterator[tuple[int, Field, Style]]:
    """The columns that fill a field: place in the row, field, how it writes."""
    for index, column in enumerate(one.columns):
        field = kind.field(one.mapping.get("columns", {}).get(column["name"], ""))
        if field is not None:
            order = one.mapping.get("date_order") or column["date_order"]
            yield index, field, Style(order, one.mapping.get("decimal") or column["decimal"], zone)


def _fill(
    lines: Sequence[Line], rows: Sequence[Any], index: int, field: Field, style: Style, *, clears: bool
) -> None:
    """Read one column; what stands in many cells is read once."""
    texts: dict[str, Any] = {}
    name = field.name
    clears = clears and "." not in name and not name.startswith(("account_", "persona_"))
    for line, row in zip(lines, rows, strict=True):
        if isinstance(row, dict):
            continue
        cell = row[index] if index < len(row) else None
        if is_empty(cell):
            if clears:
                line.values[name] = None
            continue
        if isinstance(cell, str):
            value = texts.get(cell)
            if value is None:
                value = texts[cell] = _read(cell, field, style)
        else:
            value = _read(cell, field, style)
        if isinstance(value, Unfit):
            line.fault(name, value.code, str(value))
        else:
            line.values[name] = value


def _read(cell: Any, field: Field, style: Style) -> Any:
    try:
        return field.read(cell, style)
    except Unfit as fault:
        return fault


# What the rest of the file says of a row


def hash_of(*words: str) -> int:
    """64 bits that stand for some words; 0 stands for none. Two of a million differ with a chance of 1 - 3e-8."""
    digest = hashlib.blake2b("\n".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def mark(one: Import, kind: Kind, chunk: ImportChunk, work: Work) -> None:
    """Leave on a chunk what its rows are called and whom they name, as hashes."""
    key, ways = one.mapping.get("key") or "", tree_ways(one, kind)
    chunk.refused = {}
    lines = lines_of(one, kind, chunk, work, names=kind.judged_by(key, ways))
    numbers = [line.number for line in lines]
    words = [kind.key_words(line, key) if key else "" for line in lines]
    chunk.keys = packed([*numbers, *(hash_of(said) if said else 0 for said in words)])
    chunk.targets = packed(_named(line, way) for line in lines for way in ways.values())
    chunk.parents = packed(_parent(line, ways) for line in lines) if ways else b""
    chunk.save(update_fields=["keys", "targets", "parents", "refused"])


def tree_ways(one: Import, kind: Kind) -> dict[str, str]:
    """The mapped fields that name a row above, each with the field that it repeats."""
    mapped = set(one.mapping.get("columns", {}).values())
    return {name: way for name, way in kind.tree_ways.items() if name in mapped}


def _named(line: Line, way: str) -> int:
    said = line.values.get(way)
    return hash_of(way, _word(way, said)) if said else 0


def _parent(line: Line, ways: dict[str, str]) -> int:
    given = next(((way, line.values[name]) for name, way in ways.items() if line.values.get(name)), None)
    return hash_of(given[0], _word(given[0], given[1])) if given else 0


def _word(way: str, said: Any) -> str:
    return str(said) if way == "external_id" else str(said).lower()


def packed(numbers: Any) -> bytes:
    """Whole numbers as bytes."""
    return np.fromiter(numbers, dtype=np.int64).tobytes()


def judge(one: Import, kind: Kind) -> None:
    """Refuse, on their chunks, the rows that repeat the key of an earlier one, and those that close a circle; of the
    rows above, leave there only those that stand in the file."""
    sizes = list(_chunks(one, "pk", "length"))
    refused: dict[int, list[Any]] = {}
    numbers = column(one, "keys", 2, of=0)
    for place, first in repeats(column(one, "keys", 2, of=1)):
        detail = f"Row {numbers[first]} of the file has the same {one.mapping.get('key')}."
        refused[place] = [str(one.mapping.get("key")), "repeated", detail]
    del numbers
    ways = len(tree_ways(one, kind))
    if ways:
        parents = column(one, "parents", 1).ravel()
        above = rows_above(column(one, "targets", ways), parents)
        parents[above == len(parents)] = 0
        _write_parents(sizes, parents)
        for place in circles(above):
            refused.setdefault(int(place), [kind.tree, "circle", "This would close a circle."])
    _write_refused(sizes, refused)


def _chunks(one: Import, *names: str) -> Iterator[Any]:
    """Some columns of the chunks in their order, a few at a time: they may be as large as the file."""
    chunks = ImportChunk.objects.filter(of_import=one).order_by("number")
    return chunks.values_list(*names).iterator(chunk_size=50)


def column(one: Import, name: str, width: int, of: int | None = None) -> Any:
    """What was left of all rows on their chunks, one line for each: ``width`` numbers, or the one at place ``of``."""
    column = np.empty((one.rows or 0, *([width] if of is None else [])), dtype=np.int64)
    start = 0
    for length, packed in _chunks(one, "length", name):
        numbers = np.frombuffer(packed, dtype=np.int64)
        lines = numbers.reshape(width, -1).T if name == "keys" else numbers.reshape(-1, width)
        column[start : start + length] = lines if of is None else lines[:, of]
        start += length
    return column


def repeats(keys: Any) -> Iterator[tuple[int, int]]:
    """Each place whose key stands earlier, with the first place that has it. Zero is no key."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    same = np.flatnonzero((keys[1:] == keys[:-1]) & (keys[1:] != 0)) + 1
    first: dict[int, int] = {}
    for at in same:
        place, former = int(order[at]), int(order[at - 1])
        first[place] = first.get(former, former)
        yield place, first[place]


def rows_above(targets: Any, parents: Any) -> Any:
    """For each row the place of that which one of its targets calls as this row calls its parent; the number of rows
    where it has none in the file."""
    names = targets.ravel()
    order = np.argsort(names, kind="stable")
    names = names[order]
    at = np.searchsorted(names, parents)
    at[at == len(names)] = 0
    hit = (names[at] == parents) & (parents != 0)
    return np.where(hit, order[at] // targets.shape[1], len(parents))


def circles(above: Any) -> Any:
    """The places that lie on a circle of rows above each other."""
    count = len(above)
    jump = np.append(above, count)  # the last place stands for nobody
    for _ in range(max(1, int(count).bit_length())):
        jump = jump[jump]
    return np.unique(jump[jump != count])


def _write_parents(sizes: Sequence[Any], parents: Any) -> None:
    start = 0
    for pk, length in sizes:
        ImportChunk.objects.filter(pk=pk).update(parents=parents[start : start + length].tobytes())
        start += length


def _write_refused(sizes: Sequence[Any], refused: dict[int, list[Any]]) -> None:
    start = 0
    changed = []
    for pk, length in sizes:
        mine = {
            str(place - start): [refused[place]] for place in range(start, start + length) if place in refused
        }
        if mine:
            changed.append(ImportChunk(pk=pk, refused=mine))
        start += length
    ImportChunk.objects.bulk_update(changed, ["refused"], batch_size=100)


def in_file(one: Import, kind: Kind, chunk: ImportChunk) -> Callable[[str, str], bool] | None:
    """Asks whether a row of the file is called so as a row of this chunk says, or None where no column names another
    row. What the whole file says of it was worked out once, by ``judge``."""
    if not tree_ways(one, kind):
        return None
    known = set(np.frombuffer(chunk.parents, dtype=np.int64).tolist()) - {0}

    def asked(way: str, said: str) -> bool:
        return hash_of(way, _word(way, said)) in known

    return asked


def ids_packed(ids: Sequence[UUID | None]) -> list[bytes]:
    """Ids as bytes, nothing as an empty string."""
    return [id.bytes if id else b"" for id in ids]
