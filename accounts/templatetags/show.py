"""How values look on a page: money, shares, initials. Pure filters for templates of every floor.

A missing value is shown as a dash, never as zero.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zlib import crc32

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "SEK": "SEK "}
# Fields of the log whose values are words of ours: those of a rating are written as on its form.
RATED = {"strength", "sentiment_brand", "sentiment_product", "sentiment_service", "observed", "confidence"}
CODED = {
    "role", "status", "kind", "state", "severity", "result", "answer", "pillar", "band", "mode", "driver", "cap", "code",
}  # fmt: skip
STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))


def _number(value: object) -> Decimal | None:
    """The value as a finite Decimal, or None where there is none."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _sign(currency: str) -> str:
    return SIGNS.get(currency, f"{currency} " if currency else "")


@register.filter
def money(amount: object, currency: str = "") -> str:
    """The whole sum, in the reader's locale: `180000|money:"EUR"` is €180,000."""
    number = _number(amount)
    if number is None:
        return DASH
    minus = MINUS if round(number) < 0 else ""
    return f"{minus}{_sign(currency)}{number_format(abs(number), 0, use_l10n=True, force_grouping=True)}"


@register.filter
def short_money(amount: object, currency: str = "") -> str:
    """The sum in three figures for dense places: `1234567|short_money:"USD"` is $1.23M."""
    number = _number(amount)
    if number is None:
        return DASH
    minus = MINUS if number < 0 else ""
    size = abs(number)
    for step, letter in STEPS:
        if size >= step * Decimal("0.9995"):
            part = size / step
            digits = 2 if part < 10 else 1 if part < 100 else 0
            text = number_format(round(part, digits).normalize() + 0, use_l10n=True)
            return f"{minus}{_sign(currency)}{text}{letter}"
    return f"{minus if round(size) else ''}{_sign(currency)}{number_format(size, 0, use_l10n=True)}"


@register.filter
def percent(share: object) -> str:
    """A share of 0..1 as whole percent: `0.784|percent` is 78%."""
    number = _number(share)
    return DASH if number is None else f"{round(number * 100)}%"


@register.filter
def scale(share: object, width: int) -> str:
    """A share of 0..1 on `width` units, for the width of an SVG bar."""
    number = _number(share) or Decimal(0)
    return f"{float(min(max(number, Decimal(0)), Decimal(1))) * width:.1f}"


@register.filter
def share_of(part: object, whole: object) -> str:
    """`part` of `whole` on 0..100, for the width of an SVG bar; an empty whole is 0."""
    number, total = _number(part) or Decimal(0), _number(whole) or Decimal(0)
    return scale(number / total, 100) if total else "0"


@register.filter
def initials(name: object) -> str:
    """First and last initial: `"Dana Ortiz"|initials` is DO."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def hue(name: object) -> int:
    """One of six colours, 0..5, always the same for the same name."""
    return crc32(str(name or "").encode("utf-8", "replace")) % 6


@register.filter
def section(path: str) -> str:
    """Which entry of the side bar a page belongs to: /t/northwind/accounts/1 is accounts, its root is today."""
    parts = [part for part in str(path or "").split("/") if part]
    if len(parts) < 3 or parts[0] != "t":
        return "today" if len(parts) == 2 else ""
    return {"personas": "accounts", "rounds": "rate", "ratings": "risk"}.get(parts[2], parts[2])


@register.filter
def verb_words(verb: str) -> str:
    """What a line of the log says: `"rating.recorded"|verb_words` is Rating recorded."""
    return verb.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def named(names: Mapping[object, str], key: object) -> str:
    """What the row of this id is called; nothing where it is not among them."""
    return names.get(key, "")


@register.filter
def changes(
    data: Mapping[str, Mapping[str, object]], names: Mapping[UUID, str] | None = None
) -> list[tuple[str, object, object]]:
    """What a line of the log changed, as (field, before, after), in words; None where there was or is nothing. An id among
    ``names`` is shown as what it is called; what is as it was is left out."""
    before, after = data.get("before") or {}, data.get("after") or {}
    called = {str(id): name for id, name in (names or {}).items()}
    lines = [
        (
            key.replace("_", " "),
            _in_words(key, before.get(key), called),
            _in_words(key, after.get(key), called),
        )
        for key in {**before, **after}
    ]
    return [line for line in lines if line[1] != line[2]]


def _in_words(field: str, value: object, names: Mapping[str, str]) -> object:
    """A value of the log as it is read: names for ids, lists and parts with commas, no underscores in our own words; None
    for what is empty."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(_in_words(field, one, names)) for one in value) or None
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_in_words(key, one, names)}" for key, one in value.items()) or None
    if isinstance(value, float):
        return round(value, 2)
    if not isinstance(value, str):
        return value
    if field in RATED:
        return value.replace("_", " ").capitalize() or None
    return names.get(value, value.replace("_", " ") if field in CODED else value) or None
