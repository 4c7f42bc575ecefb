"""What a member is told, and how they want to be told. Both are theirs alone: nobody else reads them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.book import Account, Persona
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel

# Flags that say in other words what was said of people, which a second rater shall not know before they have rated.
TELLING_FLAGS = ("buyer_negative", "renewal_uncovered", "unrated")
# Causes of steps that say it too: of an account, and of one person.
TELLING_CAUSES = (*(f"flag:{code}" for code in TELLING_FLAGS), "drop:relationship", "drop:sentiment")
TELLING_OF_ONE = "person:diverged"
# Flags that ask for somebody new, by the role that is empty.
LEFT_SEATS = {"champion_left": "champion", "buyer_left": "economic_buyer"}
# Flags that are raised to management: every leader is told of them, and they wait for a manager's word.
RAISED_TO_LEADERS = (*LEFT_SEATS, "critical_escalation", "by_hand", "many_requests")


class Notification(TenantModel):
    """One thing that a member is told. ``key`` makes telling it twice harmless; ``count`` stands for many of a kind
    that happened at once (then it names none of them). ``data`` holds codes, never what somebody wrote."""

    class Kind(models.TextChoices):
        MENTION = "mention", _("Somebody mentions me")
        BAND = "band", _("An account of mine changes its band")
        FLAG = "flag", _("An account of mine raises a flag")
        LEFT = "left", _("A person at an account of mine leaves")
        STEP = "step", _("A step is given to me")
        OVERDUE = "overdue", _("A step of mine is overdue")
        ESCALATION = "escalation", _("An escalation is opened at an account of mine")
        HANDOVER = "handover", _("An account comes to me or leaves me")
        ROLE = "role", _("My role changes")
        ROUND = "round", _("I am asked in a rating round")
        LATE_ROUND = "late_round", _("A rating round is overdue")
        CLOSED_ROUND = "closed_round", _("A rating round is closed and people are left")

    member = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=1)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, null=True, related_name="+", db_index=False)
    object_id = models.UUIDField(null=True)
    actor = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "member", "key"], name="notification_once")]
        indexes = [
            models.Index(fields=["tenant", "member", "at"], name="notification_member"),
            models.Index(
                fields=["tenant", "member"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    @property
    def read(self) -> bool:
        return self.read_at is not None


class NoticePreference(TenantModel):
    """How a member wants to be told: what they do not want to see, and when a digest is mailed."""

    class Digest(models.TextChoices):
        DAILY = "daily", _("Every day")
        SOMETHING = "something", _("Only if there is something to do")
        OFF = "off", _("Never")

    member = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=9, choices=Digest, default=Digest.SOMETHING)
    muted = ArrayField(models.CharField(max_length=12, choices=Notification.Kind), default=list)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "member"], name="notice_preference_once")]
