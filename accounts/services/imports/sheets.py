"""XLSX into rows: the first sheet that holds anything, values as they were last calculated, one row at a time."""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from openpyxl import load_workbook

from accounts.services.imports.files import Broken, Unreadable

MAX_SHEET = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_TEXTS = 64 * 1024 * 1024  # the table of texts is read as a whole
MAX_OTHER = 16 * 1024 * 1024  # as are styles and the like
MAX_DENSITY = 200  # times a workbook may unpack to its size; people's reach 30
HARMLESS = 8 * 1024 * 1024  # bytes of a sheet that can do no harm, whatever they hold
MAX_ROW = 2 * 1024 * 1024  # bytes from one row to the next, and behind the last one
MAX_END = 8 * 1024 * 1024
SEARCHED = 1024 * 1024
# Where a row begins. What may hide such a mark in a text, or text behind a name, no program writes into a sheet.
ROW = re.compile(rb"<(?:\w{1,20}:)?row[\s/>]|(<!)")
MARK = 30  # bytes of one at most
# What reading one raises: a pack that is broken or has a password, and parts that are not what they should be.
BROKEN_PACKS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
DAMAGES = (KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OverflowError)
LARGE = "The workbook unpacks to more than can be read; save it as CSV."


def refuse_too_large(file: BinaryIO, size: int) -> None:
    """Raise Unreadable for a workbook that is damaged, or whose content would not fit."""
    if size > MAX_SHEET:
        raise Unreadable(
            "too_large", f"A workbook may have {MAX_SHEET // 1024**2} MiB; save larger ones as CSV."
        )
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
            if "xl/workbook.xml" in sizes:
                _refuse_bombs(parts, sizes, size)
    except BROKEN_PACKS as error:
        raise Unreadable("damaged", "The workbook is damaged; save it again.") from error
    if "xl/workbook.xml" not in sizes:
        raise Unreadable("not_a_table", "This is a packed file, but no XLSX workbook.")


def _refuse_bombs(parts: zipfile.ZipFile, sizes: dict[str, int], size: int) -> None:
    """Raise Unreadable for what is small and unpacks to a multitude, or holds a row that no spreadsheet can have."""
    whole = sum(sizes.values())
    if whole > MAX_UNPACKED or (whole > HARMLESS and whole > size * MAX_DENSITY):
        raise Unreadable("too_large", LARGE)
    for name, unpacked in sizes.items():
        if name.startswith("xl/worksheets/"):
            if unpacked > HARMLESS:
                with parts.open(name) as part:
                    _refuse_long_rows(part)
        elif name.endswith((".xml", ".rels")):
            most = MAX_TEXTS if name == "xl/sharedStrings.xml" else MAX_OTHER
            if unpacked > most:
                raise Unreadable("too_large", LARGE)


def _refuse_long_rows(part: IO[bytes]) -> None:
    """A reader keeps a whole row at once, and all that stands behind the last one."""
    since, end = 0, b""
    while block := part.read(SEARCHED):
        text, start = end + block, 0
        for found in ROW.finditer(text):
            if found[1]:
                raise Unreadable("damaged", "The workbook holds what no program writes; save it as CSV.")
            if since + found.start() - start > MAX_ROW:
                raise Unreadable(
                    "too_large", "A row of the workbook is longer than can be read; save it as CSV."
                )
            since, start = 0, found.start()
        end = text[-MARK:]
        since += len(text) - start - len(end)
        if since > MAX_END:
            raise Unreadable("too_large", LARGE)


def unpacked_size(file: IO[bytes]) -> int:
    """The bytes to which a workbook unpacks, as it says itself."""
    with zipfile.ZipFile(file) as parts:
        return sum(part.file_size for part in parts.infolist())


def rows(file: IO[bytes]) -> Iterator[Any]:
    """The rows of the first sheet that has any. A formula without a stored result makes its row a Broken."""
    try:
        yield from _rows(file)
    except DAMAGES as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("damaged", f"The workbook cannot be read: {error}.") from error
    except BROKEN_PACKS as error:
        raise Unreadable("damaged", "The workbook is damaged; save it again.") from error


def _rows(file: IO[bytes]) -> Iterator[Any]:
    values = load_workbook(file, read_only=True, data_only=True)
    sheet = _first_sheet(values)
    if sheet is None:
        return
    if not _has_formulas(file):
        for row in sheet.iter_rows(values_only=True):
            yield [plain(cell) for cell in row]
        return
    formulas = load_workbook(file, read_only=True, data_only=False)[sheet.title]
    both = zip(sheet.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=False)
    for row, written in both:
        lost = [
            text
            for value, text in zip(row, written, strict=False)
            if value is None and isinstance(text, str) and text.startswith("=")
        ]
        if lost:
            text = ", ".join(str(cell) for cell in written if cell is not None)
            detail = f"The formula {lost[0][:100]} has no stored result; save its value."
            yield Broken("formula", detail, text)
        else:
            yield [plain(cell) for cell in row]


def _first_sheet(book: Any) -> Any:
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible" and any(
            cell is not None for row in sheet.iter_rows(max_row=5, values_only=True) for cell in row
        ):
            sheet.reset_dimensions()
            return sheet
    return None


def _has_formulas(file: IO[bytes]) -> bool:
    """Whether any sheet holds a formula, read off the packed text."""
    with zipfile.ZipFile(file) as parts:
        for name in parts.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with parts.open(name) as part:
                end = b""
                while block := part.read(SEARCHED):
                    if b"<f>" in end + block or b"<f " in end + block:
                        return True
                    end = block[-3:]
    return False


def plain(cell: Any) -> Any:
    """A cell as text, number, truth value or nothing: days and moments in ISO 8601."""
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, str | int | float | bool) or cell is None:
        return cell
    return str(cell)
