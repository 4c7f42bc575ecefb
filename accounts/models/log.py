"""What happened and what is left to do: the activity log, the outbox, jobs, and the marks of periodic work."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.identity import ApiKey, Membership
from accounts.tenancy import TenantModel


class CurrentTransaction(models.Func):
    """The 64-bit id of the writing transaction: orders the change feed so that a late commit is never skipped."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    arity = 0


class Activity(TenantModel):
    """One thing that somebody did, append-only, written as the last line of every service.

    ``object_type`` and ``object_id`` name what changed; ``account_id`` and ``persona_id`` whose timeline it is on;
    ``data`` holds ``before`` and ``after`` of the changed fields, or what the verb needs.
    """

    xact = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    verb = models.CharField(max_length=50)
    object_type = models.CharField(max_length=30)
    object_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    persona_id = models.UUIDField(null=True)
    actor = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "xact", "id"], name="activity_feed"),
            models.Index(fields=["tenant", "account_id", "at"], name="activity_account"),
        ]


class Outbox(TenantModel):
    """Work that a write left behind, in its own transaction: done at least once, by a handler named for ``kind``."""

    kind = models.CharField(max_length=50)
    ref = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200)
    available_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "dedupe_key"],
                condition=Q(done_at__isnull=True, dead_at__isnull=True, attempts=0),
                name="outbox_waiting_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "available_at"],
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
                name="outbox_waiting",
            )
        ]

    @property
    def title(self) -> str:
        """What it is, to read."""
        return self.kind.replace("_", " ").capitalize()

    @property
    def last_line(self) -> str:
        """What the last error says, without the way it took."""
        return self.last_error.strip().rpartition("\n")[2]


class Job(TenantModel):
    """Long work that a person waits for: progress, result, and the file of what failed."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=50)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "created_at"], name="job_tenant")]

    @property
    def title(self) -> str:
        """What it is, to read."""
        return self.kind.replace("_", " ").capitalize()


class IdempotentReply(TenantModel):
    """The stored answer to one POST, written in the transaction of its effect and kept seven days."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "api_key", "key"], name="idempotent_reply_once")
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="idempotent_reply_age")]


class ApiUse(TenantModel):
    """How many requests a key made in one minute."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "api_key", "minute"], name="api_use_minute")]


class PeriodicRun(TenantModel):
    """The mark of one periodic job for one tenant and period: two schedulers are harmless."""

    job = models.CharField(max_length=50)
    period = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "job", "period"], name="periodic_run_once")]


class PlatformRun(models.Model):
    """The mark of one periodic job that serves the whole database."""

    job = models.CharField(max_length=50)
    period = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="platform_run_once")]
