"""Personas: saved with their dated facts and profile, and merged.

Who counts in a score from the start: people added by hand, and every role but end_user and other. Those two, when
they arrive by import or API, start untracked until rated or switched on, so that a sync of 200 users is no loss.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Actor, Persona, PersonaFact, ProfileFact
from accounts.models.facts import PERSONA_FACTS
from accounts.scope import current_tenant
from accounts.selectors.profile import BY_KEY, misfit
from accounts.selectors.references import find_personas
from accounts.services.along import bring_along
from accounts.services.drafts import ACCOUNT, FAR, Draft, Reference, is_far
from accounts.services.items import ERASED, Fault, Item, Mode, Refused, Saved
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_write
from accounts.services.rows import upsert_rows
from accounts.services.saving import Saver

UNTRACKED_ROLES = {Persona.Role.END_USER, Persona.Role.OTHER}
PROFILE_FIELDS = ("key", "value", "source", "basis", "expires_on", "confirmed_on")


def save_personas(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write personas, one result per item.

    Values: external_id, account (id) or account_external_id, name, email, phone, title, language, time_zone, role,
    influence, tracked, reports_to (id) or reports_to_external_id, joined_on, left_on, and profile: the whole list of
    {key, value, source, basis, expires_on}, where a personal kind needs its basis. An external_id of a merged persona
    means the one it was merged into.
    Raises NotYours when the actor may not write one of the accounts.
    """
    return PersonaSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


def merge_personas(*, id: UUID, into: UUID, actor: Actor | None, at: datetime) -> None:
    """Make one persona stand for another of the same account. Nothing is rewritten: the merged one becomes a
    tombstone that points to the other, and restoring it parts them again, with who had been merged into it before.

    Raises Persona.DoesNotExist, or Refused if they are one or work at different accounts.
    """
    rows = {
        row.pk: row for row in Persona.objects.select_for_update().filter(pk__in=[id, into], deleted_at=None)
    }
    if id not in rows:
        raise Persona.DoesNotExist
    if into not in rows:
        raise Refused([Fault("/into", "missing", "There is no such object.")])
    if id == into:
        raise Refused([Fault("/into", "same", "A persona cannot be merged into itself.")])
    account_id = rows[id].account_id
    if rows[into].account_id != account_id:
        raise Refused([Fault("/into", "other_account", "The persona works at another account.")])
    require_write(actor=actor, account_ids=[account_id])
    since = bring_along(model=Persona, id=id, into=into, at=at)
    Persona.objects.filter(pk=id).update(merged_into_id=into, deleted_at=at, updated_at=at)
    activity = NewActivity("persona.merged", id, account_id, into, {"into": str(into), "along": since})
    record_activity(activity=activity, actor=actor, at=at)


def erased_ids(external_ids: Iterable[str]) -> dict[str, str]:
    """An erased person whose external id said who they were, as an e-mail does, keeps a digest of it, so that they do
    not come back: those of ids that could be such, with the ids."""
    start = str(current_tenant())
    return {
        "erased-" + hashlib.md5(f"{start}{id}".encode(), usedforsecurity=False).hexdigest(): id
        for id in external_ids
        if "@" in id or " " in id
    }


class PersonaSaver(Saver):
    model = Persona
    noun = "persona"
    required = ("name", "account")
    references = (ACCOUNT, Reference("reports_to", find_personas))
    fact_model = PersonaFact
    fact_keys = PERSONA_FACTS
    columns = {"reports_to": "reports_to_id", "account": "account_id"}
    parts = frozenset({"profile_facts"})
    tree = "reports_to_id"

    def known_rows(self, drafts: Sequence[Draft]) -> tuple[dict[UUID, Any], dict[str, Any]]:
        by_id, by_external_id = self.known_or_merged(drafts)
        erased = erased_ids(draft.item.external_id or "" for draft in drafts)
        rows = self.model.objects.filter(external_id__in=erased, erased_at__isnull=False) if erased else ()
        return by_id, by_external_id | {erased[row.external_id]: row for row in rows}

    def load_parts(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.row.profile_facts = []
            if draft.row.erased_at is not None:
                draft.faults.append(ERASED)
        known = {draft.row.pk: draft.row for draft in drafts if not draft.is_new}
        if not known:
            return
        for fact in ProfileFact.objects.filter(persona_id__in=known).order_by("key"):
            known[fact.persona_id].profile_facts.append(
                {name: getattr(fact, name) for name in PROFILE_FIELDS}
            )

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        for draft in drafts:
            if "profile" in draft.values:
                draft.values["profile_facts"] = self._profile(draft, draft.values.pop("profile") or ())

    def _profile(self, draft: Draft, given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        facts: dict[str, dict[str, Any]] = {}
        for position, fact in enumerate(given):
            if fact["key"] in facts:
                draft.fault(f"/profile/{position}/key", "repeated", "This key stands earlier in the list.")
            self._check_fact(draft, position, fact)
            empty = {"source": "", "basis": "", "expires_on": None}
            facts[fact["key"]] = empty | {name: value for name, value in fact.items() if value is not None}
            facts[fact["key"]]["confirmed_on"] = self._confirmed(draft, fact)
        return [facts[key] for key in sorted(facts)]

    def _check_fact(self, draft: Draft, position: int, fact: Mapping[str, Any]) -> None:
        """A personal fact says why we may keep it, a preference can bind somebody, a birthday is one. What stands is let be,
        so that an older fact that lacks it stops no change of another."""
        key, value, basis = fact["key"], fact["value"], fact.get("basis") or ""
        for name in ("expires_on", "confirmed_on"):
            if is_far(day := fact.get(name)) and day not in [one[name] for one in draft.row.profile_facts]:
                draft.fault(f"/profile/{position}/{name}", "out_of_range", FAR)
        if any(
            (one["key"], one["value"], one["basis"]) == (key, value, basis) for one in draft.row.profile_facts
        ):
            return
        kind = BY_KEY.get(key)
        if kind and kind.personal and not basis.strip():
            draft.fault(f"/profile/{position}/basis", "required", f"{key}: say why we may keep it.")
        if wrong := misfit(key, value, today=self.at.date()):
            code = {"cadence": "out_of_range", "birthday": "invalid"}.get(key, "invalid_choice")
            draft.fault(f"/profile/{position}/value", code, f"{key}: {wrong}")

    def _confirmed(self, draft: Draft, fact: Mapping[str, Any]) -> date | None:
        """When a fact was confirmed, as it says; else a value that stands keeps its day, and a new one has today's."""
        if "confirmed_on" in fact:
            said: date | None = fact["confirmed_on"]
            return said
        for one in draft.row.profile_facts:
            if one["key"] == fact["key"] and one["value"] == fact["value"]:
                standing: date | None = one["confirmed_on"]
                return standing
        return self.at.date()

    def complete(self, draft: Draft) -> None:
        if not draft.is_new and draft.item.id is None:
            draft.values.pop("external_id", None)  # it was matched, perhaps through a merged persona
        if draft.values.get("tracked", None if draft.is_new else True) is None:
            role = draft.values.get("role") or draft.row.role
            draft.values["tracked"] = self.source == "browser" or role not in UNTRACKED_ROLES
        super().complete(draft)

    def check(self, draft: Draft) -> None:
        row = draft.row
        if row.left_on and row.joined_on and row.left_on < row.joined_on:
            draft.fault("/left_on", "before_joining", "Earlier than joined_on.")
        if row.influence is not None and not 1 <= row.influence <= 5:
            draft.fault("/influence", "out_of_range", "From 1 to 5.")

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        changed = [draft for draft in drafts if "profile_facts" in draft.after]
        if not changed:
            return
        ProfileFact.objects.filter(persona_id__in=[draft.row.pk for draft in changed]).delete()
        rows = [
            ProfileFact(persona_id=draft.row.pk, recorded_at=self.at, **fact)
            for draft in changed
            for fact in draft.row.profile_facts
        ]
        upsert_rows(ProfileFact, rows, [])

    def log(self, draft: Draft) -> Iterable[NewActivity]:
        yield from super().log(draft)
        former = draft.before.get("account_id")
        if former is not None:
            data = {"to": str(draft.row.account_id)}
            yield NewActivity("persona.moved", draft.row.pk, former, draft.row.pk, data)

    def timeline(self, row: Any) -> tuple[UUID | None, UUID | None]:
        return row.account_id, row.pk
