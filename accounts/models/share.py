"""The page that we show a customer of ourselves: a link to one account's promises, open steps and open cases."""

from django.db import models

from accounts.models.book import Account
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel


class Share(TenantModel):
    """A link to what we show the customer of one account. Its token is stored as its SHA-256 and shown once.

    It works through ``expires_on`` at the tenant, unless it was revoked before; whoever holds it reads the page without
    a login. That it was opened is counted, never by whom.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="shares", db_index=False)
    token_digest = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    greeting = models.TextField(blank=True)
    expires_on = models.DateField()
    created_by = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account", "created_at"], name="share_account")]
        constraints = [models.UniqueConstraint(fields=["tenant", "token_digest"], name="share_token")]
