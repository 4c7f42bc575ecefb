"""Notes: what members write for each other about an account or one of its people, with whom they mention.

Every body that a note ever had is kept as a version, so that no edit loses a word.
"""

from django.db import models

from accounts.models.book import Account, Persona, Resource
from accounts.models.identity import Membership
from accounts.tenancy import TenantModel

LONGEST_NOTE = 10_000


class Note(Resource):
    """A plain text on an account, or on a persona of it. ``version`` counts its bodies, from 1."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="notes", db_index=False)
    persona = models.ForeignKey(Persona, models.SET_NULL, null=True, blank=True, related_name="notes")
    body = models.TextField()
    pinned = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(Resource.Meta):
        indexes = [
            *Resource.Meta.indexes,
            models.Index(fields=["tenant", "account", "created_at"], name="note_account"),
        ]


class NoteVersion(TenantModel):
    """One body that a note had, append-only. ``persona`` is the note's: erasing a person finds the text by it."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="versions", db_index=False)
    persona = models.ForeignKey(Persona, models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField()
    body = models.TextField()
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "note", "number"], name="note_version_number")
        ]


class NoteMention(TenantModel):
    """A member whom a note names, and the words by which it does."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions", db_index=False)
    member = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    words = models.CharField(max_length=254)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "note", "member", "words"], name="note_mention_once")
        ]
        indexes = [models.Index(fields=["tenant", "member"], name="note_mention_member")]
