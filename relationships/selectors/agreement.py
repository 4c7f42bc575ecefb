"""How well two raters agree: the people whom both rated in a round, the second one blind, and kappa for each pair.

What counts is what each said until they were done; of a pair in which the first rated after the second had submitted, and
might have seen it, nothing enters kappa.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import Membership
from accounts.scope import current_tenant, reader
from relationships.formulas import Agreement, weighted_kappa
from relationships.selectors.spoken import overall

STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")

# What the rater of an assignment had said when they were done.
SAID = """LATERAL (
    SELECT (array_agg(x.strength ORDER BY x.recorded_at DESC, x.id DESC)
            FILTER (WHERE x.strength IS NOT NULL))[1] AS strength,
        (array_agg(x.sentiment_brand ORDER BY x.recorded_at DESC, x.id DESC)
            FILTER (WHERE x.sentiment_brand IS NOT NULL))[1] AS brand,
        (array_agg(x.sentiment_product ORDER BY x.recorded_at DESC, x.id DESC)
            FILTER (WHERE x.sentiment_product IS NOT NULL))[1] AS product,
        (array_agg(x.sentiment_service ORDER BY x.recorded_at DESC, x.id DESC)
            FILTER (WHERE x.sentiment_service IS NOT NULL))[1] AS service
    FROM relationships_rating x
    WHERE x.tenant_id = %(tenant)s AND x.persona_id = {who}.persona_id AND x.rated_by_id = {who}.rater_id
        AND x.rated_at >= {who}.asked_at AND x.recorded_at <= {until}
        AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
            WHERE w.tenant_id = %(tenant)s AND w.rating_id = x.id)
)"""
PAIRS = f"""SELECT f.round_id, p.id, p.account_id, p.name, b.name, f.rater_id, s.rater_id,
    fs.strength, fs.brand, fs.product, fs.service, ss.strength, ss.brand, ss.product, ss.service,
    s.unsealed_at, f.done_at <= s.unsealed_at
FROM relationships_assignment s
JOIN relationships_round r ON r.tenant_id = %(tenant)s AND r.id = s.round_id AND r.deleted_at IS NULL
JOIN relationships_assignment f ON f.tenant_id = %(tenant)s AND f.round_id = s.round_id
    AND f.persona_id = s.persona_id AND NOT f.blind AND f.done_at IS NOT NULL
JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = s.persona_id AND p.deleted_at IS NULL
JOIN accounts_account b ON b.tenant_id = %(tenant)s AND b.id = p.account_id AND b.deleted_at IS NULL
CROSS JOIN {SAID.format(who="f", until="f.done_at")} fs
CROSS JOIN {SAID.format(who="s", until="s.unsealed_at")} ss
WHERE s.tenant_id = %(tenant)s AND s.blind AND s.unsealed_at IS NOT NULL
    AND fs.strength IS NOT NULL AND ss.strength IS NOT NULL
ORDER BY s.unsealed_at DESC, p.id"""


@dataclass(frozen=True)
class Word:
    """What one rater said of a person."""

    rater_id: UUID
    rater: str
    strength: str
    sentiment: str | None


@dataclass(frozen=True)
class RatedTwice:
    """A person whom two raters rated in a round, the second blind. ``independent``: neither could see the other."""

    round_id: UUID
    persona_id: UUID
    account_id: UUID
    name: str
    account: str
    first: Word
    second: Word
    at: datetime
    independent: bool

    @property
    def apart(self) -> int:
        """How many levels lie between them, in strength or sentiment, whichever is more."""
        strength = abs(STRENGTHS.index(self.first.strength) - STRENGTHS.index(self.second.strength))
        if self.first.sentiment is None or self.second.sentiment is None:
            return strength
        moods = abs(SENTIMENTS.index(self.first.sentiment) - SENTIMENTS.index(self.second.sentiment))
        return max(strength, moods)


@dataclass(frozen=True)
class RaterPair:
    """How two raters agree on those whom both rated blindly, by strength and by overall sentiment. ``aside``: people left
    out because one might have seen the other's rating."""

    raters: tuple[UUID, UUID]
    names: tuple[str, str]
    strength: Agreement
    sentiment: Agreement
    aside: int


def rated_twice() -> list[RatedTwice]:
    """Everyone whom two raters rated in a round, the newest first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, {"tenant": current_tenant()})
        rows = cursor.fetchall()
    members = Membership.objects.filter(tenant_id=current_tenant()).select_related("user")
    names = {member.pk: str(member) for member in members}
    return [
        RatedTwice(
            round_id=row[0],
            persona_id=row[1],
            account_id=row[2],
            name=row[3],
            account=row[4],
            first=Word(row[5], names.get(row[5], ""), row[7], overall(*row[8:11])),
            second=Word(row[6], names.get(row[6], ""), row[11], overall(*row[12:15])),
            at=row[15],
            independent=row[16],
        )
        for row in rows
        if row[1] not in reader().people
    ]


def rater_pairs(found: Sequence[RatedTwice]) -> list[RaterPair]:
    """The agreement of each pair of raters, those with most people first."""
    groups: dict[tuple[tuple[str, UUID], tuple[str, UUID]], list[RatedTwice]] = defaultdict(list)
    for one in found:
        here, there = sorted(((word.rater, word.rater_id) for word in (one.first, one.second)), key=str)
        groups[here, there].append(one)
    pairs = [
        RaterPair(
            raters=(here[1], there[1]),
            names=(here[0], there[0]),
            strength=_agreement(rows, here[1], "strength", STRENGTHS),
            sentiment=_agreement(rows, here[1], "sentiment", SENTIMENTS),
            aside=sum(not row.independent for row in rows),
        )
        for (here, there), rows in groups.items()
    ]
    return sorted(pairs, key=lambda pair: (-pair.strength.n, pair.names))


def _agreement(rows: Sequence[RatedTwice], here: UUID, what: str, levels: Sequence[str]) -> Agreement:
    first, second = [], []
    for row in rows:
        mine, other = (row.first, row.second) if row.first.rater_id == here else (row.second, row.first)
        said = getattr(mine, what), getattr(other, what)
        if row.independent and None not in said:
            first.append(levels.index(said[0]))
            second.append(levels.index(said[1]))
    return weighted_kappa(first, second, len(levels))
