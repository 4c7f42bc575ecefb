"""Rows of one file that would make the same thing twice: told before the run, however far apart they stand.

A plan leaves a hash of the words of each new row on its chunk; when all are planned, those that stand twice are found at
once, and a note is left beside each but the first.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from accounts.models import Import, ImportChunk
from accounts.services.imports import staging
from accounts.services.imports.finding import SAID
from accounts.services.imports.kinds import Kind, Line
from accounts.services.items import Status

CODE = "looks_same"
TO_CHECK = "to_check"  # counts the rows with a note


def leave_words(kind: Kind, chunk: ImportChunk, lines: Sequence[Line]) -> None:
    """Leave on a planned chunk what its new rows are called, as hashes."""
    words = [
        kind.twin_words(line, name) if line.status == Status.CREATED and not line.faults else ""
        for line in lines
        for name in kind.twins
    ]
    chunk.twins = staging.packed(staging.hash_of(said) if said else 0 for said in words)


def note_twins(one: Import, kind: Kind) -> None:
    """Note on each new row of the file that an earlier one is called the same."""
    if not kind.twins:
        return
    numbers = staging.column(one, "keys", 2)[:, 0].copy()
    words = staging.column(one, "twins", len(kind.twins))
    earlier = np.stack([earlier_rows(said, numbers) for said in words.T], axis=1)
    del words
    _write_notes(one, kind, earlier)
    for name, rows in zip(kind.twins, earlier.T, strict=True):
        if count := int(np.count_nonzero(rows)):
            detail = f"The same {SAID[name]} stands in an earlier row."
            first = int(numbers[np.flatnonzero(rows)[0]])
            told = {"level": "warning", "field": name, "code": CODE, "detail": detail}
            one.issues = [*one.issues, {**told, "rows": count, "first": first}]


def earlier_rows(words: Any, numbers: Any) -> Any:
    """For each row the number of the first that has its words; 0 for that one, and where there are none."""
    order = np.argsort(words, kind="stable")
    ordered = words[order]
    begins = np.ones(len(words), dtype=bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    again = np.flatnonzero(~begins & (ordered != 0))
    starts = np.flatnonzero(begins)
    found = np.zeros(len(words), dtype=np.int64)
    found[order[again]] = numbers[order[starts[np.searchsorted(starts, again, side="right") - 1]]]
    return found


def _write_notes(one: Import, kind: Kind, earlier: Any) -> None:
    start, added = 0, 0
    chunks = ImportChunk.objects.filter(of_import=one).order_by("number")
    for pk, length, notes in chunks.values_list("pk", "length", "notes").iterator(chunk_size=10):
        mine = earlier[start : start + length]
        start += length
        if not mine.any():
            continue
        had = {place for place, *_ in notes}
        for place, way in np.argwhere(mine).tolist():
            name = kind.twins[way]
            detail = f"Row {mine[place, way]} of the file has the same {SAID[name]}."
            notes.append([place, name, CODE, detail])
        added += len({place for place, *_ in notes} - had)
        ImportChunk.objects.filter(pk=pk).update(notes=notes)
    one.counts = dict(Counter(one.counts) + Counter({TO_CHECK: added}))
