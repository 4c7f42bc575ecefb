"""How well they fit: stuck at the start, perfect, bad; and one who is to be won."""

from csplatform.demo.shapes import (
    FEATURES,
    Answered,
    Company,
    Curve,
    Decided,
    Happened,
    Known,
    Met,
    Next,
    Observed,
    Person,
    Rated,
    Said,
    level,
)


def stuck() -> Company:
    """A new customer, stuck in onboarding for 40 days."""
    return Company(
        name="Tinderbox Apps",
        external_id="crm-1010",
        owner="Chloe",
        arr=42_000,
        currency="USD",
        seats=15,
        renewal_in=325,
        started_ago=40,
        segment="SMB",
        region="North America",
        reach=Curve(((39, 0.2), (20, 0.1), (0, 0.07))),
        breadth=level(0.15),
        people=[
            Person(
                "Juno Ramos",
                "champion",
                "Operations Lead",
                joined_ago=40,
                ratings=[
                    Rated(36, "okay", "positive", "usability"),
                    Rated(8, "okay", "neutral", "onboarding", "Still waiting for the data import."),
                ],
            ),
            Person(
                "Wanda Halloran",
                "economic_buyer",
                "COO",
                joined_ago=40,
                ratings=[Rated(36, "weak", "positive", "value")],
            ),
            Person(
                "Rafa Vasquez",
                "technical_owner",
                "Systems Architect",
                boss="Wanda Halloran",
                joined_ago=40,
                ratings=[
                    Rated(8, "weak", "negative", "onboarding", "Says the importer choked on their file.")
                ],
                answers=[Answered(9, "ces", 2, "Three tries, three errors.")],
            ),
        ],
        cases=[Happened(30, "problem", "Import fails on the customer file", "high", person="Rafa Vasquez")],
        steps=[
            Next("Fix the import together with Rafa", -5, person="Rafa Vasquez"),
            Next(
                "Send a sample of your file",
                -9,
                "theirs",
                "Rafa Vasquez",
                waiting_on="Rafa's day off the shift",
            ),
        ],
        stages=[(40, "Onboarding", "Contract signed")],
    )


def perfect_fit() -> Company:
    """A perfect fit that refers others."""
    return Company(
        name="Willowbank Trust",
        external_id="crm-1011",
        owner="Alice",
        arr=210_000,
        seats=30,
        renewal_in=300,
        segment="Enterprise",
        tier="Strategic",
        reach=Curve(((200, 0.6), (0, 0.9))),
        breadth=level(1.0),
        started_ago=1100,
        entitlements=FEATURES,
        custom={"referrals": 3, "referred": "Maplecourt Living, Goldcrest Funds"},
        people=[
            Person(
                "Ada Lindqvist",
                "economic_buyer",
                "Managing Director",
                joined_ago=1100,
                ratings=[Rated(100, "very_good", "positive", "value"), Rated(22, "very_good", "positive")],
                answers=[
                    Answered(44, "nps", 10, "I tell everyone at the club."),
                    Answered(44, "goodwill", (7, 7, 6, 7)),
                ],
                profile={"wiifm": "An audit that she need not prepare for."},
            ),
            Person(
                "Noor Petrov",
                "champion",
                "Head of Business Systems",
                boss="Ada Lindqvist",
                joined_ago=1000,
                ratings=[
                    Rated(95, "very_good", "positive", "communication"),
                    Rated(21, "very_good", "positive"),
                ],
                answers=[
                    Answered(43, "nps", 10, "We build on it together."),
                    Answered(43, "ces", 7),
                    Answered(43, "csat", 5),
                ],
                profile={"wiifm": "To be asked by other firms how she did it."},
            ),
            Person(
                "Ivo Zielinski",
                "technical_owner",
                "IT Lead",
                boss="Noor Petrov",
                joined_ago=900,
                ratings=[Rated(21, "very_good", "positive", "support")],
                profile={"wiifm": "One system less to patch at night."},
            ),
            Person(
                "Selma Dahl",
                "power_user",
                "Senior Planner",
                boss="Noor Petrov",
                joined_ago=800,
                ratings=[Rated(21, "okay", "positive")],
                profile={"wiifm": "Plans that hold, and Fridays at home."},
            ),
            # The one at Larkspur, who advises them on the side; linked by hand.
            Person("Farid Nassar", "other", "Adviser", tracked=False, joined_ago=200),
        ],
        observed=[Observed(15, "effectiveness", 1.0)],
        outcomes=[
            Decided(430, "renewed", 150_000, 170_000, "Third year"),
            Decided(120, "expanded", 170_000, 210_000, "Second division joined"),
        ],
        steps=[Next("Prepare the case study with Noor", 20, person="Noor Petrov")],
        stages=[
            (1080, "Onboarding", "Contract signed"),
            (1000, "Adoption", "Live"),
            (800, "Value", "Audit in two days"),
            (400, "Advocacy", "First referral"),
        ],
    )


def bad_fit() -> Company:
    """A bad fit, under an override that expires."""
    return Company(
        name="Umberfield Art",
        external_id="crm-1012",
        owner="Ben",
        arr=24_000,
        seats=8,
        renewal_in=95,
        segment="SMB",
        reach=level(0.3),
        breadth=level(0.2),
        started_ago=280,
        people=[
            Person(
                "Gael Moreau",
                "economic_buyer",
                "Managing Director",
                joined_ago=280,
                ratings=[
                    Rated(26, "weak", "negative", "missing_feature", "Wants us to become a gallery system.")
                ],
            ),
            Person(
                "Zadie Thorne",
                "champion",
                "Office Manager",
                boss="Gael Moreau",
                joined_ago=280,
                ratings=[Rated(26, "okay", "neutral", "missing_feature")],
                answers=[Answered(30, "nps", 4, "It is made for factories.")],
            ),
        ],
        observed=[Observed(50, "effectiveness", 0.2)],
        cases=[
            Happened(d, "request", f"Feature request {n}", felt=None)
            for n, d in ((1, 150), (2, 120), (3, 90), (4, 60), (5, 30))
        ],
        steps=[Next("Decide whether to let the contract end", 14)],
        stages=[(270, "Onboarding", "Contract signed"), (200, "Adoption", "Live, with one user")],
        override=(
            "at_risk",
            "Requests are not worth building for one customer; decide before the renewal talk.",
            30,
        ),
    )


def prospect() -> Company:
    """No customer yet: whom a perfect fit sent to us, known and rated like any other."""
    return Company(
        name="Brightmoor Ferries",
        external_id="crm-1013",
        owner="Alice",
        arr=0,
        status="prospect",
        tier="",
        seats=20,
        entitlements=(),
        renewal_in=None,
        started_ago=48,
        custom={"referred_by": "Willowbank Trust"},
        people=[
            Person(
                "Gudrun Thorsen",
                "economic_buyer",
                "Managing Director",
                joined_ago=48,
                ratings=[Rated(12, "weak", "neutral", "price", "Came late, asked what it costs, and stayed.")],
                language="en",
                time_zone="Europe/Copenhagen",
            ),
            Person(
                "Joost Verbeek",
                "champion",
                "Head of Timetables",
                boss="Gudrun Thorsen",
                joined_ago=48,
                ratings=[Rated(12, "okay", "positive", "usability", "Had tried it with last winter's timetable.")],
                phone="+44 20 7946 0440",
                language="nl",
                time_zone="Europe/Amsterdam",
                profile={
                    "wiifm": Known("A timetable that survives the first storm.", "First call", ago=45),
                    "perspective": Known("Compares us with a wall of paper.", "First call", ago=45),
                },
            ),
        ],
        touches=[
            Met(
                45, "call", "Ada at Willowbank sent them to us", "", "reactive", "inbound",
                {"Joost Verbeek": Said("Ada says that you answer the phone", "Curious", "Asked for a trial")},
            ),
            Met(
                12, "meeting", "Their winter timetable in our planner", "", "proactive", "outbound",
                {
                    "Joost Verbeek": Said("This would have saved us in January", "Keen", "Brought his own data"),
                    "Gudrun Thorsen": Said("What does the second year cost?", "Cautious", ""),
                },
            ),
        ],
        steps=[
            Next("Send Gudrun what two years cost, on one page", 3, person="Gudrun Thorsen", source="promise"),
            Next("Ask Ada to call Gudrun", 6),
        ],
    )  # fmt: skip
