"""What a tracking library puts around its messages: gzip or not, whatever the Content-Type says, in bounded memory."""

import zlib
from typing import Any

import msgspec

from health.services.arrivals import Refusal
from health.services.tracking.messages import Message, Moment

MAX_BODY = 8 * 1024 * 1024  # as sent, and as unpacked
MAX_MESSAGE = 32 * 1024
MAX_MESSAGES = 10_000
GZIP = b"\x1f\x8b"
# The calls by the last part of their address; the short ones are those of browsers.
CALLS = {
    "track": "track", "identify": "identify", "group": "group", "page": "page", "screen": "screen", "alias": "alias",
    "t": "track", "i": "identify", "g": "group", "p": "page",
}  # fmt: skip
BATCHES = {"batch", "b"}


class Unreadable(ValueError):
    """The body as a whole cannot be read; ``status`` is how it is answered."""

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.status = status


class Envelope(msgspec.Struct, rename="camel"):
    """A body: its messages, still undecoded, and what stands beside them."""

    batch: list[msgspec.Raw] | None = None
    write_key: Any = None
    sent_at: Moment = None


envelopes = msgspec.json.Decoder(Envelope)
single = msgspec.json.Decoder(Message)


def unpack(body: bytes) -> bytes:
    """The JSON text in a body, gzipped or not. Raises Unreadable, also for what would unpack to more than MAX_BODY."""
    if len(body) > MAX_BODY:
        raise _too_large()
    if not body.startswith(GZIP):
        return body
    text = b""
    while body.startswith(GZIP):  # one member after the other
        member = zlib.decompressobj(wbits=31)
        try:
            text += member.decompress(body, MAX_BODY + 1 - len(text))
        except zlib.error as error:
            raise Unreadable(f"The gzip cannot be unpacked: {error}.") from None
        if len(text) > MAX_BODY:
            raise _too_large()
        if not member.eof:
            raise Unreadable("The gzip ends too early.")
        body = member.unused_data
    return text


def open_envelope(text: bytes) -> Envelope:
    """What a body says. Raises Unreadable."""
    try:
        return envelopes.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"The body is not JSON as a tracking library sends it: {error}") from None
    except RecursionError:
        raise Unreadable("The body is nested too deep.") from None


def read_messages(
    text: bytes, envelope: Envelope, call: str
) -> tuple[list[tuple[int, Message]], list[Refusal]]:
    """The messages by their place, and the refusals of those that cannot be read. Raises Unreadable."""
    if call in BATCHES:
        if envelope.batch is None:
            raise Unreadable("batch: the list of messages is missing.")
        raws: list[Any] = envelope.batch
    else:
        raws = [text]
    if len(raws) > MAX_MESSAGES:
        raise Unreadable(f"At most {MAX_MESSAGES:,} messages in one request, not {len(raws):,}.", 413)
    messages, refusals = [], []
    for index, raw in enumerate(raws):
        message = _read(index, raw)
        if isinstance(message, Refusal):
            refusals.append(message)
            continue
        message.type = CALLS.get(call, message.type)
        messages.append((index, message))
    return messages, refusals


def _read(index: int, raw: Any) -> Message | Refusal:
    if memoryview(raw).nbytes > MAX_MESSAGE:
        return Refusal(index, "too_large", f"The message is larger than {MAX_MESSAGE // 1024} kB.")
    try:
        return single.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refusal(index, "invalid", str(error).replace("`$.", "`"))
    except RecursionError:
        return Refusal(index, "too_deep", "The message is nested too deep.")


def _too_large() -> Unreadable:
    return Unreadable(f"The body is larger than {MAX_BODY // 1024 // 1024} MiB.", 413)
