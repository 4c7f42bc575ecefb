"""How people want to be reached, held against what is planned with them: in words, with where we know it from."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Persona, ProfileFact, Tenant, Touch, TouchAttendee

# The kind of touch that a step begins with, by the first word of its title.
FIRST_WORDS = {
    "call": "call", "phone": "call", "ring": "call", "mail": "mail", "e-mail": "mail", "email": "mail", "write": "mail",
    "meet": "meeting", "visit": "meeting", "chat": "chat", "message": "chat",
}  # fmt: skip


def held_against(
    *, persona_id: UUID, due_on: dt.date | None, title: str, tenant: Tenant, at: dt.datetime
) -> list[str]:
    """What this person would say against a step, as sentences: another channel than theirs, or sooner after the last
    touch than they want. Nothing where they have no wish, or it has expired."""
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    facts = ProfileFact.objects.filter(persona_id=persona_id, key__in=accounts.PREFERENCES)
    wanted = accounts.wishes(facts, today=today)
    name = Persona.objects.filter(pk=persona_id).values_list("name", flat=True).first() or ""
    kinds, found = dict(Touch.Kind.choices), []
    planned = FIRST_WORDS.get(title.split(" ", 1)[0].lower().strip(":,"), "")
    if wanted.channel and planned and planned != wanted.channel:
        found.append(
            _("%(name)s wants to be reached by %(wanted)s, not by %(planned)s.")
            % {
                "name": name,
                "wanted": str(kinds[wanted.channel]).lower(),
                "planned": str(kinds[planned]).lower(),
            }
        )
    if wanted.cadence and due_on:
        last = (
            TouchAttendee.objects.filter(persona_id=persona_id, touch__deleted_at=None, touch__at__lte=at)
            .order_by("-touch__at")
            .values_list("touch__at", flat=True)
            .first()
        )
        spoke = last.astimezone(ZoneInfo(tenant.time_zone)).date() if last else None
        if spoke and due_on < spoke + dt.timedelta(days=wanted.cadence):
            found.append(
                _(
                    "%(name)s wants to hear from us at most every %(days)d days; the last touch was on %(day)s."
                )
                % {"name": name, "days": wanted.cadence, "day": spoke.isoformat()}
            )
    return found
