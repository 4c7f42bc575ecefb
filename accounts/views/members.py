"""Settings: who belongs to the tenant, and who is invited."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import InviteForm, MemberForm
from accounts.models import Invitation, Membership, Role


@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """The members and open invitations; an admin invites here."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.invite(**form.cleaned_data, actor=request.actor, at=timezone.now())
        except ValidationError as error:
            form.add_error("email", error)
        else:
            messages.success(request, _("An invitation is on its way to %s.") % form.cleaned_data["email"])
            return redirect("members", slug)
    page = {
        "form": form,
        "members": selectors.members(tenant_id=request.actor.tenant_id),
        "invitations": selectors.open_invitations(tenant_id=request.actor.tenant_id),
        "roles": Role.choices,
        "now": timezone.now(),
    }
    return render(request, "accounts/members.html", page, status=400 if form.errors else 200)


@require_POST
def member(request: HttpRequest, slug: str, member_id: UUID) -> HttpResponse:
    """Change one member's role, or take their access away or give it back."""
    form = MemberForm(request.POST)
    if not form.is_valid():
        raise Http404
    target = {"member_id": member_id, "actor": request.actor, "at": timezone.now()}
    try:
        if role := form.cleaned_data["role"]:
            accounts.change_role(role=role, **target)
        if form.cleaned_data["active"] == "0":
            accounts.deactivate_member(**target)
        elif form.cleaned_data["active"] == "1":
            accounts.reactivate_member(**target)
    except Membership.DoesNotExist:
        raise Http404 from None
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("members", slug)


@require_POST
def resend_invitation(request: HttpRequest, slug: str, invitation_id: UUID) -> HttpResponse:
    """Mail the invitation again."""
    try:
        accounts.resend_invitation(invitation_id=invitation_id, actor=request.actor, at=timezone.now())
    except Invitation.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The invitation is on its way again; the former link no longer works."))
    return redirect("members", slug)


@require_POST
def revoke_invitation(request: HttpRequest, slug: str, invitation_id: UUID) -> HttpResponse:
    """Take the invitation back."""
    try:
        accounts.revoke_invitation(invitation_id=invitation_id, actor=request.actor, at=timezone.now())
    except Invitation.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The invitation is revoked."))
    return redirect("members", slug)
