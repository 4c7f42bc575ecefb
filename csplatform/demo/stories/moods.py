"""What they do against what they feel."""

from csplatform.demo.shapes import (
    Answered,
    Company,
    Curve,
    Decided,
    Happened,
    Next,
    Observed,
    Person,
    Rated,
    level,
)


def captive() -> Company:
    """Uses everything, and everyone is negative on service."""
    moods = {"brand": "neutral", "product": "positive", "service": "negative"}
    return Company(
        name="Ebbridge Water",
        external_id="crm-1003",
        owner="Ben",
        arr=142_000,
        seats=16,
        renewal_in=210,
        segment="Enterprise",
        tier="Strategic",
        reach=level(0.8),
        breadth=level(0.95),
        started_ago=900,
        people=[
            Person(
                "Rosalind Achterberg",
                "economic_buyer",
                "COO",
                joined_ago=900,
                ratings=[
                    Rated(90, "okay", "neutral"),
                    Rated(18, "weak", moods, "support", "Three tickets open for a month."),
                ],
                answers=[Answered(40, "ces", 2, "I explain the same problem to a new person each time.")],
            ),
            Person(
                "Jonas Ibsen",
                "champion",
                "Operations Lead",
                boss="Rosalind Achterberg",
                joined_ago=800,
                ratings=[
                    Rated(100, "okay", "positive", "value"),
                    Rated(
                        18,
                        "weak",
                        moods,
                        "support",
                        signs=("lost_patience", "past_us", "data_export"),
                        confidence="high",
                    ),
                ],
                answers=[Answered(35, "csat", 2, "Great product, slow answers.")],
            ),
            Person(
                "Mina Kovac",
                "technical_owner",
                "Platform Engineer",
                boss="Jonas Ibsen",
                joined_ago=700,
                ratings=[Rated(17, "okay", moods, "support")],
            ),
            Person(
                "Silas Toth",
                "power_user",
                "Senior Planner",
                boss="Jonas Ibsen",
                joined_ago=500,
                ratings=[Rated(17, "weak", moods, "support")],
            ),
        ],
        observed=[Observed(20, "effectiveness", 1.0)],
        cases=[
            Happened(44, "problem", "Sensor feed arrives twice", "high", person="Mina Kovac"),
            Happened(38, "problem", "Night report misses a plant", "high", person="Silas Toth"),
            Happened(31, "question", "Who is our contact for incidents?", person="Jonas Ibsen"),
        ],
        steps=[
            Next("Name one support contact for Ebbridge", 1),
            Next("Answer every ticket within a day", -11, person="Mina Kovac", source="promise"),
            Next("Call Rosalind about the three open tickets", 3),
        ],
        stages=[
            (880, "Onboarding", "Contract signed"),
            (780, "Adoption", "All plants live"),
            (500, "Value", "Leak response halved"),
        ],
    )


def forgetful_fan() -> Company:
    """They love us, and hardly sign in."""
    return Company(
        name="Inkwell Education",
        external_id="crm-1004",
        owner="Chloe",
        arr=38_000,
        seats=20,
        renewal_in=120,
        segment="SMB",
        reach=Curve(((150, 0.5), (60, 0.12), (0, 0.08))),
        breadth=Curve(((150, 0.5), (0, 0.12))),
        people=[
            Person(
                "Beatriz Lopes",
                "champion",
                "Programme Manager",
                joined_ago=500,
                ratings=[
                    Rated(20, "very_good", "positive", "communication", "Invited us to their open day.")
                ],
                answers=[Answered(50, "nps", 10, "You people are wonderful."), Answered(50, "csat", 5)],
            ),
            Person(
                "Theo Farrow",
                "economic_buyer",
                "Managing Director",
                joined_ago=500,
                ratings=[
                    Rated(
                        28,
                        "very_good",
                        "positive",
                        "value",
                        signs=("short_answers", "slow_replies", "sends_another"),
                        confidence="low",
                    )
                ],
            ),
            Person(
                "Imani Okafor",
                "technical_owner",
                "IT Manager",
                boss="Theo Farrow",
                joined_ago=450,
                ratings=[Rated(28, "okay", "positive")],
            ),
        ],
        observed=[Observed(60, "effectiveness", 0.34)],
        steps=[Next("Run a half-hour refresher for the new term", 9, person="Beatriz Lopes")],
        stages=[(480, "Onboarding", "Contract signed"), (400, "Adoption", "First term planned")],
    )


def surprise_churn() -> Company:
    """Healthy usage, a happy champion, a buyer nobody ever rated; gone three weeks ago."""
    return Company(
        name="Glasswing Optics",
        external_id="crm-1005",
        owner="Ben",
        arr=88_000,
        seats=14,
        started_ago=760,
        renewal_in=None,
        churned_ago=21,
        segment="Mid-market",
        reach=Curve(((30, 0.72), (22, 0.7), (20, 0.0))),
        breadth=level(0.8),
        people=[
            Person(
                "Maren Keller",
                "champion",
                "Process Owner",
                joined_ago=760,
                ratings=[
                    Rated(150, "very_good", "positive", "value"),
                    Rated(60, "very_good", "positive"),
                    Rated(19, "very_good", "negative", "price", "Did not see it coming either."),
                ],
                answers=[Answered(110, "nps", 9, "My whole week runs on it."), Answered(110, "csat", 5)],
            ),
            Person("Viktor Reuter", "economic_buyer", "Chief Financial Officer", joined_ago=760),
            Person(
                "Aiko Saito",
                "technical_owner",
                "IT Lead",
                boss="Viktor Reuter",
                joined_ago=700,
                ratings=[Rated(140, "okay", "positive"), Rated(55, "okay", "positive")],
            ),
        ],
        observed=[Observed(70, "effectiveness", 1.0), Observed(40, "effectiveness", 1.0)],
        outcomes=[
            Decided(386, "renewed", 80_000, 88_000, "Second year"),
            Decided(21, "churned", 88_000, 0, "The new CFO bought a suite for the whole group."),
        ],
        stages=[
            (740, "Onboarding", "Contract signed"),
            (640, "Adoption", "Live"),
            (400, "Value", "Scrap down 6 %"),
        ],
    )


def outage() -> Company:
    """An outage, and a recovery from negative to positive."""
    return Company(
        name="Starling Telecom",
        external_id="crm-1009",
        owner="Alice",
        arr=156_000,
        seats=26,
        renewal_in=190,
        segment="Enterprise",
        tier="Strategic",
        reach=Curve(((80, 0.62), (70, 0.3), (40, 0.45), (0, 0.66))),
        breadth=level(0.7),
        started_ago=820,
        people=[
            Person(
                "Leila Abbas",
                "economic_buyer",
                "Chief Financial Officer",
                joined_ago=820,
                ratings=[
                    Rated(120, "okay", "positive", "value"),
                    Rated(70, "weak", "negative", "quality", "Wants an answer by Friday."),
                    Rated(45, "okay", "neutral", "quality", "Read the report, asked good questions."),
                    Rated(
                        14,
                        "okay",
                        "positive",
                        "communication",
                        "You did what you said you would.",
                        signs=("price_again", "more_formal", "short_answers"),
                        confidence="medium",
                        links=("https://mail.northwind.example/starling/renewal-offer",),
                    ),
                ],
            ),
            Person(
                "Olaf Sorensen",
                "champion",
                "Head of Planning",
                boss="Leila Abbas",
                joined_ago=820,
                ratings=[
                    Rated(125, "very_good", "positive", "value"),
                    Rated(71, "okay", "negative", "quality"),
                    Rated(44, "okay", "neutral", "quality"),
                    Rated(13, "very_good", "positive", "communication"),
                ],
                answers=[
                    Answered(66, "csat", 1, "Six hours blind."),
                    Answered(12, "csat", 5, "The follow-up was exemplary."),
                ],
            ),
            Person(
                "Sanne Verhoeven",
                "technical_owner",
                "Platform Engineer",
                boss="Olaf Sorensen",
                joined_ago=700,
                ratings=[
                    Rated(121, "okay", "positive"),
                    Rated(71, "weak", "negative", "quality"),
                    Rated(30, "okay", "neutral", "communication"),
                    Rated(13, "very_good", "positive", "support"),
                ],
            ),
        ],
        observed=[
            Observed(100, "effectiveness", 0.8),
            Observed(65, "effectiveness", 0.4),
            Observed(10, "effectiveness", 0.8),
        ],
        cases=[
            Happened(
                72, "escalation", "Planning down for six hours", "critical", 66, "worse", "Olaf Sorensen"
            ),
            Happened(
                40, "request", "Status page for our operators", "normal", 20, "better", "Sanne Verhoeven"
            ),
        ],
        steps=[
            Next("Send the incident report", -60, person="Leila Abbas", done_ago=62, source="promise"),
            Next(
                "Call Leila: what would win her back?",
                -50,
                person="Leila Abbas",
                done_ago=52,
                source="prescription",
                cause="flag:buyer_negative",
            ),
            Next("A status page for operators", -18, person="Sanne Verhoeven", done_ago=19, source="promise"),
            Next("Review the status page with Sanne", 8, shared=True),
            Next("Name the operators who are told of an outage", 5, "theirs", shared=True),
            Next("Availability of every month, by the fifth", 12, person="Sanne Verhoeven", source="promise"),
        ],
        stages=[
            (800, "Onboarding", "Contract signed"),
            (700, "Adoption", "Live"),
            (420, "Value", "Crews dispatched in minutes"),
        ],
    )
