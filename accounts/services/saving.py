"""Writes many objects of one resource with a few statements, whatever their number.

One code path serves the browser's form, a single POST, PUT or PATCH, a bulk and an import: match what is there, resolve
what is named, check each item, write what differs, then its dated facts and the log. Subclass ``Saver`` per resource.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.base import ModelState
from uuid_utils.compat import uuid7

from accounts.models import Actor, Resource
from accounts.selectors.references import find_members
from accounts.services.drafts import Draft, Reference, good, refuse_far, refuse_leaning, shown
from accounts.services.facts import History, NewFact, encode, write_facts
from accounts.services.items import GONE, STALE, TAKEN, Fault, Item, Mode, Saved
from accounts.services.log import NewActivity, record_activities
from accounts.services.rights import require_write
from accounts.services.rows import ancestors, broken_constraint, plan_for, upsert_rows, version_of

REPEATED = Fault("/external_id", "repeated", "This external_id stands earlier in the request.")
REQUIRED = "This field is required."


class Saver:
    """Saves items of one resource. A subclass names the model and its rules; ``save`` does the rest.

    ``columns`` maps a fact's key to the attribute that holds it where they differ; ``parts`` are attributes that are
    kept in another table, by ``load_parts`` and ``write_parts``; ``tree`` is a column in which circles are refused;
    ``raced`` names constraints that a check defends already, so that only a concurrent write breaks them: it is met again.
    """

    model: ClassVar[type[Resource]]
    noun: ClassVar[str]
    required: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[Reference, ...]] = ()
    fact_model: ClassVar[Any] = None
    fact_keys: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Mapping[str, str]] = {}
    parts: ClassVar[frozenset[str]] = frozenset()
    tree: ClassVar[str] = ""
    raced: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, actor: Actor | None, at: datetime, source: str | None = None) -> None:
        self.actor = actor
        self.at = at
        self.source = source or ("api" if actor and actor.api_key else "browser")
        self.drafts: list[Draft] = []  # those of the last call, with what was and what is
        self.locking = True

    def save(self, *, items: Sequence[Item], mode: Mode) -> list[Saved]:
        """Write the items; one result each, in order. A concurrent creation of the same external_id is met again."""
        try:
            with transaction.atomic():
                return self._save(items, mode)
        except IntegrityError as error:
            if broken_constraint(error) not in (f"{self.model._meta.model_name}_external_id", *self.raced):
                raise
        with transaction.atomic():
            return self._save(items, mode)

    def plan(self, *, items: Sequence[Item], mode: Mode) -> list[Draft]:
        """What ``save`` would do with the items, one draft each, in order: nothing is written and nothing locked."""
        self.locking = False
        return self._plan(items, mode)

    def put_back(self, *, former: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Write former values of rows, by id and attribute, as a change of today: facts and log say so."""
        drafts = [Draft(index, Item(values={}, id=id)) for index, id in enumerate(former)]
        self.match(drafts, Mode.UPDATE)
        for draft in good(drafts):
            assert draft.item.id is not None
            draft.values = dict(former[draft.item.id])
        self.fill(good(drafts))
        require_write(actor=self.actor, account_ids=self._accounts(good(drafts)))
        self.write([draft for draft in good(drafts) if draft.changed])

    def _plan(self, items: Sequence[Item], mode: Mode) -> list[Draft]:
        self.drafts = drafts = [Draft(index, item) for index, item in enumerate(items)]
        self.match(drafts, mode)
        self.resolve(good(drafts))
        self.fill(good(drafts))
        for draft in good(drafts):
            self.check(draft)
        self._refuse_circles(good(drafts))
        refuse_leaning(drafts)
        return drafts

    def _save(self, items: Sequence[Item], mode: Mode) -> list[Saved]:
        drafts = self._plan(items, mode)
        changed = [draft for draft in good(drafts) if draft.changed]
        require_write(actor=self.actor, account_ids=self._accounts(good(drafts)))
        self.write(changed)
        return [draft.result() for draft in drafts]

    # Matching

    def match(self, drafts: Sequence[Draft], mode: Mode) -> None:
        """Find and lock what each draft is about; the rest will be created."""
        by_id, by_external_id = self.known_rows(drafts)
        seen: set[Any] = set()
        for draft in drafts:
            key = draft.item.external_id
            if key is not None and key in seen:
                draft.faults.append(REPEATED)
                continue
            seen |= {key} if key is not None else set()
            by_own_id = by_id.get(draft.item.id) if draft.item.id else None
            self._meet(draft, mode, by_own_id, by_external_id.get(key) if key is not None else None)
            if draft.row is not None and draft.row.pk in seen:
                draft.faults.append(REPEATED)
            seen |= {draft.row.pk} if draft.row is not None else set()
        for draft in good(drafts):
            wanted = draft.item.version
            if wanted is not None and draft.row is not None and self.version_of(draft.row) != wanted:
                draft.faults.append(STALE)
        for draft in good(drafts):
            if draft.row is None:
                draft.row, draft.is_new = self._blank(), True
        self.load_parts(good(drafts))

    def _blank(self) -> Any:
        """A new row, as the model makes it: its defaults are asked for once, since a model takes long to make one."""
        row = self.model.__new__(self.model)
        row.__dict__ = {
            name: value.copy() if isinstance(value, dict | list) else value
            for name, value in self._defaults.items()
        }
        row.__dict__["_state"] = ModelState()
        row.__dict__["id"] = uuid7()
        return row

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return dict(self.model(created_at=self.at).__dict__)

    def known_rows(self, drafts: Sequence[Draft]) -> tuple[dict[UUID, Any], dict[str, Any]]:
        """What is there, locked: the rows that the items name, by id and by external id."""
        ids = [draft.item.id for draft in drafts if draft.item.id is not None]
        keys = [draft.item.external_id for draft in drafts if draft.item.external_id is not None]
        if not ids and not keys:
            return {}, {}
        wanted = Q(pk__in=ids) | Q(external_id__in=keys) if ids else Q(external_id__in=keys)
        rows = list(self.stored().filter(wanted).order_by("pk"))
        return {row.pk: row for row in rows}, {row.external_id: row for row in rows}

    def stored(self) -> Any:
        """The rows that are there; locked when they are read, unless this is a plan."""
        return self.model.objects.select_for_update() if self.locking else self.model.objects.all()

    def known_or_merged(self, drafts: Sequence[Draft]) -> tuple[dict[UUID, Any], dict[str, Any]]:
        """As ``known_rows``, for a model whose rows merge: the external id of a merged one means the one it became."""
        by_id, by_external_id = Saver.known_rows(self, drafts)
        others = {row.merged_into_id for row in by_external_id.values() if row.merged_into_id} - set(by_id)
        if others:
            by_id |= {row.pk: row for row in self.stored().filter(pk__in=others).order_by("pk")}
        return by_id, {key: by_id.get(row.merged_into_id, row) for key, row in by_external_id.items()}

    def _meet(self, draft: Draft, mode: Mode, by_id: Any, by_external_id: Any) -> None:
        if mode == Mode.UPDATE or (mode == Mode.UPSERT and draft.item.id is not None):
            draft.row = by_id
            if by_id is None or by_id.deleted_at is not None:
                draft.faults.append(GONE)
            elif by_external_id is not None and by_external_id.pk != by_id.pk:
                draft.faults.append(TAKEN)
        elif mode == Mode.CREATE and by_external_id is not None:
            draft.faults.append(TAKEN)
        else:
            draft.row = by_external_id

    def version_of(self, row: Any) -> str:
        """What tells an outdated edit of a row; see ``Item.version``."""
        return version_of(row)

    def load_parts(self, drafts: Sequence[Draft]) -> None:
        """Put what other tables hold of the rows onto them, one attribute for each of ``parts``."""

    # Resolving

    def resolve(self, drafts: Sequence[Draft]) -> None:
        """Turn names of other objects into their ids."""
        for draft in drafts:
            draft.values = dict(draft.item.values)
        for reference in self.references:
            self._resolve(reference, drafts)
        if any("owner_email" in draft.values for draft in drafts):
            self._resolve_owners(drafts)

    def _resolve(self, reference: Reference, drafts: Sequence[Draft]) -> None:
        naming = [d for d in drafts if reference.name in d.values or reference.external in d.values]
        if not naming:
            return
        own: dict[str, Draft] = {}
        if self.tree == reference.column:
            own = {d.item.external_id: d for d in drafts if d.item.external_id is not None}
        found = reference.find(
            ids={d.values[reference.name] for d in naming if d.values.get(reference.name)},
            external_ids={d.values[reference.external] for d in naming if d.values.get(reference.external)},
        )
        for draft in naming:
            self._point(draft, reference, found, own)

    def _point(self, draft: Draft, reference: Reference, found: Any, own: Mapping[str, Draft]) -> None:
        id, key = draft.values.pop(reference.name, None), draft.values.pop(reference.external, None)
        target = found.by_id.get(id) if id else None
        by_key = found.by_external_id.get(key) if key else None
        if key and by_key is None and key in own:
            draft.leans.append((f"/{reference.external}", own[key]))
            draft.values[reference.column] = own[key].row.pk
            return
        if id and target is None:
            if id != getattr(
                draft.row, reference.column
            ):  # what stands may stay, though it was deleted since
                draft.fault(f"/{reference.name}", "missing", "There is no such object.")
            return
        if key and by_key is None:
            draft.fault(f"/{reference.external}", "missing", "There is no such object.")
        elif target and by_key and target.id != by_key.id:
            draft.fault(f"/{reference.external}", "mismatch", f"Another object than {reference.name}.")
        else:
            meant = target or by_key
            draft.values[reference.column] = meant.id if meant else None
            if meant and reference.column != "account_id":
                draft.accounts[reference.name] = meant.account_id

    def _resolve_owners(self, drafts: Sequence[Draft]) -> None:
        members = find_members(
            emails={d.values["owner_email"] for d in drafts if d.values.get("owner_email")}
        )
        for draft in drafts:
            if "owner_email" not in draft.values:
                continue
            email = draft.values.pop("owner_email")
            member = members.get(email.lower()) if email else None
            if email and member is None:
                draft.fault("/owner_email", "unknown_member", f"No active member has the e-mail {email}.")
            draft.values["owner_id"] = member

    # Filling

    def fill(self, drafts: Sequence[Draft]) -> None:
        """Put the wanted values on each row and note what changes. Backdated values pass by the present."""
        backdated = [d.row.pk for d in drafts if d.item.effective_at and not d.is_new]
        self.history = History(model=self.fact_model, owner=self.noun, ids=backdated)
        for draft in drafts:
            self.complete(draft)
            self._require(draft)
            draft.restored = draft.row.deleted_at is not None
            if draft.item.effective_at and draft.item.effective_at > self.at + timedelta(minutes=5):
                draft.fault("/effective_at", "future", "Facts are dated up to now.")
            refuse_far(draft)
            if draft.faults:
                continue
            for name, value in draft.values.items():
                self._set(draft, name, value)

    def complete(self, draft: Draft) -> None:
        """Turn null into each column's empty value. Subclasses add the defaults of a new object."""
        for name, value in draft.values.items():
            if value is None and name not in self.parts:
                column: Any = self.model._meta.get_field(name)
                if not column.null and name not in self.required:
                    draft.values[name] = column.get_default()

    def _require(self, draft: Draft) -> None:
        for name in self.required:
            column = f"{name}_id" if f"{name}_id" in {r.column for r in self.references} else name
            absent = draft.is_new and column not in draft.values
            if absent or draft.values.get(column, True) in (None, ""):
                draft.fault(f"/{name}", "required", REQUIRED)

    def _set(self, draft: Draft, name: str, value: Any) -> None:
        key = self._keys.get(name)
        before = getattr(draft.row, name)
        if key and draft.item.effective_at and not draft.is_new:
            moment = draft.item.effective_at
            if self.history.value_at(draft.row.pk, key, moment) != encode(value):
                draft.backdated[key] = value
            if self.history.has_later(draft.row.pk, key, moment):
                return
        if before == value and not draft.is_new:
            return
        setattr(draft.row, name, value)
        if before != value or value not in (None, "", [], {}):
            draft.before[name], draft.after[name] = (None if draft.is_new else before), value

    @cached_property
    def _keys(self) -> dict[str, str]:
        """Attribute to fact key."""
        return {self.columns.get(key, key): key for key in self.fact_keys}

    # Checking

    def check(self, draft: Draft) -> None:
        """Add a fault for every rule of the resource that the filled row breaks."""

    def _refuse_circles(self, drafts: Sequence[Draft]) -> None:
        if not self.tree:
            return
        moved = [d for d in drafts if d.after.get(self.tree) is not None]
        if not moved:
            return
        parent_of = ancestors(self.model, self.tree, [d.after[self.tree] for d in moved])
        parent_of |= {d.row.pk: getattr(d.row, self.tree) for d in drafts if self.tree in d.after}
        for draft in moved:
            above, steps = draft.after[self.tree], 0
            while above is not None and above != draft.row.pk and steps <= len(parent_of):
                above, steps = parent_of.get(above), steps + 1
            if above is not None:
                name = self.tree.removesuffix("_id")
                draft.fault(f"/{name}", "circle", "This would close a circle.")

    # Writing

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write the changed rows, their parts, their facts, and the log."""
        if not drafts:
            return
        for draft in drafts:
            former = getattr(draft.row, "updated_at", None)
            later = former + timedelta(microseconds=1) if former and not draft.is_new else self.at
            draft.row.updated_at = max(self.at, later)
            draft.row.deleted_at = None
        new = [d.row for d in drafts if d.is_new]
        upsert_rows(self.model, new, [])
        plan_for(self.model, len(new))
        touched = {name for d in drafts if not d.is_new for name in d.after} - self.parts
        kept = [d.row for d in drafts if not d.is_new]
        upsert_rows(self.model, kept, [*(self._field(name) for name in touched), "updated_at", "deleted_at"])
        self.write_parts(drafts)
        self.write_facts(drafts)
        record_activities(
            activities=[line for draft in drafts for line in self.log(draft)], actor=self.actor, at=self.at
        )

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        """Write what other tables hold."""

    def write_facts(self, drafts: Sequence[Draft]) -> None:
        """Add a dated fact for every value that a score or a report uses and that changed."""
        if self.fact_model is None:
            return
        facts = [fact for draft in drafts for fact in self._facts(draft)]
        write_facts(model=self.fact_model, owner=self.noun, facts=facts, actor=self.actor, source=self.source)

    def _facts(self, draft: Draft) -> Iterable[NewFact]:
        effective_at = draft.item.effective_at or self.at
        recorded_at = effective_at if draft.item.historical else self.at
        if draft.is_new:
            values = {key: getattr(draft.row, self.columns.get(key, key)) for key in self.fact_keys}
            changed = {key: value for key, value in values.items() if value not in (None, "", [])}
        elif draft.item.effective_at:
            changed = draft.backdated
        else:
            changed = {self._keys[name]: value for name, value in draft.after.items() if name in self._keys}
        for key, value in changed.items():
            yield NewFact(draft.row.pk, key, value, effective_at, recorded_at)

    def log(self, draft: Draft) -> Iterable[NewActivity]:
        """What the log says of a written draft."""
        did = "created" if draft.is_new else "restored" if draft.restored else "updated"
        data: dict[str, Any] = {
            "before": {} if draft.is_new else shown(draft.before),
            "after": shown(draft.after | draft.backdated),
        }
        if draft.item.historical:
            data["historical"] = True
        if draft.item.effective_at:
            data["effective_at"] = draft.item.effective_at.isoformat()
        account_id, persona_id = self.timeline(draft.row)
        yield NewActivity(f"{self.noun}.{did}", draft.row.pk, account_id, persona_id, data)

    def timeline(self, row: Any) -> tuple[UUID | None, UUID | None]:
        """The account and persona on whose timeline a row stands."""
        return row.account_id, getattr(row, "persona_id", None)

    def _accounts(self, drafts: Sequence[Draft]) -> set[UUID]:
        """The accounts that are written: where a row stands, and where it stood."""
        here = {
            self.timeline(d.row)[0] for d in drafts if not (d.is_new and self.timeline(d.row)[0] == d.row.pk)
        }
        return {id for id in here | {d.before.get("account_id") for d in drafts} if id is not None}

    def _field(self, attribute: str) -> str:
        return self.model._meta.get_field(attribute).name
