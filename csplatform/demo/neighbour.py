"""Globex, the neighbour: its accounts repeat Northwind's external ids and e-mails, and three of them churned."""

from dataclasses import replace

from csplatform.demo.crowd import crowd
from csplatform.demo.shapes import Company


def neighbour(*, seed: int) -> list[Company]:
    """Nine live and three churned accounts, with external ids that Northwind uses too."""
    found = []
    for number, made in enumerate(crowd(seed=seed, live=9, churned=3, people=48)):
        taken = 1001 + number if number < 6 else 2001 + number
        found.append(replace(made, owner="Charlie", external_id=f"crm-{taken}"))
    return found
