"""Webhooks: what other programs may be told of, whom to tell, and what became of each telling."""

from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.sealed import SealedField
from accounts.tenancy import TenantModel


@dataclass(frozen=True)
class Event:
    """One thing that a webhook may be told of: the lines of the activity log with this verb.

    ``field`` narrows them to lines after which that field has a value.
    """

    name: str
    says: str
    verb: str
    field: str = ""


def _same(verb: str, says: str) -> Event:
    return Event(verb, says, verb)


# The one catalogue: REST, the page of the settings and the documentation show it. Facts come up from higher floors
# through the activity log, so their verbs stand here as words.
EVENTS = (
    _same("rating.recorded", _("Somebody rated a person: strength, sentiment, driver.")),
    _same("rating.withdrawn", _("A rating was taken back.")),
    _same("score.band_changed", _("An account's band changed, with its score before and after.")),
    _same("flag.raised", _("A red flag went up on an account.")),
    _same("flag.cleared", _("A red flag went down.")),
    Event("persona.left", _("A person left their company."), "persona.updated", "left_on"),
    _same("step.created", _("A next step was agreed.")),
    _same("step.updated", _("A step was changed.")),
    Event("step.done", _("A step was done; comes beside step.updated."), "step.updated", "done_at"),
    _same("step.deleted", _("A step was deleted.")),
    _same("initiative.created", _("What a customer wants to achieve was written down.")),
    _same("initiative.updated", _("An initiative was changed, as its state or its day.")),
    _same("initiative.deleted", _("An initiative was deleted.")),
    _same("touch.created", _("A meeting, call or mail was logged.")),
    _same("touch.updated", _("A logged contact was changed.")),
    _same("touch.deleted", _("A logged contact was deleted.")),
    _same("case.created", _("A question, problem, request or escalation was opened.")),
    _same("case.updated", _("A case was changed.")),
    Event(
        "case.resolved", _("A case was resolved; comes beside case.updated."), "case.updated", "resolved_at"
    ),
    _same("case.deleted", _("A case was deleted.")),
    _same("outcome.created", _("An account renewed, expanded, was downsold or churned.")),
    _same("outcome.updated", _("An outcome was changed.")),
    _same("outcome.deleted", _("An outcome was deleted.")),
    _same("response.recorded", _("A customer answered a survey question.")),
    _same("moment.created", _("A moment that a person will remember was written down.")),
    _same("moment.updated", _("A moment was changed.")),
    _same("moment.deleted", _("A moment was deleted.")),
    _same("advocate_ask.created", _("Somebody was asked to speak for us.")),
    _same("advocate_ask.updated", _("An ask was changed.")),
    Event(
        "advocate_ask.answered",
        _("Whoever was asked answered; comes beside advocate_ask.updated."),
        "advocate_ask.updated",
        "answer",
    ),
    _same("advocate_ask.deleted", _("An ask was deleted.")),
    _same("situation.created", _("A difficult situation was met.")),
    _same("situation.updated", _("A situation was changed.")),
    Event(
        "situation.ended",
        _("A situation came out, well or not; comes beside situation.updated."),
        "situation.updated",
        "ended_on",
    ),
    _same("situation.deleted", _("A situation was deleted.")),
    _same("first_value.created", _("What an account is to have in hand first was agreed.")),
    _same("first_value.updated", _("A first value was changed.")),
    Event(
        "first_value.reached",
        _("An account has its first value; comes beside first_value.updated."),
        "first_value.updated",
        "reached_on",
    ),
    _same("first_value.deleted", _("A first value was deleted.")),
)
EVENT_NAMES = tuple(event.name for event in EVENTS)
TEST_EVENT = "webhook.test"


class Webhook(TenantModel):
    """An address that is told of events, signed with its secret.

    After failures in a row nothing is sent before ``held_until``, and then one delivery at a time until one succeeds.
    A rotated secret signs beside the new one until ``previous_until``.
    """

    url = models.URLField(max_length=1000)
    events = ArrayField(models.CharField(max_length=50))
    description = models.CharField(max_length=200, blank=True)
    secret = SealedField()
    previous_secret = SealedField(blank=True)
    previous_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "url"], name="webhook_url"),
            models.CheckConstraint(
                condition=Q(is_active=True, disabled_at=None) | Q(is_active=False, disabled_at__isnull=False),
                name="webhook_disabled_at",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(TenantModel):
    """One event for one webhook, tried until it is delivered or given up.

    The id, and with it the header ``webhook-id``, follows from webhook, line and event, so that it never changes.
    What is sent is made from the line of the log (``activity_id``; none for a test), so that an erased person is not
    sent again. ``claimed_at`` is set while a worker holds it, until ``available_at``.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=50)
    activity_id = models.UUIDField(null=True)
    persona_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    took_ms = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)
    tries = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "webhook", "available_at"],
                condition=Q(state="waiting"),
                name="webhookdelivery_waiting",
            ),
            models.Index(fields=["tenant", "webhook", "created_at", "id"], name="webhookdelivery_log"),
        ]
