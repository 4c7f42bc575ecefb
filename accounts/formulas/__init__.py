"""What texts become, by the standard library alone: mentions found in them, and two edits of one text put together."""

from accounts.formulas.mentions import Span, spans
from accounts.formulas.merging import Merged, Piece, changes, merge

__all__ = ["Merged", "Piece", "Span", "changes", "merge", "spans"]
