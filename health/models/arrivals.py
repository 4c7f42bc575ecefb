"""What arrived: a line of each request, and the sums of the lines that are kept no more."""

from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantModel


class Arrival(TenantModel):
    """One request or import: from which library, or of what, what became of it, and a few of its messages. Kept for days.

    ``sample``: [{type, name, user, group}]; ``refusals``: [{type, name, code, detail}]; both are cut short.
    """

    at = models.DateTimeField()
    source = models.CharField(max_length=100)
    key_prefix = models.CharField(max_length=12, blank=True)
    accepted = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    unmatched = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    sample = models.JSONField(default=list)
    refusals = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "at"], name="arrival_at"),
            models.Index(fields=["tenant", "at"], condition=Q(rejected__gt=0), name="arrival_rejected"),
        ]


class ArrivalHour(TenantModel):
    """What the lines of one source in one hour came to, of those that are kept no more."""

    hour = models.DateTimeField()
    source = models.CharField(max_length=100)
    key_prefix = models.CharField(max_length=12, blank=True)
    requests = models.PositiveIntegerField()
    taken = models.PositiveBigIntegerField()
    rejected = models.PositiveBigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "hour", "source", "key_prefix"], name="arrival_hour_once"
            )
        ]
