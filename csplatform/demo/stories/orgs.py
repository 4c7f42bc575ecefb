"""Who stands how to whom in the stories, who of ours beside whom of theirs, and one company with forty people."""

from csplatform.demo.shapes import Paired, Person, Stands

# Willowbank's people, head by head: name, title, boss, joined so many days ago, left so many days ago.
_WILLOWBANK = (
    ("Henrik Vos", "Chief Operating Officer", "Ada Lindqvist", 980, None),
    ("Mirela Popa", "Head of Lending", "Ada Lindqvist", 940, None),
    ("Oskar Brandt", "Head of Finance", "Ada Lindqvist", 1000, None),
    ("Yasmin Idris", "Head of People", "Ada Lindqvist", 610, None),
    ("Felix Amsel", "Branch Director North", "Henrik Vos", 900, None),
    ("Greta Lund", "Branch Director South", "Henrik Vos", 870, 55),
    ("Pelle Hansson", "Branch Director South", "Henrik Vos", 40, None),
    ("Amira Saleh", "Branch Lead", "Felix Amsel", 700, None),
    ("Bruno Keller", "Branch Lead", "Felix Amsel", 660, None),
    ("Clara Nilsen", "Branch Lead", "Felix Amsel", 430, None),
    ("Davit Hakobyan", "Branch Lead", "Pelle Hansson", 520, None),
    ("Elif Demir", "Branch Lead", "Pelle Hansson", 480, None),
    ("Frida Holm", "Branch Lead", "Pelle Hansson", 75, None),
    ("Goran Ilic", "Teller Lead", "Amira Saleh", 380, None),
    ("Hanna Wirth", "Shift Planner", "Goran Ilic", 300, None),
    ("Ilan Peretz", "Shift Planner", "Hanna Wirth", 120, None),
    ("Jelena Maric", "Credit Manager", "Mirela Popa", 820, None),
    ("Kofi Mensah", "Credit Manager", "Mirela Popa", 640, None),
    ("Lucia Ferri", "Loan Officer", "Jelena Maric", 560, None),
    ("Mats Ekholm", "Loan Officer", "Jelena Maric", 540, None),
    ("Nadia Karim", "Loan Officer", "Jelena Maric", 410, None),
    ("Otto Bauer", "Loan Officer", "Jelena Maric", 390, None),
    ("Pavla Novotna", "Loan Officer", "Jelena Maric", 210, None),
    ("Quentin Roy", "Loan Officer", "Jelena Maric", 64, None),
    ("Rosa Almeida", "Collections Lead", "Kofi Mensah", 450, None),
    ("Sven Olsen", "Controller", "Oskar Brandt", 760, None),
    ("Tamar Gelman", "Controller", "Oskar Brandt", 330, None),
    ("Ulla Berg", "Treasury Analyst", "Oskar Brandt", 280, None),
    ("Viggo Dam", "Talent Partner", "Yasmin Idris", 240, None),
    ("Wanda Zak", "Trainer", "Yasmin Idris", 190, None),
    ("Xavi Soler", "Systems Analyst", "Noor Petrov", 620, None),
    ("Ylva Strand", "Systems Analyst", "Noor Petrov", 350, None),
    ("Zoran Babic", "Integration Engineer", "Ivo Zielinski", 470, None),
    ("Agnes Falk", "Support Analyst", "Ivo Zielinski", 260, None),
    ("Boris Lang", "Planner", "Selma Dahl", 310, None),
    ("Cleo Martin", "Planner", "Selma Dahl", 85, None),
)  # fmt: skip


def _consultant(boss: str, joined: float) -> Person:
    """One who advises two customers, under one e-mail: who knows her at one knows her at the other."""
    email = "ruth@adeyemi-partners.example"
    return Person("Ruth Adeyemi", "other", "Consultant", False, boss, joined, email=email)


# People who do not count in a score: the chart knows them, health does not ask them.
STAFF: dict[str, list[Person]] = {
    "crm-1002": [_consultant("Irina Solberg", 220)],
    "crm-1008": [_consultant("Hector Almeida", 90)],
    "crm-1011": [
        Person(name, "other", title, tracked=False, boss=boss, joined_ago=joined, left_ago=left)
        for name, title, boss, joined, left in _WILLOWBANK
    ],
}

STANDS: dict[str, list[Stands]] = {
    "crm-1001": [
        Stands("Dana Whitlock", "influences", "Eli Farraday", 3, 500),
        Stands("Dana Whitlock", "sponsors", "Gita Rao", 2, 320),
        Stands("Farid Nassar", "conflicts_with", "Gita Rao", 1, 200, 130),
        Stands("Farid Nassar", "conflicts_with", "Gita Rao", 2, 130),
    ],
    "crm-1002": [
        Stands("Morten Aas", "influences", "Irina Solberg", 3, 700, 12),
        Stands("Tobias Renn", "influences", "Irina Solberg", 2, 300),
    ],
    "crm-1007": [Stands("Cyrus Rahman", "conflicts_with", "Petra Winther", 2, 90)],
    "crm-1011": [
        Stands("Noor Petrov", "influences", "Ada Lindqvist", 3, 800),
        Stands("Ada Lindqvist", "sponsors", "Noor Petrov", 3, 760),
        Stands("Oskar Brandt", "influences", "Ada Lindqvist", 2, 600),
        Stands("Mirela Popa", "conflicts_with", "Henrik Vos", 2, 160),
        Stands("Noor Petrov", "sponsors", "Jelena Maric", 1, 240),
        Stands("Greta Lund", "influences", "Henrik Vos", 2, 500, 55),
    ],
}

PAIRS: dict[str, list[Paired]] = {
    "crm-1001": [Paired("Eli Farraday", "Lena", 400)],
    "crm-1003": [Paired("Rosalind Achterberg", "Lena", 200)],
    "crm-1011": [Paired("Ada Lindqvist", "Lena", 700), Paired("Noor Petrov", "Alice", 700)],
}

# Who was said to be the main contact, so many days ago.
CONTACTS: dict[str, list[tuple[str, float]]] = {
    "crm-1001": [("Dana Whitlock", 300)],
    "crm-1011": [("Oskar Brandt", 500), ("Noor Petrov", 120)],
}
