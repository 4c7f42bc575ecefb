"""What machines ask the product: is the process alive, can it serve, how is it doing.

None of these pages opens a transaction, a session or a tenant, so they answer while PostgreSQL is down.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import ClassVar

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import REGISTRY as THIS_PROCESS
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from redis.backoff import NoBackoff
from redis.retry import Retry

from csplatform.management.commands.outbox_status import work_status

KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
GetResponse = Callable[[HttpRequest], HttpResponse]

REQUESTS = Counter("csplatform_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "csplatform_request_seconds",
    "Time to answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def RequestMetrics(get_response: GetResponse) -> GetResponse:  # noqa: N802 (the setting names a factory)
    """Middleware that counts and times requests by route, never by path: paths name customers."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "unknown"
        method = request.method if request.method in KNOWN_METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route, method).observe(time.perf_counter() - began)
        return response

    return middleware


@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if PostgreSQL answers, else 503; Redis is only reported, because nothing a user does needs it."""
    postgres, broker = postgres_answers(), redis_answers()
    state = {"postgres": "ok" if postgres else "down", "redis": "ok" if broker else "down"}
    return JsonResponse(state, status=200 if postgres else 503)


@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for the loopback or for who knows METRICS_TOKEN; a stranger gets a plain 404."""
    if not may_read_metrics(request):
        raise Http404
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(THIS_PROCESS)
    registry.register(WaitingWork())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class WaitingWork:
    """The work of all tenants as gauges, read at the moment of asking; nothing while PostgreSQL is down."""

    GAUGES: ClassVar = {
        "pending": ("csplatform_work_pending", "Outbox rows and dirty accounts that wait"),
        "oldest_age": ("csplatform_work_oldest_seconds", "Age of the oldest that waits"),
        "dead": ("csplatform_work_dead", "Outbox rows that failed too often"),
    }

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What Prometheus's registry calls."""
        try:
            status = work_status(at=timezone.now())
        except DatabaseError:
            return
        for key, (name, meaning) in self.GAUGES.items():
            yield GaugeMetricFamily(name, meaning, value=status[key] or 0)


def postgres_answers() -> bool:
    """Whether a statement comes back from PostgreSQL now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def redis_answers() -> bool:
    """Whether the broker answers a ping within half a second."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def may_read_metrics(request: HttpRequest) -> bool:
    """A direct caller on this machine, or a bearer of the token.

    A proxy on this machine also calls from the loopback: what it forwards is not a direct call.
    """
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    forwarded = {"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} & set(
        request.headers
    )
    address = request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 (no listener: an unknown caller)
    return not forwarded and ip_address(address).is_loopback
