"""What every resource does, shown on accounts and steps: life, bulk, paging, versions, and bad input."""

import pytest

from accounts.models import Account, AccountFact, Activity, Step
from accounts.scope import tenant_scope


@pytest.fixture
def account(rest):
    return rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"}).json()


def named(answer):
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def test_a_post_creates_and_says_where(rest):
    answer = rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur", "arr": "1000.5"})
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"/api/v1/accounts/{body['id']}"
    assert answer["ETag"]
    assert (body["arr"], body["currency"], body["status"]) == ("1000.50", "EUR", "active")
    assert rest.read.get(f"/accounts/{body['id']}").json() == body


def test_a_taken_external_id_is_a_conflict(rest, account):
    answer = rest.write.post("/accounts", {"external_id": "L1", "name": "Other"})
    assert answer.status_code == 409
    assert named(answer) == {"/external_id": "taken"}
    assert answer["Content-Type"] == "application/problem+json"


def test_an_upsert_creates_then_updates_then_changes_nothing(rest):
    put = lambda name: rest.write.put("/accounts/by-external-id/a%2Fb", {"name": name})  # noqa: E731
    created, updated, same = put("One"), put("Two"), put("Two")
    assert [created.status_code, updated.status_code, same.status_code] == [201, 200, 200]
    assert created.json()["external_id"] == "a/b"
    assert created.json()["id"] == updated.json()["id"]
    assert updated.json()["updated_at"] == same.json()["updated_at"]


def test_an_absent_field_stays_and_null_clears(rest, account):
    path = f"/accounts/{account['id']}"
    rest.write.patch(path, {"arr": "5", "region": "EMEA"})
    after = rest.write.patch(path, {"arr": None}).json()
    assert (after["arr"], after["region"], after["name"]) == (None, "EMEA", "Larkspur")


def test_read_only_fields_are_ignored_and_unknown_ones_refused(rest, account):
    path = f"/accounts/{account['id']}"
    assert rest.write.patch(path, {"id": "x", "created_at": "never"}).status_code == 200
    answer = rest.write.patch(path, {"nmae": "x", "arr": "much"})
    assert answer.status_code == 400
    assert named(answer) == {"/nmae": "unknown", "/arr": "invalid"}


def test_if_match_of_an_older_version_is_refused(rest, account):
    path = f"/accounts/{account['id']}"
    tag = rest.read.get(path)["ETag"]
    assert rest.write.patch(path, {"name": "New"}, If_Match=tag).status_code == 200
    answer = rest.write.patch(path, {"name": "Newer"}, If_Match=tag)
    assert answer.status_code == 412
    assert rest.read.get(path).json()["name"] == "New"


def test_delete_leaves_a_tombstone_and_restore_takes_it_back(rest, account):
    path = f"/accounts/{account['id']}"
    assert rest.write.delete(path).status_code == 204
    assert rest.read.get(path).status_code == 404
    assert rest.read.get("/accounts").json()["results"] == []
    (tombstone,) = rest.read.get("/accounts?include_deleted=true").json()["results"]
    assert tombstone["deleted_at"]
    assert rest.write.patch(path, {"name": "x"}).status_code == 404
    assert rest.write.delete(path).status_code == 404
    assert rest.write.post(f"{path}/restore").json()["deleted_at"] is None
    assert rest.read.get(path).status_code == 200


def test_an_upsert_restores_a_tombstone(rest, account):
    rest.write.delete(f"/accounts/{account['id']}")
    answer = rest.write.put("/accounts/by-external-id/L1", {})
    assert answer.status_code == 200
    assert answer.json()["deleted_at"] is None


def test_a_bulk_answers_per_item_in_order(rest, account):
    answer = rest.write.post(
        "/accounts/bulk",
        {
            "items": [
                {"external_id": "L1", "name": "Larkspur"},
                {"external_id": "N1", "name": "New", "owner_email": "ALICE@northwind.test"},
                {"external_id": "N2", "name": "Bad", "owner_email": "nobody@northwind.test"},
                {"external_id": "N3"},
                {"external_id": "L1", "name": "again"},
                "text",
            ]
        },
    )
    assert answer.status_code == 207
    body = answer.json()
    assert body["summary"] == {"created": 1, "updated": 0, "unchanged": 1, "failed": 4}
    assert [result["status"] for result in body["results"]] == [
        "unchanged", "created", "failed", "failed", "failed", "failed",
    ]  # fmt: skip
    codes = [[(e["pointer"], e["code"]) for e in result["errors"]] for result in body["results"]]
    assert codes[2:] == [
        [("/owner_email", "unknown_member")],
        [("/name", "required")],
        [("/external_id", "repeated")],
        [("", "invalid")],
    ]


def test_a_dry_run_answers_the_same_and_writes_nothing(rest):
    body = {"items": [{"external_id": "1", "name": "One"}, {"external_id": "2"}], "dry_run": True}
    answer = rest.write.post("/accounts/bulk", body)
    assert answer.status_code == 207
    assert answer.json()["summary"] == {"created": 1, "updated": 0, "unchanged": 0, "failed": 1}
    assert rest.read.get("/accounts").json()["results"] == []


def test_an_atomic_bulk_with_a_failure_writes_nothing(rest):
    body = {"items": [{"external_id": "1", "name": "One"}, {"external_id": "2"}], "atomic": True}
    answer = rest.write.post("/accounts/bulk", body)
    assert answer.status_code == 422
    assert answer.json()["summary"] == {"created": 0, "updated": 0, "unchanged": 1, "failed": 1}
    assert rest.read.get("/accounts").json()["results"] == []


def test_a_bulk_of_more_than_ten_thousand_is_refused(rest):
    answer = rest.write.post("/accounts/bulk", {"items": [{}] * 10_001})
    assert answer.status_code == 400
    assert named(answer) == {"/items": "max_length"}


@pytest.mark.parametrize("known", [0, 1])
def test_a_bulk_takes_the_same_statements_whatever_its_size(
    rest, cast, django_assert_num_queries, known, django_assert_max_num_queries
):
    def bulk(count, name):
        items = [
            {
                "external_id": str(n),
                "name": name,
                "arr": "10",
                "owner_email": "alice@northwind.test",
                "team": ["lena@northwind.test"],
                "parent_external_id": "0" if n else None,
            }
            for n in range(count)
        ]
        return rest.write.post("/accounts/bulk", {"items": items})

    if known:
        bulk(300, "before")
    counts = []
    for size in (1, 3, 300):
        with django_assert_max_num_queries(60) as queries:
            assert bulk(size, f"size {size}").status_code == 200
        counts.append(len(queries))
    assert len(set(counts[1:])) == 1
    assert counts[0] <= counts[1]


def test_a_page_is_stable_while_rows_come_and_go(rest):
    items = [{"external_id": str(n), "name": f"{n:02}", "arr": None if n % 3 else str(n)} for n in range(10)]
    rest.write.post("/accounts/bulk", {"items": items})
    for ordering in ("id", "-id", "name", "-name", "arr", "-arr"):
        first = rest.read.get(f"/accounts?limit=4&ordering={ordering}").json()
        assert first["previous"] is None
        second = rest.read.get(first["next"]).json()
        third = rest.read.get(second["next"]).json()
        assert third["next"] is None
        names = [a["name"] for p in (first, second, third) for a in p["results"]]
        assert sorted(names) == [f"{n:02}" for n in range(10)]
        assert rest.read.get(third["previous"]).json()["results"] == second["results"]
        assert rest.read.get(second["previous"]).json()["results"] == first["results"]
        assert rest.read.get(second["previous"]).json()["previous"] is None
        whole = [a["name"] for a in rest.read.get(f"/accounts?ordering={ordering}").json()["results"]]
        assert names == whole


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("limit=x", "?limit"),
        ("cursor=abc", "?cursor"),
        ("cursor=W10", "?cursor"),
        ("ordering=password", "?ordering"),
        ("nmae=x", "?nmae"),
        ("include_deleted=1", "?include_deleted"),
        ("updated_since=yesterday", "?updated_since"),
        ("status=gone", "?status"),
    ],
)
def test_a_list_refuses_what_is_not_documented(rest, query, pointer):
    answer = rest.read.get(f"/accounts?{query}")
    assert answer.status_code == 400
    assert pointer in named(answer)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a\\u0000b"}',
        b'{"name": "a\\ud800b"}',
        b'{"name": NaN}',
        b'{"arr": Infinity}',
        b'{"arr": 1e999}',
        b'{"custom": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}",
        b"[" * 100_000,
        b'{"name": "\xff"}',
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"arr": "1e400"}',
        b'{"arr": 99999999999999999999}',
        b'{"seats": 99999999999}',
        b'{"started_on": "0000-00-00"}',
        b'{"name": {"a": 1}}',
        b'{"team": ["x"]}',
        b'{"team": "x"}',
        b'{"custom": []}',
        b'{"external_id": ""}',
        b'{"seats": ' + b"9" * 5000 + b"}",
    ],
)
def test_bad_input_is_400_and_changes_nothing(rest, account, body):
    for method, path in (("POST", "/accounts"), ("PATCH", f"/accounts/{account['id']}")):
        answer = rest.write(method, path, body)
        assert answer.status_code == 400, answer.content
        assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert rest.read.get("/accounts").json()["results"] == [account]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"name": "a\\u0000b"}', "/name", "unstorable"),
        (b'{"team": ["x", "a\\ud800b"]}', "/team/1", "unstorable"),
        (b'{"custom": {"a/b~c": "\\u0000"}}', "/custom/a~1b~0c", "unstorable"),
        (b'{"custom": {"\\u0000": 1}}', "/custom", "unstorable"),
        (b'{"arr": 1e999}', "/arr", "too_large"),
        (b'{"seats": ' + b"9" * 5000 + b"}", "/seats", "too_large"),
    ],
)
def test_what_cannot_be_kept_is_pointed_at(rest, body, pointer, code):
    answer = rest.write.post("/accounts", body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/docs#parse_error")
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert fault["detail"]


def test_a_parameter_that_cannot_be_kept_is_pointed_at(rest):
    assert named(rest.read.get("/accounts?segment=a%00b")) == {"?segment": "unstorable"}


def test_a_nul_in_the_address_is_400(rest):
    assert rest.write.put("/accounts/by-external-id/a%00b", {"name": "x"}).status_code == 400
    assert rest.read.get("/accounts?segment=a%00b").status_code == 400


def test_whatever_goes_wrong_is_a_problem(rest, account):
    answers = {
        404: rest.read.get("/nothing"),
        405: rest.write.put("/accounts", {}),
        401: rest.nobody.get("/accounts"),
        403: rest.read.post("/accounts", {"name": "x"}),
        415: rest.write.client.post(
            "/api/v1/accounts", "x", content_type="text/plain", headers=rest.write.headers
        ),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert answers[401]["WWW-Authenticate"] == "Bearer"


def test_a_request_keeps_its_own_id(rest):
    assert rest.read.get("/accounts", X_Request_Id="abc-1")["X-Request-Id"] == "abc-1"
    assert rest.read.get("/accounts", X_Request_Id="a b")["X-Request-Id"] != "a b"


def test_another_tenants_account_is_as_good_as_missing(rest, account, cast):
    foreign, missing = f"/accounts/{account['id']}", "/accounts/0190a000-0000-7000-8000-000000000000"
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        answers = [rest.globex(method, path, body) for path in (foreign, missing)]
        shown = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
        assert shown[0] == shown[1]
        assert answers[0].status_code == 404
    step = {"title": "call", "account": account["id"]}
    assert named(rest.globex.post("/steps", step)) == {"/account": "missing"}
    assert rest.read.get(f"/accounts/{account['id']}").json() == account


def test_an_account_keeps_its_facts_with_dates(rest, account, cast):
    path = f"/accounts/{account['id']}"
    rest.write.patch(
        path, {"arr": "10", "owner_email": "alice@northwind.test", "effective_at": "2026-01-01T00:00:00Z"}
    )
    rest.write.patch(path, {"arr": "5", "effective_at": "2025-06-01T00:00:00Z"})
    assert rest.read.get(path).json()["arr"] == "10.00"
    with tenant_scope(cast.northwind.pk):
        facts = AccountFact.objects.filter(account_id=account["id"], key="arr").order_by("effective_at")
        assert [fact.value for fact in facts] == ["5.00", "10.00"]
        owner = AccountFact.objects.get(account_id=account["id"], key="owner")
        assert owner.value == str(cast.alice.member_id)


def test_steps_follow_their_persona_and_refuse_anothers(rest, account, cast):
    made = rest.write.post("/steps", {"title": "Call", "account_external_id": "L1", "due_on": "2026-12-01"})
    assert made.status_code == 201, made.content
    assert made.json()["account"] == account["id"]
    assert made.json()["source"] == "api"
    assert rest.read.get("/steps?done=false").json()["results"] == [made.json()]
    with tenant_scope(cast.northwind.pk):
        assert Step.objects.count() == 1
        verbs = list(Activity.objects.order_by("id").values_list("verb", flat=True))
        assert verbs == ["account.created", "step.created"]
        assert Account.objects.count() == 1
