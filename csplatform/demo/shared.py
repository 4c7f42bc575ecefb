"""The page that one customer of the demo was given a link to, and how often it was opened. The link is kept nowhere."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from accounts import services as accounts
from accounts.models import Actor

# After its outage: account, who made the link, how many days ago, and when it was opened.
STARLING, BY, MADE, OPENED = "crm-1009", "Alice", 21, (20.6, 12.2, 3.4)
GREETING = (
    "After the outage you asked for one place to see what we owe you. This is it.\n\n"
    "Write or call whenever something here is not as you remember it."
)


def share(known: Mapping[str, UUID], members: Mapping[str, Actor], at: dt.datetime) -> None:
    """Make the link, and open it a few times."""
    by = members.get(BY)
    if STARLING not in known or by is None:
        return
    made = at - dt.timedelta(days=MADE)
    _link, token = accounts.make_share(
        account_id=known[STARLING], title="What we owe Starling", greeting=GREETING,
        expires_on=made.date() + dt.timedelta(days=180), actor=by, today=made.date(), at=made,
    )  # fmt: skip
    for days in OPENED:
        accounts.open_share(token=token, counted=True, at=at - dt.timedelta(days=days))
