"""Writes a book once, through the services that everyone uses, each thing at the moment at which it happened."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, Membership, Persona, Role, Tenant, User
from accounts.scope import tenant_scope
from csplatform.demo.books import PASSWORD, STAGES, Book
from csplatform.demo.course import arr_at_first, changes
from csplatform.demo.initiatives import wish
from csplatform.demo.memories import facts_of, keep_views, link_people, remember
from csplatform.demo.shapes import DRIVERS, Company, Met, Next, Person, Rated, area_of
from csplatform.demo.shared import share
from csplatform.demo.stands import save_stands
from feedback import services as feedback
from health import services as health
from journeys import services as journeys
from relationships import services as relationships

BEGINNING = dt.timedelta(days=1300)


@dataclass
class Loaded:
    """A book on its way into the database: what its names have become."""

    tenant: Tenant
    at: dt.datetime
    members: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    people: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def ago(self, days: float) -> dt.datetime:
        return self.at - dt.timedelta(days=days)

    def day(self, days: float) -> dt.date:
        return self.ago(days).date()


def load_book(*, book: Book, at: dt.datetime) -> Loaded:
    """Write a whole book as of ``at``, usage and scores excepted. Everything is known since it happened."""
    tenant = accounts.create_tenant(
        tenant=accounts.NewTenant(slug=book.slug, name=book.name, time_zone=book.time_zone), at=at - BEGINNING
    )
    loaded = Loaded(tenant, at)
    with tenant_scope(tenant.pk), transaction.atomic():
        hire(book, loaded)
        for days, rate in book.rates:
            accounts.set_exchange_rate(
                currency="USD", rate=Decimal(rate), actor=admin(loaded), at=loaded.ago(days)
            )
        for company in book.companies:
            save_company(company, loaded)
            for person in bosses_first(company.people):
                save_person(company, person, loaded)
        for company in book.companies:
            save_events(company, loaded)
        rate_people(book, loaded)
        answer_surveys(book, loaded)
        remember(loaded.accounts, loaded.people, loaded.members, loaded.at)
        place(book, loaded)
        keep_views(admin(loaded), loaded.ago(30))
        link_people(loaded.people, admin(loaded), loaded.ago(40))
        acknowledge(loaded)
        wish(loaded)
        share(loaded.accounts, loaded.members, loaded.at)
    return loaded


def loaded_again(book: Book, at: dt.datetime) -> Loaded:
    """What the names of a book that was loaded before stand for. Needs the tenant's scope."""
    loaded = Loaded(Tenant.objects.get(slug=book.slug), at)
    memberships = Membership.objects.filter(tenant=loaded.tenant).select_related("user")
    by_email = {membership.user.email: membership for membership in memberships}
    for colleague in book.colleagues:
        if colleague.email in by_email:
            loaded.members[colleague.first] = Actor(
                loaded.tenant, by_email[colleague.email], by_email[colleague.email].role
            )
    loaded.accounts = dict(Account.objects.values_list("external_id", "pk"))
    people = Persona.objects.values_list("account__external_id", "name", "pk")
    loaded.people = {(account, name): pk for account, name, pk in people}
    return loaded


def admin(loaded: Loaded) -> Actor:
    return next(member for member in loaded.members.values() if member.role == Role.ADMIN)


def hire(book: Book, loaded: Loaded) -> None:
    """The members of the organisation, there from its beginning."""
    at = loaded.at - BEGINNING
    for colleague in book.colleagues:
        user = User.objects.filter(email=colleague.email).first()
        user = user or User.objects.create_user(colleague.email, PASSWORD, name=colleague.name)
        membership = Membership.objects.create(
            tenant=loaded.tenant, user=user, role=colleague.role, created_at=at
        )
        loaded.members[colleague.first] = Actor(loaded.tenant, membership, colleague.role)


def email_of(loaded: Loaded, first: str) -> str:
    return loaded.members[first].membership.user.email


def write(save: Any, values: dict[str, Any], at: dt.datetime, id: UUID | None = None) -> UUID:
    """One thing through one of the first floor's services."""
    mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
    saved = accounts.only(save(items=[accounts.Item(values=values, id=id)], mode=mode, actor=None, at=at))
    assert saved.id is not None
    return saved.id


def save_company(company: Company, loaded: Loaded) -> None:
    """The account as it began, and what changed of it since."""
    first_owner = company.former_owner[0] if company.former_owner else company.owner
    started = loaded.ago(company.started_ago)
    values = {
        "external_id": company.external_id,
        "name": company.name,
        "domain": domain(company),
        "segment": company.segment,
        "tier": company.tier,
        "region": company.region,
        "status": company.status,
        "arr": arr_at_first(company),
        "currency": company.currency,
        "seats": company.seats,
        "entitlements": list(company.entitlements),
        "started_on": started.date() if company.status == "active" else None,
        "renewal_on": None if company.renewal_in is None else loaded.day(-company.renewal_in),
        "owner_email": email_of(loaded, first_owner),
        "team": [email_of(loaded, name) for name in company.team],
        "custom": company.custom,
    }
    account = write(accounts.save_accounts, values, started)
    loaded.accounts[company.external_id] = account
    for ago, changed in changes(company, loaded):
        write(accounts.save_accounts, changed, loaded.ago(ago), account)


def domain(company: Company) -> str:
    return "".join(letter for letter in company.name.lower() if letter.isalnum()) + ".example"


def bosses_first(people: list[Person]) -> list[Person]:
    """The people of a company in an order in which everyone comes after their boss."""
    found: list[Person] = []
    while len(found) < len(people):
        known = {person.name for person in found}
        ready = [p for p in people if p.name not in known and (p.boss is None or p.boss in known)]
        if not ready:
            raise ValueError(f"nobody can come next among {[p.name for p in people if p.name not in known]}")
        found += ready
    return found


def save_person(company: Company, person: Person, loaded: Loaded) -> None:
    joined = loaded.ago(person.joined_ago or company.started_ago)
    values = {
        "account_id": loaded.accounts[company.external_id],
        "name": person.name,
        "email": person.email or f"{person.name.lower().replace(' ', '.')}@{domain(company)}",
        "title": person.title,
        "role": person.role,
        "joined_on": joined.date(),
        "phone": person.phone,
        "language": person.language,
        "time_zone": person.time_zone,
        "profile": facts_of(person.profile, loaded.at),
    }
    if person.tracked is not None:
        values["tracked"] = person.tracked
    if person.boss:
        values["reports_to_id"] = loaded.people[company.external_id, person.boss]
    id = write(accounts.save_personas, values, joined)
    loaded.people[company.external_id, person.name] = id
    if person.influence is not None:
        weight, ago = person.influence
        write(accounts.save_personas, {"influence": weight}, loaded.ago(ago), id)
    if person.left_ago is not None:
        left = loaded.ago(person.left_ago)
        write(accounts.save_personas, {"left_on": left.date()}, left, id)


def save_events(company: Company, loaded: Loaded) -> None:
    """Cases, outcomes, steps, touches, API observations and an override, each at its moment."""
    account = loaded.accounts[company.external_id]
    for case in company.cases:
        opened = loaded.ago(case.ago)
        values = {
            "account_id": account, "kind": case.kind, "severity": case.severity, "subject": case.subject,
            "opened_at": opened, "first_reply_at": opened + dt.timedelta(hours=3),
        }  # fmt: skip
        if case.person:
            values["persona_id"] = loaded.people[company.external_id, case.person]
        id = write(accounts.save_cases, values, opened)
        if case.resolved_ago is not None:
            resolved = loaded.ago(case.resolved_ago)
            ended = {"resolved_at": resolved, "solved": case.felt != "worse", "felt": case.felt}
            write(accounts.save_cases, ended, resolved, id)
    for outcome in company.outcomes:
        values = {
            "account_id": account, "kind": outcome.kind, "happened_on": loaded.day(outcome.ago),
            "arr_before": outcome.before, "arr_after": outcome.after, "reason": outcome.reason,
        }  # fmt: skip
        write(accounts.save_outcomes, values, loaded.ago(outcome.ago))
    for step in company.steps:
        save_step(company, step, loaded)
    for met in company.touches:
        save_touch(company, met, loaded)
    save_notes(company, loaded)
    save_stands(company, loaded)
    observe(company, loaded)
    if company.override:
        band, reason, days = company.override
        health.set_override(
            account=Account.objects.get(pk=account),
            override=health.NewOverride(band=band, reason=reason, expires_at=loaded.ago(-days)),
            actor=loaded.members[company.owner],
            at=loaded.ago(6),
        )


def save_notes(company: Company, loaded: Loaded) -> None:
    """What colleagues wrote for each other, with every later edit."""
    for note in company.notes:
        values = {
            "account_id": loaded.accounts[company.external_id], "body": note.body, "pinned": note.pinned,
            "persona_id": loaded.people[company.external_id, note.person] if note.person else None,
        }  # fmt: skip
        id = None
        for ago, by, body in ((note.ago, note.by, note.body), *note.edits):
            item = accounts.Item(values=values if id is None else {"body": body}, id=id)
            mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
            saved = accounts.save_notes(
                items=[item], mode=mode, actor=loaded.members[by], at=loaded.ago(ago), source="browser"
            )
            id = accounts.only(saved).id


def save_step(company: Company, step: Next, loaded: Loaded) -> None:
    done = None if step.done_ago is None else loaded.ago(step.done_ago)
    values = {
        "account_id": loaded.accounts[company.external_id], "title": step.title, "side": step.side,
        "due_on": loaded.day(-(step.moved[1] if step.moved else step.due_in)),
        "owner_email": email_of(loaded, company.owner),
        "done_at": None if step.broken or step.moved else done,
        "waiting_on": step.waiting_on, "cause": step.cause, "shared": step.shared,
    }  # fmt: skip
    if step.person:
        values["persona_id"] = loaded.people[company.external_id, step.person]
    if step.asleep:
        values["snoozed_until"], values["snooze_reason"] = loaded.day(-step.asleep[0]), step.asleep[1]
    save = partial(accounts.save_steps, source=step.source)
    since = max(4.0, (step.done_ago or 0) + 2, step.moved[0] + 2 if step.moved else 0)
    id = write(save, values, loaded.ago(since))
    if step.moved:
        moved = {"due_on": loaded.day(-step.due_in), "reason": step.moved[2]}
        write(accounts.save_promises, moved, loaded.ago(step.moved[0]), id)
    if done and (step.broken or step.moved):
        end = {"state": "broken" if step.broken else "kept", "settled_at": done, "reason": step.broken}
        write(accounts.save_promises, end, done, id)


def save_touch(company: Company, met: Met, loaded: Loaded) -> None:
    """A touch of whoever owned the account then."""
    owner = company.owner
    if company.former_owner and met.ago > company.former_owner[1]:
        owner = company.former_owner[0]
    colleague = loaded.members[met.by or owner].membership
    values = {
        "account_id": loaded.accounts[company.external_id], "kind": met.kind, "at": loaded.ago(met.ago),
        "direction": met.direction, "mode": met.mode, "summary": met.summary, "touchpoint": met.touchpoint,
        "owner_id": colleague.pk,
        "attendees": [
            {"persona": loaded.people[company.external_id, name], **vars(said)} for name, said in met.said.items()
        ],
    }  # fmt: skip
    write(accounts.save_touches, values, loaded.ago(met.ago))


def observe(company: Company, loaded: Loaded) -> None:
    found = [
        health.NewObservation(
            account_id=loaded.accounts[company.external_id], measure=one.measure, value=one.value,
            observed_at=loaded.ago(one.ago), recorded_at=loaded.ago(one.ago), source="api",
        )
        for one in company.observed
    ]  # fmt: skip
    if found:
        health.observe(observations=found, at=loaded.at)


def rate_people(book: Book, loaded: Loaded) -> None:
    """Every rating of the book in one write, known since it was made."""
    ratings = [
        new_rating(loaded, company, person, rated)
        for company in book.companies
        for person in company.people
        for rated in person.ratings
    ]
    refuse(relationships.record_ratings(ratings=ratings, actor=None, at=loaded.at))


def new_rating(loaded: Loaded, company: Company, person: Person, rated: Rated) -> Any:
    """A planned rating as the service takes it; without a rater it is the owner's of that time."""
    said = rated.sentiment
    facets = said if isinstance(said, dict) else {"brand": said, "product": said, "service": said}
    worst = next((one for one in ("negative", "neutral", "positive") if one in facets.values()), "neutral")
    owner = company.owner
    if company.former_owner and rated.ago > company.former_owner[1]:
        owner = company.former_owner[0]
    return relationships.NewRating(
        persona_id=loaded.people[company.external_id, person.name],
        strength=rated.strength,
        sentiment_brand=facets["brand"],
        sentiment_product=facets["product"],
        sentiment_service=facets["service"],
        driver=(driver := rated.driver or DRIVERS[worst]),
        area=area_of(driver, person.name),
        note=rated.note,
        signs=rated.signs,
        confidence=rated.confidence,
        evidence=[{"url": link} for link in rated.links],
        rated_at=loaded.ago(rated.ago),
        rated_by_id=loaded.members[rated.by or owner].member_id,
        historical=True,
    )


def answer_surveys(book: Book, loaded: Loaded) -> None:
    responses = [
        feedback.NewResponse(
            kind=answered.kind, answer=answered.answer, why=answered.why, historical=True, source="survey",
            persona_id=loaded.people[company.external_id, person.name],
            asked_at=loaded.ago(answered.ago + 2), answered_at=loaded.ago(answered.ago),
        )
        for company in book.companies
        for person in company.people
        for answered in person.answers
    ]  # fmt: skip
    refuse(feedback.record_responses(responses=responses, actor=None, at=loaded.at))


def place(book: Book, loaded: Loaded) -> None:
    """The ideal path, and where each account stands on it."""
    stages = {
        name: journeys.save_stage(
            values={"name": name, "think": think, "feel": feel, "do": do},
            actor=None,
            at=loaded.at - BEGINNING,
        ).pk
        for name, think, feel, do in STAGES
    }
    placements = [
        journeys.NewPlacement(
            account_id=loaded.accounts[company.external_id], stage_id=stages[stage], reason=reason,
            entered_on=loaded.day(days), historical=True,
        )
        for company in book.companies
        for days, stage, reason in company.stages
    ]  # fmt: skip
    refuse(journeys.place_accounts(placements=placements, actor=None, at=loaded.at))


# What the leader said of accounts at risk: so many days ago, what she will do, and to look again in so many days.
SEEN = (
    ("crm-1012", 6, "I tell their managing director myself what we build and what we do not.", 8),
    ("crm-1010", 3, "Juno gets one of our engineers for a day, so that the file is in by Friday.", -1),
)


def acknowledge(loaded: Loaded) -> None:
    """A leader has seen some of the accounts at risk; one of them she was to look at again by now."""
    leader = next((one for one in loaded.members.values() if one.role == Role.LEADER), None)
    for account, ago, plan, again in SEEN:
        if leader is not None and account in loaded.accounts:
            accounts.acknowledge(
                account_id=loaded.accounts[account], plan=plan, look_again_on=loaded.day(-again), actor=leader,
                today=loaded.day(ago), at=loaded.ago(ago),
            )  # fmt: skip


def refuse(results: list[Any]) -> None:
    """A plan with a mistake must not load in silence."""
    for result in results:
        if isinstance(result, Exception):
            raise result
