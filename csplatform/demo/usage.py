"""Usage that an account's curves produce, day by day; the same day gives the same events at every start."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from csplatform.demo.shapes import Company

WORKDAY, WEEKEND = 0.42, 0.04


def usage_events(
    *, companies: list[Company], seeded_on: dt.date, first: dt.date, last: dt.date
) -> Iterator[dict[str, Any]]:
    """Events of the days ``first``..``last`` (inclusive), in the shape of the usage endpoint.

    ``seeded_on`` is the day the curves count from.
    """
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        ago = (seeded_on - day).days
        for company in companies:
            if (
                company.reach
                and ago < company.started_ago
                and not (company.churned_ago and ago < company.churned_ago)
            ):
                yield from _day(company, day, ago)


def _day(company: Company, day: dt.date, ago: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(f"{company.external_id}:{company.name}:{day}")  # noqa: S311 (plausible data, not secrets)
    assert company.reach is not None
    reached = round(company.reach.at(ago) * company.seats)
    chance = WORKDAY if day.weekday() < 5 else WEEKEND
    breadth = company.breadth.at(ago) if company.breadth else 0.5
    known = company.entitlements[: max(1, round(breadth * len(company.entitlements)))]
    for user in range(reached):
        if rng.random() > chance:
            continue
        for feature in rng.sample(known, min(len(known), rng.randint(1, 3))):
            moment = dt.datetime.combine(day, dt.time(7), dt.UTC) + dt.timedelta(
                seconds=rng.randrange(9 * 3600)
            )
            key = f"{company.external_id}-user-{user + 1}"
            yield {
                "message_id": f"{key}:{feature}:{day}",
                "account_external_id": company.external_id,
                "user_key": key,
                "feature": feature,
                "occurred_at": moment.isoformat(),
            }
