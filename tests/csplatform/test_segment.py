"""The people of a segment in a file: who is in it, why they are written to, and who may have it."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Job, Persona, PersonaLink, ProfileFact
from accounts.scope import tenant_scope
from accounts.services.exports import exported_file, start_export
from health.models import Score
from tests.accounts.importing import work_off
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_account, save_person
from tests.relationships.test_blind import make_seen


@pytest.fixture
def segment(world, scope):
    """Larkspur is captive with Dana; Plover is a forgetful fan with Pia, and with people nobody may write to."""
    with scope(), transaction.atomic():
        then = world.now - 30 * DAY
        save_person(world.plover, "Pia", at=then, role="champion", email="pia@plover.test", language="de")
        save_person(world.plover, "Left", at=then, email="left@plover.test", left_on=world.now.date() - DAY)
        save_person(world.plover, "No address", at=then)
        gone = save_person(world.plover, "Erased", at=then, email="erased@plover.test")
        accounts.erase_persona(id=gone.pk, actor=world.adam, at=world.now)
        away = save_person(world.plover, "Deleted", at=then, email="deleted@plover.test")
        Persona.objects.filter(pk=away.pk).update(deleted_at=world.now)
        lost = save_account("Lost", at=then, status="churned")
        save_person(lost, "Lou", at=then, email="lou@lost.test")
        Score.objects.filter(account=world.larkspur).update(quadrant="captive")
        Score.objects.filter(account=world.plover).update(quadrant="forgetful_fan")
    return world


def written(segment, visitor):
    """The rows of the newest file, by the e-mail."""
    with tenant_scope(segment.northwind.pk):
        work_off(timezone.now())
    with tenant_scope(segment.northwind.pk), transaction.atomic():
        job = Job.objects.filter(kind="export").latest("created_at")
    answer = visitor.get(f"/settings/exports/{job.pk}/file")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return job, {row["email"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_the_people_of_the_filtered_accounts_are_written_with_the_reason(segment):
    lena = segment.visit.lena
    assert "People for marketing" in lena.get("/accounts").content.decode()
    assert lena.post("/accounts/segment").status_code == 302
    _job, rows = written(segment, lena)
    assert set(rows) == {"dana@larkspur.test", "pia@plover.test"}
    assert rows["dana@larkspur.test"] | {"title": "", "language": ""} == {
        "name": "Dana", "email": "dana@larkspur.test", "role": "champion", "title": "", "language": "",
        "account_external_id": "lark-1", "account_name": "Larkspur", "quadrant": "captive",
        "why": "low emotion", "message": "trust",
    }  # fmt: skip
    assert (rows["pia@plover.test"]["why"], rows["pia@plover.test"]["message"]) == (
        "low behaviour",
        "education",
    )
    lena.post("/accounts/segment?quadrant=captive")
    assert set(written(segment, lena)[1]) == {"dana@larkspur.test"}


def test_who_wants_no_contact_is_in_no_file_whatever_account_they_are_known_at(segment, scope):
    today = segment.now.date()
    with scope(), transaction.atomic():
        then = segment.now - 30 * DAY
        zephyr = save_account("Zephyr", at=then)
        same = save_person(zephyr, "Pia Z.", at=then, email="PIA@plover.test")
        hand = save_person(zephyr, "Zoe", at=then, email="zoe@zebra.test")
        linked = save_person(segment.plover, "Zoe P.", at=then, email="zoe@plover.test")
        once = save_person(segment.plover, "Once", at=then, email="once@plover.test")
        kept = save_person(segment.plover, "Kept", at=then, email="kept@plover.test")
        merged = save_person(segment.plover, "Kept twice", at=then)
        accounts.merge_personas(id=merged.pk, into=kept.pk, actor=segment.adam, at=segment.now)
        first, second = sorted([hand.pk, linked.pk])
        PersonaLink.objects.create(persona_id=first, other_id=second, same=True, said_at=then)
        for person, until in ((same, None), (hand, today + DAY), (once, today), (merged, None)):
            ProfileFact.objects.create(
                persona=person, key="no_contact", value="Asked in May", expires_on=until, recorded_at=then
            )
    segment.visit.lena.post("/accounts/segment")
    job, rows = written(segment, segment.visit.lena)
    assert set(rows) == {"dana@larkspur.test", "once@plover.test"}
    assert job.result["no_contact"] == 5  # Pia here and there, Zoe here and there, and Kept
    assert (
        "5 people left out, who want no contact"
        in segment.visit.lena.get("/settings/exports").content.decode()
    )
    segment.visit.lena.post("/accounts/segment?quadrant=captive")
    assert written(segment, segment.visit.lena)[0].result["no_contact"] == 0


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_who_is_no_leader_neither_gets_the_file_nor_sees_that_it_is_there(segment, who):
    visitor = getattr(segment.visit, who)
    assert "People for marketing" not in visitor.get("/accounts").content.decode()
    assert visitor.post("/accounts/segment").status_code == 403
    assert visitor.post("/settings/exports", kind="segment", format="csv").status_code == 422
    with tenant_scope(segment.northwind.pk), transaction.atomic():
        assert not Job.objects.filter(kind="export").exists()
    segment.visit.adam.post("/settings/exports", kind="segment", format="csv")
    job, _rows = written(segment, segment.visit.adam)
    assert visitor.get(f"/settings/exports/{job.pk}/file").status_code == 404
    assert "People for marketing" not in visitor.get("/settings/exports").content.decode()


def test_over_rest_a_leaders_key_names_the_accounts_and_a_csms_key_is_refused(segment):
    key = Rest(make_key(segment.lena, "read")[1])
    asked = {"kind": "segment", "accounts": [str(segment.plover.pk)]}
    answer = key.post("/exports", asked)
    assert answer.status_code == 202, answer.content
    _job, rows = written(segment, segment.visit.lena)
    assert set(rows) == {"pia@plover.test"}
    missing = key.post("/exports", {**asked, "accounts": [str(segment.zebra.pk)]})
    assert missing.status_code == 400
    assert missing.json()["errors"][0]["pointer"] == "/accounts/0"
    not_there = key.post("/exports", {**asked, "kind": "cases"})
    assert (not_there.status_code, not_there.json()["errors"][0]["pointer"]) == (400, "/accounts")
    hers = Rest(make_key(segment.alice, "write")[1])
    assert hers.post("/exports", {"kind": "segment"}).status_code == 403


@pytest.mark.django_db
def test_a_leader_who_waits_for_a_blind_rating_has_the_people_without_the_reason():
    seen = make_seen()
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        Score.objects.filter(account=seen.larkspur).update(quadrant="captive")
    assert said(seen, seen.adam) == ("captive", "low emotion", "trust")
    assert said(seen, seen.lena) == ("", "", "")


def said(seen, actor):
    """What a file that this member asked for says of Dana's account."""
    at = timezone.now()
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        job = start_export(kind="segment", format="csv", actor=actor, at=at)
    with tenant_scope(seen.northwind.pk):
        work_off(at)
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        file = exported_file(id=job.pk, actor=actor)
        with pytest.raises(Job.DoesNotExist):
            exported_file(id=job.pk, actor=seen.lena if actor is seen.adam else seen.adam)
        with default_storage.open(file.name) as opened:
            text = opened.read().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["email"] == "dana@larkspur.test"
    return row["quadrant"], row["why"], row["message"]
