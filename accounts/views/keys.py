"""Settings: the API keys of the tenant."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import KeyForm
from accounts.models import ApiKey, Scope


@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest, slug: str) -> HttpResponse:
    """The keys; a new one's secret stands on the page that answers its making, and nowhere else."""
    accounts.require_admin(actor=request.actor)
    form, token, sends = KeyForm(request.POST or None), None, False
    if request.method == "POST" and form.is_valid():
        key, token = accounts.create_key(**form.cleaned_data, actor=request.actor, at=timezone.now())
        form, sends = KeyForm(), Scope.INGEST in key.scopes
    page = {
        "form": form,
        "token": token,
        "sends": sends,
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "keys": selectors.api_keys(tenant_id=request.actor.tenant_id),
    }
    return render(request, "accounts/keys.html", page, status=400 if form.errors else 200)


@require_POST
def revoke_key(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """End one key."""
    try:
        key = accounts.revoke_key(key_id=key_id, actor=request.actor, at=timezone.now())
    except ApiKey.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The key %s no longer works.") % key.name)
    return redirect("keys", slug)
