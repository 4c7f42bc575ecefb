"""Difficult situations of the demo: what was met at the stories' accounts, and enough at the rest of the book that the
library says something of its remedies."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts import services as accounts
from relationships import services as relationships

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Met:
    """A situation: when it began, its type, reason and remedy, how it came out after so many days (none: it is open),
    whom it was about, what happened and what was learned."""

    ago: int
    type: str
    reason: str
    remedy: str
    result: str | None = None
    lasted: int = 14
    who: str = ""
    what: str = ""
    learned: str = ""


STORIES: dict[str, list[Met]] = {
    "crm-1001": [
        Met(
            110, "missed_promise", "nobody_owned_it", "say_it_first", "solved", 9, "Farid Nassar",
            "Two imports failed, and he heard it from the plant manager.",
            "One named person and a day beat three apologies.",
        ),
        Met(
            25, "silent_sponsor", "other_priorities", "one_page", None, 0, "Eli Farraday",
            "He has not answered since the budget talks.",
        ),
    ],
    "crm-1003": [
        Met(
            90, "unrealistic_expectations", "sold_so", "show_the_way", "not", 20, "Mina Kovac",
            "She expects the feed that sales had named.", "She wanted one list, not a plan.",
        ),
        Met(
            65, "unrealistic_expectations", "sold_so", "write_down_scope", "partly", 25, "Mina Kovac",
            "The same again, with the scope on one page.", "It holds for what is written, and she asks for more.",
        ),
        Met(
            40, "missed_promise", "promised_too_much", "make_up_for_it", "not", 12, "Jonas Ibsen",
            "He asked for one contact and got a ticket number.", "A voucher was no answer to it.",
        ),
    ],
    "crm-1009": [
        Met(
            70, "missed_promise", "nobody_owned_it", "small_delivery", "solved", 50, "Leila Abbas",
            "Six hours down on the busiest day.", "The status page, on the day that we had named.",
        ),
    ],
    "crm-1010": [
        Met(
            27, "disengaged_contact", "too_much_work", "take_work_off", None, 0, "Rafa Vasquez",
            "The import failed twice, and he stopped trying.",
        ),
    ],
    "crm-1012": [
        Met(
            85, "price_shock", "value_unseen", "longer_term", "not", 30, "Zadie Thorne",
            "She compared the second year with a cheaper offer.",
        ),
    ],
}  # fmt: skip
# The rest of the book: type, reason, remedy, and how each of several came out (s solved, p partly, n not, o under way).
CROWD: tuple[tuple[str, str, str, str], ...] = (
    ("champion_left", "new_job", "ask_introduction", "ssspssnsspso"),
    ("champion_left", "reorganised", "meet_successor", "spnsnp"),
    ("champion_left", "let_go", "second_thread", "nspn"),
    ("missed_promise", "promised_too_much", "say_it_first", "sspsspss"),
    ("missed_promise", "they_heard_more", "make_up_for_it", "npnn"),
    ("price_shock", "value_unseen", "value_review", "ssppssnsspns"),
    ("price_shock", "budget_cut", "smaller_package", "spo"),
    ("price_shock", "cheaper_offer", "longer_term", "npn"),
    ("silent_sponsor", "never_met", "executive_call", "spsno"),
    ("silent_sponsor", "other_priorities", "one_page", "npn"),
    ("disengaged_contact", "no_gain", "own_gain", "spsp"),
    ("disengaged_contact", "leaving", "ask_openly", "nn"),
    ("unrealistic_expectations", "scope_grew", "write_down_scope", "sspo"),
)
RESULTS = {"s": "solved", "p": "partly", "n": "not", "o": None}


def save_met(ids: Mapping[str, UUID], people: Mapping[tuple[str, str], UUID], at: dt.datetime) -> None:
    """Write the situations, each at the moment at which it was last touched."""
    met = [(key, one) for key, several in STORIES.items() if key in ids for one in several]
    others = sorted(key for key in ids if key.startswith("crm-2"))
    if others:
        met += _spread(others)
    for key, one in met:
        ended = at - max(one.ago - one.lasted, 0) * DAY
        values = {
            "account": ids[key],
            "persona": people.get((key, one.who)),
            "type": one.type,
            "reason": one.reason,
            "remedy": one.remedy,
            "what": one.what,
            "began_on": (at - one.ago * DAY).date(),
            "result": one.result,
            "learned": one.learned,
        } | ({"ended_on": ended.date()} if one.result else {})
        (saved,) = relationships.save_situations(
            items=[accounts.Item(values=values)],
            mode=accounts.Mode.CREATE,
            actor=None,
            at=ended + DAY if one.result else at,
        )
        accounts.only([saved])


def _spread(keys: list[str]) -> list[tuple[str, Met]]:
    """The situations of the crowd over its accounts, the same at every start."""
    found: list[tuple[str, Met]] = []
    for type, reason, remedy, ends in CROWD:
        for end in ends:
            number = len(found)
            ago = 12 + number % 20 if end == "o" else 40 + number * 7 % 300
            met = Met(ago, type, reason, remedy, RESULTS[end], 7 + number % 20)
            found.append((keys[number * 5 % len(keys)], met))
    return found
