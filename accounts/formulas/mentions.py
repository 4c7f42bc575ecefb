"""Where a text mentions somebody: an @ and a name, an e-mail address or the part of it before its own @.

>>> [span.word for span in spans("Ask @Ann Lee (not ann@lee.test) about it, @bo.", ["Ann", "Ann Lee", "bo"])]
['Ann Lee', 'bo']
"""

from collections.abc import Iterable
from typing import NamedTuple

OPENING = frozenset("([{<\"'\u201c\u2018\u00ab,;:-\u2013\u2014/")
JOINING = frozenset(".-@")


class Span(NamedTuple):
    """One mention: its place in the text, the @ included, and the word of the list that it is."""

    start: int
    end: int
    word: str


def spans(text: str, words: Iterable[str]) -> list[Span]:
    """The mentions of any of ``words`` in a text, in order; upper and lower case are one, the longest word wins.

    An @ inside a word, as in an address, mentions nobody.
    """
    known = {word.casefold(): word for word in words if word}
    lengths = sorted({len(word) for word in known.values()}, reverse=True)
    found: list[Span] = []
    place = text.find("@")
    while place >= 0:
        span = _at(text, place, known, lengths) if _begins(text, place) else None
        if span is not None:
            found.append(span)
        place = text.find("@", span.end if span else place + 1)
    return found


def _begins(text: str, place: int) -> bool:
    """Whether an @ stands where a word may begin; one in an address of the web does not."""
    if place == 0 or text[place - 1].isspace():
        return True
    return text[place - 1] in OPENING and "://" not in text[: place + 1].split()[-1]


def _at(text: str, place: int, known: dict[str, str], lengths: list[int]) -> Span | None:
    for length in lengths:
        end = place + 1 + length
        word = known.get(text[place + 1 : end].casefold())
        if word is not None and len(text) >= end and _ends(text, end):
            return Span(place, end, word)
    return None


def _ends(text: str, end: int) -> bool:
    if end == len(text):
        return True
    if text[end] in JOINING:
        return end + 1 == len(text) or not text[end + 1].isalnum()
    return not (text[end].isalnum() or text[end] == "_")
