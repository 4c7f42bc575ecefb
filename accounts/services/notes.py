"""Notes on accounts and people, with the members they mention and every body they had.

The log says who was mentioned and nothing of what was written, so that erasing a person leaves no free text behind.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.formulas import spans
from accounts.models import Actor, Note, NoteMention, NoteVersion
from accounts.models.notes import LONGEST_NOTE
from accounts.selectors.notes import mention_words
from accounts.services.drafts import Draft
from accounts.services.items import Fault, Item, Mode, Saved
from accounts.services.log import NewActivity
from accounts.services.rows import upsert_rows
from accounts.services.work import AtAccountSaver

FIXED = Fault("/account", "fixed", "A note stays where it was written.")


def save_notes(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime, source: str | None = None
) -> list[Saved]:
    """Write notes, one result per item: account (or that of the persona), persona, body, pinned.

    Members are mentioned by @ and their name, e-mail address or the part of it before the @, where only one member
    has it. An ``Item.version`` is the number of the body that was edited. Raises NotYours.
    """
    return NoteSaver(actor=actor, at=at, source=source).save(items=items, mode=mode)


class NoteSaver(AtAccountSaver):
    model = Note
    noun = "note"
    required = ("account", "body")
    parts = frozenset({"said"})

    def version_of(self, row: Any) -> str:
        return str(row.version)

    def load_parts(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.row.said = set()
        known = {draft.row.pk: draft.row for draft in drafts if not draft.is_new}
        for mention in NoteMention.objects.filter(note_id__in=known) if known else ():
            known[mention.note_id].said.add((mention.member_id, mention.words))

    def fill(self, drafts: Sequence[Draft]) -> None:
        named = any("@" in (draft.values.get("body") or "") for draft in drafts)
        self.words = mention_words() if named else {}
        super().fill(drafts)

    def complete(self, draft: Draft) -> None:
        if draft.values.get("body") is not None:
            body = draft.values["body"].replace("\r\n", "\n").replace("\r", "\n").strip()
            draft.values["body"] = body
            if draft.is_new or body != draft.row.body:
                draft.values["said"] = {
                    (self.words[span.word], span.word) for span in spans(body, self.words)
                }
        if draft.is_new and self.actor is not None:
            draft.row.author_id = self.actor.member_id
        super().complete(draft)

    def check(self, draft: Draft) -> None:
        if len(draft.row.body) > LONGEST_NOTE:
            draft.fault("/body", "max_length", f"At most {LONGEST_NOTE:,} characters.")
        if not draft.is_new and {"account_id", "persona_id"} & set(draft.after):
            draft.faults.append(FIXED)
        if not draft.is_new and "body" in draft.after:
            draft.row.version += 1
            draft.after["version"] = draft.row.version

    def write_parts(self, drafts: Sequence[Draft]) -> None:
        author_id = self.actor.member_id if self.actor else None
        versions = [
            NoteVersion(
                note_id=draft.row.pk, persona_id=draft.row.persona_id, number=draft.row.version,
                body=draft.row.body, author_id=author_id, at=self.at,
            )
            for draft in drafts
            if "body" in draft.after
        ]  # fmt: skip
        upsert_rows(NoteVersion, versions, [])
        changed = [draft for draft in drafts if "said" in draft.after]
        if not changed:
            return
        NoteMention.objects.filter(note_id__in=[d.row.pk for d in changed if not d.is_new]).delete()
        mentions = [
            NoteMention(note_id=draft.row.pk, member_id=member_id, words=words)
            for draft in changed
            for member_id, words in sorted(draft.row.said)
        ]
        upsert_rows(NoteMention, mentions, [])

    def log(self, draft: Draft) -> Iterable[NewActivity]:
        mentioned = members(draft.after.get("said") or ()) - members(draft.before.get("said") or ())
        draft.before = {name: value for name, value in draft.before.items() if name not in ("body", "said")}
        draft.after = {name: value for name, value in draft.after.items() if name not in ("body", "said")}
        for line in super().log(draft):
            if mentioned:
                line.data["mentioned"] = sorted(str(member) for member in mentioned)
            yield line


def members(said: Iterable[tuple[UUID, str]]) -> set[UUID]:
    """Who is mentioned."""
    return {member_id for member_id, _words in said}
