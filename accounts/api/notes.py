"""Notes over REST."""

from uuid import UUID

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import FlagFilter, ResourceView, external_reference, reference
from accounts.api.base.schema import list_of
from accounts.api.work import AtAccountSerializer, AtPersonaFilter
from accounts.models import Note
from accounts.models.notes import LONGEST_NOTE


class NoteSerializer(AtAccountSerializer):
    needs = ("account", "body")

    persona = reference("persona", "persona_id")
    persona_external_id = external_reference("persona")
    body = serializers.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        help_text="Plain text. @ and a member's name or e-mail address mentions them.",
    )
    pinned = serializers.BooleanField(required=False)
    version = serializers.IntegerField(read_only=True, help_text="Counts the bodies of the note, from 1.")
    author = serializers.EmailField(source="author.user.email", read_only=True, allow_null=True)
    mentions = serializers.SerializerMethodField(help_text="The e-mail addresses of whom it mentions.")

    def get_mentions(self, note: Note) -> list[str]:
        return sorted({mention.member.user.email for mention in note.mentions.all()})


class NoteVersionSerializer(serializers.Serializer):
    """One body that the note had."""

    number = serializers.IntegerField()
    body = serializers.CharField()
    author = serializers.EmailField(source="author.user.email", allow_null=True)
    at = serializers.DateTimeField()


class NoteFilter(AtPersonaFilter):
    author = django_filters.CharFilter(field_name="author__user__email", lookup_expr="iexact")
    pinned = FlagFilter()


class NoteView(ResourceView):
    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    save = staticmethod(services.save_notes)
    delete_one = staticmethod(services.delete_note)
    restore_one = staticmethod(services.restore_note)
    answers = {"versions": {200: list_of(NoteVersionSerializer)}}

    def rows(self) -> QuerySet:
        return selectors.note_rows()

    def versions(self, request: Request, id: UUID) -> Response:
        """Every body that the note had, the newest first."""
        rows = selectors.note_versions(note_id=self.find(id, self.rows().filter(deleted_at=None)).pk)
        results = NoteVersionSerializer(rows, many=True).data
        return Response({"results": results, "next": None, "previous": None})
