"""Settings: persona templates, what one may assume of people of a kind, reusable across accounts."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.forms import AssumedForm, PersonaTemplateForm
from accounts.views.terms import change_term, show_terms


@require_http_methods(["GET", "POST"])
def persona_templates(request: HttpRequest, slug: str) -> HttpResponse:
    """The list in order, and a form for one more."""
    words = {
        "title": _("Persona templates"),
        "subtitle": _(
            "What one may assume of people of a kind until they say otherwise, for every account alike. On a person's page "
            "one click fills in what is not known, as assumptions to be asked."
        ),
        "add": _("Add a template"),
        "detail": "persona_template",
    }
    return show_terms(
        request,
        terms=services.PERSONA_TEMPLATES,
        page="persona_templates",
        words=words,
        form_class=PersonaTemplateForm,
    )


@require_http_methods(["GET", "POST"])
def persona_template(request: HttpRequest, slug: str, template_id: UUID) -> HttpResponse:
    """One template whole: what it assumes, to be read by all and changed by admins."""
    row = selectors.persona_template_rows().filter(pk=template_id).first()
    if row is None:
        raise Http404
    form = AssumedForm(request.POST or None, initial={"label": row.label, "role": row.role, **row.facts})
    if request.method == "POST" and form.is_valid():
        try:
            services.save_persona_template(
                key=row.key, values=form.values(), actor=request.actor, at=timezone.now()
            )
        except services.TermRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("persona_templates", slug)
    assumed = [
        (selectors.BY_KEY[key].label, row.facts[key]) for key in selectors.TEMPLATE_KINDS if key in row.facts
    ]
    shown = {"template": row, "form": form, "assumed": assumed}
    return render(request, "accounts/persona_template.html", shown, status=422 if form.errors else 200)


@require_POST
def change_persona_template(request: HttpRequest, slug: str, template_id: UUID) -> HttpResponse:
    """Call one by another name, move it, or switch it on or off."""
    return change_term(
        request,
        terms=services.PERSONA_TEMPLATES,
        rows=selectors.persona_template_rows(),
        id=template_id,
        page="persona_templates",
    )
