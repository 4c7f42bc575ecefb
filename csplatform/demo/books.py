"""The two organisations of the demo: who works there, whom they serve, and what their money is worth."""

from dataclasses import dataclass, replace

from csplatform.demo.crowd import crowd
from csplatform.demo.known import acquaint
from csplatform.demo.shapes import Company, Happened, Next
from csplatform.demo.stories import PROSPECTS, STORIES
from csplatform.demo.stories.orgs import CONTACTS, PAIRS, STAFF, STANDS
from csplatform.demo.stories.touches import TOUCHES

PASSWORD = "walk-in-and-look"  # noqa: S105 (printed by the demo for everyone to use)

STAGES = (
    (
        "Onboarding",
        "Did we choose right?",
        "Hopeful, a little anxious",
        "Imports data, invites the first team",
    ),
    ("Adoption", "How does this fit our day?", "Curious, sometimes impatient", "Plans the week in it"),
    ("Value", "It pays off.", "Confident", "Shows results to their own board"),
    ("Renewal", "Is it still worth it?", "Weighing", "Compares, negotiates, signs"),
    ("Advocacy", "Others should know.", "Proud", "Refers, speaks, co-designs"),
)


@dataclass(frozen=True)
class Colleague:
    """A member of the organisation; the first name is how plans refer to them."""

    name: str
    email: str
    role: str
    active: bool = True

    @property
    def first(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True)
class Book:
    slug: str
    name: str
    time_zone: str
    colleagues: tuple[Colleague, ...]
    companies: tuple[Company, ...]
    rates: tuple[tuple[int, str], ...]  # (days ago, euros for a dollar)


def books() -> tuple[Book, Book]:
    """Northwind and Globex, the same at every call."""
    stories = [story() for story in STORIES]
    for story in stories:
        story.touches = TOUCHES.get(story.external_id, [])
    people = 400 - sum(len(company.people) for company in stories)
    taken = frozenset(company.name for company in stories)
    others = crowd(seed=7, live=49, churned=11, people=people, taken=taken)
    escalate(others)
    for story in stories:
        story.people += STAFF.get(story.external_id, [])
        story.stands, story.pairs = STANDS.get(story.external_id, []), PAIRS.get(story.external_id, [])
        story.contacts = CONTACTS.get(story.external_id, [])
        acquaint(story)
    to_win = [made() for made in PROSPECTS]
    return northwind((*stories, *others, *to_win)), globex(others)


def escalate(companies: list[Company]) -> None:
    """The largest of these that is live has had a critical escalation open since yesterday."""
    largest = max((one for one in companies if one.churned_ago is None), key=lambda one: (one.arr, one.name))
    subject = "Every plan of the night shift is empty since the update"
    largest.cases.append(Happened(1.3, "escalation", subject, "critical", person=largest.people[0].name))


def northwind(companies: tuple[Company, ...]) -> Book:
    return Book(
        slug="northwind",
        name="Northwind",
        time_zone="Europe/Amsterdam",
        colleagues=(
            Colleague("Adam Okonkwo", "adam@northwind.example", "admin"),
            Colleague("Lena Sandberg", "lena@northwind.example", "leader"),
            Colleague("Alice Monteiro", "alice@northwind.example", "csm"),
            Colleague("Ben Aldous", "ben@northwind.example", "csm"),
            Colleague("Chloe Tan", "chloe@northwind.example", "csm"),
            Colleague("Marco Bellini", "marco@northwind.example", "csm", active=False),
            Colleague("Vera Lund", "vera@northwind.example", "viewer"),
        ),
        companies=companies,
        rates=((1300, "0.90"), (300, "0.92"), (150, "0.91"), (30, "0.93")),
    )


def globex(others: list[Company]) -> Book:
    """The neighbour repeats external ids and, at three companies, the very people: nothing of it may mix."""
    companies = []
    for number, company in enumerate(crowd(seed=11, live=9, churned=3, people=48)):
        taken = 1001 + number if number < 6 else 2001 + number
        made = replace(company, owner="Charlie", external_id=f"crm-{taken}")
        if number < 3:
            made = staffed_like(made, others[number])
        companies.append(made)
    return Book(
        slug="globex",
        name="Globex",
        time_zone="America/New_York",
        colleagues=(
            Colleague("Gloria Webb", "gloria@globex.example", "admin"),
            Colleague("Charlie Voss", "charlie@globex.example", "csm"),
        ),
        companies=tuple(companies),
        rates=((1300, "0.90"), (30, "0.93")),
    )


def staffed_like(company: Company, other: Company) -> Company:
    """The company under the other's name, with the other's people in the place of its own."""
    names = {mine.name: theirs.name for mine, theirs in zip(company.people, other.people, strict=False)}
    for person in company.people:
        person.name, person.boss = (
            names.get(person.name, person.name),
            names.get(person.boss or "", person.boss),
        )
    events: tuple[Happened | Next, ...] = (*company.cases, *company.steps)
    for event in events:
        event.person = names.get(event.person or "", event.person)
    for met in company.touches:
        met.said = {names.get(name, name): said for name, said in met.said.items()}
    return replace(company, name=other.name)
