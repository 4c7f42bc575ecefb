"""A tenant's lists of coded terms, such as touchpoints, drivers and signs: other rows name a term by its key.

A tenant starts with a list of our own; the first write or page that needs a list makes it. A term that rows name is
switched off, never removed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import Max

from accounts.models import Actor
from accounts.scope import current_tenant
from accounts.selectors.plans import plan_ahead, planned
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin
from accounts.tenancy import TenantModel

KEY = re.compile(r"[a-z0-9_]{1,50}")
T = TypeVar("T", bound=TenantModel)


class TermRefused(ValueError):
    """A term is wrong; ``field`` says which part of it."""

    def __init__(self, field: str, reason: str, code: str = "invalid") -> None:
        super().__init__(reason)
        self.field = field
        self.code = code


@dataclass(frozen=True)
class TermList(Generic[T]):
    """A list of terms: what a term is called in the log (``noun``), our own by key, the fields that may change, and what
    a new one needs, each with how the refusal calls it."""

    model: type[T]
    noun: str
    defaults: Mapping[str, Mapping[str, Any]]
    fields: tuple[str, ...] = ("label", "position", "active")
    needs: Mapping[str, str] = field(default_factory=lambda: {"label": "a label"})

    @property
    def one(self) -> str:
        return self.noun.replace("_", " ")


def terms_of(terms: TermList[T]) -> list[T]:
    """The tenant's terms in order, made from our own where the tenant has none yet."""
    if found := _read(terms.model):
        return found
    rows: Iterable[Any] = (
        terms.model(key=key, position=position, **values)
        for position, (key, values) in enumerate(terms.defaults.items(), start=1)
    )
    terms.model.objects.bulk_create(list(rows), ignore_conflicts=True)
    return _read(terms.model)


def plan_terms(terms: TermList[T]) -> None:
    """Let this connection plan the reading of a list."""
    plan_ahead(_reading(terms.model))


def _reading(model: type[T]) -> str:
    columns = ", ".join(str(one.column) for one in model._meta.concrete_fields)
    return f"SELECT {columns} FROM {model._meta.db_table} WHERE tenant_id = %(tenant)s ORDER BY position, key"


def _read(model: type[T]) -> list[T]:
    """The list, as every rating and every form reads it: by a kept plan."""
    fields = model._meta.concrete_fields
    columns = [str(one.column) for one in fields]
    read = [getattr(one, "from_db_value", None) for one in fields]
    with connection.cursor() as cursor:
        cursor.execute(planned(_reading(model)), {"tenant": current_tenant()})
        found = [
            [made(value, None, connection) if made else value for made, value in zip(read, row, strict=True)]
            for row in cursor.fetchall()
        ]
    return [model.from_db(connection.alias, columns, row) for row in found]


@transaction.atomic
def save_term(
    terms: TermList[T], *, key: str, values: Mapping[str, Any], actor: Actor | None, at: datetime
) -> tuple[T, bool]:
    """Add a term or change the one with this key; None leaves a value as it is. Returns it and whether it is new.

    Admins only. Raises TermRefused, NotYours.
    """
    require_admin(actor=actor)
    given = {name: value for name, value in values.items() if value is not None}
    check_term(terms, given)
    terms_of(terms)
    row = terms.model.objects.select_for_update().filter(key=key).first()
    new = row is None
    row = row or new_term(terms, key, given)
    return row, write_term(terms, row, given, new=new, actor=actor, at=at) and new


@transaction.atomic
def move_term(
    terms: TermList[T], *, row: T, among: Sequence[T], up: bool, actor: Actor | None, at: datetime
) -> None:
    """Put a term one place up or down ``among`` the terms of its list, or of its parent; at the end it stays. Admins only.

    Raises NotYours.
    """
    require_admin(actor=actor)
    order = [one.pk for one in among]
    place = order.index(row.pk)
    other = place + (-1 if up else 1)
    if not 0 <= other < len(order):
        return
    order[place], order[other] = order[other], order[place]
    held = {one.pk: one for one in terms.model.objects.select_for_update().filter(pk__in=order)}
    for position, key in enumerate(order, start=1):
        write_term(terms, held[key], {"position": position}, new=False, actor=actor, at=at)


def check_term(terms: TermList[Any], given: Mapping[str, Any]) -> None:
    """Refuse a label of a wrong length, and a word that is none of a field's choices."""
    longest = terms.model._meta.get_field("label").max_length or 0
    if "label" in given and not 1 <= len(given["label"].strip()) <= longest:
        raise TermRefused("label", f"A label has 1 to {longest} characters.")
    for name in terms.fields:
        words = [word for word, _label in terms.model._meta.get_field(name).choices or ()]
        if words and name in given and given[name] not in words:
            raise TermRefused(name, f"One of {', '.join(words)}.")


def new_term(terms: TermList[T], key: str, given: Mapping[str, Any], **parent: TenantModel) -> T:
    """A term that is not saved yet, the last of the list, or of those of its parent."""
    if KEY.fullmatch(key) is None:
        raise TermRefused("key", "A key has 1 to 50 lower-case letters, digits and underscores.")
    for name, called in terms.needs.items():
        if name not in given:
            raise TermRefused(name, f"A new {terms.one} needs {called}.", "required")
    last = terms.model.objects.filter(**parent).aggregate(last=Max("position"))["last"] or 0
    return terms.model(key=key, position=last + 1, **parent)


def write_term(
    terms: TermList[T], row: T, given: Mapping[str, Any], *, new: bool, actor: Actor | None, at: datetime
) -> bool:
    """Save a term with what is given, and log it; False if that changes nothing."""
    before = None if new else shown(terms, row)
    for name in terms.fields:
        if name in given:
            setattr(row, name, given[name].strip() if name == "label" else given[name])
    after = shown(terms, row)
    if before == after:
        return False
    row.save()
    change = NewActivity(
        verb=f"{terms.noun}.{'created' if new else 'updated'}",
        object_id=row.pk,
        data={"before": before, "after": after},
    )
    record_activity(activity=change, actor=actor, at=at)
    return True


def shown(terms: TermList[T], row: T) -> dict[str, Any]:
    """A term as the log names it."""
    parent = getattr(row, "type", None)
    of = {"type": parent.key} if parent else {}
    return of | {name: getattr(row, name) for name in ("key", *terms.fields)}
