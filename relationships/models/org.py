"""Who stands how to whom at an account, beside who reports to whom: influence, conflict and sponsorship between two
personas, and who of ours is paired with whom of theirs. Both are dated: what ended stays, with its last day.

Neither carries an account: they belong where their persona works, so that they follow when accounts merge or part.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Persona, Resource


class Dated(Resource):
    """What is true of a persona from a day until a day; without an end it is true still. ``until_on`` is the first day
    on which it is no more."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="+", db_index=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=20, default="browser", editable=False)

    class Meta(Resource.Meta):
        abstract = True

    @property
    def account_id(self):  # type: ignore[no-untyped-def]
        """Where the persona works; without a query if the persona is loaded."""
        return self.persona.account_id


class Edge(Dated):
    """One persona's influence on, conflict with, or sponsorship of another at the same account."""

    class Kind(models.TextChoices):
        INFLUENCES = "influences", _("Influences")
        CONFLICTS_WITH = "conflicts_with", _("Is in conflict with")
        SPONSORS = "sponsors", _("Sponsors")

    target = models.ForeignKey(Persona, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind)
    strength = models.PositiveSmallIntegerField(default=2)

    class Meta(Dated.Meta):
        indexes = [
            *Dated.Meta.indexes,
            models.Index(fields=["tenant", "persona"], name="edge_persona"),
            models.Index(fields=["tenant", "target"], name="edge_target"),
        ]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "persona", "target", "kind"],
                condition=Q(until_on__isnull=True, deleted_at__isnull=True),
                name="edge_open",
            ),
            models.CheckConstraint(condition=~Q(persona=F("target")), name="edge_two_people"),
            models.CheckConstraint(condition=Q(strength__range=(1, 3)), name="edge_strength_1_to_3"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="edge_ends_later"
            ),
        ]


class Pairing(Dated):
    """One of ours who looks after one of theirs, executive to executive: the one phone call."""

    member = models.ForeignKey(Membership, models.CASCADE, related_name="+")

    class Meta(Dated.Meta):
        indexes = [*Dated.Meta.indexes, models.Index(fields=["tenant", "persona"], name="pairing_persona")]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "persona", "member"],
                condition=Q(until_on__isnull=True, deleted_at__isnull=True),
                name="pairing_open",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="pairing_ends_later"
            ),
        ]
