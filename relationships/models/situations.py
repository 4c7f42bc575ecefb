"""Difficult situations: the tenant's library of types, each with reasons and remedies, and the situations that were met.

The entries of the library are switched off, never removed: what was met names them. One situation is one remedy that was
tried; a second remedy is a second situation, so that each is counted for what came of it.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Persona, Resource
from accounts.tenancy import TenantModel


class SituationType(TenantModel):
    """A kind of difficult situation, such as a silent sponsor; the list is the tenant's."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="situation_type_key")]


class SituationReason(TenantModel):
    """What may be behind a type of situation."""

    type = models.ForeignKey(SituationType, models.CASCADE, related_name="reasons")
    key = models.CharField(max_length=50)
    label = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="situation_reason_key")]


class Remedy(TenantModel):
    """What may help in a type of situation. Its label is the title of the step that it becomes, due in ``due_days``."""

    type = models.ForeignKey(SituationType, models.CASCADE, related_name="remedies")
    key = models.CharField(max_length=50)
    label = models.CharField(max_length=300)
    due_days = models.PositiveSmallIntegerField(default=7)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="remedy_key"),
            models.CheckConstraint(condition=Q(due_days__lte=365), name="remedy_due_within_a_year"),
        ]


class Situation(Resource):
    """A situation that was met at an account: of which type, why, which remedy was tried, and how it came out.

    Without a result it is under way. ``persona`` is whom it is about, if it is about one person.
    """

    class Result(models.TextChoices):
        SOLVED = "solved", _("Solved")
        PARTLY = "partly", _("Partly solved")
        NOT = "not", _("Not solved")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="+")
    type = models.ForeignKey(SituationType, models.CASCADE, related_name="situations")
    reason = models.ForeignKey(
        SituationReason, models.SET_NULL, null=True, blank=True, related_name="situations"
    )
    remedy = models.ForeignKey(Remedy, models.SET_NULL, null=True, blank=True, related_name="situations")
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    what = models.TextField(blank=True)
    began_on = models.DateField()
    result = models.CharField(max_length=6, choices=Result, null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    learned = models.TextField(blank=True)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "began_on"], name="situation_account"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(result__isnull=True, ended_on__isnull=True)
                | Q(result__isnull=False, ended_on__isnull=False),
                name="situation_ends_with_a_result",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("began_on")),
                name="situation_ends_after_it_began",
            ),
        ]
