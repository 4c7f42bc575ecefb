"""What an account's people are shown of it, and the links that lead there, for the page that tends both."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from accounts import selectors as accounts
from accounts import services
from accounts.models import Account, Actor, Share
from csplatform.selectors.account import NoAccount
from csplatform.selectors.book import local_day


@dataclass(frozen=True)
class Sharing:
    """An account as its customer sees it. ``shown`` holds what is kept from them, too, marked so, where it is ``whole``;
    ``links`` are (share, whether it works)."""

    account: Account
    writable: bool
    today: dt.date
    shown: accounts.Shown
    links: list[tuple[Share, bool]]


def sharing(*, account_id: UUID, actor: Actor, at: dt.datetime, whole: bool = True, page: int = 1) -> Sharing:
    """The links of an account and what they show, from a page on. Raises NoAccount."""
    account = Account.objects.filter(pk=account_id, deleted_at=None).select_related("owner__user").first()
    if account is None:
        raise NoAccount(str(account_id))
    today = local_day(actor.tenant, at)
    links = accounts.account_shares(account_id=account_id) if whole else []
    return Sharing(
        account=account,
        writable=services.may_write(actor=actor, account_id=account_id),
        today=today,
        shown=accounts.shown_to_customer(account=account, tenant=actor.tenant, at=at, whole=whole, page=page),
        links=[(link, accounts.share_works(link, today=today)) for link in links],
    )
