"""Owners whom a program or a file names and nobody knows: their rows are refused, and their names kept for an admin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from accounts.models import Actor, UnknownOwner
from accounts.scope import current_tenant
from accounts.services.items import Item, Saved
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin

KEPT = 200  # accounts that one owner is kept for
MOST = 1_000  # owners of one request
UNKNOWN = "unknown_member"

NOTE = """INSERT INTO accounts_unknownowner AS u (tenant_id, id, word, source, accounts, first_at, last_at)
SELECT %(tenant)s, gen_random_uuid(), g.word, %(source)s, g.accounts, %(at)s, %(at)s
FROM jsonb_to_recordset(%(named)s::jsonb) AS g (word text, accounts jsonb)
ORDER BY g.word  -- one order for all writers: no deadlock
ON CONFLICT (tenant_id, word, source) DO UPDATE SET last_at = excluded.last_at, accounts = (
    SELECT coalesce(jsonb_agg(n.name), '[]') FROM (
        SELECT name FROM jsonb_array_elements(excluded.accounts || u.accounts) WITH ORDINALITY AS a (name, place)
        GROUP BY name ORDER BY min(place) LIMIT %(kept)s) n)"""


def unknown_owners(*, items: Sequence[Item], results: Sequence[Saved]) -> dict[str, list[str]]:
    """The owners for whom accounts were refused, each with the accounts that name them."""
    named: dict[str, list[str]] = {}
    for item, result in zip(items, results, strict=True):
        if any((fault.pointer, fault.code) == ("/owner_email", UNKNOWN) for fault in result.faults):
            said = named.setdefault(str(item.values["owner_email"]).lower(), [])
            said += [str(name) for name in (item.external_id or item.id,) if name]
    return named


def note_unknown_owners(*, named: Mapping[str, Iterable[str]], source: str, at: datetime) -> None:
    """Keep who was named, and for which accounts, beside what was kept of them before. One statement."""
    rows = [
        {"word": " ".join(word.lower().split())[:254], "accounts": list(dict.fromkeys(accounts))[:KEPT]}
        for word, accounts in list(named.items())[:MOST]
    ]
    whole = list({row["word"]: row for row in rows if row["word"]}.values())
    if not whole:
        return
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "source": UnknownOwner.Source(source).value,
        "named": msgspec.json.encode(whole).decode(),
        "kept": KEPT,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, params)


def forget_unknown_owner(*, word: str, actor: Actor | None, at: datetime) -> None:
    """Show this owner no more, until somebody names them again. Raises NotYours, UnknownOwner.DoesNotExist."""
    require_admin(actor=actor)
    count, _ = UnknownOwner.objects.filter(word=word).delete()
    if not count:
        raise UnknownOwner.DoesNotExist
    record_activity(
        activity=NewActivity("unknown_owner.forgotten", None, data={"word": word}), actor=actor, at=at
    )


def prune_unknown_owners(*, before: datetime) -> None:
    """Remove whom nobody has named since then."""
    UnknownOwner.objects.filter(last_at__lt=before).delete()
