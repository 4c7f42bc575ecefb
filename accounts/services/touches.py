"""Touches: meetings, calls, mails, chats and events, with what each person there thought, felt and did.

The log names who was there and nothing that they said, so that erasing a person leaves no free text behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Actor, Touch, TouchAttendee
from accounts.selectors.references import Found, find_personas
from accounts.services.drafts import ACCOUNT, Draft
from accounts.services.items import Item, Mode, Saved
from accounts.services.log import NewActivity
from accounts.services.rows import upsert_rows
from accounts.services.saving import Saver
from accounts.services.touchpoints import ensure_touchpoints

SAID = ("thought", "feeling", "behaviour")
SOON = timedelta(days=1)


def save_touches(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write touches, one result per item.

    Values: external_id, account (id) or account_external_id, kind, at, direction, mode, summary, touchpoint (a key),
    owner_email, and attendees: the whole list of {persona (id) or persona_external_id, thought, feeling, behaviour}.
    A member who writes one in the browser had it, unless they name another. Raises NotYours.
    """
    return TouchSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class TouchSaver(Saver):
    model = Touch
    noun = "touch"
    required = ("account", "kind", "at")
    references = (ACCOUNT,)
    parts = frozenset({"said"})

    def load_parts(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.row.said = {}
        known = {draft.row.pk: draft.row for draft in drafts if not draft.is_new}
        if not known:
            return
        for attendee in TouchAttendee.objects.filter(touch_id__in=known).order_by("pk"):
            known[attendee.touch_id].said[attendee.persona_id] = {
                name: getattr(attendee, name) for name in SAID
            }

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        listed = [draft for draft in drafts if "attendees" in draft.values]
        given = [one for draft in listed for one in draft.values["attendees"] or ()]
        found = find_personas(
            ids={one["persona"] for one in given if one.get("persona")},
            external_ids={one["persona_external_id"] for one in given if one.get("persona_external_id")},
        )
        for draft in listed:
            draft.values["said"] = self._said(draft, draft.values.pop("attendees") or (), found)

    def _said(
        self, draft: Draft, given: Iterable[Mapping[str, Any]], found: Found
    ) -> dict[UUID, dict[str, str]]:
        """What each person said, by id; the first of them tells the account where none is named. Who is there already
        stays who they were, though they were merged, removed or work elsewhere by now."""
        said: dict[UUID, dict[str, str]] = {}
        stays = draft.values.get("account_id", draft.row.account_id) == draft.row.account_id
        for position, one in enumerate(given):
            id, key = one.get("persona"), one.get("persona_external_id")
            target = found.by_id.get(id) if id else found.by_external_id.get(key) if key else None
            pointer = f"/attendees/{position}/persona" + ("" if id or not key else "_external_id")
            if id and stays and id in draft.row.said and id not in said:
                said[id] = {name: one.get(name) or "" for name in SAID}
            elif target is None:
                draft.fault(
                    pointer, "missing" if id or key else "required", "Name a person of the account by id."
                )
            elif target.id in said:
                draft.fault(pointer, "repeated", "This person stands earlier in the list.")
            else:
                said[target.id] = {name: one.get(name) or "" for name in SAID}
                draft.accounts[pointer] = target.account_id
        return said

    def fill(self, drafts: Sequence[Draft]) -> None:
        named = any(draft.values.get("touchpoint") for draft in drafts)
        self.touchpoints = {touchpoint.key for touchpoint in ensure_touchpoints()} if named else set()
        super().fill(drafts)

    def complete(self, draft: Draft) -> None:
        if draft.is_new and draft.accounts:
            draft.values.setdefault("account_id", next(iter(draft.accounts.values())))
        account_id = draft.values.get("account_id", draft.row.account_id)
        for pointer, home in draft.accounts.items():
            if home != account_id:
                draft.fault(pointer, "other_account", "The persona works at another account.")
        if draft.is_new and self.actor is not None and self.actor.api_key is None:
            draft.values.setdefault("owner_id", self.actor.member_id)
        super().complete(draft)

    def check(self, draft: Draft) -> None:
        row = draft.row
        if row.at > self.at + SOON:
            draft.fault("/at", "in_future", "A touch has happened: at most a day from now.")
        if "touchpoint" in draft.after and row.touchpoint and row.touchpoint not in self.touchpoints:
            draft.fault(
                "/touchpoint", "unknown_touchpoint", f"There is no touchpoint with the key {row.touchpoint}."
            )

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        changed = [draft for draft in drafts if "said" in draft.after]
        if not changed:
            return
        TouchAttendee.objects.filter(touch_id__in=[d.row.pk for d in changed if not d.is_new]).delete()
        rows = [
            TouchAttendee(touch_id=draft.row.pk, persona_id=persona_id, **said)
            for draft in changed
            for persona_id, said in draft.row.said.items()
        ]
        upsert_rows(TouchAttendee, rows, [])

    def log(self, draft: Draft) -> Iterable[NewActivity]:
        for line in super().log(draft):
            sides = {name: _unsaid(side) for name, side in line.data.items()}
            people = [str(persona_id) for persona_id in draft.row.said]
            yield NewActivity(
                line.verb, line.object_id, line.account_id, None, {**sides, "attendees": people}
            )


def _unsaid(side: Any) -> Any:
    """One side of a change without what was said."""
    if not isinstance(side, dict):
        return side
    return {name: value for name, value in side.items() if name not in ("said", "summary")}
