"""Whom we know, and whom we do not: threads, opinions, hand-overs."""

from csplatform.demo.shapes import Answered, Company, Curve, Next, Observed, Person, Rated, Written, level

MONTHS = (28, 56, 84, 112, 140, 168)


def larkspur() -> Company:
    """The worked example of the model: its figures are exact at the seed instant. It has no usage feed."""
    return Company(
        name="Larkspur Robotics",
        external_id="crm-1001",
        owner="Alice",
        arr=96_000,
        seats=50,
        renewal_in=140,
        segment="Enterprise",
        tier="Strategic",
        people=[
            Person(
                "Dana Whitlock",
                "champion",
                "Head of Automation",
                boss="Eli Farraday",
                joined_ago=700,
                ratings=[Rated(20, "very_good", "positive", "value", "Showed our roadmap to her own board.")],
                answers=[
                    Answered(120, "nps", 8, "Reliable, but the exports need work."),
                    Answered(30, "csat", 4.2, "Support was quick this time."),
                ],
                profile={
                    "motivations": "Wants the plant to run without night shifts.",
                    "perspective": "An engineer first: she compares us with the controllers she built herself.",
                    "wiifm": "A line that runs through the night, and her name on it.",
                    "frustrations": "Exports that she has to finish by hand.",
                    "circumstances": "Her second plant opens in spring; she travels three days a week.",
                    "engagement": "A call every two weeks with somebody who has read her tickets.",
                    "character": "Decides fast, wants the reason first.",
                    "interests": "Long-distance cycling, old synthesizers.",
                    "birthday": "12 May",
                    "channel": "call",
                    "cadence": "14",
                    "tone": "Short, no slides.",
                },
            ),
            Person(
                "Eli Farraday",
                "economic_buyer",
                "Chief Financial Officer",
                joined_ago=700,
                ratings=[Rated(75, "weak", "neutral", note="Asked what the second year would cost.")],
                profile={
                    "wiifm": "A second year that costs no more than the first.",
                    "triggers": "Figures that change after the meeting.",
                    "channel": "mail",
                    "cadence": "60",
                },
            ),
            Person(
                "Farid Nassar",
                "technical_owner",
                "Systems Architect",
                boss="Dana Whitlock",
                joined_ago=700,
                ratings=[Rated(120, "okay", "negative", "quality", "Two failed imports in a week.")],
            ),
            Person(
                "Gita Rao",
                "power_user",
                "Senior Planner",
                boss="Dana Whitlock",
                joined_ago=600,
                ratings=[Rated(10, "okay", "positive", "usability")],
            ),
            Person("Hugo Brandt", "end_user", "Planner", tracked=True, boss="Gita Rao", joined_ago=400),
            Person(
                "Ines Castel",
                "champion",
                "Automation Lead",
                joined_ago=700,
                left_ago=3,
                ratings=[Rated(5, "very_good", "positive", "value", "Moving to another company, sadly.")],
            ),
        ],
        observed=[
            Observed(1, "frequency", 0.42),
            Observed(20, "effectiveness", 0.50),
            Observed(1, "breadth", 0.40),
            Observed(1, "trend", -0.12),
            # Older values tell its history; the newest of each measure makes the score.
            *(
                Observed(ago, "frequency", value)
                for ago, value in zip(MONTHS, (0.44, 0.49, 0.53, 0.5, 0.47, 0.38), strict=True)
            ),
            *(
                Observed(ago, "breadth", value)
                for ago, value in zip(MONTHS, (0.42, 0.5, 0.5, 0.45, 0.4, 0.3), strict=True)
            ),
            *(
                Observed(ago, "effectiveness", value)
                for ago, value in zip(MONTHS, (0.5, 0.6, 0.7, 0.6, 0.5, 0.4), strict=True)
            ),
            *(
                Observed(ago, "trend", value)
                for ago, value in zip(MONTHS, (-0.1, -0.05, 0.06, 0.06, 0.2, 0.1), strict=True)
            ),
        ],
        steps=[
            Next("Agree what the second year costs with Eli", 6, person="Eli Farraday"),
            Next("Send the import checklist to Farid", -2, person="Farid Nassar", source="promise"),
            Next(
                "Bring the roadmap to Dana's board",
                -22,
                person="Dana Whitlock",
                done_ago=23,
                source="promise",
            ),
            Next(
                "Fix the export before her spring planning",
                40,
                person="Dana Whitlock",
                source="promise",
                moved=(12, 10, "The fix waits for the new file format; told her on the call."),
            ),
        ],
        notes=[
            Written(
                9,
                "Lena",
                "Decisions on money go through Eli alone; Dana prepares them. Never surprise him in a meeting.",
                pinned=True,
            ),
            Written(
                6,
                "Alice",
                "Farid lost two imports on the same file. I sent him the checklist: https://docs.larkspur.example/import",
                person="Farid Nassar",
                edits=(
                    (
                        2,
                        "Lena",
                        "Farid lost two imports on the same file, both on a Monday.\n"
                        "I sent him the checklist: https://docs.larkspur.example/import",
                    ),
                ),
            ),
            Written(
                1.2,
                "Lena",
                "@Alice Monteiro, Ines leaves a gap. Who speaks for the planners now?\n"
                "Please ask Dana before the renewal talk starts.",
            ),
        ],
        stages=[(300, "Onboarding", "Contract signed"), (180, "Adoption", "First value confirmed by Dana")],
    )


def champion_gone() -> Company:
    """The champion left 12 days ago, 180,000 renews in 45 days, and one thread is left."""
    return Company(
        name="Kestrel Mobility",
        external_id="crm-1002",
        owner="Alice",
        arr=180_000,
        seats=24,
        renewal_in=45,
        segment="Enterprise",
        tier="Strategic",
        reach=Curve(((60, 0.62), (12, 0.6), (0, 0.42))),
        breadth=level(0.6),
        people=[
            Person(
                "Morten Aas",
                "champion",
                "Head of Fleet Planning",
                joined_ago=900,
                left_ago=12,
                ratings=[Rated(80, "very_good", "positive", "value"), Rated(26, "very_good", "positive")],
                answers=[Answered(95, "nps", 10, "It pays for itself every month.")],
            ),
            Person(
                "Irina Solberg",
                "economic_buyer",
                "Chief Financial Officer",
                joined_ago=900,
                ratings=[Rated(110, "weak", "neutral", note="Met once, at the kick-off.")],
            ),
            Person(
                "Tobias Renn",
                "technical_owner",
                "IT Lead",
                boss="Irina Solberg",
                joined_ago=800,
                ratings=[Rated(33, "okay", "positive", "support")],
            ),
            Person(
                "Sunniva Dahl",
                "power_user",
                "Dispatcher",
                boss="Morten Aas",
                joined_ago=300,
                ratings=[Rated(33, "weak", "neutral")],
            ),
        ],
        observed=[Observed(40, "effectiveness", 0.75), Observed(9, "effectiveness", 0.6)],
        steps=[
            Next(
                "Ask Irina who takes over from Morten",
                2,
                person="Irina Solberg",
                source="prescription",
                cause="flag:champion_left",
            ),
            Next("Send Irina the savings of last year", 3, person="Irina Solberg", source="promise"),
            Next("Report fuel costs every quarter", -30, person="Morten Aas", done_ago=34, source="promise"),
        ],
        stages=[
            (700, "Onboarding", "Contract signed"),
            (600, "Adoption", "Live in Oslo"),
            (250, "Value", "Fuel costs down 9 %"),
            (60, "Renewal", "Ninety days to go"),
        ],
    )


def nobody_rated() -> Company:
    """Green usage, nobody rated: held at watch."""
    return Company(
        name="Osprey Drones",
        external_id="crm-1006",
        owner="Chloe",
        arr=64_000,
        seats=12,
        renewal_in=260,
        reach=level(0.75),
        breadth=level(0.85),
        started_ago=430,
        people=[
            Person(
                "Fenna Dekker",
                "champion",
                "Operations Lead",
                joined_ago=400,
                answers=[Answered(25, "csat", 5, "Does what it says.")],
            ),
            Person("Nils Ekberg", "economic_buyer", "Managing Director", joined_ago=400),
            Person("Yara Haddad", "technical_owner", "Systems Architect", boss="Nils Ekberg", joined_ago=400),
            Person("Levi Cho", "power_user", "Analyst", boss="Fenna Dekker", joined_ago=300),
        ],
        observed=[Observed(20, "effectiveness", 0.9)],
        stages=[(420, "Onboarding", "Contract signed"), (330, "Adoption", "Live")],
    )


def two_opinions() -> Company:
    """Two raters who disagree about the same people."""
    return Company(
        name="Rookery Finance",
        external_id="crm-1007",
        owner="Alice",
        team=("Ben",),
        arr=120_000,
        currency="USD",
        seats=18,
        renewal_in=85,
        segment="Enterprise",
        region="North America",
        reach=level(0.5),
        breadth=level(0.55),
        people=[
            Person(
                "Cyrus Rahman",
                "economic_buyer",
                "Director of Procurement",
                joined_ago=600,
                ratings=[
                    Rated(25, "very_good", "positive", "value", "Warm on every call."),
                    Rated(16, "weak", "negative", "price", "Told me he is shopping around.", by="Ben"),
                ],
            ),
            Person(
                "Petra Winther",
                "champion",
                "Head of Planning",
                boss="Cyrus Rahman",
                joined_ago=600,
                ratings=[Rated(24, "okay", "positive"), Rated(15, "weak", "neutral", by="Ben")],
                answers=[Answered(60, "nps", 7, "Fine. There are cheaper ones.")],
            ),
            Person(
                "Emre Kaya",
                "technical_owner",
                "IT Manager",
                boss="Cyrus Rahman",
                joined_ago=500,
                ratings=[Rated(24, "okay", "neutral"), Rated(15, "okay", "neutral", by="Ben")],
                influence=(5, 100),  # nothing is bought there that he has not let in
            ),
        ],
        observed=[Observed(30, "effectiveness", 0.6)],
        steps=[
            Next("Sit down with Ben: what did Cyrus really say?", 1),
            Next(
                "Match the price of the second offer",
                -9,
                person="Cyrus Rahman",
                done_ago=9,
                source="promise",
                broken="Finance does not go below the list price; said so to Cyrus.",
            ),
        ],
        stages=[
            (590, "Onboarding", "Contract signed"),
            (480, "Adoption", "Live"),
            (40, "Renewal", "Ninety days to go"),
        ],
    )


def handed_over() -> Company:
    """Changed hands three weeks ago: every rating is inherited."""
    return Company(
        name="Harborline Shipping",
        external_id="crm-1008",
        owner="Ben",
        former_owner=("Marco", 21),
        arr=110_000,
        seats=22,
        renewal_in=75,
        segment="Enterprise",
        tier="Strategic",
        reach=level(0.55),
        breadth=level(0.6),
        people=[
            Person(
                "Hector Almeida",
                "economic_buyer",
                "COO",
                joined_ago=800,
                ratings=[Rated(62, "okay", "neutral", note="Wants quarterly numbers on one page.")],
            ),
            Person(
                "Odile Laurent",
                "champion",
                "Programme Manager",
                boss="Hector Almeida",
                joined_ago=800,
                ratings=[Rated(45, "very_good", "positive", "communication")],
                answers=[Answered(75, "nps", 9, "Marco knows our business.")],
            ),
            Person(
                "Kamil Novak",
                "technical_owner",
                "IT Lead",
                boss="Hector Almeida",
                joined_ago=500,
                ratings=[Rated(62, "weak", "neutral")],
            ),
            Person(
                "Tess Janssen",
                "procurement",
                "Category Buyer",
                boss="Hector Almeida",
                joined_ago=350,
                ratings=[Rated(62, "none", "neutral")],
            ),
        ],
        observed=[Observed(35, "effectiveness", 0.7)],
        steps=[
            Next("Introduce yourself to Hector", 4, person="Hector Almeida"),
            Next("One page with the quarter's numbers", 6, person="Hector Almeida", source="promise"),
        ],
        stages=[
            (790, "Onboarding", "Contract signed"),
            (700, "Adoption", "Live"),
            (300, "Value", "Port calls planned in a day"),
            (15, "Renewal", "Ninety days to go"),
        ],
    )
