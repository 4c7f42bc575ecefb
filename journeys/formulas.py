"""Which cause at an account asks for a step first, and our own default step for each cause. No Django.

A cause reads as ``flag:champion_left``, ``drop:relationship`` (the measure that pulled the score down in seven days),
``quadrant:captive``, or ``person:diverged``, which is about one person and accepted where that person is shown. Low
feeling asks for relationship and trust, low use for awareness and education.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DROP = 1.0  # points in seven days from which on a fall is a cause


@dataclass(frozen=True)
class Default:
    """A step that we prescribe until the tenant says otherwise, and what a support agent may do about its cause."""

    title: str
    due_days: int
    remedies: str


# The most pressing first: a flag before a fall before the quadrant.
FLAGS = {
    "critical_escalation": Default(
        "Call the customer about the escalation and agree on the next update", 1,
        "Hand the case to a senior engineer at once\nPromise an update every four hours, and keep it",
    ),
    "by_hand": Default(
        "Speak with whoever raised the flag, and agree on what we do about it", 2,
        "Ask the account's owner what it is about before you promise anything",
    ),
    "renewal_uncovered": Default(
        "Win a contact for the renewal: ask for a meeting with whoever signs", 3,
        "Ask who decides about the renewal\nTell the account's owner today",
    ),
    "buyer_left": Default(
        "Find out who signs now, and get introduced", 3, "Ask who took over the budget, and tell the account's owner",
    ),
    "champion_left": Default(
        "Find out who takes over as champion, and meet them", 3,
        "Offer the new person a short tour of what is set up\nTell the account's owner who it is",
    ),
    "buyer_negative": Default(
        "Call the economic buyer: listen first, then agree on one thing to put right", 3,
        "Do not argue about price\nOffer a call with the account's owner within a day",
    ),
    "many_requests": Default(
        "Go through their requests with product, and tell them what comes, what does not, and when", 7,
        "Say which of their requests are planned\nAsk what they do until then",
    ),
    "unrated": Default(
        "Speak with the people who matter there, and rate them", 7, "Ask how things are going, and write it down",
    ),
    "no_personas": Default("Find out who works with us there", 7, "Ask for the name and role of whoever calls"),
    "not_live": Default(
        "Agree on a date for the first use, and remove what stands in its way", 7,
        "Offer help with the set-up\nSend the first steps",
    ),
}  # fmt: skip
DROPS = {
    "relationship": Default(
        "Talk to the person whose relationship cooled, and ask why", 3, "Be personal: use their name and their last words",
    ),
    "sentiment": Default(
        "Ask what went wrong, say what we will do, and when", 3,
        "Say sorry where it was our fault\nOffer to call back today",
    ),
    "nps": Default("Call the person who answered, and ask why", 3, "Thank them for the answer, and ask for one example"),
    "csat": Default(
        "Call the person who was not satisfied, and put it right", 3, "Open the case again without being asked",
    ),
    "ces": Default("Show the person the short way, and note what was hard", 5, "Do it for them this once"),
    "goodwill": Default("Invite them to something that is theirs to shape", 14, "Tell them what became of their idea"),
    "frequency": Default(
        "Find out who stopped using it, and teach them what they miss", 7, "Offer a short lesson on what they came for",
    ),
    "effectiveness": Default(
        "Review the goals together, and agree on what would bring one back on track", 7, "Ask which goal is stuck",
    ),
    "breadth": Default(
        "Show one feature that they pay for and do not use", 10, "Point to the feature that fits their question",
    ),
    "trend": Default("Ask what changed on their side, and offer a refresher", 7, "Ask whether anything gets in the way"),
}  # fmt: skip
QUADRANTS = {
    "disengaged": Default(
        "Meet their sponsor: agree on one result worth having, and who does what", 5,
        "Solve it in one contact\nTell the account's owner that they were in touch",
    ),
    "captive": Default(
        "Rebuild trust: ask what bothers them most, and fix that first", 5,
        "Skip the queue for them\nOffer a call with the account's owner",
    ),
    "forgetful_fan": Default(
        "Teach: a session on the one thing that would save them most time", 10,
        "Offer a short lesson\nSend the guide that fits",
    ),
    "unplaced": Default("Learn enough to judge: speak with someone, and see what they use", 7, "Ask how things are going"),
    "engaged": Default("Ask for a reference, and what they would like next", 30, "Thank them, and ask what would help next"),
}  # fmt: skip
PEOPLE = {
    "diverged": Default(
        "Ask how things really are: what they show is not what we say of them", 3,
        "Listen for what they do not say\nTell the account's owner what you noticed",
    ),
}  # fmt: skip
DEFAULTS: dict[str, Default] = {
    **{f"flag:{code}": default for code, default in FLAGS.items()},
    **{f"drop:{key}": default for key, default in DROPS.items()},
    **{f"quadrant:{name}": default for name, default in QUADRANTS.items()},
    **{f"person:{what}": default for what, default in PEOPLE.items()},
}


@dataclass(frozen=True)
class Picked:
    """The cause that asks for a step; ``persona`` is the id of who is behind a fall, as text."""

    cause: str
    persona: str | None = None


def pick(
    *,
    flags: Iterable[Mapping[str, Any]],
    causes: Iterable[Mapping[str, Any]],
    quadrant: str,
    known: Collection[str],
) -> list[Picked]:
    """Every cause at an account that has a prescription in ``known``, the most pressing first; ``flags`` and ``causes``
    as a score stores them."""
    up = {flag["code"] for flag in flags}
    found = [Picked(f"flag:{code}") for code in FLAGS if code in up]
    falls = sorted(_falls(causes), key=lambda fall: fall[:2])
    found += [Picked(f"drop:{measure}", persona) for points, measure, persona in falls if points <= -DROP]
    found.append(Picked(f"quadrant:{quadrant}"))
    return [picked for picked in found if picked.cause in known]


def _falls(causes: Iterable[Mapping[str, Any]]) -> Iterable[tuple[float, str, str | None]]:
    """Per measure: its points in seven days, and the person who took most of them."""
    for cause in causes:
        people = [row for row in cause["personas"] if row["persona"] and row["contribution"] < 0]
        worst = min(people, key=lambda row: row["contribution"], default=None)
        points = cause["value_part"] + cause["evidence_part"]
        yield points, cause["measure"], str(worst["persona"]) if worst else None
