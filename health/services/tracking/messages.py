"""One message of a tracking library, as the libraries write it, and what it means here.

Libraries differ in where they put things; the properties of ``Message`` know every place.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

Id = str | int | float | None
Moment = str | int | float | None

USAGE = {"track", "page", "screen"}
CALLS = {"identify", "group", "alias"}
TYPES = USAGE | CALLS
MAX_ID = 255
MAX_FEATURE = 100


class Broken(ValueError):
    """A message cannot be taken: ``code`` and ``detail`` say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Library(msgspec.Struct):
    name: Any = None
    version: Any = None


class Context(msgspec.Struct, rename="camel"):
    traits: dict[str, Any] | None = None
    group_id: Id = None
    library: Library | None = None


class Message(msgspec.Struct, rename="camel"):
    """What a library sends; whatever else it sends is passed over."""

    type: str | None = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    own_group_id: Id = msgspec.field(default=None, name="groupId")
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    own_traits: dict[str, Any] | None = msgspec.field(default=None, name="traits")
    context: Context | None = None
    timestamp: Moment = None
    original_timestamp: Moment = None
    sent_at: Moment = None

    @property
    def user(self) -> str:
        """The user's id, or the anonymous one, or nothing."""
        return text_id(self.user_id, "userId") or text_id(self.anonymous_id, "anonymousId")

    @property
    def group(self) -> str:
        named = self.own_group_id if self.own_group_id not in (None, "") else None
        if named is None and self.context:
            named = self.context.group_id
        return text_id(named, "groupId")

    @property
    def traits(self) -> dict[str, Any]:
        if self.own_traits:
            return self.own_traits
        return (self.context.traits if self.context else None) or {}

    @property
    def feature(self) -> str:
        """What was used: the event's name, or the page's with its category before it."""
        if self.type == "track":
            if not (self.event or "").strip():
                raise Broken("required", "event: a track call names its event.")
            return str(self.event).strip()[:MAX_FEATURE]
        properties = self.properties or {}
        name = " ".join(part for part in (self.category, self.name) if part)
        if not name:
            given = (properties.get(key) for key in ("name", "title", "path"))
            name = next((one for one in given if isinstance(one, str) and one), "") or str(self.type)
        return name.strip()[:MAX_FEATURE] or str(self.type)

    def moment(self, *, sent_at: Moment, at: dt.datetime) -> dt.datetime:
        """When it happened, by our clock: the sender's clock is wrong by as much as it says that it is not ``at`` now."""
        own = self.timestamp if self.timestamp not in (None, "") else self.original_timestamp
        if own in (None, ""):
            return at
        happened = read_moment(own, "timestamp")
        sent = self.sent_at if self.sent_at not in (None, "") else sent_at
        if sent in (None, ""):
            return happened
        try:
            return happened + (at - read_moment(sent, "sentAt"))
        except OverflowError:
            raise Broken("invalid_time", "timestamp: not a time that can be kept.") from None


def text_id(value: Id, field: str) -> str:
    """An id as text, empty for none. Raises Broken for one that is too long or that cannot be kept."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > MAX_ID:
        raise Broken("too_long", f"{field}: longer than {MAX_ID} characters.")
    if "\x00" in text:
        raise Broken("invalid", f"{field}: text may not hold NUL.")
    return text


def read_moment(value: Moment, field: str) -> dt.datetime:
    """ISO 8601, or seconds or milliseconds since 1970. Without a zone it is UTC. Raises Broken."""
    try:
        if isinstance(value, str):
            moment = dt.datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        seconds = float(value or 0)
        return dt.datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise Broken("invalid_time", f"{field}: not a time in ISO 8601.") from None
