"""Routes of the rating grid, under /t/<slug>/."""

from django.urls import path

from accounts.api.base import resource_routes
from relationships.api import DriverView, RatingView, SignView
from relationships.views import rate, seen, words

# Under /api/v1.
api_routes = [
    *resource_routes("ratings", RatingView),
    *resource_routes("drivers", DriverView),
    *resource_routes("signs", SignView),
]

urlpatterns = [
    path("t/<slug:slug>/rate", rate.rate, name="rate"),
    path("t/<slug:slug>/settings/drivers", words.drivers, name="drivers"),
    path("t/<slug:slug>/settings/drivers/<uuid:driver_id>", words.switch_driver, name="switch_driver"),
    path("t/<slug:slug>/settings/signs", words.signs, name="signs"),
    path("t/<slug:slug>/settings/signs/<uuid:sign_id>", words.switch_sign, name="switch_sign"),
    path("t/<slug:slug>/rate/<uuid:persona_id>", rate.rate_person, name="rate_person"),
    path("t/<slug:slug>/rate/<uuid:persona_id>/seen", seen.seen, name="seen"),
    path("t/<slug:slug>/rate/undo/<uuid:rating_id>", rate.undo, name="rate_undo"),
]
