"""Who is the same person at another account, said by hand: beside what the e-mail says, or against it."""

from django.db import models
from django.db.models import F, Q

from accounts.models.book import Persona
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel


class PersonaLink(TenantModel):
    """A member's word on two personas at two accounts: that they are one person (``same``), or that they are not though
    they share an e-mail. There is one row of a pair, the lesser id first; the latest word stands."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Persona, models.CASCADE, related_name="+")
    same = models.BooleanField()
    said_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "persona", "other"], name="persona_link_pair"),
            models.CheckConstraint(condition=Q(persona__lt=F("other")), name="persona_link_in_order"),
        ]
