"""XLSX into rows: the first sheet that holds anything, values as they were last calculated, one row at a time."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from openpyxl import load_workbook

from accounts.services.imports.files import Broken, Unreadable

MAX_SHEET = 64 * 1024 * 1024
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_TEXTS = 128 * 1024 * 1024  # the table of texts is read as a whole
SEARCHED = 1024 * 1024


def refuse_too_large(file: BinaryIO, size: int) -> None:
    """Raise Unreadable for a workbook that is damaged, or whose content would not fit."""
    if size > MAX_SHEET:
        raise Unreadable(
            "too_large", f"A workbook may have {MAX_SHEET // 1024**2} MiB; save larger ones as CSV."
        )
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable("damaged", "The workbook is damaged; save it again.") from error
    if "xl/workbook.xml" not in sizes:
        raise Unreadable("not_a_table", "This is a packed file, but no XLSX workbook.")
    if sum(sizes.values()) > MAX_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MAX_TEXTS:
        raise Unreadable("too_large", "The workbook unpacks to more than can be read; save it as CSV.")


def rows(file: IO[bytes]) -> Iterator[Any]:
    """The rows of the first sheet that has any. A formula without a stored result makes its row a Broken."""
    try:
        yield from _rows(file)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OSError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("damaged", f"The workbook cannot be read: {error}.") from error
    except zipfile.BadZipFile as error:
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
