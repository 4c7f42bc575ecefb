"""How people want to be reached, held against a contact with them, planned or had: in words, one rule for steps, touches
and every door. A wish is the person's: it binds at every account at which they are the same person, by e-mail or by a
member's word, unless they say otherwise there."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import Persona, PersonaLink, ProfileFact, Step, Tenant, Touch
from accounts.scope import current_tenant
from accounts.selectors.links import SELVES
from accounts.selectors.profile import NO_CONTACT, PREFERENCES, Wishes, in_date, wishes

# The kind of touch that a step begins with, by the first word of its title, where nobody has said how.
FIRST_WORDS = {
    "call": "call", "phone": "call", "ring": "call", "mail": "mail", "e-mail": "mail", "email": "mail", "write": "mail",
    "meet": "meeting", "visit": "meeting", "chat": "chat", "message": "chat",
}  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """A contact with people: with whom, of which kind (an empty string: not known), on which day (None: not known), and
    the moment before which the last one counts; ``touch_id`` is the touch that it is, if it was written down already."""

    persona_ids: Collection[UUID]
    kind: str
    on: dt.date | None
    before: dt.datetime
    touch_id: UUID | None = None


@dataclass(frozen=True)
class Objection:
    """What one person would say against a contact: ``code`` is no_contact, channel or cadence."""

    persona_id: UUID
    code: str
    words: str


def planned_contact(
    *, persona_id: UUID | None, title: str, due_on: dt.date | None, at: dt.datetime, channel: str = ""
) -> Contact:
    """A step as a contact: its kind is its channel, or what its title begins with."""
    kind = channel or FIRST_WORDS.get(title.split(" ", 1)[0].lower().strip(":,"), "")
    return Contact([persona_id] if persona_id else [], kind, due_on, at)


def contact_of_step(step: Step, *, at: dt.datetime) -> Contact | None:
    """What an open step plans with its person; None for one that is done or about nobody."""
    if step.done_at is not None or step.persona_id is None:
        return None
    return planned_contact(
        persona_id=step.persona_id, title=step.title, due_on=step.due_on, at=at, channel=step.channel
    )


def contact_of_touch(touch: Touch, *, tenant: Tenant) -> Contact | None:
    """A touch with whoever was there, as a contact; None for one that they began themselves."""
    people = [one.persona_id for one in touch.attendees.all()]
    return had_contact(
        persona_ids=people,
        kind=touch.kind,
        direction=touch.direction,
        when=touch.at,
        tenant=tenant,
        id=touch.pk,
    )


def had_contact(
    *,
    persona_ids: Collection[UUID],
    kind: str,
    direction: str | None,
    when: dt.datetime,
    tenant: Tenant,
    id: UUID | None = None,
) -> Contact | None:
    """A touch that is being written down, as a contact; None for one that they began themselves: nobody minds that."""
    if direction == Touch.Direction.INBOUND or not persona_ids:
        return None
    return Contact(persona_ids, kind, _day(when, tenant), when, id)


def objections(contact: Contact | None, *, tenant: Tenant, at: dt.datetime) -> list[Objection]:
    """What these people would say against it: that they want no contact; another channel than theirs; sooner after the
    last touch than they want. Nothing where they have no wish, or it has expired. Three statements at most."""
    return objections_to({None: contact}, tenant=tenant, at=at).get(None, [])


def objections_to(
    planned: Mapping[Any, Contact | None], *, tenant: Tenant, at: dt.datetime
) -> dict[Any, list[Objection]]:
    """The same for any number of contacts, each under a key of its own; one that nobody minds is absent. Three statements
    at most, whatever their number. What was said of somebody who was merged into one of them, or of the same person at
    another account, binds too, unless they say otherwise here."""
    contacts = {key: contact for key, contact in planned.items() if contact is not None}
    people = {id for contact in contacts.values() for id in contact.persona_ids}
    facts = _wished(people, (NO_CONTACT, *PREFERENCES)) if people else {}
    today = _day(at, tenant)
    wanted = {id: wishes(known, today=today) for id, known in facts.items()}
    if not wanted:
        return {}
    names = dict(Persona.objects.filter(pk__in=wanted).values_list("pk", "name"))
    touched = _touched(contacts, {id: wish.cadence for id, wish in wanted.items() if wish.cadence})
    found: dict[Any, list[Objection]] = {}
    for key, contact in contacts.items():
        there = [id for id in dict.fromkeys(contact.persona_ids) if id in wanted]
        for id in sorted(there, key=lambda one: (names.get(one, ""), str(one))):
            spoke = _last_before(contact, touched.get(id, []), tenant)
            for code, words in _said(wanted[id], contact, spoke, names.get(id, "")):
                found.setdefault(key, []).append(Objection(id, code, words))
    return found


def _wished(people: Collection[UUID], keys: Sequence[str]) -> dict[UUID, list[ProfileFact]]:
    """What each of these people said of how they want to be reached: the same person elsewhere first, then who was merged
    into them, their own last, for the last word counts. One statement."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            SELVES
            + """SELECT s.root, f.persona_id, f.key, f.value, f.expires_on
            FROM selves s JOIN accounts_profilefact f ON f.tenant_id = %(tenant)s AND f.persona_id = s.id
            WHERE f.key = ANY(%(keys)s) AND f.value <> '' ORDER BY s.far DESC, f.recorded_at, f.id""",
            {"tenant": current_tenant(), "personas": list(people), "keys": list(keys)},
        )
        for root, persona_id, key, value, expires_on in cursor.fetchall():
            fact = ProfileFact(persona_id=persona_id, key=key, value=value, expires_on=expires_on)
            found[root].append(fact)
    return found


def names_wishes() -> Q:
    """The condition on rows with a ``persona_id`` that this person said how they want to be reached, or was assumed to, or
    may have done so under another name: merged into them, or at another account. Asked row by row, for the rows are few
    and the facts are many."""
    mine, linked = OuterRef("persona_id"), PersonaLink.objects.filter(same=True)
    said = ProfileFact.objects.filter(key__in=(NO_CONTACT, *PREFERENCES), persona_id=mine)
    merged = Persona.objects.filter(Q(merged_into_id=mine) | Q(pk=mine, merged_into__isnull=False))
    twins = Persona.objects.filter(email_key=OuterRef("persona__email_key")).exclude(email_key="")
    return (
        Q(Exists(said))
        | Q(Exists(merged))
        | Q(Exists(twins.exclude(pk=mine)))
        | Q(Exists(linked.filter(Q(persona_id=mine) | Q(other_id=mine))))
    )


def selves(people: Collection[UUID]) -> Any:
    """These people and who was merged into them; for a condition on people."""
    return Persona.objects.filter(Q(pk__in=people) | Q(merged_into_id__in=people)).values("pk")


def no_contact_facts(*, today: dt.date) -> Any:
    """What people said who want no contact at all, as far as it is in date."""
    in_date = Q(expires_on=None) | Q(expires_on__gt=today)
    return ProfileFact.objects.filter(in_date, key=NO_CONTACT).exclude(value="")


def left_alone(*, persona_ids: Collection[UUID], today: dt.date) -> dict[UUID, str]:
    """Who of these people wants no contact at all, with what was said of it; what was said of somebody who was merged into
    one of them, or of the same person at another account, counts too. One statement."""
    said = _wished(persona_ids, (NO_CONTACT,))
    told = {id: [fact.value for fact in facts if in_date(fact, today)] for id, facts in said.items()}
    return {id: values[-1] for id, values in told.items() if values}


def left_alone_everywhere(*, today: dt.date) -> Q:
    """The condition on people that they, or who is the same person at another account by e-mail or by a member's word,
    want no contact at all; who was merged into them counts too."""
    said = no_contact_facts(today=today)
    who, merged = said.values("persona_id"), said.exclude(persona__merged_into=None)
    emails = said.exclude(persona__email_key="").values("persona__email_key")
    linked = PersonaLink.objects.filter(same=True)
    return (
        Q(pk__in=who)
        | Q(pk__in=merged.values("persona__merged_into_id"))
        | Q(email_key__in=emails)
        | Q(pk__in=linked.filter(other_id__in=who).values("persona_id"))
        | Q(pk__in=linked.filter(persona_id__in=who).values("other_id"))
    )


def _said(wish: Wishes, contact: Contact, spoke: dt.date | None, name: str) -> list[tuple[str, str]]:
    """What one person says against a contact, by code."""
    if wish.no_contact:
        why = Truncator(wish.no_contact).chars(200)
        words = _("%(name)s wants no contact from us: %(why)s") % {"name": name, "why": why}
        return [("no_contact", words)]
    kinds, found = dict(Touch.Kind.choices), []
    if wish.channel and contact.kind and contact.kind != wish.channel:
        words = _("%(name)s wants to be reached by %(wanted)s, not by %(planned)s.") % {
            "name": name,
            "wanted": str(kinds[Touch.Kind(wish.channel)]).lower(),
            "planned": str(kinds[Touch.Kind(contact.kind)]).lower(),
        }
        found.append(("channel", words))
    if wish.cadence and spoke and contact.on and contact.on < spoke + dt.timedelta(days=wish.cadence):
        words = _(
            "%(name)s wants to hear from us at most every %(days)d days; the last touch was on %(day)s."
        ) % {"name": name, "days": wish.cadence, "day": date_format(spoke, "M j, Y")}
        found.append(("cadence", words))
    return found


def _touched(
    contacts: Mapping[Any, Contact], cadence: Mapping[UUID, int]
) -> dict[UUID, list[tuple[dt.datetime, UUID]]]:
    """When each person who has a cadence was in touch with us, newest first, as far back as their cadence reaches."""
    timed = [one for one in contacts.values() if one.on and any(id in cadence for id in one.persona_ids)]
    if not timed:
        return {}
    begun = min(min(one.before, dt.datetime.combine(one.on, dt.time(), dt.UTC)) for one in timed if one.on)
    since = begun - dt.timedelta(days=max(cadence.values()) + 2)
    found: dict[UUID, list[tuple[dt.datetime, UUID]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            SELVES
            + """SELECT DISTINCT s.root, t.at, t.id FROM selves s
            JOIN accounts_touchattendee a ON a.tenant_id = %(tenant)s AND a.persona_id = s.id
            JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = a.touch_id
            WHERE t.deleted_at IS NULL AND t.at BETWEEN %(since)s AND %(until)s ORDER BY t.at DESC""",
            {
                "tenant": current_tenant(),
                "personas": list(cadence),
                "since": since,
                "until": max(one.before for one in timed),
            },
        )
        for id, when, touch_id in cursor.fetchall():
            found.setdefault(id, []).append((when, touch_id))
    return found


def _last_before(
    contact: Contact, touched: Sequence[tuple[dt.datetime, UUID]], tenant: Tenant
) -> dt.date | None:
    """The day on which a person was last in touch with us, before the contact and without it."""
    if contact.on is None:
        return None
    first = bisect_left(touched, -contact.before.timestamp(), key=lambda one: -one[0].timestamp())
    earlier = (when for when, touch_id in touched[first : first + 2] if touch_id != contact.touch_id)
    last = next(earlier, None)
    return None if last is None else _day(last, tenant)


def _day(moment: dt.datetime, tenant: Tenant) -> dt.date:
    return moment.astimezone(ZoneInfo(tenant.time_zone)).date()
