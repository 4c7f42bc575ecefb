"""The brief before a call: what one has to know about the people who will be there, on one page.

Assembled from what is written down anyway; a constant number of statements, whatever the number of people.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Actor, Case, Outcome, Persona, ProfileFact, TouchAttendee
from csplatform.selectors.account import Frame, account_frame
from csplatform.selectors.entries import Entry, touch_entry
from csplatform.selectors.org import main_contact
from csplatform.selectors.promises import PromiseLine, account_promises
from csplatform.selectors.touches import who_may_be_there
from feedback import selectors as feedback
from health import selectors as health
from relationships import selectors as relationships

USUAL = 5  # people on a brief that names nobody
MOST = 20
HAPPENED = 5
DECIDED = 3
PROMISES = 60  # open ones come first
YEAR = dt.timedelta(days=366)
MANNER = ("channel", "cadence", "tone", "character", "perspective", "engagement", "interests")
FELT_IN = dt.timedelta(days=90)  # a feeling that was seen longer ago is no guide


@dataclass(frozen=True)
class Attendee:
    """One person of the brief. ``no_contact`` is what was said where they want none at all; ``emotion`` what to expect, in
    words, with its source; ``answer`` the last one they gave, unless it stands among the ``worries``: what wears them out,
    sets them off, makes them negative, was answered badly, or is open at support."""

    person: Persona
    profile: accounts.Profile
    rating: relationships.RatedPerson | None
    remembered: relationships.Remembered
    promises: list[PromiseLine] = field(default_factory=list)
    answer: Any = None
    emotion: tuple[str, str] = ("", "")
    worries: list[str] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    commitment: relationships.Commitment | None = None
    no_contact: str = ""

    @property
    def manner(self) -> list[accounts.Known]:
        """What is known of how to meet them."""
        return [one for one in self.profile.known if one.fact.key in MANNER]

    @property
    def feels(self) -> str:
        return self.emotion[0]

    @property
    def feels_because(self) -> str:
        return self.emotion[1]


@dataclass(frozen=True)
class Decided:
    """What they decided, and how they felt about us on that morning: 0..100, None where too little was known."""

    outcome: Outcome
    emotion: float | None


@dataclass(frozen=True)
class Brief:
    """The page: ``chosen`` people, everyone who may be ``offered``, what happened last, what is open, and what they
    decided; ``more_promised`` if there are more promises than were read."""

    frame: Frame
    people: list[Attendee]
    offered: list[Persona]
    happened: list[Entry]
    promises: list[PromiseLine]
    more_promised: bool
    rate: accounts.KeptRate
    cases: list[Case]
    decided: list[Decided]

    @property
    def emotion(self) -> float | None:
        """How they feel about us now, 0..100; None where too little is known to say."""
        score = self.frame.score
        known = score is not None and score.sides.get("emotional")
        return score.emotional if known else None


def brief(*, account_id: UUID, chosen: Collection[UUID], actor: Actor, at: dt.datetime) -> Brief:
    """The brief for a call with these people of an account; with those who weigh most where nobody is chosen. Raises
    NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    offered = who_may_be_there(frame.people, chosen, frame.today)
    people = [one for one in offered if one.pk in set(chosen)][:MOST] or _weightiest(
        offered, main_contact(frame.account)
    )
    ids = [one.pk for one in people]
    promised = account_promises(account_id=account_id, tenant=actor.tenant, today=frame.today, most=PROMISES)
    cases = list(
        Case.objects.filter(account_id=account_id, resolved_at=None, deleted_at=None)
        .annotate(in_all=accounts.IN_ALL)
        .order_by("-opened_at", "pk")[:20]
    )
    touches = list(
        accounts.touches(accounts.TouchFilter(account_id=account_id), at=at).order_by("-at", "-pk")[:HAPPENED]
    )
    labels = accounts.touchpoint_labels()
    return Brief(
        frame=frame,
        people=_attendees(frame, people, ids, promised.lines, cases, actor),
        offered=offered,
        happened=[touch_entry(touch, labels) for touch in touches],
        promises=[line for line in promised.lines if line.step.done_at is None or line.standing == "broken"],
        more_promised=promised.in_all > PROMISES and promised.lines[-1].step.done_at is None,
        rate=promised.rate,
        cases=cases,
        decided=_decided(frame, actor),
    )


def _decided(frame: Frame, actor: Actor) -> list[Decided]:
    """The last decisions, newest first, each with the feeling of the morning of that day."""
    rows = Outcome.objects.filter(
        account_id=frame.account.pk, deleted_at=None, happened_on__lte=frame.today
    ).order_by("-happened_on", "-pk")[:DECIDED]
    zone = ZoneInfo(actor.tenant.time_zone)
    mornings = {row.pk: dt.datetime.combine(row.happened_on, dt.time(), zone) for row in rows}
    felt = health.emotions_on(account_id=frame.account.pk, moments=mornings.values())
    return [Decided(row, felt.get(mornings[row.pk])) for row in rows]


def _weightiest(people: list[Persona], contact: UUID | None) -> list[Persona]:
    """Whom a call is usually with: who is said to be the main contact, then those who count and weigh most by their
    role."""
    influence = health.current_scorecard().body["influence"]
    ranked = sorted(
        people,
        key=lambda one: (
            one.pk != contact,
            not one.tracked,
            -(one.influence or influence[one.role]),
            one.name,
        ),
    )
    return ranked[:USUAL]


def _attendees(
    frame: Frame,
    people: list[Persona],
    ids: list[UUID],
    promises: list[PromiseLine],
    cases: list[Case],
    actor: Actor,
) -> list[Attendee]:
    rated = relationships.rated_people(
        tenant=actor.tenant, at=frame.at, account_ids=[frame.account.pk], counted=False
    )
    standing = {one.id: one for one in rated if one.rated}
    remembered = relationships.remembered(persona_ids=ids, at=frame.at)
    committed = relationships.commitments(persona_ids=ids, tenant=actor.tenant, at=frame.at)
    profiles = _profiles(ids, frame)
    answers = feedback.last_answers(
        account_id=frame.account.pk, persona_ids=ids, since=frame.at - YEAR, at=frame.at
    )
    negative = relationships.negative_words(persona_ids=ids, at=frame.at)
    alone = accounts.left_alone(persona_ids=ids, today=frame.today)
    zone = ZoneInfo(actor.tenant.time_zone)
    feelings = _last_feelings(ids, frame.at)
    found = []
    for person in people:
        known = profiles[person.pk]
        memory = remembered.get(person.pk, relationships.Remembered())
        rating = standing.get(person.pk)
        said = answers.get(person.pk, [])
        theirs = [case for case in cases if case.persona_id == person.pk]
        bad = [one for one in said if feedback.is_bad(one)]
        found.append(
            Attendee(
                person=person,
                profile=known,
                rating=rating,
                remembered=memory,
                promises=[line for line in promises if person.pk in _given_to(line)],
                answer=next((one for one in said[:1] if one not in bad), None),
                emotion=_expected(feelings.get(person.pk), rating, memory, frame),
                worries=_worries(known, negative.get(person.pk, []), bad, theirs, zone),
                expects=[known.said(key) for key in ("wiifm", "motivations") if known.said(key)],
                commitment=committed[person.pk],
                no_contact=alone.get(person.pk, ""),
            )
        )
    return found


def _given_to(line: PromiseLine) -> set[UUID | None]:
    """Whom a promise was given to, and who they were merged into."""
    to = line.step.persona
    return {to.pk, to.merged_into_id} if to else set()


def _profiles(ids: list[UUID], frame: Frame) -> dict[UUID, accounts.Profile]:
    facts: dict[UUID, list[ProfileFact]] = {id: [] for id in ids}
    for fact in ProfileFact.objects.filter(persona_id__in=ids):
        facts[fact.persona_id].append(fact)
    return {id: accounts.profile(known, today=frame.today) for id, known in facts.items()}


def _last_feelings(ids: list[UUID], at: dt.datetime) -> dict[UUID, tuple[str, dt.datetime]]:
    """What each of these people was last seen to feel, and when."""
    there = TouchAttendee.objects.filter(
        persona_id__in=ids, touch__deleted_at=None, touch__at__lte=at, touch__at__gte=at - FELT_IN
    ).exclude(feeling="")
    rows = there.order_by("persona_id", "-touch__at").distinct("persona_id")
    return {
        persona: (feeling, when)
        for persona, feeling, when in rows.values_list("persona_id", "feeling", "touch__at")
    }


def _expected(felt: Any, rating: Any, memory: relationships.Remembered, frame: Frame) -> tuple[str, str]:
    """How they will probably feel, and where that comes from: seen last, else rated, else their strongest memory, else
    what is usual in the stage."""
    if felt is not None:
        return felt[0], _("seen on %(day)s") % {"day": date_format(felt[1].date(), "M j, Y")}
    if rating is not None and rating.overall:
        words = {"negative": _("negative"), "neutral": _("neutral"), "positive": _("positive")}
        return str(words[rating.overall]).capitalize(), _("as rated")
    if memory.peak is not None:
        return str(memory.peak.get_valence_display()), _("their strongest memory of us")
    if frame.stage is not None and frame.stage.stage.feel:
        return frame.stage.stage.feel, _("usual in the stage %(stage)s") % {"stage": frame.stage.stage.name}
    return "", ""


def _worries(
    known: accounts.Profile,
    negative: Iterable[relationships.NegativeWord],
    bad: Iterable[Any],
    cases: Iterable[Case],
    zone: ZoneInfo,
) -> list[str]:
    return [
        *(known.said(key) for key in ("frustrations", "triggers") if known.said(key)),
        *(_on(one.head, one.rated_at, one.why, zone) for one in negative),
        *(_on(f"{one.get_kind_display()} {one.answer:g}", one.answered_at, one.why, zone) for one in bad),
        *(case.subject or str(case.get_kind_display()) for case in cases),
    ]


def _on(what: str, when: dt.datetime, why: str, zone: ZoneInfo) -> str:
    """A worry that began on a day."""
    said = f"{what}, {date_format(when.astimezone(zone).date(), 'M j, Y')}"
    return f"{said}: {why.strip()}" if why.strip() else said
