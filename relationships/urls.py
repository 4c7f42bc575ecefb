"""Routes of the rating grid, under /t/<slug>/."""

from django.urls import path

from accounts.api.base import resource_routes
from relationships import views
from relationships.api import DriverView, RatingView

# Under /api/v1.
api_routes = [*resource_routes("ratings", RatingView), *resource_routes("drivers", DriverView)]

urlpatterns = [
    path("t/<slug:slug>/rate", views.rate, name="rate"),
    path("t/<slug:slug>/settings/drivers", views.drivers, name="drivers"),
    path("t/<slug:slug>/settings/drivers/<uuid:driver_id>", views.switch_driver, name="switch_driver"),
    path("t/<slug:slug>/rate/<uuid:persona_id>", views.rate_person, name="rate_person"),
    path("t/<slug:slug>/rate/undo/<uuid:rating_id>", views.undo, name="rate_undo"),
]
