"""Advocates: who is very good and positive, so would speak well of us; whom we asked for what, and whom we may ask.

The flag is derived from what a reader may hear: of whom somebody waits to give a blind second rating, nothing is said.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models.functions import Coalesce
from django.utils.dateformat import format as date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import Tenant
from accounts.selectors import left_alone
from accounts.tenancy import TenantQuerySet
from relationships.formulas.advocates import Asked, resting
from relationships.models import AdvocateAsk
from relationships.selectors.grid import MINE
from relationships.selectors.spoken import WORKING, RatedPerson, local_day, people_where

# Nobody is an advocate whom no one ever called very good; these conditions keep a large book from being read whole.
CALLED_SO = (
    "EXISTS (SELECT 1 FROM relationships_rating r WHERE r.tenant_id = %(tenant)s AND r.persona_id = p.id"
    " AND r.account_id = p.account_id AND r.strength = 'very_good')"
)
ASKED = "p.id = ANY(%(asked)s::uuid[])"


@dataclass(frozen=True)
class AskStory:
    """Every ask of one person, newest first, and what it means today; ``no_contact`` is what was said where they want none
    at all."""

    today: dt.date
    asks: list[AdvocateAsk] = field(default_factory=list)
    no_contact: str = ""

    @property
    def last(self) -> AdvocateAsk | None:
        return self.asks[0] if self.asks else None

    @property
    def rest(self) -> tuple[Asked, dt.date] | None:
        """What speaks against another ask today, and until when; None if nothing does."""
        found = [Asked(one.asked_on, one.answer, one.answered_on, one.done_on) for one in self.asks]
        return resting(found, self.today)

    @property
    def ask_from(self) -> dt.date | None:
        """The day from which they may be asked again; None where they may be asked today."""
        return self.rest[1] if self.rest else None

    @property
    def free(self) -> bool:
        """Whether nothing speaks against an ask today."""
        return self.rest is None and not self.no_contact

    @property
    def refused(self) -> bool:
        """Whether the no of the last ask still stands: not willing."""
        return self.rest is not None and self.rest[0].answer == "no"

    @property
    def open(self) -> list[AdvocateAsk]:
        """The asks that wait for an answer, or for what was agreed to."""
        return [one for one in self.asks if one.answer is None or (one.answer == "yes" and not one.done_on)]

    @property
    def done(self) -> int:
        return sum(one.done_on is not None for one in self.asks)

    @property
    def reason(self) -> str:
        """Why they may be asked today, or not, in words."""
        if self.no_contact:
            return _("Wants no contact from us: %(why)s") % {"why": Truncator(self.no_contact).chars(200)}
        if self.rest is None:
            return _("Never asked.") if not self.asks else _("Rested since the last ask.")
        ask, until = self.rest
        words = {"on": _day(ask.asked_on), "until": _day(until)}
        if ask.answer is None:
            return _("Asked on %(on)s and not answered; in peace until %(until)s.") % words
        if ask.answer == "no":
            return _("Said no; in peace until %(until)s.") % words
        if ask.answer == "later":
            return _("Said later; in peace until %(until)s.") % words
        return _("Said yes; in peace until %(until)s.") % words


@dataclass(frozen=True)
class Advocate:
    """A person with their asks. ``now`` whether they count as an advocate today; ``may_ask`` and neither are
    left in peace nor want no contact at all."""

    person: RatedPerson
    story: AskStory

    @property
    def now(self) -> bool:
        return self.person.advocate

    @property
    def may_ask(self) -> bool:
        return self.now and self.story.free


def _day(day: dt.date) -> str:
    return date_format(day, "M j, Y")


def advocate_ask_rows() -> TenantQuerySet:
    """Asks, tombstones included, with who asked."""
    rows: TenantQuerySet = AdvocateAsk.objects.select_related("owner__user")
    return rows


def ask_stories(*, persona_ids: Iterable[UUID] | None, today: dt.date) -> dict[UUID, AskStory]:
    """The asks of these people, or of everybody; who was merged into another counts for that one. One statement."""
    rows = advocate_ask_rows().filter(deleted_at=None, persona__deleted_at=None)
    rows = rows.annotate(of=Coalesce("persona__merged_into_id", "persona_id"))
    if persona_ids is not None:
        rows = rows.filter(of__in=list(persona_ids))
    found: dict[UUID, AskStory] = {}
    for ask in rows.order_by("-asked_on", "-pk"):
        found.setdefault(ask.of, AskStory(today)).asks.append(ask)
    return found


def ask_story(*, persona_id: UUID, today: dt.date) -> AskStory:
    """The asks of one person. Two statements."""
    story = ask_stories(persona_ids=[persona_id], today=today).get(persona_id, AskStory(today))
    alone = left_alone(persona_ids=[persona_id], today=today)
    return replace(story, no_contact=alone.get(persona_id, ""))


def advocates(
    *,
    tenant: Tenant,
    at: dt.datetime,
    member: UUID | None = None,
    account_ids: Collection[UUID] | None = None,
) -> list[Advocate]:
    """Who of the live book is an advocate or was ever asked, of the accounts that ``member`` owns or works on, or of
    these accounts; who may be asked first, then who rests, soonest first. A constant number of statements."""
    today = local_day(tenant=tenant, at=at)
    stories = ask_stories(persona_ids=None, today=today)
    condition = [WORKING, "a.status IN ('active', 'trial')", f"({CALLED_SO} OR {ASKED})"]
    if member:
        condition.append(MINE)
    if account_ids is not None:
        condition.append("a.id = ANY(%(accounts)s::uuid[])")
    people = people_where(
        " AND ".join(condition),
        at=at,
        today=today,
        member=member,
        accounts=[str(one) for one in account_ids or ()],
        asked=[str(one) for one in stories],
    )
    alone = left_alone(persona_ids=[person.id for person in people], today=today)
    found = [
        Advocate(
            person,
            replace(stories.get(person.id, AskStory(today)), no_contact=alone.get(person.id, "")),
        )
        for person in people
    ]
    return _ordered([one for one in found if one.now or one.story.asks])


def _ordered(found: Sequence[Advocate]) -> list[Advocate]:
    return sorted(
        found,
        key=lambda one: (
            not one.may_ask,
            not one.now,
            bool(one.story.no_contact),
            one.story.ask_from or dt.date.min,
            one.person.account_name.lower(),
            one.person.name,
            one.person.id,
        ),
    )
