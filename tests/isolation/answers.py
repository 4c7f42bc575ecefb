"""One request of the walk, its answer, and when two answers say the same or tell of somebody else's rows.

Twenty thousand answers are looked at in one walk, and hardly one of them tells anything: what is cheap is looked at first.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from tests.isolation.forms import UUID

# What differs between two answers that say the same: ids, moments, tokens, and which request it was.
NOISE = [
    (UUID, "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?"), "<moment>"),
    (re.compile(r'(nonce|value|content)="[^"]{20,}"|"X-CSRFToken": "[^"]+"'), "<token>"),
    (re.compile(r"\bwhsec_[\w+/=]{20,}"), "<secret>"),
    (re.compile(r'"position": ?\d+'), "<position>"),
    (re.compile(r'"request_id": ?"[^"]*"'), "<request>"),
    (re.compile(r"(missing|new|text)[- ][\w-]+|nobody@missing\.test|no-such-tenant"), "<name>"),
]
# A UUID without its first eight digits: what begins with a fixed character is found many times faster.
TAIL = re.compile(r"-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Ask:
    """One request. ``who`` is "anonymous", "session:<role>" or "key:<scope>"."""

    who: str
    method: str
    path: str
    query: str = ""
    json: Any = None
    form: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    location: str = ""


def alike(answer: Answer, one: Ask, same: Answer, other: Ask) -> bool:
    """Whether two answers say the same: to the letter, or line by line, or as a whole, without what may differ."""
    if answer.status != same.status:
        return False
    whole = [f"{found.text} {found.location}" for found in (answer, same)]
    if whole[0] == whole[1]:
        return True
    sent = names_sent(one), names_sent(other)
    lines = [text.split("\n") for text in whole]
    if len(lines[0]) == len(lines[1]) and all(
        mine == theirs or plain(mine, sent[0]) == plain(theirs, sent[1])
        for mine, theirs in zip(*lines, strict=True)
    ):
        return True
    return plain(whole[0], sent[0]) == plain(whole[1], sent[1])


def difference(answer: Answer, one: Ask, same: Answer, other: Ask) -> str:
    """Two statuses, or where two texts part."""
    if answer.status != same.status:
        return f"{answer.status} and {same.status}"
    texts = [
        plain(f"{found.text} {found.location}", names_sent(asked))
        for found, asked in ((answer, one), (same, other))
    ]
    place = next((at for at, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), 0)
    return " | ".join(text[max(0, place - 30) : place + 50] for text in texts)


def plain(text: str, sent: list[str]) -> str:
    """A text without what may differ, and without what was sent."""
    for pattern, word in NOISE:
        text = pattern.sub(word, text)
    for name in sent:
        text = text.replace(name, "<name>")
    return text


def names_sent(asked: Ask) -> list[str]:
    """The words sent that name a row or a tenant, the longest first."""
    words = set(re.split(r"[/?&=]", f"{asked.path}?{asked.query}"))
    for body in (asked.json, asked.form):
        words |= set(re.findall(r"'([^']{6,})'", str(body or "")))
    return sorted((one for one in words if len(one) > 5 and re.search(r"[\d@]|no-such", one)), key=len)[::-1]


def told(answer: Answer, asked: Ask, canary: str, ids: Set[str]) -> list[str]:
    """What an answer tells of the tenant with this canary and these ids, beside what was sent: that may be echoed."""
    text = f"{answer.text} {answer.location}"
    if not _told(text, canary, ids):
        return []
    for word in names_sent(asked):
        text = text.replace(word, "")
    return _told(text, canary, ids)


def _told(text: str, canary: str, ids: Set[str]) -> list[str]:
    text = text.lower()
    found = ["the canary"] if canary.lower() in text else []
    if any(text[max(0, one.start() - 8) : one.end()] in ids for one in TAIL.finditer(text)):
        found.append("an id")
    return found
