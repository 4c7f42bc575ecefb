"""Where a person may jump to: pages by their names, accounts and people by theirs, those seen last first.

Three statements whatever is found: the ids, the accounts, the people. Nothing is shown that its own page would not.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import selectors as accounts
from accounts.models import Account, Actor, Persona
from csplatform.selectors.links import account_href, persona_href

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)

# Who may open a page.
ANYBODY, WRITERS, LEADERS, ADMINS = range(4)
MY_SETTINGS = "me"  # the same in every tenant
# Every page that stands by itself: route, name, other words for it, and who may open it.
PAGES: tuple[tuple[str, Any, Any, int], ...] = (
    ("today", gettext_lazy("Today"), gettext_lazy("home start due"), ANYBODY),
    ("rate", gettext_lazy("Rate"), gettext_lazy("ratings grid relationship sentiment"), ANYBODY),
    ("accounts", gettext_lazy("Accounts"), gettext_lazy("customers companies list book"), ANYBODY),
    ("risk", gettext_lazy("Risk"), gettext_lazy("dashboard portfolio money quadrant"), ANYBODY),
    (
        "focus",
        gettext_lazy("Focus"),
        gettext_lazy("where a look may save most expected loss"),
        ANYBODY,
    ),
    (
        "coverage",
        gettext_lazy("Coverage"),
        gettext_lazy("risk single thread seats renewals hang"),
        ANYBODY,
    ),
    (
        "standing",
        gettext_lazy("Who stands where"),
        gettext_lazy("risk grid relationship sentiment"),
        ANYBODY,
    ),
    ("rounds", gettext_lazy("Rounds"), gettext_lazy("rating campaign queue cadence second opinion"), ANYBODY),
    (
        "ratings",
        gettext_lazy("Ratings"),
        gettext_lazy("quarter inherited stale disagree agreement kappa"),
        ANYBODY,
    ),
    (
        "behind",
        gettext_lazy("What is behind it"),
        gettext_lazy("drivers reasons of sentiment ratings"),
        ANYBODY,
    ),
    ("new_round", gettext_lazy("New round"), gettext_lazy("ask ratings campaign"), LEADERS),
    (
        "at_risk",
        gettext_lazy("At risk and red flags: who has seen it"),
        gettext_lazy("acknowledge manager overdue escalation raised"),
        ANYBODY,
    ),
    (
        "support_contacts",
        gettext_lazy("Support and staying"),
        gettext_lazy("report cases churn retention"),
        ANYBODY,
    ),
    ("monday", gettext_lazy("Monday view"), gettext_lazy("compare week change slide movers"), ANYBODY),
    (
        "differences",
        gettext_lazy("Said and done"),
        gettext_lazy("inferred strength divergence touches"),
        ANYBODY,
    ),
    ("find_account", gettext_lazy("After a call"), gettext_lazy("log meeting note touch"), WRITERS),
    ("advocates", gettext_lazy("Advocates"), gettext_lazy("reference case study referral ask talk"), ANYBODY),
    ("promises", gettext_lazy("Promises"), gettext_lazy("ledger kept word trust"), ANYBODY),
    (
        "situations",
        gettext_lazy("Situations"),
        gettext_lazy("library remedies what worked difficult"),
        ANYBODY,
    ),
    ("touches", gettext_lazy("Touches"), gettext_lazy("meetings calls mails touchpoints"), ANYBODY),
    ("without_step", gettext_lazy("Without a next step"), gettext_lazy("report nobody acts"), ANYBODY),
    ("unowned", gettext_lazy("Without an owner"), gettext_lazy("report nobody owns responsibility"), ANYBODY),
    ("notifications", gettext_lazy("Notifications"), gettext_lazy("bell news mentions"), ANYBODY),
    (
        "notification_settings",
        gettext_lazy("What I am told"),
        gettext_lazy("settings notifications digest e-mail"),
        ANYBODY,
    ),
    (MY_SETTINGS, gettext_lazy("My settings"), gettext_lazy("name language time zone theme"), ANYBODY),
    ("add_account", gettext_lazy("Add account"), gettext_lazy("new customer company"), WRITERS),
    ("members", gettext_lazy("Members"), gettext_lazy("settings colleagues invite roles"), ANYBODY),
    ("scorecard", gettext_lazy("Scorecard"), gettext_lazy("settings measures weights bands score"), ANYBODY),
    ("stages", gettext_lazy("Journey"), gettext_lazy("settings stages path"), ANYBODY),
    ("prescriptions", gettext_lazy("Next steps"), gettext_lazy("settings prescriptions flags"), ANYBODY),
    ("drivers", gettext_lazy("Drivers"), gettext_lazy("settings reasons of ratings"), ANYBODY),
    ("product_areas", gettext_lazy("Product areas"), gettext_lazy("settings drivers modules"), ANYBODY),
    ("signs", gettext_lazy("Signs"), gettext_lazy("settings observed mood checklist"), ANYBODY),
    (
        "situation_library",
        gettext_lazy("Situations and remedies"),
        gettext_lazy("settings library types reasons"),
        ANYBODY,
    ),
    (
        "persona_templates",
        gettext_lazy("Persona templates"),
        gettext_lazy("settings buyer personas assumptions facts"),
        ANYBODY,
    ),
    ("touchpoints", gettext_lazy("Touchpoints"), gettext_lazy("settings meetings calls"), ANYBODY),
    ("imports", gettext_lazy("Imports"), gettext_lazy("settings csv excel file upload"), LEADERS),
    ("exports", gettext_lazy("Exports"), gettext_lazy("settings csv excel file download"), ANYBODY),
    ("activity", gettext_lazy("Activity"), gettext_lazy("settings log history audit"), ANYBODY),
    ("connect", gettext_lazy("Connect"), gettext_lazy("settings tracking usage unmatched merge"), ADMINS),
    ("keys", gettext_lazy("API keys"), gettext_lazy("settings tokens integration"), ADMINS),
    ("webhooks", gettext_lazy("Webhooks"), gettext_lazy("settings events integration"), ADMINS),
    ("organisation", gettext_lazy("Organisation"), gettext_lazy("settings currency time zone rates"), ADMINS),
    ("work", gettext_lazy("Work"), gettext_lazy("settings jobs queue failed"), ADMINS),
)


@dataclass(frozen=True)
class Hit:
    """One place to go. ``kind`` page, account or persona; ``more`` says which one; ``band`` of an account."""

    kind: str
    key: str
    title: str
    more: str
    href: str
    band: str = ""


@dataclass(frozen=True)
class Hits:
    """What was found, the best first, and how many of each kind were left out at least."""

    recent: list[Hit]
    accounts: list[Hit]
    people: list[Hit]
    pages: list[Hit]
    more_accounts: int = 0
    more_people: int = 0

    @property
    def any(self) -> bool:
        return bool(self.recent or self.accounts or self.people or self.pages)


def hits(*, words: str, recent: Sequence[UUID], actor: Actor, most: int) -> Hits:
    """Up to ``most`` accounts and people for these words, and every page. Without words: what was seen last."""
    if not accounts.folded(words).strip():
        return _seen_last(recent, actor)
    found = accounts.find_by_words(words=words)
    rank = _rank(words, recent)
    companies = sorted(_accounts(found.accounts, actor), key=lambda one: (*rank(one[0]), one[1]))
    people = sorted(_people(found.personas, actor), key=lambda one: (*rank(one[0]), one[1]))
    return Hits(
        recent=[],
        accounts=[hit for hit, _last in companies[:most]],
        people=[hit for hit, _last in people[:most]],
        pages=_pages(words, actor),
        more_accounts=max(0, len(companies) - most),
        more_people=max(0, len(people) - most),
    )


def _seen_last(recent: Sequence[UUID], actor: Actor) -> Hits:
    seen = {hit.key: hit for hit, _last in [*_accounts(recent, actor), *_people(recent, actor)]}
    return Hits(
        recent=[seen[str(id)] for id in recent if str(id) in seen],
        accounts=[],
        people=[],
        pages=_pages("", actor),
    )


def _rank(words: str, recent: Sequence[UUID]) -> Callable[[Hit], tuple[Any, ...]]:
    """Seen lately first, then whose name is what was typed, then whose name begins with it."""
    typed = accounts.folded(words).strip()
    order = {str(id): place for place, id in enumerate(recent)}

    def rank(hit: Hit) -> tuple[Any, ...]:
        name = accounts.folded(hit.title)
        return (order.get(hit.key, len(order)), name != typed, not name.startswith(typed))

    return rank


def _accounts(ids: Collection[UUID], actor: Actor) -> list[tuple[Hit, tuple[Any, ...]]]:
    """Accounts with what decides between equals: live ones first, then by name."""
    if not ids:
        return []
    labels = dict(Account.Status.choices)
    rows = Account.objects.filter(pk__in=ids, deleted_at=None).values_list(
        "pk", "name", "status", "segment", "domain", "scores__band"
    )
    return [
        (
            Hit(
                kind="account",
                key=str(id),
                title=name,
                more=_said("" if status == Account.Status.ACTIVE else str(labels[status]), segment or domain),
                href=account_href(actor.tenant, id),
                band=band or "unknown",
            ),
            (status not in LIVE, accounts.folded(name), str(id)),
        )
        for id, name, status, segment, domain, band in rows
    ]


def _people(ids: Collection[UUID], actor: Actor) -> list[tuple[Hit, tuple[Any, ...]]]:
    """People with what decides between equals: who is still there first, then by name."""
    if not ids:
        return []
    labels = dict(Persona.Role.choices)
    rows = (
        Persona.objects.filter(pk__in=ids, deleted_at=None, account__deleted_at=None)
        .annotate(company=F("account__name"))
        .values_list("pk", "name", "role", "title", "company", "left_on")
    )
    return [
        (
            Hit(
                kind="persona",
                key=str(id),
                title=name or _("Erased person"),
                more=_said(company, title or str(labels[role]), _("left") if left_on else ""),
                href=persona_href(actor.tenant, id),
            ),
            (left_on is not None, accounts.folded(name), str(id)),
        )
        for id, name, role, title, company, left_on in rows
    ]


def _pages(words: str, actor: Actor) -> list[Hit]:
    """The pages whose name or other words begin with each of these; all without words."""
    typed = accounts.folded(words).split()
    found = []
    rank = _standing(actor)
    for route, name, others, who in PAGES:
        if rank < who:
            continue
        known = accounts.folded(f"{name} {others}").split()
        if all(any(word.startswith(one) for word in known) for one in typed):
            href = reverse(route, args=[] if route == MY_SETTINGS else [actor.tenant.slug])
            found.append(Hit(kind="page", key=route, title=str(name), more="", href=href))
    return sorted(found, key=lambda hit: not _begins(hit.title, typed))


def _standing(actor: Actor) -> int:
    if actor.is_admin:
        return ADMINS
    return LEADERS if actor.writes_all else WRITERS if actor.writes_some else ANYBODY


def _begins(title: str, typed: Iterable[str]) -> bool:
    return all(accounts.folded(title).startswith(one) for one in typed)


def _said(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
