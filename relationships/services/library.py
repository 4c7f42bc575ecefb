"""The tenant's library of difficult situations: types, what may be behind each, and what may help.

A tenant starts with a list of our own; the first write or page that needs the library makes it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts import services as accounts
from accounts.models import Actor
from relationships.models import Remedy, SituationReason, SituationType

Entry = SituationType | SituationReason | Remedy
OF_TYPE = {"label": "a label", "type": "the type that it is of"}
# By the kind of entry. Their own entries hang together, so that the library is made as a whole.
LISTS: Mapping[str, accounts.TermList[Any]] = {
    "type": accounts.TermList(SituationType, "situation_type", {}),
    "reason": accounts.TermList(SituationReason, "situation_reason", {}, needs=OF_TYPE),
    "remedy": accounts.TermList(
        Remedy, "remedy", {}, fields=("label", "position", "active", "due_days"), needs=OF_TYPE
    ),
}
MOST_DAYS = 365

# Type: its label, its reasons by key, and its remedies by key with the days until each is due.
DEFAULT_LIBRARY: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, tuple[str, int]]]] = {
    "champion_left": (
        "Champion left",
        {
            "new_job": "Took a job elsewhere",
            "reorganised": "Their organisation was changed",
            "let_go": "Was let go",
        },
        {
            "ask_introduction": ("Ask the champion, before they go, to introduce whoever takes over", 3),
            "meet_successor": ("Meet the successor, and show what they would lose without us", 7),
            "second_thread": ("Win a second person there who would speak for us", 21),
        },
    ),
    "missed_promise": (
        "We missed a promise",
        {
            "promised_too_much": "We promised more than we could do",
            "nobody_owned_it": "Nobody of ours owned it",
            "they_heard_more": "They understood more than was said",
        },
        {
            "say_it_first": ("Call, say what we missed before they do, and name the new day", 1),
            "small_delivery": ("Deliver one part of it this week", 5),
            "make_up_for_it": ("Offer something that makes up for it", 7),
        },
    ),
    "price_shock": (
        "Price shock",
        {
            "value_unseen": "The value was never shown in figures",
            "budget_cut": "Their budget was cut",
            "cheaper_offer": "Somebody offers it cheaper",
        },
        {
            "value_review": ("Go through the value in their own figures with whoever pays", 7),
            "smaller_package": ("Offer a package that fits what they use", 7),
            "longer_term": ("Offer a longer term at the price of today", 7),
        },
    ),
    "silent_sponsor": (
        "Silent sponsor",
        {
            "other_priorities": "Has other priorities",
            "never_met": "We never met in person",
            "disappointed": "Is disappointed, and does not say so",
        },
        {
            "executive_call": ("Let one of our executives call theirs", 5),
            "one_page": ("Send one page with what they gain, and ask one question", 3),
            "visit": ("Visit them", 21),
        },
    ),
    "disengaged_contact": (
        "Disengaged contact",
        {
            "no_gain": "Gains nothing from it themselves",
            "too_much_work": "It costs them too much effort",
            "leaving": "Is about to leave",
        },
        {
            "ask_openly": ("Ask openly what changed, and listen", 3),
            "own_gain": ("Find out what they would gain themselves, and begin there", 7),
            "take_work_off": ("Take one piece of work off their hands", 7),
        },
    ),
    "unrealistic_expectations": (
        "Unrealistic expectations",
        {
            "sold_so": "It was sold to them so",
            "other_product": "They know it so from another product",
            "scope_grew": "The scope grew unnoticed",
        },
        {
            "write_down_scope": ("Write down together what will be delivered, and what will not", 5),
            "show_the_way": ("Show the steps from here to there, with days", 7),
            "say_no": ("Say no to one thing, and offer another way", 3),
        },
    ),
}


def ensure_library() -> None:
    """Make the library from the defaults where the tenant has none yet."""
    if SituationType.objects.exists():
        return
    SituationType.objects.bulk_create(
        [
            SituationType(key=key, label=label, position=position)
            for position, (key, (label, _reasons, _remedies)) in enumerate(DEFAULT_LIBRARY.items(), start=1)
        ],
        ignore_conflicts=True,
    )
    made = dict(SituationType.objects.values_list("key", "pk"))
    reasons, remedies = [], []
    for key, (_label, why, helps) in DEFAULT_LIBRARY.items():
        for position, (name, label) in enumerate(why.items(), start=1):
            reasons.append(SituationReason(type_id=made[key], key=name, label=label, position=position))
        for position, (name, (label, days)) in enumerate(helps.items(), start=1):
            remedies.append(
                Remedy(type_id=made[key], key=name, label=label, due_days=days, position=position)
            )
    SituationReason.objects.bulk_create(reasons, ignore_conflicts=True)
    Remedy.objects.bulk_create(remedies, ignore_conflicts=True)


@transaction.atomic
def save_entry(
    *, kind: str, key: str, values: Mapping[str, Any], actor: Actor | None, at: datetime
) -> tuple[Entry, bool]:
    """Add an entry of the library (``kind``: type, reason or remedy) or change the one with this key; returns it and
    whether it is new. ``values``: label, position, active; of a reason and a remedy type (a key), of a remedy due_days
    (0..365). What is left out or None stays.

    Admins only. What situations name is switched off, never removed. Raises TermRefused, NotYours.
    """
    accounts.require_admin(actor=actor)
    ensure_library()
    terms = LISTS[kind]
    given = {name: value for name, value in values.items() if value is not None}
    accounts.check_term(terms, given)
    if "due_days" in given and not 0 <= given["due_days"] <= MOST_DAYS:
        raise accounts.TermRefused("due_days", f"From 0 to {MOST_DAYS} days.")
    found: Any = terms.model.objects.select_for_update().filter(key=key).first()
    if found and "type" in given and given["type"] != found.type.key:
        raise accounts.TermRefused("type", "A reason or remedy stays with its type: add another.", "fixed")
    row = found or accounts.new_term(terms, key, given, **_parent(terms, given))
    new = found is None
    return row, accounts.write_term(terms, row, given, new=new, actor=actor, at=at) and new


def _parent(terms: accounts.TermList[Any], given: Mapping[str, Any]) -> dict[str, SituationType]:
    """The type that a new reason or remedy is of."""
    if "type" not in terms.needs or "type" not in given:
        return {}
    type = SituationType.objects.filter(key=given["type"]).first()
    if type is None:
        raise accounts.TermRefused("type", "There is no such type of situation.", "missing")
    return {"type": type}


def free_key(*, kind: str, label: str) -> str:
    """A key for a new entry, made from its label; empty if the label has no Latin letter or digit."""
    stem = slugify(label).replace("-", "_")[:46].strip("_")
    taken = set(LISTS[kind].model.objects.filter(key__startswith=stem).values_list("key", flat=True))
    number = 1
    while stem and (stem if number == 1 else f"{stem}_{number}") in taken:
        number += 1
    return stem if number == 1 else f"{stem}_{number}"
