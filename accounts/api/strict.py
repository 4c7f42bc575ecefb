"""Strict JSON in: UTF-8, no NaN or Infinity, no NUL, no lone surrogate, at most 32 levels deep, at most 32 MiB."""

import json
import math
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from accounts.services.items import Fault

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 32


class Unstorable(ParseError):
    """Something in a request could not be kept; ``faults`` point at it."""

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(f"{pointer or 'The body'}: {detail}")
        self.faults = [Fault(pointer, code, f"{detail[0].upper()}{detail[1:]}")]


class StrictJSONParser(BaseParser):
    """A JSON body, or a ParseError (400) that says where and why."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ParseError(f"The body is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        return strict_json(body)


def strict_json(body: bytes) -> Any:
    """What these bytes say. Raises ParseError."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start}).") from error
    try:
        value = _loaded(text)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    inspect(value, strings="\\u" in text)
    return value


def _loaded(text: str) -> Any:
    """A parsed document. A whole number of more digits than Python reads becomes infinite, so that it is found where it
    stands."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_constant=_no_constant, parse_int=float)


def inspect(value: Any, *, strings: bool) -> None:
    """Walk a parsed document and raise ParseError for what the database could not keep.

    Without an escape in the text no string can hold a NUL or a surrogate, so ``strings`` may be False.
    """
    stack: list[tuple[Any, int, str]] = [(value, 1, "")]
    while stack:
        here, depth, pointer = stack.pop()
        if isinstance(here, dict):
            children: Any = here.items()
        elif isinstance(here, list):
            children = enumerate(here)
        else:
            _inspect_scalar(here, strings, pointer)
            continue
        if depth > MAX_DEPTH:
            raise _too_deep()
        for key, child in children:
            if strings and isinstance(key, str):
                _inspect_scalar(key, strings, pointer)
            if isinstance(child, dict | list):
                stack.append((child, depth + 1, _beneath(pointer, key)))
            elif isinstance(child, float) or (strings and isinstance(child, str)):
                _inspect_scalar(child, strings, pointer, key)


def _beneath(pointer: str, *keys: str | int) -> str:
    return pointer + "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def unstorable(text: str) -> bool:
    """Whether PostgreSQL could not store this text: it holds a NUL or a lone surrogate."""
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _inspect_scalar(value: Any, strings: bool, pointer: str, *key: str | int) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise Unstorable(_beneath(pointer, *key), "too_large", "the number is too large.")
    if strings and isinstance(value, str) and unstorable(value):
        detail = "text may hold neither NUL nor lone surrogates."
        raise Unstorable(_beneath(pointer, *key), "unstorable", detail)


def _no_constant(name: str) -> None:
    raise ParseError(f"{name} is not JSON.")


def _too_deep() -> ParseError:
    return ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
