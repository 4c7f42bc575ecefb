"""What touches and usage say of a relationship, beside what its rater says; never mixed into one.

Set-based: any number of people costs the same statements. The formula and its thresholds are in formulas/inferred.py.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Persona
from accounts.scope import current_tenant
from health import selectors as health
from relationships.formulas.inferred import LEVELS, POINTS, SURE, WINDOW_DAYS, inferred_strength
from relationships.models import Strength
from relationships.selectors.spoken import RatedPerson

WINDOW = dt.timedelta(days=WINDOW_DAYS)
RECENT = 30  # days without contact from which on it is said
WRITTEN = ("mail", "chat")
# Touches of a person, also under an entry that was merged into theirs.
MET = """WITH them AS MATERIALIZED (
    SELECT id, coalesce(merged_into_id, id) AS whose FROM accounts_persona
    WHERE tenant_id = %(tenant)s AND id = ANY(%(people)s)
    UNION
    SELECT id, merged_into_id FROM accounts_persona
    WHERE tenant_id = %(tenant)s AND merged_into_id = ANY(%(people)s)
)
SELECT them.whose, t.at, t.kind, t.direction, t.touchpoint
FROM them
JOIN accounts_touchattendee e ON e.tenant_id = %(tenant)s AND e.persona_id = them.id
JOIN accounts_touch t ON t.tenant_id = %(tenant)s AND t.id = e.touch_id
WHERE t.deleted_at IS NULL AND t.at > %(since)s AND t.at <= %(at)s AND t.created_at <= %(at)s"""
OF_ACCOUNTS = """SELECT account_id, count(*) FROM accounts_touch
WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s) AND deleted_at IS NULL
  AND at > %(since)s AND at <= %(at)s AND created_at <= %(at)s GROUP BY account_id"""


@dataclass(frozen=True)
class InferredStrength:
    """What happened with one person in 180 days. ``level`` is None where too little is written down to tell; ``days``
    since the last touch, None without; ``kinds`` and ``directions`` count touches; ``active_days`` of the last 28. The
    value is made of ``recency``, ``frequency``, ``two_way``, ``depth`` and ``usage``, each 0..1."""

    level: str | None
    value: float
    sure: float
    days: int | None = None
    touches: int = 0
    active_days: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    directions: Counter[str | None] = field(default_factory=Counter)
    recency: float = 0.0
    frequency: float = 0.0
    two_way: float = 0.0
    depth: float = 0.0
    usage: float = 0.0

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """What the value is the sum of: (name, points, points at most)."""
        names = {
            "recency": _("recency"),
            "frequency": _("frequency"),
            "two_way": _("two-way"),
            "depth": _("depth"),
            "usage": _("in the product"),
        }
        return [(names[part], getattr(self, part) * most, most) for part, most in POINTS.items()]

    @property
    def told(self) -> bool:
        """Whether it is sure enough to be said where nobody asked."""
        return self.level is not None and self.sure >= SURE

    @property
    def level_label(self) -> str:
        """The level as a word."""
        return str(Strength(self.level).label) if self.level else _("Too little is written down")

    @property
    def sure_label(self) -> str:
        """How sure, in a word."""
        return _("sure") if self.sure >= 0.75 else _("fairly sure") if self.sure >= SURE else _("hardly sure")

    @property
    def reason(self) -> str:
        """What happened, in words: "no contact for 94 days, one-way mails only"."""
        return ", ".join([self._contact(), *self._ways(), *self._usage()])

    def _contact(self) -> str:
        if self.days is None:
            return _("no contact in %(days)s days") % {"days": WINDOW_DAYS}
        if self.days > RECENT:
            return _("no contact for %(days)s days") % {"days": self.days}
        words = ngettext(
            "%(count)s touch in %(days)s days", "%(count)s touches in %(days)s days", self.touches
        )
        last = ngettext("the last %(days)s day ago", "the last %(days)s days ago", self.days)
        return f"{words % {'count': self.touches, 'days': WINDOW_DAYS}}, {last % {'days': self.days}}"

    def _ways(self) -> list[str]:
        written = sum(self.kinds[kind] for kind in WRITTEN)
        if not self.touches:
            return []
        if written < self.touches:
            spoken = self.touches - written
            if self.days is not None and self.days > RECENT:
                words = ngettext("%(n)s spoken touch before that", "%(n)s spoken touches before that", spoken)
                return [words % {"n": spoken}]
            return [ngettext("%(n)s of them spoken", "%(n)s of them spoken", spoken) % {"n": spoken}]
        if self.directions["outbound"] == self.touches:
            return [_("one-way mails only")]
        return [_("only they write")] if self.directions["inbound"] == self.touches else [_("mails only")]

    def _usage(self) -> list[str]:
        if not self.active_days:
            return []
        words = ngettext(
            "in the product on %(n)s day of 28", "in the product on %(n)s days of 28", self.active_days
        )
        return [words % {"n": self.active_days}]


def inferred_of(
    people: Sequence[tuple[UUID, UUID, str]], *, at: dt.datetime, active: Mapping[UUID, int] | None = None
) -> dict[UUID, InferredStrength]:
    """The inferred strength of people given as (id, account, e-mail), as known at ``at``; ``active`` are their days in the
    product where the caller knows them. Four queries, two with ``active``."""
    if not people:
        return {}
    place = {person: number for number, (person, _account, _email) in enumerate(people)}
    accounts = [account for _person, account, _email in people]
    params = {
        "tenant": current_tenant(), "people": list(place), "accounts": list(set(accounts)), "at": at,
        "since": at - WINDOW,
    }  # fmt: skip
    met = [row for row in _rows(MET, params) if row[0] in place]
    of_account = dict(_rows(OF_ACCOUNTS, params))
    active = health.people_active_days(people=people, at=at) if active is None else active
    found = inferred_strength(
        [
            (place[person], (at - moment).total_seconds() / 86_400, kind, direction, topic)
            for person, moment, kind, direction, topic in met
        ],
        account_touches=[of_account.get(account, 0) for account in accounts],
        active_days=[active.get(person, 0) for person in place],
    )
    kinds: dict[UUID, Counter[str]] = defaultdict(Counter)
    ways: dict[UUID, Counter[str | None]] = defaultdict(Counter)
    for person, _moment, kind, direction, _topic in met:
        kinds[person][kind] += 1
        ways[person][direction] += 1
    return {
        person: InferredStrength(
            level=LEVELS[found.level[i]] if found.level[i] >= 0 else None,
            value=float(found.value[i]),
            sure=float(found.sure[i]),
            days=None if not found.touches[i] else int(found.days[i]),
            touches=int(found.touches[i]),
            active_days=active.get(person, 0),
            kinds=kinds[person],
            directions=ways[person],
            **{part: float(getattr(found, part)[i]) for part in POINTS},
        )
        for person, i in place.items()
    }


def inferred_strengths(*, persona_ids: Collection[UUID], at: dt.datetime) -> dict[UUID, InferredStrength]:
    """The inferred strength of these personas. Five queries."""
    found = Persona.objects.filter(pk__in=persona_ids).values_list("pk", "account_id", "email")
    return inferred_of(list(found), at=at)


def said_days(person: RatedPerson) -> float:
    """How old what is said of a person is, in days, by its oldest part."""
    return (person.at - person.oldest_at).total_seconds() / 86_400 if person.oldest_at else 0.0


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
