"""Secrets that have to be read again are kept encrypted: whoever reads the tables, or a copy of them, reads none.

The key follows from SECRET_KEY. After a change of it what SECRET_KEY_FALLBACKS still opens is readable, and is sealed
anew by ``reseal``; what no key opens reads as empty.
"""

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

SALT = "csplatform.sealed"


def seal(clear: str) -> str:
    """A text encrypted with the present key; an empty one stays empty."""
    return keys().encrypt(clear.encode()).decode() if clear else ""


def unseal(sealed: str) -> str:
    """The text that was sealed, or an empty one where no key opens it."""
    try:
        return keys().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def is_outdated(sealed: str) -> bool:
    """Whether a former key has to open this, so that it is to be sealed anew."""
    try:
        _fernet(settings.SECRET_KEY).decrypt(sealed.encode())
    except InvalidToken:
        return bool(unseal(sealed))
    return False


def keys() -> MultiFernet:
    """The present key first, then those that still open what they sealed."""
    return MultiFernet([_fernet(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=8)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac(SALT, "", secret=secret, algorithm="sha256").digest()))


class SealedField(models.TextField):
    """Text that is clear in Python and encrypted in its column; it cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else seal(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else unseal(value)
