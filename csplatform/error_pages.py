"""Pages in place of answers that a browser would show as nothing at all."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string

GetResponse = Callable[[HttpRequest], HttpResponse]


def MethodPages(get_response: GetResponse) -> GetResponse:  # noqa: N802 (the setting names a factory)
    """Middleware that gives a browser a page where an address does not take its method; Django answers with nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and shows_pages(request):
            context = {"wants_form": "POST" in response["Allow"]}
            response.content = render_to_string("405.html", context, request)
        return response

    return middleware


def shows_pages(request: HttpRequest) -> bool:
    """Whether a person reads the answer as a page: programs and parts of pages read the status alone."""
    program = request.path_info.startswith(("/api/", "/v1/")) or "HX-Request" in request.headers
    return not program and "text/html" in request.headers.get("Accept", "")
