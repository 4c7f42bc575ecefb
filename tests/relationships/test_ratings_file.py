"""Ratings in a file: read back as they were, and for the eyes of whoever asked for it."""

import csv
import datetime as dt
import io

import pytest
from django.db import transaction

from accounts.models import Job
from accounts.scope import tenant_scope
from accounts.services.exports import exported_file, start_export
from relationships import services
from tests.accounts.importing import previewed, work_off
from tests.accounts.test_exports import NASTY, exported
from tests.relationships.test_blind import NOTE, make_seen
from tests.relationships.test_rounds import rate, whole


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def rated(book, now):
    """Dana and Eli, rated with words that a spreadsheet would run, by Alice in the browser."""
    for n, note in enumerate(NASTY):
        who, said = (book.dana, "weak") if n % 2 else (book.eli, "very_good")
        rate(book, whole(who, said, note=note), at=now - dt.timedelta(days=len(NASTY) - n))
    rate(book, whole(book.dana, "none", "negative", signs=["lost_patience"], confidence="low"), at=now)
    return book


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_of_ratings_is_read_back_as_it_was(rated, now, form):
    _, content = exported(rated, "ratings", now, form)
    one = previewed(rated, "ratings", content, now)
    assert one.issues == []
    assert one.counts == {"unchanged": len(NASTY) + 1}


def test_a_rating_that_was_taken_back_is_not_in_the_file(rated, now):
    last = rate(rated, whole(rated.eli, "weak"), at=now)
    services.withdraw_rating(rating_id=last.pk, actor=rated.alice, at=now)
    assert len(rows(exported(rated, "ratings", now)[1])) == len(NASTY) + 1


@pytest.mark.django_db
def test_a_second_rater_has_a_file_without_what_they_may_not_see():
    seen = make_seen()
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        start_export(kind="ratings", format="csv", actor=seen.lena, at=seen.at)
        work_off(seen.at)
        job = Job.objects.get(kind="export")
        assert job.result["rows"] == 0
        assert NOTE in exported(seen, "ratings", seen.at)[1].decode()


def test_nobody_has_the_ratings_that_another_member_asked_for(rated, now):
    job, _ = exported(rated, "ratings", now)
    assert exported_file(id=job.pk, actor=rated.adam).filename.startswith("ratings-")
    with pytest.raises(Job.DoesNotExist):
        exported_file(id=job.pk, actor=rated.lena)
