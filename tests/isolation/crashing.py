"""Routes of a server whose extra pages crash, swallow errors and nest scopes in the middle of a request,
and one that says what its connection sees. Used by the test of kept connections only."""

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path

from accounts.models import Account, Tenant
from accounts.scope import tenant_scope


def seen(request: HttpRequest, slug: str = "") -> JsonResponse:
    """The names of accounts as plain SQL and as the manager see them: by row level security, and by both."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM accounts_account ORDER BY name")
        plain = [row[0] for row in cursor.fetchall()]
    return JsonResponse(
        {"plain": plain, "managed": list(Account.objects.order_by("name").values_list("name", flat=True))}
    )


def crash(request: HttpRequest, slug: str) -> JsonResponse:
    list(Account.objects.all())
    raise RuntimeError("a bug in the middle of a request")


def broken_sql(request: HttpRequest, slug: str) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM accounts_account")
    return seen(request)


def swallow(request: HttpRequest, slug: str) -> JsonResponse:
    """An error inside a savepoint, swallowed: the setting must survive the ROLLBACK TO SAVEPOINT."""
    try:
        with transaction.atomic():
            Account.objects.create(
                name="x",
                currency="EUR",
                arr=-1,
                created_at="2026-01-01T00:00Z",
                updated_at="2026-01-01T00:00Z",
            )
    except IntegrityError:
        return seen(request)
    raise AssertionError("the check of the table is gone")


def nested(request: HttpRequest, slug: str) -> JsonResponse:
    """Another tenant's scope, opened and left by an error: what follows is ours again."""
    other = Tenant.objects.exclude(pk=request.actor.tenant_id).first()  # type: ignore[attr-defined]
    try:
        with tenant_scope(other.pk):  # type: ignore[union-attr]
            list(Account.objects.all())
            raise KeyError
    except KeyError:
        return seen(request)


urlpatterns: list[URLPattern | URLResolver] = [
    path("t/<slug:slug>/seen", seen),
    path("t/<slug:slug>/crash", crash),
    path("t/<slug:slug>/broken-sql", broken_sql),
    path("t/<slug:slug>/swallow", swallow),
    path("t/<slug:slug>/nested", nested),
    path("api/v1/seen", seen),
    path("", include("csplatform.urls")),
]
