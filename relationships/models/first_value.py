"""When an account first had something of us that it can show: what that is to be, and who says that it came."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Persona, Resource


class FirstValue(Resource):
    """The first value of one account, at most one. Without ``reached_on`` it is still ahead; ``persona`` is who of theirs
    says that it came."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    what = models.TextField()
    due_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(Resource.Meta):
        constraints = [
            *Resource.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "account"], condition=Q(deleted_at__isnull=True), name="first_value_once"
            ),
        ]
