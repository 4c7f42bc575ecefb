"""Red flags raised by hand at an account: raising one, and taking it down with a word."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from csplatform.forms import ClearFlagForm, RaiseFlagForm
from csplatform.views.account_forms import end_of, form_page, writable_frame
from health import selectors
from health import services as health


@require_http_methods(["GET", "POST"])
def raise_flag(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Say that something is wrong here, and why."""
    frame = writable_frame(request, account_id)
    form = RaiseFlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        try:
            health.raise_flag(
                account=frame.account,
                reason=form.cleaned_data["reason"],
                expires_at=end_of(until, request) if until else None,
                actor=request.actor,
                at=timezone.now(),
            )
        except health.BadFlag as refusal:
            form.add_error("until" if refusal.field == "expires_at" else refusal.field, str(refusal))
        else:
            messages.success(request, _("The flag is up, and leaders are told."))
            return redirect("account", slug, account_id)
    return form_page(request, frame, form, title=_("Raise a red flag"), action=_("Raise the flag"))


@require_POST
def clear_flag(request: HttpRequest, slug: str, account_id: UUID, flag_id: UUID) -> HttpResponse:
    """Take it down, and say why."""
    frame = writable_frame(request, account_id)
    form = ClearFlagForm(request.POST)
    if not selectors.raised_flags().filter(pk=flag_id, home=frame.account.pk).exists():
        raise Http404
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect("account", slug, account_id)
    try:
        health.clear_flag(
            flag_id=flag_id, word=form.cleaned_data["word"], actor=request.actor, at=timezone.now()
        )
    except health.FlagIsDown:
        messages.info(request, _("The flag is down already."))
    else:
        messages.success(request, _("The flag is down."))
    return redirect("account", slug, account_id)
