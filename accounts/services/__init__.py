"""Every write of the first floor."""

from accounts.services.log import WORK_CHANNEL, NewActivity, enqueue, record_activities, record_activity, wake
from accounts.services.rights import NotYours, require_admin, require_write
from accounts.services.tenants import NewTenant, create_first_admin, create_tenant

__all__ = [
    "WORK_CHANNEL",
    "NewActivity",
    "NewTenant",
    "NotYours",
    "create_first_admin",
    "create_tenant",
    "enqueue",
    "record_activities",
    "record_activity",
    "require_admin",
    "require_write",
    "wake",
]
