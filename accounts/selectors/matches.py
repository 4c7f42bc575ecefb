"""Which rows are meant by what a file says of them: by external id, e-mail, name or domain, in any case.

One query per way, whatever the number. Only live rows are found; every row that a word could mean is in the answer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import F, TextField
from django.db.models.functions import Cast, Lower

from accounts.models import Account, Membership, Persona
from accounts.scope import current_tenant
from accounts.selectors.references import Target

Matches = Mapping[str, list[Target]]


def accounts_by(*, way: str, wanted: Collection[str]) -> Matches:
    """Accounts by ``way``: external_id as it stands, name or domain in lower case."""
    if not wanted:
        return {}
    rows = Account.objects.filter(deleted_at=None)
    if way == "external_id":
        found = rows.filter(external_id__in=wanted).annotate(said=F("external_id"))
    else:
        found = rows.annotate(said=Lower(way)).filter(said__in=wanted)
    return _grouped(found.values_list("said", "pk", "pk"))


def personas_by(
    *, way: str, wanted: Collection[str], homes: Collection[UUID | None] | None = None
) -> Matches:
    """Personas by ``way``: external_id as it stands, id (of those without an external id), email or name in lower case;
    of all accounts, or of ``homes``."""
    if not wanted:
        return {}
    rows = Persona.objects.filter(deleted_at=None, account__deleted_at=None)
    if homes is not None:
        rows = rows.filter(account_id__in=homes)
    if way == "external_id":
        found = rows.filter(external_id__in=wanted).annotate(said=F("external_id"))
    elif way == "id":
        ids = [id for id in map(_uuid, wanted) if id]
        found = rows.filter(external_id=None, pk__in=ids).annotate(said=Cast("pk", TextField()))
    elif way == "email":
        found = rows.filter(email_key__in=wanted).annotate(said=F("email_key"))
    else:
        found = rows.annotate(said=Lower("name")).filter(said__in=wanted)
    return _grouped(found.values_list("said", "pk", "account_id"))


def members_by_word() -> dict[str, str]:
    """The e-mail of every active member by e-mail and by name, in lower case; a name that two share means nobody."""
    rows = Membership.objects.filter(tenant_id=current_tenant(), is_active=True).values_list(
        "user__email", "user__name"
    )
    by_word: dict[str, str] = {}
    shared: set[str] = set()
    for email, name in rows:
        word = " ".join(name.lower().split())
        if word in by_word:
            shared.add(word)
        by_word[word] = email
    by_word = {word: email for word, email in by_word.items() if word and word not in shared}
    return by_word | {email.lower(): email for email, _ in rows}


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


def _grouped(rows: Iterable[tuple[str, object, object]]) -> Matches:
    found: dict[str, list[Target]] = defaultdict(list)
    for said, id, account_id in rows:
        found[said].append(Target(id, account_id))  # type: ignore[arg-type]
    return found
