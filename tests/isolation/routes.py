"""Every route of the product, from its own resolver, and how an address of it is made for a row of a tenant.

An unknown kind of route or parameter is an error: whoever adds one says here how it is walked.
"""

import functools
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from tests.isolation.world import Side

# A plural in an address whose singular is not the model's name.
NOUNS = {
    "org-edges": "relationships.edge",
    "members": "accounts.membership",
    "keys": "accounts.apikey",
    "work": "accounts.outbox",
    "mappings": "accounts.importmapping",
    "exports": "accounts.job",
    "deliveries": "accounts.webhookdelivery",
    "views": "accounts.savedview",
    "edits": "accounts.job",
    "promises": "accounts.step",
    "flags": "health.raisedflag",
    "asks": "relationships.advocateask",
    "first_values": "relationships.firstvalue",
}
# Addresses made by a regular expression, with an example of each.
REGEX = {
    r"password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)": "password/new/1-set-password",
    r"api/v1/[\s\S]*": "api/v1/no-such-resource",
}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One URL pattern: its text, its view, and the methods it may be asked with."""

    pattern: str
    view: Any

    @property
    def is_page(self) -> bool:
        return self.pattern.startswith("t/<slug:")

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/v1/")

    @property
    def is_tracking(self) -> bool:
        return self.pattern.startswith("v1/")

    @property
    def methods(self) -> list[str]:
        actions = getattr(self.view, "actions", None)
        return [method.upper() for method in actions] if actions else ["GET", "POST"]

    @property
    def names_a_row(self) -> bool:
        return any(name != "slug" for _kind, name in PARAMETER.findall(self.pattern))

    @property
    def operation_path(self) -> str:
        """The route as the OpenAPI file writes it."""
        return "/" + PARAMETER.sub(lambda found: "{" + found.group(2) + "}", self.pattern)


def all_routes() -> list[Route]:
    """Every route, as deep as the resolver goes."""
    return list(flatten(get_resolver().url_patterns, ""))


def flatten(patterns: Any, prefix: str) -> Any:
    for one in patterns:
        text = prefix + str(one.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(one, URLResolver):
            yield from flatten(one.url_patterns, text)
        elif isinstance(one, URLPattern):
            yield Route(text, one.callback)


@functools.cache
def openapi() -> dict[str, Any]:
    """The OpenAPI file, as the product generates it."""
    return SchemaGenerator().get_schema(request=None, public=True)


def address(route: Route, slug: str, side: Side | None) -> str:
    """The route's address in the tenant ``slug``, naming rows of ``side``; None names rows that nobody has."""
    if not PARAMETER.search(route.pattern):
        if re.search(r"[()*+\\]", route.pattern):
            assert route.pattern in REGEX, f"no example of {route.pattern} in REGEX"
            return "/" + REGEX[route.pattern]
        return "/" + route.pattern
    if route.pattern in REGEX:
        return "/" + REGEX[route.pattern]
    made, end = "/", 0
    for found in PARAMETER.finditer(route.pattern):
        made += route.pattern[end : found.start()]
        made += slug if found.group(2) == "slug" else row_name(route, found, side)
        end = found.end()
    return made + route.pattern[end:]


def row_name(route: Route, found: re.Match[str], side: Side | None) -> str:
    """What stands for one row in the address: its id, its external id, or an invitation's stored digest."""
    kind, name = found.group(1) or "str", found.group(2)
    if name == "token":
        return side.rows["accounts.invitation"][0].token_digest if side else "no-such-token"
    if name == "key":
        return "circumstances"
    if name == "role":
        return "champion"
    if kind == "uuid":
        return str(side.id_of(label_of(route, found, name)) if side else uuid.uuid4())
    if name == "external_id":
        row = side.rows[label_of(route, found, name)][3] if side else None
        return row.external_id if row else f"missing-{uuid.uuid4().hex[:8]}"
    raise AssertionError(f"{route.pattern}: how is <{kind}:{name}> walked?")


def label_of(route: Route, found: re.Match[str], name: str) -> str:
    """The model whose row a parameter names: by the plural before it, or by its own name."""
    parts = [part for part in route.pattern[: found.start()].split("/") if part and "<" not in part]
    plural = next(part for part in reversed(parts) if part != "by-external-id")
    singular = re.sub(r"ies$", "y", plural)
    singular = re.sub(r"(ch|sh|x)es$", r"\1", singular).removesuffix("s").replace("-", "")
    known = labels()
    label = NOUNS.get(plural) or known.get(singular) or known.get(name.removesuffix("_id"))
    assert label, f"{route.pattern}: which model is <{name}>? Add {plural} to NOUNS"
    return label


@functools.cache
def labels() -> dict[str, str]:
    """The label of each model by its name."""
    return {str(model._meta.model_name): model._meta.label_lower for model in apps.get_models()}
