"""Files in: one engine for the browser and the API. CSV, XLSX and JSON lines are read into rows, matched to fields,
previewed, written in chunks and taken back.

``flow`` is the life of an import, ``steps`` what its jobs do, ``staging`` the rows in chunks; ``reading``, ``sheets`` and
``cells`` read files, ``matching`` columns; ``kinds`` says what a kind of thing is, ``savers``, ``book`` and
``happenings`` are those of this floor.
"""

from accounts.services.imports.files import Unreadable
from accounts.services.imports.flow import (
    change_mapping,
    forget_mapping,
    keep_mapping,
    preview_import,
    prune_imports,
    require_import,
    run_import,
    state_of,
    undo_import,
    upload_import,
)
from accounts.services.imports.kinds import Field, Kind, Line, UnknownKind, Work, kind_of, kinds
from accounts.services.imports.looking import Seen, rows_of
from accounts.services.imports.steps import preview_step, run_step, undo_step

__all__ = [
    "Field",
    "Kind",
    "Line",
    "Seen",
    "UnknownKind",
    "Unreadable",
    "Work",
    "change_mapping",
    "forget_mapping",
    "keep_mapping",
    "kind_of",
    "kinds",
    "preview_import",
    "preview_step",
    "prune_imports",
    "require_import",
    "rows_of",
    "run_import",
    "run_step",
    "state_of",
    "undo_import",
    "undo_step",
    "upload_import",
]
