"""What they remember of us, and what we say of their trust: moments, and words on the six pillars."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Persona, Resource
from accounts.tenancy import TenantModel


class Moment(Resource):
    """Something that a person will remember of us: how good or bad it was, and how strongly it was felt."""

    class Valence(models.IntegerChoices):
        AWFUL = -2, _("Awful")
        BAD = -1, _("Bad")
        MIXED = 0, _("Mixed")
        GOOD = 1, _("Good")
        WONDERFUL = 2, _("Wonderful")

    class Intensity(models.IntegerChoices):
        LIGHT = 1, _("In passing")
        STRONG = 2, _("Strongly")
        UNFORGETTABLE = 3, _("Unforgettably")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, related_name="moments", db_index=False)
    happened_at = models.DateTimeField()
    valence = models.SmallIntegerField(choices=Valence)
    intensity = models.PositiveSmallIntegerField(choices=Intensity)
    what = models.TextField()

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "persona", "happened_at"], name="moment_persona"),
            models.Index(fields=["tenant", "account", "happened_at"], name="moment_account"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(condition=Q(valence__range=(-2, 2)), name="moment_valence"),
            models.CheckConstraint(condition=Q(intensity__range=(1, 3)), name="moment_intensity"),
        ]


class PillarRating(TenantModel):
    """What a member says of one pillar of trust at an account, 1..5, with a note; a newer one stands, none is changed."""

    class Pillar(models.TextChoices):
        PERSONALIZATION = "personalization", _("Personalization")
        INTEGRITY = "integrity", _("Integrity")
        EXPECTATIONS = "expectations", _("Setting expectations")
        EMPATHY = "empathy", _("Empathy")
        TIME_TO_VALUE = "time_to_value", _("Time to value")
        RESPONSIBILITY = "responsibility", _("Responsibility")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    pillar = models.CharField(max_length=15, choices=Pillar)
    value = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)
    rated_at = models.DateTimeField()
    rated_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "account", "pillar", "rated_at"], name="pillar_rating_account")
        ]
        constraints = [models.CheckConstraint(condition=Q(value__range=(1, 5)), name="pillar_rating_1_to_5")]


class PillarReading(TenantModel):
    """What the evidence said of one pillar at an account from a day on: ``share`` 0..1 of ``n``, null where there was
    nothing to count. Kept when it changes, by the worker that looks once a day; append-only."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    pillar = models.CharField(max_length=15, choices=PillarRating.Pillar)
    day = models.DateField()
    share = models.FloatField(null=True)
    n = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "pillar", "day"], name="pillar_reading_day"),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__range=(0, 1)), name="pillar_reading_share"
            ),
        ]
