"""Where an account stands: the tenant's ordered stages, each account's dated placement, and what is prescribed when."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Membership, Resource, Step
from accounts.tenancy import TenantModel


class Stage(Resource):
    """One stage of the ideal path, with what a customer there should think, feel and do."""

    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    think = models.TextField(blank=True)
    feel = models.TextField(blank=True)
    do = models.TextField(blank=True)

    class Meta(Resource.Meta):
        pass


class Placement(TenantModel):
    """An account entered a stage. It left when the next placement began."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="placements", db_index=False)
    stage = models.ForeignKey(Stage, models.CASCADE, related_name="placements", db_index=False)
    external_id = models.CharField(max_length=255, null=True, blank=True)
    entered_on = models.DateField()
    reason = models.TextField(blank=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="placement_external_id")
        ]
        indexes = [
            models.Index(fields=["tenant", "account", "entered_on"], name="placement_account"),
            models.Index(fields=["tenant", "stage"], name="placement_stage"),
        ]


class Prescription(TenantModel):
    """What to do by default about one cause: a quadrant, a flag, or the measure that pulled a score down.

    ``cause`` reads as ``flag:champion_left``. ``remedies`` are what a support agent may do about it, a line each.
    """

    cause = models.CharField(max_length=80)
    title = models.CharField(max_length=300)
    side = models.CharField(max_length=6, choices=Step.Side, default=Step.Side.OURS)
    due_days = models.PositiveSmallIntegerField(default=7)
    remedies = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "cause"], name="prescription_cause"),
            models.CheckConstraint(condition=Q(due_days__lte=365), name="prescription_due_within_a_year"),
        ]
