"""Files that are not what they say, or more than they seem: refused with a sentence, in little time and memory."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from accounts.models import Import
from accounts.services import imports
from accounts.services.imports import flow, sheets
from tests.accounts.importing import faults, previewed, upload

SHEET = "xl/worksheets/sheet1.xml"
BEGIN = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"
CELL = b'<c t="inlineStr"><is><t>%b</t></is></c>'
ROW = b"<row>%b</row>"
HEAD = ROW % (CELL % b"name" + CELL % b"region")


def workbook(rows=(("external_id", "name"), ("a", "Lark"))):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(change, compression=zipfile.ZIP_DEFLATED):
    """A good workbook with some parts changed."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as pack:
        for name, content in (parts | change).items():
            pack.writestr(name, content)
    return out.getvalue()


def noise(count):
    """Bytes of letters that do not pack to nothing."""
    state, out = 12345, bytearray()
    while len(out) < count:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += b"%016x" % state
    return bytes(out[:count])


@pytest.fixture(scope="module")
def large():
    """A little more than what a sheet may hold unlooked at."""
    return noise(sheets.HARMLESS + 1000)


def refused(northwind, now, content):
    with pytest.raises(imports.Unreadable) as refusal:
        upload(northwind, "accounts", content, now)
    assert Import.objects.count() == 0
    return refusal.value.code


def test_a_small_workbook_that_unpacks_to_a_multitude_is_refused(northwind, now):
    sheet = BEGIN + ROW % (CELL % (b"A" * (sheets.HARMLESS + 1))) + END
    assert refused(northwind, now, repacked({SHEET: sheet})) == "too_large"


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_a_part_that_is_read_as_a_whole_may_not_be_large(northwind, now, monkeypatch, part):
    monkeypatch.setattr(sheets, "MAX_OTHER", 1_000)
    assert refused(northwind, now, repacked({part: noise(1_001)})) == "too_large"


def test_no_row_may_be_longer_than_a_spreadsheet_writes_it(northwind, now, large):
    stored = zipfile.ZIP_STORED
    of_a_text = BEGIN + HEAD + ROW % (CELL % large) + END
    assert refused(northwind, now, repacked({SHEET: of_a_text}, stored)) == "too_large"
    of_cells = BEGIN + HEAD + ROW % (CELL % large[:200] * 40_000) + END
    assert refused(northwind, now, repacked({SHEET: of_cells}, stored)) == "too_large"
    behind = (
        BEGIN + HEAD + b"</sheetData>" + b"<a/>" * (sheets.MAX_END // 4 + sheets.SEARCHED) + b"</worksheet>"
    )
    assert refused(northwind, now, repacked({SHEET: behind}, stored)) == "too_large"


@pytest.mark.parametrize("hidden", [b"<![CDATA[<row >]]>", b"<!-- <row > -->", b"<!DOCTYPE a>"])
def test_a_mark_of_a_row_cannot_be_feigned(northwind, now, large, hidden):
    sheet = BEGIN + HEAD + ROW % (CELL % (hidden + large)) + END
    assert refused(northwind, now, repacked({SHEET: sheet}, zipfile.ZIP_STORED)) == "damaged"


def test_a_long_sheet_of_short_rows_is_read_and_previewed_by_a_job(northwind, now, monkeypatch, large):
    monkeypatch.setattr(flow, "UNPACKED_AT_ONCE", 1_000)
    rows = [HEAD, *(ROW % (CELL % b"Lark %d" % n + CELL % large[n : n + 4000]) for n in range(2_200))]
    one = upload(northwind, "accounts", repacked({SHEET: BEGIN + b"".join(rows) + END}), now)
    assert one.format == "xlsx"
    one = imports.preview_import(id=one.pk, actor=northwind.adam, at=now)
    assert imports.state_of(one) == "previewing"


def test_long_rows_are_not_all_looked_at_while_somebody_waits(northwind, now, monkeypatch):
    monkeypatch.setattr(flow, "LOOKED_THROUGH", 100)
    rows = "".join(f"Lark {n},{'x' * 90}\n" for n in range(50))
    one = upload(northwind, "accounts", f"name,region\n{rows}", now)
    assert len(one.columns) == 2
    assert imports.preview_import(id=one.pk, actor=northwind.adam, at=now).counts == {"created": 50}


def test_a_workbook_that_lies_about_its_size_is_damaged(northwind, now):
    content = bytearray(repacked({SHEET: BEGIN + HEAD + ROW % (CELL % (b"A" * 100_000)) + END}))
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    content[place + 24 : place + 28] = (200).to_bytes(4, "little")
    assert refused(northwind, now, bytes(content)) == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        workbook()[:-900],
        repacked({SHEET: b"<worksheet><sheetData><row"}),
        repacked({"xl/workbook.xml": b"nonsense"}),
        repacked(
            {
                SHEET: BEGIN.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "aaaa">]><worksheet')
                + b"&b;"
                + END
            }
        ),
        workbook()[:300] + b"\xff" * 100 + workbook()[400:],
    ],
)
def test_a_damaged_workbook_says_so(northwind, now, content):
    assert refused(northwind, now, content) == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + noise(100),
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + noise(100),
        bytes(range(256)) * 20,
        b"\x00" * 5_000,
        b"<!DOCTYPE html><html><table><tr><td>Lark</td></tr></table></html>",
        b'\n<?xml version="1.0"?><accounts/>',
    ],
)
def test_what_is_no_table_is_not_read_as_one(northwind, now, content):
    assert refused(northwind, now, content) == "not_a_table"


def test_a_file_in_two_encodings_says_where_the_second_begins(northwind, now):
    content = "external_id,name\na,Müller\n".encode() + "b,Jäger\n".encode("windows-1252")
    with pytest.raises(imports.Unreadable, match="UTF-8 up to line 3 ") as refusal:
        upload(northwind, "accounts", content, now)
    assert refusal.value.code == "encoding"


@pytest.mark.parametrize("content", [b"external_id,name\n", workbook([("external_id", "name")])])
def test_a_file_of_a_head_alone_has_no_rows(northwind, now, content):
    one = previewed(northwind, "accounts", content, now)
    assert (one.rows, one.counts, imports.state_of(one)) == (0, {}, "ready")


def test_a_file_of_one_column_is_read(northwind, now):
    assert previewed(northwind, "accounts", "name\nLark\nWren\n", now).counts == {"created": 2}
    one = previewed(northwind, "accounts", "shoe size\n43\n", now)
    assert faults(one) == [(2, "name", "required")]
