"""What the pages with forms share: whom a thing may belong to, and where a refusal is shown."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import selectors
from accounts import services as accounts
from accounts.models import Actor, Membership, Note


def member_choices(actor: Actor, members: Iterable[Membership] | None = None) -> list[tuple[str, str]]:
    """The tenant's active members as (e-mail, name); ``members`` where they are loaded already."""
    known = selectors.members(tenant_id=actor.tenant_id) if members is None else members
    return [(member.user.email, str(member.user)) for member in known if member.is_active]


def notes_context(notes: Sequence[Note], *, members: Iterable[Membership] | None = None) -> dict[str, Any]:
    """What accounts/_notes.html shows; ``members`` where they are loaded already."""
    return {"notes": notes, "nameable": [one._asdict() for one in selectors.nameable_members(members)]}


def show_faults(form: Any, faults: Iterable[accounts.Fault]) -> None:
    """Put what a service refused at the fields it names."""
    for fault in faults:
        named = [part for part in fault.pointer.split("/") if part in form.fields]
        form.add_error(named[0] if named else None, fault.detail)


def way_back(request: HttpRequest, usual: str) -> str:
    """Where a page that was opened from another leads back to: its ``next`` if that is one of ours, else the usual."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return usual
