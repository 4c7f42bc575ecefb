"""What a rating is based on: the signs that were seen, and links to where it shows. Read once for a whole batch."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from accounts.models import Case, Touch
from relationships.formulas import observed_sentiment
from relationships.services.rules import CONFIDENCES, BadEvidence, UnknownSign, UnknownWord
from relationships.services.signs import ensure_signs

MOST_LINKS = 10
MOST_SIGNS = 30
LONGEST = 2000
MODELS = {"touch": Touch, "case": Case}


class Based(Protocol):
    """What a new rating says of what it is based on."""

    @property
    def signs(self) -> Sequence[str] | None: ...

    @property
    def confidence(self) -> str | None: ...

    @property
    def evidence(self) -> Sequence[Mapping[str, Any]] | None: ...


class Grounds:
    """The signs that may be ticked, and the touches and cases that may be linked to, with the account of each."""

    def __init__(self, ratings: Sequence[Based]) -> None:
        ticked = any(new.signs for new in ratings)
        self.leans = {sign.key: sign.leans for sign in ensure_signs() if sign.active} if ticked else {}
        self.homes: dict[tuple[str, str], UUID] = {}
        for kind, model in MODELS.items():
            ids = {found for new in ratings for link in new.evidence or () if (found := _id(link, kind))}
            if ids:
                rows = model.objects.filter(pk__in=ids, deleted_at=None).values_list("pk", "account_id")
                self.homes |= {(kind, str(pk)): account_id for pk, account_id in rows}

    def observed(self, new: Based) -> str | None:
        """The sentiment that the ticked signs lean to. Raises UnknownSign or UnknownWord."""
        if new.confidence is not None and new.confidence not in CONFIDENCES:
            raise UnknownWord("confidence", f"Confidence is one of {', '.join(CONFIDENCES)}.")
        signs = new.signs or ()
        if len(signs) > MOST_SIGNS:
            raise UnknownSign("signs", f"At most {MOST_SIGNS} signs.")
        for key in signs:
            if key not in self.leans:
                raise UnknownSign("signs", f"{key} is not one of your signs.")
        return observed_sentiment(self.leans[key] for key in dict.fromkeys(signs))

    def links(self, new: Based, account_id: UUID) -> list[dict[str, str]]:
        """The links as they are stored. Raises BadEvidence."""
        links = new.evidence or ()
        if len(links) > MOST_LINKS:
            raise BadEvidence("evidence", f"At most {MOST_LINKS} links.")
        return [self._link(link, account_id) for link in links]

    def _link(self, link: Mapping[str, Any], account_id: UUID) -> dict[str, str]:
        given = {kind: value for kind, value in link.items() if value}
        if len(given) != 1 or not given.keys() <= {"url", *MODELS}:
            raise BadEvidence("evidence", "A link names one of url, touch, case.")
        kind, value = next(iter(given.items()))
        if kind == "url":
            return {"url": _url(str(value))}
        if self.homes.get((kind, str(value))) != account_id:
            raise BadEvidence("evidence", f"There is no such {kind} at this account.")
        return {kind: str(value)}


def _id(link: Mapping[str, Any], kind: str) -> UUID | None:
    value = link.get(kind)
    return value if value is None or isinstance(value, UUID) else uuid_of(str(value))


def uuid_of(text: str) -> UUID | None:
    """The id that a text is, None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or len(text) > LONGEST
        or not text.isprintable()
    ):
        raise BadEvidence(
            "evidence", f"A link begins with http:// or https://, and has at most {LONGEST} characters."
        )
    return text
