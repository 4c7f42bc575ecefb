"""Whom we asked to speak for us: a reference, a case study, a talk; what they answered, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Persona, Resource


class AdvocateAsk(Resource):
    """One asking of one person for one favour. Without an answer it waits; only what was agreed to is ever done.

    ``owner`` is who of ours asked. ``despite`` says why they were asked although they were asked not long before.
    """

    class Kind(models.TextChoices):
        REFERENCE = "reference", _("Reference call")
        CASE_STUDY = "case_study", _("Case study")
        REVIEW = "review", _("Public review")
        REFERRAL = "referral", _("Referral")
        TALK = "talk", _("Talk")
        BETA = "beta", _("Beta test or board")
        OTHER = "other", _("Something else")

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        LATER = "later", _("Later")
        NO = "no", _("No")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, related_name="asks", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.TextField(blank=True)
    asked_on = models.DateField()
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=5, choices=Answer, null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    despite = models.TextField(blank=True)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "persona", "asked_on"], name="advocate_ask_persona"),
            models.Index(fields=["tenant", "account", "asked_on"], name="advocate_ask_account"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(answer__isnull=True, answered_on__isnull=True)
                | Q(answer__isnull=False, answered_on__gte=F("asked_on")),
                name="advocate_ask_answered",
            ),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | Q(answer="yes", done_on__gte=F("asked_on")),
                name="advocate_ask_done_after_yes",
            ),
        ]
