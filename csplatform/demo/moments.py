"""What people of the demo remember of us, by account and name, and what we say of the pillars of trust."""

from csplatform.demo.shapes import Felt

MOMENTS: dict[tuple[str, str], list[Felt]] = {
    ("crm-1001", "Dana Whitlock"): [
        Felt(300, 1, 2, "The first line ran a night without anybody in the hall."),
        Felt(23, 2, 3, "We came to her board with the roadmap, and her board clapped."),
    ],
    ("crm-1001", "Farid Nassar"): [
        Felt(120, -2, 2, "Two imports failed in a week, and he had to explain it to the plant manager."),
    ],
    ("crm-1002", "Sunniva Dahl"): [Felt(33, 0, 1, "Her question was answered, two days later.")],
    ("crm-1003", "Mina Kovac"): [
        Felt(43, -2, 3, "The duplicate feed again: she copied her director and nobody called back."),
    ],
    ("crm-1003", "Jonas Ibsen"): [Felt(30, -1, 2, "He asked for one contact and got a ticket number.")],
    ("crm-1004", "Beatriz Lopes"): [Felt(60, 2, 2, "Her pupils stood on our stage at the open day.")],
    ("crm-1009", "Leila Abbas"): [
        Felt(71, -2, 3, "Six hours down on the busiest day; she lost a day of sales."),
        Felt(18, 2, 2, "The status page went live on the day that we had named."),
    ],
    ("crm-1009", "Olaf Sorensen"): [Felt(71, -2, 2, "He had vouched for us, and his phone did not stop.")],
    ("crm-1010", "Rafa Vasquez"): [Felt(29, -1, 2, "The import failed twice, and he stopped trying.")],
    ("crm-1011", "Noor Petrov"): [
        Felt(50, 2, 3, "She spoke at our user day, and the room stayed for questions.")
    ],
    ("crm-1012", "Zadie Thorne"): [
        Felt(88, -1, 3, "The module that sales had named was never going to be built.")
    ],
}

# Account, so many days ago, by whom, and what was said of each pillar.
PILLARS: list[tuple[str, float, str, dict[str, tuple[int, str]]]] = [
    ("crm-1001", 120, "Alice", {
        "personalization": (3, "We know Dana, and hardly the others."), "integrity": (4, ""),
        "responsibility": (2, "Two imports, and nobody called Farid."),
    }),
    ("crm-1001", 15, "Alice", {
        "personalization": (4, "Dana's wishes are written down; Eli's too."),
        "integrity": (3, "The export is late, and we told her."), "empathy": (4, "She travels three days a week."),
        "time_to_value": (4, "The first line ran a night without anybody."),
    }),
    ("crm-1002", 10, "Alice", {"empathy": (2, "We learned late that Morten leaves.")}),
]  # fmt: skip

# What accounts are to have in hand first: account, what, due so many days ago (negative: still ahead), and reached so many
# days ago as what shows.
FIRST_VALUES: list[tuple[str, str, int, int | None, str]] = [
    ("crm-1001", "The second line runs a weekend without a shift leader.", 12, None, ""),
    ("crm-1002", "The monthly report is made without a spreadsheet.", -20, None, ""),
    (
        "crm-1011",
        "The yearly audit takes two days.",
        1040,
        1052,
        "The auditors' letter, and Noor's talk about it.",
    ),
]

# Whom we asked to speak for us: account, person, so many days ago, by whom, for what, in words, the answer, so many days
# ago it was given and done.
ASKS: list[tuple[str, str, int, str, str, str, str | None, int | None, int | None]] = [
    (
        "crm-1001",
        "Dana Whitlock",
        320,
        "Alice",
        "reference",
        "A call with a plant like hers",
        "yes",
        318,
        301,
    ),
    (
        "crm-1001",
        "Dana Whitlock",
        12,
        "Alice",
        "case_study",
        "How the first line came to run a night alone",
        "yes",
        9,
        None,
    ),
    ("crm-1011", "Noor Petrov", 70, "Alice", "talk", "Fifteen minutes at our user day", "yes", 66, 50),
    ("crm-1004", "Beatriz Lopes", 210, "Alice", "review", "", "no", 205, None),
    (
        "crm-1002",
        "Sunniva Dahl",
        25,
        "Alice",
        "referral",
        "Her former colleagues in the north",
        None,
        None,
        None,
    ),
]
