"""The first wall: only the URL (with a membership) or the credential names the tenant of a request.

Runs last and in autocommit, before the request's transaction begins, and reads tables outside row level security.
"""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import access
from accounts.scope import reader_scope, tenant_scope

GetResponse = Callable[[HttpRequest], HttpResponse]


def TenantMiddleware(get_response: GetResponse) -> GetResponse:  # noqa: N802 (the setting names a factory)
    def middleware(request: HttpRequest) -> HttpResponse:
        request.actor = None
        path = request.path_info
        if path.startswith("/t/"):
            if not request.user.is_authenticated:
                return redirect_to_login(page_to_return_to(request))
            request.actor = access.member_of(request.user, slug=path.split("/")[2])
            if request.actor is None:
                return not_found(request)
        elif path.startswith("/api/v1/"):
            request.actor = access.holder_of(request.headers.get("Authorization", ""))
        if request.actor is None:
            return get_response(request)
        with (
            tenant_scope(request.actor.tenant_id),
            reader_scope(request.actor.reader),
            timezone.override(zone_of(request)),
        ):
            response = get_response(request)
        if request.actor.api_key is None:
            remember_tenant(request, response)
        return response

    return middleware


def page_to_return_to(request: HttpRequest) -> str:
    """Where a login leads: to what was asked for, or, as the address of a form may be no page, to the page that the form
    was sent from, or to Today."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    tenant = escape_uri_path(f"/t/{request.path_info.split('/')[2]}/")
    sent_from = request.headers.get("Referer", "")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(sent_from, here, require_https=request.is_secure()):
        return tenant
    page = urlsplit(sent_from)
    wanted = urlunsplit(("", "", page.path, page.query, ""))
    return wanted if wanted.startswith(tenant) else tenant


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The zone in which a page shows times: the person's own, or the tenant's; None (UTC) for programs."""
    if request.actor.api_key is not None:
        return None
    return ZoneInfo(request.user.time_zone or request.actor.tenant.time_zone)


def remember_tenant(request: HttpRequest, response: HttpResponse) -> None:
    """Leave the slug in a cookie: a hint where to land after the next login, never an access right."""
    slug = request.actor.tenant.slug
    if request.COOKIES.get(settings.LAST_TENANT_COOKIE) != slug:
        response.set_cookie(
            settings.LAST_TENANT_COOKIE,
            slug,
            max_age=31_536_000,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def not_found(request: HttpRequest) -> HttpResponse:
    """The answer a stranger gets: the same as for a page that does not exist."""
    from django.views.defaults import page_not_found

    return page_not_found(request, Http404())
