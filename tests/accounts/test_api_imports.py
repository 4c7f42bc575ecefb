"""Imports over REST: handed in, looked at, run, taken back."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Import
from accounts.scope import tenant_scope
from tests.accounts.importing import FILES, work_off


def send(rest, content, kind="accounts", filename="accounts.csv", headers=None, **fields):
    content = content.encode() if isinstance(content, str) else content
    data = {"kind": kind, "file": SimpleUploadedFile(filename, content), **fields}
    return Client().post("/api/v1/imports", data, headers={**rest.headers, **(headers or {})})


@pytest.fixture
def work(cast):
    def work():
        with tenant_scope(cast.northwind.pk):
            work_off(timezone.now())

    return work


def test_a_file_is_handed_in_previewed_run_and_taken_back(rest, work, cast):
    answer = send(rest.write, (FILES / "salesforce-accounts.csv").read_bytes())
    assert answer.status_code == 201, answer.content
    one = answer.json()
    assert one["state"] == "ready"
    assert one["counts"] == {
        "created": 4, "updated": 0, "unchanged": 0, "failed": 1, "undone": 0, "kept": 0, "to_check": 0,
    }  # fmt: skip
    started = rest.write.post(f"/imports/{one['id']}/run")
    assert started.status_code == 202
    work()
    job = rest.read.get(started["Location"].removeprefix("/api/v1")).json()
    assert (job["state"], job["done"], job["total"]) == ("done", 5, 5)
    assert job["errors_url"] == f"/api/v1/imports/{one['id']}/errors"
    assert len(rest.read.get("/accounts").json()["results"]) == 4
    assert rest.write.post(f"/imports/{one['id']}/undo").status_code == 202
    work()
    after = rest.read.get(f"/imports/{one['id']}").json()
    assert (after["state"], after["counts"]["undone"]) == ("undone", 4)
    assert rest.read.get("/accounts").json()["results"] == []


def test_the_rows_tell_what_each_would_change(rest, work):
    rest.write.post("/accounts", {"external_id": "a", "name": "Lark", "tier": "gold", "arr": "5.00"})
    answer = send(rest.write, "External ID,Name,Tier,ARR\na,Larkspur,gold,7\nb,Wren,silver,\n")
    id = answer.json()["id"]
    rows = rest.read.get(f"/imports/{id}/rows").json()["results"]
    assert [(row["row"], row["status"]) for row in rows] == [(2, "updated"), (3, "created")]
    assert (rows[0]["before"], rows[0]["after"]) == (
        {"name": "Lark", "arr": "5.00"}, {"name": "Larkspur", "arr": "7.00"},
    )  # fmt: skip
    assert rows[1]["after"]["tier"] == "silver"
    only = rest.read.get(f"/imports/{id}/rows?status=created").json()["results"]
    assert [row["row"] for row in only] == [3]


def test_rows_page_by_their_number(rest):
    content = "external_id,name\n" + "".join(f"a{n},Account {n}\n" for n in range(5))
    id = send(rest.write, content).json()["id"]
    first = rest.read.get(f"/imports/{id}/rows?limit=3").json()
    assert [row["row"] for row in first["results"]] == [2, 3, 4]
    second = rest.read.get(first["next"]).json()
    assert [row["row"] for row in second["results"]] == [5, 6]
    assert second["next"] is None


def test_rows_may_come_as_json(rest):
    answer = rest.write.post(
        "/imports", {"kind": "accounts", "rows": [{"external_id": "a", "name": "Lark", "seats": 5}]}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["counts"]["created"] == 1
    assert answer.json()["format"] == "jsonl"


def test_a_mapping_can_be_changed_kept_and_used_again(rest):
    content = "Nummer,Firma,Stufe\na,Lark,gold\n"
    one = send(rest.write, content).json()
    assert one["mapping"]["columns"] == {}
    mapping = {
        "columns": {"Nummer": "external_id", "Firma": "name", "Stufe": "custom.level"},
        "key": "external_id",
    }
    changed = rest.write.patch(f"/imports/{one['id']}/mapping", mapping)
    assert changed.status_code == 200, changed.content
    assert changed.json()["counts"]["created"] == 1
    kept = rest.write.post("/imports/mappings", {"kind": "accounts", "name": "ERP", "mapping": mapping})
    assert kept.status_code == 200, kept.content
    again = send(rest.write, content + "b,Wren,silver\n", saved_mapping="ERP").json()
    assert again["counts"]["created"] == 2
    rows = rest.read.get(f"/imports/{again['id']}/rows").json()["results"]
    assert rows[0]["after"]["custom"] == {"level": "gold"}
    assert rest.write.delete(f"/imports/mappings/{kept.json()['id']}").status_code == 204
    assert send(rest.write, content, saved_mapping="ERP").status_code == 400


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "planets"}, "/kind"),
        ({"encoding": "rot13"}, "/encoding"),
        ({"mapping": '{"columns": {"Nobody": "name"}}'}, "/mapping/columns/Nobody"),
        ({"mapping": '{"columns": {"name": "shoe_size"}}'}, "/mapping/columns/name"),
        ({"mapping": '{"key": "colour"}'}, "/mapping/key"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_request_names_the_field(rest, cast, fields, pointer):
    answer = send(rest.write, "external_id,name\na,Lark\n", **fields)
    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Import.objects.count() == 0


def test_the_same_key_and_file_replay_and_another_file_is_refused(rest):
    first = send(rest.write, "external_id,name\na,Lark\n", headers={"Idempotency-Key": "k1"})
    again = send(rest.write, "external_id,name\na,Lark\n", headers={"Idempotency-Key": "k1"})
    assert again["Idempotent-Replayed"] == "true"
    assert again.json()["id"] == first.json()["id"]
    other = send(rest.write, "external_id,name\nb,Wren\n", headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_an_import_is_run_once_and_undone_once(rest, work):
    id = send(rest.write, "external_id,name\na,Lark\n").json()["id"]
    assert rest.write.post(f"/imports/{id}/undo").status_code == 409
    assert rest.write.post(f"/imports/{id}/run").status_code == 202
    assert rest.write.post(f"/imports/{id}/run").status_code == 409
    work()
    assert rest.write.post(f"/imports/{id}/run").status_code == 409
    assert rest.write.post(f"/imports/{id}/preview").status_code == 409
    assert rest.write.patch(f"/imports/{id}/mapping", {"key": ""}).status_code == 409
    assert rest.write.post(f"/imports/{id}/undo").status_code == 202
    work()
    assert rest.write.post(f"/imports/{id}/undo").status_code == 409


def test_a_key_without_write_may_look_and_not_import(rest, cast):
    id = send(rest.write, "external_id,name\na,Lark\n").json()["id"]
    assert send(rest.read, "external_id,name\nb,Wren\n").status_code == 403
    assert rest.read.post(f"/imports/{id}/run").status_code == 403
    assert rest.read.get(f"/imports/{id}").status_code == 200
    assert rest.globex.get(f"/imports/{id}").status_code == 404
    assert rest.globex.post(f"/imports/{id}/run").status_code == 404
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Import.objects.count() == 1
        assert Account.objects.count() == 0


def test_the_rows_to_check_are_listed_with_their_warnings(rest, work):
    one = send(rest.write, "external_id,name\na,Lark\nb,Wren\nc,Lark\n").json()
    assert one["counts"]["to_check"] == 1
    (row,) = rest.read.get(f"/imports/{one['id']}/rows?status=to_check").json()["results"]
    assert (row["row"], row["status"], row["errors"]) == (4, "created", [])
    detail = "Row 2 of the file has the same name."
    assert row["warnings"] == [{"field": "name", "code": "looks_same", "detail": detail}]


def test_wrong_rows_come_back_as_a_file_with_their_reasons(rest, work):
    id = send(rest.write, "external_id,name,arr\na,Lark,5\nb,Wren,lots\nc,,3\n").json()["id"]
    answer = rest.read.get(f"/imports/{id}/errors")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines() == [
        "external_id,name,arr,Row,Level,Field,Reason",
        "b,Wren,lots,3,error,arr,lots is no number.",
        "c,,3,4,error,name,This field is required.",
    ]


def test_the_kinds_name_their_fields_and_keys(rest):
    found = {kind["name"]: kind for kind in rest.read.get("/imports/kinds").json()["results"]}
    assert found["accounts"]["keys"] == ["external_id", "domain", "name"]
    assert "owner_email" in [field["name"] for field in found["accounts"]["fields"]]
    assert json.dumps(found)
