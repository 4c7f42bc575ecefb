"""The same accounts and people as for ratings."""

from tests.relationships.conftest import book

__all__ = ["book"]
