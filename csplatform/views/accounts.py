"""The Accounts page: the book as a table, its export, and a new account."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors as floor
from accounts import services as accounts
from csplatform import reports
from csplatform.forms import AccountForm, AccountsForm
from csplatform.selectors import accounts as selectors
from csplatform.views import table
from csplatform.views.writing import member_choices, show_faults

EXPORT_ROWS = 50_000


@require_GET
def accounts_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The accounts that the address asks for; what it says that makes no sense is named, and left out."""
    form = AccountsForm(request.GET)
    valid = form.is_valid()
    views = floor.views_menu(
        page="accounts",
        here=reverse("accounts", args=[slug]),
        query=request.GET.urlencode(),
        everything=_("All accounts"),
        actor=request.actor,
    )
    if views.opening:
        return redirect(views.opening)
    found = selectors.accounts_page(wanted=form.wanted(), actor=request.actor, at=timezone.now())
    page = _context(request, form, found, views)
    return render(request, "csplatform/accounts.html", page, status=200 if valid else 400)


@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole list, as shown, as a CSV or XLSX file; a longer one is for a worker to write."""
    form, at = AccountsForm(request.GET), timezone.now()
    if not form.is_valid():
        return accounts_list(request, slug)
    rows = selectors.accounts_rows(wanted=form.wanted(), actor=request.actor, at=at, limit=EXPORT_ROWS + 1)
    if len(rows) > EXPORT_ROWS:
        said = _("These are more than %(rows)s accounts: have all of them written into a file here.")
        messages.info(request, said % {"rows": f"{EXPORT_ROWS:,}"})
        return redirect("exports", slug)
    heads = table.export_heads(request.GET)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    content, media = reports.sheet(heads=heads, rows=[reports.account_cells(row) for row in rows], kind=kind)
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="accounts-{at:%Y-%m-%d}.{kind}"'
    return response


@require_POST
def export_segment(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a worker write the people of all these accounts into a file, for those who write to them."""
    form, at = AccountsForm(request.GET), timezone.now()
    if not form.is_valid():
        return accounts_list(request, slug)
    ids = selectors.accounts_ids(wanted=form.wanted(), actor=request.actor, at=at, limit=EXPORT_ROWS + 1)
    if len(ids) > EXPORT_ROWS:
        said = _("These are more than %(rows)s accounts: narrow the list, or have all people written here.")
        messages.info(request, said % {"rows": f"{EXPORT_ROWS:,}"})
    else:
        accounts.start_export(kind="segment", format="csv", accounts=ids, actor=request.actor, at=at)
    return redirect("exports", slug)


@require_http_methods(["GET", "POST"])
def add_account(request: HttpRequest, slug: str) -> HttpResponse:
    """A new account by hand; who adds it owns it unless they say otherwise."""
    if not request.actor.writes_some:
        raise accounts.NotYours("Your role does not let you add accounts.")
    mine = {"owner_email": request.actor.membership.user.email, "currency": request.actor.tenant.currency}
    form = AccountForm(request.POST or None, initial=mine, members=member_choices(request.actor))
    if request.method == "POST" and form.is_valid():
        item = accounts.Item(values=form.values())
        saved = accounts.save_accounts(
            items=[item], mode=accounts.Mode.CREATE, actor=request.actor, at=timezone.now()
        )[0]
        if not saved.faults:
            messages.success(request, _("%s is added. Who works there?") % form.cleaned_data["name"])
            return redirect("account_people", slug, saved.id)
        show_faults(form, saved.faults)
    page = {
        "form": form,
        "title": _("Add account"),
        "action": _("Add account"),
        "writable": True,
        "back": reverse("accounts", args=[slug]),
        "crumbs": [(reverse("accounts", args=[slug]), _("Accounts"))],
    }
    return render(request, "csplatform/form.html", page, status=422 if form.errors else 200)


def _leads(request: HttpRequest) -> bool:
    """Whether this member may have the people of a segment in a file."""
    return floor.may_export(kind="segment", actor=request.actor)


def _context(
    request: HttpRequest, form: AccountsForm, found: selectors.AccountsPage, views: floor.ViewsMenu
) -> dict[str, Any]:
    query, wanted, slug = request.GET, form.wanted(), request.actor.tenant.slug
    exports = reverse("export_accounts", args=[slug])
    turn = {"previous": found.page - 1 if found.page > 1 else 0}
    turn["next"] = found.page + 1 if found.page < found.pages else 0
    return {
        "page": {
            "rows": found.rows,
            "first": found.first,
            "last": found.first + len(found.rows) - 1 if found.rows else 0,
            "total": found.totals.accounts,
            **{name: f"{table.link(query)}&page={page}" if page else "" for name, page in turn.items()},
        },
        "problems": [f"{name}: {' '.join(errors)}" for name, errors in form.errors.items()],
        "columns": (columns := table.heads(query, wanted.sort)),
        "step_below": table.step_below(columns),
        "choices": table.column_choices(query),
        "chips": table.band_chips(query, wanted, found.bands),
        "filters": (filters := table.filters(wanted, found)),
        "more_count": sum(1 for one in filters if one["more"] and one["value"]),
        "standing": table.standing(query, wanted),
        "keep": [
            (name, value)
            for name in ("band", "sort", "columns", "cell", "single_threaded", "no_step", "view")
            for value in query.getlist(name)
        ],
        "q": wanted.q,
        "clear_url": views.clear if set(query) - {"columns", "sort", "page", "view"} else "",
        "views": views,
        "exports": [
            ("CSV", exports + table.link(query, format="csv")),
            ("Excel", exports + table.link(query, format="xlsx")),
        ],
        "segment_url": reverse("export_segment", args=[slug]) + table.link(query) if _leads(request) else "",
        "totals": found.totals,
        "currency": request.actor.tenant.currency,
        "edit_url": reverse("edit_many", args=[slug]) if request.actor.writes_some else "",
        "add_url": reverse("add_account", args=[slug]) if request.actor.writes_some else "",
    }
