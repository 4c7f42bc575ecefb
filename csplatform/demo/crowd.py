"""The rest of Northwind's book: plausible accounts in five moods, deterministic for a given seed."""

import random
from dataclasses import dataclass

from csplatform.demo.known import acquaint_crowd
from csplatform.demo.names import COMPANIES, FIRST, LAST, TITLES
from csplatform.demo.shapes import (
    FEATURES,
    Answered,
    Company,
    Curve,
    Decided,
    Happened,
    Met,
    Next,
    Observed,
    Person,
    Rated,
    Said,
)

STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")
DRIVERS = {
    "negative": ("support", "quality", "price", "missing_feature", "support"),
    "neutral": ("usability", "price", "onboarding", "communication"),
    "positive": ("value", "communication", "usability", "support", "value"),
}
WHYS = {
    "low": (
        "It takes too many clicks to plan a week.",
        "Reports are slow on Mondays.",
        "We were promised more.",
    ),
    "middle": ("It does the job.", "Good, with rough edges.", "The team is split on it."),
    "high": (
        "It saves us a day a week.",
        "I would not go back to spreadsheets.",
        "Quick, friendly help every time.",
    ),
}


SPOKEN = {
    "negative": (
        ("It takes too long", "Frustrated", "Raised their voice"),
        ("Others do this better", "Doubtful", "Compared us with another tool"),
        ("Nobody helps us", "Left alone", "Answered in one word"),
    ),
    "neutral": (
        ("It does the job", "Calm", ""),
        ("We will see", "Reserved", "Asked for the figures"),
        ("The team has other worries", "Busy", "Put it off by a month"),
    ),
    "positive": (
        ("It saves us a day a week", "Pleased", "Showed it to a colleague"),
        ("I want more of this", "Keen", "Asked for the roadmap"),
        ("You keep your word", "Trusting", "Offered to be a reference"),
    ),
}
TALKS = (
    ("review", "Quarterly review", "meeting"),
    ("adoption", "What keeps the team from using it", "call"),
    ("support", "A case that took too long", "call"),
    ("training", "Session for new users", "meeting"),
    ("renewal", "First word on the renewal", "mail"),
    ("expansion", "Another team shows interest", "call"),
    ("billing", "A question about the invoice", "mail"),
)


@dataclass(frozen=True)
class Mood:
    """Where usage and feeling of an account went over the year: (days ago, level) points; feeling runs -1..1."""

    reach: tuple[tuple[float, float], ...]
    feeling: tuple[tuple[float, float], ...]
    answers: float


MOODS = {
    "thriving": Mood(((365, 0.5), (0, 0.75)), ((365, 0.4), (0, 0.8)), 0.8),
    "steady": Mood(((365, 0.48), (0, 0.5)), ((365, 0.25), (0, 0.35)), 0.5),
    "drifting": Mood(((365, 0.55), (120, 0.5), (0, 0.2)), ((365, 0.45), (90, 0.2), (0, -0.15)), 0.4),
    "troubled": Mood(((365, 0.4), (0, 0.15)), ((365, 0.1), (0, -0.7)), 0.3),
    "unseen": Mood(((365, 0.4), (0, 0.42)), ((365, 0.1), (0, 0.1)), 0.1),
    "declined": Mood(((365, 0.45), (0, 0.08)), ((365, 0.1), (0, -0.6)), 0.3),
}
SIZES = (("SMB", 9, 6, 40), ("Mid-market", 14, 30, 90), ("Enterprise", 26, 90, 220))
ROLES = (
    "champion", "economic_buyer", "technical_owner", "power_user", "end_user", "decision_maker", "end_user",
    "procurement", "executive_sponsor", "other",
)  # fmt: skip


def crowd(
    *, seed: int, live: int, churned: int, people: int, taken: frozenset[str] = frozenset()
) -> list[Company]:
    """``live`` and ``churned`` companies with ``people`` persons between them; ``taken`` names are left alone."""
    rng = random.Random(seed)  # noqa: S311 (plausible data, not secrets)
    total = live + churned
    heads = [3] * total
    for _ in range(people - 3 * total):
        heads[rng.randrange(total)] += 1
    names = rng.sample([name for name in COMPANIES if name not in taken], total)
    moods = rng.choices(
        ("thriving", "steady", "drifting", "troubled", "unseen"), (32, 30, 18, 10, 10), k=live
    )
    moods += ["declined"] * churned
    people_names = sorted({f"{first} {last}" for first in FIRST for last in LAST})
    rng.shuffle(people_names)
    return [
        company(rng, number, names[number], moods[number], heads[number], people_names, number >= live)
        for number in range(total)
    ]


def company(
    rng: random.Random, number: int, name: str, mood: str, heads: int, names: list[str], churned: bool
) -> Company:
    """One account of a mood, with its people and a year of events."""
    segment, seats, low, high = rng.choices(SIZES, (40, 38, 22))[0]
    started = rng.randint(150, 1200)
    shape = MOODS[mood]
    gone = rng.randint(15, 300) if churned else None
    arr = rng.randrange(low, high) * 1000
    american = rng.random() < 0.3
    made = Company(
        name=name,
        external_id=f"crm-{2001 + number}",
        owner=rng.choice(("Alice", "Alice", "Ben", "Chloe")),
        arr=arr,
        people=[],
        currency="USD" if american else "EUR",
        region="North America" if american else rng.choice(("Europe", "Europe", "Asia Pacific")),
        segment=segment,
        tier="Strategic" if segment == "Enterprise" else rng.choice(("Standard", "Standard", "Tech touch")),
        seats=max(4, round(rng.gauss(seats, 3))),
        entitlements=FEATURES[: rng.randint(5, 10)],
        started_ago=max(started, (gone or 0) + 120),
        renewal_in=None if churned else rng.randint(8, 350),
        churned_ago=gone,
        reach=Curve(
            tuple((ago + (gone or 0), value * rng.uniform(0.85, 1.15)) for ago, value in shape.reach)
        ),
        breadth=Curve(
            ((365, rng.uniform(0.3, 0.6)), (0, min(1.0, shape.reach[-1][1] + rng.uniform(0, 0.3))))
        ),
    )
    made.people = [person(rng, made, shape, role, names.pop()) for role in roles_for(heads)]
    link(made.people)
    happenings(rng, made, shape, arr)
    talks(random.Random(f"talks of {made.external_id}"), made, shape)  # noqa: S311 (plausible data)
    acquaint_crowd(random.Random(f"people of {made.external_id}"), made)  # noqa: S311 (plausible data)
    return made


def roles_for(heads: int) -> list[str]:
    """The roles of an account of so many people: the required ones first."""
    return [ROLES[index % len(ROLES)] for index in range(heads)]


def person(rng: random.Random, made: Company, shape: Mood, role: str, name: str) -> Person:
    joined = made.started_ago * rng.uniform(0.2, 1.0)
    left = rng.uniform(5, 200) if rng.random() < 0.06 and made.churned_ago is None else None
    one = Person(
        name=name,
        role=role,
        title=rng.choice(TITLES[role]),
        joined_ago=max(joined, (left or 0) + 30),
        left_ago=left,
    )
    if role in ("end_user", "other"):
        one.tracked = rng.random() < 0.25
    if one.tracked is not False and shape is not MOODS["unseen"] and rng.random() < 0.9:
        one.ratings = ratings(rng, one, shape, made.churned_ago or 0)
    if one.tracked is not False and rng.random() < 0.55:
        one.answers = answers(rng, one, shape, made.churned_ago or 0)
    return one


def ratings(rng: random.Random, one: Person, shape: Mood, until: float) -> list[Rated]:
    """A rating every month or two, until the person or the account left."""
    bias = rng.gauss(0, 0.25)
    lapse = rng.uniform(95, 200) if rng.random() < 0.15 else 0.0
    end = max(until, one.left_ago or 0.0, lapse)
    ago = min(360.0, (one.joined_ago or 360.0) - 3) - rng.uniform(0, 40)
    found: list[Rated] = []
    former = None
    while ago > end + 1:
        feeling = Curve(shape.feeling).at(ago - until) + bias + rng.gauss(0, 0.15)
        sentiment = SENTIMENTS[0 if feeling < -0.25 else 1 if feeling < 0.3 else 2]
        strength = STRENGTHS[min(3, max(0, round(1.7 + 1.6 * feeling + rng.gauss(0, 0.3))))]
        driver = rng.choice(DRIVERS[sentiment]) if sentiment != former or sentiment == "negative" else ""
        found.append(Rated(round(ago, 3), strength, sentiment, driver))
        former = sentiment
        ago -= rng.uniform(25, 60)
    return found


def answers(rng: random.Random, one: Person, shape: Mood, until: float) -> list[Answered]:
    """One or two answered surveys, never two within 90 days."""
    found = []
    ago = rng.uniform(10, 100)
    for _ in range(rng.randint(1, 2)):
        if until + ago > (one.joined_ago or 0) - 10 or until + ago > 355:
            break
        feeling = Curve(shape.feeling).at(ago)
        high = min(1.0, max(0.0, 0.5 + 0.4 * feeling + rng.gauss(0, 0.15)))
        why = rng.choice(WHYS["low" if high < 0.4 else "middle" if high < 0.7 else "high"])
        kind = rng.choice(("nps", "csat", "ces"))
        low_end, top = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}[kind]
        found.append(Answered(round(until + ago, 3), kind, round(low_end + high * (top - low_end)), why))
        ago += rng.uniform(95, 160)
    return found


def link(people: list[Person]) -> None:
    """Reporting lines: the buyer on top, leads below, everybody else below the champion."""
    by_role = {one.role: one.name for one in reversed(people)}
    top = by_role.get("economic_buyer")
    lead = by_role.get("champion")
    for one in people:
        if one.name == top:
            continue
        leads = one.role in (
            "champion",
            "technical_owner",
            "decision_maker",
            "procurement",
            "executive_sponsor",
        )
        one.boss = top if leads or lead == one.name else lead


def happenings(rng: random.Random, made: Company, shape: Mood, arr: int) -> None:
    """Cases, outcomes, steps, stages and API observations of one account."""
    gone = made.churned_ago or 0
    feeling = shape.feeling[-1][1]
    first = made.people[0].name
    for ago in range(330, 0, -60):
        if ago > gone and ago < made.started_ago - 30:
            level = min(1.0, max(0.0, 0.55 + 0.35 * feeling + rng.gauss(0, 0.12)))
            made.observed.append(Observed(ago - rng.uniform(0, 20), "effectiveness", round(level, 2)))
    made.observed = [one for one in made.observed if one.ago > gone]
    for _ in range(rng.randint(0, 2) + (2 if feeling < 0 else 0)):
        opened = gone + rng.uniform(4, 250)
        if opened < made.started_ago:
            resolved = max(gone + 0.5, opened - rng.uniform(1, 20)) if rng.random() < 0.85 else None
            made.cases.append(
                Happened(round(opened, 2), rng.choice(("question", "problem", "problem", "request")),
                         rng.choice(("Export misses a column", "How do I share a board?", "Sign-in loops",
                                     "Report total differs from the board", "Alert came late")),
                         rng.choice(("low", "normal", "normal", "high")), resolved,
                         rng.choice(("better", "same", "worse")) if resolved else None, first)
            )  # fmt: skip
    if made.churned_ago is not None:
        reason = rng.choice(
            ("Budget cut", "Went back to spreadsheets", "Chose a competitor", "Champion left")
        )
        made.outcomes.append(Decided(gone, "churned", arr, 0, reason))
    elif made.started_ago > 400:
        kind, before = rng.choice((("renewed", 0.95), ("renewed", 1.0), ("expanded", 0.8), ("downsold", 1.2)))
        made.outcomes.append(Decided(rng.randint(30, 340), kind, int(round(arr * before, -2)), arr))
    if made.churned_ago is None and rng.random() < 0.6:
        made.steps.append(
            Next(rng.choice(("Book the quarterly review", "Confirm the success criteria", "Send the usage summary",
                             "Ask for an introduction to the buyer", "Plan the renewal talk")),
                 rng.randint(-6, 30), rng.choice(("ours", "ours", "theirs")), first)
        )  # fmt: skip
    path = ("Onboarding", "Adoption", "Value", "Renewal")
    entered = float(made.started_ago)
    for stage in path[: 2 if feeling < 0 else 3]:
        if entered <= max(gone, 1):
            break
        made.stages.append((round(entered), stage, "Moved on after the review"))
        entered -= rng.uniform(50, 160)
    if made.renewal_in is not None and made.renewal_in < 90 and entered > 0:
        made.stages.append((90 - made.renewal_in, "Renewal", "Ninety days to go"))


def talks(rng: random.Random, made: Company, shape: Mood) -> None:
    """Touches of one account: the better they feel, the more often we spoke first."""
    gone, feeling = made.churned_ago or 0, shape.feeling[-1][1]
    ago = gone + rng.uniform(2, 45 if feeling > 0 else 80)
    while ago < min(made.started_ago - 10, gone + 300):
        touchpoint, about, kind = rng.choice(TALKS)
        level = Curve(shape.feeling).at(ago - gone) + rng.gauss(0, 0.3)
        mood = "negative" if level < -0.1 else "neutral" if level < 0.35 else "positive"
        there = [one for one in made.people if one.left_ago is None or one.left_ago < ago]
        there = [one for one in there if (one.joined_ago or made.started_ago) > ago + 1]
        said = {
            one.name: Said(*rng.choice(SPOKEN[mood]))
            for one in rng.sample(there, min(len(there), rng.randint(1, 2)))
        }
        ahead = rng.random() < 0.5 + 0.35 * feeling
        made.touches.append(
            Met(round(ago, 2), kind, about, touchpoint, "proactive" if ahead else "reactive",
                "outbound" if ahead else "inbound", said)
        )  # fmt: skip
        ago += rng.uniform(18, 70)
    if made.churned_ago is None and feeling < 0 and made.steps and rng.random() < 0.5:
        made.steps[0].waiting_on = rng.choice(
            ("Their legal department", "The new budget", "Our product team")
        )
    if made.churned_ago is None and 0 <= feeling < 0.3 and made.steps and rng.random() < 0.5:
        made.steps[0].asleep = (rng.randint(8, 30), "They asked us to wait for the new quarter")
