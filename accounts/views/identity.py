"""The way in: where a signed-in person lands, and the choice between several organisations."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import access, selectors


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The person's organisation (the only one, or the one they were in last), or the choice."""
    memberships = selectors.memberships_of(user=request.user)
    slug = access.last_or_only(memberships, last=request.COOKIES.get(settings.LAST_TENANT_COOKIE))
    if slug is not None:
        return redirect(f"/t/{slug}/")
    return render(request, "accounts/choose.html", {"memberships": memberships})
