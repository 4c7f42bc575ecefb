"""Saved views: an address's query under a name, for one member or for the team."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.identity import Membership, Role
from accounts.tenancy import TenantModel

LONGEST_QUERY = 2000


class SavedView(TenantModel):
    """What a page shows under this query: filters, order and columns. Only its owner sees one that is not shared.

    ``default_for``: the roles for which the page opens with it; one shared view at most for each page and role.
    """

    class Page(models.TextChoices):
        ACCOUNTS = "accounts", _("Accounts")
        RISK = "risk", _("Risk")

    page = models.CharField(max_length=10, choices=Page)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=LONGEST_QUERY)
    owner = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    shared = models.BooleanField(default=False)
    default_for = ArrayField(models.CharField(max_length=10, choices=Role), default=list, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "page", "owner", "name"], name="saved_view_name"),
            models.CheckConstraint(
                condition=Q(shared=True) | Q(default_for=[]), name="saved_view_default_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.name
