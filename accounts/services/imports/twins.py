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
    again = [
        repeated(staging.column(one, "twins", len(kind.twins), of=way)) for way in range(len(kind.twins))
    ]
    if not any(len(places) for places, _ in again):
        return
    numbers = staging.column(one, "keys", 2, of=0)
    _write_notes(one, kind, [(places, numbers[firsts]) for places, firsts in again])
    for name, (places, _) in zip(kind.twins, again, strict=True):
        if len(places):
            detail = f"The same {SAID[name]} stands in an earlier row."
            told = {"level": "warning", "field": name, "code": CODE, "detail": detail}
            one.issues = [*one.issues, {**told, "rows": len(places), "first": int(numbers[places[0]])}]


def repeated(words: Any) -> tuple[Any, Any]:
    """The places, in their order, whose words stand earlier, and for each the first place that has them. Zero is no
    word. In place and in 32 bits where that is enough: a file may have a million rows, and a worker 300 MB.
    """
    order = np.argsort(words, kind="stable").astype(np.int32)
    words = words[order]
    same = np.zeros(len(words), dtype=bool)
    same[1:] = (words[1:] == words[:-1]) & (words[1:] != 0)
    at = np.flatnonzero(same)
    begins = np.flatnonzero(~same)
    places, firsts = order[at], order[begins[np.searchsorted(begins, at) - 1]]
    in_file = np.argsort(places)
    return places[in_file], firsts[in_file]


def _write_notes(one: Import, kind: Kind, again: Sequence[tuple[Any, Any]]) -> None:
    start, added = 0, 0
    chunks = ImportChunk.objects.filter(of_import=one).order_by("number")
    for pk, length, notes in chunks.values_list("pk", "length", "notes").iterator(chunk_size=10):
        had, before = {place for place, *_ in notes}, len(notes)
        for name, (places, numbers) in zip(kind.twins, again, strict=True):
            mine = slice(*np.searchsorted(places, (start, start + length)))
            for place, number in zip((places[mine] - start).tolist(), numbers[mine].tolist(), strict=True):
                detail = f"Row {number} of the file has the same {SAID[name]}."
                notes.append([place, name, CODE, detail])
        start += length
        if len(notes) > before:
            added += len({place for place, *_ in notes} - had)
            ImportChunk.objects.filter(pk=pk).update(notes=notes)
    one.counts = dict(Counter(one.counts) + Counter({TO_CHECK: added}))
