"""What texts become, by the standard library alone: mentions found in them, two edits of one text put together, and a
person's name taken out."""

from accounts.formulas.mentions import Span, spans
from accounts.formulas.merging import Merged, Piece, changes, merge
from accounts.formulas.traces import Traces, is_telling, spellings, words_of

__all__ = [
    "Merged",
    "Piece",
    "Span",
    "Traces",
    "changes",
    "is_telling",
    "merge",
    "spans",
    "spellings",
    "words_of",
]
