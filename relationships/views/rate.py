"""The Rate page: the grid, one rating saved, one taken back. Works as plain forms, and as fragments for its script."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from health import selectors as health
from relationships import selectors, services
from relationships.forms import GridFilter, RatingForm
from relationships.models import Sentiment, Strength
from relationships.views.seen import seen_refused


@require_GET
def rate(request: HttpRequest, slug: str) -> HttpResponse:
    """The grid of my people, of those due, of all, of those whom rounds ask for, or of one account."""
    return _page(request, request.GET)


def _page(
    request: HttpRequest, query: QueryDict, *, status: int = 200, wrong: dict[str, Any] | None = None
) -> HttpResponse:
    wanted = GridFilter(query).wanted()
    at, account_id = timezone.now(), wanted["account_id"]
    grid = selectors.rating_grid(actor=request.actor, at=at, **wanted | {"show": wanted["show"] or "mine"})
    if (
        wanted["show"] is None and account_id is None and not grid.people
    ):  # a leader owns nothing: show the book
        grid = selectors.rating_grid(actor=request.actor, at=at, show="all", page=wanted["page"])
    areas = [area for area in services.ensure_product_areas() if area.active]
    words = _words()
    context = {
        **words,
        "grid": grid,
        "inferred": selectors.inferred_strengths(
            persona_ids=[person.id for account in grid.accounts for person in account.people], at=at
        ),
        "one": grid.accounts[0] if account_id and grid.accounts else None,
        "account_id": account_id,
        "round_id": wanted["round_id"],
        "previous": _page_link(grid, grid.page - 1, wanted["round_id"]) if grid.page > 1 else "",
        "next": _page_link(grid, grid.page + 1, wanted["round_id"]) if grid.page < grid.pages else "",
        "here": f"{reverse('rate', args=[request.actor.tenant.slug])}?{query.urlencode()}",
        "wrong": wrong and {**wrong, "options": _chosen(wrong["data"], words["drivers"], areas)},
        "areas": areas,
        "area_options": _options([(area.key, area.label) for area in areas]),
    }
    return render(request, "relationships/rate.html", context, status=status)


def _words() -> dict[str, Any]:
    """The words of the grid; the options that stand in every row are rendered once."""
    drivers = services.ensure_drivers()
    return {
        "drivers": [driver for driver in drivers if driver.active],
        "strengths": Strength.choices,
        "sentiments": Sentiment.choices,
        "sentiment_options": _options(Sentiment.choices),
        "driver_options": _options([(driver.key, driver.label) for driver in drivers if driver.active]),
    }


def _options(choices: Iterable[tuple[Any, Any]]) -> SafeString:
    """The options of a select, after its first."""
    return _written(tuple((str(value), str(label)) for value, label in choices))


def _chosen(data: QueryDict, drivers: Iterable[Any], areas: Iterable[Any]) -> dict[str, SafeString]:
    """The options of the selects of a row that was refused, with what was chosen there, by select."""
    offered = {
        "driver": [(driver.key, driver.label) for driver in drivers],
        "area": [(area.key, area.label) for area in areas],
        **{f"sentiment_{facet}": Sentiment.choices for facet in ("brand", "product", "service")},
    }
    return {
        name: format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            [
                (value, SafeString(" selected") if value == data.get(name) else "", label)
                for value, label in choices
            ],
        )
        for name, choices in offered.items()
    }


@lru_cache(maxsize=100)
def _written(choices: tuple[tuple[str, str], ...]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', choices)


def _page_link(grid: selectors.RatingGrid, page: int, round_id: UUID | None) -> str:
    kept = {"show": grid.show, "page": page}
    return "?" + urlencode(kept | ({"round": str(round_id)} if round_id else {}))


@require_POST
def rate_person(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """Save one rating, or the part of it that was given."""
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _refused(request, persona_id, form.first_error(), code="invalid")
    at = timezone.now()
    try:
        recorded = services.record_rating(
            rating=services.NewRating(persona_id=persona_id, **form.rating()), actor=request.actor, at=at
        )
    except services.PersonaMissing as missing:
        raise Http404 from missing
    except services.RatingRefused as refusal:
        return _refused(request, persona_id, str(refusal), code=refusal.code)
    return _saved(request, recorded, at=at)


@require_POST
def undo(request: HttpRequest, slug: str, rating_id: UUID) -> HttpResponse:
    """Take one rating back."""
    at = timezone.now()
    try:
        recorded = services.withdraw_rating(rating_id=rating_id, actor=request.actor, at=at)
    except services.RatingMissing as missing:
        raise Http404 from missing
    return _saved(request, recorded, at=at, undone=True)


# What a saved row has none of (product areas are asked by the script): a template takes longer over a name that it is
# not given than over all it is.
UNSET: dict[str, Any] = {
    "wrong": {"id": None, "data": {}},
    "inferred": None,
    "one": False,
    "area_options": "",
}


def _saved(
    request: HttpRequest, recorded: services.Recorded, *, at: datetime, undone: bool = False
) -> HttpResponse:
    """The row and its account as they are now, what touches say aside, which no rating changes; without the script, the
    way back with a word."""
    if not request.htmx:
        messages.success(request, _("Taken back.") if undone else _("Saved."))
        return redirect(f"{_way_back(request)}#p-{recorded.rating.persona_id}")
    rating = recorded.rating
    account = selectors.grid_account(
        actor=request.actor,
        account_id=rating.account_id,
        persona_id=rating.persona_id,
        at=at,
        score=_score(recorded),
        alone=recorded.alone,
    )
    person = next((one for one in account.people if one.id == rating.persona_id), None) if account else None
    if account is None or person is None:
        return HttpResponse(status=204)
    context = {
        **_words(),
        "account": account,
        **account.row(person)._asdict(),
        "delta": None if account.veiled else recorded.delta,
        "was_band": ""
        if account.veiled or recorded.band_before == recorded.band_after
        else recorded.band_before,
        "rating_id": rating.pk,
        "undone": undone,
        "here": "",
        **UNSET,
    }
    return render(request, "relationships/_saved.html", context)


def _score(recorded: services.Recorded) -> Any:
    """The score and the band of the account: as just stored, or as they stand where nothing was."""
    if recorded.score_after is None:
        account_id = recorded.rating.account_id
        return health.current_scores(account_ids=[account_id]).get(account_id)
    return {"score": recorded.score_after, "band": recorded.band_after}


def _refused(request: HttpRequest, persona_id: UUID, detail: str, *, code: str) -> HttpResponse:
    """Why a rating was not saved; without the script, the page again with what was entered, or the page it came from if
    nothing was."""
    if request.htmx:
        return JsonResponse({"code": code, "detail": detail}, status=422)
    if "links" in request.POST:  # of the forms that post a rating, only that of what was seen has links
        return seen_refused(request, persona_id, detail)
    back = urlsplit(_way_back(request))
    query = QueryDict(back.query)
    home = selectors.home_of(persona_id)
    elsewhere = home and back.path != reverse("rate", args=[request.actor.tenant.slug])
    if elsewhere and not any(request.POST.get(name, "").strip() for name in RatingForm.base_fields):
        messages.error(request, detail)
        return redirect(_way_back(request))
    if elsewhere:
        query = QueryDict(
            urlencode({"account": home})
        )  # a page on which the person is, wherever it was sent from
    wrong = {"id": persona_id, "detail": detail, "data": request.POST}
    return _page(request, query, status=422, wrong=wrong)


def _way_back(request: HttpRequest) -> str:
    """The address the form was sent from, if it is one of ours."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("rate", args=[request.actor.tenant.slug])
