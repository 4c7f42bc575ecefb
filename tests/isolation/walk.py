"""The isolation walk: every route, asked by everybody of one tenant, with the names of another tenant's rows.

Four oracles: no canary or id of theirs in any answer; the same answer as for a row that does not exist; their rows
unchanged; no row of mine that names one of theirs. Nothing may answer with a server error, and a route without a
request is a finding.
"""

import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import starmap
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.apps import apps
from django.urls import Resolver404, resolve

from tests.isolation.answers import Answer, Ask, alike, difference, told
from tests.isolation.bodies import Bodies, is_reference, reference
from tests.isolation.forms import UUID, Form, names_of, read_page
from tests.isolation.routes import Route, address, all_routes, openapi
from tests.isolation.world import Side, World

SESSIONS = ("csm", "leader", "admin", "viewer")
KEYS = ("read", "write", "ingest", "admin")
EVERYBODY = ("anonymous", *(f"session:{role}" for role in SESSIONS), *(f"key:{scope}" for scope in KEYS))
# Names that pages' queries and forms use for rows, beyond what the OpenAPI file says.
PAGE_FIELDS = ("tenant", "account", "persona", "owner", "team", "actor", "object", "stage", "member", "csm")
NOBODY = str(uuid.UUID(int=0))
Send = Callable[[Ask], Answer]


@dataclass
class Walk:
    """One walk through ``routes`` (all of them by default) with ``send`` as the way to the product."""

    world: World
    send: Send
    rows_as_owner: Callable[[str, Any], list[tuple[Any, ...]]]
    routes: list[Route] = field(default_factory=all_routes)
    findings: list[str] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)
    forms: set[Any] = field(default_factory=set)
    patterns: dict[str, str | None] = field(default_factory=dict)
    asked: int = 0
    threads: int = 4

    def run(self) -> list[str]:
        """Walk, and say what is wrong, one line each."""
        self.bodies = Bodies(openapi()) if any(route.is_api for route in self.routes) else None
        self.their_ids = self.world.theirs.ids()
        before = self.hashes()
        refers = self.tables_that_name_theirs()
        with ThreadPoolExecutor(self.threads) as pool:
            for route in self.routes:
                self.walk(route, pool)
        for table, now in self.hashes().items():
            if now != before[table]:
                self.findings.append(f"changed: rows of the other tenant in {table}")
        self.findings += [
            f"refers: a row of mine in {table} names a row of theirs"
            for table in sorted(self.tables_that_name_theirs() - refers)
        ]
        self.findings += [
            f"not walked: {route.pattern}" for route in self.routes if route.pattern not in self.walked
        ]
        return self.findings

    def walk(self, route: Route, pool: ThreadPoolExecutor) -> None:
        """Ask everything of one route."""
        pairs = [(route, one, other) for one, other in self.pairs(route)]
        if self.threads == 1 or "by-external-id" in route.pattern:  # one upsert after the other
            list(starmap(self.compare, pairs))
        else:
            list(pool.map(lambda pair: self.compare(*pair), pairs))
        if route.is_api or route.is_tracking:  # a walk asks more than a client may in a minute
            self.rows_as_owner("DELETE FROM accounts_apiuse", None)
        self.rows_as_owner(  # whom mine named in vain waits on a page of mine: not to be taken for a leak there
            "DELETE FROM accounts_unknownowner WHERE tenant_id = %s AND lower(word) = lower(%s)",
            [self.world.mine.tenant.pk, self.world.theirs.members["csm"].membership.user.email],
        )

    # Requests

    def pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        """Requests that name theirs, each with the one that names nothing and must be answered alike."""
        if route.is_page:
            yield from self.page_pairs(route)
        elif route.is_api:
            yield from self.api_pairs(route)
        elif route.is_tracking:
            yield from self.open_pairs(route)
            if not route.pattern.endswith("/"):  # the same view
                yield from self.tracking_pairs(route)
        else:
            yield from self.open_pairs(route)

    def page_pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        mine, theirs = self.world.mine, self.world.theirs
        here = mine.tenant.slug
        for method in route.methods:
            for who in EVERYBODY:
                form = {} if method == "POST" else None
                yield (
                    Ask(who, method, address(route, theirs.tenant.slug, theirs), form=form),
                    Ask(who, method, address(route, "no-such-tenant", theirs), form=form),
                )
                if route.names_a_row:
                    yield (
                        Ask(who, method, address(route, here, theirs), form=form),
                        Ask(who, method, address(route, here, None), form=form),
                    )
            for who, names in (
                ("session:csm", PAGE_FIELDS),
                ("session:admin", ("account",)),
                ("session:admin", ("persona",)),
            ):
                one, other = (self.page_fields(route, method, who, names, side) for side in (theirs, None))
                yield one, other
        if "GET" in route.methods:
            yield from self.form_pairs(route)

    def form_pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        """Every kind of form that this page shows an admin, naming theirs in each field that names a row."""
        who, path = "session:admin", address(route, self.world.mine.tenant.slug, self.world.mine)
        page = self.send(Ask(who, "GET", path))
        label_of = names_of(self.world.mine.rows)
        for form in read_page(page.text, path).forms:
            if form.kind in self.forms:
                continue
            self.forms.add(form.kind)
            for name, label in form.naming(label_of):
                yield self.filled(who, form, name, label, True), self.filled(who, form, name, label, False)

    def filled(self, who: str, form: Form, name: str, label: str, theirs: bool) -> Ask:
        """A form of mine in which one field names a row of theirs, or of nobody."""
        old = form.fields[name]
        new = str(self.world.theirs.id_of(label)) if theirs else str(uuid.uuid4())
        if "@" in next(value for value in old if value):
            new = self.world.theirs.members["csm"].membership.user.email if theirs else "nobody@missing.test"
        values = form.filled() | {name: new}
        path, _sign, query = form.action.partition("?")
        path = path or form.page
        if form.method == "POST":
            return Ask(who, "POST", path, query=query, form=values)
        return Ask(who, "GET", path, query=urlencode(values))

    def page_fields(self, route: Route, method: str, who: str, names: tuple[str, ...], side: Any) -> Ask:
        """A request of mine whose query or form names rows of ``side``."""
        values = {name: reference(name, side, {}) for name in names}
        path = address(route, self.world.mine.tenant.slug, self.world.mine)
        if method == "POST":
            return Ask(who, method, path, form=values)
        return Ask(who, method, path, query=urlencode(values))

    def api_pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        theirs = self.world.theirs
        for method in route.methods:
            for who in EVERYBODY:  # each with a body of its own, which takes nothing from another's
                asks = [
                    Ask(who, method, address(route, "", side), json=self.least(route, method))
                    for side in ((theirs, None) if route.names_a_row else (None,))
                ]
                yield asks[0], asks[1] if route.names_a_row else None
            yield from self.query_pairs(route, method)
            yield from self.body_pairs(route, method)

    def least(self, route: Route, method: str) -> Any:
        if method not in ("POST", "PUT", "PATCH") or not hasattr(route.view, "actions"):
            return None
        body = self.bodies.least(route.operation_path, method, route.view, self.world.mine)
        return {"items": [body]} if route.pattern.endswith("/bulk") else body

    def query_pairs(self, route: Route, method: str) -> Iterator[tuple[Ask, Ask | None]]:
        operation = self.bodies.operation(route.operation_path, method) or {}
        own = address(route, "", self.world.mine)
        for one in operation.get("parameters", ()):
            schema = self.bodies.resolve(one.get("schema", {}))
            if one["in"] == "query" and is_reference(one["name"], schema):
                for who in ("key:read", "key:admin"):
                    queries = [
                        urlencode({one["name"]: reference(one["name"], side, schema)}, doseq=True)
                        for side in (self.world.theirs, None)
                    ]
                    yield Ask(who, method, own, query=queries[0]), Ask(who, method, own, query=queries[1])

    def body_pairs(self, route: Route, method: str) -> Iterator[tuple[Ask, Ask | None]]:
        if method not in ("POST", "PUT", "PATCH") or not hasattr(route.view, "actions"):
            return
        fields, _required = self.bodies.properties(route.operation_path, method)
        resource = route.pattern.split("/")[2]
        replay = self.world.theirs.rows["accounts.idempotentreply"][0].key
        for name, schema in fields.items():
            if not is_reference(name, schema) or (
                name == "external_id" and (method != "POST" or route.names_a_row)
            ):
                continue
            for who in ("key:admin",) if name == "external_id" else ("key:write", "key:admin"):
                asks = []
                for side in (self.world.theirs, None):
                    body = self.bodies.least(route.operation_path, method, route.view, self.world.mine)
                    body.pop(name.removesuffix("_external_id"), None)
                    body[name] = reference(name, side, schema, resource)
                    whole = {"items": [body]} if route.pattern.endswith("/bulk") else body
                    asks.append(Ask(who, method, address(route, "", self.world.mine), json=whole))
                yield asks[0], asks[1]
        if method == "POST":
            body = self.least(route, method)
            path = address(route, "", self.world.mine)
            yield Ask("key:admin", method, path, json=body, headers=(("Idempotency-Key", replay),)), None

    def tracking_pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        """Messages with my keys that name their groups, users and messages; the key in the header or in the body."""
        path = address(route, "", None)
        for scope, kind in [*((scope, "track") for scope in KEYS), ("ingest", "identify"), ("ingest", "group"),
                            ("ingest", "alias")]:  # fmt: skip
            key = self.world.mine.keys[scope]
            basic = (("Authorization", "Basic " + b64encode(f"{key}:".encode()).decode()),)
            for more, headers in (({}, basic), ({"writeKey": key}, ())):
                one, other = (tracked(kind, side) for side in (self.world.theirs, None))
                yield (
                    Ask("anonymous", "POST", path, json=one | {"batch": [one], **more}, headers=headers),
                    Ask("anonymous", "POST", path, json=other | {"batch": [other], **more}, headers=headers),
                )

    def open_pairs(self, route: Route) -> Iterator[tuple[Ask, Ask | None]]:
        """Pages that stand outside any tenant: their answers must hold nothing of theirs."""
        for method in route.methods:
            for who in EVERYBODY:
                form = {} if method == "POST" else None
                missing = Ask(who, method, address(route, "", None), form=form) if route.names_a_row else None
                yield Ask(who, method, address(route, "", self.world.theirs), form=form), missing

    # Oracles

    def compare(self, route: Route, one: Ask, other: Ask | None) -> None:
        same = self.ask(route, other) if other else None
        answer = self.ask(route, one)
        for asked, found in ((one, answer), (other, same)):  # the second has sent no name that may be echoed
            if asked and found:
                for what in told(found, asked, self.world.theirs.canary, self.their_ids):
                    self.findings.append(f"leaks: {describe(route, asked)}: {what}")
        if other and route.names_a_row and not alike(answer, one, same, other):
            same = self.ask(
                route, other
            )  # the first of the three may have changed the row of mine in the address
        if other and one.method == "GET" and not alike(answer, one, same, other):
            # What moves with the clock, such as a score that ages on a slide, differs once and not again.
            same, answer = self.ask(route, other), self.ask(route, one)
        if other and not alike(answer, one, same, other):
            what = difference(answer, one, same, other)
            self.findings.append(f"tells apart: {describe(route, one)}: {what}")

    def ask(self, route: Route, one: Ask) -> Answer:
        self.asked += 1
        pattern = self.pattern_of(UUID.sub(NOBODY, one.path))
        if pattern is None:
            self.findings.append(f"no route: {one.path}")
        else:
            self.walked.add(pattern)
        answer = self.send(one)
        if answer.status >= 500:
            self.findings.append(f"server error: {describe(route, one)}: {answer.status}")
        if answer.status == 429:
            self.findings.append(f"refused as too many: {describe(route, one)}")
        return answer

    def pattern_of(self, path: str) -> str | None:
        """The route that an address leads to: no route tells one id from another, so each is looked up once."""
        if path not in self.patterns:
            try:
                self.patterns[path] = resolve(path).route.removeprefix("^").removesuffix("$")
            except Resolver404:
                self.patterns[path] = None
        return self.patterns[path]

    def tables(self) -> list[str]:
        return [
            model._meta.db_table for model in apps.get_models()
            if any(one.name == "tenant" for one in model._meta.local_fields)
        ]  # fmt: skip

    def hashes(self) -> dict[str, Any]:
        """A hash of the other tenant's rows in every table, and of its users."""
        tenant = self.world.theirs.tenant.pk
        found = self.of_each_table(
            "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))", self.world.theirs
        )
        found.pop("accounts_apiuse")
        found["accounts_tenant"] = self.rows_as_owner(
            "SELECT t::text FROM accounts_tenant t WHERE id = %s", [tenant]
        )
        found["accounts_user"] = self.rows_as_owner(
            "SELECT u::text FROM accounts_user u JOIN accounts_membership m ON m.user_id = u.id "
            "WHERE m.tenant_id = %s ORDER BY u.id", [tenant],
        )  # fmt: skip
        return found

    def tables_that_name_theirs(self) -> set[str]:
        """The tables in which a row of mine names an id of theirs: in a key, an array, a JSON value."""
        texts = self.of_each_table("string_agg(t::text, '|')", self.world.mine)
        return {table for table, text in texts.items() if set(UUID.findall(text or "")) & self.their_ids}

    def of_each_table(self, sql: str, side: Side) -> dict[str, Any]:
        """What ``sql`` says about a tenant's rows, by table: one statement, as there are 150 tables."""
        each = [
            f"SELECT '{table}', {sql} FROM {table} t WHERE tenant_id = {side.tenant.pk}"
            for table in self.tables()
        ]
        return dict(self.rows_as_owner(" UNION ALL ".join(each), None))  # type: ignore[arg-type]


def tracked(kind: str, side: Side | None) -> dict[str, Any]:
    """A message of a tracking library that names a group, a user and a message of this side, or nobody's."""
    group = reference("account_external_id", side, {})
    user = side.rows["health.trackeduser"][0].user_key if side else f"missing-{uuid4().hex[:8]}"
    message = side.rows["health.usagemessage"][0].message_id if side else f"missing-{uuid4().hex[:8]}"
    named = {"type": kind, "event": "plan", "messageId": message, "userId": user, "groupId": group}
    return named | {"previousId": f"former {user}", "traits": {"email": f"{group}@example.test"}}


def describe(route: Route, one: Ask) -> str:
    extra = f" ?{one.query}" if one.query else ""
    fields = one.json or one.form
    extra += f" {fields}" if fields else ""
    return f"{one.method} {route.pattern} as {one.who}{UUID.sub('…', extra)[:200]}"
