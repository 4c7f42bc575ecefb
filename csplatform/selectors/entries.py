"""One line of a timeline, whatever it tells of, and how a touch, a rating, a moment, an ask, a situation, a red flag or a
line of the log becomes one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Activity, Touch, TouchAttendee
from health.models import RaisedFlag
from relationships.models import AdvocateAsk, FirstValue, Moment, Rating, Situation

ICONS = {"meeting": "people", "call": "call", "mail": "mail", "chat": "note", "event": "calendar"}


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when, which kind, in words, who did it, and whose page it leads to.

    ``said`` are (name, words) of people who were there; ``tags`` short words beside it; ``money`` what an account paid
    before and after, with the currency; ``editable``: its own page is named by kind and id.
    """

    at: dt.datetime
    id: UUID
    kind: str
    icon: str
    text: str
    actor: str = ""
    detail: str = ""
    persona: UUID | None = None
    said: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    money: tuple[Decimal | None, Decimal | None, str] | None = None
    editable: bool = False
    account: UUID | None = None
    account_name: str = ""


def touch_entry(touch: Touch, labels: Mapping[str, str]) -> Entry:
    """A touch, with what each person thought, felt and did. ``labels``: what touchpoints are called, by key."""
    there = list(touch.attendees.all())
    names = ", ".join(one.persona.name for one in there)
    kind = touch.get_kind_display()
    words = {"kind": kind, "names": names}
    tags = [labels.get(touch.touchpoint, touch.touchpoint), touch.get_mode_display() if touch.mode else ""]
    return Entry(
        at=touch.at,
        id=touch.pk,
        kind="touch",
        icon=ICONS[touch.kind],
        text=_("%(kind)s with %(names)s") % words if names else str(kind),
        actor=str(touch.owner.user) if touch.owner else "",
        detail=touch.summary,
        said=tuple((one.persona.name, words_of(one)) for one in there if words_of(one)),
        tags=tuple(str(tag) for tag in tags if tag),
        editable=True,
        account=touch.account_id,
        account_name=touch.account.name,
    )


def words_of(one: TouchAttendee) -> str:
    """What a person thought, felt and did there, as one line."""
    parts = (
        (_("thought: %s"), one.thought),
        (_("felt: %s"), one.feeling),
        (_("did: %s"), one.behaviour),
    )
    return " · ".join(words % said for words, said in parts if said)


def rating_entry(rating: Rating) -> Entry:
    """A rating, with its note."""
    return Entry(
        at=rating.rated_at,
        id=rating.pk,
        kind="rating",
        icon="rate",
        text=_rated(rating),
        actor=str(rating.rated_by.user) if rating.rated_by else "",
        detail=rating.note,
        persona=rating.persona_id,
    )


def _rated(rating: Any) -> str:
    words = {"name": rating.persona.name, "said": _said(rating), "seen": rating.get_observed_display() or ""}
    words["seen"] = str(words["seen"]).lower()
    if words["said"] and words["seen"]:
        return _("%(name)s was rated %(said)s, and seen %(seen)s") % words
    return (_("%(name)s was rated %(said)s") if words["said"] else _("%(name)s was seen %(seen)s")) % words


def _said(rating: Any) -> str:
    facets = (rating.sentiment_brand, rating.sentiment_product, rating.sentiment_service)
    words = {
        "negative": _("negative"),
        "neutral": _("neutral"),
        "positive": _("positive"),
    }
    mood = next((word for key, word in words.items() if key in facets), "")
    strength = str(rating.get_strength_display()).lower() if rating.strength else ""
    return ", ".join(word for word in (strength, mood) if word)


def moment_entry(row: Moment) -> Entry:
    """A moment of a person, with how good or bad it was."""
    return Entry(
        at=row.happened_at,
        id=row.pk,
        kind="moment",
        icon="negative" if row.valence < 0 else "positive" if row.valence > 0 else "neutral",
        text=_("A moment of %(name)s") % {"name": row.persona.name},
        detail=row.what,
        persona=row.persona_id,
        tags=(str(row.get_valence_display()), str(row.get_intensity_display())),
        editable=True,
    )


def ask_entry(row: AdvocateAsk, at: dt.datetime) -> Entry:
    """The day on which we asked somebody to speak for us, with what they answered and did."""
    answer = str(row.get_answer_display()) if row.answer else _("No answer yet")
    return Entry(
        at=at,
        id=row.pk,
        kind="ask",
        icon="person",
        text=_("%(name)s was asked: %(kind)s") % {"name": row.persona.name, "kind": row.get_kind_display()},
        actor=str(row.owner.user) if row.owner else "",
        detail=row.what,
        persona=row.persona_id,
        tags=(answer, _("Done")) if row.done_on else (answer,),
        editable=True,
    )


def first_value_entry(row: FirstValue, at: dt.datetime) -> Entry:
    """The day on which an account had its first value in hand, and what shows it."""
    return Entry(
        at=at,
        id=row.pk,
        kind="first_value",
        icon="check",
        text=_("First value reached"),
        detail=" · ".join(word for word in (row.what, row.evidence) if word),
        persona=row.persona_id,
        editable=True,
    )


def situation_entry(row: Situation, at: dt.datetime) -> Entry:
    """A situation as it began: its type, what was tried, and how it came out."""
    tried = row.remedy.label if row.remedy else ""
    return Entry(
        at=at,
        id=row.pk,
        kind="situation",
        icon="situation",
        text=_("Situation: %(type)s") % {"type": row.type.label},
        actor=str(row.owner.user) if row.owner else "",
        detail=" · ".join(word for word in (tried, row.what, row.learned) if word),
        persona=row.persona_id,
        tags=(str(row.get_result_display()) if row.result else _("Under way"),),
        editable=True,
    )


def raised_entry(flag: RaisedFlag) -> Entry:
    """A red flag as somebody raised it by hand, and why."""
    return Entry(
        at=flag.recorded_at,
        id=flag.pk,
        kind="flag",
        icon="flag",
        text=_("A red flag was raised"),
        actor=str(flag.author.user) if flag.author else "",
        detail=flag.reason,
    )


def lowered_entry(flag: Any) -> Entry:
    """The same flag as it came down: cleared ``by`` somebody with a word, or by itself at its end (``down_at``)."""
    return Entry(
        at=flag.down_at,
        id=flag.pk,
        kind="flag",
        icon="check",
        text=_("A red flag was cleared") if flag.cleared_at else _("A red flag came to its end"),
        actor=flag.by or "",
        detail=flag.cleared_word or "",
        said=((_("Raised for:"), flag.reason),),
    )


def happened(line: Activity, name: str) -> str:
    """A line of the log in words, about a person of this name."""
    words = {
        "account.created": _("The account was added"),
        "account.updated": _("The account was changed"),
        "account.restored": _("The account was restored"),
        "account.merged": _("Another entry of the account was merged into it"),
        "account.parted": _("An entry that had been merged was parted again"),
        "persona.created": _("%(name)s was added"),
        "persona.updated": _("%(name)s was changed"),
        "persona.merged": _("%(name)s was merged with another entry"),
        "persona.linked": _("%(name)s was linked with the same person at another account"),
        "persona.unlinked": _("%(name)s is not the same person as at another account"),
        "persona.moved": _("%(name)s moved to another account"),
        "persona.deleted": _("%(name)s was removed"),
        "persona.erased": _("A person was erased"),
        "override.set": _("The band was set by hand"),
        "override.cleared": _("The band set by hand was taken back"),
        "share.created": _("A link for the customer was made"),
        "share.revoked": _("A link for the customer was ended"),
    }
    text = words.get(line.verb, line.verb.replace(".", " "))
    if line.verb == "persona.updated" and (line.data.get("after") or {}).get("left_on"):
        text = _("%(name)s left")
    return text % {"name": name or _("A person")}


def changed_fields(data: dict[str, Any]) -> str:
    """The names of the fields that changed; their values stand in the activity log."""
    before, after = data.get("before"), data.get("after")
    if not before or not isinstance(after, dict):
        return ""
    return ", ".join(sorted(name.replace("_", " ") for name in after))
