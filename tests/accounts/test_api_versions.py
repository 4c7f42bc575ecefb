"""Versions over REST, at every resource of the OpenAPI file: single objects carry an ETag, and a change may name it."""

from urllib.parse import quote

import pytest
from django.db import transaction

from accounts.api import docs
from accounts.models import Notification
from accounts.scope import tenant_scope
from tests.conftest import Rest
from tests.isolation.world import make_side

PREFIX = "/api/v1"
OTHER = '"nonsense"'


@pytest.fixture
def side(db):
    """A tenant with a row of every kind."""
    return make_side("northwind")


@pytest.fixture
def admin(side):
    """A key of that tenant's admin, who is the one that was notified."""
    with tenant_scope(side.tenant.pk), transaction.atomic():
        Notification.objects.update(member=side.members["admin"].membership)
    return Rest(side.keys["admin"])


def singles(method):
    """The addresses of single objects that may be asked with this method, and the names of the headers they take."""
    for path, methods in docs.openapi_document()["paths"].items():
        if path.endswith("/{id}") and path.count("{") == 1 and method in methods:
            named = methods[method].get("parameters", ())
            yield path.removeprefix(PREFIX), {one["name"] for one in named if one["in"] == "header"}


def one_of(client, path, side=None):
    """The address of an object of a resource: the first of its list."""
    if path == "/jobs/{id}" and side:  # they have no list
        return f"/jobs/{side.id_of('accounts.job')}"
    found = client.get(path.removesuffix("/{id}")).json()["results"]
    assert found, f"there is nothing at {path}"
    return path.replace("{id}", found[0]["id"])


def tags(client, paths):
    return {path: client.get(path).headers.get("ETag") for path in paths}


def test_every_single_object_has_an_etag_that_stays_while_it_does(admin, side):
    known = [one_of(admin, path, side) for path, _headers in singles("get")]
    found = tags(admin, known)
    assert len(found) > 30
    assert {path for path, tag in found.items() if not tag} == set()
    assert tags(admin, known) == found


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_every_change_that_names_another_version_is_refused(admin, method):
    known = [one_of(admin, path) for path, headers in singles(method) if "If-Match" in headers]
    before = tags(admin, known)
    answered = {path: admin(method.upper(), path, {}, If_Match=OTHER).status_code for path in known}
    assert len(answered) > 15
    assert answered == dict.fromkeys(known, 412)
    assert tags(admin, known) == before


def test_every_patch_says_that_it_takes_a_version():
    assert {path for path, headers in singles("patch") if "If-Match" not in headers} == set()


def test_a_refused_version_is_described_where_one_is_taken_and_nowhere_else():
    for path, methods in docs.openapi_document()["paths"].items():
        for method, operation in methods.items():
            taken = any(one["name"] == "If-Match" for one in operation.get("parameters", ()))
            assert ("412" in operation["responses"]) == taken, (method, path)


def test_a_change_that_names_the_version_it_saw_is_made_and_answers_with_the_next(rest):
    path = one_of(rest.read, "/drivers/{id}")
    seen = rest.read.get(path)["ETag"]
    changed = rest.admin.patch(path, {"label": "Renamed"}, If_Match=seen)
    assert (changed.status_code, changed.json()["label"]) == (200, "Renamed")
    assert changed["ETag"] == rest.read.get(path)["ETag"] != seen
    assert rest.admin.patch(path, {"label": "Again"}, If_Match=seen).status_code == 412


def test_a_rating_has_another_version_once_it_is_withdrawn(rest):
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    rest.write.post("/personas", {"external_id": "D1", "name": "Dana", "account_external_id": "L1"})
    made = rest.write.post("/ratings", {"persona_external_id": "D1", "strength": "okay"})
    path = f"/ratings/{made.json()['id']}"
    assert made["ETag"] == rest.read.get(path)["ETag"]
    rest.write.post(f"{path}/withdraw")
    assert rest.read.get(path)["ETag"] != made["ETag"]


@pytest.fixture
def larkspur(rest):
    """An account with the external id L1."""
    return rest.write.put("/accounts/by-external-id/L1", {"name": "Larkspur"})


def test_every_upsert_that_names_another_version_is_refused(admin):
    paths = [path for path in docs.openapi_document()["paths"] if "/by-external-id/" in path]
    answered = {}
    for path in paths:
        base = path.removeprefix(PREFIX).removesuffix("/by-external-id/{external_id}")
        known = admin.get(f"{base}?limit=1").json()["results"][0]
        named = quote(known["external_id"], safe="")
        answered[path] = admin.put(f"{base}/by-external-id/{named}", {}, If_Match=OTHER).status_code
    assert len(answered) > 15
    assert answered == dict.fromkeys(paths, 412)


def test_an_upsert_that_names_an_older_version_changes_nothing(rest, larkspur):
    rest.write.put("/accounts/by-external-id/L1", {"region": "EMEA"})
    answer = rest.write.put("/accounts/by-external-id/L1", {"name": "Lost"}, If_Match=larkspur["ETag"])
    assert answer.status_code == 412
    assert rest.read.get(f"/accounts/{larkspur.json()['id']}").json()["name"] == "Larkspur"


@pytest.mark.parametrize("tag", ["seen", "*"])
def test_an_upsert_that_names_the_version_it_saw_is_made(rest, larkspur, tag):
    tag = larkspur["ETag"] if tag == "seen" else tag
    answer = rest.write.put("/accounts/by-external-id/L1", {"name": "New"}, If_Match=tag)
    assert (answer.status_code, answer.json()["name"]) == (200, "New")


@pytest.mark.parametrize("tag", [OTHER, "*"])
def test_an_upsert_that_names_a_version_creates_nothing(rest, tag):
    answer = rest.write.put("/accounts/by-external-id/L1", {"name": "New"}, If_Match=tag)
    assert answer.status_code == 412
    assert rest.read.get("/accounts?include_deleted=true").json()["results"] == []


def test_an_upsert_that_names_a_version_leaves_a_tombstone_as_it_is(rest, larkspur):
    path = f"/accounts/{larkspur.json()['id']}"
    rest.write.delete(path)
    tag = rest.read.get(f"{path}?include_deleted=true")["ETag"]
    assert rest.write.put("/accounts/by-external-id/L1", {}, If_Match=tag).status_code == 412
    assert rest.read.get(path).status_code == 404


def test_an_upsert_by_the_name_of_a_merged_persona_compares_the_one_that_remains(rest, larkspur):
    for name in ("D1", "D2"):
        rest.write.post("/personas", {"external_id": name, "name": "Dana", "account_external_id": "L1"})
    merged = rest.read.get("/personas?external_id=D2").json()["results"][0]
    remains = rest.write.post(f"/personas/{merged['id']}/merge", {"into_external_id": "D1"})
    put = lambda tag: rest.write.put("/personas/by-external-id/D2", {"title": "CTO"}, If_Match=tag)  # noqa: E731
    assert put(OTHER).status_code == 412
    assert (put(remains["ETag"]).status_code, remains.json()["external_id"]) == (200, "D1")
