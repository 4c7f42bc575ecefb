"""Why people are said to feel negative: the very ratings that say so, as the reader may hear them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from relationships.selectors.spoken import FACET_LABELS, FENCE, PEOPLE, SAID, SELVES, heard_at

NEGATIVE = (
    "WITH"
    + PEOPLE.replace("{condition}", "p.id = ANY(%(personas)s)")
    + ","
    + SELVES
    + ","
    + SAID.replace("{fence}", FENCE)
    + """,
    spoken AS (
        SELECT DISTINCT ON (persona_id, facet) * FROM said
        WHERE facet IN ('brand', 'product', 'service')
        ORDER BY persona_id, facet, by_owner DESC, rated_at DESC, recorded_at DESC, id DESC
    )
    SELECT s.persona_id, array_agg(s.facet), s.rated_at, s.note, coalesce(d.label, s.driver, ''),
           coalesce(pa.label, s.area, '')
    FROM spoken s
    LEFT JOIN relationships_driver d ON d.tenant_id = %(tenant)s AND d.key = s.driver
    LEFT JOIN relationships_productarea pa ON pa.tenant_id = %(tenant)s AND pa.key = s.area
    WHERE s.value = 'negative'
    GROUP BY s.persona_id, s.id, s.rated_at, s.recorded_at, s.note, s.driver, d.label, s.area, pa.label
    ORDER BY s.rated_at DESC, s.recorded_at DESC, s.id DESC
    """
)


@dataclass(frozen=True)
class NegativeWord:
    """A rating that speaks for a person and calls ``facets`` negative, with its driver, product area and note in words."""

    facets: frozenset[str]
    rated_at: datetime
    note: str
    driver: str
    area: str

    @property
    def head(self) -> str:
        """What is negative, in words."""
        if len(self.facets) == len(FACET_LABELS):
            return _("Rated negative")
        named = [str(label) for facet, label in FACET_LABELS if facet in self.facets]
        return _("%(facets)s rated negative") % {"facets": ", ".join(named)}

    @property
    def why(self) -> str:
        """The driver, the product area and the note; an empty string where none is named."""
        behind = " · ".join(part for part in (self.driver, self.area) if part)
        return ": ".join(part for part in (behind, self.note.strip()) if part)


def negative_words(*, persona_ids: Collection[UUID], at: datetime) -> dict[UUID, list[NegativeWord]]:
    """What makes each of these people negative now, the newest first; a person nobody calls so is absent. Of whom the
    reader shall still give a blind opinion, only their own word is heard. One statement."""
    found: dict[UUID, list[NegativeWord]] = {}
    with connection.cursor() as cursor:
        cursor.execute(NEGATIVE, {**heard_at(at), "personas": list(persona_ids)})
        for persona_id, facets, *said in cursor.fetchall():
            found.setdefault(persona_id, []).append(NegativeWord(frozenset(facets), *said))
    return found
