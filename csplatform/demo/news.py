"""What the demo's organisation was told of as it happened: a champion or a buyer who left, and a red flag that somebody
raised, in the bells of those whom it concerns; and at a webhook that nobody could reach. All by the services that do it
live, each at its moment."""

import datetime as dt
from uuid import UUID

from django.conf import settings

from accounts import services as accounts
from accounts.models import LEFT_SEATS, Account, Role, Webhook
from csplatform.demo.books import Book
from csplatform.demo.load import Loaded, admin
from health import services as health

MINUTE = dt.timedelta(minutes=1)
LATELY = 14  # days: who left earlier is no news
# A name of this machine: the guard of what a webhook may reach refuses it, so that nothing is sent anywhere.
ADDRESS = "https://localhost/what-happened"
EVENTS = ("score.band_changed", "flag.raised", "flag.cleared")
ADDED, OFF, GIVEN_UP = 13.0, 10.0, 5.0  # days ago
# A flag raised by hand: at which account, so many days ago, and why.
RAISED = (
    (
        "crm-1008",
        2.0,
        "Hector asks two other vendors for a quote, and has not told Odile. I heard it from their IT.",
    ),
)


def bring_news(*, book: Book, loaded: Loaded) -> None:
    """Live through the last two weeks again. Needs the tenant's scope, usage, and that nothing was scored before."""
    if not any(member.role == Role.LEADER for member in loaded.members.values()):
        return
    hook = add_hook(loaded)
    for days, account in left_lately(book):
        if hook is not None and days < OFF:
            give_up(hook, loaded)
            hook = None
        left = loaded.ago(days)
        health.rescore(account_ids=[loaded.accounts[account]], at=left - MINUTE)
        health.rescore(account_ids=[loaded.accounts[account]], at=left + MINUTE)
        work_off(left + MINUTE)
    if hook is not None:
        give_up(hook, loaded)
    for account, days, reason in RAISED:
        if account in loaded.accounts:
            raise_flag(loaded, loaded.accounts[account], loaded.ago(days), reason)


def raise_flag(loaded: Loaded, account_id: UUID, at: dt.datetime, reason: str) -> None:
    """The account's owner raises a red flag by hand."""
    account = Account.objects.get(pk=account_id)
    owner = next(one for one in loaded.members.values() if one.member_id == account.owner_id)
    health.rescore(account_ids=[account_id], at=at - MINUTE)
    health.raise_flag(account=account, reason=reason, actor=owner, at=at)
    work_off(at + MINUTE)


def left_lately(book: Book) -> list[tuple[float, str]]:
    """How many days ago somebody left a seat that counts, and at which account, the earliest first."""
    return sorted(
        (
            (person.left_ago, company.external_id)
            for company in book.companies
            for person in company.people
            if person.left_ago is not None and person.left_ago < LATELY and person.role in LEFT_SEATS.values()
        ),
        reverse=True,
    )


def add_hook(loaded: Loaded) -> Webhook | None:
    """A webhook to a server of their own, and the test that the admin sent; none where this machine may be reached."""
    if settings.WEBHOOKS_TO_LOOPBACK:
        return None
    hook: Webhook = accounts.add_webhook(
        url=ADDRESS,
        events=EVENTS,
        description="Our reporting server",
        actor=admin(loaded),
        at=loaded.ago(ADDED),
    )
    accounts.send_test(webhook_id=hook.pk, actor=admin(loaded), at=loaded.ago(ADDED) + MINUTE)
    deliver(loaded.ago(ADDED) + MINUTE)
    return hook


def work_off(at: dt.datetime) -> None:
    """What follows from a score: lines of the log become notices and deliveries, and these are tried."""
    while claims := accounts.claim_work(at=at, limit=50):
        accounts.do_work(claims=claims, at=at)
    deliver(at)


def deliver(at: dt.datetime) -> None:
    """One attempt at each delivery that is due."""
    sent = [
        accounts.Sent(parcel, accounts.post_parcel(parcel, at=at))
        for parcel in accounts.claim_deliveries(at=at, limit=50)
    ]
    accounts.record_deliveries(sent=sent, at=at)


def give_up(hook: Webhook, loaded: Loaded) -> None:
    """A last attempt, and the admin switches it off; what waited is given up when its 72 hours are over."""
    deliver(loaded.ago(OFF) - 5 * MINUTE)
    accounts.change_webhook(webhook_id=hook.pk, active=False, actor=admin(loaded), at=loaded.ago(OFF))
    accounts.tidy_webhooks(at=loaded.ago(GIVEN_UP))
