"""Routes of the path that accounts take."""

from django.urls import path

from accounts.api.base import resource_routes
from journeys import views
from journeys.api import PlacementView, PrescribedView, PrescriptionView, StageView

# Under /api/v1.
api_routes = [
    *resource_routes("stages", StageView),
    *resource_routes("placements", PlacementView),
    *resource_routes("prescriptions", PrescriptionView),
    path(
        "accounts/<uuid:id>/prescription",
        PrescribedView.as_view({"get": "retrieve", "post": "accept"}),
        name="api-prescribed",
    ),
]

urlpatterns = [
    path("t/<slug:slug>/settings/stages", views.stages, name="stages"),
    path("t/<slug:slug>/settings/stages/<uuid:stage_id>", views.change_stage, name="change_stage"),
    path("t/<slug:slug>/settings/stages/<uuid:stage_id>/remove", views.remove_stage, name="remove_stage"),
    path("t/<slug:slug>/settings/prescriptions", views.prescriptions, name="prescriptions"),
    path(
        "t/<slug:slug>/settings/prescriptions/<uuid:prescription_id>",
        views.change_prescription,
        name="change_prescription",
    ),
]
