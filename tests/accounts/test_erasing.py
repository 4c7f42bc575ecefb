"""Erasing a person: the rows of imports, stored files, people who share a name, and who must not come back."""

import io
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from accounts import services
from accounts.models import Account, ImportChunk, Job, Note, Outbox, Persona
from accounts.services import Item, Mode, imports
from accounts.services.exports import exported_file
from health.models import UsageDay, UsageEvent
from tests.accounts.importing import faults, previewed, ran, undone, upload, work_off

EMAIL, NAME = "dana.ortiz@lark.test", "Dana Ortiz"
PEOPLE = f"external_id,name,email,title,account_external_id\ncrm-7,{NAME},{EMAIL},Head of Care,a\n8,Bo,bo@lark.test,Cook,a\n"


def save(kind, actor, now, **values):
    (saved,) = getattr(services, f"save_{kind}")(items=[Item(values)], mode=Mode.UPSERT, actor=actor, at=now)
    assert not saved.faults, saved.faults
    return saved.id


@pytest.fixture
def lark(northwind, now):
    return save("accounts", northwind.adam, now, external_id="a", name="Lark")


def erase(cast, now, **wanted):
    dana = Persona.objects.get(**wanted)
    services.erase_persona(id=dana.pk, actor=cast.adam, at=now)
    work_off(now)
    assert Job.objects.get(kind="erase_traces").state == Job.State.DONE
    return dana.pk


def stored(tenant):
    """All that the files of a tenant hold, and all that chunks of imports hold, as text."""
    held = [
        path.read_bytes()
        for folder in ("imports", "exports")
        for path in Path(default_storage.path(f"{folder}/{tenant.pk}")).glob("*")
    ]
    for chunk in ImportChunk.objects.all():
        held += [zlib.decompress(bytes(part)) for part in (chunk.rows, chunk.undo) if part]
    return b"".join(held).decode("utf-8", "replace").lower()


def test_the_rows_and_files_of_imports_are_reached(northwind, lark, now):
    done = ran(northwind, previewed(northwind, "personas", PEOPLE, now), now)
    wrong = previewed(northwind, "ratings", f"persona_email,strength,note\n{EMAIL},great,Likes tea\n", now)
    story = previewed(northwind, "accounts", f"external_id,name,Contact\na,Lark,{NAME} <{EMAIL}>\n", now)
    imports.change_mapping(
        id=story.pk, mapping={"columns": {**story.mapping["columns"], "Contact": "custom.contact"}},
        actor=northwind.adam, at=now,
    )  # fmt: skip
    story = ran(northwind, imports.preview_import(id=story.pk, actor=northwind.adam, at=now), now)
    unread = upload(northwind, "personas", PEOPLE, now)
    assert EMAIL in stored(northwind.northwind)
    dana = erase(northwind, now, email=EMAIL)
    held = stored(northwind.northwind)
    for words in (EMAIL, NAME.lower(), "head of care", "likes tea"):
        assert words not in held
    assert "bo@lark.test" in held
    assert Account.objects.get().custom == {"contact": "erased <erased>"}
    wrong = imports.preview_import(id=wrong.pk, actor=northwind.adam, at=now)
    assert faults(wrong) == [(2, "", "erased")]
    again = imports.preview_import(id=unread.pk, actor=northwind.adam, at=now)
    assert (imports.state_of(again), again.issues[0]["code"]) == ("failed", "gone")
    assert undone(northwind, story, now).counts["undone"] == 1
    assert undone(northwind, done, now).counts == {"created": 2, "undone": 1, "kept": 1}
    assert Persona.objects.get(pk=dana).name == "Erased person"


def test_an_import_that_was_previewed_does_not_bring_the_person_back(northwind, lark, now):
    save(
        "personas", northwind.adam, now, external_id="crm-7", name=NAME, email=EMAIL, account_external_id="a"
    )
    waiting = previewed(northwind, "personas", PEOPLE.replace("crm-7", "9"), now)
    erase(northwind, now, email=EMAIL)
    done = ran(northwind, waiting, now)
    assert done.counts == {"created": 1, "failed": 1, "to_check": 1}
    assert sorted(Persona.objects.values_list("name", flat=True)) == ["Bo", "Erased person"]


def test_usage_of_an_import_is_renamed_and_can_be_taken_back(northwind, lark, now):
    save("personas", northwind.adam, now, name=NAME, email=EMAIL, account_external_id="a")
    said = f"{EMAIL},plan,2026-10-30T10:00:00Z"
    content = f"account_external_id,user_key,feature,occurred_at\na,{said}\nlater,{said}\n"
    done = ran(northwind, previewed(northwind, "usage", content, now), now)
    erase(northwind, now, email=EMAIL)
    keys = {
        *UsageEvent.objects.values_list("user_key", flat=True),
        *UsageDay.objects.values_list("user_key", flat=True),
    }
    assert len(keys) == 1
    assert keys.pop().startswith("erased-")
    assert EMAIL not in stored(northwind.northwind)
    undone(northwind, done, now)
    assert (UsageEvent.objects.count(), UsageDay.objects.count()) == (0, 0)


def test_an_export_that_names_the_person_is_removed_and_the_page_says_so(northwind, lark, now):
    save("personas", northwind.adam, now, name=NAME, email=EMAIL, account_external_id="a")
    jobs = [
        services.start_export(kind=kind, format="csv", actor=northwind.adam, at=now)
        for kind in ("personas", "accounts")
    ]
    work_off(now)
    assert EMAIL in stored(northwind.northwind)
    erase(northwind, now, email=EMAIL)
    assert EMAIL not in stored(northwind.northwind)
    with pytest.raises(Job.DoesNotExist):
        exported_file(id=jobs[0].pk, actor=northwind.adam)
    assert exported_file(id=jobs[1].pk, actor=northwind.adam)


def test_an_export_that_is_being_written_begins_anew(northwind, lark, now):
    save("personas", northwind.adam, now, name=NAME, email=EMAIL, account_external_id="a")
    name = default_storage.save(f"exports/{northwind.northwind.pk}/part", io.BytesIO(EMAIL.encode()))
    job = services.start_export(kind="personas", format="csv", actor=northwind.adam, at=now)
    Job.objects.filter(pk=job.pk).update(params={**job.params, "parts": [name]}, state="running", done=1)
    Outbox.objects.all().delete()
    erase(northwind, now, email=EMAIL)
    services.run_job(ref={"job": str(job.pk)}, at=now)
    assert Job.objects.get(pk=job.pk).result["rows"] == 0
    assert EMAIL not in stored(northwind.northwind)


def test_somebody_else_of_the_same_name_keeps_it(northwind, lark, now):
    wren = save("accounts", northwind.adam, now, external_id="b", name="Wren")
    save("personas", northwind.adam, now, external_id="1", name=NAME, email=EMAIL, account_external_id="a")
    save(
        "personas",
        northwind.adam,
        now,
        external_id="2",
        name=NAME,
        email="other@wren.test",
        account_external_id="b",
    )
    for account in (lark, wren):
        save(
            "notes",
            northwind.adam,
            now,
            account=account,
            body=f"{NAME} called, not Adana Ortiz; ask {EMAIL}.",
        )
    erase(northwind, now, external_id="1")
    bodies = dict(Note.objects.values_list("account__name", "body"))
    assert bodies == {
        "Lark": "erased called, not Adana Ortiz; ask erased.",
        "Wren": f"{NAME} called, not Adana Ortiz; ask erased.",
    }
    assert Persona.objects.get(external_id="2").name == NAME


def test_a_person_whose_external_id_is_their_e_mail_does_not_come_back(northwind, lark, now):
    save("personas", northwind.adam, now, external_id=EMAIL, name=NAME, email=EMAIL, account_external_id="a")
    dana = erase(northwind, now, email=EMAIL)
    assert Persona.objects.get(pk=dana).external_id.startswith("erased-")
    items = [Item({"external_id": EMAIL, "name": NAME, "account_external_id": "a"})]
    (saved,) = services.save_personas(items=items, mode=Mode.UPSERT, actor=northwind.adam, at=now)
    assert [fault.code for fault in saved.faults] == ["erased"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_persona")
        assert cursor.fetchone() == (1,)
