"""Refuses to serve where a wall of tenancy is down: called by the web process and by every worker before its work.

The settings themselves refuse one database URL without the other.
"""

from django.db import OperationalError, connection

from csplatform.postgres import isolation


class WallDown(RuntimeError):
    """The database would not keep tenants apart; the message says why."""


def refuse_if_a_wall_is_down() -> None:
    """Raises WallDown if the connected role may ignore policies, or if a tenant's table has none.

    A database that cannot be reached is left to /readyz and to the requests: it may come back.
    """
    try:
        with connection.cursor() as cursor:
            broken = isolation.boot_findings(cursor, app_role=connection.settings_dict["APP_ROLE"])
    except OperationalError:
        return
    finally:
        connection.close()
    if broken:
        raise WallDown("csplatform refuses to start:\n" + "\n".join(broken))
