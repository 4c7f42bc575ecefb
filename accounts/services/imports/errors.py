"""The file of issues: the wrong rows, and those that are right and worth a look, each as it stood with its number, which
of the two it is, the field and the reason; it can be corrected and handed in again."""

import io
import tempfile
from collections.abc import Iterator
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from accounts import reports
from accounts.models import Import, ImportChunk
from accounts.services.imports.staging import unpack

ADDED = ("Row", "Level", "Field", "Reason")


def write_errors_file(*, one: Import) -> str:
    """Write the file of issues in place of a former one; its name in the storage, empty without any."""
    if one.errors_file:
        default_storage.delete(one.errors_file)
    chunks = ImportChunk.objects.filter(of_import=one).exclude(faults=[], notes=[])
    if not chunks.exists():
        return ""
    with tempfile.TemporaryFile() as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        reports.write_rows(text, [[column["name"] for column in one.columns] + list(ADDED)])
        for chunk in chunks.order_by("number").iterator(chunk_size=20):
            reports.write_rows(text, _rows(chunk, len(one.columns)))
        text.flush()
        file.seek(0)
        name: str = default_storage.save(f"imports/{one.tenant_id}/{one.pk}-errors.csv", File(file))
        text.detach()
    return name


def _rows(chunk: ImportChunk, width: int) -> Iterator[list[Any]]:
    content = unpack(chunk.rows)
    said: dict[int, list[Any]] = {}
    for place, field, _code, detail in [*chunk.faults, *chunk.notes]:
        said.setdefault(place, []).append((field, detail))
    wrong = {place for place, *_ in chunk.faults}
    for place in sorted(said):
        row = content["rows"][place]
        cells = [row["text"]] if isinstance(row, dict) else list(row)
        cells += [None] * (width - len(cells))
        fields = "; ".join(field for field, _ in said[place])
        reasons = " ".join(detail for _, detail in said[place])
        yield [*cells, content["numbers"][place], "error" if place in wrong else "warning", fields, reasons]
