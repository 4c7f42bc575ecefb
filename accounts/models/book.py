"""Who they are: accounts and the personas that work there.

The columns hold the present; every value that a score or a report uses is kept beside it as a dated fact
(``facts``), written by the same service.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models.identity import Membership
from accounts.tenancy import TenantModel


class Resource(TenantModel):
    """A thing that REST clients create, update by their own id, delete (as a tombstone) and restore."""

    external_id = models.CharField(max_length=255, null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="%(class)s_external_id"),
        ]
        indexes = [models.Index(fields=["tenant", "updated_at", "id"], name="%(class)s_updated")]


class Account(Resource):
    """A company that the tenant serves."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        TRIAL = "trial", _("Trial")
        ACTIVE = "active", _("Active")
        CHURNED = "churned", _("Churned")
        INTERNAL = "internal", _("Internal")

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=255, blank=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    segment = models.CharField(max_length=100, blank=True)
    tier = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    arr = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    seats = models.PositiveIntegerField(null=True, blank=True)
    entitlements = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    started_on = models.DateField(null=True, blank=True)
    renewal_on = models.DateField(null=True, blank=True)
    churned_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    # Who a member says it is; whoever is met most where nobody is said, or no longer there.
    main_contact = models.ForeignKey("Persona", models.SET_NULL, null=True, blank=True, related_name="+")
    custom = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "name", "id"], name="account_name"),
            models.Index(fields=["tenant", "renewal_on"], name="account_renewal"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(arr__isnull=True) | Q(arr__gte=0), name="account_arr_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountTeam(TenantModel):
    """A member who works on an account beside its owner."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="team", db_index=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "membership"], name="account_team_once")
        ]


class Persona(Resource):
    """A person in a role at one account: who gets rated."""

    class Role(models.TextChoices):
        ECONOMIC_BUYER = "economic_buyer", _("Economic buyer")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        CHAMPION = "champion", _("Champion")
        EXECUTIVE_SPONSOR = "executive_sponsor", _("Executive sponsor")
        TECHNICAL_OWNER = "technical_owner", _("Technical owner")
        PROCUREMENT = "procurement", _("Procurement")
        POWER_USER = "power_user", _("Power user")
        END_USER = "end_user", _("End user")
        OTHER = "other", _("Other")

    account = models.ForeignKey(Account, models.CASCADE, related_name="personas")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    email_key = models.GeneratedField(
        expression=Lower("email"), output_field=models.CharField(max_length=254), db_persist=True
    )
    phone = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=35, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.OTHER)
    influence = models.PositiveSmallIntegerField(null=True, blank=True)
    tracked = models.BooleanField(default=True)
    reports_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reports")
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "email"], name="persona_email"),
            models.Index(fields=["tenant", "email_key"], name="persona_email_key"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(influence__isnull=True) | Q(influence__range=(1, 5)),
                name="persona_influence_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(joined_on__isnull=True)
                | Q(left_on__gte=models.F("joined_on")),
                name="persona_left_after_joining",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProfileFact(TenantModel):
    """One typed fact about a persona, with where it came from, why we may keep it, until when, and when it
    was last confirmed (None: assumed, or never asked)."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="profile", db_index=False)
    key = models.CharField(max_length=50)
    value = models.TextField()
    source = models.CharField(max_length=100, blank=True)
    basis = models.CharField(max_length=100, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "persona", "key"], name="profile_fact_key")]
