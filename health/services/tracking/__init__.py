"""Messages of a product's tracking library in: track, page and screen are usage, identify tells who a user is, group
which account they belong to, alias that two ids are one user.

One pass in the order of the request, a handful of statements whatever its size. A message is taken once for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from django.db import connection

from accounts.models import Actor, Scope
from accounts.scope import current_tenant
from health.services.arrivals import SHOWN, Receipt, Refusal, Seen, note_arrival
from health.services.tracking.groups import Traits, take_groups
from health.services.tracking.messages import CALLS, TYPES, USAGE, Broken, Message, Moment, text_id
from health.services.tracking.people import Users
from health.services.usage import NewUsage, broken_document, new_message_id, write_usage

Numbered = tuple[int, Message]

TAKE = """
INSERT INTO health_usagemessage (tenant_id, message_id)
SELECT %(tenant)s, message_id FROM unnest(%(messages)s::text[]) AS t (message_id) ORDER BY message_id
ON CONFLICT DO NOTHING RETURNING message_id
"""


class Call(msgspec.Struct):
    """A sound message: its place in the request, its id, user, group and feature, and its moment."""

    index: int
    message: Message
    id: str
    user: str
    group: str
    feature: str
    at: dt.datetime


def take_messages(
    *,
    messages: Sequence[Numbered],
    refusals: Sequence[Refusal],
    sent_at: Moment,
    source: str,
    actor: Actor,
    at: dt.datetime,
) -> Receipt:
    """Take the messages of one request, each with its place in it, beside those that were ``refusals`` already.

    ``sent_at`` is the sender's clock when it sent the request, ``source`` the library.
    """
    calls, refused = _sound(messages, sent_at=sent_at, at=at)
    fresh = _fresh([call for call in calls if call.message.type in CALLS])
    unheard, users = set(fresh), Users(_keys(calls))
    groups: dict[str, Traits] = {}
    usage: list[tuple[int, NewUsage]] = []
    for call in calls:
        if call.message.type in USAGE:
            usage.append((call.index, _usage(call, users)))
        elif call.id in unheard:
            unheard.remove(call.id)
            _hear(call, users, groups)
    users.save(at=at)
    # What a product tells of its groups is written by the key that sent it, whose scope is to send.
    writer = replace(actor, scopes=actor.scopes | {Scope.WRITE})
    take_groups(groups=groups, create=actor.tenant.create_from_group, actor=writer, at=at)
    receipt = write_usage(events=usage, refusals=[*refusals, *refused], actor=actor, at=at)
    receipt.accepted += len(fresh)
    receipt.duplicates += len(calls) - len(usage) - len(fresh)
    note_arrival(
        receipt=receipt,
        source=source,
        sample=[_seen(message) for _, message in messages[:SHOWN]],
        named={index: _seen(message) for index, message in messages} if receipt.rejected else {},
        actor=actor,
        at=at,
    )
    return receipt


def _sound(
    messages: Sequence[Numbered], *, sent_at: Moment, at: dt.datetime
) -> tuple[list[Call], list[Refusal]]:
    calls, refused = [], []
    for index, message in messages:
        try:
            calls.append(_call(index, message, sent_at=sent_at, at=at))
        except Broken as broken:
            refused.append(Refusal(index, broken.code, broken.detail))
    return calls, refused


def _call(index: int, message: Message, *, sent_at: Moment, at: dt.datetime) -> Call:
    """One message as a call. Raises Broken for the first rule that it breaks."""
    if message.type not in TYPES:
        raise Broken("unknown_type", f"type: one of {', '.join(sorted(TYPES))}.")
    user, group = message.user, message.group
    if not user and message.type != "group":
        raise Broken("required", "userId: a message names its user, by userId or anonymousId.")
    if message.type == "group" and not group:
        raise Broken("required", "groupId: a group call names its group.")
    if message.type == "alias" and not text_id(message.previous_id, "previousId"):
        raise Broken("required", "previousId: an alias call names the former id.")
    if message.type in CALLS and (wrong := broken_document(message.traits, "traits")):
        raise Broken(*wrong)
    moment = message.moment(sent_at=sent_at, at=at)
    id = text_id(message.message_id, "messageId") or new_message_id()
    feature = message.feature if message.type in USAGE else ""
    return Call(index, message, id, user, group, feature, moment)


def _fresh(calls: Sequence[Call]) -> set[str]:
    """The ids of those that were never taken before; they are from now on."""
    if not calls:
        return set()
    ids = list({call.id: None for call in calls})
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"tenant": current_tenant(), "messages": ids})
        return {row[0] for row in cursor.fetchall()}


def _keys(calls: Sequence[Call]) -> set[str]:
    """Every id of a user that these calls name."""
    keys = {call.user for call in calls}
    for call in calls:
        if call.message.type in CALLS:
            keys.add(text_id(call.message.anonymous_id, "anonymousId"))
            keys.add(text_id(call.message.previous_id, "previousId"))
    return keys - {""}


def _usage(call: Call, users: Users) -> NewUsage:
    return NewUsage(
        message_id=call.id,
        account_external_id=call.group or users.group_of(call.user),
        user_key=users.meant(call.user),
        feature=call.feature,
        occurred_at=call.at,
        properties=call.message.properties,
    )


def _hear(call: Call, users: Users, groups: dict[str, Traits]) -> None:
    """Note what identify, group and alias tell."""
    message = call.message
    if message.type == "alias":
        users.join(text_id(message.previous_id, "previousId"), call.user)
        return
    if call.user:
        users.join(text_id(message.anonymous_id, "anonymousId"), call.user)
        users.set_group(call.user, call.group)
    if message.type == "group":
        groups[call.group] = groups.get(call.group, {}) | message.traits
        return
    if call.group:
        groups.setdefault(call.group, {})
    users.set_email(call.user, _email(message.traits, call.user))


def _email(traits: dict[str, Any], user: str) -> str:
    """The e-mail that identifies the user, in lower case: a trait, or the id itself where it is one."""
    told = traits.get("email")
    email = told if isinstance(told, str) and "@" in told else user if "@" in user else ""
    return email.strip().lower()[:254]


def _seen(message: Message) -> Seen:
    """A message as the tail shows it; what cannot be read stays empty."""

    def tell(read: Any) -> str:
        return "" if read is None else str(read)[:200]

    name = message.event if message.type == "track" else message.name or message.category
    context = message.context.group_id if message.context else None
    return Seen(
        type=tell(message.type),
        name=tell(name),
        user=tell(message.user_id or message.anonymous_id),
        group=tell(message.own_group_id or context),
    )
