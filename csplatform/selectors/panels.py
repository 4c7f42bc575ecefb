"""The four goals of psychology for an account and for a person: what is, why, what next, and what we do about it.

Nothing new is measured here: each panel puts side by side what the pages below it show at length. The effect of a step is
told from dated rows alone, and not told where there are too few.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import Account, Persona, Step, Tenant
from csplatform.selectors.account import Overview
from health import selectors as health
from journeys import selectors as journeys
from relationships import selectors as relationships

SETTLES = dt.timedelta(days=7)  # sooner than this after a step nothing can be told of its effect
WINDOW = dt.timedelta(days=28)  # and later than this, other things have happened
BEFORE = dt.timedelta(days=3)  # how old the last score before a step may be
PARTS = 2  # measures that lift or lower a score, each
DRIVERS = 3


@dataclass(frozen=True)
class Effect:
    """What came after the last prescribed step that was done: the score of the account, or the words for a person, before
    it and last in its window (``until``). Both are known, or there is no effect to tell."""

    step: Step
    until: dt.datetime
    before: Any
    after: Any

    @property
    def change(self) -> float:
        """Points, of a score."""
        return float(self.after - self.before)


@dataclass(frozen=True)
class Driven:
    """A driver, and of how many people it is said; ``negative`` of them feel so; ``feels`` is what most of them do."""

    label: str
    people: int
    negative: int
    feels: str


@dataclass(frozen=True)
class AccountPanels:
    """``people`` who count, of whom ``rated``, ``negative`` and ``strong`` (very good); ``lowers`` and ``lifts`` the score,
    with their points; ``loss`` the chance that an account of this band is lost (None for a prospect), ``own`` where it
    comes from the tenant's outcomes; ``step`` the one that comes first, else what is ``prescribed``; ``effect`` of the
    last one that was done."""

    behavioural: float | None
    emotional: float | None
    people: int
    rated: int
    negative: int
    strong: int
    drivers: list[Driven]
    lowers: list[dict[str, Any]]
    lifts: list[dict[str, Any]]
    loss: float | None
    own: bool
    renewal_days: int | None
    step: Step | None
    prescribed: journeys.Prescribed | None
    done: Step | None
    effect: Effect | None


def account_panels(found: Overview, *, tenant: Tenant) -> AccountPanels:
    """The panels of an account, from what its Overview has read. Four statements."""
    frame = found.frame
    said = relationships.rated_people(tenant=tenant, at=frame.at, account_ids=[frame.account.pk])
    customer = frame.account.status != Account.Status.PROSPECT  # of a prospect nothing can be lost yet
    chances = health.loss_chances(today=frame.today, at=frame.at) if frame.score and customer else None
    done = last_done(account_id=frame.account.pk, at=frame.at)
    renewal = frame.account.renewal_on
    return AccountPanels(
        behavioural=frame.score.behavioural if frame.score else None,
        emotional=frame.score.emotional if frame.score else None,
        people=len(said),
        rated=sum(person.rated for person in said),
        negative=sum(person.overall == "negative" for person in said),
        strong=sum(person.strength == "very_good" for person in said),
        drivers=_drivers(said),
        lowers=_parts(found.parts, -1),
        lifts=_parts(found.parts, 1),
        loss=chances.rates[frame.score.band] if chances and frame.score else None,
        own=bool(chances and chances.own),
        renewal_days=(renewal - frame.today).days if renewal else None,
        step=_first(found.steps),
        prescribed=found.prescribed,
        done=done,
        effect=score_effect(done, found.history, frame.at) if done else None,
    )


def _drivers(said: Iterable[Any]) -> list[Driven]:
    """The drivers that are said of most people, those behind something negative first."""
    moods: dict[str, Counter[str]] = defaultdict(Counter)
    for person in said:
        if person.driver_label and person.overall:
            moods[person.driver_label][person.overall] += 1
    found = [
        Driven(
            label,
            felt.total(),
            felt["negative"],
            "negative" if felt["negative"] else max(felt, key=felt.__getitem__),
        )
        for label, felt in moods.items()
    ]
    return sorted(found, key=lambda one: (-one.negative, -one.people, one.label))[:DRIVERS]


def _parts(parts: Iterable[dict[str, Any]], sign: int) -> list[dict[str, Any]]:
    """The measures that move the score most in one direction, by half a point at least."""
    found = [part for part in parts if sign * part["contribution"] >= 0.5]
    return sorted(found, key=lambda part: -sign * part["contribution"])[:PARTS]


def _first(steps: Sequence[Step]) -> Step | None:
    return steps[0] if steps else None


def last_done(*, account_id: UUID, persona_id: UUID | None = None, at: dt.datetime) -> Step | None:
    """The prescribed step at an account, or with one of its people, that was done last. One statement."""
    about = Q() if persona_id is None else Q(persona_id=persona_id)
    done = Step.objects.filter(about, account_id=account_id, deleted_at=None, done_at__lte=at, broken=False)
    return done.exclude(cause="").order_by("-done_at", "-pk").first()


def score_effect(step: Step, history: Sequence[Mapping[str, Any]], at: dt.datetime) -> Effect | None:
    """The account's score before a step and up to 28 days after it; None without a score of the three days before it, or
    before a week has passed."""
    done = step.done_at
    if done is None or at - done < SETTLES:
        return None
    before = [row for row in history if done - BEFORE <= row["at"] <= done]
    after = [row for row in history if done + SETTLES <= row["at"] <= done + WINDOW]
    if not before or not after:
        return None
    last = after[-1]
    return Effect(step, last["at"], before[-1]["score"], last["score"])


@dataclass(frozen=True)
class PersonPanels:
    """``if_leaves``: what the account's coverage becomes without them, beside what it ``covers`` now, None where unknown;
    ``renewal_days`` of the account; ``step`` the one with them that comes first, ``done`` and ``effect`` as of an account
    (before and after are the words of a rating: strength and overall)."""

    covers: float | None
    if_leaves: float | None
    renewal_days: int | None
    step: Step | None
    done: Step | None
    effect: Effect | None


def person_panels(
    *,
    persona: Persona,
    score: Any,
    ratings: Sequence[relationships.PastRating],
    today: dt.date,
    at: dt.datetime,
) -> PersonPanels:
    """The panels of a person, beside what their page has read already. Two statements."""
    held = score.coverage if score is not None and score.coverage else {}
    row: dict[str, Any] = next(
        (one for one in held.get("people", ()) if str(one["persona"]) == str(persona.pk)), {}
    )
    open_steps = Step.objects.filter(persona_id=persona.pk, done_at=None, deleted_at=None)
    done = last_done(account_id=persona.account_id, persona_id=persona.pk, at=at)
    renewal = persona.account.renewal_on
    return PersonPanels(
        covers=held.get("coverage"),
        if_leaves=row.get("if_leaves"),
        renewal_days=(renewal - today).days if renewal else None,
        step=open_steps.select_related("owner__user").order_by("due_on", "created_at", "pk").first(),
        done=done,
        effect=rating_effect(done, ratings, at) if done else None,
    )


def rating_effect(step: Step, ratings: Sequence[relationships.PastRating], at: dt.datetime) -> Effect | None:
    """What was said of a person before a step and last within 28 days after it; None where either is missing."""
    done = step.done_at
    if done is None:
        return None
    stands = [one for one in ratings if one.withdrawn_at is None]  # newest first
    before = next((one for one in stands if one.rating.rated_at <= done), None)
    after = next((one for one in stands if done < one.rating.rated_at <= done + WINDOW), None)
    if before is None or after is None:
        return None
    return Effect(step, after.rating.rated_at, before, after)
