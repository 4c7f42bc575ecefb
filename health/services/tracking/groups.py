"""The groups that tracking libraries tell of: traits go to the account that a group is, or wait until there is one.

A product may tell what it knows, never decide: traits go to ``custom``; name, seats and entitlements are taken where
empty; arr, owner and status are never touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounts import services as accounts
from accounts.models import Account, Actor
from accounts.scope import current_tenant
from accounts.services.items import Item, Mode, Status
from health.models import TrackedGroup
from health.services.usage import HOMES

MAX_CUSTOM = 65_536
MAX_SEATS = 2_147_483_647
MAX_FEATURES = 1000
SOURCE = "tracking"
Traits = dict[str, Any]

WAIT = """
INSERT INTO health_trackedgroup AS g (tenant_id, external_id, traits, first_at, last_at)
SELECT %(tenant)s, n.external_id, n.traits, %(at)s, %(at)s
FROM jsonb_to_recordset(%(groups)s::jsonb) AS n (external_id text, traits jsonb)
ORDER BY n.external_id  -- one order for all writers: no deadlock
ON CONFLICT (tenant_id, external_id) DO UPDATE SET last_at = excluded.last_at,
    traits = CASE WHEN pg_column_size(g.traits || excluded.traits) > %(most)s THEN excluded.traits
        ELSE g.traits || excluded.traits END
"""


def take_groups(*, groups: Mapping[str, Traits], create: bool, actor: Actor | None, at: dt.datetime) -> None:
    """Put the traits of groups on their accounts. A group without one becomes an account if ``create`` says so,
    else it waits."""
    if not groups:
        return
    homes = accounts_of(groups)
    put_traits(traits={home: _merged(groups, homes, home) for home in homes.values()}, actor=actor, at=at)
    unknown = {group: traits for group, traits in groups.items() if group not in homes}
    if create and unknown:
        buried = Account.objects.filter(external_id__in=unknown, deleted_at__isnull=False)
        unwanted = set(buried.values_list("external_id", flat=True))
        made = {group: traits for group, traits in unknown.items() if group not in unwanted}
        _create(made, actor=actor, at=at)
        unknown = {group: traits for group, traits in unknown.items() if group in unwanted}
    _wait(unknown, at=at)


def settle_groups(*, external_ids: Collection[str], at: dt.datetime) -> None:
    """Accounts have appeared under these ids: what their groups told meanwhile goes to them."""
    rows = TrackedGroup.objects.select_for_update().filter(external_id__in=external_ids, account=None)
    waiting = dict(rows.order_by("external_id").values_list("external_id", "traits"))
    if waiting:
        take_groups(groups=waiting, create=False, actor=None, at=at)
        TrackedGroup.objects.filter(external_id__in=accounts_of(waiting), account=None).delete()


def put_traits(*, traits: Mapping[UUID, Traits], actor: Actor | None, at: dt.datetime) -> None:
    """Put traits on accounts where they differ. Accounts are read without a lock first: most calls tell nothing new."""
    news = [row.pk for row in Account.objects.filter(pk__in=traits) if _changes(row, traits[row.pk])]
    if not news:
        return
    rows = Account.objects.select_for_update().filter(pk__in=news).order_by("pk")
    changes = {row.pk: _changes(row, traits[row.pk]) for row in rows}
    items = [Item(values, id=account_id) for account_id, values in changes.items() if values]
    accounts.save_accounts(items=items, mode=Mode.UPDATE, actor=actor, at=at, source=SOURCE)


def accounts_of(external_ids: Collection[str]) -> dict[str, UUID]:
    """The accounts that are meant by these names, of those that have one."""
    with connection.cursor() as cursor:
        cursor.execute(
            HOMES.format(names="SELECT unnest(%(names)s::text[])"),
            {"tenant": current_tenant(), "names": sorted(external_ids)},
        )
        return {name: account_id for name, account_id in cursor.fetchall() if account_id is not None}


def _merged(groups: Mapping[str, Traits], homes: Mapping[str, UUID], home: UUID) -> Traits:
    """All that the groups of one account tell."""
    told: Traits = {}
    for group, traits in groups.items():
        if homes.get(group) == home:
            told |= traits
    return told


def _changes(account: Account, traits: Traits) -> dict[str, Any]:
    """What a group's traits change of its account."""
    changes: dict[str, Any] = {}
    custom = dict(account.custom)
    name, seats, entitlements = _own(traits)
    if name and name != account.name and account.name == account.external_id:
        changes["name"] = name
    if seats is not None and account.seats is None:
        changes["seats"] = seats
    if entitlements and not account.entitlements:
        changes["entitlements"] = entitlements
    ours = {"name": account.name, "seats": account.seats, "entitlements": account.entitlements}
    for key, value in traits.items():
        if key in changes or (key in ours and value == ours[key]) or value is None:
            custom.pop(key, None)
        else:
            custom[key] = value
    if custom != account.custom and len(msgspec.json.encode(custom)) <= MAX_CUSTOM:
        changes["custom"] = custom
    return changes


def _own(traits: Traits) -> tuple[str, int | None, list[str]]:
    """The name, seats and entitlements among the traits, where they are what an account could keep."""
    name, seats, features = (traits.get(key) for key in ("name", "seats", "entitlements"))
    counted = isinstance(seats, int) and not isinstance(seats, bool) and 0 <= seats <= MAX_SEATS
    listed = isinstance(features, list) and len(features) <= MAX_FEATURES
    listed = listed and all(isinstance(one, str) and 0 < len(one) <= 100 for one in features or ())
    named = name.strip()[:200] if isinstance(name, str) else ""
    return named, seats if counted else None, list(dict.fromkeys(features or ())) if listed else []


def _create(groups: Mapping[str, Traits], *, actor: Actor | None, at: dt.datetime) -> None:
    items = []
    for group, traits in groups.items():
        name, seats, entitlements = _own(traits)
        values: dict[str, Any] = {"external_id": group, "name": name or group[:200]}
        values |= {"seats": seats, "entitlements": entitlements}
        taken = {"name": name, "seats": seats, "entitlements": entitlements}
        values["custom"] = {
            key: value for key, value in traits.items() if value is not None and value != taken.get(key)
        }
        items.append(Item(values))
    made = accounts.save_accounts(items=items, mode=Mode.UPSERT, actor=actor, at=at, source=SOURCE)
    failed = [one.faults for one in made if one.status == Status.FAILED]
    if failed:
        raise accounts.Refused(failed[0])


def _wait(groups: Mapping[str, Traits], *, at: dt.datetime) -> None:
    if not groups:
        return
    rows = [{"external_id": group, "traits": traits} for group, traits in groups.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            WAIT,
            {
                "tenant": current_tenant(),
                "groups": msgspec.json.encode(rows).decode(),
                "most": MAX_CUSTOM,
                "at": at,
            },
        )
