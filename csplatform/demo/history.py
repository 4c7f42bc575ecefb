"""Usage, ratings and scores up to a moment: the past year at the first start, the days between at every later one."""

import datetime as dt
import itertools
import random

import msgspec
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Job, Membership, Role, Tenant
from accounts.scope import tenant_scope
from csplatform.demo.books import Book
from csplatform.demo.files import hand_in_files
from csplatform.demo.load import load_book, loaded_again, new_rating
from csplatform.demo.news import bring_news
from csplatform.demo.roles import ask_for_fewer
from csplatform.demo.rounds import hold_rounds
from csplatform.demo.shapes import Rated
from csplatform.demo.tracking import send_tracking
from csplatform.demo.usage import usage_events
from health import services as health
from health.services.usage import NewUsage
from relationships import services as relationships

YEAR = dt.timedelta(days=365)
WEEK = dt.timedelta(days=7)
RATED_EVERY = 40
LOADED = (
    "accounts_account",
    "accounts_accountfact",
    "accounts_persona",
    "accounts_personafact",
    "health_observation",
    "health_usageday",
    "health_usageevent",
)


@transaction.atomic
def seed_book(*, book: Book, at: dt.datetime) -> Tenant:
    """Write a book for the first time; a year of usage and of nightly scores is left to ``continue_book``."""
    loaded = load_book(book=book, at=at)
    tenant = loaded.tenant
    with tenant_scope(tenant.pk):
        hand_in_files(companies=book.companies, loaded=loaded)
        hold_rounds(loaded)
        Job.objects.create(
            kind="demo", state=Job.State.DONE, params={"seeded_at": at.isoformat()}, created_at=at, ended_at=at - YEAR
        )  # fmt: skip
    return tenant


def continue_book(*, book: Book, tenant: Tenant, at: dt.datetime) -> None:
    """Bring usage, ratings and scores of a book that is there up to ``at``."""
    with tenant_scope(tenant.pk), transaction.atomic():
        job = Job.objects.select_for_update().get(kind="demo")
    seeded_at = dt.datetime.fromisoformat(job.params["seeded_at"])
    since = job.ended_at or seeded_at
    bring_usage(book=book, tenant=tenant, seeded_at=seeded_at, since=since, until=at)
    with tenant_scope(tenant.pk), transaction.atomic():
        keep_rating(book=book, since=max(since, seeded_at), at=at)
        if at - since > WEEK:
            accounts.refresh_statistics(*LOADED)
        if since < seeded_at:
            loaded = loaded_again(book, seeded_at)
            bring_news(book=book, loaded=loaded)
            ask_for_fewer(loaded)
        send_tracking(companies=list(book.companies), actor=administrator(tenant), at=at)
        bring_scores(at=at)
        job.ended_at = at
        job.save(update_fields=["ended_at"])


def bring_usage(
    *, book: Book, tenant: Tenant, seeded_at: dt.datetime, since: dt.datetime, until: dt.datetime
) -> None:
    """Send the events of these days, and roll them up at once; a day sent twice is deduplicated by the service."""
    events = usage_events(
        companies=list(book.companies),
        seeded_on=seeded_at.date(),
        first=since.date(),
        last=until.date(),
    )
    known = (event for event in events if event["occurred_at"] <= until.isoformat())
    actor = administrator(tenant)
    while batch := list(itertools.islice(known, 10_000)):
        sent = msgspec.convert([{**event, "historical": True} for event in batch], list[NewUsage])
        with tenant_scope(tenant.pk), transaction.atomic():
            health.ingest_usage(events=enumerate(sent), refusals=(), actor=actor, at=until)
    with tenant_scope(tenant.pk):
        while claims := accounts.claim_work(at=until, limit=200):
            accounts.do_work(claims=claims, at=until)


def administrator(tenant: Tenant) -> Actor:
    """The member who brings history: only an admin may say when something became known."""
    membership = Membership.objects.filter(tenant=tenant, role=Role.ADMIN).order_by("created_at")[0]
    return Actor(tenant=tenant, membership=membership, role=Role.ADMIN)


def bring_scores(*, at: dt.datetime) -> None:
    """Every midnight's snapshot that is due, and the scores of now. Needs the tenant's scope."""
    health.take_snapshots(account_ids=None, at=at)
    health.rescore(account_ids=Account.objects.values_list("pk", flat=True), at=at)


def keep_rating(*, book: Book, since: dt.datetime, at: dt.datetime) -> None:
    """Owners rate on: everyone about every forty days, as they felt last."""
    loaded = loaded_again(book, at)
    ratings = []
    for offset in range((at.date() - since.date()).days):
        moment = min(since + dt.timedelta(days=offset, hours=5), at)
        for company in book.companies:
            if company.churned_ago is not None or company.name == "Larkspur Robotics":
                continue
            for person in company.people:
                rng = random.Random(f"{person.name}:{moment.date()}")  # noqa: S311 (plausible data, not secrets)
                if person.ratings and person.left_ago is None and rng.random() < 1 / RATED_EVERY:
                    last = person.ratings[-1]
                    again = Rated(
                        (at - moment).total_seconds() / 86_400, last.strength, last.sentiment, last.driver
                    )
                    ratings.append(new_rating(loaded, company, person, again))
    relationships.record_ratings(ratings=ratings, actor=None, at=at)
