"""Cells into values: text, words, numbers, money, days and moments as people and spreadsheets write them.

Every reader takes a cell (text, a number, a truth value, a list) and the style of its column, and answers with the
value or raises Unfit with a code and a sentence.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

BELOW_ZERO = re.compile(r"\s*[-\u2212]\d")
FORMULA_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
# What a table of ours puts before text that a spreadsheet would run: one apostrophe, taken off again here.
HARMLESS = re.compile(r"'+[=+\-@\t\r]")
YES = {"true", "yes", "y", "1", "x", "on", "wahr", "ja", "oui", "si"}
NO = {"false", "no", "n", "0", "off", "falsch", "nein", "non"}
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january januar", "feb february februar", "mar march mär märz", "apr april", "may mai", "jun june juni",
         "jul july juli", "aug august", "sep sept september", "oct october okt oktober", "nov november",
         "dec december dez dezember"), 1,
    )
    for name in names.split()
}  # fmt: skip
ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})$")
NUMBER_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$")
WORD_DAY = re.compile(
    r"(?:[a-z]{3,9}\.?,? +)?(\d{1,2})(?:st|nd|rd|th|\.)?[ -]+([a-zä]{3,9})\.?,?[ -]+(\d{4})$", re.I
)
WORD_MONTH = re.compile(
    r"(?:[a-z]{3,9}\.?,? +)?([a-zä]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})$", re.I
)
CLOCK = re.compile(
    r"^(.*?)[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)? *([ap]\.?m\.?)? *(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$",
    re.I,
)
EXCEL_EPOCH = dt.date(1899, 12, 30)
_email = EmailValidator()
_url = URLValidator()


class Unfit(ValueError):
    """A cell that does not fit its field."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Style:
    """How a column writes: ``date_order`` dmy, mdy or empty (not known), ``decimal`` "." or ","; the tenant's zone."""

    date_order: str = ""
    decimal: str = "."
    zone: str = "UTC"


Reader = Callable[[Any, Style], Any]


def words_of(cell: Any) -> str:
    """A cell as text, without the apostrophe that made it harmless. Raises Unfit for what cannot be kept."""
    if isinstance(cell, bool):
        said = "true" if cell else "false"
    elif isinstance(cell, str):
        said = cell.strip()
        if said[:1] == "'" and HARMLESS.match(said):
            said = said[1:]
    elif isinstance(cell, list):
        said = ";".join(words_of(one) for one in cell)
    elif isinstance(cell, dict):
        raise Unfit("invalid", "An object stands where a single value is expected.")
    else:
        said = str(cell)
    if "\x00" in said:
        raise Unfit("nul", "The cell holds a NUL byte.")
    if not said.isascii() and any("\ud800" <= letter <= "\udfff" for letter in said):
        raise Unfit("surrogate", "The cell holds half of a character.")
    if said in FORMULA_ERRORS:
        raise Unfit("formula_error", f"The spreadsheet could not calculate this cell: {said}.")
    return said


def text(limit: int) -> Reader:
    """Text of at most so many characters."""

    def read(cell: Any, style: Style) -> str:
        said = words_of(cell)
        if len(said) > limit:
            raise Unfit("too_long", f"{len(said):,} characters; at most {limit:,} fit.")
        return said

    return read


def email(cell: Any, style: Style) -> str:
    said = words_of(cell)
    if said.lower().startswith("mailto:"):
        said = said[7:]
    try:
        _email(said)
    except ValidationError:
        raise Unfit("invalid_email", f"{said[:100]} is no e-mail address.") from None
    if len(said) > 254:
        raise Unfit("too_long", "At most 254 characters fit.")
    return said


def member(cell: Any, style: Style) -> str:
    """A member of the tenant, by e-mail or by name; who is meant is found later."""
    return text(254)(cell, style)


def emails(cell: Any, style: Style) -> list[str]:
    """Members of the tenant, by e-mail or name, with a comma or semicolon between them."""
    return [words_of(part) for part in _parts(cell) if words_of(part)]


def many(limit: int) -> Reader:
    """Texts with a comma or semicolon between them."""

    def read(cell: Any, style: Style) -> list[str]:
        return [text(limit)(part, style) for part in _parts(cell) if words_of(part)]

    return read


def people(*words: str) -> Reader:
    """A list of people as objects, in JSON: each with an external_id, e-mail or name, and texts under ``words``."""
    limits = {"external_id": 255, "email": 254, "name": 200, **dict.fromkeys(words, 10_000)}

    def read(cell: Any, style: Style) -> list[dict[str, str]]:
        try:
            given = cell if isinstance(cell, list) else msgspec.json.decode(words_of(cell))
            found = msgspec.convert(given, list[dict[str, str | None]])
        except msgspec.MsgspecError:
            raise Unfit("not_people", 'A list in JSON is expected, such as [{"email": "…"}].') from None
        for one in found:
            _refuse_person(one, limits)
        return [{name: said for name, said in one.items() if said} for one in found]

    return read


def _refuse_person(one: Mapping[str, str | None], limits: Mapping[str, int]) -> None:
    for name, said in one.items():
        if name not in limits:
            raise Unfit("unknown", f"{name[:100]} is said of a person; known are {', '.join(limits)}.")
        if said and "\x00" in said:
            raise Unfit("nul", "The cell holds a NUL byte.")
        if said and len(said) > limits[name]:
            raise Unfit("too_long", f"{name}: {len(said):,} characters; at most {limits[name]:,} fit.")


def _parts(cell: Any) -> list[Any]:
    """What a list holds that stands in one cell: as a list, as JSON, or with separators."""
    if isinstance(cell, list):
        return cell
    said = words_of(cell)
    if said.startswith("["):
        try:
            return msgspec.json.decode(said, type=list[str])
        except msgspec.MsgspecError:
            pass
    return re.split(r"[;,]", said)


def domain(cell: Any, style: Style) -> str:
    """The host of an address or an e-mail, without www."""
    said = text(2000)(cell, style).lower()
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", said).partition("/")[0].partition("?")[0]
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.").strip(".")
    if len(host) > 255 or not re.fullmatch(r"[^\s,;]+\.[^\s,;]+|localhost", host):
        raise Unfit("invalid_domain", f"{said[:100]} is no web address.")
    return host


def url(cell: Any, style: Style) -> str:
    said = text(1000)(cell, style)
    try:
        _url(said)
    except ValidationError:
        raise Unfit("invalid_url", f"{said[:100]} is no web address.") from None
    return said


def word(choices: Iterable[str], also: Mapping[str, str] | None = None) -> Reader:
    """One of these words, in any case and spelling of its spaces; ``also`` maps what other programs say to them."""
    known = {choice: choice for choice in choices}
    listed = ", ".join(known)
    known |= {plainly(said): meant for said, meant in (also or {}).items()}

    def read(cell: Any, style: Style) -> str:
        said = words_of(cell)
        for one in (said, said.partition(";")[0]):
            if plainly(one) in known:
                return known[plainly(one)]
        raise Unfit("invalid_choice", f"{said[:100]} is none of {listed}.")

    return read


def plainly(said: str) -> str:
    """A word in small letters, whatever stands between its parts; a number below zero keeps its sign."""
    plain = re.sub(r"[\W_]+", "_", said.strip().lower()).strip("_")
    return f"-{plain}" if BELOW_ZERO.match(said) else plain


def flag(cell: Any, style: Style) -> bool:
    said = words_of(cell).lower()
    if said in YES:
        return True
    if said in NO:
        return False
    raise Unfit("invalid", f"{said[:100]} is neither yes nor no.")


def number(low: int, high: int) -> Reader:
    """A whole number from low to high."""

    def read(cell: Any, style: Style) -> int:
        value = decimal(cell, style)
        if value != value.to_integral_value():
            raise Unfit("invalid", f"{words_of(cell)[:100]} is no whole number.")
        if not low <= value <= high:
            raise Unfit("out_of_range", f"{value:f} does not lie in {low:,} to {high:,}.")
        return int(value)

    return read


def money(cell: Any, style: Style) -> Decimal:
    """A sum of money with two digits after the point; signs of currencies and thousands are passed over."""
    value = decimal(cell, style).quantize(Decimal("0.01"))
    if value < 0:
        raise Unfit("min_value", "Not below 0.")
    if value >= Decimal(10) ** 12:
        raise Unfit("max_value", "At most 999,999,999,999.99.")
    return value


def decimal(cell: Any, style: Style) -> Decimal:
    said = words_of(cell)
    bare = re.sub(r"[\s\u00a0\u202f\u2019'_]|[A-Z]{3}\b|[€$£¥]", "", said)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    if isinstance(cell, str):
        other = "," if style.decimal == "." else "."
        bare = bare.replace(other, "").replace(style.decimal, ".")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        raise Unfit("not_a_number", f"{said[:100]} is no number.") from None
    if not value.is_finite() or abs(value) > Decimal(10) ** 15:
        raise Unfit("not_a_number", f"{said[:100]} is no number.")
    return value


def day(cell: Any, style: Style) -> dt.date:
    """A day in ISO, with the day or the month first, in words, as one number, or as Excel counts it."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 <= cell <= 80_000:
        return EXCEL_EPOCH + dt.timedelta(days=int(cell))
    said = words_of(cell)
    clock = CLOCK.match(said)
    return _day(clock.group(1) if clock else said, said, style)


def _day(bare: str, said: str, style: Style) -> dt.date:
    bare = bare.strip()
    try:
        if found := ISO_DAY.match(bare) or COMPACT_DAY.match(bare):
            return dt.date(*(int(part) for part in found.groups()))
        if found := NUMBER_DAY.match(bare):
            first, second, year = (int(part) for part in found.groups())
            return _numbers(first, second, year, said, style)
        if (found := WORD_DAY.match(bare)) and found.group(2).lower() in MONTHS:
            return dt.date(int(found.group(3)), MONTHS[found.group(2).lower()], int(found.group(1)))
        if (found := WORD_MONTH.match(bare)) and found.group(1).lower() in MONTHS:
            return dt.date(int(found.group(3)), MONTHS[found.group(1).lower()], int(found.group(2)))
    except ValueError as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit("no_such_day", f"{said[:100]} is a day that does not exist.") from None
    raise Unfit("not_a_date", f"{said[:100]} is no date.")


def _numbers(first: int, second: int, year: int, said: str, style: Style) -> dt.date:
    year += 0 if year > 99 else 2000 if year < 70 else 1900
    order = style.date_order or ("dmy" if first > 12 else "mdy" if second > 12 or first == second else "")
    if not order:
        detail = f"{said[:100]} may be a day and a month or a month and a day: say which comes first."
        raise Unfit("ambiguous_date", detail)
    month, this_day = (second, first) if order == "dmy" else (first, second)
    return dt.date(year, month, this_day)


def moment(cell: Any, style: Style) -> dt.datetime:
    """A moment; without a zone it is meant in the tenant's, without a time at its midnight."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _counted(cell, style)
    said = words_of(cell)
    clock = CLOCK.match(said)
    if clock is None:
        return dt.datetime.combine(_day(said, said, style), dt.time(), ZoneInfo(style.zone))
    bare, hour, minute, second, fraction, half, zone = clock.groups()
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        time = dt.time(hours, int(minute), int(second or 0), int((fraction or "")[:6].ljust(6, "0")))
    except ValueError:
        raise Unfit("no_such_time", f"{said[:100]} is a time that does not exist.") from None
    at: dt.tzinfo = ZoneInfo(style.zone)
    if zone and zone[0] in "+-":
        shift = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        at = dt.timezone(shift if zone[0] == "+" else -shift) if shift < dt.timedelta(hours=24) else dt.UTC
    elif zone:
        at = dt.UTC
    try:
        return dt.datetime.combine(_day(bare, said, style), time, at).astimezone(dt.UTC)
    except OverflowError:
        raise Unfit("not_a_date", f"{said[:100]} is no moment.") from None


def _counted(cell: float, style: Style) -> dt.datetime:
    """A moment as a number: seconds or milliseconds since 1970, or days as Excel counts them."""
    if 20_000 <= cell <= 80_000:
        days = dt.datetime.combine(EXCEL_EPOCH, dt.time()) + dt.timedelta(days=cell)
        return days.replace(tzinfo=ZoneInfo(style.zone))
    if 1e9 <= cell <= 4e9:
        return dt.datetime.fromtimestamp(cell, dt.UTC)
    if 1e12 <= cell <= 4e12:
        return dt.datetime.fromtimestamp(cell / 1000, dt.UTC)
    raise Unfit("not_a_date", f"{cell} is no moment.")


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def zone(cell: Any, style: Style) -> str:
    """A name of the tz database; HubSpot writes it with _slash_."""
    said = words_of(cell)
    name = _zones().get(said.lower().replace("_slash_", "/").replace(" ", "_"))
    if name is None:
        raise Unfit("invalid_choice", f"{said[:100]} is no time zone, such as Europe/Berlin.")
    return name


def currency(cell: Any, style: Style) -> str:
    said = words_of(cell)
    code = (re.search(r"\b[A-Z]{3}\b", said.upper()) or [""])[0]
    if not code:
        raise Unfit("invalid", f"{said[:100]} is no currency, such as EUR.")
    return str(code)


def anything(cell: Any, style: Style) -> Any:
    """A value kept as it is: text, number, truth value, list."""
    if isinstance(cell, str):
        return text(10_000)(cell, style)
    return cell


def date_order_of(cells: Iterable[Any]) -> str:
    """Whether days stand first (dmy) or months (mdy) in a column, as far as its cells tell; empty if they do not."""
    votes: Counter[str] = Counter()
    for cell in cells:
        if isinstance(cell, str) and (found := NUMBER_DAY.match(re.split(r"[T ,]", cell.strip())[0])):
            first, second = int(found.group(1)), int(found.group(2))
            votes["dmy" if first > 12 else "mdy" if second > 12 else ""] += 1
    votes.pop("", None)
    return votes.most_common(1)[0][0] if votes else ""


def decimal_of(cells: Iterable[Any]) -> str:
    """The sign before the fraction in a column's numbers: a comma if any cell can only be read so, else a point."""
    for cell in cells:
        if isinstance(cell, str) and re.search(
            r"\d,\d{1,2}\D*$|\d\.\d{3}(\.\d{3})+\D*$|\d\.\d{3},", cell.strip()
        ):
            return ","
    return "."
