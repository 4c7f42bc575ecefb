"""Files into rows: CSV in whatever encoding and with whatever separator, XLSX, JSON lines. One row at a time.

The first row is the head. A row that cannot be read is handed on as a ``Broken`` with its reason and its text, and
what follows is read on; only a file of which nothing can be read raises Unreadable.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import msgspec

from accounts.services.imports import sheets
from accounts.services.imports.files import MAX_BYTES, MAX_COLUMNS, Broken, Cells, Unreadable

MAX_CELL = 131_072
MAX_LINE = 4 * 1024 * 1024
MAX_LINES = 2_000  # of one record: beyond that a quote was left open
PROBE = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # hardly any stand in a text
NO_TABLE = "This is no CSV, XLSX or JSON lines file."
# What a file may be declared to be; without a declaration UTF-8, UTF-16 and Windows-1252 are told apart.
ENCODINGS = (
    "utf-8", "utf-16", "windows-1252", "iso-8859-1", "windows-1250", "windows-1251", "iso-8859-2", "shift_jis",
    "gb18030", "big5", "euc-kr",
)  # fmt: skip


@dataclass(frozen=True)
class Format:
    """How a file is read: csv, xlsx or jsonl; for text its encoding, for CSV its separator."""

    name: str
    encoding: str = ""
    delimiter: str = ""


def recognise(file: BinaryIO, *, size: int, encoding: str = "") -> Format:
    """What a file is, from its content alone. Raises Unreadable."""
    if size == 0:
        raise Unreadable("empty", "The file is empty.")
    if size > MAX_BYTES:
        raise Unreadable("too_large", f"The file is larger than {MAX_BYTES // 1024**2} MiB; split it.")
    head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        sheets.refuse_too_large(file, size)
        return Format("xlsx")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_excel", "This is an .xls file of old: save it as .xlsx or as CSV.")
    if head.startswith((b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff")):
        raise Unreadable("not_a_table", NO_TABLE)
    found = encoding_of(file, encoding)
    text = _probe(file, found)
    if len(CONTROLS.findall(text)) > len(text) / 20:
        raise Unreadable("not_a_table", NO_TABLE)
    if text.lstrip().startswith("<"):
        raise Unreadable("not_a_table", "This is a web page or XML: save it as CSV or XLSX.")
    if text.lstrip().startswith("{"):
        return Format("jsonl", found)
    if text.lstrip().startswith("["):
        raise Unreadable(
            "not_lines", "JSON lines hold one object on each line; this file begins with a list."
        )
    return Format("csv", found, delimiter_of(text))


def encoding_of(file: BinaryIO, declared: str = "") -> str:
    """The encoding in which the whole file can be read. Raises Unreadable if it is not the declared one."""
    file.seek(0)
    start = file.read(4096)
    if declared:
        _check_encoding(file, declared)
        return declared
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(file, "utf-16")
    if start.startswith(codecs.BOM_UTF8):
        return _checked(file, "utf-8-sig")
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) > len(start) / 5 and min(odd, even) < max(odd, even) / 10:
        return _checked(file, "utf-16-le" if odd > even else "utf-16-be")
    place = broken_byte(file, "utf-8")
    if place is None:
        return "utf-8"
    _refuse_mixed(file, place)
    return "windows-1252" if broken_byte(file, "windows-1252") is None else "iso-8859-1"


def _refuse_mixed(file: BinaryIO, place: int) -> None:
    """Raise Unreadable where letters before this byte are UTF-8: hardly any text of another encoding looks so."""
    file.seek(0)
    line, left = 1, place
    is_plain = True
    while left and (block := file.read(min(left, 1024 * 1024))):
        left -= len(block)
        line += block.count(b"\n")
        is_plain = is_plain and block.isascii()
    if not is_plain:
        raise Unreadable(
            "encoding",
            f"The file is UTF-8 up to line {line} and goes on in another encoding: save it in one.",
        )


def broken_byte(file: BinaryIO, encoding: str) -> int | None:
    """The place of the first byte that cannot be read in this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    place = 0
    while block := file.read(1024 * 1024):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return place + error.start
        place += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return place
    return None


def _check_encoding(file: BinaryIO, declared: str) -> None:
    if declared not in ENCODINGS:
        raise Unreadable("encoding", f"The encoding is one of {', '.join(ENCODINGS)}.")
    _checked(file, declared)


def _checked(file: BinaryIO, encoding: str) -> str:
    place = broken_byte(file, encoding)
    if place is not None:
        raise Unreadable("encoding", f"Byte {place} cannot be read as {encoding}.")
    return encoding


def _probe(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    return codecs.getincrementaldecoder(encoding)().decode(file.read(PROBE)).removeprefix("\ufeff")


def delimiter_of(text: str) -> str:
    """The separator that cuts the first lines into the same number of cells most often."""
    if text[:4].lower() == "sep=" and len(text) > 4:
        return text[4]

    def score(delimiter: str) -> tuple[float, int]:
        lengths: Counter[int] = Counter()
        try:
            for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
                lengths[len(row)] += 1
                if number == 50:
                    break
        except csv.Error:
            pass
        lengths.pop(1, None)
        lengths.pop(0, None)
        cells, times = lengths.most_common(1)[0] if lengths else (1, 0)
        return times, cells

    return max(DELIMITERS, key=score)


def read(file: IO[bytes], form: Format) -> Iterator[Cells | Broken]:
    """Every row of a file, the head first. Raises Unreadable where nothing more can be read."""
    file.seek(0)
    if form.name == "xlsx":
        yield from sheets.rows(file)
    elif form.name == "jsonl":
        yield from _objects(io.TextIOWrapper(file, form.encoding, newline=""))
    else:
        yield from _records(io.TextIOWrapper(file, form.encoding, newline=""), form.delimiter)


class _Lines:
    """The lines of a text, and those that the record being read has taken."""

    def __init__(self, text: Any) -> None:
        self.text = text
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else self.text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.taken.append(line)
        if len(self.taken) > MAX_LINES:
            raise csv.Error("unclosed")
        if len(line) >= MAX_LINE and not line.endswith(("\n", "\r")):
            while (rest := self.text.readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            raise csv.Error("too long")
        return line

    def give_back(self) -> str:
        """Take the first line of a broken record out, and put the others back."""
        first, *others = self.taken
        self.waiting.extendleft(reversed(others))
        return first


def _records(text: Any, delimiter: str) -> Iterator[Cells | Broken]:
    lines = _Lines(text)
    first = True
    while True:
        lines.taken = []
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                lines.taken = []
                if first:
                    first = False
                    if cells and cells[0].startswith("\ufeff"):
                        cells[0] = cells[0][1:]
                    if _names_the_separator(cells):
                        continue
                yield cells
            return
        except csv.Error as error:
            if not lines.taken:
                return
            yield _broken(str(error), lines)
            first = False


def _names_the_separator(cells: Cells) -> bool:
    return "".join(cells)[:4].lower() == "sep=" and len(cells) <= 2


def _broken(said: str, lines: _Lines) -> Broken:
    many = len(lines.taken) > 1
    text = lines.give_back().rstrip("\r\n")
    if said == "too long" or "field limit" in said:
        detail = f"A cell may hold {MAX_CELL:,} characters."
        return Broken("too_long", "A quote is opened and not closed." if many else detail, text[:MAX_CELL])
    if "unexpected end" in said or said == "unclosed" or many:
        return Broken("unclosed_quote", "A quote is opened and not closed.", text[:MAX_CELL])
    return Broken("bad_quote", "A quoted cell goes on after its closing quote.", text[:MAX_CELL])


def _objects(text: Any) -> Iterator[Cells | Broken]:
    """JSON lines: the head is every key of the first 1,000 objects, in the order in which they come."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    names: dict[str, int] = {}
    waiting: list[dict[str, Any] | Broken] = []
    headed = False
    while line := text.readline(MAX_LINE):
        waiting.append(_object(line, decode))
        if not headed and len(waiting) < 1000:
            continue
        if not headed:
            yield _head(waiting, names)
            headed = True
        yield from (_cells(one, names) for one in waiting)
        waiting = []
    if not headed:
        yield _head(waiting, names)
        yield from (_cells(one, names) for one in waiting)


def _object(line: str, decode: Any) -> dict[str, Any] | Broken:
    said = line.strip().removeprefix("\ufeff")
    if not said:
        return {}
    try:
        return decode(said)  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        return Broken("not_json", f"The line is no JSON object: {error}.", said[:MAX_CELL])


def _head(waiting: list[dict[str, Any] | Broken], names: dict[str, int]) -> Cells:
    for one in waiting:
        for name in one if isinstance(one, dict) else ():
            names.setdefault(name, len(names))
    return list(names)


def _cells(one: dict[str, Any] | Broken, names: dict[str, int]) -> Cells | Broken:
    if isinstance(one, Broken):
        return one
    unknown = [name for name in one if name not in names]
    if unknown:
        text = msgspec.json.encode(one).decode()
        return Broken("unknown", f"The key {unknown[0]} does not stand in the first 1,000 lines.", text)
    cells: Cells = [None] * len(names)
    for name, value in one.items():
        cells[names[name]] = value
    return cells


def named(head: Cells) -> list[str]:
    """The names of the columns: the head's words, each once. Raises Unreadable."""
    if len(head) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", f"The file has {len(head):,} columns; {MAX_COLUMNS:,} are read.")
    if all(cell in (None, "") for cell in head):
        raise Unreadable("no_head", "The first row holds no names of columns.")
    names: dict[str, None] = {}
    for number, cell in enumerate(head, 1):
        words = " ".join(str("" if cell is None else cell).replace("\x00", "").split())[:200]
        name, again = words or f"Column {number}", 2
        while name in names:
            name, again = f"{words or 'Column'} ({again})", again + 1
        names[name] = None
    return list(names)
