"""How we rate them: one CSM's dated judgement of one persona, append-only, the drivers that explain it, and the signs
that were seen beside it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Persona
from accounts.tenancy import TenantModel


class Driver(TenantModel):
    """A coded reason behind a sentiment; the list is the tenant's."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="driver_key")]


class Strength(models.TextChoices):
    NONE = "none", _("None")
    WEAK = "weak", _("Weak")
    OKAY = "okay", _("Okay")
    VERY_GOOD = "very_good", _("Very good")


class Sentiment(models.TextChoices):
    NEGATIVE = "negative", _("Negative")
    NEUTRAL = "neutral", _("Neutral")
    POSITIVE = "positive", _("Positive")


class Confidence(models.TextChoices):
    """How sure a rater is."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class ProductArea(TenantModel):
    """A part of the product, or of what comes with it, that a driver is about; one that ratings name is switched off,
    never removed."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="product_area_key")]


class Sign(TenantModel):
    """Something that can be seen of a person, and the sentiment that it leans to; the list is the tenant's."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    leans = models.CharField(max_length=8, choices=Sentiment)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="sign_key")]


def sentiment_field() -> models.CharField:
    return models.CharField(max_length=8, choices=Sentiment, null=True, blank=True)


class Rating(TenantModel):
    """Strength and sentiment towards brand, product and service. A null part leaves the earlier one standing.

    Corrected by a newer rating, never edited; undone by a withdrawal. ``signs`` are what the rater saw (keys), and
    ``observed`` the sentiment that they leaned to then; it stands beside the stated ones and never enters the score.
    ``evidence`` are links: {url}, {touch} or {case}. ``area`` is the key of the product area that
    the driver is about.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, related_name="ratings", db_index=False)
    external_id = models.CharField(max_length=255, null=True, blank=True)
    strength = models.CharField(max_length=9, choices=Strength, null=True, blank=True)
    sentiment_brand = sentiment_field()
    sentiment_product = sentiment_field()
    sentiment_service = sentiment_field()
    driver = models.CharField(max_length=50, blank=True)
    area = models.CharField(max_length=50, blank=True)
    note = models.TextField(blank=True)
    observed = sentiment_field()
    signs = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    confidence = models.CharField(max_length=6, choices=Confidence, null=True, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    rated_at = models.DateTimeField()
    rated_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=20, default="browser")
    observation_ids = ArrayField(models.UUIDField(), default=list)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="rating_external_id"),
            models.CheckConstraint(
                condition=Q(strength__isnull=False)
                | Q(sentiment_brand__isnull=False)
                | Q(sentiment_product__isnull=False)
                | Q(sentiment_service__isnull=False)
                | Q(observed__isnull=False),
                name="rating_says_something",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "persona", "rated_at"], name="rating_persona"),
            models.Index(fields=["tenant", "account", "rated_at"], name="rating_account"),
            models.Index(fields=["tenant", "recorded_at", "id"], name="rating_recorded"),
        ]


class RatingWithdrawal(TenantModel):
    """Takes a rating back from ``recorded_at`` on."""

    rating = models.ForeignKey(Rating, models.CASCADE, related_name="withdrawals", db_index=False)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "rating"], name="rating_withdrawn_once")]
