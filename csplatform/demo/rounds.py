"""The rounds of the demo: one that is finished, rated twice so that agreement can be told, one that is overdue, one under
way. The people of the stories are asked for like everyone, and rated as their stories say, not here.
"""

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any

from accounts import services as accounts
from accounts.models import Account, Persona
from csplatform.demo.load import Loaded, email_of, refuse
from csplatform.demo.stories import PROSPECTS, STORIES
from relationships import selectors
from relationships import services as relationships
from relationships.models import Assignment, Rating, Round

STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")
DRIVERS = {"positive": "value", "neutral": "communication", "negative": "support"}
CADENCES = (("Strategic", 30, 10), ("", 90, 21))


def hold_rounds(loaded: Loaded) -> None:
    """Open the rounds at their moments, and rate as far as each has come."""
    if not {"Alice", "Ben", "Chloe"} <= set(loaded.members):
        return
    rng = random.Random(23)  # noqa: S311 (a plan, the same every time)
    alice, ben, chloe = (email_of(loaded, name) for name in ("Alice", "Ben", "Chloe"))
    twice = {"second_share": 100, "second_rater_emails": [ben]}
    finished = open_round(
        loaded, "Autumn: how well do we agree?", 46, 32, scope={"owner_email": [alice]}, **twice
    )
    rate(loaded, finished, rng, days=(45, 33), share=0.95)
    relationships.close_round(id=finished.pk, actor=None, at=loaded.ago(31))
    for member in loaded.members.values():
        accounts.mark_read(ids=None, actor=member, at=loaded.ago(30))
    overdue = open_round(
        loaded,
        "Enterprise, before they renew",
        25,
        4,
        scope={"segment": ["Enterprise"], "renews_within": 200},
    )
    rate(loaded, overdue, rng, days=(24, 5), share=0.6)
    running = {"second_share": 12, "second_rater_emails": [chloe, ben], "scope": {"rated_within": 21}}
    rate(
        loaded,
        open_round(loaded, "Before the quarter ends", 6, -9, **running),
        rng,
        days=(5.5, 0.3),
        share=0.4,
    )
    for tier, every, due in CADENCES:
        values = {"tier": tier, "every_days": every, "due_days": due, "next_on": loaded.day(-every / 2)}
        relationships.save_cadences(
            items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=loaded.ago(40)
        )


def open_round(loaded: Loaded, name: str, ago: float, due_ago: float, **values: Any) -> Round:
    """A round that opened so many days ago and is due so many days ago (negative: from now)."""
    item = accounts.Item(values={"name": name, "due_on": loaded.day(due_ago), **values})
    saved = relationships.save_rounds(items=[item], mode=accounts.Mode.CREATE, actor=None, at=loaded.ago(ago))
    found: Round = Round.objects.get(pk=accounts.only(saved).id)
    return found


def rate(
    loaded: Loaded, round: Round, rng: random.Random, *, days: tuple[float, float], share: float
) -> None:
    """Rate a share of whom a round asks for, each between these days: owners as it stood, second raters nearly so."""
    stories = {story().external_id for story in (*STORIES, *PROSPECTS)}
    told = set(Account.objects.filter(external_id__in=stories).values_list("pk", flat=True))
    asks = list(Assignment.objects.filter(round=round).order_by("blind", "persona__name", "pk"))
    people = {
        person.id: person
        for person in selectors.rated_people(
            tenant=loaded.tenant, at=round.opened_at, account_ids={ask.account_id for ask in asks}
        )
    }
    said: dict[Any, tuple[str, str]] = {}
    ratings = []
    for ask in asks:
        person = people.get(ask.persona_id)
        if ask.account_id in told or person is None or rng.random() > share:
            continue
        words = said.setdefault(
            ask.persona_id, (person.strength or rng.choice(STRENGTHS), person.overall or "neutral")
        )
        ago = rng.uniform(*days) if not ask.blind else days[1] + (days[0] - days[1]) * 0.1 * rng.random()
        ratings.append(_rating(loaded, ask, _second(rng, words) if ask.blind else words, max(ago, days[1])))
    refuse(relationships.record_ratings(ratings=ratings, actor=None, at=loaded.at))
    relationships.settle_assignments(ratings=_of_stories(round, told))


def _of_stories(round: Round, told: set[Any]) -> Iterable[Rating]:
    """The ratings of the stories that fall into a round: they were written before it."""
    people = Persona.objects.filter(account_id__in=told)
    return Rating.objects.filter(persona__in=people, rated_at__gte=round.opened_at).defer("note")


def _second(rng: random.Random, words: tuple[str, str]) -> tuple[str, str]:
    """What a second rater says: mostly the same, else a level beside it, and now and then far off."""
    found = []
    for word, levels in zip(words, (STRENGTHS, SENTIMENTS), strict=True):
        off = rng.choices((0, 1, -1, 2, -2), (68, 13, 13, 3, 3))[0]
        found.append(levels[min(max(levels.index(word) + off, 0), len(levels) - 1)])
    return found[0], found[1]


def _rating(loaded: Loaded, ask: Assignment, words: tuple[str, str], ago: float) -> relationships.NewRating:
    strength, mood = words
    return relationships.NewRating(
        persona_id=ask.persona_id,
        strength=strength,
        sentiment_brand=mood,
        sentiment_product=mood,
        sentiment_service=mood,
        driver=DRIVERS[mood],
        confidence=("medium", "high")[strength in ("none", "very_good")],
        rated_at=loaded.at - dt.timedelta(days=ago),
        rated_by_id=ask.rater_id,
        historical=True,
    )
