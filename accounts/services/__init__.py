"""Every write of the first floor."""

from accounts.services.jobs import cancel_job, run_job, start_job
from accounts.services.log import WORK_CHANNEL, NewActivity, enqueue, record_activities, record_activity, wake
from accounts.services.outbox import Claim, claim_work, do_work
from accounts.services.rights import NotYours, require_admin, require_write
from accounts.services.tenants import NewTenant, create_first_admin, create_tenant
from accounts.services.upkeep import add_month, months_to_add, prune_platform, prune_tenant

__all__ = [
    "WORK_CHANNEL",
    "Claim",
    "NewActivity",
    "NewTenant",
    "NotYours",
    "add_month",
    "cancel_job",
    "claim_work",
    "create_first_admin",
    "create_tenant",
    "do_work",
    "enqueue",
    "months_to_add",
    "prune_platform",
    "prune_tenant",
    "record_activities",
    "record_activity",
    "require_admin",
    "require_write",
    "run_job",
    "start_job",
    "wake",
]
