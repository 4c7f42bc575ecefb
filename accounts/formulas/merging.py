r"""Two edits of one text put together, so that no word of either is lost.

First by lines; where both changed the same lines, by words. Where both changed the same words, both stand in the
proposal, theirs first, and the piece says so. What one side removed and the other left alone is gone; what one side
removed and the other changed stays.

>>> merge("Call Dana.\nSend the plan.", "Call Dana today.\nSend the plan.", "Call Dana.\nSend the new plan.").text
'Call Dana today.\nSend the new plan.'
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORDS = re.compile(r"\S+|\s+")
MOST = 50_000  # pairs of equal words from which on a comparison would take too long


@dataclass(frozen=True)
class Piece:
    """A part of the proposal. ``kind``: same, yours, theirs (who changed it), or both; ``text`` is what stands there.

    ``base``, ``yours`` and ``theirs`` are what stood, and stands, in the three texts.
    """

    kind: str
    text: str
    base: str
    yours: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """The proposal as ``text`` and in ``pieces``; ``clean`` if nobody changed what the other changed."""

    text: str
    pieces: list[Piece]

    @property
    def clean(self) -> bool:
        return all(piece.kind != "both" for piece in self.pieces)


def merge(base: str, yours: str, theirs: str) -> Merged:
    """Put two edits of ``base`` together."""
    pieces = list(_joined(_by_lines(base, yours, theirs)))
    return Merged("".join(piece.text for piece in pieces), pieces)


def changes(before: str, after: str) -> list[Piece]:
    """What an edit changed, word by word: pieces of the kinds same and yours."""
    words = [WORDS.findall(text) for text in (before, after, before)]
    return list(_joined(_pieces(words[0], words[1], words[2])))


def _by_lines(base: str, yours: str, theirs: str) -> Iterator[Piece]:
    for piece in _pieces(*(text.splitlines(keepends=True) for text in (base, yours, theirs))):
        if piece.kind == "both":
            yield from _pieces(*(WORDS.findall(text) for text in (piece.base, piece.yours, piece.theirs)))
        else:
            yield piece


def _pieces(base: Sequence[str], yours: Sequence[str], theirs: Sequence[str]) -> Iterator[Piece]:
    """The three sequences side by side: what all share, and between that what somebody changed."""
    b = y = t = 0
    for start, end, in_yours, in_theirs in _shared(base, yours, theirs):
        if (b, y, t) != (start, in_yours, in_theirs):
            yield _piece(base[b:start], yours[y:in_yours], theirs[t:in_theirs])
        same = "".join(base[start:end])
        yield Piece("same", same, same, same, same)
        b, y, t = end, in_yours + end - start, in_theirs + end - start
    if (b, y, t) != (len(base), len(yours), len(theirs)):
        yield _piece(base[b:], yours[y:], theirs[t:])


def _shared(
    base: Sequence[str], yours: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """What stands in all three: from and to in the base, and where it begins in the two others."""
    mine, other = _matches(base, yours), _matches(base, theirs)
    i = j = 0
    while i < len(mine) and j < len(other):
        (a, in_yours, n), (c, in_theirs, m) = mine[i], other[j]
        start, end = max(a, c), min(a + n, c + m)
        if start < end:
            yield start, end, in_yours + start - a, in_theirs + start - c
        if a + n < c + m:
            i += 1
        else:
            j += 1


def _matches(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where two sequences agree, as (place in one, place in the other, length)."""
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(other)) - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    inner, outer = one[head : len(one) - tail], other[head : len(other) - tail]
    found = [(0, 0, head)]
    if _pairs(inner, outer) <= MOST:
        blocks = SequenceMatcher(None, inner, outer).get_matching_blocks()
        found += [(head + block.a, head + block.b, block.size) for block in blocks]
    found.append((len(one) - tail, len(other) - tail, tail))
    return [block for block in found if block[2]]


def _pairs(one: Sequence[str], other: Sequence[str]) -> int:
    counts = Counter(other)
    return sum(counts[word] for word in one if not word.isspace())


def _piece(base: Sequence[str], yours: Sequence[str], theirs: Sequence[str]) -> Piece:
    was, mine, other = "".join(base), "".join(yours), "".join(theirs)
    if mine == other or other == was:
        return Piece("yours" if other == was else "same", mine, was, mine, other)
    if mine == was:
        return Piece("theirs", other, was, mine, other)
    return Piece("both", other + _gap(other, mine) + mine, was, mine, other)


def _gap(before: str, after: str) -> str:
    """A space where two words would else grow together."""
    return " " if before and after and not before[-1].isspace() and not after[0].isspace() else ""


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.kind == piece.kind != "both":
            last = Piece(
                last.kind,
                last.text + piece.text,
                last.base + piece.base,
                last.yours + piece.yours,
                last.theirs + piece.theirs,
            )
        else:
            if last is not None:
                yield last
            last = piece
    if last is not None:
        yield last
