"""The way in: where a signed-in person lands, their own settings, and the page behind an invitation's link."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, selectors
from accounts import services as accounts
from accounts.forms import JoinForm, MeForm
from accounts.models import User


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The person's organisation (the only one, or the one they were in last), or the choice."""
    memberships = selectors.memberships_of(user=request.user)
    slug = access.last_or_only(memberships, last=request.COOKIES.get(settings.LAST_TENANT_COOKIE))
    if slug is not None:
        return redirect(f"/t/{slug}/")
    return render(request, "accounts/choose.html", {"memberships": memberships})


@login_required
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """A person's own name, colours, time zone and keys."""
    user = request.user
    initial = {name: getattr(user, name) for name in MeForm.base_fields}
    form = MeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        accounts.change_profile(user=user, profile=accounts.Profile(**form.cleaned_data))
        messages.success(request, _("Saved."))
        return redirect("me")
    page = {"form": form, "places": selectors.memberships_of(user=request.user)}
    return render(request, "accounts/me.html", page, status=400 if form.errors else 200)


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours chosen in the menu."""
    try:
        accounts.choose_theme(user=request.user, theme=request.POST.get("theme", ""))
    except ValueError:
        return HttpResponseBadRequest("theme must be system, light or dark")
    return HttpResponse(status=204)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: as the person signed in, or by choosing a name and a password."""
    now = timezone.now()
    try:
        offer = accounts.open_invitation(token=token, at=now)
    except accounts.InvitationGone:
        return render(request, "accounts/invitation_gone.html", status=404)
    user = request.user if request.user.is_authenticated else None
    known = User.objects.filter(email=offer.email).exists()
    form = JoinForm(request.POST or None) if user is None and not known else None
    if request.method == "POST" and (form is None or form.is_valid()):
        person = accounts.NewPerson(**form.cleaned_data) if form else None
        try:
            member = accounts.accept_invitation(token=token, user=user, person=person, at=now)
        except ValidationError as error:
            if form is None:
                messages.error(request, " ".join(error.messages))
            else:
                form.add_error("password", error)
        else:
            if user is None:
                login(request, member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect(f"/t/{offer.tenant.slug}/")
    page = {
        "offer": offer,
        "form": form,
        "known": known,
        "mine": user is not None and user.email == offer.email,
    }
    return render(request, "accounts/invitation.html", page, status=400 if form and form.errors else 200)
