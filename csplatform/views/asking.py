"""Steps that are made with one click: whoever is minded to be reached otherwise is asked about first.

Such a step is made as it will be and unmade again where somebody would say something against it, so that what is held
against their wishes is the very step.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import selectors as directory
from accounts.models import Step
from csplatform.selectors.links import account_href
from csplatform.views.account_forms import form_page, writable_frame
from csplatform.views.work import object_to
from csplatform.views.writing import way_back


def made_as_wanted(
    request: HttpRequest, form: Any, make: Callable[[], tuple[Step, bool]], at: dt.datetime
) -> tuple[Step, bool, bool]:
    """The step that ``make`` made, whether it is new, and whether its person would say something against it: then it is
    not made, and what they say stands at the form's ``anyway``, unless that is ticked."""
    with transaction.atomic():
        step, created = make()
        against = (
            created
            and not form.cleaned_data["anyway"]
            and object_to(form, directory.contact_of_step(step, at=at), request.actor.tenant, at)
        )
        if against:
            transaction.set_rollback(True)
    return step, created, against


def ask_first(request: HttpRequest, account_id: UUID, form: Any, step: Step) -> HttpResponse:
    """The page that says what the person would say against the step, and asks."""
    frame = writable_frame(request, account_id)
    back = way_back(request, account_href(request.actor.tenant, account_id))
    return form_page(request, frame, form, title=step.title, action=_("Make it a step"), back=back)


def tell_step(request: HttpRequest, step: Step, *, created: bool) -> None:
    words = _("It is a step now: %s") if created else _("It is a step already: %s")
    messages.success(request, words % step.title)
