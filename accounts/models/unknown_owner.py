"""Owners whom a program or a file names and nobody knows: what an admin is shown, to invite them or to say who is meant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel


class UnknownOwner(TenantModel):
    """Somebody named as the owner of accounts who is no member. ``word`` is what was said, in small letters: an e-mail or
    a name; ``accounts`` are the external ids (or ids) of the accounts, the latest 200."""

    class Source(models.TextChoices):
        API = "api", _("REST")
        IMPORT = "import", _("Import")

    word = models.CharField(max_length=254)
    source = models.CharField(max_length=6, choices=Source)
    accounts = models.JSONField(default=list)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "word", "source"], name="unknown_owner_once")
        ]
