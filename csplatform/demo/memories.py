"""Writes what people of the demo remember, how long facts about them hold, what we say of the pillars of trust, whom we
asked to speak for us, who is the same person, and the views that the team keeps."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts import selectors as kinds
from accounts import services as accounts
from accounts.models import Actor
from csplatform.demo.moments import ASKS, FIRST_VALUES, MOMENTS, PILLARS
from csplatform.demo.shapes import Known
from csplatform.demo.situations import save_met
from relationships import services as relationships

DAY = dt.timedelta(days=1)


def facts_of(profile: Mapping[str, str | Known], at: dt.datetime) -> list[dict[str, Any]]:
    """The facts about a person as the service takes them: when each was confirmed, and until when it is kept."""
    facts = []
    for key, said in profile.items():
        one = Known(said) if isinstance(said, str) else said
        confirmed, days = (at - one.ago * DAY).date(), kinds.BY_KEY[key].days
        facts.append(
            {
                "key": key, "value": one.value, "source": one.source, "basis": one.basis, "confirmed_on": confirmed,
                "expires_on": confirmed + days * DAY if days else None,
            }
        )  # fmt: skip
    return facts


def remember(
    ids: Mapping[str, UUID],
    people: Mapping[tuple[str, str], UUID],
    members: Mapping[str, Actor],
    at: dt.datetime,
) -> None:
    """What people remember of us, what we say of the pillars of trust, the difficult situations that were met, and what we
    assume of people of a kind."""
    save_moments(people, at)
    rate_pillars(ids, members, at)
    relationships.read_pillars(ref={}, at=at - 60 * DAY)
    save_asks(people, members, at)
    save_first(ids, at)
    save_met(ids, people, at)
    assume(people, next(one for one in members.values() if one.is_admin), at - 30 * DAY)


def save_moments(people: Mapping[tuple[str, str], UUID], at: dt.datetime) -> None:
    """What people remember of us."""
    items = [
        accounts.Item(
            values={
                "persona": people[who],
                "happened_at": at - felt.ago * DAY,
                "valence": felt.valence,
                "intensity": felt.intensity,
                "what": felt.what,
            }
        )
        for who, moments in MOMENTS.items()
        for felt in moments
        if who in people
    ]
    saved = relationships.save_moments(items=items, mode=accounts.Mode.CREATE, actor=None, at=at - 2 * DAY)
    for one in saved:
        accounts.only([one])


def save_asks(people: Mapping[tuple[str, str], UUID], members: Mapping[str, Actor], at: dt.datetime) -> None:
    """Whom we asked to speak for us, each ask on its day."""
    for key, name, ago, by, kind, what, answer, answered_ago, done_ago in ASKS:
        if (key, name) not in people or by not in members:
            continue
        values = {
            "persona": people[key, name], "kind": kind, "what": what, "answer": answer,
            "asked_on": (at - ago * DAY).date(), "owner_id": members[by].member_id,
            "answered_on": None if answered_ago is None else (at - answered_ago * DAY).date(),
            "done_on": None if done_ago is None else (at - done_ago * DAY).date(),
        }  # fmt: skip
        saved = relationships.save_advocate_asks(
            items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=at - 2 * DAY
        )
        accounts.only(saved)


def save_first(ids: Mapping[str, UUID], at: dt.datetime) -> None:
    """What accounts are to have in hand first."""
    for key, what, due_ago, reached_ago, evidence in FIRST_VALUES:
        if key in ids:
            values = {"account": ids[key], "what": what, "due_on": (at - due_ago * DAY).date()}
            if reached_ago is not None:
                values |= {"reached_on": (at - reached_ago * DAY).date(), "evidence": evidence}
            saved = relationships.save_first_values(
                items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=None, at=at - 2 * DAY
            )
            accounts.only(saved)


def rate_pillars(ids: Mapping[str, UUID], members: Mapping[str, Actor], at: dt.datetime) -> None:
    """What the owners say of the pillars of trust, then and now."""
    for key, ago, by, words in PILLARS:
        if key in ids and by in members:
            relationships.rate_pillars(account_id=ids[key], words=words, actor=members[by], at=at - ago * DAY)


def link_people(people: Mapping[tuple[str, str], UUID], actor: Actor, at: dt.datetime) -> None:
    """Who of the demo works at two accounts, under two e-mails."""
    one, two = people.get(("crm-1001", "Farid Nassar")), people.get(("crm-1011", "Farid Nassar"))
    if one and two:
        accounts.link_personas(id=one, other=two, actor=actor, at=at)


FINANCE = {
    "label": "Finance chief",
    "role": "economic_buyer",
    "facts": {
        "wiifm": "The second year costs no more than the first, and the figures hold when the auditors ask.",
        "perspective": "Compares us with doing nothing, and with the suite that the group owns already.",
        "triggers": "A number that changes after the meeting; being the last to know.",
        "character": "Reads first, asks one question, decides a week later.",
        "channel": "mail",
        "cadence": "60",
        "tone": "One page, the sum on top.",
    },
}
FINANCE_CHIEFS = (("crm-1001", "Eli Farraday"), ("crm-1002", "Irina Solberg"))


def assume(people: Mapping[tuple[str, str], UUID], actor: Actor, at: dt.datetime) -> None:
    """A persona template of the tenant's own, used at more than one account."""
    accounts.save_persona_template(key="finance_chief", values=FINANCE, actor=actor, at=at)
    for who in FINANCE_CHIEFS:
        if who in people:
            accounts.apply_template(persona_id=people[who], key="finance_chief", actor=actor, at=at)


VIEWS = (
    ("At risk, by money", "band=at_risk&sort=-arr"),
    ("At risk without a step", "band=at_risk&no_step=1&sort=-arr"),
    ("Nobody's accounts", "columns=arr&columns=renewal&columns=segment&columns=region&owner=none"),
)


def keep_views(actor: Actor, at: dt.datetime) -> None:
    """What the team looks at every Monday."""
    for name, query in VIEWS:
        accounts.save_view(page="accounts", name=name, query=query, shared=True, actor=actor, at=at)
