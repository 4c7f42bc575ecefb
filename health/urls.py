"""Routes of the second floor."""

from django.urls import path

from accounts.api.base import resource_routes
from health.api.coverage import BookCoverageHistoryView, BookCoverageView
from health.api.envelopes import BATCHES, CALLS
from health.api.flags import RaisedFlagView
from health.api.health import (
    ChangeView,
    CoverageHistoryView,
    CoverageView,
    HealthView,
    HistoryView,
    OverrideView,
)
from health.api.observations import ObservationView
from health.api.portfolio import PortfolioPeopleView, PortfolioView, SupportView
from health.api.scorecard import ScorecardView
from health.api.tracking import track
from health.api.usage import UnmatchedUsageView, UsageEventsView
from health.views import connect, scorecard

READ = {"get": "retrieve"}

urlpatterns = [
    path("t/<slug:slug>/settings/scorecard", scorecard.scorecard, name="scorecard"),
    path("t/<slug:slug>/settings/scorecard/preview", scorecard.preview, name="scorecard_preview"),
    path("t/<slug:slug>/settings/connect", connect.connect, name="connect"),
    path("t/<slug:slug>/settings/connect/tail", connect.tail, name="connect_tail"),
    path("t/<slug:slug>/settings/connect/groups", connect.group, name="connect_group"),
    path("t/<slug:slug>/settings/connect/owners", connect.owner, name="connect_owner"),
]

# Under /api/v1.
api_routes = [
    path("usage/events", UsageEventsView.as_view({"post": "create"}), name="api-usage-events"),
    path(
        "usage/unmatched",
        UnmatchedUsageView.as_view({"get": "list", "post": "map"}),
        name="api-usage-unmatched",
    ),
    *resource_routes("observations", ObservationView),
    path("accounts/<uuid:id>/health", HealthView.as_view(READ), name="api-health"),
    path("accounts/<uuid:id>/health/history", HistoryView.as_view(READ), name="api-health-history"),
    path("accounts/<uuid:id>/health/change", ChangeView.as_view(READ), name="api-health-change"),
    path(
        "accounts/<uuid:id>/health/override",
        OverrideView.as_view({"put": "replace", "delete": "destroy"}),
        name="api-health-override",
    ),
    *resource_routes("flags", RaisedFlagView, {"clear": "clear"}),
    path("accounts/<uuid:id>/coverage", CoverageView.as_view(READ), name="api-coverage"),
    path(
        "accounts/<uuid:id>/coverage/history",
        CoverageHistoryView.as_view(READ),
        name="api-account-coverage-history",
    ),
    path("coverage", BookCoverageView.as_view(READ), name="api-book-coverage"),
    path("coverage/history", BookCoverageHistoryView.as_view(READ), name="api-coverage-history"),
    path("scorecard", ScorecardView.as_view({**READ, "put": "replace"}), name="api-scorecard"),
    path("scorecard/preview", ScorecardView.as_view({"post": "preview"}), name="api-scorecard-preview"),
    path("portfolio", PortfolioView.as_view(READ), name="api-portfolio"),
    path("portfolio/people", PortfolioPeopleView.as_view(READ), name="api-portfolio-people"),
    path("portfolio/support", SupportView.as_view(READ), name="api-portfolio-support"),
]

# Under /v1, with and without a slash at the end: what the tracking libraries call.
tracking_routes = [
    path(f"{call}{end}", track, {"call": call}) for call in (*CALLS, *sorted(BATCHES)) for end in ("", "/")
]
