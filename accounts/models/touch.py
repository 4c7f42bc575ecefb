"""A touch: a meeting, call, mail, chat or event, with what each person there thought, felt and did.

The list of touchpoints is the tenant's own; it goes from the first contact on.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.book import Account, Persona, Resource
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel


class Touchpoint(TenantModel):
    """A place on the way where a customer meets us; one that touches name is switched off, never removed."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="touchpoint_key")]


class Touch(Resource):
    """One contact with people of an account. ``owner`` is who of ours had it; ``touchpoint`` is a key."""

    class Kind(models.TextChoices):
        MEETING = "meeting", _("Meeting")
        CALL = "call", _("Call")
        MAIL = "mail", _("Mail")
        CHAT = "chat", _("Chat")
        EVENT = "event", _("Event")

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("They came to us")
        OUTBOUND = "outbound", _("We went to them")

    class Mode(models.TextChoices):
        PROACTIVE = "proactive", _("Proactive")
        REACTIVE = "reactive", _("Reactive")

    account = models.ForeignKey(Account, models.CASCADE, related_name="touches", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    at = models.DateTimeField()
    direction = models.CharField(max_length=8, choices=Direction, null=True, blank=True)
    mode = models.CharField(max_length=9, choices=Mode, null=True, blank=True)
    summary = models.TextField(blank=True)
    touchpoint = models.CharField(max_length=50, blank=True)
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "at"], name="touch_account"),
            models.Index(fields=["tenant", "at"], name="touch_at"),
        ]


class TouchAttendee(TenantModel):
    """A person who was there, and what they thought, felt and did, as far as we saw it."""

    touch = models.ForeignKey(Touch, models.CASCADE, related_name="attendees", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, related_name="touches")
    thought = models.TextField(blank=True)
    feeling = models.TextField(blank=True)
    behaviour = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "touch", "persona"], name="touch_attendee_once")
        ]
