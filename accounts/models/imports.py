"""Files that were handed in: how their columns are read, their rows in chunks, and what became of each row.

A chunk is what one transaction works on: its rows, their outcome and what is needed to take them back change
together, so that a worker that dies leaves every chunk either done or untouched.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.identity import ApiKey, Membership
from accounts.models.log import Job
from accounts.tenancy import TenantModel


class Import(TenantModel):
    """One file of one kind of thing. ``stage`` is the last work that was begun on it; how that goes, its job says.

    ``columns``: [{name, samples, date_order, decimal}]; ``mapping``: which field each column fills, by name, and how
    rows are matched and read; ``counts``: rows by outcome; ``issues``: what is wrong, grouped, the most frequent first.
    """

    class Stage(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PREVIEW = "preview", _("Preview")
        RUN = "run", _("Import")
        UNDO = "undo", _("Undo")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        JSONL = "jsonl", "JSON lines"

    kind = models.CharField(max_length=50)
    filename = models.CharField(max_length=255)
    file = models.CharField(max_length=255)
    size = models.BigIntegerField()
    format = models.CharField(max_length=5, choices=Format, default=Format.CSV)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    stage = models.CharField(max_length=7, choices=Stage, default=Stage.DRAFT)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    rows = models.PositiveIntegerField(null=True)
    counts = models.JSONField(default=dict)
    issues = models.JSONField(default=list)
    errors_file = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="import_tenant")]


class ImportChunk(TenantModel):
    """Some rows of an import. ``rows`` and ``undo`` are packed; ``keys``, ``targets``, ``parents`` and ``twins`` are
    hashes of each row.

    ``first`` is the number of its first row in the file, where the head is row 1; ``statuses`` holds one letter per
    row; ``faults``: [[position, field, code, detail]]; ``notes``: the same of rows that are right and worth a look;
    ``refused``: what the rest of the file refuses, by position.
    """

    class State(models.IntegerChoices):
        STAGED = 0
        PLANNED = 1
        SAVED = 2
        LINKED = 3
        UNDONE = 4

    of_import = models.ForeignKey(Import, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    length = models.PositiveIntegerField()
    rows = models.BinaryField()
    keys = models.BinaryField(default=bytes)
    targets = models.BinaryField(default=bytes)
    parents = models.BinaryField(default=bytes)
    twins = models.BinaryField(default=bytes)
    refused = models.JSONField(default=dict)
    state = models.PositiveSmallIntegerField(choices=State, default=State.STAGED)
    statuses = models.TextField(blank=True)
    faults = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    undo = models.BinaryField(default=bytes)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "of_import", "number"], name="import_chunk_number")
        ]


class ImportMapping(TenantModel):
    """A mapping that is kept under a name, to be used for the next file of the same shape."""

    kind = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    mapping = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "name"], name="import_mapping_name")]
