"""The page behind a share's link: what the customer of one account is shown. Nobody signs in here, and nothing of a
visitor is read or kept: no session, no cookie, no address.

It is rendered without the request, so that no piece of the product's frame can reach it.
"""

from allauth.core.internal import ratelimit
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from accounts import selectors
from accounts import services as accounts
from accounts.scope import tenant_scope

GUESSES = {"share": "30/m/key"}  # as many as attempts to sign in
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@require_safe
@transaction.non_atomic_requests
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's page, or the same 404 for every token that opens none."""
    if not _may_guess(request, only_ask=True):
        return _answer("accounts/shared_busy.html", status=429)
    at = timezone.now()
    try:
        with tenant_scope(accounts.tenant_of_share(token)), transaction.atomic():
            share = accounts.open_share(token=token, counted=request.method == "GET", at=at)
            shown = selectors.shown_to_customer(account=share.account, tenant=share.tenant, at=at)
    except accounts.ShareGone:
        _may_guess(request)
        return _answer("accounts/shared_gone.html", status=404)
    return _answer("accounts/shared.html", {"shown": shown, "share": share})


def _may_guess(request: HttpRequest, *, only_ask: bool = False) -> bool:
    """Whether whoever asks from there may try one more token; that they tried one is counted unless ``only_ask``. The
    throttle of logins, which knows an address by a keyed digest here."""
    place = salted_hmac("share", ratelimit.get_ip(request)).hexdigest()
    usage = ratelimit.consume(
        request, app="share", action="share", config=GUESSES, key=place, dry_run=only_ask, limit_get=True
    )
    return usage is not None


def _answer(template: str, context: dict[str, object] | None = None, *, status: int = 200) -> HttpResponse:
    return HttpResponse(render_to_string(template, context or {}), status=status, headers=HEADERS)
