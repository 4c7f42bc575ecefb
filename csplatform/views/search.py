"""Quick jump: a page of its own, and the list inside the dialog that opens over every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from csplatform.forms import SearchForm
from csplatform.selectors import search as selectors

IN_DIALOG, ON_PAGE = 7, 50


@require_GET
@vary_on_headers("HX-Request")
def search(request: HttpRequest, slug: str) -> HttpResponse:
    """Accounts, people and pages for the words in the address; a script gets the list alone."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    dialog = bool(request.htmx)
    words = form.cleaned_data["q"]
    found = selectors.hits(
        words=words,
        recent=form.cleaned_data["recent"],
        actor=request.actor,
        most=IN_DIALOG if dialog else ON_PAGE,
    )
    page = {"found": found, "q": words, "dialog": dialog}
    return render(request, "csplatform/_search.html" if dialog else "csplatform/search.html", page)
