"""The OpenAPI 3.1 file and the page that people read, both made from the views and the same for everyone."""

import json
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from accounts.api.base.examples import FURTHER, PROBLEMS
from accounts.models import EVENTS

_making = Lock()
SAMPLE = {
    "type": "score.band_changed",
    "timestamp": "2026-11-02T12:00:00Z",
    "data": {
        "activity": "01930f6e-7a10-7cc2-9d2e-5b8f0a1c2d3e",
        "object": {"type": "score", "id": "01930f6e-7a10-7cc2-9d2e-5b8f0a1c2d3f"},
        "account": {
            "id": "01930f6e-7a10-7cc2-9d2e-5b8f0a1c2d3f",
            "external_id": "crm-1001",
            "name": "Larkspur",
            "url": "https://cs.example.com/t/northwind/accounts/01930f6e-7a10-7cc2-9d2e-5b8f0a1c2d3f",
        },
        "persona": None,
        "actor": None,
        "change": {
            "before": {"band": "healthy", "score": 71.5},
            "after": {"band": "watch", "score": 64.2},
        },
    },
}


def openapi_document() -> dict[str, Any]:
    """The description of the JSON door, made once: its generator serves one thread at a time only."""
    with _making:
        return _document()


@cache
def _document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def openapi_bytes() -> bytes:
    return json.dumps(openapi_document(), ensure_ascii=False).encode()


@require_safe
@non_atomic_requests
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(openapi_bytes(), content_type="application/json")


@require_safe
@non_atomic_requests
def docs(request: HttpRequest) -> HttpResponse:
    context = {
        "groups": groups(),
        "problems": problem_types(),
        "events": EVENTS,
        "sample": _text(SAMPLE),
    }
    return render(request, "accounts/api_docs.html", context)


def problem_types() -> list[tuple[str, str]]:
    """Every type of problem, once, with the statuses that it comes with."""
    known = [(status, code) for status, (code, _, _) in PROBLEMS.items()]
    found: dict[str, list[str]] = {}
    for status, code in sorted([*known, *((status, code) for code, status in FURTHER.items())]):
        found.setdefault(code, []).append(str(status))
    return [(code, ", ".join(statuses)) for code, statuses in found.items()]


@cache
def groups() -> list[dict[str, Any]]:
    """The operations by resource, with their parameters and examples as text."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            found.setdefault(tag, []).append(_shown(path, method, operation))
    return [{"name": name, "operations": operations} for name, operations in sorted(found.items())]


def _shown(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary") or "",
        "description": operation.get("description") or "",
        "parameters": [p for p in operation.get("parameters", []) if p["in"] != "path"],
        "request": _text(body["example"]) if "example" in body else "",
        "answers": list(_answers(operation)),
    }


def _answers(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            continue
        content = answer.get("content", {}).get("application/json", {})
        yield {
            "status": status,
            "description": answer["description"],
            "example": _text(content["example"]) if "example" in content else "",
        }


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
