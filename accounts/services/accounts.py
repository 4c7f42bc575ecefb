"""Accounts: created, changed and kept with their dated facts. One path for forms, REST, bulk and imports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, AccountFact, AccountTeam, Actor, Tenant
from accounts.models.facts import ACCOUNT_FACTS
from accounts.scope import current_tenant
from accounts.selectors.references import find_accounts, find_members, find_personas
from accounts.services.drafts import Draft, Reference
from accounts.services.items import Item, Mode, Saved
from accounts.services.saving import Saver


def save_accounts(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write accounts, one result per item.

    Values: external_id, name, domain, parent (id) or parent_external_id, segment, tier, region, status, arr,
    currency, seats, entitlements, started_on, renewal_on, churned_on, owner_email, team (e-mails), main_contact (the id
    of a person there) or main_contact_external_id, custom.
    Raises NotYours when the actor may not write one of them.
    """
    return AccountSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class AccountSaver(Saver):
    model = Account
    noun = "account"
    required = ("name",)
    references = (Reference("parent", find_accounts), Reference("main_contact", find_personas))
    fact_model = AccountFact
    fact_keys = ACCOUNT_FACTS
    columns = {"owner": "owner_id", "team": "team_ids", "main_contact": "main_contact_id"}
    parts = frozenset({"team_ids"})
    tree = "parent_id"

    def known_rows(self, drafts: Sequence[Draft]) -> tuple[dict[UUID, Any], dict[str, Any]]:
        return self.known_or_merged(drafts)

    def load_parts(self, drafts: Sequence[Draft]) -> None:
        teams: dict[UUID, list[UUID]] = {draft.row.pk: [] for draft in drafts}
        known = [draft.row.pk for draft in drafts if not draft.is_new]
        members = AccountTeam.objects.filter(account_id__in=known).order_by("membership_id")
        for account_id, membership_id in members.values_list("account_id", "membership_id") if known else []:
            teams[account_id].append(membership_id)
        for draft in drafts:
            draft.row.team_ids = teams[draft.row.pk]

    def resolve(self, drafts: Sequence[Draft]) -> None:
        super().resolve(drafts)
        emails = {email for draft in drafts for email in draft.values.get("team") or ()}
        members = find_members(emails=emails)
        for draft in drafts:
            if "team" in draft.values:
                draft.values["team_ids"] = self._team(draft, draft.values.pop("team") or (), members)

    def _team(self, draft: Draft, emails: Sequence[str], members: dict[str, UUID]) -> list[UUID]:
        for position, email in enumerate(emails):
            if email.lower() not in members:
                draft.fault(
                    f"/team/{position}", "unknown_member", f"No active member has the e-mail {email}."
                )
        return sorted({members[email.lower()] for email in emails if email.lower() in members})

    def fill(self, drafts: Sequence[Draft]) -> None:
        self.currency = Tenant.objects.values_list("currency", flat=True).get(pk=current_tenant())
        super().fill(drafts)

    def complete(self, draft: Draft) -> None:
        if not draft.is_new and draft.item.id is None:
            draft.values.pop("external_id", None)  # it was matched, perhaps through a merged account
        if draft.values.get("currency", "" if draft.is_new else "set") in (None, ""):
            draft.values["currency"] = self.currency
        super().complete(draft)

    def check(self, draft: Draft) -> None:
        if draft.row.arr is not None and draft.row.arr < 0:
            draft.fault("/arr", "min_value", "Not below 0.")
        if draft.accounts.get("main_contact", draft.row.pk) != draft.row.pk:
            draft.fault("/main_contact", "other_account", "The persona works at another account.")

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        changed = [draft for draft in drafts if "team_ids" in draft.after]
        if not changed:
            return
        AccountTeam.objects.filter(account_id__in=[d.row.pk for d in changed if not d.is_new]).delete()
        AccountTeam.objects.bulk_create(
            [
                AccountTeam(account_id=d.row.pk, membership_id=member)
                for d in changed
                for member in d.row.team_ids
            ]
        )

    def timeline(self, row: Any) -> tuple[UUID | None, UUID | None]:
        return row.pk, None
