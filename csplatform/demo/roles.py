"""The scorecard of the demo as the admin changed it once: accounts that are looked after by mail need fewer people."""

from accounts.models import Account
from csplatform.demo.load import Loaded, admin
from health import selectors
from health import services as health

CHANGED = 100  # days ago
TIER = "Tech touch"
ROLES = ["economic_buyer", "champion"]
NOTE = "Tech touch: one who pays and one who uses it are enough; nobody there has a technical owner for us."


def ask_for_fewer(loaded: Loaded) -> None:
    """Publish the second version, where accounts are of that tier. Needs the tenant's scope; scores follow."""
    if Account.objects.filter(tier=TIER).exists():
        body = {**selectors.current_scorecard().body, "required_roles_by_tier": {TIER: ROLES}}
        health.publish_scorecard(body=body, note=NOTE, actor=admin(loaded), at=loaded.ago(CHANGED))
