"""Every write of the first floor."""

from accounts.services.accounts import (
    save_accounts,
)
from accounts.services.facts import (
    NewFact,
    encode,
    write_facts,
)
from accounts.services.features import list_features
from accounts.services.invitations import (
    AlreadyMember,
    InvitationGone,
    NewPerson,
    OtherPerson,
    accept_invitation,
    invite,
    open_invitation,
    resend_invitation,
    revoke_invitation,
    send_invitation,
)
from accounts.services.items import (
    TAKEN,
    Fault,
    Item,
    Mode,
    Refused,
    Saved,
    Status,
    body_digest,
    only,
    refused,
    settle_repeats,
)
from accounts.services.jobs import (
    cancel_job,
    run_job,
    start_job,
)
from accounts.services.keys import (
    create_key,
    revoke_key,
)
from accounts.services.limits import (
    count_request,
)
from accounts.services.log import (
    WORK_CHANNEL,
    NewActivity,
    enqueue,
    record_activities,
    record_activity,
    wake,
)
from accounts.services.logins import (
    Profile,
    change_profile,
    choose_theme,
)
from accounts.services.members import (
    LastAdmin,
    change_role,
    deactivate_member,
    reactivate_member,
)
from accounts.services.notes import save_notes
from accounts.services.outbox import (
    Claim,
    claim_work,
    do_work,
    retry_work,
)
from accounts.services.personas import erase_persona, merge_personas, save_personas
from accounts.services.replies import (
    find_reply,
    store_reply,
)
from accounts.services.rights import (
    NotYours,
    require_admin,
    require_write,
)
from accounts.services.saving import (
    ACCOUNT,
    PERSONA,
    Draft,
    Reference,
    Saver,
    version_of,
)
from accounts.services.tenants import (
    NewTenant,
    OwnCurrency,
    TenantSettings,
    change_tenant,
    create_first_admin,
    create_tenant,
    set_exchange_rate,
)
from accounts.services.tombstones import (
    bury,
    delete_account,
    delete_case,
    delete_note,
    delete_outcome,
    delete_persona,
    delete_step,
    delete_touch,
    raise_up,
    restore_account,
    restore_case,
    restore_note,
    restore_outcome,
    restore_persona,
    restore_step,
    restore_touch,
)
from accounts.services.touches import save_touches
from accounts.services.touchpoints import (
    TouchpointRefused,
    ensure_touchpoints,
    save_touchpoint,
)
from accounts.services.upkeep import (
    add_month,
    months_to_add,
    prune_platform,
    prune_tenant,
    refresh_statistics,
)
from accounts.services.work import (
    save_cases,
    save_outcomes,
    save_steps,
)

__all__ = [
    "ACCOUNT",
    "PERSONA",
    "TAKEN",
    "WORK_CHANNEL",
    "AlreadyMember",
    "Claim",
    "Draft",
    "Fault",
    "InvitationGone",
    "Item",
    "LastAdmin",
    "Mode",
    "NewActivity",
    "NewFact",
    "NewPerson",
    "NewTenant",
    "NotYours",
    "OtherPerson",
    "OwnCurrency",
    "Profile",
    "Reference",
    "Refused",
    "Saved",
    "Saver",
    "Status",
    "TenantSettings",
    "TouchpointRefused",
    "accept_invitation",
    "add_month",
    "body_digest",
    "bury",
    "cancel_job",
    "change_profile",
    "change_role",
    "change_tenant",
    "choose_theme",
    "claim_work",
    "count_request",
    "create_first_admin",
    "create_key",
    "create_tenant",
    "deactivate_member",
    "delete_account",
    "delete_case",
    "delete_note",
    "delete_outcome",
    "delete_persona",
    "delete_step",
    "delete_touch",
    "do_work",
    "encode",
    "enqueue",
    "ensure_touchpoints",
    "erase_persona",
    "find_reply",
    "invite",
    "list_features",
    "merge_personas",
    "months_to_add",
    "only",
    "open_invitation",
    "prune_platform",
    "prune_tenant",
    "raise_up",
    "reactivate_member",
    "record_activities",
    "record_activity",
    "refresh_statistics",
    "refused",
    "require_admin",
    "require_write",
    "resend_invitation",
    "restore_account",
    "restore_case",
    "restore_note",
    "restore_outcome",
    "restore_persona",
    "restore_step",
    "restore_touch",
    "retry_work",
    "revoke_invitation",
    "revoke_key",
    "run_job",
    "save_accounts",
    "save_cases",
    "save_notes",
    "save_outcomes",
    "save_personas",
    "save_steps",
    "save_touches",
    "save_touchpoint",
    "send_invitation",
    "set_exchange_rate",
    "settle_repeats",
    "start_job",
    "store_reply",
    "version_of",
    "wake",
    "write_facts",
]
