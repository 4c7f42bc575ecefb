"""Everything the first floor keeps: tenants and members, accounts and people, their dated facts, and the log."""

from accounts.models.actor import Actor
from accounts.models.book import Account, AccountTeam, Persona, ProfileFact, Resource
from accounts.models.facts import AccountFact, CaseFact, PersonaFact, TenantFact
from accounts.models.identity import ApiKey, Invitation, Membership, Role, Scope, Tenant, User, digest
from accounts.models.imports import Import, ImportChunk, ImportMapping
from accounts.models.links import PersonaLink
from accounts.models.log import (
    Activity,
    ApiUse,
    CurrentTransaction,
    IdempotentReply,
    Job,
    Outbox,
    PeriodicRun,
    PlatformRun,
)
from accounts.models.notes import Note, NoteMention, NoteVersion
from accounts.models.notices import (
    LEFT_SEATS,
    RAISED_TO_LEADERS,
    TELLING_CAUSES,
    TELLING_FLAGS,
    TELLING_OF_ONE,
    NoticePreference,
    Notification,
)
from accounts.models.persona_templates import PersonaTemplate
from accounts.models.saved_views import SavedView
from accounts.models.share import Share
from accounts.models.touch import Touch, TouchAttendee, Touchpoint
from accounts.models.unknown_owner import UnknownOwner
from accounts.models.webhook import EVENT_NAMES, EVENTS, TEST_EVENT, Event, Webhook, WebhookDelivery
from accounts.models.work import (
    Acknowledgement,
    Case,
    Initiative,
    Outcome,
    PromiseTerm,
    Step,
    telling_steps,
)

__all__ = [
    "EVENTS",
    "EVENT_NAMES",
    "LEFT_SEATS",
    "RAISED_TO_LEADERS",
    "TELLING_CAUSES",
    "TELLING_FLAGS",
    "TELLING_OF_ONE",
    "TEST_EVENT",
    "Account",
    "AccountFact",
    "AccountTeam",
    "Acknowledgement",
    "Activity",
    "Actor",
    "ApiKey",
    "ApiUse",
    "Case",
    "CaseFact",
    "CurrentTransaction",
    "Event",
    "IdempotentReply",
    "Import",
    "ImportChunk",
    "ImportMapping",
    "Initiative",
    "Invitation",
    "Job",
    "Membership",
    "Note",
    "NoteMention",
    "NoteVersion",
    "NoticePreference",
    "Notification",
    "Outbox",
    "Outcome",
    "PeriodicRun",
    "Persona",
    "PersonaFact",
    "PersonaLink",
    "PersonaTemplate",
    "PlatformRun",
    "ProfileFact",
    "PromiseTerm",
    "Resource",
    "Role",
    "SavedView",
    "Scope",
    "Share",
    "Step",
    "Tenant",
    "TenantFact",
    "Touch",
    "TouchAttendee",
    "Touchpoint",
    "UnknownOwner",
    "User",
    "Webhook",
    "WebhookDelivery",
    "digest",
    "telling_steps",
]
