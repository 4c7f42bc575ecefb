"""What is known of people of the demo beside their ratings: how to reach them, and facts, each from where it came and why
it may be kept. Telephone numbers are of the ranges that are kept free for stories."""

import random

from csplatform.demo.shapes import Company, Known, Person

# How to reach people of the stories: account and name, telephone, language, time zone.
REACHED: dict[tuple[str, str], tuple[str, str, str]] = {
    ("crm-1001", "Dana Whitlock"): ("+49 30 23125 014", "en", "Europe/Berlin"),
    ("crm-1001", "Eli Farraday"): ("+49 30 23125 010", "en", "Europe/Berlin"),
    ("crm-1001", "Farid Nassar"): ("+49 30 23125 022", "de", "Europe/Berlin"),
    ("crm-1002", "Irina Solberg"): ("", "nb", "Europe/Oslo"),
    ("crm-1002", "Sunniva Dahl"): ("", "nb", "Europe/Oslo"),
    ("crm-1003", "Rosalind Achterberg"): ("+44 20 7946 0312", "nl", "Europe/Amsterdam"),
    ("crm-1003", "Jonas Ibsen"): ("", "nl", "Europe/Amsterdam"),
    ("crm-1004", "Beatriz Lopes"): ("+44 20 7946 0155", "pt", "Europe/London"),
    ("crm-1007", "Cyrus Rahman"): ("+1 303 555 0148", "en", "America/Denver"),
    ("crm-1008", "Odile Laurent"): ("+33 1 99 00 41 70", "fr", "Europe/Paris"),
    ("crm-1009", "Leila Abbas"): ("+46 8 465 004 21", "en", "Europe/Stockholm"),
    ("crm-1009", "Olaf Sorensen"): ("+46 8 465 004 33", "sv", "Europe/Stockholm"),
    ("crm-1010", "Juno Ramos"): ("+1 206 555 0117", "es", "America/Los_Angeles"),
    ("crm-1011", "Noor Petrov"): ("+44 20 7946 0871", "en", "Europe/London"),
}

# Facts about people of the stories who have none there. Those confirmed long ago have expired, and are to be asked again.
FACTS: dict[tuple[str, str], dict[str, Known]] = {
    ("crm-1001", "Farid Nassar"): {
        "frustrations": Known("Imports that fail without saying in which row.", "Call", ago=118),
        "character": Known("Says little in a meeting, and writes at length afterwards.", "Working with him", "work"),
    },
    ("crm-1002", "Sunniva Dahl"): {
        "circumstances": Known("Plans two depots alone until a colleague is back.", "Call", ago=130),
        "motivations": Known("Would like to lead the dispatchers one day.", "Call", ago=60),
    },
    ("crm-1003", "Rosalind Achterberg"): {
        "triggers": Known("Being sent from one person to the next.", "Her answer to a survey", ago=40),
        "engagement": Known("One name for everything, and an answer within a day.", "Quarterly review", ago=15),
    },
    ("crm-1003", "Jonas Ibsen"): {
        "channel": Known("mail", "Mail"),
        "tone": Known("No apologies: what happens next, and when.", "Mail"),
    },
    ("crm-1004", "Theo Farrow"): {
        "circumstances": Known("Looks for somebody to take over from him by summer.", "Open day", "consent", 62),
        "perspective": Known("A school first: every hour that a teacher does not teach is lost.", "Open day", ago=62),
    },
    ("crm-1004", "Beatriz Lopes"): {
        "interests": Known("Sings in a choir that tours every autumn.", "Open day", "consent", 60),
        "birthday": Known("21 March", "She told us", "consent", 60),
    },
    ("crm-1007", "Cyrus Rahman"): {
        "perspective": Known("Compares us with two cheaper offers.", "Trade fair", ago=16),
        "interests": Known("Speaks about purchasing in public, and collects fountain pens.", "Public talk", "public"),
    },
    ("crm-1007", "Petra Winther"): {
        "frustrations": Known("Plans that change after she has sent them out.", "Call", ago=205),
        "cadence": Known("30", "Call", ago=60),
    },
    ("crm-1008", "Tess Janssen"): {
        "no_contact": Known("Since two calls in one week: everything goes through Hector.", "Her mail to Marco", ago=64),
    },
    ("crm-1008", "Hector Almeida"): {
        "channel": Known("meeting", "Handed over by Marco", "work", 22),
        "cadence": Known("45", "Handed over by Marco", "work", 22),
        "tone": Known("Numbers on one page, first names.", "Handed over by Marco", "work", 22),
    },
    ("crm-1009", "Leila Abbas"): {
        "triggers": Known("Silence. An honest date calms her, even a late one.", "Meeting after the outage", ago=60),
        "engagement": Known("Availability every month, and a call before anything changes.", "First review", ago=8),
    },
    ("crm-1010", "Rafa Vasquez"): {
        "circumstances": Known("Works nights until their move is done.", "Juno told us", "work", 14),
    },
    ("crm-1012", "Gael Moreau"): {
        "perspective": Known("Runs a gallery, and measures us by what galleries use.", "Meeting", ago=31),
    },
}  # fmt: skip

# Where a company of the crowd sits, by region: language, time zone, and telephone numbers of that place.
PLACES = {
    "Europe": (
        ("de", "Europe/Berlin", "+49 30 23125 {:03d}"),
        ("fr", "Europe/Paris", "+33 1 99 00 {:02d} 60"),
        ("en", "Europe/London", "+44 20 7946 0{:03d}"),
        ("sv", "Europe/Stockholm", "+46 8 465 004 {:02d}"),
    ),
    "North America": (
        ("en", "America/Chicago", "+1 312 555 01{:02d}"),
        ("en", "America/New_York", "+1 212 555 01{:02d}"),
    ),
    "Asia Pacific": (("en", "Australia/Sydney", "+61 2 5550 {:04d}"), ("en", "Asia/Singapore", "")),
}
# Facts of the crowd: kind, and of each what, from where and on which basis.
HEARD: tuple[tuple[str, tuple[Known, ...]], ...] = (
    ("wiifm", (
        Known("A plan for the week that is done by Friday noon.", "Quarterly review"),
        Known("Fewer calls at night.", "Kick-off"),
        Known("Figures that the board believes.", "Call"),
    )),
    ("motivations", (
        Known("Wants to run a plant.", "Call"), Known("To be the one whom others ask.", "Account plan", "assumed"),
    )),
    ("perspective", (
        Known("Compares us with the spreadsheets of ten years.", "Training"),
        Known("Knows two of our competitors from a former employer.", "Public profile", "public"),
    )),
    ("frustrations", (
        Known("Three systems with three different totals.", "Quarterly review"),
        Known("A new contact of ours every year.", "Survey"),
    )),
    ("triggers", (
        Known("Being asked twice for the same figures.", "Account plan", "assumed"),
        Known("A change that is announced on the day.", "Case"),
    )),
    ("engagement", (Known("A review every quarter with somebody who knows the figures.", "Account plan", "work"),)),
    ("circumstances", (
        Known("Three days a week until summer.", "Call", "consent"),
        Known("The department moves to another site.", "Call", "work"),
    )),
    ("character", (
        Known("Quiet in large rounds, clear between two.", "Working together", "work"),
        Known("Wants to see it before believing it.", "Working together", "work"),
    )),
    ("interests", (
        Known("Sails, and was at the regatta in May.", "Public profile", "public"),
        Known("Bakes for the whole team.", "Visit", "consent"),
    )),
    ("birthday", (Known("3 September", "Told on a visit", "consent"), Known("17 January", "Told on a call", "consent"))),
    ("channel", (Known("mail", "Call"), Known("call", "Mail"), Known("meeting", "Quarterly review"))),
    ("cadence", (Known("30", "Call"), Known("60", "Mail"), Known("90", "Survey"))),
    ("tone", (Known("Short mails, the question on top.", "Mail"), Known("Formal, with titles.", "Handed over", "work"))),
)  # fmt: skip
# At most so many days ago, where a fact does not hold for a year: a few of them have expired.
SINCE = {"circumstances": 105, "frustrations": 200}


def acquaint(story: Company) -> None:
    """Say of the people of a story how to reach them, and what is known of them."""
    for person in story.people:
        who = (story.external_id, person.name)
        person.phone, person.language, person.time_zone = REACHED.get(who, ("", "", ""))
        person.profile |= FACTS.get(who, {})


def acquaint_crowd(rng: random.Random, company: Company) -> None:
    """The same of some people of the crowd: the address book of one in two, and facts of one in four."""
    places = PLACES[company.region]
    home = rng.choice(places)
    for person in company.people:
        language, zone, numbers = home if rng.random() < 0.85 else rng.choice(places)
        if rng.random() < 0.5:
            person.language, person.time_zone = language, zone
            person.phone = numbers.format(rng.randrange(100)) if rng.random() < 0.6 else ""
        if rng.random() < 0.25:
            person.profile |= _heard(rng, person, company)


def _heard(rng: random.Random, person: Person, company: Company) -> dict[str, Known]:
    """Two to five facts in the order of the catalogue, confirmed at some time since the person came."""
    here = (person.joined_ago or company.started_ago) - 2
    kinds = sorted(rng.sample(range(len(HEARD)), rng.randint(2, 5)))
    found = {}
    for key, several in (HEARD[number] for number in kinds):
        one, longest = rng.choice(several), min(here, SINCE.get(key, 320))
        found[key] = Known(one.value, one.source, one.basis, round(rng.uniform(min(5, longest), longest)))
    return found
