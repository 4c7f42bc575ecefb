"""Settings: the lists that ratings name: drivers, product areas and signs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.terms import change_term, show_terms
from relationships import selectors, services
from relationships.forms import SignForm


@require_http_methods(["GET", "POST"])
def drivers(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of drivers, and a form for one more."""
    words = {
        "title": _("Drivers"),
        "subtitle": _("What is behind a sentiment: asked for when it is negative or changes."),
        "add": _("Add a driver"),
    }
    return show_terms(request, terms=services.DRIVERS, page="drivers", words=words)


@require_POST
def change_driver(request: HttpRequest, slug: str, driver_id: UUID) -> HttpResponse:
    """Call one driver by another name, or switch it on or off."""
    rows = selectors.driver_list()
    return change_term(request, terms=services.DRIVERS, rows=rows, id=driver_id, page="drivers")


@require_http_methods(["GET", "POST"])
def product_areas(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of product areas, and a form for one more."""
    words = {
        "title": _("Product areas"),
        "subtitle": _(
            "What of the product a driver is about. A rating may name one; drivers are read by them."
        ),
        "add": _("Add a product area"),
        "elsewhere": {"href": f"/t/{slug}/ratings/drivers", "icon": "chart", "label": _("What is behind it")},
    }
    return show_terms(request, terms=services.PRODUCT_AREAS, page="product_areas", words=words)


@require_POST
def change_product_area(request: HttpRequest, slug: str, area_id: UUID) -> HttpResponse:
    """Call one product area by another name, move it, or switch it on or off."""
    rows = selectors.product_area_list()
    return change_term(request, terms=services.PRODUCT_AREAS, rows=rows, id=area_id, page="product_areas")


@require_http_methods(["GET", "POST"])
def signs(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of signs, and a form for one more."""
    words = {
        "title": _("Signs"),
        "subtitle": _(
            "What can be seen of a person, beside what is said of them. Each sign leans to a sentiment; where most lean "
            "another way than the rating, the person is flagged. Signs never enter the score."
        ),
        "add": _("Add a sign"),
    }
    return show_terms(request, terms=services.SIGNS, page="signs", words=words, form_class=SignForm)


@require_POST
def change_sign(request: HttpRequest, slug: str, sign_id: UUID) -> HttpResponse:
    """Call one sign by another name, or switch it on or off."""
    rows = selectors.sign_list()
    return change_term(request, terms=services.SIGNS, rows=rows, id=sign_id, page="signs")
