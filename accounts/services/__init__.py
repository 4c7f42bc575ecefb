"""Every write of the first floor."""

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
from accounts.services.jobs import (
    cancel_job,
    run_job,
    start_job,
)
from accounts.services.keys import (
    create_key,
    revoke_key,
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
from accounts.services.outbox import (
    Claim,
    claim_work,
    do_work,
)
from accounts.services.rights import (
    NotYours,
    require_admin,
    require_write,
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
from accounts.services.upkeep import (
    add_month,
    months_to_add,
    prune_platform,
    prune_tenant,
)

__all__ = [
    "WORK_CHANNEL",
    "AlreadyMember",
    "Claim",
    "InvitationGone",
    "LastAdmin",
    "NewActivity",
    "NewPerson",
    "NewTenant",
    "NotYours",
    "OtherPerson",
    "OwnCurrency",
    "Profile",
    "TenantSettings",
    "accept_invitation",
    "add_month",
    "cancel_job",
    "change_profile",
    "change_role",
    "change_tenant",
    "choose_theme",
    "claim_work",
    "create_first_admin",
    "create_key",
    "create_tenant",
    "deactivate_member",
    "do_work",
    "enqueue",
    "invite",
    "months_to_add",
    "open_invitation",
    "prune_platform",
    "prune_tenant",
    "reactivate_member",
    "record_activities",
    "record_activity",
    "require_admin",
    "require_write",
    "resend_invitation",
    "revoke_invitation",
    "revoke_key",
    "run_job",
    "send_invitation",
    "set_exchange_rate",
    "start_job",
    "wake",
]
