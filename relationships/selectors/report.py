"""The leader's questions about ratings: who was not rated this quarter, which ratings were inherited and never renewed,
whose are stale, who shows another mood than is said of them. One reading of the people who count."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Actor, Membership, Tenant
from relationships.selectors.heard import ATTENTION, ORDER, heard, read_whole
from relationships.selectors.spoken import COUNTED, RatedPerson, local_day

REPORT_PAGE = 200
LISTS = {
    "quarter": "coalesce(rated_at < %(began)s, true)",
    "inherited": "inherited",
    "stale": "stale OR NOT rated",
    "diverging": "gap <> 0",
}


@dataclass(frozen=True)
class RatingReport:
    """One page of a list: its people, and how long each list is; ``owners`` of the people who count, by id."""

    kind: str
    people: list[RatedPerson]
    page: int
    counts: dict[str, int]
    all: int
    began: date
    owners: dict[UUID, str]
    by_owner: list[tuple[UUID | None, str, int, int]]

    @property
    def listed(self) -> int:
        """How many people the whole list has."""
        return self.counts[self.kind]

    @property
    def pages(self) -> int:
        return max(1, -(-self.listed // REPORT_PAGE))


def rating_report(
    *, actor: Actor, kind: str, owner: UUID | None = None, page: int = 1, at: datetime
) -> RatingReport:
    """A page of a list of people, the longest unrated first, at the accounts of one owner or of all. Three queries."""
    began = quarter_began(tenant=actor.tenant, at=at)
    rows = heard(
        f"""SELECT owner_id, count(*), {", ".join(f"count(*) FILTER (WHERE {test})" for test in LISTS.values())},
            CASE WHEN row_number() OVER (ORDER BY owner_id) = 1 THEN ARRAY(
                SELECT id FROM people_heard WHERE ({LISTS[kind]}) AND (%(owner)s IS NULL OR owner_id = %(owner)s)
                ORDER BY {ATTENTION}, rated, coalesce(oldest_at, %(at)s), account_name COLLATE "C", name COLLATE "C",
                    {ORDER}
                LIMIT {REPORT_PAGE} OFFSET %(skip)s
            ) END
        FROM people_heard GROUP BY owner_id ORDER BY min(lower(account_name)), owner_id""",
        condition=COUNTED,
        at=at,
        today=local_day(tenant=actor.tenant, at=at),
        began=began,
        owner=owner,
        skip=(page - 1) * REPORT_PAGE,
    )
    ids: list[UUID] = next((found for *_, found in rows if found is not None), [])
    people = read_whole(ids, at=at)
    members = Membership.objects.filter(tenant_id=actor.tenant_id).select_related("user")
    names = {member.pk: str(member) for member in members}
    chosen = {row[0]: row[1:-1] for row in rows if owner is None or row[0] == owner}
    listed = 1 + list(LISTS).index(kind)
    return RatingReport(
        kind=kind,
        people=[people[one] for one in ids],
        page=page,
        counts={name: sum(counts[1 + i] for counts in chosen.values()) for i, name in enumerate(LISTS)},
        all=sum(counts[0] for counts in chosen.values()),
        began=began.date(),
        owners={row[0]: names.get(row[0], "") for row in rows if row[0]},
        by_owner=sorted(
            (
                (owner, names.get(owner, "") if owner else "", counts[listed], counts[0])
                for owner, counts in chosen.items()
            ),
            key=lambda row: (-row[2], row[1]),
        ),
    )


RATING_FLAGS = {"stale": "stale", "inherited": "inherited", "diverges": "gap <> 0"}


def people_said(
    *, at: datetime, account_id: UUID | None = None, rated_before: datetime | None = None, **flags: bool
) -> list[UUID]:
    """The ids of the people of one account, or of all, of whose rating these ``flags`` (see RATING_FLAGS) hold, or do not,
    and who were last rated before a moment, or never. One query."""
    tests = [f"{'' if wanted else 'NOT '}({RATING_FLAGS[name]})" for name, wanted in flags.items()]
    if rated_before is not None:
        tests.append("coalesce(rated_at < %(before)s, true)")
    rows = heard(
        f"SELECT id FROM people_heard WHERE {' AND '.join(tests) or 'true'}",
        condition="true" if account_id is None else "p.account_id = %(account)s",
        at=at,
        before=rated_before,
        account=account_id,
    )
    return [id for (id,) in rows]


def quarter_began(*, tenant: Tenant, at: datetime) -> datetime:
    """The midnight at which the present quarter began where the tenant is."""
    today = local_day(tenant=tenant, at=at)
    first = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    return datetime.combine(first, time(), ZoneInfo(tenant.time_zone))
