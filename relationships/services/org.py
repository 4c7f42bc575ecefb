"""Edges between personas of one account, and pairings of a member of ours with one of them: added, ended, corrected.

A new strength is another edge: the former one ends the same day, so that any past day shows what held then. What a row
is about never changes; whoever erred deletes it. Neither holds text about a person, so erasing one leaves it be.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from accounts.models import Actor, Tenant
from accounts.scope import current_tenant
from accounts.services import Draft, Item, Mode, Reference, Saved, Saver
from relationships.models import Edge, Pairing

PERSONA = Reference("persona", accounts_selectors.find_personas)
TARGET = Reference("target", accounts_selectors.find_personas)


def save_edges(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write edges, one result per item: persona and target (each by id or external id), kind, strength 1..3, from_on
    (today unless given), until_on, external_id. Raises NotYours."""
    return EdgeSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


def save_pairings(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write pairings, one result per item: persona, member_email, from_on (today unless given), until_on, external_id.
    Raises NotYours."""
    return PairingSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class DatedSaver(Saver):
    """Rows of a persona that hold from a day until a day; what ``fixed`` names never changes."""

    required: ClassVar[tuple[str, ...]] = ("persona",)
    references: ClassVar[tuple[Reference, ...]] = (PERSONA,)
    fixed: ClassVar[tuple[str, ...]] = ("persona_id",)

    def stored(self) -> Any:
        rows = self.model.objects.select_related("persona")
        return rows.select_for_update(of=("self",)) if self.locking else rows

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
        self.today: dt.date = self.at.astimezone(ZoneInfo(zone)).date()
        self.homes = {id: home for draft in drafts for id, home in self._named(draft)}

    def _named(self, draft: Draft) -> Iterable[tuple[UUID, UUID]]:
        """The personas that a draft names, each with its account."""
        for reference in self.references:
            if reference.name in draft.accounts:
                yield draft.values[reference.column], draft.accounts[reference.name]

    def complete(self, draft: Draft) -> None:
        for name in self.fixed:
            if not draft.is_new and draft.values.get(name, getattr(draft.row, name)) != getattr(
                draft.row, name
            ):
                draft.fault(
                    f"/{name.removesuffix('_id')}",
                    "fixed",
                    "This never changes: end this one and add another.",
                )
        if draft.is_new:
            draft.row.source = self.source
            if draft.values.get("from_on") is None:
                draft.values["from_on"] = self.today
        elif draft.values.get("from_on", True) is None:
            del draft.values["from_on"]
        super().complete(draft)

    def check(self, draft: Draft) -> None:
        row = draft.row
        if row.until_on and row.until_on < row.from_on:
            draft.fault("/until_on", "before_beginning", "Earlier than from_on.")

    def _refuse_circles(self, drafts: Sequence[Draft]) -> None:
        """Here: refuse what holds at the same time as another of the same."""
        drafts = [draft for draft in drafts if draft.changed]
        if not drafts:
            return
        others = self.model.objects.filter(
            persona_id__in={draft.row.persona_id for draft in drafts}, deleted_at=None
        ).exclude(pk__in={draft.row.pk for draft in drafts})
        taken: dict[Any, list[Any]] = defaultdict(list)
        for row in others:
            taken[self.key(row)].append(row)
        for draft in drafts:
            if any(_overlap(row, draft.row) for row in taken[self.key(draft.row)]):
                draft.fault("", "overlaps", "The same stands there already in this time.")
            else:
                taken[self.key(draft.row)].append(draft.row)

    def key(self, row: Any) -> Any:
        """What there can be only one of at a time."""
        return tuple(getattr(row, name) for name in self.fixed)

    def timeline(self, row: Any) -> tuple[UUID | None, UUID | None]:
        home = self.homes.get(row.persona_id)
        return home or row.account_id, row.persona_id


def _overlap(one: Any, other: Any) -> bool:
    """Whether two rows hold on the same day; one of no length holds on none."""
    ends = [row.until_on for row in (one, other) if row.until_on is not None]
    return not ends or max(one.from_on, other.from_on) < min(ends)


class EdgeSaver(DatedSaver):
    model = Edge
    noun = "edge"
    required = ("persona", "target", "kind")
    references = (PERSONA, TARGET)
    fixed = ("persona_id", "target_id", "kind")

    def complete(self, draft: Draft) -> None:
        if draft.values.get("strength", True) is None:
            draft.values["strength"] = Edge._meta.get_field("strength").get_default()
        super().complete(draft)
        target = draft.values.get("target_id")
        if draft.is_new and target is not None and target == draft.values.get("persona_id"):
            draft.fault("/target", "same", "Two different people.")
        homes = {draft.accounts[one.name] for one in self.references if one.name in draft.accounts}
        if draft.is_new and len(homes) > 1:
            draft.fault("/target", "other_account", "The persona works at another account.")

    def check(self, draft: Draft) -> None:
        super().check(draft)
        if draft.row.kind not in Edge.Kind.values:
            draft.fault("/kind", "invalid_choice", f"One of {', '.join(Edge.Kind.values)}.")
        if not 1 <= draft.row.strength <= 3:
            draft.fault("/strength", "out_of_range", "From 1 to 3.")


class PairingSaver(DatedSaver):
    model = Pairing
    noun = "pairing"
    required = ("persona", "member")
    fixed = ("persona_id", "member_id")

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        members = accounts_selectors.find_members(
            emails={d.values["member_email"] for d in drafts if d.values.get("member_email")}
        )
        for draft in drafts:
            if "member_email" not in draft.values:
                if draft.is_new:
                    draft.fault("/member_email", "required", "This field is required.")
                continue
            email = draft.values.pop("member_email")
            member = members.get(email.lower()) if email else None
            if member is None:
                draft.fault("/member_email", "unknown_member", f"No active member has the e-mail {email}.")
            draft.values["member_id"] = member

    def _require(self, draft: Draft) -> None:
        if draft.is_new and draft.values.get("persona_id") is None:
            draft.fault("/persona", "required", "This field is required.")


def set_edge_strength(*, id: UUID, strength: int, actor: Actor | None, at: datetime) -> UUID:
    """Give an open edge another strength from today on; returns the id of the edge that holds now. One that began today
    is corrected instead. Raises Edge.DoesNotExist, Refused, NotYours."""
    edge = Edge.objects.select_for_update(of=("self",)).get(pk=id, deleted_at=None, until_on=None)
    zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
    today = at.astimezone(ZoneInfo(zone)).date()
    if edge.strength == strength:
        return id
    if edge.from_on >= today:
        item = Item({"strength": strength}, id=id)
        accounts.only(save_edges(items=[item], mode=Mode.UPDATE, actor=actor, at=at))
        return id
    end = Item({"until_on": today}, id=id)
    accounts.only(save_edges(items=[end], mode=Mode.UPDATE, actor=actor, at=at))
    values = {"persona": edge.persona_id, "target": edge.target_id, "kind": edge.kind, "strength": strength}
    (made,) = save_edges(items=[Item(values)], mode=Mode.CREATE, actor=actor, at=at)
    accounts.only([made])
    assert made.id is not None
    return made.id


def delete_edge(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of an edge that never was. Raises Edge.DoesNotExist, NotYours."""
    accounts.bury(model=Edge, id=id, actor=actor, at=at)


def restore_edge(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take an edge back, unless another took its place. Raises Edge.DoesNotExist, Refused, NotYours."""
    _restore(EdgeSaver(actor=actor, at=at), id, actor, at)


def delete_pairing(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a pairing that never was. Raises Pairing.DoesNotExist, NotYours."""
    accounts.bury(model=Pairing, id=id, actor=actor, at=at)


def restore_pairing(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a pairing back, unless another took its place. Raises Pairing.DoesNotExist, Refused, NotYours."""
    _restore(PairingSaver(actor=actor, at=at), id, actor, at)


def _restore(saver: DatedSaver, id: UUID, actor: Actor | None, at: datetime) -> None:
    row = saver.model.objects.get(pk=id)
    if row.deleted_at is not None:
        others = saver.model.objects.filter(persona_id=row.persona_id, deleted_at=None).exclude(pk=id)
        if any(saver.key(other) == saver.key(row) and _overlap(other, row) for other in others):
            fault = accounts.Fault("", "overlaps", "The same stands there already in this time.")
            raise accounts.Refused([fault])
    accounts.raise_up(model=saver.model, id=id, actor=actor, at=at)
