"""What they tell us: answers to nps, csat, ces and goodwill questions, each with its why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Persona
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel


class Response(TenantModel):
    """One answer with its why. ``answer`` is on the scale of its kind; goodwill keeps its four ``items`` (1..7)."""

    class Kind(models.TextChoices):
        NPS = "nps", _("NPS")
        CSAT = "csat", _("CSAT")
        CES = "ces", _("CES")
        GOODWILL = "goodwill", _("Goodwill")

    account = models.ForeignKey(Account, models.CASCADE, related_name="responses", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="responses")
    external_id = models.CharField(max_length=255, null=True, blank=True)
    kind = models.CharField(max_length=8, choices=Kind)
    answer = models.FloatField()
    items = models.JSONField(null=True, blank=True)
    why = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=50, blank=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    observation_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "external_id"], name="response_external_id")]
        indexes = [
            models.Index(fields=["tenant", "account", "answered_at"], name="response_account"),
            models.Index(fields=["tenant", "recorded_at", "id"], name="response_recorded"),
        ]


class ResponseWithdrawal(TenantModel):
    """Takes a response back from ``recorded_at`` on."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="withdrawals", db_index=False)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "response"], name="response_withdrawn_once")]
