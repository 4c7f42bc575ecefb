"""Settings, Work: an admin sees what the workers gave up on, and has it tried again."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Activity, Job, Outbox
from accounts.scope import tenant_scope
from accounts.services.outbox import MAX_ATTEMPTS

pytestmark = pytest.mark.django_db
PAGE = "/t/northwind/settings/work"


@pytest.fixture
def adam(cast, client):
    """Northwind's admin at the browser."""
    client.force_login(cast.adam.membership.user)
    return client


@pytest.fixture
def dead(cast, now):
    """Work that no handler knows, given up."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.enqueue(kind="never heard of", ref={}, dedupe_key="a", at=now)
        give_up(now)
        return Outbox.objects.get()


def give_up(now):
    for attempt in range(MAX_ATTEMPTS):
        at = now + dt.timedelta(hours=attempt)
        accounts.do_work(claims=accounts.claim_work(at=at), at=at)


def standing(tenant, kind="never heard of"):
    """How much work of this kind waits, and how much is dead."""
    with tenant_scope(tenant.pk), transaction.atomic():
        work = Outbox.objects.filter(kind=kind, done_at=None)
        return work.filter(dead_at=None).count(), work.exclude(dead_at=None).count()


def test_an_admin_reads_what_was_given_up_and_why(cast, adam, dead):
    page = adam.get(PAGE).content.decode()
    assert "1 piece of work was given up" in page
    assert "KeyError: &#x27;never heard of&#x27;" in page


def test_without_dead_work_the_page_says_so(adam):
    assert "Nothing was given up" in adam.get(PAGE).content.decode()


def test_what_was_given_up_is_tried_again(cast, adam, dead):
    assert adam.post(f"{PAGE}/{dead.pk}/retry").status_code == 302
    assert standing(cast.northwind) == (1, 0)
    with tenant_scope(cast.northwind.pk):
        assert Activity.objects.get(verb="work.retried").object_id == dead.pk


def test_work_that_waits_again_by_itself_is_not_doubled(cast, adam, dead, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.enqueue(kind=dead.kind, ref={}, dedupe_key=dead.dedupe_key, at=now)
    adam.post(f"{PAGE}/{dead.pk}/retry")
    assert standing(cast.northwind) == (1, 0)


def test_a_failed_job_goes_on(cast, adam, now, settings):
    settings.JOB_HANDLERS = {}
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        job = accounts.start_job(kind="gone", params={}, actor=cast.adam, at=now)
        give_up(now)
        assert Job.objects.get(pk=job.pk).state == Job.State.FAILED
        row = Outbox.objects.get(kind="run_job")
    adam.post(f"{PAGE}/{row.pk}/retry")
    with tenant_scope(cast.northwind.pk):
        assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING


def test_a_long_job_is_named_in_words(cast, adam, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.start_job(kind="preview_import", params={}, actor=cast.adam, at=now)
    assert '<th scope="row" class="name">Preview import</th>' in adam.get(PAGE).content.decode()


@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_only_an_admin_sees_and_retries(cast, client, dead, who):
    client.force_login(getattr(cast, who).membership.user)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/{dead.pk}/retry").status_code == 403
    assert standing(cast.northwind) == (0, 1)


def test_dead_work_of_another_tenant_does_not_exist(cast, client, dead):
    client.force_login(cast.gloria.membership.user)
    assert client.post(f"/t/globex/settings/work/{dead.pk}/retry").status_code == 404
    assert standing(cast.northwind) == (0, 1)
