"""Notes of an account or a person, one note with its versions, and how members are mentioned."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Membership, Note, NoteMention, NoteVersion
from accounts.scope import current_tenant

NOTES = 20  # on a page
Place = tuple[datetime, UUID]


class Nameable(NamedTuple):
    """A member as somebody may mention them: ``words`` after the @, shown with ``name``."""

    words: str
    name: str
    email: str


def mention_words() -> dict[str, UUID]:
    """By what words each active member may be mentioned: e-mail address, and name and local part if only one has it."""
    return dict(_words(_active_members()))


def nameable_members(members: Iterable[Membership] | None = None) -> list[Nameable]:
    """Whom a note may mention, by name, for the composer to complete: two of one name by their addresses.

    ``members`` with their users, where they are loaded already.
    """
    known = (
        _active_members()
        if members is None
        else [(member.pk, member.user.name, member.user.email) for member in members if member.is_active]
    )
    words = dict(_words(known))
    people = [
        Nameable(name.strip() if words.get(name.strip()) == id else email, name.strip() or email, email)
        for id, name, email in known
    ]
    return sorted(people, key=lambda one: (one.name.casefold(), one.email))


def _active_members() -> list[tuple[UUID, str, str]]:
    """Id, name and address of each."""
    found = Membership.objects.filter(tenant_id=current_tenant(), is_active=True)
    return list(found.order_by("pk").values_list("pk", "user__name", "user__email"))


def _words(members: list[tuple[UUID, str, str]]) -> Iterable[tuple[str, UUID]]:
    named = [
        (id, {word.casefold(): word for word in (email.partition("@")[0], name.strip()) if word})
        for id, name, email in members
    ]
    often = Counter(key for _id, words in named for key in words)
    for id, words in named:
        yield from ((word, id) for key, word in words.items() if often[key] == 1)
    yield from ((email, id) for id, _name, email in members)


def note_rows() -> QuerySet[Note]:
    """Notes, tombstones included, with their authors and whom they mention."""
    mentions = NoteMention.objects.select_related("member__user").order_by("pk")
    return Note.objects.select_related("author__user").prefetch_related(
        Prefetch("mentions", queryset=mentions)
    )


def account_notes(*, account_id: UUID, before: Place | None = None, limit: int = NOTES) -> list[Note]:
    """Up to ``limit`` notes of an account and its people: pinned ones first, then the newest; from a place on only
    unpinned ones."""
    rows = note_rows().filter(account_id=account_id, deleted_at=None)
    return _page(rows, before, limit)


def persona_notes(*, persona_id: UUID, limit: int = NOTES) -> list[Note]:
    """The notes on a person and on those merged into them: pinned ones first, then the newest."""
    about = Q(persona_id=persona_id) | Q(persona__merged_into_id=persona_id)
    return _page(note_rows().filter(about, deleted_at=None), None, limit)


def _page(rows: QuerySet[Note], before: Place | None, limit: int) -> list[Note]:
    if before is not None:
        at, key = before
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=key), pinned=False)
    return list(rows.select_related("persona").order_by("-pinned", "-created_at", "-pk")[:limit])


def the_note(*, note_id: UUID) -> Note:
    """A note, also a deleted one, with its account. Raises Note.DoesNotExist."""
    rows = note_rows().select_related("account__owner", "persona").filter(account__deleted_at=None)
    note: Note = rows.get(pk=note_id)
    return note


def note_versions(*, note_id: UUID) -> list[NoteVersion]:
    """Every body of a note, the newest first, with who wrote it."""
    rows = NoteVersion.objects.filter(note_id=note_id).select_related("author__user")
    return list(rows.order_by("-number"))


def note_body(*, note_id: UUID, number: int) -> NoteVersion | None:
    """One body of a note."""
    found: Any = NoteVersion.objects.filter(note_id=note_id, number=number).select_related("author__user")
    version: NoteVersion | None = found.first()
    return version
