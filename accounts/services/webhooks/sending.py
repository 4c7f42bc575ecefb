"""One delivery over the wire: signed as Standard Webhooks says, sent once to an address that was looked at, and read
no further than a page. Nothing here touches the database.
"""

import base64
import hashlib
import hmac
import http.client
import io
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult
from uuid import UUID

from accounts.services.webhooks.guard import BadAddress, check_url, resolve

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0  # from the name to the last byte that is read
READ_BYTES = 4096
EXCERPT = 500
SECRET_MARK = "whsec_"  # noqa: S105 (what a secret begins with)


@dataclass(frozen=True)
class Parcel:
    """One attempt at one delivery: where it goes, what it says, and the secrets that sign it."""

    delivery_id: UUID
    webhook_id: UUID
    attempt: int
    url: str
    secrets: Sequence[str]
    body: bytes


@dataclass(frozen=True)
class Receipt:
    """What came of an attempt: a status or an error, an excerpt of the answer, and how long it took.

    ``retry_after`` is what the receiver asked for, as seconds or as a date.
    """

    status: int | None = None
    error: str = ""
    answer: str = ""
    took_ms: int = 0
    retry_after: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == http.HTTPStatus.GONE


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over id, time and body, with the key that the secret holds."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers_of(parcel: Parcel, *, at: datetime) -> dict[str, str]:
    """The headers of an attempt at a moment; a secret that is being rotated out signs beside the new one."""
    message_id, timestamp = str(parcel.delivery_id), int(at.timestamp())
    signatures = [
        signature(secret, message_id=message_id, timestamp=timestamp, body=parcel.body)
        for secret in parcel.secrets
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "csplatform-webhooks/1",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def post_parcel(parcel: Parcel, *, at: datetime, seconds: float = WHOLE_SECONDS) -> Receipt:
    """Send one parcel and say what came of it; never raises for what a receiver or the network does."""
    begun = time.monotonic()
    try:
        receipt = _post(parcel, headers_of(parcel, at=at), deadline=begun + seconds)
    except ssl.SSLCertVerificationError as error:
        receipt = Receipt(error=f"The certificate is not valid: {error.verify_message}")
    except TimeoutError:
        receipt = Receipt(error=f"No whole answer within {seconds:g} seconds.")
    except socket.gaierror:
        receipt = Receipt(error="The name of the host has no address.")
    except (BadAddress, OSError, http.client.HTTPException, ValueError) as error:
        receipt = Receipt(error=_clean(str(error) or type(error).__name__)[:300])
    return Receipt(
        receipt.status,
        receipt.error,
        receipt.answer,
        int((time.monotonic() - begun) * 1000),
        receipt.retry_after,
    )


def _post(parcel: Parcel, headers: dict[str, str], *, deadline: float) -> Receipt:
    parts = check_url(parcel.url)
    connection = _Connection(parts, deadline)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=parcel.body, headers=headers)
        response = connection.getresponse()
        return Receipt(
            status=response.status,
            error=_said_of(response),
            answer=_excerpt(response),
            retry_after=response.headers.get("Retry-After", ""),
        )
    finally:
        connection.hang_up()


def _excerpt(response: http.client.HTTPResponse) -> str:
    """The beginning of an answer, as far as it came at once; the status counts whatever happens to the rest."""
    try:
        return _clean(response.read1(READ_BYTES).decode("utf-8", "replace"))[:EXCERPT]
    except (OSError, http.client.HTTPException, ValueError):
        return ""


def _said_of(response: http.client.HTTPResponse) -> str:
    if 200 <= response.status < 300:
        return ""
    if 300 <= response.status < 400:
        return f"Answered {response.status}: redirects are not followed."
    return f"Answered {response.status}."


def seconds_asked(retry_after: str, *, at: datetime) -> float | None:
    """What a Retry-After header asks for, in seconds from ``at``; None where it asks for nothing that we know."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - at).total_seconds())
    except (TypeError, ValueError):
        return None


def _clean(text: str) -> str:
    """Text that the database can hold and a page can show."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text)


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was looked at, under the name that was asked for, until a deadline."""

    def __init__(self, parts: SplitResult, deadline: float) -> None:
        assert parts.hostname is not None
        self._secure = parts.scheme == "https"
        self.default_port = 443 if self._secure else 80
        super().__init__(parts.hostname, parts.port or self.default_port)
        self._deadline = deadline
        self._raw: socket.socket | None = None

    def connect(self) -> None:
        addresses = resolve(self.host, self.port)
        self._reach(addresses)
        assert self._raw is not None
        if self._secure:
            self._raw.settimeout(_left(self._deadline))
            self._raw = ssl.create_default_context().wrap_socket(self._raw, server_hostname=self.host)
        self.sock = _Timed(self._raw, self._deadline)

    def hang_up(self) -> None:
        if self._raw is not None:
            self._raw.close()

    def _reach(self, addresses: Sequence[str]) -> None:
        """Connect to the first of the addresses that answers."""
        for place, address in enumerate(addresses, start=1):
            self._raw = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            self._raw.settimeout(min(CONNECT_SECONDS, _left(self._deadline)))
            try:
                self._raw.connect((address, self.port))
            except OSError:
                self._raw.close()
                if place == len(addresses):
                    raise
            else:
                return


class _Timed:
    """A socket every act of which ends at one deadline, however slowly the other side drips."""

    def __init__(self, raw: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._raw.settimeout(_left(self._deadline))
        self._raw.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._raw, self._deadline))

    def close(self) -> None:
        """http.client lets go of the socket before the answer is read; ``hang_up`` ends it."""


class _Reader(io.RawIOBase):
    def __init__(self, raw: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._raw.settimeout(_left(self._deadline))
        return self._raw.recv_into(buffer)


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("too late")
    return left
