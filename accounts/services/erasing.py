"""Erasing a person: what is about them is blanked at once, and a job then takes what they were called out of everything
else that is stored: texts of any table, rows of imports, files.

What an account is called stays, and so does another person of the same name: a word that somebody else has too, and a
given name alone, are taken out at the person's own accounts only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.formulas import Traces, is_telling, spellings, words_of
from accounts.models import Actor, Import, Job, Membership, Persona, Touch
from accounts.scope import current_tenant
from accounts.services.exports import forget_exports
from accounts.services.imports.forgetting import Forgotten, forget_in_import
from accounts.services.jobs import start_job
from accounts.services.links import forget_links
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_write
from accounts.tenancy import TenantModel

TABLES = 8  # of one step


def erase_persona(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Blank a person's name, addresses and free text, keep the numbers, and leave a job that looks for them in all that
    is stored besides. There is no way back.

    Raises Persona.DoesNotExist.
    """
    persona = Persona.objects.select_for_update().get(pk=id, erased_at=None)
    require_write(actor=actor, account_ids=[persona.account_id])
    wanted = _wanted(id)
    forget_links(ids=[UUID(one) for one in wanted["ids"]])
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_persona(%s, %s)", [id, at])
    there = Q(attendees__persona_id=id) | Q(attendees__persona__merged_into_id=id)
    Touch.objects.filter(there).update(summary="", updated_at=at)
    record_activity(activity=NewActivity("persona.erased", id, persona.account_id, id), actor=actor, at=at)
    start_job(kind="erase_traces", params=wanted, actor=actor, at=at, total=len(wanted["tables"]))


def _wanted(id: UUID) -> dict[str, Any]:
    """What the job looks for, and where it has not been yet."""
    them = list(Persona.objects.filter(Q(pk=id) | Q(merged_into_id=id)))
    words = words_of(
        names=[one.name for one in them],
        emails=[one.email for one in them],
        phones=[one.phone for one in them],
    )
    homes = {one.account_id for one in them}
    shared = _shared(words, [one.pk for one in them])
    everywhere = [word for word in words if is_telling(word) and word.lower() not in shared]
    near = [word for word in words if word not in everywhere and not homes & shared.get(word.lower(), set())]
    return {
        "persona": str(id),
        "ids": [str(one.pk) for one in them],
        "external_ids": [one.external_id for one in them if one.external_id],
        "everywhere": everywhere,
        "near": near,
        "tables": tables_of_tenants(),
        "after": None,
    }


def _shared(words: Sequence[str], them: Sequence[UUID]) -> dict[str, set[UUID]]:
    """Which of the words somebody else has as name or e-mail, and at which accounts; a member has no account."""
    wanted = [word.lower() for word in words]
    found: dict[str, set[UUID]] = {}
    others = Persona.objects.filter(erased_at=None).exclude(pk__in=them).annotate(said=Lower("name"))
    named = others.filter(Q(said__in=wanted) | Q(email_key__in=wanted))
    for said, email, account_id in named.values_list("said", "email_key", "account_id"):
        for word in {said, email} & set(wanted):
            found.setdefault(word, set()).add(account_id)
    members = Membership.objects.filter(tenant_id=current_tenant())
    for said, email in members.values_list(Lower("user__name"), Lower("user__email")):
        for word in {said, email} & set(wanted):
            found.setdefault(word, set())
    return found


def tables_of_tenants() -> list[str]:
    """Every table that holds rows of tenants behind the walls."""
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel))


def erase_step(*, job: Job, at: datetime) -> bool:
    """Job handler: look through some tables, then through one import after the other, then through the exports."""
    params = dict(job.params)
    if params["tables"]:
        for table in params["tables"][:TABLES]:
            _erase_words(table, params)
        params["tables"] = params["tables"][TABLES:]
        job.params, job.done = params, (job.total or 0) - len(params["tables"])
        return True
    gone = _forgotten(params)
    one = _next_import(params["after"])
    if one is not None:
        forget_in_import(one=one, gone=gone, at=at)
        job.params = {**params, "after": str(one.pk)}
        return True
    forget_exports(traces=gone.traces, at=at)
    job.params, job.result = {}, {"persona": params["persona"]}
    return False


def _erase_words(table: str, params: Mapping[str, Any]) -> None:
    words = [list(spellings(params[name])) for name in ("everywhere", "near")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_words(%s::regclass, %s, %s, %s)", [table, params["persona"], *words])


def _forgotten(params: Mapping[str, Any]) -> Forgotten:
    return Forgotten(
        persona=UUID(params["persona"]),
        ids=frozenset(UUID(id) for id in params["ids"]),
        external_ids=frozenset(params["external_ids"]),
        traces=Traces(params["everywhere"]),
    )


def _next_import(after: str | None) -> Import | None:
    rows: Any = Import.objects.select_for_update(of=("self",)).select_related("job").order_by("pk")
    one: Import | None = (rows.filter(pk__gt=after) if after else rows).first()
    return one
