"""Observations in, scores out: usage events and their daily roll-up, observations, scorecards, scores, overrides.

Tables named here with a month field are partitioned by it and carry no foreign key but the tenant; they are written
through a join on the parent.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Tenant
from accounts.tenancy import MonthDayField, MonthTimeField, TenantModel
from health.models.arrivals import Arrival as Arrival
from health.models.arrivals import ArrivalHour as ArrivalHour
from health.models.flags import ClearedFlag as ClearedFlag
from health.models.flags import RaisedFlag as RaisedFlag


def unchecked_tenant() -> models.ForeignKey:
    """The tenant of a high-volume table: row level security admits none but the current one, and checking the key
    again for every event would cost a quarter of the ingest."""
    return models.ForeignKey(
        Tenant, models.CASCADE, editable=False, related_name="+", db_index=False, db_constraint=False
    )


class UsageMessage(TenantModel):
    """Every message id ever accepted: usage is deduplicated for ever."""

    id = None
    tenant = unchecked_tenant()
    message_id = models.CharField(max_length=255, primary_key=True)

    class Meta(TenantModel.Meta):
        pass


class UsageEvent(TenantModel):
    """One thing a user did in the product. ``account_id`` is null until the account is known, ``account_external_id``
    empty until the group of the user is.

    ``batch`` names the events that became countable together: each batch is added to UsageDay once.
    """

    tenant = unchecked_tenant()
    account_id = models.UUIDField(null=True)
    account_external_id = models.CharField(max_length=255)
    user_key = models.CharField(max_length=255)
    feature = models.CharField(max_length=100)
    occurred_at = MonthTimeField()
    recorded_at = models.DateTimeField()
    properties = models.JSONField(null=True)
    batch = models.BigIntegerField(editable=False)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "occurred_at"], name="usage_event_time"),
            models.Index(
                fields=["tenant", "account_external_id"],
                condition=Q(account_id__isnull=True),
                name="usage_event_unmatched",
            ),
            models.Index(fields=["tenant", "batch"], name="usage_event_batch"),
            models.Index(
                fields=["tenant", "user_key"],
                condition=Q(account_id__isnull=True, account_external_id=""),
                name="usage_event_ungrouped",
            ),
        ]


class UsageFeed(TenantModel):
    """That a tenant has usage, and the earliest moment at which any of it was known.

    It spares a look back before that moment the search through events that came, or were handed in, only later.
    """

    first_known_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="usage_feed_tenant")]


class TrackedUser(TenantModel):
    """What a product's tracking library told of one of its users: the e-mail that links to a persona, the last group,
    and the user that this one turned out to be (``alias_of``; empty for itself)."""

    id = None
    user_key = models.CharField(max_length=255, primary_key=True)
    email = models.CharField(max_length=254, blank=True)
    account_external_id = models.CharField(max_length=255, blank=True)
    alias_of = models.CharField(max_length=255, blank=True)
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "email"], condition=~Q(email=""), name="tracked_user_email"),
            models.Index(fields=["tenant", "alias_of"], condition=~Q(alias_of=""), name="tracked_user_alias"),
        ]


class TrackedGroup(TenantModel):
    """A group that is no account's external id: its traits wait, or an admin has said whose group it is."""

    id = None
    external_id = models.CharField(max_length=255, primary_key=True)
    traits = models.JSONField(default=dict)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+", db_index=False)
    mapped_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account"], name="tracked_group_account")]


class UsageDay(TenantModel):
    """Usage of one account, user, feature and day (in the tenant's time zone).

    ``recorded_at`` is when the first of its events became known for this account: a window as of an earlier moment
    leaves the row out.
    """

    account_id = models.UUIDField()
    day = MonthDayField()
    user_key = models.CharField(max_length=255)
    feature = models.CharField(max_length=100)
    count = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account_id", "day", "user_key", "feature"], name="usage_day_once"
            )
        ]


class Observation(TenantModel):
    """One dated value of a measure for an account, or for a persona of it. No value clears."""

    account_id = models.UUIDField()
    persona_id = models.UUIDField(null=True)
    measure = models.CharField(max_length=50)
    facet = models.CharField(max_length=20, blank=True)
    value = models.FloatField(null=True)
    observed_at = MonthTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=50)
    author_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "account_id", "measure", "persona_id", "facet", "observed_at"],
                name="observation_state",
            )
        ]


class ObservationKey(TenantModel):
    """The client's own id of an observation: unique for ever, although observations are partitioned."""

    id = None
    external_id = models.CharField(max_length=255, primary_key=True)
    observation_id = models.UUIDField()
    digest = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "observation_id"], name="observation_key")]


class ObservationWithdrawal(TenantModel):
    """Takes an observation back from ``recorded_at`` on."""

    observation_id = models.UUIDField()
    account_id = models.UUIDField()
    recorded_at = models.DateTimeField()
    author_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "observation_id"], name="observation_withdrawn_once")
        ]
        indexes = [models.Index(fields=["tenant", "account_id"], name="observation_withdrawal")]


class Scorecard(TenantModel):
    """One version of the tenant's set of measures and of everything else that the model lets a tenant choose."""

    version = models.PositiveIntegerField()
    body = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "version"], name="scorecard_version")]


class Band(models.TextChoices):
    AT_RISK = "at_risk", _("At risk")
    WATCH = "watch", _("Watch")
    HEALTHY = "healthy", _("Healthy")
    UNKNOWN = "unknown", _("Unknown")


class Quadrant(models.TextChoices):
    ENGAGED = "engaged", _("Engaged")
    CAPTIVE = "captive", _("Captive")
    FORGETFUL_FAN = "forgetful_fan", _("Forgetful fan")
    DISENGAGED = "disengaged", _("Disengaged")
    UNPLACED = "unplaced", _("Unplaced")


class ScoreFields(TenantModel):
    """What a score says. ``score`` columns run 0..100, ``evidence`` 0..1; null where nothing can be said.

    ``band`` is the band shown (flags and override included), ``band_computed`` knows hysteresis and evidence only.
    ``sides`` is the quadrant's memory: {"behavioural": "high" | "low" | null, "emotional": ...}.
    """

    score = models.FloatField()
    evidence = models.FloatField()
    behavioural = models.FloatField()
    behavioural_evidence = models.FloatField()
    emotional = models.FloatField()
    emotional_evidence = models.FloatField()
    band = models.CharField(max_length=8, choices=Band)
    band_computed = models.CharField(max_length=8, choices=Band)
    quadrant = models.CharField(max_length=13, choices=Quadrant)
    sides = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    scorecard_version = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        abstract = True


class Score(ScoreFields):
    """The health of one account now: one row per account, with every part of it.

    ``parts`` is the list of measures as the REST health resource shows them, ``coverage`` the account's coverage,
    ``override`` the override in force. ``change_7d`` is score minus the score at seven days before ``at`` as then
    known (null for an account unknown then), and ``causes`` why.

    The columns from ``cover`` on repeat what a book is summed from, so that no page opens the documents of thousands
    of accounts. The ``people_`` columns hold one entry for everyone who counts: who it is, their role (its place in
    ``formulas.ROLES``), the cell of the 4 x 3 matrix (0 for unrated, else 1 + 3 x strength + sentiment), the share of the
    account's influence, when they were rated last, and whether that was by a former owner.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="scores", db_index=False)
    at = models.DateTimeField()
    parts = models.JSONField(default=list)
    coverage = models.JSONField(default=dict)
    override = models.JSONField(null=True)
    age_days = models.FloatField(null=True)
    change_7d = models.FloatField(null=True)
    causes = models.JSONField(default=list)
    cover = models.FloatField(null=True)
    if_top_leaves = models.FloatField(null=True)
    threads = models.PositiveIntegerField(default=0)
    single_threaded = models.BooleanField(default=True)
    top_persona_id = models.UUIDField(null=True)
    capped = models.BooleanField(default=False)
    effective_threads = models.FloatField(null=True)
    top_share = models.FloatField(null=True)
    missing_roles = ArrayField(models.CharField(max_length=20), default=list)
    people_id = ArrayField(models.UUIDField(), default=list)
    people_role = ArrayField(models.SmallIntegerField(), default=list)
    people_cell = ArrayField(models.SmallIntegerField(), default=list)
    people_share = ArrayField(models.FloatField(), default=list)
    people_rated_at = ArrayField(models.DateTimeField(null=True), default=list)
    people_inherited = ArrayField(models.BooleanField(), default=list)

    class Meta(ScoreFields.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "account"], name="score_account")]
        indexes = [models.Index(fields=["tenant", "score", "account"], name="score_order")]


class ScoreSnapshot(ScoreFields):
    """The daily score at 00:00 in the tenant's time zone: only these move the memory of bands and quadrants."""

    account_id = models.UUIDField()
    at = MonthTimeField()
    coverage = models.FloatField(null=True)
    threads = models.PositiveIntegerField()
    single_threaded = models.BooleanField(null=True)  # unknown for those taken before it was kept

    class Meta(ScoreFields.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "account_id", "at"], name="snapshot_once")]
        indexes = [models.Index(fields=["tenant", "at"], name="snapshot_at")]


class Signal(TenantModel):
    """Something about an account that asks us to act, and when it was first to be seen: a flag was raised, the band
    fell, a side of the quadrant turned low, or more of its people are negative. Append-only; ``code`` is the flag, the
    band, the quadrant, or empty."""

    class Kind(models.TextChoices):
        FLAG = "flag", _("A flag was raised")
        BAND = "band", _("The band fell")
        QUADRANT = "quadrant", _("Behaviour or emotion turned low")
        SENTIMENT = "sentiment", _("Somebody turned negative")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind)
    code = models.CharField(max_length=30, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "at", "kind", "code"], name="signal_once")
        ]
        indexes = [models.Index(fields=["tenant", "at"], name="signal_at")]


class DirtyMark(TenantModel):
    """An account to be scored again. Marks are only added, so that a writer never waits for a scorer; the scorer
    removes the marks it saw."""

    account_id = models.UUIDField()
    marked_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account_id"], name="dirty_account")]


class TenantKpi(TenantModel):
    """The portfolio of a whole book as a worker summed it last. ``id`` is new each time: it names the state.

    ``body`` is the portfolio as JSON, packed by zlib, ``weeks`` its money by band of the last weeks. Both are true until
    somebody writes (see BookWrite), at the longest until ``good_until``, when time alone changes a number. No worker
    sums the book again before ``next_at``.
    """

    made_at = models.DateTimeField()
    good_until = models.DateTimeField()
    next_at = models.DateTimeField()
    body = models.BinaryField()
    weeks = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="kpi_tenant")]


class BookWrite(TenantModel):
    """A transaction that wrote what a portfolio reads, left by the database itself (the trigger ``book_written``).

    It appears with the transaction's COMMIT, so that a stored portfolio is never taken for true when it is not.
    """

    id = None
    tenant = unchecked_tenant()
    xact = models.BigIntegerField(primary_key=True)

    class Meta(TenantModel.Meta):
        pass


class Override(TenantModel):
    """A person's word on the band, with reason and expiry; an empty band takes the former override away."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    band = models.CharField(max_length=8, choices=Band, blank=True)
    reason = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "account", "recorded_at"], name="override_account")]
