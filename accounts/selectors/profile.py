"""What we know about a person, by kind: what each kind is for, how long it stays true, what is in date and what is not.

A fact that has expired is hidden from whoever prepares a call, and listed to be asked again or taken away. Preferences
(channel, cadence, tone) are facts that steps and touches obey.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import ProfileFact, Touch


@dataclass(frozen=True)
class FactKind:
    """A kind of fact: its key, what it is called, what to find out, after how many days it is asked again (None: it
    stays), and whether the law asks for a basis to keep it (``personal``)."""

    key: str
    label: Any
    ask: Any
    days: int | None = None
    personal: bool = False


KINDS = (
    FactKind("wiifm", _("What's in it for them"), _("One sentence: what they gain if this succeeds."), 365),
    FactKind(
        "circumstances",
        _("Circumstances"),
        _("What goes on around them now, at work or beyond it."),
        90,
        True,
    ),
    FactKind("motivations", _("Motivations"), _("What they want to be known for."), 365),
    FactKind(
        "perspective", _("Perspective"), _("From where they look at it, and what they compare us with."), 365
    ),
    FactKind("frustrations", _("Frustrations"), _("What wears them out, with us or at all."), 180),
    FactKind("triggers", _("Triggers"), _("What sets them off, and what calms them."), 365),
    FactKind(
        "engagement",
        _("Required engagement"),
        _("What it takes to keep them with us: what, how often at least, and from whom."),
        365,
    ),
    FactKind("character", _("Character"), _("How they decide, argue and listen."), None, True),
    FactKind("interests", _("Interests"), _("What they like to talk about."), None, True),
    FactKind(
        "birthday",
        _("Birthday"),
        _("Day and month are enough: 05-12 or 12 May. With the year: 1980-05-12."),
        None,
        True,
    ),
    FactKind("channel", _("Channel"), _("How they want to be reached."), 365),
    FactKind("cadence", _("Cadence"), _("At most how often they want to hear from us, in days."), 365),
    FactKind("tone", _("Tone"), _("How to speak and write to them."), 365),
    FactKind("no_contact", _("No contact"), _("If they want no contact from us: since when, and why."), 365),
)
BY_KEY = {kind.key: kind for kind in KINDS}
NO_CONTACT = "no_contact"
# A birthday in numbers, with the year, without or with none (--05-12), and in words, either way round.
IN_NUMBERS = re.compile(r"(?:([0-9]{4})-|--)?([0-9]{2})-([0-9]{2})")
IN_WORDS = re.compile(r"([0-9]{1,2})\.? ([a-z]{3,9})|([a-z]{3,9}) ([0-9]{1,2})", re.IGNORECASE)
MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
}
PREFERENCES = ("channel", "cadence", "tone")
BASES = (
    ("told_us", _("They told us")),
    ("consent", _("They agreed that we keep it")),
    ("work", _("Needed to work together")),
    ("public", _("Public")),
    ("assumed", _("Our assumption")),
)
# What may be assumed of many people at once; the rest is one person's own.
TEMPLATE_KINDS = tuple(
    kind.key for kind in KINDS if kind.key not in ("circumstances", "birthday", NO_CONTACT)
)


@dataclass(frozen=True)
class Known:
    """A fact with its kind (None for a key of your own)."""

    fact: ProfileFact
    kind: FactKind | None

    @property
    def label(self) -> str:
        return str(self.kind.label) if self.kind else self.fact.key.replace("_", " ").capitalize()

    @property
    def shown(self) -> str:
        """The value in words."""
        if self.fact.key == "channel":
            return str(dict(Touch.Kind.choices).get(self.fact.value, self.fact.value))
        if self.fact.key == "cadence" and self.fact.value.isdigit():
            return ngettext("at most once a day", "at most every %(days)d days", int(self.fact.value)) % {
                "days": int(self.fact.value)
            }
        return self.fact.value

    @property
    def basis(self) -> str:
        return str(dict(BASES).get(self.fact.basis, self.fact.basis))


@dataclass(frozen=True)
class Profile:
    """What is known of a person and in date, what has expired, and the kinds of which nothing is known."""

    known: list[Known] = field(default_factory=list)
    expired: list[Known] = field(default_factory=list)
    missing: list[FactKind] = field(default_factory=list)

    def said(self, key: str) -> str:
        """What is known and in date under a key, or an empty string."""
        return next((one.fact.value for one in self.known if one.fact.key == key), "")

    def of(self, key: str) -> Known | None:
        return next((one for one in self.known if one.fact.key == key), None)


def profile(facts: Iterable[ProfileFact], *, today: dt.date) -> Profile:
    """The profile made of a person's facts, in the order of the catalogue, keys of one's own last."""
    rank = {kind.key: place for place, kind in enumerate(KINDS)}
    ordered = sorted(facts, key=lambda fact: (rank.get(fact.key, len(rank)), fact.key))
    rows = [Known(fact, BY_KEY.get(fact.key)) for fact in ordered]
    keys = {fact.key for fact in ordered}
    return Profile(
        known=[one for one in rows if in_date(one.fact, today)],
        expired=[one for one in rows if not in_date(one.fact, today)],
        missing=[kind for kind in KINDS if kind.key not in keys],
    )


def in_date(fact: ProfileFact, today: dt.date) -> bool:
    return fact.expires_on is None or fact.expires_on > today


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be reached: the kind of touch (or an empty string), at most every so many days (or None), and
    what was said where they want no contact at all (or an empty string)."""

    channel: str = ""
    cadence: int | None = None
    no_contact: str = ""


def misfit(key: str, value: str, *, today: dt.date | None = None) -> str:
    """Why a preference could bind nobody, or a birthday is none, in words; empty where it is well, or for another kind of
    fact."""
    words = value.strip()
    if key == "channel" and words.lower() not in Touch.Kind.values:
        return f"One of {', '.join(Touch.Kind.values)}."
    if key == "cadence" and _days(words) is None:
        return "A number of days, 1 to 999."
    if key == "birthday":
        day = _birthday(words)
        if day is None:
            return "A day and a month that exist, such as 05-12 or 12 May, or with the year 1980-05-12."
        if today is not None and day > today:
            return "Lies in the future."
    return ""


def _birthday(words: str) -> dt.date | None:
    """A birthday as a day, in a leap year long ago where the year is not known; None for what is none."""
    year, month, day = "1904", 0, ""
    if found := IN_NUMBERS.fullmatch(words):
        year, month, day = found[1] or year, int(found[2]), found[3]
    elif found := IN_WORDS.fullmatch(words):
        month, day = MONTHS.get((found[2] or found[3]).lower(), 0), found[1] or found[4]
    try:
        return dt.date(int(year), month, int(day)) if month and int(year) >= 1900 else None
    except ValueError:
        return None


def _days(words: str) -> int | None:
    return int(words) if words.isascii() and words.isdigit() and 0 < int(words) < 1000 else None


def wishes(facts: Iterable[ProfileFact], *, today: dt.date) -> Wishes:
    """What of a person's preferences a form can hold against a plan; words that are no kind of touch bind nobody."""
    said = {fact.key: fact.value.strip() for fact in facts if in_date(fact, today)}
    channel = said.get("channel", "").lower()
    return Wishes(
        channel=channel if channel in Touch.Kind.values else "",
        cadence=_days(said.get("cadence", "")),
        no_contact=said.get(NO_CONTACT, ""),
    )
