"""First values: written like every resource, and closed only once we know of everybody who counts what is in it for them.

The log says that it was reached, and no word of what was told.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import Actor, Tenant
from accounts.scope import current_tenant
from relationships.models import FirstValue
from relationships.selectors.first_value import counting_people

UNTOLD = {"what", "evidence"}
NAMED = 5


def save_first_values(
    *,
    items: Sequence[accounts.Item],
    mode: accounts.Mode,
    actor: Actor | None,
    at: datetime,
    source: str | None = None,
) -> list[accounts.Saved]:
    """Write first values, one result per item: account, what, due_on, reached_on with evidence, persona (who of theirs
    says so). Raises NotYours."""
    return FirstValueSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class FirstValueSaver(accounts.AtAccountSaver):
    model = FirstValue
    noun = "first_value"
    required = ("account", "what")
    raced: ClassVar[tuple[str, ...]] = ("first_value_once",)

    def resolve(self, drafts: Sequence[accounts.Draft]) -> None:
        super().resolve(drafts)
        zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
        self.today: dt.date = self.at.astimezone(ZoneInfo(zone)).date()

    def fill(self, drafts: Sequence[accounts.Draft]) -> None:
        super().fill(drafts)
        homes = {draft.row.account_id for draft in drafts if not draft.faults}
        standing = FirstValue.objects.filter(account_id__in=homes, deleted_at=None)
        taken = dict(standing.values_list("account_id", "pk"))
        self.missing: dict[UUID, list[str]] = {}
        for person in counting_people(account_ids=homes, today=self.today).filter(knows=False):
            self.missing.setdefault(person.account_id, []).append(person.name)
        for draft in drafts:
            if draft.faults:
                continue
            if taken.setdefault(draft.row.account_id, draft.row.pk) != draft.row.pk:
                draft.fault("/account", "taken", "This account has a first value already.")

    def check(self, draft: accounts.Draft) -> None:
        row = draft.row
        if not row.what.strip():
            draft.fault("/what", "required", "Say what they will have in hand.")
        if row.reached_on is None:
            return
        if row.reached_on > self.today:
            draft.fault("/reached_on", "in_future", "It was reached: today or earlier.")
            return
        if not row.evidence.strip():
            draft.fault("/evidence", "required", "Say what shows it.")
        missing = self.missing.get(row.account_id, [])
        if missing and ("reached_on" in draft.after or draft.restored):
            draft.fault("/reached_on", "wiifm_missing", _unknown(missing))

    def log(self, draft: accounts.Draft) -> Iterable[accounts.NewActivity]:
        for line in super().log(draft):
            data = {name: _untold(side) for name, side in line.data.items()}
            yield accounts.NewActivity(line.verb, line.object_id, line.account_id, line.persona_id, data)


def _unknown(names: Sequence[str]) -> str:
    """Of whom nobody knows what is in it for them, in words."""
    shown = ", ".join(name[:60] for name in names[:NAMED])
    if len(names) > NAMED:
        words = {"names": shown, "more": len(names) - NAMED}
        return _("Write down first what is in it for %(names)s and %(more)s more.") % words
    return _("Write down first what is in it for %(names)s.") % {"names": shown}


def _untold(side: Any) -> Any:
    """One side of a change without what was told."""
    if not isinstance(side, dict):
        return side
    return {name: value for name, value in side.items() if name not in UNTOLD}


def delete_first_value(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone of a first value. Raises FirstValue.DoesNotExist."""
    accounts.bury(model=FirstValue, id=id, actor=actor, at=at)


def restore_first_value(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a first value back. Raises FirstValue.DoesNotExist, and Refused where the account has another by now."""
    row = FirstValue.objects.get(pk=id)
    if FirstValue.objects.filter(account_id=row.account_id, deleted_at=None).exclude(pk=id).exists():
        raise accounts.Refused(
            [accounts.Fault("/account", "taken", "This account has a first value already.")]
        )
    accounts.raise_up(model=FirstValue, id=id, actor=actor, at=at)
