"""Rounds: a queue of people to rate for each rater, by a day; and how often a round opens by itself."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Membership, Persona, Resource
from accounts.tenancy import TenantModel


class Cadence(Resource):
    """How often the people at the accounts of one tier are asked for (an empty tier: of all tiers without a cadence of
    their own). ``next_on``: the day on which the next round opens by itself."""

    tier = models.CharField(max_length=100, blank=True)
    every_days = models.PositiveSmallIntegerField(default=90)
    due_days = models.PositiveSmallIntegerField(default=14)
    next_on = models.DateField()
    active = models.BooleanField(default=True)

    class Meta(Resource.Meta):
        constraints = [
            *Resource.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "tier"], condition=Q(deleted_at__isnull=True), name="cadence_tier"
            ),
            models.CheckConstraint(
                condition=Q(every_days__range=(7, 366)), name="cadence_every_week_to_year"
            ),
            models.CheckConstraint(condition=Q(due_days__range=(1, 90)), name="cadence_due_in_1_to_90_days"),
        ]


class Round(Resource):
    """A rating campaign: who was asked for stands in its assignments, made when it opened.

    ``scope`` holds what it was opened for: {segment [], tier [], owner [ids], renews_within (days), rated_within (days:
    whose whole rating is younger is left out), besides_tiers []}. ``second_share``: of how many in a hundred a second
    rater was asked for, blind.
    """

    name = models.CharField(max_length=200)
    scope = models.JSONField(default=dict, blank=True)
    second_share = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, editable=False)
    cadence = models.ForeignKey(Cadence, models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(Resource.Meta):
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(condition=Q(second_share__lte=100), name="round_second_share_percent"),
        ]


class Assignment(TenantModel):
    """One rater was asked for one person in a round.

    ``blind``: as the second rater, who sees no other rating of this person until ``unsealed_at``. ``done_at``: since when
    this rater has said strength and all three sentiments. ``inherited``: what stood was a former owner's.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="assignments", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, related_name="+", db_index=False)
    rater = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    blind = models.BooleanField(default=False)
    inherited = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    unsealed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "round", "persona", "rater"], name="assignment_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "rater", "done_at"], name="assignment_rater"),
            models.Index(fields=["tenant", "persona"], name="assignment_persona"),
        ]
