"""Completes the OpenAPI description: the problems that every operation may answer with, the headers of every answer,
and one example for each, made from its schema so that it cannot disagree with it."""

from http import HTTPStatus
from typing import Any

PROBLEM = "#/components/schemas/Problem"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457: what went wrong, and where.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
}
PROBLEM_ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body; ?name for a parameter."},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["pointer", "code", "detail"],
}
# status: (type, detail, errors)
PROBLEMS: dict[int, tuple[str, str, list[dict[str, str]]]] = {
    400: (
        "invalid",
        "name: This field is required.",
        [{"pointer": "/name", "code": "required", "detail": "This field is required."}],
    ),
    401: ("not_authenticated", "Authentication credentials were not provided.", []),
    403: ("permission_denied", "You do not have permission to perform this action.", []),
    404: ("not_found", "Not found.", []),
    409: (
        "invalid",
        "external_id: Another object has this external_id.",
        [
            {
                "pointer": "/external_id",
                "code": "taken",
                "detail": "Another object has this external_id.",
            }
        ],
    ),
    412: ("stale", "The object has changed since the version named in If-Match.", []),
    415: ("unsupported_media_type", 'Unsupported media type "text/plain" in request.', []),
    422: ("idempotency_key_reused", "This Idempotency-Key was used with another request.", []),
    429: ("throttled", "Request was throttled. Expected available in 12 seconds.", []),
    503: ("unavailable", "The service is busy. Try again.", []),
}
# Types that share their status with another, or that no operation describes.
FURTHER = {
    "parse_error": 400,
    "authentication_failed": 401,
    "method_not_allowed": 405,
    "conflict": 409,
    "error": 500,
}
EVERY = (400, 401, 403, 404, 429, 503)
BY_METHOD = {
    "post": (409, 415, 422),
    "put": (409, 415),
    "patch": (409, 415),
}
HEADERS = {
    "X-Request-Id": ({"type": "string"}, "The request's own id, or ours."),
    "RateLimit-Limit": ({"type": "integer"}, "Requests a minute."),
    "RateLimit-Remaining": ({"type": "integer"}, "How many are left."),
    "RateLimit-Reset": ({"type": "integer"}, "Seconds until the count starts again."),
    "Retry-After": ({"type": "integer"}, "Seconds to wait."),
    "ETag": ({"type": "string"}, "The version of the object."),
    "Location": ({"type": "string"}, "The address of the new object."),
}
SAMPLES: dict[str, Any] = {
    "external_id": "crm-1001",
    "account_external_id": "crm-1001",
    "persona_external_id": "dana@larkspur.test",
    "reports_to_external_id": "eli@larkspur.test",
    "main_contact_external_id": "dana@larkspur.test",
    "parent_external_id": "crm-1000",
    "name": "Larkspur",
    "title": "Agree on next quarter's goals",
    "domain": "larkspur.test",
    "email": "dana@larkspur.test",
    "owner_email": "alice@northwind.test",
    "acts_as": "adam@northwind.test",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "arr": "120000.00",
    "arr_before": "100000.00",
    "arr_after": "120000.00",
    "segment": "enterprise",
    "tier": "gold",
    "region": "EMEA",
    "feature": "reports",
    "key": "reports",
    "verb": "account.updated",
    "type": "account",
    "slug": "northwind",
    "seats": 50,
    "entitlements": "reports",
    "deleted_at": None,
    "language": "en",
    "note": "Renewal call went well",
    "why": "Support answers within the hour",
    "detail": "This field is required.",
    "code": "required",
    "pointer": "/name",
    "data": {"before": {"tier": "silver"}, "after": {"tier": "gold"}},
}
BY_FORMAT: dict[str, Any] = {
    "uuid": "01930f6e-7a10-7cc2-9d2e-5b8f0a1c2d3e",
    "date-time": "2026-11-02T12:00:00Z",
    "date": "2026-11-02",
    "email": "alice@northwind.test",
    "uri": "https://cs.example.com/api/v1/accounts?cursor=WyJpZCJd",
    "decimal": "10.00",
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's last step: problems, headers, security and examples."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _drop(schemas, "x-spec-enum-id")
    schemas["Problem"], schemas["ProblemError"] = PROBLEM_SCHEMA, PROBLEM_ERROR_SCHEMA
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: csk_<prefix>_<secret>."}
    }
    components["headers"] = {
        name: {"schema": schema, "description": said} for name, (schema, said) in HEADERS.items()
    }
    components["responses"] = {f"Problem{status}": _problem_answer(status) for status in PROBLEMS}
    for path, methods in result["paths"].items():
        _drop(methods, "x-spec-enum-id")
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                single = path.endswith("/{id}") or "/by-external-id/" in path
                _complete_operation(method, operation, schemas, single=single)
    return result


def example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A plausible value of a schema; ``name`` is the property that it is for."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth + 1)
    if "example" in schema:
        return schema["example"]
    if name in SAMPLES and SAMPLES[name] is None:
        return None
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return _example_of_several(key, schema[key], schemas, name, depth)
    if "enum" in schema:
        return next(value for value in schema["enum"] if value not in (None, ""))
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    return _example_of_kind(kind, schema, schemas, name, depth)


def _example_of_several(key: str, several: list[Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    if key != "allOf":
        return example(next(s for s in several if s.get("type") != "null"), schemas, name, depth)
    found = [example(one, schemas, name, depth) for one in several]
    return {k: v for one in found for k, v in one.items()} if isinstance(found[0], dict) else found[0]


def _example_of_kind(
    kind: str | None, schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int
) -> Any:
    if kind == "array":
        items = schema.get("items", {})
        return (
            []
            if depth > 8 or ("maxItems" in schema and not items)
            else [example(items, schemas, name, depth + 1)]
        )
    if kind == "object" or (kind is None and "properties" in schema):
        properties = schema.get("properties", {})
        return {key: example(inner, schemas, key, depth + 1) for key, inner in properties.items()} or _sample(
            name, {}
        )
    if kind == "integer":
        return _sample(name, schema.get("minimum", 1))
    if kind == "number":
        return schema.get("minimum", 0.5)
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    return _example_text(schema, name)


def _example_text(schema: dict[str, Any], name: str) -> Any:
    if schema.get("format") in ("uuid", "date-time", "date", "uri"):
        return BY_FORMAT[schema["format"]]
    fallback = BY_FORMAT.get(schema.get("format", ""), name.replace("_", " ") or "text")
    text = _sample(name, fallback)
    return text[: schema.get("maxLength", 1000)] if isinstance(text, str) else fallback


def _sample(name: str, fallback: Any) -> Any:
    found = SAMPLES.get(name, fallback)
    return found if isinstance(found, type(fallback)) else fallback


def _drop(node: Any, key: str) -> None:
    """Remove a key wherever it stands below this node."""
    if isinstance(node, dict):
        node.pop(key, None)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _drop(child, key)


def _complete_operation(
    method: str, operation: dict[str, Any], schemas: dict[str, Any], *, single: bool
) -> None:
    responses = operation["responses"]
    public = operation.get("security") == [{}]
    operation["security"] = [] if public else [{"key": []}]
    for status, answer in responses.items():
        _complete_answer(int(status), answer, schemas, single=single)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content.setdefault("example", _request_example(content["schema"], schemas))
    versioned = any(one["name"] == "If-Match" for one in operation.get("parameters", ()))
    for status in (*EVERY, *BY_METHOD.get(method, ()), *((412,) if versioned else ())):
        if str(status) not in responses:
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
        elif status == 422:
            problem = {"schema": {"$ref": PROBLEM}, "example": _problem_example(status)}
            responses["422"].setdefault("content", {})["application/problem+json"] = problem
    operation["responses"] = dict(sorted(responses.items()))


def _complete_answer(status: int, answer: dict[str, Any], schemas: dict[str, Any], *, single: bool) -> None:
    headers = ["X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    headers += ["Location", "ETag"] if status == 201 else ["ETag"] if status == 200 and single else []
    answer.setdefault("headers", {}).update({h: {"$ref": f"#/components/headers/{h}"} for h in headers})
    answer["description"] = answer.get("description") or HTTPStatus(status).phrase
    for content in answer.get("content", {}).values():
        if "example" not in content and "examples" not in content:
            content["example"] = example(content["schema"], schemas)


def _request_example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    made = example(schema, schemas)
    if isinstance(made, dict):
        made = _without(made)
        if isinstance(made.get("items"), list):
            made["items"] = [_without(item) for item in made["items"]]
    return made


def _without(item: Any) -> Any:
    """A body as one would write it: no option left at its default, nothing named twice."""
    if not isinstance(item, dict):
        return item
    drop = {"historical", "effective_at", "atomic", "dry_run", "match_on"} | {
        f"{k}_external_id" for k in item
    }
    return {key: value for key, value in item.items() if key not in drop}


def _problem_answer(status: int) -> dict[str, Any]:
    headers = ["X-Request-Id", *(["Retry-After"] if status in (429, 503) else [])]
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/problem+json": {"schema": {"$ref": PROBLEM}, "example": _problem_example(status)}
        },
    }


def _problem_example(status: int) -> dict[str, Any]:
    code, detail, errors = PROBLEMS[status]
    return {
        "type": f"/api/v1/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors,
        "request_id": BY_FORMAT["uuid"],
    }
