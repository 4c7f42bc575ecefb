"""Red flags that members raise by hand, beside those that are detected. Both tables are append-only."""

from django.db import models

from accounts.models import Account, Membership
from accounts.tenancy import TenantModel


class RaisedFlag(TenantModel):
    """A red flag that somebody raises at an account, with a reason and perhaps an end. It stands until it is cleared or its
    end comes; it caps no band and enters no score."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    reason = models.TextField()
    expires_at = models.DateTimeField(null=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account", "recorded_at"], name="raised_flag_account")]


class ClearedFlag(TenantModel):
    """A flag raised by hand is taken down, once, with a word why."""

    flag = models.ForeignKey(RaisedFlag, models.CASCADE, related_name="clearings", db_index=False)
    word = models.TextField()
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "flag"], name="cleared_flag_once")]
