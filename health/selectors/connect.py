"""What the Connect page shows: what arrives, from which source, what was refused, and what waits for a person to say."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from accounts import selectors as directory
from accounts.models import Account
from accounts.scope import current_tenant
from health.models import Arrival, TrackedGroup, TrackedUser, UsageEvent
from health.selectors.usage import unmatched_usage

DAY = dt.timedelta(days=1)
KEPT = dt.timedelta(days=3)  # lines of what arrived
LINES, REFUSALS, GROUPS, CHOICES = 25, 50, 100, 200
OWNER_KEYS = ("owner", "owner_email", "account_owner", "account_manager", "csm", "csm_email")
PUBLIC_MAIL = {"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de"}

SOURCES = """SELECT source, key_prefix, max(last_at), sum(requests)::bigint, sum(taken)::bigint, sum(rejected)::bigint
FROM (
    SELECT source, key_prefix, max(at) AS last_at, count(*) FILTER (WHERE at >= %(since)s) AS requests,
        coalesce(sum(accepted + unmatched) FILTER (WHERE at >= %(since)s), 0) AS taken,
        coalesce(sum(rejected) FILTER (WHERE at >= %(since)s), 0) AS rejected
    FROM health_arrival WHERE tenant_id = %(tenant)s GROUP BY source, key_prefix
    UNION ALL
    SELECT source, key_prefix, NULL, requests, taken, rejected
    FROM health_arrivalhour WHERE tenant_id = %(tenant)s AND hour >= %(since)s
) s GROUP BY source, key_prefix HAVING max(last_at) IS NOT NULL ORDER BY max(last_at) DESC"""


@dataclass(frozen=True)
class Source:
    """One library with one key: when it was last heard of, and what it brought since ``counted_since``."""

    name: str
    key_prefix: str
    last_at: dt.datetime
    requests: int
    taken: int
    rejected: int
    silent: bool  # for more than a day


@dataclass
class WaitingGroup:
    """A group that is no account: what waits under it, and which accounts it may be."""

    external_id: str
    name: str = ""
    events: int = 0
    last_at: dt.datetime | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    likely: list[Account] = field(default_factory=list)


@dataclass
class NamedOwner:
    """Somebody who is named as the owner of accounts that have none: by the product, or by a request or a file that was
    refused for it. ``word`` is their e-mail or name, ``email`` that of the member whom it means, if any."""

    word: str
    email: str | None
    accounts: list[Account]
    refused: int = 0  # accounts that requests and files named them for
    sources: list[str] = field(default_factory=list)

    @property
    def called(self) -> str:
        """How they are shown: a name with its capitals."""
        return self.word if "@" in self.word else self.word.title()


def arrivals() -> list[Arrival]:
    """The newest requests, newest first."""
    return list(Arrival.objects.order_by("-at", "-pk")[:LINES])


def counted_since(*, at: dt.datetime) -> dt.datetime:
    """From when on the requests and messages of a source are counted: the full hour a day ago."""
    return (at - DAY).replace(minute=0, second=0, microsecond=0)


def sources(*, at: dt.datetime) -> list[Source]:
    """Who sends, the one heard of last first: the lines that are kept, and the sums of those that are not."""
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, {"tenant": current_tenant(), "since": counted_since(at=at)})
        found: list[Any] = cursor.fetchall()
    return [
        Source(name, key, last_at, requests, taken, rejected, last_at < at - DAY)
        for name, key, last_at, requests, taken, rejected in found
    ]


def refusals(*, at: dt.datetime) -> list[dict[str, Any]]:
    """The newest messages that were refused lately: {at, source, type, name, user, group, code, detail}."""
    lines = Arrival.objects.filter(rejected__gt=0, at__gt=at - KEPT).order_by("-at", "-pk")[:REFUSALS]
    told = [{"at": line.at, "source": line.source} | refusal for line in lines for refusal in line.refusals]
    return told[:REFUSALS]


def waiting_groups() -> list[WaitingGroup]:
    """The groups that wait for an account, those with most events first."""
    rows: Any = unmatched_usage()
    found = {
        row["account_external_id"]: WaitingGroup(
            row["account_external_id"], events=row["events"], last_at=row["last_at"]
        )
        for row in rows.order_by("-events")[:GROUPS]
    }
    for group in TrackedGroup.objects.filter(account=None).order_by("-last_at")[:GROUPS]:
        waiting = found.setdefault(group.external_id, WaitingGroup(group.external_id))
        waiting.traits, waiting.last_at = group.traits, waiting.last_at or group.last_at
        name = group.traits.get("name")
        waiting.name = name if isinstance(name, str) else ""
    groups = sorted(found.values(), key=lambda one: (-one.events, one.external_id))[:GROUPS]
    _guess(groups)
    return groups


def _guess(groups: list[WaitingGroup]) -> None:
    """Which accounts a group may be: of the same name or the same domain, as its traits, its id or its users tell."""
    words = {group.external_id: _words(group) for group in groups}
    users = TrackedUser.objects.filter(account_external_id__in=words).exclude(email="")
    for external_id, email in users.values_list("account_external_id", "email")[:5000]:
        domain = email.rpartition("@")[2]
        if domain not in PUBLIC_MAIL:
            words[external_id].add(domain)
    wanted = set().union(*words.values()) if words else set()
    rows = Account.objects.filter(deleted_at=None).annotate(
        plain_name=Lower("name"), plain_domain=Lower("domain")
    )
    likely = list(rows.filter(Q(plain_name__in=wanted) | Q(plain_domain__in=wanted - {""}))) if wanted else []
    for group in groups:
        mine = words[group.external_id]
        group.likely = [one for one in likely if one.plain_name in mine or one.plain_domain in mine][:3]


def _words(group: WaitingGroup) -> set[str]:
    told = [group.external_id, *(group.traits.get(key) for key in ("name", "domain", "website", "company"))]
    words = {one.strip().lower() for one in told if isinstance(one, str)}
    return {re.sub(r"^(https?://)?(www\.)?|/.*$", "", word) for word in words} | words


def mapped_groups() -> QuerySet[TrackedGroup]:
    """The groups of which somebody has said whose they are, newest first."""
    rows: QuerySet[TrackedGroup] = TrackedGroup.objects.filter(account__isnull=False)
    return rows.select_related("account").order_by("-mapped_at")[:GROUPS]


def account_choices(*, find: str) -> list[tuple[UUID, str]]:
    """Accounts to choose from, by name: those whose name holds ``find``."""
    rows = Account.objects.filter(deleted_at=None, name__icontains=find).order_by("name", "pk")
    return list(rows.values_list("pk", "name")[:CHOICES])


def named_owners() -> list[NamedOwner]:
    """Who is named as owner of accounts that have none, most accounts first; of those who are members, only whom
    something is left to give to."""
    members = directory.members_by_word()
    owners: dict[str, NamedOwner] = {}
    rows = Account.objects.filter(owner=None, deleted_at=None, custom__has_any_keys=OWNER_KEYS)
    for account in rows.order_by("name", "pk")[:1000]:
        told = (account.custom.get(key) for key in OWNER_KEYS)
        words = [one.strip().lower() for one in told if isinstance(one, str) and "@" in one]
        if words:
            owner = owners.setdefault(
                words[0], NamedOwner(words[0], members.get(words[0]), [], 0, ["tracking"])
            )
            owner.accounts.append(account)
    for unknown in directory.unknown_owners():
        owner = owners.setdefault(unknown.word, NamedOwner(unknown.word, members.get(unknown.word), []))
        owner.refused = max(owner.refused, unknown.refused)
        owner.sources += unknown.sources
        known = {account.pk for account in owner.accounts}
        owner.accounts += [account for account in unknown.accounts if account.pk not in known]
    left = [owner for owner in owners.values() if owner.accounts or owner.email is None]
    return sorted(left, key=lambda owner: (-max(len(owner.accounts), owner.refused), owner.word))


def ungrouped_events() -> int:
    """How many events wait because nobody has told the group of their user."""
    return UsageEvent.objects.filter(account_id=None, account_external_id="").count()
