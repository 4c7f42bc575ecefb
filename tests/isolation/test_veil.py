"""Whoever waits for a blind second rating reads the same everywhere, whatever the first rater said.

Two tenants differ in nothing but the hidden ratings. Every page and every GET operation that the second rater may open,
with every filter, ordering and link that it offers, must answer alike in both until they have rated.
"""

import datetime as dt
import io
import json
import re
import uuid
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import ApiUse
from accounts.scope import reader_scope, tenant_scope
from accounts.selectors.exports import export_kinds
from relationships import services
from relationships.services import NewRating
from tests.isolation.answers import NOISE
from tests.isolation.bodies import Bodies
from tests.isolation.forms import UUID, Form, read_page
from tests.isolation.routes import Route, address, all_routes, openapi
from tests.isolation.veiled import CALM, DAY, FACETS, GLAD, GRIM, SAID, SOUR, Veiled, make_veiled, work_off

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

OF_A_KIND = 2  # links to one page that give the same parameters: so many of them are followed
NUMBER = re.compile(r"-?\d+\.\d{6,}(e-?\d+)?")  # the last digits depend on the order of a sum
SAMPLE = (
    re.compile(r"&quot;occurred_at&quot;: &quot;[^&]+&quot;|\"occurred_at\": \"[^\"]+\""),
    "<sample>",
)  # on Connect: when the page was made
NOTES = re.compile("|".join(note for *_said, note, _signs, _sure in (GRIM, GLAD, SOUR, CALM)))
TELLING = (
    "", "rate", "risk", "risk/coverage", "risk/monday", "accounts", "ratings", "accounts/<uuid:account_id>",
    "accounts/<uuid:account_id>/people", "accounts/<uuid:account_id>/timeline", "personas/<uuid:persona_id>",
)  # fmt: skip
SKIP = re.compile(r"/logout|/static/|\.css|\.js$|page=\d\d")


@dataclass
class Reading:
    """What one member reads in one of the two tenants: {address: (status, text)}, with names in place of ids."""

    found: Veiled
    who: str
    read: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Lines of the log and second asks have ids in an order of their own: drawn, or with lines between.
        own = ("<accounts.activity", "<relationships.assignment")
        self.names = {id: "<id>" if name.startswith(own) else name for id, name in self.found.names().items()}
        self.browser = Client()
        self.browser.force_login(
            self.found.actors[self.who].membership.user,
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )

    def some(self) -> "Reading":
        """A few pages that tell whoever may know."""
        for route in all_routes():
            if route.pattern.removeprefix("t/<slug:slug>/") in TELLING:
                for path in self.addresses(route):
                    self.page(path)
        return self

    def pages(self) -> "Reading":
        """Every page, and whatever those link to or their forms ask for."""
        routes = [route for route in all_routes() if route.is_page and "GET" in route.methods]
        paths = [path for route in routes for path in self.addresses(route)]
        offered = [link for path in paths for link in self.page(path)]
        kinds: Counter[tuple[str, ...]] = Counter()
        for link in dict.fromkeys(offered):
            page, _sign, query = self.named(link).partition("?")
            kinds[page, *sorted(parse_qs(query))] += 1
            if kinds[page, *sorted(parse_qs(query))] <= OF_A_KIND:
                self.page(link)
        return self

    def addresses(self, route: Route) -> list[str]:
        """The route's address for each of those who are hidden, or their account."""
        paths = []
        for name in ("Dana", "Eli", "Gus"):
            side, person = self.found.side, self.found.people[name]
            first = {
                "accounts.persona": sorted(
                    side.rows["accounts.persona"], key=lambda row: row.pk != person.pk
                ),
                "accounts.account": sorted(
                    side.rows["accounts.account"], key=lambda row: row.pk != person.account_id
                ),
            }
            nobody = SimpleNamespace(pk=uuid.uuid4(), external_id="missing", token_digest="missing")
            rows = side.rows | first
            side.rows = defaultdict(lambda: [nobody] * 4)  # noqa: B023
            side.rows |= {label: [*found, *[found[0]] * 3] for label, found in rows.items() if found}
            paths.append(address(route, self.found.tenant.slug, side))
        return list(dict.fromkeys(paths))

    def page(self, path: str) -> list[str]:
        if self.named(path) in self.read or SKIP.search(path):
            return []
        answer = self.browser.get(path)
        text = self.keep(path, answer)
        if "html" not in answer.headers.get("Content-Type", ""):
            return []
        here = path.partition("?")[0]
        page = read_page(answer.content.decode(), here)
        offered = [here + link if link.startswith("?") else link for link in page.links]
        offered += list(self.filters(page.forms, here))
        own = f"/t/{self.found.tenant.slug}/"
        return [link.partition("#")[0] for link in offered if link.startswith(own)] if text else []

    def filters(self, forms: list[Form], here: str) -> Iterator[str]:
        """One address for each choice that a form to read with offers."""
        for form in forms:
            if form.method != "GET":
                continue
            action = form.action.partition("?")[0] or here
            for name, values in form.fields.items():
                chosen = {one: value for one, value in form.filled().items() if value}
                for value in values:
                    yield f"{action}?{urlencode(chosen | {name: value})}"

    def rest(self) -> "Reading":
        """Every GET operation, with every choice of every parameter."""
        bodies = Bodies(openapi())
        client = Client(headers={"Authorization": f"Bearer {self.found.keys['admin']}"})
        for route in all_routes():
            if not route.is_api or "GET" not in route.methods or not hasattr(route.view, "actions"):
                continue
            with tenant_scope(self.found.tenant.pk), transaction.atomic():
                ApiUse.objects.all().delete()  # a reading asks more than a client may in a minute
            paths = self.addresses(route)
            for path in paths:
                operation = bodies.operation(route.operation_path, "GET") or {}
                for query in ("", *(self.queries(bodies, operation) if path == paths[0] else ())):
                    whole = f"{path}?{query}".removesuffix("?")
                    self.keep(whole, client.get(whole))
        for kind in export_kinds():
            self.export(client, kind)
        return self

    def export(self, client: Client, kind: str) -> None:
        """What a worker writes into a file for this member."""
        made = client.post("/api/v1/exports", {"kind": kind}, content_type="application/json")
        assert made.status_code == 202, made.content
        with tenant_scope(self.found.tenant.pk):
            work_off(self.found.at)
        job = client.get(made.headers["Location"]).json()
        assert job["state"] == "done", job
        self.keep(f"export of {kind}", client.get(f"/api/v1/exports/{job['id']}/file"))

    def queries(self, bodies: Bodies, operation: dict[str, Any]) -> Iterator[str]:
        at = self.found.at
        samples = {"date": f"{at.date() - 7 * DAY}", "date-time": f"{at - DAY:%Y-%m-%dT%H:%M:%SZ}"}
        for one in operation.get("parameters", ()):
            if one["in"] != "query":
                continue
            schema = bodies.resolve(one.get("schema", {}))
            choices = schema.get("enum") or bodies.resolve(schema.get("items", {})).get("enum") or []
            if schema.get("type") == "boolean":
                choices = ["true", "false"]
            if schema.get("format") in samples:
                choices = [samples[schema["format"]]]
            for choice in choices:
                yield urlencode({one["name"]: choice})

    def keep(self, path: str, answer: Any) -> str:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code not in (429, *range(500, 600)), (path, body[:500])
        self.read[self.named(path)] = answer.status_code, self.plain(answer, body)
        return self.read[self.named(path)][1]

    def plain(self, answer: Any, body: bytes) -> str:
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as packed:
                body = b"".join(packed.read(name) for name in packed.namelist() if "docProps" not in name)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = re.sub(r"/(CreationDate|ID)[^\n]*", "", body.decode("latin-1"))
        if (
            answer.headers.get("Content-Type") == "application/json"
            and "/assignments" in answer.wsgi_request.path
        ):
            rows = json.loads(body)  # who is rated a second time is drawn by id, in an order of its own
            text = json.dumps(sorted(map(self.named, map(str, rows.get("results", [rows])))))
        text = self.named(f"{answer.headers.get('Location', '')} {text}")
        for pattern, word in (*NOISE[2:], SAMPLE):
            text = pattern.sub(word, text)
        return NUMBER.sub(lambda found: f"{float(found.group()):.6g}", text)

    def named(self, text: str) -> str:
        """A text with names in place of this tenant's slug and ids."""
        text = UUID.sub(lambda found: self.names.get(found.group(), "<id>"), text)
        return text.replace(self.found.tenant.slug, "<slug>")


@pytest.fixture
def still(monkeypatch):
    """A clock that stands: two readings of one page differ in nothing but what they say."""
    now = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    monkeypatch.setattr(timezone, "now", lambda: now)
    # A copy of the context of each piece of a page, which nobody here looks at.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *given, **named: None)
    return now


def both(at: dt.datetime) -> list[Veiled]:
    return [
        make_veiled(slug, said, at=at) for slug, said in zip(("firstbook", "otherbook"), SAID, strict=True)
    ]


def submit(book: Veiled) -> None:
    """Adam gives his second opinion of everybody he is asked for."""
    with tenant_scope(book.tenant.pk), reader_scope(book.actors["adam"].reader), transaction.atomic():
        for name in SAID[0]:
            rating = NewRating(
                persona_id=book.people[name].pk,
                strength="okay",
                **dict.fromkeys(FACETS, "neutral"),
                driver="value",
            )
            services.record_rating(rating=rating, actor=book.actors["adam"], at=timezone.now())


def differences(one: Reading, other: Reading) -> list[str]:
    """Where two readings part, one line for each address."""
    found = [f"only in one: {path}" for path in sorted(set(one.read) ^ set(other.read))]
    for path in one.read:
        if path not in other.read or one.read[path] == other.read[path]:
            continue
        texts = [reading.read[path][1] for reading in (one, other)]
        place = next((at for at, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), 0)
        parts = " | ".join(text[max(0, place - 90) : place + 70].replace("\n", " ") for text in texts)
        found.append(f"{path}: {one.read[path][0]} {other.read[path][0]} {parts}")
    return found


def test_a_second_rater_reads_the_same_whatever_the_first_said(still):
    books = both(still)
    told = differences(*(Reading(book, "lena").some() for book in books))  # fills what a process keeps
    assert len(told) > len(TELLING) / 2, told
    found = []
    for door in (Reading.pages, Reading.rest):
        readings = [door(Reading(book, "adam")) for book in books]
        found += differences(*readings)
        for reading in readings:
            found += [
                f"{path} tells a note" for path, (_, text) in reading.read.items() if NOTES.search(text)
            ]
        answered = sum(status == 200 for status, _text in readings[0].read.values())
        print(f"{len(readings[0].read)} addresses, {answered} answered")
    assert found == [], "\n".join(found)
    for book in books:
        submit(book)
    for name in ("Dana", "Gus"):
        pages = []
        for book in books:
            after = Reading(book, "adam")
            after.page(f"/t/{book.tenant.slug}/personas/{book.people[name].pk}")
            pages += [text for _status, text in after.read.values()]
        assert all(SAID[place][name][3] in page for place, page in enumerate(pages)), name
