"""What a customer wants to achieve, what is to be done, and what happened: initiatives, steps, cases, outcomes, and what a
manager says of an account at risk."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.book import Account, Persona, Resource
from accounts.models.identity import Membership
from accounts.models.notices import TELLING_CAUSES, TELLING_OF_ONE
from accounts.models.touch import Touch
from accounts.scope import reader
from accounts.tenancy import TenantManager, TenantModel, TenantQuerySet


class Initiative(Resource):
    """Something that a customer wants to achieve. ``persona`` is whose it is there; steps may belong to it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    account = models.ForeignKey(Account, models.CASCADE, related_name="initiatives", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="initiatives")
    title = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.PLANNED)
    due_on = models.DateField(null=True, blank=True)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account"], name="initiative_account"),
        ]


def telling_steps(path: str = "") -> Q | None:
    """The steps that the reader may not see yet: those whose cause says in other words what was said of people of whom they
    are asked for a blind rating. None where they may see all. ``path`` leads to the steps."""
    who = reader()
    if not who.accounts:
        return None
    of_accounts = Q(**{f"{path}account_id__in": who.accounts, f"{path}cause__in": TELLING_CAUSES})
    return of_accounts | Q(**{f"{path}persona_id__in": who.people, f"{path}cause": TELLING_OF_ONE})


class StepManager(TenantManager):
    """Steps as far as the reader may see them."""

    def get_queryset(self) -> TenantQuerySet:
        found, telling = super().get_queryset(), telling_steps()
        return found if telling is None else found.filter(~telling)

    def held_back(self) -> TenantQuerySet:
        """Those that the reader may not see."""
        found, telling = super().get_queryset(), telling_steps()
        return found.none() if telling is None else found.filter(telling)


class Step(Resource):
    """A thing to do on an account or persona, ours or theirs: the only word for a task or action.

    ``cause`` names what asked for it, as ``flag:champion_left``; ``touch`` is the contact it was agreed in. A snoozed
    step stays open and is not due before its day. A step with the source ``promise`` is a promise of ours: done is
    kept, ``broken`` is closed without it; one with the source ``automatic`` was opened by a worker. ``channel`` is how its
    person is to be reached; where nobody has said, the first word of the title may. ``shared``: whether the account's
    customer sees it on a shared page; where nobody has said, they see promises and no other step.
    """

    PROMISE = "promise"
    AUTOMATIC = "automatic"

    class Side(models.TextChoices):
        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("Theirs")

    account = models.ForeignKey(Account, models.CASCADE, related_name="steps", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="steps")
    title = models.CharField(max_length=300)
    side = models.CharField(max_length=6, choices=Side, default=Side.OURS)
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=7, choices=Touch.Kind, blank=True)
    source = models.CharField(max_length=50, blank=True)
    waiting_on = models.TextField(blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    snooze_reason = models.TextField(blank=True)
    cause = models.CharField(max_length=80, blank=True)
    touch = models.ForeignKey(Touch, models.SET_NULL, null=True, blank=True, related_name="steps")
    initiative = models.ForeignKey(Initiative, models.SET_NULL, null=True, blank=True, related_name="steps")
    broken = models.BooleanField(default=False)
    shared = models.BooleanField(null=True, blank=True)

    objects: ClassVar[StepManager] = StepManager()

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "done_at"], name="step_account"),
            models.Index(
                fields=["tenant", "due_on", "id"], condition=Q(source="promise"), name="step_promise"
            ),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(broken=False) | Q(done_at__isnull=False), name="step_broken_is_closed"
            ),
        ]


class PromiseTerm(TenantModel):
    """What was said about a promise after it was given: that its date moves (the old one is kept here), or that it
    will not be kept. ``persona`` is to whom it was given then."""

    class Kind(models.TextChoices):
        RENEGOTIATED = "renegotiated", _("Renegotiated")
        BROKEN = "broken", _("Broken")

    step = models.ForeignKey(Step, models.CASCADE, related_name="terms", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    due_on = models.DateField(null=True)
    moved_to = models.DateField(null=True)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "step", "recorded_at"], name="promise_term_step")]


class Case(Resource):
    """A support question, problem, request or escalation. ``shared``: whether the account's customer sees it on a shared
    page; where nobody has said, they see what they asked, and no escalation."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        PROBLEM = "problem", _("Problem")
        REQUEST = "request", _("Request")
        ESCALATION = "escalation", _("Escalation")

    class Severity(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        CRITICAL = "critical", _("Critical")

    class Felt(models.TextChoices):
        BETTER = "better", _("Better")
        SAME = "same", _("Same")
        WORSE = "worse", _("Worse")

    account = models.ForeignKey(Account, models.CASCADE, related_name="cases", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="cases")
    kind = models.CharField(max_length=10, choices=Kind)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.NORMAL)
    subject = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    solved = models.BooleanField(null=True, blank=True)
    felt = models.CharField(max_length=6, choices=Felt, null=True, blank=True)
    url = models.URLField(max_length=1000, blank=True)
    shared = models.BooleanField(null=True, blank=True)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "opened_at"], name="case_account"),
        ]
        constraints = [
            *Resource.Meta.constraints,
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("opened_at")),
                name="case_resolved_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(first_reply_at__isnull=True) | Q(first_reply_at__gte=F("opened_at")),
                name="case_reply_after_opening",
            ),
        ]


class Outcome(Resource):
    """What the customer decided: with date and money."""

    class Kind(models.TextChoices):
        RENEWED = "renewed", _("Renewed")
        EXPANDED = "expanded", _("Expanded")
        DOWNSOLD = "downsold", _("Downsold")
        CHURNED = "churned", _("Churned")

    account = models.ForeignKey(Account, models.CASCADE, related_name="outcomes", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    happened_on = models.DateField()
    arr_before = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    arr_after = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "happened_on"], name="outcome_account"),
            models.Index(fields=["tenant", "happened_on"], name="outcome_day"),
        ]


class Acknowledgement(TenantModel):
    """A manager has seen that an account is at risk, and says what they will do; append-only. They look again on
    ``look_again_on``."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    plan = models.TextField()
    look_again_on = models.DateField(null=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account", "recorded_at"], name="acknowledgement_account")]
