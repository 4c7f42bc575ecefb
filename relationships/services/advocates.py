"""Asks of advocates: written like every resource; not too soon after the last one, and not of somebody who wants no
contact, unless somebody says why.

The log says that somebody was asked and what they answered, and no word of what was told. An ask of more than 30 days
ago is history and is written as it was.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import Actor, Persona, Tenant
from accounts.scope import current_tenant
from accounts.selectors import left_alone
from relationships.formulas.advocates import Asked, resting
from relationships.models import AdvocateAsk

HISTORY = dt.timedelta(days=30)
UNTOLD = {"what", "despite"}


def save_advocate_asks(
    *,
    items: Sequence[accounts.Item],
    mode: accounts.Mode,
    actor: Actor | None,
    at: datetime,
    source: str | None = None,
) -> list[accounts.Saved]:
    """Write asks, one result per item: persona (or persona_external_id), kind, what, asked_on (today unless given),
    owner_email (who asked: the writer unless given), answer (yes, later, no) with answered_on (today once there is one;
    of history the day of the asking), done_on, despite (why again so soon). The account is that of the person. Raises
    NotYours."""
    return AdvocateAskSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class AdvocateAskSaver(accounts.AtAccountSaver):
    model = AdvocateAsk
    noun = "advocate_ask"
    follows = True
    required = ("persona", "kind")

    def resolve(self, drafts: Sequence[accounts.Draft]) -> None:
        super().resolve(drafts)
        zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
        self.today: dt.date = self.at.astimezone(ZoneInfo(zone)).date()

    def complete(self, draft: accounts.Draft) -> None:
        values = draft.values
        if values.get("asked_on", None if draft.is_new else True) is None:
            values.pop("asked_on", None)
            if draft.is_new:
                values["asked_on"] = self.today
        if draft.is_new and "owner_id" not in values and self.actor is not None:
            values["owner_id"] = self.actor.member_id
        if "answer" in values and values["answer"] is None:
            values |= {"answered_on": None, "done_on": values.get("done_on")}  # it waits again
        elif values.get("answer") and values.get("answered_on", draft.row.answered_on) is None:
            asked_on = values.get("asked_on") or draft.row.asked_on
            told = asked_on if asked_on < self.today - HISTORY and draft.is_new else max(asked_on, self.today)
            values["answered_on"] = values.get("done_on") or told
        super().complete(draft)

    def fill(self, drafts: Sequence[accounts.Draft]) -> None:
        super().fill(drafts)
        sound = [draft for draft in drafts if not draft.faults]
        self._refuse_too_soon(sound)
        self._refuse_unwanted([draft for draft in sound if not draft.faults])

    def check(self, draft: accounts.Draft) -> None:
        row = draft.row
        for name in ("asked_on", "answered_on", "done_on"):
            day = getattr(row, name)
            if day is not None and day > self.today:
                draft.fault(f"/{name}", "in_future", "It has happened: today or earlier.")
            elif day is not None and day < row.asked_on:
                draft.fault(f"/{name}", "before_asking", "Earlier than asked_on.")
        if row.answered_on is not None and row.answer is None:
            draft.fault("/answer", "required", "Say what they answered.")
        if row.done_on is not None and row.answer != AdvocateAsk.Answer.YES:
            draft.fault("/answer", "not_yes", "Only what they agreed to is done.")

    def _refuse_too_soon(self, drafts: Sequence[accounts.Draft]) -> None:
        """Refuse a new ask of somebody who is still left in peace, in this request as before it."""
        fresh = [draft for draft in drafts if self._is_news(draft)]
        if not fresh:
            return
        one_of = self._one_of([draft.row.persona_id for draft in drafts if draft.row.persona_id])
        asked = self._asked(one_of)
        for draft in drafts:
            person = one_of.get(draft.row.persona_id)
            if person is not None and draft not in fresh:
                asked.setdefault(person, {})[draft.row.pk] = _asked(draft.row)
        for draft in fresh:
            row = draft.row
            mine = asked.setdefault(one_of.get(row.persona_id, row.persona_id), {})
            before = [ask for id, ask in mine.items() if id != row.pk and ask.asked_on <= row.asked_on]
            found = resting(before, row.asked_on)
            if found and not row.despite.strip():
                draft.fault("/despite", "too_soon", _too_soon(*found))
            else:
                mine[row.pk] = _asked(row)

    def _refuse_unwanted(self, drafts: Sequence[accounts.Draft]) -> None:
        """Refuse a new ask of somebody who wants no contact at all."""
        fresh = [draft for draft in drafts if self._is_news(draft) and not draft.row.despite.strip()]
        if not fresh:
            return
        one_of = self._one_of([draft.row.persona_id for draft in fresh])
        alone = left_alone(persona_ids=set(one_of.values()), today=self.today)
        for draft in fresh:
            if why := alone.get(one_of[draft.row.persona_id]):
                words = _("Wants no contact from us: %(why)s. Not to be asked, unless you say why.")
                draft.fault("/despite", "no_contact", words % {"why": Truncator(why).chars(200).rstrip(". ")})

    def _is_news(self, draft: accounts.Draft) -> bool:
        """Whether a draft asks somebody anew, and lately."""
        row = draft.row
        asks = draft.is_new or bool({"asked_on", "persona_id", "despite"} & set(draft.after))
        return asks and row.persona_id is not None and row.asked_on >= self.today - HISTORY

    def _one_of(self, persona_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """Whom each persona stands for, itself unless merged; locked, so that two requests do not both find nothing."""
        rows: Any = Persona.objects.filter(pk__in=set(persona_ids)).order_by("pk")
        if self.locking:
            rows = rows.select_for_update(of=("self",))
        return {
            row.pk: row.merged_into_id or row.pk for row in rows.only("pk", "tenant_id", "merged_into_id")
        }

    def _asked(self, one_of: dict[UUID, UUID]) -> dict[UUID, dict[UUID, Asked]]:
        """Every ask of these people that stands, by person and id."""
        found: dict[UUID, dict[UUID, Asked]] = {}
        rows = AdvocateAsk.objects.filter(deleted_at=None).select_related("persona")
        people = set(one_of.values())
        for row in rows.filter(persona_id__in=people) | rows.filter(persona__merged_into_id__in=people):
            found.setdefault(row.persona.merged_into_id or row.persona_id, {})[row.pk] = _asked(row)
        return found

    def log(self, draft: accounts.Draft) -> Iterable[accounts.NewActivity]:
        for line in super().log(draft):
            data = {name: _untold(side) for name, side in line.data.items()}
            yield accounts.NewActivity(line.verb, line.object_id, line.account_id, line.persona_id, data)


def _asked(row: AdvocateAsk) -> Asked:
    return Asked(row.asked_on, row.answer, row.answered_on, row.done_on)


def _too_soon(ask: Asked, until: dt.date) -> str:
    """Why it is too soon, in words."""
    answers = {
        None: _("has not answered yet"),
        "yes": _("said yes"),
        "later": _("said later"),
        "no": _("said no"),
    }
    words = {"day": ask.asked_on.isoformat(), "answer": answers[ask.answer], "until": until.isoformat()}
    return _("Was asked on %(day)s and %(answer)s: not before %(until)s, unless you say why.") % words


def _untold(side: Any) -> Any:
    """One side of a change without what was told."""
    if not isinstance(side, dict):
        return side
    return {name: value for name, value in side.items() if name not in UNTOLD}


def delete_advocate_ask(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of an ask. Raises AdvocateAsk.DoesNotExist."""
    accounts.bury(model=AdvocateAsk, id=id, actor=actor, at=at)


def restore_advocate_ask(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take an ask back. Raises AdvocateAsk.DoesNotExist."""
    accounts.raise_up(model=AdvocateAsk, id=id, actor=actor, at=at)
