"""The OpenAPI file: complete, exemplified, and true of what the door answers."""

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.exceptions import APIException, NotAcceptable
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.access import digest
from accounts.api import docs
from accounts.api.base.paging import MAX_LIMIT
from accounts.api.base.resources import MAX_ITEMS
from accounts.api.strict import MAX_BYTES
from accounts.models import ApiKey, Scope
from accounts.services.limits import REQUESTS_A_MINUTE
from tests.conftest import NOW

EXAMPLES_PER_OPERATION = 6
CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def document():
    return docs.openapi_document()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolved(document, node):
    return document["components"]["responses"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def test_the_file_is_openapi_3_1_and_open_to_everyone(rest):
    answer = rest.nobody.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "name",
    [f"`{scope.value}`" for scope in Scope]
    + ["Bearer csk_", "`next`", "`Idempotency-Key`", "`ETag`", "application/problem+json", "`Retry-After`"]
    + [
        f"{REQUESTS_A_MINUTE} requests a minute",
        f"{MAX_BYTES // 2**20} MiB",
        f"1 to {MAX_LIMIT}",
        f"{MAX_ITEMS:,} items",
    ],
)
def test_the_file_says_first_what_holds_for_every_address(document, name):
    assert name in document["info"]["description"]


def test_every_answer_has_one_example_that_its_schema_accepts(document):
    seen = 0
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            for content in resolved(document, answer).get("content", {}).values():
                examples = [content["example"]] if "example" in content else [
                    one["value"] for one in content["examples"].values()
                ]  # fmt: skip
                whole = {**content["schema"], "components": document["components"]}
                validator = Draft202012Validator(whole, format_checker=FormatChecker())
                for example in examples:
                    assert not list(validator.iter_errors(example)), (name, status)
                    seen += 1
    assert seen > 100


def test_every_operation_names_its_problems(document):
    for name, operation in operations(document):
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), name


def test_the_docs_page_shows_every_operation(rest, document):
    page = rest.nobody.get("/docs")
    assert page.status_code == 200
    for _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text


def types_of_problems(of=APIException):
    return {of.default_code}.union(*(types_of_problems(one) for one in of.__subclasses__()))


def test_the_docs_page_has_one_anchor_for_every_type_of_problem(rest):
    page = rest.nobody.get("/docs").text
    known = types_of_problems() - {NotAcceptable.default_code}  # JSON, whatever the client accepts
    assert {"parse_error", "method_not_allowed", "conflict", "stale"} <= known
    assert {code: page.count(f'id="{code}"') for code in known} == dict.fromkeys(known, 1)


def test_the_door_keeps_to_its_description(rest, cast, document, db):
    """Schemathesis: no 5xx and conforming answers for generated requests to every operation."""
    rest.write.post("/accounts", {"external_id": "crm-1001", "name": "Larkspur"})
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    for number, found in enumerate(schema.get_all_operations()):
        token = make_key_for(cast.adam, number)
        tried += try_operation(found.ok(), token)
    assert tried > 200


def make_key_for(actor, number):
    """A key of its own for each operation: a single one would run into the limit."""
    ApiKey.objects.create(
        tenant=actor.tenant, membership=actor.membership, name="schema", prefix=f"schema{number}",
        digest=digest("secret"), scopes=["admin"], created_at=NOW,
    )  # fmt: skip
    return f"csk_schema{number}_secret"


def answer_to(case, token):
    """The door's answer to a generated request, by way of Django's client: it keeps the test's transaction open."""
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    headers = {**sent.headers, "Authorization": f"Bearer {token}"}
    headers.pop("Content-Length", None)
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    given = Client(raise_request_exception=False).generic(
        sent.method, sent.path_url, body, content_type=headers.pop("Content-Type", ""), headers=headers
    )
    return Response(
        status_code=given.status_code,
        headers={name.lower(): [value] for name, value in given.headers.items()},
        content=given.content,
        request=sent,
        elapsed=0.0,
        verify=False,
    )


def try_operation(operation, token):
    count = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def run(case):
        nonlocal count
        count += 1
        case.validate_response(answer_to(case, token), checks=CHECKED)

    run()
    return count
