"""Who is the same person at other accounts of the tenant: by their e-mail, or by a member's word.

Sameness goes on: whom a person is linked with brings along whom that one is linked with. A member's word that two are
not the same cuts between these two, whatever their e-mails say.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.models import Persona
from accounts.scope import current_tenant

MOST = 20

# Everyone who is this person, step by step; a merged persona is the one it was merged into.
SAME = """
WITH RECURSIVE same (id) AS (
    SELECT p.id FROM accounts_persona p
    WHERE p.tenant_id = %(tenant)s AND (p.id = %(persona)s OR p.merged_into_id = %(persona)s)
    UNION
    SELECT n.id FROM same s CROSS JOIN LATERAL (
        SELECT p.id FROM accounts_persona me
        JOIN accounts_persona p ON p.tenant_id = me.tenant_id AND p.email_key = me.email_key
            AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
        WHERE me.tenant_id = %(tenant)s AND me.id = s.id AND me.email_key <> '' AND me.erased_at IS NULL
        UNION ALL
        SELECT l.other_id FROM accounts_personalink l
        WHERE l.tenant_id = %(tenant)s AND l.persona_id = s.id AND l.same
        UNION ALL
        SELECT l.persona_id FROM accounts_personalink l
        WHERE l.tenant_id = %(tenant)s AND l.other_id = s.id AND l.same
    ) n
    WHERE NOT EXISTS (
        SELECT FROM accounts_personalink l WHERE l.tenant_id = %(tenant)s AND NOT l.same
        AND l.persona_id = least(s.id, n.id) AND l.other_id = greatest(s.id, n.id)
    )
)
SELECT DISTINCT p.id, p.email_key <> '' AND p.email_key = me.email_key
FROM same s
JOIN accounts_persona one ON one.tenant_id = %(tenant)s AND one.id = s.id
JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = coalesce(one.merged_into_id, one.id)
JOIN accounts_persona me ON me.tenant_id = %(tenant)s AND me.id = %(persona)s
WHERE p.deleted_at IS NULL AND p.account_id <> me.account_id AND NOT EXISTS (
    SELECT FROM accounts_personalink l WHERE l.tenant_id = %(tenant)s AND NOT l.same
    AND l.persona_id = least(p.id, me.id) AND l.other_id = greatest(p.id, me.id)
)
"""

# The same of many people at once, each under the one who was asked for (root): everyone they are, themselves and whoever
# was merged included; ``far`` is 0 for themselves, 1 for who was merged into them, 2 for others. Begins a statement.
SELVES = """
WITH RECURSIVE same (root, id) AS (
    SELECT id, id FROM unnest(%(personas)s::uuid[]) AS given (id)
    UNION
    SELECT s.root, n.id FROM same s CROSS JOIN LATERAL (
        SELECT p.id FROM accounts_persona p WHERE p.tenant_id = %(tenant)s AND p.merged_into_id = s.id
        UNION ALL
        SELECT p.merged_into_id FROM accounts_persona p
        WHERE p.tenant_id = %(tenant)s AND p.id = s.id AND p.merged_into_id IS NOT NULL
        UNION ALL
        SELECT p.id FROM accounts_persona me
        JOIN accounts_persona p ON p.tenant_id = me.tenant_id AND p.email_key = me.email_key
            AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
        WHERE me.tenant_id = %(tenant)s AND me.id = s.id AND me.email_key <> '' AND me.erased_at IS NULL
        UNION ALL
        SELECT l.other_id FROM accounts_personalink l
        WHERE l.tenant_id = %(tenant)s AND l.persona_id = s.id AND l.same
        UNION ALL
        SELECT l.persona_id FROM accounts_personalink l
        WHERE l.tenant_id = %(tenant)s AND l.other_id = s.id AND l.same
    ) n
    WHERE NOT EXISTS (
        SELECT FROM accounts_personalink l WHERE l.tenant_id = %(tenant)s AND NOT l.same
        AND l.persona_id = least(s.id, n.id) AND l.other_id = greatest(s.id, n.id)
    )
), selves AS (
    SELECT s.root, s.id, CASE WHEN s.id = s.root THEN 0 WHEN p.merged_into_id = s.root THEN 1 ELSE 2 END AS far
    FROM same s JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = s.id
    WHERE NOT EXISTS (
        SELECT FROM accounts_personalink l WHERE l.tenant_id = %(tenant)s AND NOT l.same
        AND l.persona_id = least(s.root, coalesce(p.merged_into_id, p.id))
        AND l.other_id = greatest(s.root, coalesce(p.merged_into_id, p.id))
    )
)
"""

# Everyone who each of these people is, those who remain of a merge.
CHAINS = (
    SELVES
    + """
SELECT DISTINCT s.root, coalesce(p.merged_into_id, p.id) FROM selves s
JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = s.id
"""
)


@dataclass(frozen=True)
class SamePerson:
    """A persona at another account that is the same person; ``by`` e-mail or hand (by hand, too, what came along)."""

    persona: Persona
    by: str


def same_person(*, persona_id: UUID) -> list[SamePerson]:
    """Where else in the tenant's book this person works or worked, by the names of the accounts; at most 20. Two
    statements."""
    with connection.cursor() as cursor:
        cursor.execute(SAME, {"tenant": current_tenant(), "persona": persona_id})
        by = {id: "email" if email else "hand" for id, email in cursor.fetchall()}
    if not by:
        return []
    rows = Persona.objects.filter(pk__in=by, account__deleted_at=None).select_related("account")
    return [SamePerson(one, by[one.pk]) for one in rows.order_by("account__name", "pk")[:MOST]]


def colleagues_joined(*, one: UUID, other: UUID) -> tuple[Persona, Persona] | None:
    """Two who work at one account and would become one person if these two were; None where there are none. Two
    statements."""
    with connection.cursor() as cursor:
        cursor.execute(CHAINS, {"tenant": current_tenant(), "personas": [one, other]})
        rows = cursor.fetchall()
    first, second = ({id for root, id in rows if root == wanted} for wanted in (one, other))
    live = Persona.objects.filter(pk__in=first ^ second, deleted_at=None, account__deleted_at=None)
    people = list(live.order_by("pk"))
    mine = {person.account_id: person for person in people if person.pk in first}
    theirs = (person for person in people if person.pk in second and person.account_id in mine)
    return next(((mine[person.account_id], person) for person in theirs), None)
