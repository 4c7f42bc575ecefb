"""What templates/csplatform/_promises.html shows, for the pages that list promises."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from csplatform.selectors.account import Frame
from csplatform.selectors.links import account_href, persona_href
from csplatform.selectors.promises import Promised, PromiseLine


def STANDINGS() -> dict[str, str]:  # noqa: N802 (words, made when the language is known)
    return {
        "open": _("Open"),
        "overdue": _("Overdue"),
        "kept": _("Kept"),
        "late": _("Kept late"),
        "broken": _("Broken"),
    }


def promise_context(tenant: Any, line: PromiseLine) -> dict[str, Any]:
    """A promise for _promises.html."""
    step, moved = line.step, line.moved
    return {
        "id": step.pk,
        "account_id": step.account_id,
        "title": step.title,
        "href": reverse("promise", args=[tenant.slug, step.account_id, step.pk]),
        "to": step.persona.name if step.persona else "",
        "to_href": persona_href(tenant, step.persona_id) if step.persona_id else "",
        "account": step.account.name,
        "account_href": account_href(tenant, step.account_id),
        "owner": str(step.owner.user) if step.owner else "",
        "due_on": step.due_on,
        "done_at": step.done_at,
        "standing": line.standing,
        "standing_label": STANDINGS()[line.standing],
        "moved": len(moved),
        "first_due": moved[0].due_on if moved else None,
        "reason": line.reason,
    }


def promises_context(request: HttpRequest, found: Promised, frame: Frame) -> dict[str, Any]:
    """The promises at an account, its kept-rate, and where one more is written."""
    tenant, account = request.actor.tenant, frame.account
    here = account_href(tenant, account.pk)
    new = f"{reverse('new_promise', args=[tenant.slug, account.pk])}?{urlencode({'next': here})}"
    return {
        "promises": [promise_context(tenant, line) for line in found.lines],
        "promises_in_all": found.in_all,
        "promise_open": any(line.step.done_at is None for line in found.lines),
        "promise_rate": found.rate if found.lines else None,
        "promise_new": new if frame.writable else "",
        "promises_url": f"{reverse('promises', args=[tenant.slug])}?account={account.pk}"
        if found.lines
        else "",
        "shares_url": reverse("shares", args=[tenant.slug, account.pk]),
        "here": here,
    }
