"""Routes of the rating grid, of rounds and of the report on ratings, under /t/<slug>/."""

from django.urls import path

from accounts.api.base import resource_routes
from relationships.api import (
    AdvocateAskView,
    AdvocatesView,
    AgreementView,
    AssignmentView,
    BehindView,
    CadenceView,
    CommitmentView,
    DifferencesView,
    DriverView,
    EdgeView,
    FirstValueView,
    MomentView,
    PairingGapsView,
    PairingView,
    PillarView,
    ProductAreaView,
    RatingView,
    RemedyView,
    RoundPreviewView,
    RoundView,
    SignView,
    SituationReasonView,
    SituationTypeView,
    SituationView,
)
from relationships.views import behind, library, merging, rate, report, rounds, seen, words

# Under /api/v1.
api_routes = [
    path("pairings/gaps", PairingGapsView.as_view({"get": "retrieve"}), name="api-pairing-gaps"),
    *resource_routes("org-edges", EdgeView),
    *resource_routes("pairings", PairingView),
    *resource_routes("ratings", RatingView),
    path("drivers/behind", BehindView.as_view({"get": "retrieve"}), name="api-drivers-behind"),
    *resource_routes("drivers", DriverView),
    *resource_routes("product-areas", ProductAreaView),
    *resource_routes("signs", SignView),
    path("rounds/preview", RoundPreviewView.as_view({"post": "preview"}), name="api-round-preview"),
    *resource_routes("rounds", RoundView, {"close": "close"}),
    *resource_routes("assignments", AssignmentView),
    *resource_routes("cadences", CadenceView),
    path("differences", DifferencesView.as_view({"get": "retrieve"}), name="api-differences"),
    path("agreement", AgreementView.as_view({"get": "retrieve"}), name="api-agreement"),
    *resource_routes("moments", MomentView),
    *resource_routes("first-values", FirstValueView),
    *resource_routes("advocate-asks", AdvocateAskView),
    path("advocates", AdvocatesView.as_view({"get": "retrieve"}), name="api-advocates"),
    *resource_routes("situation-types", SituationTypeView),
    *resource_routes("situation-reasons", SituationReasonView),
    *resource_routes("remedies", RemedyView),
    *resource_routes("situations", SituationView, {"step": "make_step"}),
    path(
        "personas/<uuid:id>/commitment",
        CommitmentView.as_view({"get": "retrieve"}),
        name="api-commitment",
    ),
    path(
        "accounts/<uuid:id>/pillars",
        PillarView.as_view({"get": "retrieve", "post": "rate"}),
        name="api-pillars",
    ),
]

urlpatterns = [
    path("t/<slug:slug>/rate", rate.rate, name="rate"),
    path("t/<slug:slug>/rounds", rounds.rounds, name="rounds"),
    path("t/<slug:slug>/rounds/new", rounds.new_round, name="new_round"),
    path("t/<slug:slug>/rounds/cadence", rounds.cadence, name="cadence"),
    path("t/<slug:slug>/rounds/<uuid:round_id>", rounds.round_page, name="round"),
    path("t/<slug:slug>/rounds/<uuid:round_id>/change", rounds.change_round, name="change_round"),
    path("t/<slug:slug>/rounds/<uuid:round_id>/close", rounds.close_round, name="close_round"),
    path("t/<slug:slug>/ratings", report.report, name="ratings"),
    path("t/<slug:slug>/ratings/drivers", behind.behind, name="behind"),
    path("t/<slug:slug>/settings/drivers", words.drivers, name="drivers"),
    path("t/<slug:slug>/settings/drivers/<uuid:driver_id>", words.change_driver, name="change_driver"),
    path("t/<slug:slug>/settings/product-areas", words.product_areas, name="product_areas"),
    path(
        "t/<slug:slug>/settings/product-areas/<uuid:area_id>",
        words.change_product_area,
        name="change_product_area",
    ),
    path("t/<slug:slug>/settings/signs", words.signs, name="signs"),
    path("t/<slug:slug>/settings/signs/<uuid:sign_id>", words.change_sign, name="change_sign"),
    path("t/<slug:slug>/settings/situations", library.library, name="situation_library"),
    *(
        path(
            f"t/<slug:slug>/settings/{plural}/<uuid:id>",
            library.change_entry,
            {"kind": kind},
            name=f"change_{kind}",
        )
        for kind, plural in library.PLURALS.items()
    ),
    path("t/<slug:slug>/rate/<uuid:persona_id>", rate.rate_person, name="rate_person"),
    path("t/<slug:slug>/rate/<uuid:persona_id>/seen", seen.seen, name="seen"),
    path("t/<slug:slug>/rate/undo/<uuid:rating_id>", rate.undo, name="rate_undo"),
    path(
        "t/<slug:slug>/settings/connect/accounts/<uuid:account_id>/merge",
        merging.merge_account,
        name="merge_account",
    ),
    path(
        "t/<slug:slug>/settings/connect/accounts/<uuid:account_id>/part",
        merging.part_account,
        name="part_account",
    ),
    path(
        "t/<slug:slug>/settings/connect/personas/<uuid:persona_id>/merge",
        merging.merge_persona,
        name="merge_persona",
    ),
    path(
        "t/<slug:slug>/settings/connect/personas/<uuid:persona_id>/part",
        merging.part_persona,
        name="part_persona",
    ),
]
