"""What programs write over REST and what files bring, as the Connect page shows it."""

import datetime as dt
import io

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, ApiUse, Job
from accounts.scope import tenant_scope
from accounts.services import imports
from health.models import Arrival
from tests.health.tracking import work

GOOD = {"external_id": "crm-1", "name": "Acme"}
BAD = {"external_id": "crm-2", "name": "Bolt", "status": "Dana Petrov"}


@pytest.fixture
def lines(cast):
    """The lines that were left, the oldest first."""

    def read():
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            return list(Arrival.objects.order_by("at", "pk"))

    return read


def test_a_refused_write_is_undone_and_leaves_a_line_that_says_why(rest, cast, lines):
    assert rest.write.post("/accounts", BAD).status_code == 400
    (line,) = lines()
    assert (line.source, line.accepted, line.rejected) == ("REST accounts", 0, 1)
    assert f"csk_{line.key_prefix}_" in rest.write.headers["Authorization"]
    assert line.refusals == [
        {
            "type": "accounts",
            "name": "create [0]",
            "code": "invalid_choice",
            "detail": "status: … is not a valid choice.",
        }
    ]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not Account.objects.exists()


def test_a_bulk_tells_how_many_rows_were_taken_and_which_were_not(rest, lines):
    assert (
        rest.write.post("/accounts/bulk", {"items": [GOOD, BAD, BAD | {"external_id": "crm-3"}]}).status_code
        == 207
    )
    (line,) = lines()
    assert (line.accepted, line.rejected) == (1, 2)
    assert [one["name"] for one in line.refusals] == ["bulk [1]", "bulk [2]"]
    assert line.sample == [{"type": "accounts", "name": "bulk"}]


def test_of_a_bulk_that_is_taken_whole_or_not_at_all_nothing_was_taken(rest, lines):
    assert rest.write.post("/accounts/bulk", {"items": [GOOD, BAD], "atomic": True}).status_code == 422
    assert [(line.accepted, line.rejected) for line in lines()] == [(0, 1)]


def test_nothing_of_a_refused_row_is_copied_into_its_line(rest, lines):
    person = {
        "external_id": "dana@acme.test",
        "name": "Dana Petrov",
        "email": "dana@acme.test",
        "role": "Dana",
    }
    rest.write.post("/personas", person)
    rest.write.post("/personas/bulk", {"items": [person]})
    rest.write.post("/accounts", GOOD | {"owner_email": "dana@acme.test"})
    kept = [str(line.sample) + str(line.refusals) for line in lines()]
    assert len(kept) == 3
    assert not any(word in text.lower() for text in kept for word in ("dana", "petrov", "acme"))


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "code"),
    [
        ("read", "POST", "/accounts", GOOD, "permission_denied"),
        ("write", "PATCH", "/accounts/01a22497-7f5f-72df-b5f5-170ce5875147", {"name": "x"}, "not_found"),
        ("write", "POST", "/accounts/bulk", {"items": 5}, "not_a_list"),
        ("write", "POST", "/observations", {"measure": 5}, None),
    ],
)
def test_whatever_a_key_is_refused_shows(rest, lines, who, method, path, body, code):
    answer = getattr(rest, who)(method, path, body)
    assert 400 <= answer.status_code < 500
    (line,) = lines()
    assert (line.accepted, line.rejected) == (0, 1)
    assert code is None or line.refusals[0]["code"] == code


def test_a_body_that_is_no_json_shows(rest, lines):
    answer = rest.write("POST", "/accounts", b"{")
    assert answer.status_code == 400
    assert [line.rejected for line in lines()] == [1]


def test_writes_that_are_taken_keep_their_source_fresh_with_one_statement(rest, lines):
    with CaptureQueriesContext(connection) as asked:
        assert rest.write.post("/accounts", GOOD).status_code == 201
    assert sum("health_arrival" in one["sql"] for one in asked) == 1
    (line,) = lines()
    assert (line.source, line.accepted, line.rejected) == ("REST accounts", 1, 0)


def test_reading_rehearsing_and_asking_again_leave_no_line(rest, lines):
    assert rest.write.get("/accounts").status_code == 200
    assert rest.write.post("/accounts/bulk", {"items": [GOOD, BAD], "dry_run": True}).status_code == 207
    assert lines() == []
    for _ in range(2):
        rest.write.post("/accounts", GOOD, **{"Idempotency-Key": "once"})
    assert len(lines()) == 1


def ran(cast, text):
    """An import of accounts by Adam, run to its end."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        one = imports.upload_import(
            kind="accounts",
            filename="crm.csv",
            file=io.BytesIO(text),
            size=len(text),
            actor=cast.adam,
            at=timezone.now(),
        )
        imports.preview_import(id=one.pk, actor=cast.adam, at=timezone.now())
        imports.run_import(id=one.pk, actor=cast.adam, at=timezone.now())
    with tenant_scope(cast.northwind.pk):
        work()
        assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE}


def test_an_import_leaves_one_line_when_it_has_run(cast, lines):
    ran(cast, b"external_id,name,arr\ncrm-1,Acme,5\ncrm-2,Bolt,much\n")
    (line,) = lines()
    assert (line.source, line.key_prefix, line.accepted, line.rejected) == ("import accounts", "", 1, 1)
    assert line.sample == [{"type": "import", "name": "accounts", "user": str(cast.adam.membership.user)}]
    assert [one["detail"].split(":")[0] for one in line.refusals] == ["arr"]


def test_of_what_a_file_says_nothing_is_copied_into_its_line_and_each_reason_stands_once(cast, lines):
    ran(
        cast,
        b"external_id,name,status,parent_name\n"
        b"crm-1,Acme,Dana Petrov,\ncrm-2,Bolt,Eli Farraday,\ncrm-3,Cray,active,Fay Holt\n",
    )
    (line,) = lines()
    assert [(one["name"], one["code"], one["detail"]) for one in line.refusals] == [
        ("accounts [2]", "invalid_choice", "status: invalid choice (2 rows)"),
        ("accounts [4]", "missing", "parent_name: missing"),
    ]


def test_the_page_shows_what_a_program_was_refused(rest, cast, client):
    rest.write.post("/accounts", BAD)
    client.force_login(cast.adam.membership.user)
    page = client.get("/t/northwind/settings/connect").content.decode()
    assert "REST accounts" in page
    assert "is not a valid choice" in page


def test_of_the_requests_of_a_minute_that_are_too_many_the_first_leaves_a_line(rest, cast, lines):
    rest.write.get("/me")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        use = ApiUse.objects.get()
        minute = timezone.now().replace(second=0, microsecond=0)
        for offset in (0, 1):  # the minute may turn meanwhile
            soon = minute + dt.timedelta(minutes=offset)
            ApiUse.objects.update_or_create(api_key_id=use.api_key_id, minute=soon, defaults={"count": 600})
    assert {rest.write.post("/accounts", GOOD).status_code for _ in range(3)} == {429}
    (line, *turned) = lines()  # and one more if the minute turned
    assert len(turned) <= 1
    assert (line.source, line.accepted, line.rejected) == ("REST limit", 0, 1)
    assert f"csk_{line.key_prefix}_" in rest.write.headers["Authorization"]
    assert line.refusals == [
        {
            "type": "request",
            "name": "POST accounts [0]",
            "code": "throttled",
            "detail": "More than 600 requests in a minute; the rest of that minute is refused.",
        }
    ]
