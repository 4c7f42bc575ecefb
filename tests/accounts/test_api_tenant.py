"""Who am I, members, features, jobs and the change feed; limits and idempotency of every request."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import services
from accounts.models import Account, ApiKey, ApiUse, Job
from accounts.scope import tenant_scope
from tests.conftest import Rest


def test_me_says_which_key_asks(rest, cast):
    body = rest.ingest.get("/me").json()
    assert body["tenant"]["slug"] == "northwind"
    assert body["scopes"] == ["ingest"]
    assert body["acts_as"] == "adam@northwind.test"
    assert body["limits"]["requests_per_minute"] == 600
    assert rest.nobody.get("/me").status_code == 401


def test_an_ingest_key_reads_and_writes_nothing(rest):
    assert rest.ingest.get("/accounts").status_code == 403
    assert rest.ingest.post("/accounts", {"name": "x"}).status_code == 403
    assert rest.read.get("/accounts").json()["results"] == []


def test_members_of_this_tenant_only(rest):
    emails = {member["email"] for member in rest.read.get("/members").json()["results"]}
    assert emails == {f"{name}@northwind.test" for name in ("alice", "lena", "adam", "vera")}
    (csm,) = rest.read.get("/members?role=csm").json()["results"]
    assert csm["email"] == "alice@northwind.test"
    member = rest.globex.get("/members").json()["results"][0]
    assert rest.read.get(f"/members/{member['id']}").status_code == 404


def test_features_are_listed_by_admins_and_found_on_accounts(rest):
    rest.write.post("/accounts", {"name": "Larkspur", "entitlements": ["reports"]})
    assert rest.write.put("/features", {"features": ["api"]}).status_code == 403
    assert rest.admin.put("/features", {"features": ["api", "reports", "api"]}).status_code == 200
    assert rest.read.get("/features").json()["results"] == [
        {"key": "api", "listed": True, "accounts": 0},
        {"key": "reports", "listed": True, "accounts": 1},
    ]
    assert rest.globex.get("/features").json()["results"] == []


@pytest.mark.parametrize(
    "query", ["nope=1", "ordering=key", "limit=0", "limit=x", "cursor=zzz", "cursor=W10"]
)
def test_the_list_of_features_refuses_what_is_not_documented(rest, query):
    answer = rest.read.get(f"/features?{query}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"?{query.partition('=')[0]}"]


def test_the_list_of_features_has_pages_both_ways(rest):
    rest.admin.put("/features", {"features": list("abcde")})
    keys = lambda page: [feature["key"] for feature in page["results"]]  # noqa: E731
    first = rest.read.get("/features?limit=2").json()
    second = rest.read.get(first["next"]).json()
    third = rest.read.get(second["next"]).json()
    assert (keys(first), keys(second), keys(third)) == (["a", "b"], ["c", "d"], ["e"])
    assert (first["previous"], third["next"]) == (None, None)
    back = rest.read.get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert keys(rest.read.get(back["previous"]).json()) == ["a", "b"]


def test_a_page_of_features_goes_on_behind_one_that_is_gone(rest):
    rest.admin.put("/features", {"features": list("abcd")})
    following = rest.read.get("/features?limit=2").json()["next"]
    rest.admin.put("/features", {"features": ["a", "c", "d"]})
    assert [feature["key"] for feature in rest.read.get(following).json()["results"]] == ["c", "d"]


def test_a_job_shows_its_progress_and_is_cancelled(rest, cast, now):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        job = services.start_job(kind="nothing", params={}, actor=cast.adam, at=now, total=10)
    path = f"/jobs/{job.pk}"
    body = rest.read.get(path).json()
    assert (body["state"], body["done"], body["total"], body["errors_url"]) == ("queued", 0, 10, None)
    assert rest.globex.get(path).status_code == 404
    assert rest.write.delete(path).json()["state"] == "cancelled"
    with tenant_scope(cast.northwind.pk):
        assert Job.objects.get().state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_the_feed_never_skips_a_late_commit(rest, cast):
    first = rest.write.post("/accounts", {"name": "One"}).json()
    late, done = threading.Event(), threading.Event()

    def write_slowly():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            activity = services.NewActivity("account.late", None)
            services.record_activity(activity=activity, actor=None, at=timezone.now())
            late.set()
            done.wait(10)
        connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert late.wait(10)
    rest.write.post("/accounts", {"name": "Two"})
    seen = rest.read.get("/activity").json()["results"]
    assert [line["object"]["id"] for line in seen] == [first["id"]]
    done.set()
    writer.join()
    rest_of_it = rest.read.get(f"/activity?after={seen[-1]['id']}").json()["results"]
    assert [line["verb"] for line in rest_of_it] == ["account.late", "account.created"]
    assert seen[0]["actor"] == "adam@northwind.test"
    page = rest.read.get("/activity?limit=1").json()
    assert [line["verb"] for line in rest.read.get(page["next"]).json()["results"]] == ["account.late"]
    assert rest.read.get("/activity?after=").json() == rest.read.get("/activity").json()
    assert rest.read.get("/activity?after=x").status_code == 400
    assert rest.globex.get("/activity").json()["results"] == []


def test_a_key_says_when_it_was_used_last(rest, cast):
    key = ApiKey.objects.get(tenant=cast.northwind, name="read")
    assert key.last_used_at is None
    rest.read.get("/me")
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    assert first is not None
    rest.read.get("/me")
    again = ApiKey.objects.get(pk=key.pk).last_used_at
    assert again == first or again.minute != first.minute  # once a minute is enough
    assert ApiKey.objects.get(tenant=cast.northwind, name="write").last_used_at is None


def test_a_key_is_limited_to_600_requests_a_minute(rest, cast, now):
    first = rest.read.get("/me")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("600", "599")
    assert 1 <= int(first["RateLimit-Reset"]) <= 61
    with tenant_scope(cast.northwind.pk):
        minute = timezone.now().replace(second=0, microsecond=0)
        key_id = ApiUse.objects.get().api_key_id
        for offset in (0, 1):  # the minute may turn meanwhile
            soon = minute + dt.timedelta(minutes=offset)
            ApiUse.objects.update_or_create(api_key_id=key_id, minute=soon, defaults={"count": 600})
    refused = rest.read.get("/accounts")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert refused["Content-Type"] == "application/problem+json"
    assert rest.write.get("/me").status_code == 200


def test_the_same_key_and_body_replay_the_answer(rest, cast):
    send = lambda body, **more: rest.write.post("/accounts", body, Idempotency_Key="k", **more)  # noqa: E731
    first, again = send({"name": "One"}), send({"name": "One"})
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert send({"name": "Two"}).status_code == 422
    assert rest.admin.post("/accounts", {"name": "Two"}, Idempotency_Key="k").status_code == 201
    with tenant_scope(cast.northwind.pk):
        assert sorted(Account.objects.values_list("name", flat=True)) == ["One", "Two"]


def test_a_replayed_answer_without_a_body_has_no_type_either(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    body = {"account_external_id": "L1", "measure": "csat", "value": 4, "observed_at": "2026-01-01T00:00:00Z"}
    path = f"/observations/{rest.write.post('/observations', body).json()['id']}/withdraw"
    first, again = (rest.write.post(path, {}, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (204, 204, "true")
    assert [answer.headers.get("Content-Type") for answer in (first, again)] == [None, None]


def test_an_error_is_not_stored(rest):
    assert rest.write.post("/accounts", {"nmae": "x"}, Idempotency_Key="k").status_code == 400
    assert rest.write.post("/accounts", {"name": "x"}, Idempotency_Key="k").status_code == 201


def test_a_bad_idempotency_key_is_refused(rest):
    assert rest.write.post("/accounts", {"name": "x"}, Idempotency_Key="a b").status_code == 400
    assert rest.write.post("/accounts", {"name": "x"}, Idempotency_Key="k" * 256).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_one_of_many_concurrent_requests_with_the_same_key_takes_effect(rest, cast):
    token = rest.write.headers["Authorization"].removeprefix("Bearer ")

    def send(_):
        answer = Rest(token).post("/accounts", {"name": "One"}, Idempotency_Key="k")
        connection.close()
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Account.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_upserts_of_one_external_id_make_one_account(rest, cast):
    token = rest.write.headers["Authorization"].removeprefix("Bearer ")

    def send(number):
        answer = Rest(token).put("/accounts/by-external-id/a", {"name": f"Name {number}"})
        connection.close()
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 200, 200, 201]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Account.objects.count() == 1
