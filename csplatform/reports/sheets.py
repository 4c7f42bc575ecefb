"""Tables as files. Text that a spreadsheet would run as a formula is made harmless by an apostrophe in front."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import IllegalCharacterError

from accounts.reports import harmless

IN_MEMORY = 2**20  # bytes of a long sheet before it goes to the disk
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def account_cells(row: Any) -> dict[str, Any]:
    """What each column of the table of accounts holds in a file, by the column's key; ``row`` has their attributes."""
    step, touch = row.acting.step, row.acting.touch
    return {
        "name": row.name,
        "step": step.title if step else "",
        "step_owner": step.owner if step else "",
        "step_due": step.due_on if step else None,
        "last_touch": touch.at.date() if touch else None,
        "score": None if row.score is None else round(row.score, 2),
        "band": row.band,
        "sure": None if row.evidence is None else round(row.evidence, 3),
        "arr": row.arr,
        "currency": row.currency,
        "renewal": row.renewal_on,
        "stage": row.stage,
        "flags": ", ".join(flag["code"] for flag in row.flags),
        "owner": row.owner,
        "change": None if row.change is None else round(row.change, 2),
        "quadrant": row.quadrant,
        "coverage": None if row.coverage is None else round(row.coverage, 1),
        "segment": row.segment,
        "tier": row.tier,
        "region": row.region,
        "status": row.status,
        "seats": row.seats,
        "domain": row.domain,
        "external_id": row.external_id,
    }


def sheet(
    *, heads: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]], kind: str
) -> tuple[bytes, str]:
    """A file of these rows and its media type. ``heads``: (key of the rows, title); ``kind``: csv or xlsx."""
    table = [[harmless(row[key]) for key, _title in heads] for row in rows]
    titles = [harmless(title) for _key, title in heads]
    make = _xlsx if kind == "xlsx" else _csv
    return make(titles, table), MEDIA[kind]


def long_sheet(
    *, heads: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]]
) -> tuple[IO[bytes], str]:
    """A CSV of as many rows as there are, each written as it comes, and its media type; whoever closes it removes it."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(title) for _key, title in heads])
    writer.writerows([_text(harmless(row[key])) for key, _title in heads] for row in rows)
    text.flush()
    text.detach()
    file.seek(0)
    return file, MEDIA["csv"]


def _csv(titles: Sequence[str], table: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_text(cell) for cell in row] for row in table)
    return out.getvalue().encode("utf-8-sig")


def _text(cell: Any) -> Any:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, dt.date) else cell


def _xlsx(titles: Sequence[str], table: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet("Accounts")
    page.freeze_panes = "A2"
    page.column_dimensions["A"].width = 40
    page.append([_bold(page, title) for title in titles])
    for row in table:
        page.append([_cell(page, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bold(page: Any, title: str) -> Any:
    cell = WriteOnlyCell(page, value=title)
    cell.font = Font(bold=True)
    return cell


def _cell(page: Any, value: Any) -> Any:
    """A cell; text stays text, and control characters that no workbook can hold are left out."""
    if not isinstance(value, str):
        return float(value) if isinstance(value, Decimal) else value
    try:
        cell = WriteOnlyCell(page, value=value)
    except IllegalCharacterError:
        cell = WriteOnlyCell(page, value="".join(sign for sign in value if sign >= " "))
    cell.data_type = "s"
    return cell
