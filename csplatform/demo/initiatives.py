"""What some customers of the demo want to achieve, and the steps that belong to it."""

from typing import Any, NamedTuple
from uuid import UUID

from accounts import services as accounts
from accounts.models import Step


class Wish(NamedTuple):
    """``due_in`` is days from now; ``step`` the title of an open step that is part of it, if there is one."""

    account: str
    title: str
    note: str
    person: str
    state: str
    due_in: float | None
    ago: float
    step: str = ""


WISHES = (
    Wish("crm-1001", "Close the month in three days instead of nine", "The board looks at it in the new year.",
         "Eli Farraday", "running", 75, 160),
    Wish("crm-1001", "Bring the two plants onto one plan", "", "Dana Whitlock", "planned", 190, 40,
         "Bring the roadmap to Dana's board"),
    Wish("crm-1008", "One page of numbers for every ship, each quarter", "Hector asks for it in every call.",
         "Hector Almeida", "running", 40, 55, "One page with the quarter's numbers"),
    Wish("crm-1008", "Move the old reports out of spreadsheets", "They gave it up with the change of owner.",
         "Odile Laurent", "dropped", None, 300),
    Wish("crm-1011", "Train every team lead before the summer", "Noor leads it herself.", "Noor Petrov", "done", -30, 210),
)  # fmt: skip


def wish(loaded: Any) -> None:
    """Write the initiatives of a book that is being loaded; ``loaded`` as the loader has it."""
    for one in WISHES:
        if (one.account, one.person) not in loaded.people:
            continue
        account, at = loaded.accounts[one.account], loaded.ago(one.ago)
        values = {
            "account": account, "title": one.title, "note": one.note, "state": one.state,
            "persona": loaded.people[one.account, one.person],
            "due_on": None if one.due_in is None else loaded.day(-one.due_in),
        }  # fmt: skip
        id = _write(accounts.save_initiatives, values, at)
        for step in Step.objects.filter(account_id=account, title=one.step, done_at=None):
            _write(accounts.save_steps, {"initiative": id}, max(at, step.updated_at), step.pk)


def _write(save: Any, values: dict[str, Any], at: Any, id: UUID | None = None) -> UUID | None:
    mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
    return accounts.only(save(items=[accounts.Item(values=values, id=id)], mode=mode, actor=None, at=at)).id
