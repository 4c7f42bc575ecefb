"""What programs and files bring is told to whoever keeps what arrives, so that a sync that stopped or is refused is seen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Actor
from accounts.services.items import Fault

QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|\S+@\S*\w")  # and addresses
MOST = 3  # faults of one row that are told


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken, by its place in the request, and why. Nothing of the row itself: it may be a person."""

    index: int
    faults: Sequence[Fault]

    @property
    def code(self) -> str:
        return self.faults[0].code

    @property
    def detail(self) -> str:
        """Why, by field; what it quotes of the row is left out."""
        said = (f"{one.pointer.removeprefix('/')}: {one.detail}" for one in self.faults[:MOST])
        return QUOTED.sub("…", "; ".join(text.removeprefix(": ") for text in said))


def tell_arrival(
    *,
    source: str,
    kind: str,
    name: str,
    taken: int,
    refused: int,
    rows: Sequence[RefusedRow],
    actor: Actor | None,
    at: datetime,
) -> None:
    """Say that a request or a file came, of which kind, how many rows were taken and refused, and why; one statement."""
    note = import_string(settings.ARRIVALS)
    note(source=source, kind=kind, name=name, taken=taken, refused=refused, rows=rows, actor=actor, at=at)
