"""The users that tracking libraries tell of: which e-mail, which group last, and which other id is the same user.

Read once for a whole request, changed in memory as its messages are read in order, and written in one statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import msgspec
from django.db import connection
from uuid_utils.compat import uuid7

from accounts import services as accounts
from accounts.scope import current_tenant
from health.models import TrackedUser

SAVE = """
INSERT INTO health_trackeduser AS u (tenant_id, user_key, email, account_external_id, alias_of, updated_at)
SELECT %(tenant)s, g.user_key, g.email, g.group_id, g.alias_of, %(at)s
FROM jsonb_to_recordset(%(users)s::jsonb) AS g (user_key text, email text, group_id text, alias_of text)
ORDER BY g.user_key  -- one order for all writers: no deadlock
ON CONFLICT (tenant_id, user_key) DO UPDATE SET email = coalesce(nullif(excluded.email, ''), u.email),
    account_external_id = coalesce(nullif(excluded.account_external_id, ''), u.account_external_id),
    alias_of = coalesce(nullif(excluded.alias_of, ''), u.alias_of), updated_at = excluded.updated_at
"""
REDIRECT = """
UPDATE health_trackeduser SET alias_of = %(to)s
WHERE tenant_id = %(tenant)s AND alias_of = %(former)s AND alias_of <> ''
"""


class User(msgspec.Struct):
    email: str = ""
    group: str = ""
    alias_of: str = ""


class Users:
    """The users of one request."""

    def __init__(self, keys: Collection[str]) -> None:
        self.known: dict[str, User] = {}
        self.changed: set[str] = set()
        self.grouped: set[str] = set()  # users whose group, or whose other id, has become known
        self.joined: list[tuple[str, str]] = []
        if keys:
            self._read(keys)

    def _read(self, keys: Collection[str]) -> None:
        columns = ("user_key", "email", "account_external_id", "alias_of")
        rows = TrackedUser.objects.filter(user_key__in=keys).values_list(*columns)
        self.known = {key: User(email, group, alias) for key, email, group, alias in rows}
        meant = {user.alias_of for user in self.known.values() if user.alias_of} - self.known.keys()
        for key, email, group, _ in (
            TrackedUser.objects.filter(user_key__in=meant).values_list(*columns) if meant else ()
        ):
            self.known[key] = User(email, group)

    def meant(self, key: str) -> str:
        """The user that is meant by this id."""
        user = self.known.get(key)
        return user.alias_of if user and user.alias_of else key

    def group_of(self, key: str) -> str:
        user = self.known.get(self.meant(key))
        return user.group if user else ""

    def set_email(self, key: str, email: str) -> None:
        user = self._user(self.meant(key))
        if email and email != user.email:
            user.email = email
            self.changed.add(self.meant(key))

    def set_group(self, key: str, group: str) -> None:
        key = self.meant(key)
        user = self._user(key)
        if group and group != user.group:
            if not user.group:
                self.grouped.add(key)
            user.group = group
            self.changed.add(key)

    def join(self, former: str, key: str) -> None:
        """From now on ``former`` means ``key``, which takes over what it does not know itself."""
        key, former = self.meant(key), self.meant(former)
        if not former or former == key:
            return
        before, after = self._user(former), self._user(key)
        before.alias_of = key
        for user in self.known.values():
            if user.alias_of == former:
                user.alias_of = key
        after.email, after.group = after.email or before.email, after.group or before.group
        self.changed |= {former, key}
        self.grouped |= {former, key} if after.group else set()
        self.joined.append((former, key))

    def _user(self, key: str) -> User:
        return self.known.setdefault(key, User())

    def save(self, *, at: dt.datetime) -> None:
        """Write what has changed; usage that waits for a group is left to a worker."""
        if not self.changed:
            return
        rows: list[dict[str, Any]] = [
            {"user_key": key, "email": user.email, "group_id": user.group, "alias_of": user.alias_of}
            for key, user in self.known.items()
            if key in self.changed
        ]
        with connection.cursor() as cursor:
            users = msgspec.json.encode(rows).decode()
            cursor.execute(SAVE, {"tenant": current_tenant(), "users": users, "at": at})
            for former, key in self.joined:
                cursor.execute(REDIRECT, {"tenant": current_tenant(), "former": former, "to": key})
        if self.grouped:
            ref = {"users": sorted(self.grouped)}
            accounts.enqueue(kind="group_usage", ref=ref, dedupe_key=str(uuid7()), at=at)
