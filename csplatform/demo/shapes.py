"""The words of a demo plan. Times are in days before the seed instant (negative: after it), money in whole units."""

import itertools
from dataclasses import dataclass, field

FEATURES = (
    "boards", "reports", "automations", "alerts", "integrations", "exports", "mobile", "api", "approvals", "sso",
)  # fmt: skip


# What is behind a rating that names nothing, and what of the product a driver may be about.
DRIVERS = {"positive": "value", "neutral": "communication", "negative": "support"}
AREAS = {
    "quality": ("performance", "integrations", "reports"),
    "usability": ("daily_use", "reports", "mobile"),
    "missing_feature": ("reports", "integrations", "mobile"),
    "onboarding": ("setup", "help"),
    "value": ("daily_use", "", "reports"),
    "support": ("", "help", "integrations", "reports"),
}


def area_of(driver: str, name: str) -> str:
    """The product area that somebody's driver is about, the same every time; an empty string for none."""
    areas = AREAS.get(driver, ("",))
    return areas[sum(map(ord, name)) % len(areas)]


@dataclass(frozen=True)
class Rated:
    """One rating: how many days ago, by whom (first name; None: the owner of that time), what it said, and what was
    seen."""

    ago: float
    strength: str | None = None
    sentiment: str | dict[str, str] | None = None
    driver: str = ""
    note: str = ""
    by: str | None = None
    signs: tuple[str, ...] = ()
    confidence: str | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """One survey answer (goodwill: its four items)."""

    ago: float
    kind: str
    answer: float | tuple[int, int, int, int]
    why: str = ""


@dataclass(frozen=True)
class Felt:
    """A moment that a person remembers: so many days ago, -2..2, how strongly 1..3, and what happened."""

    ago: float
    valence: int
    intensity: int
    what: str


@dataclass(frozen=True)
class Known:
    """A fact about a person: what, from where, why it may be kept, and how many days ago it was confirmed."""

    value: str
    source: str = "conversation"
    basis: str = "told_us"
    ago: float = 20


@dataclass
class Person:
    """Somebody at a company. ``influence`` is a weight of their own, and since how many days; ``email`` one that does not
    follow from name and company."""

    name: str
    role: str
    title: str = ""
    tracked: bool | None = None
    boss: str | None = None
    joined_ago: float | None = None
    left_ago: float | None = None
    ratings: list[Rated] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    profile: dict[str, str | Known] = field(default_factory=dict)
    influence: tuple[int, float] | None = None
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class Curve:
    """A level over time: (days ago, level) points, straight lines between them, flat outside."""

    points: tuple[tuple[float, float], ...]

    def at(self, ago: float) -> float:
        """The level so many days before the seed instant (negative: after it)."""
        points = sorted(self.points, reverse=True)
        if ago >= points[0][0]:
            return points[0][1]
        for (older, high), (newer, low) in itertools.pairwise(points):
            if ago >= newer:
                return low + (high - low) * (ago - newer) / (older - newer)
        return points[-1][1]


def level(value: float) -> Curve:
    return Curve(((0, value),))


@dataclass(frozen=True)
class Observed:
    """A value that the tenant's own systems send by API."""

    ago: float
    measure: str
    value: float


@dataclass
class Happened:
    """A case (kind, severity, subject; resolved so many days ago or open)."""

    ago: float
    kind: str
    subject: str
    severity: str = "normal"
    resolved_ago: float | None = None
    felt: str | None = None
    person: str | None = None


@dataclass
class Decided:
    """An outcome with the money before and after. The account pays what its outcomes say: each begins with what the one
    before it ended with, and the last ends with the company's ``arr``."""

    ago: float
    kind: str
    before: int
    after: int
    reason: str = ""


@dataclass(frozen=True)
class Said:
    """What one person thought, felt and did."""

    thought: str = ""
    feeling: str = ""
    behaviour: str = ""


@dataclass
class Met:
    """A touch: so many days ago, its kind, what it was about, at which touchpoint; who was there and what they said."""

    ago: float
    kind: str
    summary: str
    touchpoint: str = ""
    mode: str | None = None
    direction: str | None = None
    said: dict[str, Said] = field(default_factory=dict)
    by: str = ""  # a colleague's first name; else whoever owned the account then


@dataclass
class Next:
    """A step: due in so many days; done so many days ago, or open; asleep for so many days, with the reason. ``source``
    and ``cause`` as the services write them. A promise may have been ``moved`` (so many days ago, from being due in so
    many days, why), and ``broken`` says why it was not kept. ``shared`` if the customer sees it."""

    title: str
    due_in: int
    side: str = "ours"
    person: str | None = None
    done_ago: float | None = None
    waiting_on: str = ""
    asleep: tuple[int, str] | None = None
    source: str | None = None
    cause: str = ""
    moved: tuple[float, int, str] | None = None
    broken: str = ""
    shared: bool | None = None


@dataclass
class Written:
    """A note by a colleague, so many days ago; ``edits`` are its later bodies: days ago, by whom, what it said."""

    ago: float
    by: str
    body: str
    person: str | None = None
    pinned: bool = False
    edits: tuple[tuple[float, str, str], ...] = ()


@dataclass(frozen=True)
class Stands:
    """How one person stands to another: since so many days, until so many days ago or still."""

    who: str
    how: str
    whom: str
    strength: int
    ago: float
    until_ago: float | None = None


@dataclass(frozen=True)
class Paired:
    """One of theirs beside a colleague of ours (by first name), since so many days."""

    person: str
    colleague: str
    ago: float


@dataclass
class Company:
    """One account of the book, with everything that happened to it; ``arr`` is what it pays now, or paid when it left. One
    that is no customer yet pays nothing, and has no day on which it began."""

    name: str
    external_id: str
    owner: str
    arr: int
    people: list[Person]
    currency: str = "EUR"
    segment: str = "Mid-market"
    tier: str = "Standard"
    status: str = "active"
    region: str = "Europe"
    seats: int = 12
    entitlements: tuple[str, ...] = FEATURES[:8]
    started_ago: float = 500
    renewal_in: int | None = 180
    churned_ago: float | None = None
    team: tuple[str, ...] = ()
    former_owner: tuple[str, float] | None = None
    reach: Curve | None = None
    breadth: Curve | None = None
    observed: list[Observed] = field(default_factory=list)
    cases: list[Happened] = field(default_factory=list)
    outcomes: list[Decided] = field(default_factory=list)
    steps: list[Next] = field(default_factory=list)
    touches: list[Met] = field(default_factory=list)
    notes: list[Written] = field(default_factory=list)
    stands: list[Stands] = field(default_factory=list)
    pairs: list[Paired] = field(default_factory=list)
    contacts: list[tuple[str, float]] = field(default_factory=list)  # who was said to be it so many days ago
    stages: list[tuple[float, str, str]] = field(default_factory=list)
    override: tuple[str, str, float] | None = None
    custom: dict[str, str | int] = field(default_factory=dict)
