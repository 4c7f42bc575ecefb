"""The account's page: the frame that every tab shows, and what each tab shows in it.

A tab costs a constant number of statements, whatever the number of people, ratings or days.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts import selectors as accounts
from accounts.models import Account, Actor, Case, Initiative, Membership, Note, Persona, Step
from csplatform.selectors.initiatives import account_initiatives
from csplatform.selectors.moves import Compared, Move, answers_of, by_key, moves, shown
from csplatform.selectors.promises import Promised, account_promises
from feedback import selectors as feedback
from health import selectors as health
from journeys import selectors as journeys
from relationships import selectors as relationships

WEEK = dt.timedelta(days=7)
NOTES = 4
SHOWN_LEAVERS = 5
YEAR = dt.timedelta(days=366)
ROLES = dict(Persona.Role.choices)
AXES = {"behavioural": "behavioural", "emotional": "emotional"}


class NoAccount(LookupError):
    """The tenant has no such account, or it was deleted."""


@dataclass(frozen=True)
class Frame:
    """What every tab shows. ``score`` is the stored score's row or None; ``people`` everyone ever at the account."""

    account: Account
    team: list[Membership]
    score: Any
    stage: journeys.CurrentStage | None
    people: list[Persona]
    members: list[Membership]
    writable: bool
    today: dt.date
    at: dt.datetime

    @property
    def names(self) -> dict[str, str]:
        return {str(person.pk): person.name for person in self.people}

    @property
    def present(self) -> list[Persona]:
        """Who works there now."""
        return [person for person in self.people if not has_left(person, self.today)]

    @property
    def coverage(self) -> dict[str, Any] | None:
        """The stored coverage, with the name of the person on whom most rests."""
        if self.score is None:
            return None
        stored = self.score.coverage
        return {
            **stored,
            "top_name": self.names.get(str(stored.get("top_persona")), ""),
            "missing_roles": [str(ROLES[role]) for role in stored.get("missing_roles", ())],
        }

    @property
    def override(self) -> dict[str, Any] | None:
        """The override in force, with its author's name and its end."""
        if self.score is None or not self.score.override:
            return None
        stored = self.score.override
        names = {str(member.pk): str(member.user) for member in self.members}
        return {
            **stored,
            "by": names.get(stored["author"] or "", ""),
            "expires_at": moment(stored["expires_at"]),
        }

    @property
    def flags(self) -> list[dict[str, Any]]:
        if self.score is None:
            return []
        names = {str(member.pk): str(member.user) for member in self.members}
        return [
            {
                **flag,
                "since": moment(flag["since"]),
                "by": names.get(flag.get("author") or "", ""),
                "expires_at": moment(flag.get("expires_at")),
            }
            for flag in self.score.flags
        ]


def account_frame(*, account_id: UUID, actor: Actor, at: dt.datetime) -> Frame:
    """The frame of an account's page. Raises NoAccount, for a foreign id as for a missing one."""
    account = (
        Account.objects.filter(pk=account_id, deleted_at=None)
        .select_related("owner__user", "main_contact")
        .prefetch_related("scores", "team__membership__user")
        .first()
    )
    if account is None:
        raise NoAccount(str(account_id))
    today = at.astimezone(ZoneInfo(actor.tenant.time_zone)).date()
    team = [row.membership for row in account.team.all()]
    people = Persona.objects.filter(account_id=account_id, deleted_at=None, merged_into=None)
    return Frame(
        account=account,
        team=sorted(team, key=lambda member: str(member.user)),
        score=next((health.veiled_score(score) for score in account.scores.all()), None),
        stage=journeys.current_stages(account_ids=[account_id], today=today, at=at).get(account_id),
        people=list(people.order_by("name", "pk")),
        members=accounts.members(tenant_id=actor.tenant_id),
        writable=may_write(actor, account, [member.pk for member in team]),
        today=today,
        at=at,
    )


def may_write(actor: Actor, account: Account, team: list[UUID]) -> bool:
    """Whether this member may write the account: the rule of accounts.services.require_write, from what is loaded."""
    if actor.writes_all:
        return True
    return actor.writes_some and (account.owner_id in (None, actor.member_id) or actor.member_id in team)


def has_left(person: Persona, today: dt.date) -> bool:
    """Whether a person works there no more."""
    return person.left_on is not None and person.left_on <= today


def moment(text: str | None) -> dt.datetime | dt.date | None:
    """A stored day or moment."""
    if not text:
        return None
    return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)


@dataclass(frozen=True)
class Overview:
    """Waterfall, history, what changed since last week (None without a score then), open steps that are no promises, open
    cases, answers, the last touch, what is prescribed unless its step is open already, the manager's word if one is asked
    for, and what the customer wants to achieve."""

    frame: Frame
    parts: list[dict[str, Any]]
    history: list[dict[str, Any]]
    moves: list[Move] | None
    steps: list[Step]
    cases: list[Case]
    responses: list[Any]
    prescribed: journeys.Prescribed | None
    touch: accounts.LastTouch | None
    notes: list[Note]
    promised: Promised
    initiatives: list[Initiative]
    manager: health.Acknowledged | None


def account_overview(*, account_id: UUID, actor: Actor, at: dt.datetime) -> Overview:
    """The Overview tab. Raises NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    responses = list(feedback.account_responses(account_id=account_id, at=at)[:30])
    open_steps = Step.objects.filter(account_id=account_id, done_at=None, deleted_at=None)
    open_steps = open_steps.exclude(source=Step.PROMISE)  # they stand among the promises
    steps = list(
        open_steps.select_related("owner__user", "initiative")
        .annotate(in_all=accounts.IN_ALL)
        .order_by("due_on", "created_at", "pk")[:50]
    )
    cases = Case.objects.filter(account_id=account_id, resolved_at=None, deleted_at=None)
    asked = journeys.prescribed(account_ids=[account_id]).get(account_id)
    return Overview(
        frame=frame,
        parts=measure_rows(frame),
        history=_history(frame),
        moves=_moves(frame, responses),
        steps=steps,
        cases=list(cases.annotate(in_all=accounts.IN_ALL).order_by("-opened_at", "pk")[:20]),
        responses=responses[:6],
        prescribed=None if asked is None or asked.cause in {step.cause for step in steps} else asked,
        touch=accounts.last_touches(account_ids=[account_id], at=at).get(account_id),
        notes=accounts.account_notes(account_id=account_id, limit=NOTES),
        initiatives=account_initiatives(account_id),
        promised=account_promises(account_id=account_id, tenant=actor.tenant, today=frame.today),
        manager=health.acknowledged(account_ids=[account_id], at=at).get(account_id),
    )


def measure_rows(frame: Frame, axis: str = "") -> list[dict[str, Any]]:
    """The measures of the stored score with their names, values in their own unit, and the people behind them."""
    if frame.score is None:
        return []
    called, names = health.measure_names(), frame.names
    return [
        {
            **part,
            "label": called.get(part["key"], part["key"].replace("_", " ").capitalize()),
            "shown": shown(part["key"], part["raw"]),
            "personas": [
                {
                    **row,
                    "name": names.get(str(row["persona"]), "") if row["persona"] else str(ROLES[row["seat"]]),
                }
                for row in part["personas"]
            ],
        }
        for part in frame.score.parts
        if not axis or part["axis"] == axis
    ]


def _history(frame: Frame) -> list[dict[str, Any]]:
    """The daily scores of a year, and the score of now."""
    rows = [
        {
            **row,
            "behavioural": row["behavioural"]["score"],
            "emotional": row["emotional"]["score"],
        }
        for row in health.score_history(frame.account.pk, frame.at - YEAR, frame.at)
    ]
    if frame.score is not None:
        now = frame.score
        names = ("at", "score", "evidence", "behavioural", "emotional")
        rows.append({name: getattr(now, name) for name in names})
    return rows


def _moves(frame: Frame, responses: list[Any]) -> list[Move] | None:
    score = frame.score
    if score is None or score.change_7d is None:
        return None
    if not any(abs(cause["value_part"]) + abs(cause["evidence_part"]) >= 0.01 for cause in score.causes):
        return []
    then = score.at - WEEK
    past = health.past_state(account_id=frame.account.pk, at=then)
    gone = {str(person.pk) for person in frame.people if has_left(person, frame.today)}
    week = Compared(
        before=past["coverage"],
        now=score.coverage,
        measures_before=by_key(past["health"]["measures"]),
        measures_now=by_key(score.parts),
        names=frame.names,
        gone=frozenset(gone),
        answers=answers_of(row for row in responses if row.answered_at > then),
        called=health.measure_names(),
    )
    return moves(causes=score.causes, week=week)


@dataclass(frozen=True)
class PeopleTab:
    """Everyone at the account with what is said of them: ``rated`` by id, ``points`` in the score by id.

    ``seats`` are the required roles that nobody holds, each vacant (somebody left) or unknown.
    """

    frame: Frame
    rated: dict[UUID, relationships.RatedPerson]
    apart: list[relationships.Disagreement]
    points: dict[str, float]
    influence: dict[str, float]
    template: health.RoleTemplate
    seats: list[tuple[str, str]]
    history: list[dict[str, Any]]
    left: health.Departures
    at_renewal: float | None

    @property
    def if_leaves(self) -> list[dict[str, Any]]:
        """What coverage becomes if one of those leaves on whom most rests: {persona, name, share, if_leaves}."""
        known = self.frame.score.coverage.get("people", ()) if self.frame.score else ()
        heavy = sorted((row for row in known if row["share"]), key=lambda row: -row["share"])[:SHOWN_LEAVERS]
        return [
            {**row, "name": self.frame.names.get(str(row["persona"]), "")}
            for row in heavy
            if row.get("if_leaves") is not None
        ]


def account_people(*, account_id: UUID, actor: Actor, at: dt.datetime) -> PeopleTab:
    """The People tab. Raises NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    rated = relationships.rated_people(tenant=actor.tenant, at=at, account_ids=[account_id], counted=False)
    versions = health.scorecard_versions()
    template = health.role_template(versions, frame.account.tier)
    rate, renewal = health.departures(at), health.months_until(frame.account.renewal_on, frame.today)
    return PeopleTab(
        frame=frame,
        rated={person.id: person for person in rated},
        apart=relationships.disagreements(at=at, account_ids=[account_id]),
        points=points_of(frame.score),
        influence=versions[-1].body["influence"],
        template=template,
        seats=relationships.open_seats(roles=template.roles, people=frame.people, today=frame.today),
        history=health.account_coverage_history(account_id, at - YEAR, at),
        left=rate,
        at_renewal=rate.no_thread([frame.score.threads], [renewal])[0] if frame.score else None,
    )


def points_of(score: Any) -> dict[str, float]:
    """What each person adds to the score, over all measures, by id."""
    found: dict[str, float] = {}
    for part in score.parts if score else ():
        for row in part["personas"]:
            if row["persona"]:
                found[str(row["persona"])] = found.get(str(row["persona"]), 0.0) + row["contribution"]
    return found


@dataclass(frozen=True)
class UsageTab:
    """What the account does in the product."""

    frame: Frame
    usage: health.AccountUsage
    parts: list[dict[str, Any]]
    by_email: dict[str, Persona]


def account_usage(*, account_id: UUID, actor: Actor, at: dt.datetime) -> UsageTab:
    """The Usage tab. Raises NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    return UsageTab(
        frame=frame,
        usage=health.account_usage(account=frame.account, at=at),
        parts=measure_rows(frame, "behavioural"),
        by_email={person.email.lower(): person for person in frame.people if person.email},
    )
