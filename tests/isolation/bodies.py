"""Bodies for every operation, from the OpenAPI file: the least that is valid, and one variant per field that can name
a row. A field that looks like an id and is not known here is an error."""

import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from typing import Any

from tests.isolation.world import Side

ACCOUNT, PERSONA, MEMBER = "accounts.account", "accounts.persona", "accounts.membership"
# What a field of this name points at, by id.
BY_ID = {
    "round": "relationships.round", "cadence": "relationships.cadence", "touch": "accounts.touch", "case": "accounts.case",
    "account": ACCOUNT, "account_id": ACCOUNT, "parent": ACCOUNT, "persona": PERSONA, "persona_id": PERSONA,
    "reports_to": PERSONA, "into": PERSONA, "target": PERSONA, "stage": "journeys.stage", "owner": MEMBER, "member": MEMBER,
    "actor": MEMBER, "rated_by": MEMBER, "object": ACCOUNT, "object_id": ACCOUNT, "team": MEMBER, "csm": MEMBER,
    "rating": "relationships.rating", "after": "accounts.activity", "before": "accounts.activity",
    "id": ACCOUNT, "accounts": ACCOUNT, "initiative": "accounts.initiative",
    "main_contact": PERSONA,
}  # fmt: skip
BY_EXTERNAL_ID = {
    "account_external_id": ACCOUNT,
    "parent_external_id": ACCOUNT,
    "persona_external_id": PERSONA,
    "reports_to_external_id": PERSONA,
    "main_contact_external_id": PERSONA,
    "target_external_id": PERSONA,
    "initiative_external_id": "accounts.initiative",
}
BY_EMAIL = {
    "member_email",
    "owner_email",
    "account_owner_email",
    "rated_by_email",
    "rater_email",
    "email_of_member",
}
_number = itertools.count(1)
# Needed beside the required fields, by the plural of the resource.
BESIDE: dict[str, Callable[[], dict[str, Any]]] = {
    "ratings": lambda: {"strength": "okay"},
    "responses": lambda: {"kind": "nps", "answer": 9},
    "observations": lambda: {"measure": "nps", "value": 9},
    # A tier has one cadence: a body without one would take the place of the next, whoever comes first.
    "cadences": lambda: {"tier": f"text {next(_number)}"},
}


def is_reference(name: str, schema: dict[str, Any]) -> bool:
    if name in BY_ID or name in BY_EXTERNAL_ID or name in BY_EMAIL or name == "external_id":
        return True
    looks = schema.get("format") == "uuid" or name.endswith("_email")
    assert not looks, f"the field {name} looks like a reference: say in bodies.py what it points at"
    return False


def reference(name: str, side: Side | None, schema: dict[str, Any], resource: str = "") -> Any:
    """The value that names a row of ``side`` in this field; of nobody, where side is None."""
    if name in BY_EXTERNAL_ID:
        value: Any = (
            side.rows[BY_EXTERNAL_ID[name]][0].external_id if side else f"missing-{uuid.uuid4().hex[:8]}"
        )
    elif name == "tenant":
        value = side.tenant.slug if side else "no-such-tenant"
    elif name == "external_id":
        value = own_external_id(resource, side)
    elif name in BY_EMAIL or (name == "team" and "email" in str(schema)):
        value = side.members["csm"].membership.user.email if side else "nobody@missing.test"
    else:
        value = str(side.id_of(BY_ID[name]) if side else uuid.uuid4())
    return [value] if schema.get("type") == "array" else value


def own_external_id(resource: str, side: Side | None) -> str:
    """An external id that this resource has in a tenant; a new one for nobody. Each is lent once."""
    label = f".{resource.removesuffix('s')}"
    rows = next((rows for one, rows in side.rows.items() if one.endswith(label)), []) if side else []
    if side is None or side.lent.get(label, 0) >= len(rows) - 2:
        return f"new-{next(_number)}-{uuid.uuid4().hex[:6]}"
    lent = side.lent[label] = side.lent.get(label, 0) + 1
    return str(rows[lent].external_id)


class Bodies:
    """Bodies by operation of one OpenAPI file."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec

    def operation(self, path: str, method: str) -> dict[str, Any] | None:
        return self.spec["paths"].get(path, {}).get(method.lower())

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self.resolve(self.spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for key in ("allOf", "oneOf", "anyOf"):
            if key in schema:
                parts = [self.resolve(part) for part in schema[key]]
                real = [part for part in parts if part.get("type") != "null"]
                return {**schema, **(real[0] if real else {})}
        return schema

    def properties(self, path: str, method: str) -> tuple[dict[str, dict[str, Any]], set[str]]:
        """The writable fields of a body and the required ones; a bulk's are those of its items."""
        operation = self.operation(path, "POST" if path.endswith("/bulk") else method)
        if path.endswith("/bulk"):
            operation = self.operation(path.removesuffix("/bulk"), "POST") or operation
        content = ((operation or {}).get("requestBody") or {}).get("content", {})
        schema = self.resolve(content.get("application/json", {}).get("schema", {}))
        fields = {name: self.resolve(one) for name, one in schema.get("properties", {}).items()}
        writable = {name: one for name, one in fields.items() if not one.get("readOnly")}
        return writable, set(schema.get("required", ())) & set(writable)

    def least(self, path: str, method: str, view: Any, mine: Side) -> dict[str, Any]:
        """A valid body with as few fields as can be, naming rows of ``mine``."""
        fields, required = self.properties(path, method)
        if method != "PATCH":
            required |= set(getattr(getattr(view.cls, "serializer_class", None), "required", ())) & set(
                fields
            )
        resource = path.split("/")[3] if path.count("/") > 2 else ""
        body = {name: self.sample(name, fields[name], mine, resource) for name in sorted(required)}
        beside = BESIDE.get(resource) if method != "PATCH" and fields else None
        return {**body, **(beside() if beside else {})}

    def sample(self, name: str, schema: dict[str, Any], mine: Side, resource: str = "") -> Any:
        schema = self.resolve(schema)
        if name != "id" and is_reference(name, schema):
            return reference(name, None if name == "external_id" else mine, schema, resource)
        if schema.get("enum"):
            return next(choice for choice in schema["enum"] if choice)
        kind = schema.get("type")
        kind = next((one for one in kind if one != "null"), "string") if isinstance(kind, list) else kind
        if kind == "array":
            return [self.sample(name.removesuffix("s"), schema.get("items", {}), mine, resource)]
        if kind == "object":
            inner = schema.get("properties", {})
            return {
                key: self.sample(key, one, mine, resource)
                for key, one in inner.items()
                if not one.get("readOnly")
            }
        return plain(name, kind, schema)


def plain(name: str, kind: str | None, schema: dict[str, Any]) -> Any:
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return False
    by_format = {
        "date-time": now.isoformat(), "date": now.date().isoformat(), "email": "somebody@example.test",
        "uri": "https://example.test/", "decimal": "1.00", "uuid": str(uuid.uuid4()),
    }  # fmt: skip
    if schema.get("format") in by_format:
        return by_format[schema["format"]]
    return "EUR" if "currency" in name else f"text {next(_number)}"
